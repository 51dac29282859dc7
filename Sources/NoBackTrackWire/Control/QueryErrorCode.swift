/// Why a request was refused. The raw values are promised to users.
package enum QueryErrorCode: String, Codable, Sendable, CaseIterable, Error {
    /// The line is not the JSON of a request.
    case badRequest = "bad_request"
    /// There is no such `op`.
    case unknownOperation = "unknown_op"
    /// There is no such stream.
    case unknownStream = "unknown_stream"
    /// The stream does not forecast that channel.
    case unknownChannel = "unknown_channel"
    /// The stream does not forecast that far ahead.
    case unknownHorizon = "unknown_horizon"
    /// The level is not between 0 and 1.
    case badLevel = "bad_level"
    /// The peer may not do that.
    case notPermitted = "not_permitted"
    /// There are several streams and the request names none.
    case ambiguousStream = "ambiguous_stream"
    /// A checkpoint could not be written.
    case storageFailed = "storage_failed"
    /// The connection has subscribed to as many streams as it may.
    case tooManySubscriptions = "too_many_subscriptions"
    /// The request is longer than the daemon reads.
    case lineTooLong = "line_too_long"
    /// The daemon stops.
    case shuttingDown = "shutting_down"
}
