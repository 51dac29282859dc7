import FoundationEssentials
import NoBackTrackWire

/// A line that the daemon writes on an ingest connection.
enum IngestAnswer: Equatable {
    /// So many samples are settled.
    case acknowledgement(AcknowledgementMessage)
    /// A line cannot be used.
    case refusal(line: UInt64, code: String, message: String)
    /// Something is wrong with the connection.
    case complaint(String)

    /// The fields that tell one kind of line from another.
    private struct Envelope: Decodable {
        var ack: UInt64?
        var refused: UInt64?
        var line: UInt64?
        var error: ErrorMessage.Failure?
    }

    /// Reads a line without its newline; nil when it is none of a daemon's.
    init?(_ line: [UInt8]) {
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(line)) else { return nil }
        if let ack = envelope.ack {
            self = .acknowledgement(AcknowledgementMessage(ack: ack, refused: envelope.refused ?? 0))
        } else if let error = envelope.error, let line = envelope.line {
            self = .refusal(line: line, code: error.code, message: error.message)
        } else if let error = envelope.error {
            self = .complaint("\(error.message) (\(error.code))")
        } else {
            return nil
        }
    }
}
