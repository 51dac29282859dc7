package import NoBackTrack

/// What a stream's learner is made from, beside its first sample.
package struct StreamConfiguration: Sendable, Equatable {
    /// Which channels a stream has.
    package enum Channels: Sendable, Equatable {
        /// Those of its first sample.
        case found
        /// As many as this, named by the first sample.
        case count(Int)
        /// These, in this order.
        case named([String])
    }

    /// The learner.
    package var learner = LearnerConfiguration()
    /// The channels forecast; empty: all.
    package var targets: [String] = []
    /// The channels taken in.
    package var channels = Channels.found

    /// The defaults.
    package init() {}

    /// The places of the targets among the channels of a stream.
    ///
    /// - Returns: nil when a target is not among the channels.
    package func targetPlaces(in channels: [String]) -> [Int]? {
        if targets.isEmpty { return Array(channels.indices) }
        var places: [Int] = []
        for target in targets {
            guard let place = channels.firstIndex(of: target) else { return nil }
            places.append(place)
        }
        return places
    }

    /// The learner's keys as JSON text of one form: equal configurations have equal texts.
    package var canonicalText: String {
        let fields = [
            "\"cell\":\"\(learner.cell.rawValue)\"",
            "\"estimator\":\"\(learner.estimator.rawValue)\"",
            "\"forgettingFactor\":\(learner.forgettingFactor)",
            "\"hiddenUnits\":\(learner.hiddenUnits)",
            "\"horizons\":[\(learner.horizons.map(String.init).joined(separator: ","))]",
            "\"lags\":\(learner.lags)",
            "\"learningRate\":\(learner.learningRate)",
            "\"optimizer\":\"\(learner.optimizer.rawValue)\"",
            "\"rank\":\(learner.rank)",
            "\"seed\":\(learner.seed)",
            "\"slowestLeak\":\(learner.slowestLeak)",
            "\"truncation\":\(learner.truncation)",
        ]
        return "{\(fields.joined(separator: ","))}"
    }
}
