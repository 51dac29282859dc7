/// Writes the events of one stream of numbers, as ``ForecastMessage/appendLine(to:)`` does, from numbers alone: what is
/// the same in all of them is made once.
package struct ForecastEventWriter: Sendable {
    /// Up to the step's number.
    private let start: [UInt8]
    /// Up to the mean's number, for every head.
    private let heads: [[UInt8]]
    /// From behind the upper bound's number on.
    private let end: [UInt8]

    /// A writer for heads in the order of channels, each with its horizons.
    package init(stream: String, channels: [String], horizons: [Int], level: Double) {
        var bytes: [UInt8] = []
        bytes.append(text: "{\"event\":\"forecast\",\"stream\":")
        bytes.append(jsonString: stream)
        bytes.append(text: ",\"step\":")
        start = bytes
        heads = channels.flatMap { channel in
            horizons.map { horizon in
                var bytes: [UInt8] = []
                bytes.append(text: "{\"channel\":")
                bytes.append(jsonString: channel)
                bytes.append(text: ",\"horizon\":")
                bytes.append(decimal: horizon)
                bytes.append(text: ",\"mean\":")
                return bytes
            }
        }
        bytes = []
        bytes.append(text: ",\"level\":")
        bytes.append(jsonNumber: level)
        bytes.append(UInt8(ascii: "}"))
        end = bytes
    }

    /// Appends an event as one line, with its newline.
    ///
    /// - Parameter figures: mean, lower and upper bound of every head. A head without a mean, which is NaN then, is left
    ///   out; a bound that is not known is NaN.
    package func appendLine(
        step: UInt64, time: Double?, warming: Warming?, score: Double?, figures: ArraySlice<Double>,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: start)
        bytes.append(decimal: step)
        bytes.append(time: time, warming: warming, score: score)
        bytes.append(text: ",\"forecasts\":[")
        var isFirst = true
        for (head, prefix) in heads.enumerated() {
            let place = figures.startIndex + 3 * head
            guard !figures[place].isNaN else { continue }
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes.append(contentsOf: prefix)
            bytes.append(jsonNumber: figures[place])
            bytes.append(text: ",\"lower\":")
            bytes.append(jsonNumber: figures[place + 1])
            bytes.append(text: ",\"upper\":")
            bytes.append(jsonNumber: figures[place + 2])
            bytes.append(contentsOf: end)
        }
        bytes.append(text: "]}\n")
    }
}

extension [UInt8] {
    /// Appends what an event and an answer tell of their moment, each field with a comma before it.
    mutating func append(time: Double?, warming: Warming?, score: Double?) {
        if let time {
            append(text: ",\"time\":")
            append(jsonNumber: time)
        }
        append(text: ",\"warming\":")
        append(warming: warming)
        if let score {
            append(text: ",\"score\":")
            append(jsonNumber: score)
        }
    }

    /// Appends how far a stream has warmed up; `null` when it has.
    private mutating func append(warming: Warming?) {
        guard let warming else { return append(text: "null") }
        append(text: "{\"seen\":")
        append(decimal: warming.seen)
        append(text: ",\"needed\":")
        append(decimal: warming.needed)
        append(UInt8(ascii: "}"))
    }
}
