// Linear regressions whose targets come later: features are kept from when a forecast is made until the last of its
// targets is there, with the gain of each forgetting factor, computed when they were new.

/// Regressions with several forgetting factors over the same features, one output for each of their heads.
struct DelayedRegression: Sendable {
    private static let priorVariance = 1.0

    /// F; the last is 1.
    let featureCount: Int
    /// Outputs.
    let headCount: Int
    private let slotCount: Int
    private var members: [RecursiveLeastSquares]
    /// Per slot: f.
    private var features: [Double]
    /// Per member, per slot: κ.
    private var gains: [[Double]]
    /// Per member and head: running variance of its error.
    private var errorVariances: [Double]
    /// Targets learned, per head.
    private var learned: [UInt64]
    /// The first moment whose features count.
    private var firstMoment = UInt64.max
    private var priorVariance = Self.priorVariance

    /// Regressions that have learned nothing.
    ///
    /// - Parameters:
    ///   - forgettingFactors: λ of each member.
    ///   - slotCount: moments kept, the newest among them.
    init(featureCount: Int, headCount: Int, forgettingFactors: [Double], slotCount: Int) {
        self.featureCount = featureCount
        self.headCount = headCount
        self.slotCount = slotCount
        members = forgettingFactors.map {
            RecursiveLeastSquares(
                headCount: headCount,
                priorVariances: Array(repeating: Self.priorVariance, count: featureCount),
                forgettingFactor: $0)
        }
        features = Array(repeating: 0, count: slotCount * featureCount)
        gains = Array(repeating: features, count: forgettingFactors.count)
        errorVariances = Array(repeating: 1, count: forgettingFactors.count * headCount)
        learned = Array(repeating: 0, count: headCount)
    }

    /// About the numbers it keeps.
    static func numberCount(featureCount: Int, headCount: Int, memberCount: Int, slotCount: Int) -> Int {
        memberCount * (featureCount * (featureCount + headCount + slotCount + 1)) + slotCount * featureCount
    }

    /// Forgets everything, moments too.
    ///
    /// - Parameter scale: about how large features are, against which weights are thought to be of the size of 1; > 0.
    mutating func restart(scale: Double) {
        priorVariance = Self.priorVariance / min(max(scale * scale, 1e-12), 1e12)
        for i in members.indices { members[i].reset(priorVariance: priorVariance) }
        for i in errorVariances.indices { errorVariances[i] = 1 }
        for i in learned.indices { learned[i] = 0 }
        firstMoment = .max
    }

    /// Takes the features of a moment.
    ///
    /// - Parameters:
    ///   - isLearning: whether anything is to be learned from them.
    ///   - fill: writes all features but the last.
    mutating func take(moment: UInt64, isLearning: Bool, _ fill: (UnsafeMutableBufferPointer<Double>) -> Void)
    {
        if firstMoment == .max { firstMoment = moment }
        let start = start(moment)
        features.withUnsafeMutableBufferPointer { features in
            fill(UnsafeMutableBufferPointer(rebasing: features[start..<start + featureCount - 1]))
            features[start + featureCount - 1] = 1
        }
        for i in members.indices {
            if isLearning {
                members[i].absorb(features, into: &gains[i], from: start)
            } else {
                for j in start..<start + featureCount { gains[i][j] = 0 }
            }
        }
    }

    /// Whether a head has learned enough to be asked.
    func isReady(head: Int) -> Bool { learned[head] >= UInt64(2 * featureCount) }

    /// The output of a member for the features of a moment.
    func output(member: Int, head: Int, moment: UInt64) -> Double {
        members[member].output(head: head, features, from: start(moment))
    }

    /// Where a moment begins in ``features`` and ``gains``.
    private func start(_ moment: UInt64) -> Int { Int(moment % UInt64(slotCount)) * featureCount }

    /// Has a head learn the target of a moment.
    ///
    /// - Parameter target: in the unit of the features; finite.
    mutating func learn(head: Int, moment: UInt64, target: Double) {
        guard moment >= firstMoment else { return }
        for i in members.indices {
            members[i].learn(
                head: head, target: target, features: features, gains: gains[i], from: start(moment),
                errorVariance: &errorVariances[i * headCount + head])
        }
        learned[head] += 1
    }

    /// Saves or restores everything.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(_ name: String, with coder: inout StateCoder) throws(StateError) {
        try coder.exchange(name + ".prior_variance", &priorVariance)
        guard priorVariance > 0 else {
            throw .invalid(name: name + ".prior_variance", reason: "\(priorVariance)")
        }
        for i in members.indices {
            members[i].believe(priorVariance: priorVariance)
            try members[i].exchange("\(name).\(i)", with: &coder)
            try coder.exchange("\(name).\(i).gains", shape: [slotCount, featureCount], &gains[i])
        }
        try coder.exchange(name + ".features", shape: [slotCount, featureCount], &features)
        try coder.exchange(
            name + ".error_variances", shape: [members.count, headCount], &errorVariances)
        try coder.exchange(name + ".learned", shape: [headCount], &learned)
        // No count while nothing was taken.
        var moments = [firstMoment]
        try coder.exchange(bits: name + ".first_moment", shape: [1], &moments)
        firstMoment = moments[0]
    }
}
