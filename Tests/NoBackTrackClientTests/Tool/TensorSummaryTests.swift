import NoBackTrack
import Testing

@testable import nobacktrack

struct TensorSummaryTests {
    @Test func numbersOfEveryType() {
        let single = TensorSummary(StateTensor(name: "a", shape: [2], elements: .float32([3, -4])))
        #expect(single.type == "F32")
        #expect(single.norm == 5)
        #expect(single.least == -4)
        #expect(single.most == 3)
        let double = TensorSummary(StateTensor(name: "a", shape: [1, 1], elements: .float64([0])))
        #expect(double.type == "F64")
        #expect(double.norm == 0)
        let whole = TensorSummary(StateTensor(name: "a", shape: [2], elements: .uint64([7, 9])))
        #expect(whole.type == "U64")
        #expect(whole.norm == nil)
        #expect(whole.most == 9)
    }

    @Test(
        arguments: [
            ([], 0, nil, 0), ([.nan, -.infinity], 0, nil, 2), ([.nan, 3, .infinity, 4], 5, 3, 2),
            ([3e300, 4e300], 5e300, 3e300, 0), ([3e-300, 4e-300], 5e-300, 3e-300, 0),
        ] as [([Double], Double, Double?, Int)])
    func hostileNumbers(_ numbers: [Double], _ norm: Double, _ least: Double?, _ notFinite: Int) throws {
        let summary = TensorSummary(
            StateTensor(name: "a", shape: [numbers.count], elements: .float64(numbers)))
        #expect(abs(try #require(summary.norm) - norm) <= 1e-15 * norm)
        #expect(summary.least == least)
        #expect(summary.notFinite == notFinite)
    }

    @Test func lengthPastTheLargestDoubleIsNone() {
        let numbers = [Double](repeating: .greatestFiniteMagnitude, count: 2)
        #expect(TensorSummary(StateTensor(name: "a", shape: [2], elements: .float64(numbers))).norm == nil)
    }
}
