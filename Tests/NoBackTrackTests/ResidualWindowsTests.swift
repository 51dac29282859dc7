import NoBackTrack
import NoBackTrackTestSupport
import Testing

@Suite struct ResidualWindowsTests {
    @Test func agreesWithSortingTheNewestErrors() throws {
        let seed: UInt64 = 71
        var generator = SeededGenerator(seed: seed)
        var windows = ResidualWindows(headCount: 2)
        var errors: [Double] = []
        for count in 1...700 {
            // Rounded, so that equal errors occur.
            let error = (10 * generator.signedUnit()).rounded() / 4
            errors.append(error)
            windows.insert(error, head: 1)
            let newest = errors.suffix(ResidualWindows.capacity).sorted()
            #expect(windows.count(head: 1) == newest.count)
            guard count >= ResidualWindows.fewestForInterval else {
                #expect(windows.interval(head: 1, level: 0.8) == nil)
                continue
            }
            let interval = try #require(windows.interval(head: 1, level: 0.8))
            let lower = Int((Double(newest.count + 1) * (1 - 0.8) / 2).rounded(.down))
            let upper = Int((Double(newest.count + 1) * (1 + 0.8) / 2).rounded(.up))
            #expect(interval.lower == newest[max(lower, 1) - 1], "\(generator)")
            #expect(interval.upper == newest[min(upper, newest.count) - 1], "\(generator)")
            let smaller = newest.filter { $0.magnitude < 1.5 }.count
            let rank = try #require(windows.rank(ofMagnitude: 1.5, head: 1))
            #expect(rank == Double(smaller) / Double(newest.count), "\(generator)")
        }
        #expect(windows.count(head: 0) == 0)
    }

    /// Independent errors of any distribution fall into the interval as often as it says.
    @Test(arguments: [0.5, 0.8, 0.9, 0.95]) func coversAsItClaims(level: Double) throws {
        let seed: UInt64 = 72
        var generator = SeededGenerator(seed: seed)
        var windows = ResidualWindows(headCount: 1)
        var covered = 0
        var asked = 0
        for _ in 0..<20_000 {
            let unit = generator.signedUnit()
            let error = unit * unit * unit + 0.1
            if let interval = windows.interval(head: 0, level: level) {
                asked += 1
                if (interval.lower...interval.upper).contains(error) { covered += 1 }
            }
            windows.insert(error, head: 0)
        }
        let share = Double(covered) / Double(asked)
        // Windows of 256 overlap, so the share wanders more than independent trials would.
        #expect((share - level).magnitude < 0.012, "seed \(seed): \(share) at level \(level)")
    }

    @Test func rankOfOrdinaryErrorsIsUniform() throws {
        var generator = SeededGenerator(seed: 73)
        var windows = ResidualWindows(headCount: 1)
        var ranks: [Double] = []
        for _ in 0..<5_000 {
            let error = generator.signedUnit()
            if let rank = windows.rank(ofMagnitude: error.magnitude, head: 0) { ranks.append(rank) }
            windows.insert(error, head: 0)
        }
        for quarter in 0..<4 {
            let low = Double(quarter) / 4
            let share = Double(ranks.filter { $0 >= low && $0 < low + 0.25 }.count) / Double(ranks.count)
            #expect((share - 0.25).magnitude < 0.03, "\(generator)")
        }
        let beyond = try #require(windows.rank(ofMagnitude: 100, head: 0))
        #expect(beyond == 1)
    }
}
