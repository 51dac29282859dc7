/// Frames of numbers as a sensor's memory holds them, cut from bytes that come in pieces.
///
/// A frame has a number for every channel, little-endian, and nothing stands between frames. NaN is a missing value.
struct RawFrames: Sendable {
    let layout: SampleLayout
    private let isDouble: Bool
    /// The bytes of a frame that has begun, less than a whole one.
    private(set) var pending: [UInt8] = []

    private var numberBytes: Int { isDouble ? 8 : 4 }
    private var frameBytes: Int { layout.channels.count * numberBytes }

    /// Frames of a format; nil when it is not of raw frames.
    ///
    /// - Parameter layout: What the numbers are; with a channel at least.
    init?(_ format: SampleFormat, of layout: SampleLayout) {
        guard format.isRaw else { return nil }
        precondition(!layout.channels.isEmpty, "a frame has a number")
        self.layout = layout
        isDouble = format == .f64le
    }

    /// Reads the frames that the next bytes complete.
    ///
    /// - Parameter number: How many frames there were so far.
    mutating func consume(_ bytes: Span<UInt8>, number: inout UInt64, into batch: inout SampleBatch) {
        if batch.layouts.isEmpty { batch.layouts = [layout] }
        let frameBytes = frameBytes
        var start = 0
        if !pending.isEmpty {
            start = min(frameBytes - pending.count, bytes.count)
            pending.append(copying: bytes.extracting(0..<start))
            if pending.count < frameBytes { return }
            read(pending.span, number: &number, into: &batch)
            pending.removeAll(keepingCapacity: true)
        }
        let end = bytes.count - (bytes.count - start) % frameBytes
        if start < end { read(bytes.extracting(start..<end), number: &number, into: &batch) }
        pending.append(copying: bytes.extracting(end..<bytes.count))
    }

    /// Rejects a frame that is not whole.
    mutating func finish(number: inout UInt64, into batch: inout SampleBatch) {
        if pending.isEmpty { return }
        number += 1
        batch.rejections.append(
            Rejection(
                line: number, code: .badSyntax,
                message: "the input ends after \(pending.count) of the frame's \(frameBytes) bytes"))
        pending = []
    }

    /// Reads whole frames.
    private func read(_ frames: Span<UInt8>, number: inout UInt64, into batch: inout SampleBatch) {
        let width = layout.channels.count
        let firstValue = batch.values.count
        let count = frames.count / numberBytes
        let isFinite = append(frames.bytes, to: &batch.values)
        if !isFinite { return keepFinite(from: firstValue, number: &number, into: &batch) }
        for frame in 0..<count / width {
            number += 1
            batch.records.append(
                .init(
                    layout: 0, line: number, time: nil, sequence: nil, firstValue: firstValue + frame * width)
            )
        }
    }

    /// Appends numbers; false when one is infinite.
    private func append(_ bytes: RawSpan, to values: inout [Double]) -> Bool {
        let count = bytes.byteCount / numberBytes
        // As many as the stack has room for without asking the heap.
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: 128) { part in
            var isFinite = true
            var start = 0
            while start < count {
                let size = min(part.count, count - start)
                let isPartFinite =
                    isDouble
                    ? Self.readDoubles(bytes, from: start, to: part, count: size)
                    : Self.readFloats(bytes, from: start, to: part, count: size)
                isFinite = isFinite && isPartFinite
                values.append(contentsOf: UnsafeBufferPointer(start: part.baseAddress, count: size))
                start += size
            }
            return isFinite
        }
    }

    /// Copies numbers, as many as there are from `start` on at least; false when one is infinite.
    private static func readFloats(
        _ bytes: RawSpan, from start: Int, to part: UnsafeMutableBufferPointer<Double>, count: Int
    ) -> Bool {
        var infinities: UInt32 = 0
        for place in 0..<count {
            let bits = bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: (start &+ place) &* 4, as: UInt32.self
            ).littleEndian
            infinities |= bits & 0x7FFF_FFFF == 0x7F80_0000 ? 1 : 0
            part[place] = Double(Float(bitPattern: bits))
        }
        return infinities == 0
    }

    /// Copies numbers, as many as there are from `start` on at least; false when one is infinite.
    private static func readDoubles(
        _ bytes: RawSpan, from start: Int, to part: UnsafeMutableBufferPointer<Double>, count: Int
    ) -> Bool {
        var infinities: UInt64 = 0
        for place in 0..<count {
            let bits = bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: (start &+ place) &* 8, as: UInt64.self
            ).littleEndian
            infinities |= bits & (1 << 63 - 1) == 0x7FF0_0000_0000_0000 ? 1 : 0
            part[place] = Double(bitPattern: bits)
        }
        return infinities == 0
    }

    /// Makes records of the frames without an infinite number, and rejects the others.
    private func keepFinite(from firstValue: Int, number: inout UInt64, into batch: inout SampleBatch) {
        let width = layout.channels.count
        var kept = firstValue
        for start in stride(from: firstValue, to: batch.values.count, by: width) {
            number += 1
            if let place = batch.values[start..<start + width].firstIndex(where: \.isInfinite) {
                let error = LineError(.notFinite, "an infinite value cannot be learned from")
                    .about(layout.channels[place - start])
                batch.rejections.append(Rejection(line: number, code: error.code, message: error.message))
                continue
            }
            for place in 0..<width { batch.values[kept + place] = batch.values[start + place] }
            batch.records.append(
                .init(layout: 0, line: number, time: nil, sequence: nil, firstValue: kept))
            kept += width
        }
        batch.values.removeSubrange(kept...)
    }
}
