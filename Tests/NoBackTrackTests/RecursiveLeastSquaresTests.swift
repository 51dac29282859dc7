import NoBackTrack
import NoBackTrackTestSupport
import Testing

@Suite struct RecursiveLeastSquaresTests {
    /// Solves M x = b by Gaussian elimination with pivoting: the naive twin's last step.
    func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
        var rows = zip(matrix, right).map { $0 + [$1] }
        let count = rows.count
        for column in 0..<count {
            let pivot = (column..<count).max { rows[$0][column].magnitude < rows[$1][column].magnitude }
            rows.swapAt(column, pivot ?? column)
            for row in 0..<count where row != column {
                let factor = rows[row][column] / rows[column][column]
                for j in column...count { rows[row][j] -= factor * rows[column][j] }
            }
        }
        return (0..<count).map { rows[$0][count] / rows[$0][$0] }
    }

    /// The weights that minimise Σ λ^(N−t) (y − φᵀf)² + λ^N Σ φ²/prior, from the normal equations.
    func batchWeights(
        features: [[Double]], targets: [Double], priors: [Double], forgettingFactor λ: Double
    ) -> [Double] {
        let F = priors.count
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: F), count: F)
        var right = [Double](repeating: 0, count: F)
        for i in 0..<F { matrix[i][i] = 1 / priors[i] }
        for (f, y) in zip(features, targets) {
            for i in 0..<F {
                for j in 0..<F { matrix[i][j] = λ * matrix[i][j] + f[i] * f[j] }
                right[i] = λ * right[i] + f[i] * y
            }
        }
        return solve(matrix, right)
    }

    @Test(arguments: [1.0, 0.99, 0.9]) func agreesWithTheNormalEquations(forgettingFactor: Double) {
        let seed: UInt64 = 51
        var generator = SeededGenerator(seed: seed)
        let priors = [0.5, 1, 2, 1]
        let samples = 60
        let features = (0..<samples).map { _ in generator.signedUnits(4) }
        let targets = generator.signedUnits(samples)
        var readout = RecursiveLeastSquares(
            headCount: 2, priorVariances: priors, forgettingFactor: forgettingFactor)
        var gains = [Double](repeating: 0, count: 4)
        for (f, y) in zip(features, targets) {
            readout.absorb(f, into: &gains, from: 0)
            let error = y - readout.output(head: 1, f, from: 0)
            readout.learn(head: 1, error: error, gains: gains, from: 0)
        }
        let batch = batchWeights(
            features: features, targets: targets, priors: priors, forgettingFactor: forgettingFactor)
        let recursive = (0..<4).map { readout.weight(head: 1, feature: $0) }
        #expect(largestRelativeDifference(recursive, batch) < 1e-9, "seed \(seed)")
        // The head that never learned is still untrained.
        #expect((0..<4).map { readout.weight(head: 0, feature: $0) } == [0, 0, 0, 0])
    }

    /// A head whose targets come k samples late, with gains kept from when the features were new, is at
    /// the same weights as one whose targets come at once.
    @Test(arguments: [1, 3, 10]) func lateTargetsGiveTheSameWeights(delay: Int) {
        let seed: UInt64 = 52
        var generator = SeededGenerator(seed: seed)
        let samples = 80
        let features = (0..<samples).map { _ in generator.signedUnits(3) }
        let targets = generator.signedUnits(samples)
        let priors = [1.0, 1, 1]
        var prompt = RecursiveLeastSquares(
            headCount: 1, priorVariances: priors, forgettingFactor: 0.95)
        var late = prompt
        var gains = [Double](repeating: 0, count: 3 * samples)
        for t in 0..<samples {
            var gain = [0.0, 0, 0]
            prompt.absorb(features[t], into: &gain, from: 0)
            let error = targets[t] - prompt.output(head: 0, features[t], from: 0)
            prompt.learn(head: 0, error: error, gains: gain, from: 0)
        }
        let all = features.flatMap { $0 }
        for t in 0..<samples + delay {
            if t < samples { late.absorb(all, into: &gains, from: 3 * t) }
            guard t >= delay else { continue }
            let origin = 3 * (t - delay)
            let error = targets[t - delay] - late.output(head: 0, all, from: origin)
            late.learn(head: 0, error: error, gains: gains, from: origin)
        }
        for i in 0..<3 {
            #expect(prompt.weight(head: 0, feature: i) == late.weight(head: 0, feature: i), "seed \(seed)")
        }
    }

    @Test func constantInputDoesNotWindUp() {
        var readout = RecursiveLeastSquares(
            headCount: 1, priorVariances: [1, 1, 1], forgettingFactor: 0.9)
        var gains = [0.0, 0, 0]
        for _ in 0..<20_000 { readout.absorb([1, 0, 0], into: &gains, from: 0) }
        // Directions without information know as little as in the beginning, and no less.
        readout.absorb([0, 1, 1], into: &gains, from: 0)
        for gain in gains { #expect(gain.magnitude <= 3) }
        #expect(gains[1] > 0)
    }

    @Test func aWeightThatIsNoNumberIsRepaired() {
        var readout = RecursiveLeastSquares(
            headCount: 2, priorVariances: [1, 1], forgettingFactor: 1)
        readout.learn(head: 0, error: 1, gains: [0.5, 0.25], from: 0)
        readout.learn(head: 1, error: .infinity, gains: [0.5, 0], from: 0)
        readout.repair(head: 0)
        readout.repair(head: 1)
        #expect(readout.weight(head: 0, feature: 1) == 0.25)
        #expect(readout.weight(head: 1, feature: 0) == 0)
    }
}
