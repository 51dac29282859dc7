import NoBackTrackTestSupport
import Testing

@testable import NoBackTrack

/// Every kernel against its naive twin.
@Suite struct DenseKernelTests {
    static let counts = [0, 1, 2, 3, 7, 8, 9, 31, 64, 257]

    @Test(arguments: counts) func dotAgreesWithTheNaiveSum(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let a = generator.signedUnits(count + 3)
        let b = generator.signedUnits(count + 2)
        var naive = 0.0
        var magnitude = 0.0
        for j in 0..<count {
            naive += a[3 + j] * b[2 + j]
            magnitude += (a[3 + j] * b[2 + j]).magnitude
        }
        let fast = dot(a, from: 3, b, at: 2, count: count)
        // Any order of summation errs by at most count roundings of the magnitudes' sum.
        #expect((fast - naive).magnitude <= 2 * Double(count) * magnitude * Double.ulpOfOne)
    }

    @Test(arguments: counts) func addScaledAgreesWithTheNaiveLoop(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count) + 100)
        let x = generator.signedUnits(count + 1)
        let y = generator.signedUnits(count + 4)
        var fast = y
        addScaled(x, from: 1, by: 0.3, to: &fast, at: 4, count: count)
        for j in 0..<4 { #expect(fast[j] == y[j]) }
        for j in 0..<count {
            // A fused product and sum may round once where the naive loop rounds twice.
            let naive = y[4 + j] + 0.3 * x[1 + j]
            #expect((fast[4 + j] - naive).magnitude <= 2 * Double.ulpOfOne)
        }
    }

    @Test(arguments: counts) func addScaledSquaresAgreesWithTheNaiveLoop(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count) + 200)
        let x = generator.signedUnits(count + 5)
        let y = generator.signedUnits(count + 1)
        var fast = y
        addScaledSquares(x, from: 5, by: 0.7, to: &fast, count: count)
        for j in 0..<count {
            let naive = y[j] + 0.7 * x[5 + j] * x[5 + j]
            #expect((fast[j] - naive).magnitude <= 4 * Double.ulpOfOne)
        }
        #expect(fast[count] == y[count])
    }

    @Test(arguments: counts) func scaleTouchesItsRangeAlone(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count) + 300)
        let y = generator.signedUnits(count + 2)
        var fast = y
        scale(&fast, from: 1, count: count, by: -2.5)
        #expect(fast[0] == y[0] && fast[count + 1] == y[count + 1])
        for j in 1..<count + 1 { #expect(fast[j] == -2.5 * y[j]) }
    }

    @Test(arguments: counts.filter { $0 > 0 && $0 < 100 })
    func symmetricKernelsAgreeWithTheNaiveLoops(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count) + 400)
        var matrix = [Double](repeating: 0, count: count * count)
        for i in 0..<count {
            for j in 0...i {
                matrix[i * count + j] = generator.signedUnit()
                matrix[j * count + i] = matrix[i * count + j]
            }
        }
        let x = generator.signedUnits(count + 2)
        var product = [Double](repeating: 0, count: count)
        multiply(symmetric: matrix, x, from: 2, into: &product)
        for i in 0..<count {
            let naive = (0..<count).reduce(0) { $0 + matrix[i * count + $1] * x[2 + $1] }
            #expect((product[i] - naive).magnitude <= 4 * Double(count) * Double.ulpOfOne)
        }
        var updated = matrix
        downdate(symmetric: &updated, by: product, weight: 0.2, scale: 1.25)
        for i in 0..<count {
            for j in 0..<count {
                let naive = 1.25 * (matrix[i * count + j] - 0.2 * product[i] * product[j])
                let scale = 1 + product[i].magnitude * product[j].magnitude
                #expect((updated[i * count + j] - naive).magnitude <= 4 * scale * Double.ulpOfOne)
                #expect(updated[i * count + j] == updated[j * count + i])
            }
        }
    }
}
