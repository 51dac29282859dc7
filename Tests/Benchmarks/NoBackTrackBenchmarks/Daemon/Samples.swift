import Glibc
import NoBackTrackTestSupport

/// Samples as numbers and as the bytes of every format, of the same values to the last digit.
struct Samples {
    /// A way of writing samples down.
    enum Format: String, CaseIterable {
        case ndjson, csv, influx, f32le, f64le, symbols
    }

    let channelCount: Int
    /// Values in ten-thousandths, sample by sample.
    private let ticks: [Int32]

    /// Sums of slow waves and noise, as sensors give them.
    init(count: Int, channelCount m: Int, seed: UInt64 = 9) {
        channelCount = m
        var generator = SeededGenerator(seed: seed)
        ticks = (0..<count * m).map { place in
            let (t, channel) = (Double(place / m), Double(place % m))
            let wave = sin(t / (7 + 3 * channel)) + 0.5 * sin(t / (50 + 11 * channel))
            return Int32((10_000 * (20 + channel + wave + 0.2 * generator.signedUnit())).rounded())
        }
    }

    var count: Int { ticks.count / channelCount }

    /// One sample's values, as a reader of the format gets them.
    func values(_ sample: Int, _ format: Format = .ndjson) -> [Double] {
        (0..<channelCount).map { channel in
            // What a decimal with four digits after the point is read as: the number nearest to it.
            let value = Double(ticks[sample * channelCount + channel]) / 10_000
            return format == .f32le ? Double(Float(value)) : value
        }
    }

    /// The symbol that stands for a sample: one of eight letters, by its first channel.
    func symbol(_ sample: Int) -> UInt8 {
        UInt8(ascii: "a") + UInt8(UInt32(bitPattern: ticks[sample * channelCount]) >> 9 & 7)
    }

    /// The bytes of some samples.
    ///
    /// - Parameter stream: gives a sample's stream where the format can say it.
    func bytes(_ range: Range<Int>, _ format: Format, stream: ((Int) -> String)? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        for sample in range { append(sample, format, stream: stream?(sample), to: &bytes) }
        return bytes
    }

    /// What comes before the first sample.
    func header(_ format: Format) -> [UInt8] {
        guard format == .csv else { return [] }
        return Array(((0..<channelCount).map { "ch\($0)" }.joined(separator: ",") + "\n").utf8)
    }

    private func append(_ sample: Int, _ format: Format, stream: String?, to bytes: inout [UInt8]) {
        let row = ticks[sample * channelCount..<(sample + 1) * channelCount]
        func fields(_ before: (Int) -> String) {
            for (channel, tick) in row.enumerated() {
                bytes += before(channel).utf8
                bytes += Text.fixed(Double(tick) / 10_000, decimals: 4).utf8
            }
        }
        switch format {
        case .ndjson:
            let name = stream.map { "\"stream\":\"\($0)\"," } ?? ""
            fields { $0 == 0 ? "{\(name)\"ch0\":" : ",\"ch\($0)\":" }
            bytes += "}\n".utf8
        case .csv:
            fields { $0 == 0 ? "" : "," }
            bytes += "\n".utf8
        case .influx:
            fields { $0 == 0 ? "\(stream ?? "default") ch0=" : ",ch\($0)=" }
            bytes += "\n".utf8
        case .f32le:
            for tick in row { append(Float(Double(tick) / 10_000).bitPattern, to: &bytes) }
        case .f64le:
            for tick in row { append((Double(tick) / 10_000).bitPattern, to: &bytes) }
        case .symbols:
            bytes.append(symbol(sample))
        }
    }

    private func append<Word: FixedWidthInteger>(_ word: Word, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
    }
}
