extension SampleParser {
    /// Adds every byte as one sample.
    ///
    /// Nothing is refused here: which symbols a stream takes is known where it is learned.
    mutating func takeSymbols(_ bytes: Span<UInt8>, into batch: inout SampleBatch) {
        if batch.layouts.isEmpty { batch.layouts = [SampleLayout(symbolsOf: nil)] }
        batch.records.reserveCapacity(batch.records.count + bytes.count)
        batch.values.reserveCapacity(batch.values.count + bytes.count)
        for place in bytes.indices {
            lineNumber += 1
            batch.records.append(
                .init(
                    layout: 0, line: lineNumber, time: nil, sequence: nil, firstValue: batch.values.count))
            batch.values.append(Double(bytes[place]))
        }
    }
}
