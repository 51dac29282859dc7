/// How the bytes of a source are to be read as samples.
package enum SampleFormat: String, Sendable, CaseIterable {
    /// Found from the first lines of the connection.
    case auto
    /// One JSON object or array a line.
    case ndjson
    /// Comma, semicolon or tab separated values, with or without a header.
    case csv
    /// InfluxDB line protocol.
    case influx
    /// Frames of 32 bit floating point numbers, little-endian, without anything between them. Never found.
    case f32le
    /// Frames of 64 bit floating point numbers, little-endian, without anything between them. Never found.
    case f64le
    /// Every byte is one sample, whatever it is. Never found: it has to be asked for.
    case symbols

    /// Whether samples are raw frames, which do not say what their numbers are.
    package var isRaw: Bool { self == .f32le || self == .f64le }
}
