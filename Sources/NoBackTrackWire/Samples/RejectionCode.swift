/// Why a line was not learned from. The raw values are promised to users.
package enum RejectionCode: String, Sendable, CaseIterable, Codable {
    /// The line does not follow its format.
    case badSyntax = "bad_syntax"
    /// A value is no number.
    case badNumber = "bad_number"
    /// The sample has a channel that the stream does not have.
    case unknownChannel = "unknown_channel"
    /// The sample has more or fewer values than the stream has channels.
    case wrongChannelCount = "wrong_channel_count"
    /// A value is infinite or too large for a double.
    case notFinite = "not_finite"
    /// The line is longer than the daemon reads.
    case lineTooLong = "line_too_long"
    /// There is no room for another stream.
    case tooManyStreams = "too_many_streams"
    /// The time is neither epoch seconds nor RFC 3339.
    case badTime = "bad_time"
    /// The stream's name is empty, or cannot be one.
    case badStreamName = "bad_stream_name"
    /// A byte is not in the alphabet of a symbol stream, or has no place left in it.
    case badSymbol = "bad_symbol"
    /// The newest sample of the stream once more: its time and its values.
    case duplicateSample = "duplicate_sample"
    /// The sample is older than the newest one of its stream.
    case lateSample = "late_sample"
}
