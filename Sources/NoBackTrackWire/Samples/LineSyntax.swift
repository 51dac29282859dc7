/// How values are written within a line.
enum LineSyntax: Sendable {
    /// As in JSON.
    case json
    /// As in InfluxDB line protocol.
    case influx

    /// Reads the value of a channel at `index`, and moves `index` behind it; NaN is a missing value.
    ///
    /// - Returns: Nil when there is no finite number.
    @inline(__always)
    func usableValue(_ line: Span<UInt8>, at index: inout Int) -> Double? {
        switch self {
        case .json: NDJSONLine.usableValue(line, at: &index)
        case .influx: InfluxLine.usableValue(line, at: &index)
        }
    }

    /// Reads a time at `index`, and moves `index` behind it; nil when it says that it is not known.
    ///
    /// - Throws: ``LineError`` when there is no time.
    func readTime(_ line: Span<UInt8>, at index: inout Int) throws(LineError) -> Double? {
        switch self {
        case .json: try NDJSONLine.readTime(line, at: &index)
        case .influx: try InfluxLine.readTime(line, at: &index)
        }
    }
}
