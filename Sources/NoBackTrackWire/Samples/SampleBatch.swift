/// The samples that some bytes of one connection held, and the lines among them that could not be used.
package struct SampleBatch: Sendable {
    /// One sample.
    package struct Record: Sendable, Equatable {
        /// The place of the sample's layout in ``SampleBatch/layouts``.
        package var layout: Int
        /// The number of its line on the connection, of its frame or byte where those are samples; the first is 1.
        package var line: UInt64
        /// When it was taken, in seconds since 1970 (UTC); nil when it did not say. Finite.
        package var time: Double?
        /// The producer's own number of the sample, when it sends one.
        package var sequence: UInt64?
        /// The place of its first value in ``SampleBatch/values``.
        package var firstValue: Int

        /// Creates a record.
        package init(layout: Int, line: UInt64, time: Double?, sequence: UInt64?, firstValue: Int) {
            self.layout = layout
            self.line = line
            self.time = time
            self.sequence = sequence
            self.firstValue = firstValue
        }
    }

    /// The layouts met on the connection so far. It only grows, so that a place keeps its meaning.
    package var layouts: [SampleLayout] = []
    /// The samples, in the order of their lines.
    package var records: [Record] = []
    /// The values of all samples, one after the other. NaN is a missing value; all others are finite.
    package var values: [Double] = []
    /// The lines that could not be used, in their order.
    package var rejections: [Rejection] = []

    /// Creates an empty batch.
    package init() {}

    /// Where the values of `record` are in ``values``.
    package func valueRange(of record: Record) -> Range<Int> {
        record.firstValue..<record.firstValue + layouts[record.layout].channels.count
    }

    /// The byte that `record`, whose layout is of symbols, has for its one value.
    package func symbol(of record: Record) -> UInt8 { UInt8(values[record.firstValue]) }

    /// Whether it holds neither samples nor rejections.
    package var isEmpty: Bool { records.isEmpty && rejections.isEmpty }

    /// Removes samples and rejections; the layouts stay.
    package mutating func removeAll(keepingCapacity: Bool = true) {
        records.removeAll(keepingCapacity: keepingCapacity)
        values.removeAll(keepingCapacity: keepingCapacity)
        rejections.removeAll(keepingCapacity: keepingCapacity)
    }
}
