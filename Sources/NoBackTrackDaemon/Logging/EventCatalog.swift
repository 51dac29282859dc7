/// The journal's catalog of the daemon's events, which `journalctl -x` shows with their messages.
package enum EventCatalog {
    /// The file's text: an entry for each kind.
    package static var text: String {
        EventKind.allCases.map(entry).joined(separator: "\n")
    }

    private static func entry(_ kind: EventKind) -> String {
        let explanation = kind.explanation
        return """
            -- \(kind.messageID)
            Subject: \(explanation.subject)
            Defined-By: nobacktrackd
            Documentation: man:nobacktrackd(1)

            \(explanation.happening)

            \(explanation.advice)

            """
    }
}
