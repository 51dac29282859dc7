/// What shapes a learner. Two learners with equal configurations, channels and stream keys that are fed
/// equal samples are equal to the bit.
package struct LearnerConfiguration: Sendable, Equatable {
    /// How the gradient of the recurrent state is obtained.
    package enum EstimatorKind: String, Sendable, CaseIterable {
        /// The random rank-one estimate of equations (8)–(15).
        case nobacktrack
        /// The exact gradient of equation (6), O(n² P) a sample: a yardstick for small networks.
        case rtrl
        /// No gradient: the recurrent weights keep their random start (an echo-state network).
        case frozen
    }

    /// Units of the recurrent network, n. 1 … 4096.
    package var hiddenUnits = 32
    /// How recurrent gradients are estimated.
    package var estimator = EstimatorKind.nobacktrack
    /// Independent rank-one pairs averaged in the gradient, r. 1 … 64.
    package var rank = 1
    /// How many samples ahead each forecast looks; ascending, distinct, each 1 … 4096.
    package var horizons = [1, 10]
    /// Earlier values of every channel offered to the readout beside the newest one. 0 … 512.
    package var lags = 8
    /// Forgetting factor λ of the recursive least squares readout, in (0, 1].
    package var forgettingFactor = 0.9995
    /// Step size η of the recurrent weights. Finite, ≥ 0; 0 leaves them as they are.
    package var learningRate = 0.005
    /// The slowest unit's leak α; leaks are log-spaced from 1 down to it. In (0, 1].
    package var slowestLeak = 0.02
    /// Keys every random draw, together with the stream's key.
    package var seed: UInt64 = 1

    /// The defaults.
    package init() {}
}

/// A learner key whose value is outside its range.
package struct LearnerConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The key as the configuration file spells it below `learner`.
    package var key: String
    /// What the value was and what is wanted.
    package var reason: String

    /// The key and the reason.
    package var description: String { "learner.\(key): \(reason)" }
}

extension LearnerConfiguration {
    /// Checks every range.
    ///
    /// - Throws: ``LearnerConfigurationError`` naming the first key that is out of its range.
    package func validate() throws(LearnerConfigurationError) {
        func require(_ holds: Bool, _ key: String, _ reason: @autoclosure () -> String)
            throws(LearnerConfigurationError)
        {
            if !holds { throw LearnerConfigurationError(key: key, reason: reason()) }
        }
        try require((1...4096).contains(hiddenUnits), "hiddenUnits", "\(hiddenUnits) is not in 1…4096")
        try require((1...64).contains(rank), "rank", "\(rank) is not in 1…64")
        try require(!horizons.isEmpty, "horizons", "needs at least one horizon")
        for horizon in horizons {
            try require((1...4096).contains(horizon), "horizons", "\(horizon) is not in 1…4096")
        }
        try require(
            zip(horizons, horizons.dropFirst()).allSatisfy { $0 < $1 }, "horizons",
            "\(horizons) is not ascending and distinct")
        try require((0...512).contains(lags), "lags", "\(lags) is not in 0…512")
        try require(
            forgettingFactor > 0 && forgettingFactor <= 1, "forgettingFactor",
            "\(forgettingFactor) is not in (0, 1]")
        try require(
            learningRate.isFinite && learningRate >= 0, "learningRate",
            "\(learningRate) is not a finite number ≥ 0")
        try require(
            slowestLeak > 0 && slowestLeak <= 1, "slowestLeak", "\(slowestLeak) is not in (0, 1]")
    }
}
