import Glibc
import NoBackTrackClient

/// What `nobacktrack send` has to say at its end.
struct SendSummary: Encodable, Sendable {
    /// Who the samples were said to be from.
    let source: String
    let samples: UInt64
    /// nil: the daemon does not acknowledge.
    let acknowledged: UInt64?
    let refused: UInt64
    let refusals: [SendReport.Refusal]
    let resent: UInt64
    let reconnections: Int
    /// Lines of the input that no sample could be made of.
    let unusable: UInt64
    /// Samples of which nobody knows whether they were learned.
    let outstanding: UInt64?

    private let ending: SendEnding
    private let mayHaveLost: Bool

    private enum CodingKeys: String, CodingKey {
        case source, samples, acknowledged, refused, refusals, resent, reconnections, unusable, outstanding
    }

    init(_ outcome: SampleSender.Outcome, source: String, unusable: UInt64) {
        let report = outcome.report
        self.source = source
        samples = report.samples
        acknowledged = report.acknowledged
        refused = report.refused
        refusals = report.refusals
        resent = report.resent
        reconnections = report.reconnections
        self.unusable = unusable
        outstanding = report.acknowledged == nil ? nil : report.outstanding
        ending = outcome.ending
        mayHaveLost = report.mayHaveLost
    }

    /// One line for a person.
    var text: String {
        var reasons = refusals.map { "sample \($0.sample): \($0.code): \($0.message)" }
        if refused > reasons.count { reasons.append("…") }
        var parts = [
            Self.count(samples, "sample") + " sent",
            acknowledged.map { "\($0) acknowledged" } ?? "not acknowledged",
            "\(refused) refused" + (refused > 0 ? " (\(reasons.joined(separator: "; ")))" : ""),
            "\(resent) sent again", Self.count(UInt64(reconnections), "reconnection"),
        ]
        if unusable > 0 { parts.append(Self.count(unusable, "line") + " unusable") }
        if let outstanding, outstanding > 0 { parts.append("\(outstanding) not known to be learned") }
        return parts.joined(separator: ", ") + "\n"
    }

    private static func count(_ number: UInt64, _ name: String) -> String {
        "\(number) \(name)\(number == 1 ? "" : "s")"
    }

    /// What else a person has to know; nil: nothing.
    var complaint: String? {
        switch ending {
        case .complete, .stopped:
            mayHaveLost ? "a connection broke, and nobody knows which of its last samples were learned" : nil
        case .impatient(let obstacle): "gave up: \(obstacle)"
        case .notUnderstood(let line, let reason):
            "what listens is no nobacktrackd of this version: \(reason), in: \(line)"
        }
    }

    /// 0 when everything is learned, 65 when everything is that can be.
    var exitStatus: Int32 {
        switch ending {
        case .impatient: EX_IOERR
        case .notUnderstood: EX_PROTOCOL
        case .complete, .stopped:
            if mayHaveLost || outstanding ?? 0 > 0 {
                EX_IOERR
            } else {
                refused + unusable > 0 ? EX_DATAERR : 0
            }
        }
    }
}
