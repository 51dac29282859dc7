/// What the newest K + 1 moments leave behind until their targets have arrived: a ring, moment t in slot
/// t mod (K + 1).
package struct DelayLine: Sendable {
    /// Nothing had been observed of the channel yet; the value is a place-holder.
    package static let isUnknown: UInt64 = 0
    /// The value was observed.
    package static let isObserved: UInt64 = 1
    /// The value was missing and the forecast for it, or the last one, stands in its place.
    package static let isFilledIn: UInt64 = 2

    private let capacity: UInt64
    private let channelCount: Int
    private let featureCount: Int
    private let headCount: Int

    /// Per slot and channel: the value, or what stood in for a missing one.
    package var values: [Double]
    /// Per slot and channel: ``isObserved``, ``isFilledIn`` or ``isUnknown``.
    package var observed: [UInt64]
    /// Per slot and channel: the standard deviation that the moment was standardised with.
    package var scales: [Double]
    /// Per slot: the features that served the moment's forecasts.
    package var features: [Double]
    /// Per slot: the least squares gain of those features.
    package var gains: [Double]
    /// Per slot and head: the mean forecast.
    package var means: [Double]
    /// Per slot and head: the standardised change the readout gave.
    package var changes: [Double]
    /// Per slot and head: the ``ConformalIntervals/boundCount`` bounds of the error that the forecast was served with.
    package var bounds: [Double]

    /// A line of no moments.
    ///
    /// - Parameter longestHorizon: K ≥ 1.
    package init(longestHorizon: Int, channelCount: Int, featureCount: Int, headCount: Int) {
        let slots = longestHorizon + 1
        capacity = UInt64(slots)
        self.channelCount = channelCount
        self.featureCount = featureCount
        self.headCount = headCount
        values = Array(repeating: 0, count: slots * channelCount)
        observed = Array(repeating: 0, count: slots * channelCount)
        scales = values
        features = Array(repeating: 0, count: slots * featureCount)
        gains = features
        means = Array(repeating: 0, count: slots * headCount)
        changes = means
        bounds = Array(repeating: 0, count: slots * headCount * ConformalIntervals.boundCount)
    }

    /// The slot of a moment.
    package func slot(_ moment: UInt64) -> Int { Int(moment % capacity) }

    /// Where a slot's channel is in ``values``, ``observed`` and ``scales``.
    package func channelIndex(_ slot: Int, _ channel: Int) -> Int { slot * channelCount + channel }

    /// Whether the channel had been observed by the moment in the slot.
    package func isKnown(_ slot: Int, _ channel: Int) -> Bool {
        observed[channelIndex(slot, channel)] != Self.isUnknown
    }

    /// Where a slot begins in ``features`` and ``gains``.
    package func featureStart(_ slot: Int) -> Int { slot * featureCount }

    /// Where a slot's head is in ``means`` and ``changes``, and how many heads' bounds are before its in ``bounds``.
    package func headIndex(_ slot: Int, _ head: Int) -> Int { slot * headCount + head }

    /// Has no moment of the ring know the channel's scale: its forecasts are then neither scored in standard deviations
    /// nor learned from.
    package mutating func forgetScales(channel: Int) {
        for slot in 0..<Int(capacity) { scales[channelIndex(slot, channel)] = 0 }
    }

    /// Saves or restores the ring.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let slots = Int(capacity)
        try coder.exchange("delay.values", shape: [slots, channelCount], &values)
        try coder.exchange("delay.observed", shape: [slots, channelCount], &observed)
        try coder.exchange("delay.scales", shape: [slots, channelCount], &scales)
        try coder.exchange("delay.features", shape: [slots, featureCount], &features)
        try coder.exchange("delay.gains", shape: [slots, featureCount], &gains)
        try coder.exchange("delay.means", shape: [slots, headCount], &means)
        try coder.exchange("delay.changes", shape: [slots, headCount], &changes)
        // Older states have no such bounds; their forecasts are held against these none.
        guard !coder.lacks("delay.bounds") else { return }
        try coder.exchange("delay.bounds", shape: [slots, headCount, ConformalIntervals.boundCount], &bounds)
    }
}
