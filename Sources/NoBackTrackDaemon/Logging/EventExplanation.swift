/// What the journal's catalog says of a kind of event, to who runs the daemon. `@FIELD@` stands for a field of the
/// entry that is explained.
package struct EventExplanation: Sendable, Equatable {
    /// One line; the message itself, where the log call has no other.
    package let subject: String
    /// What has happened.
    package let happening: String
    /// What to do.
    package let advice: String

    init(_ subject: String, _ happening: String, advice: String) {
        self.subject = subject
        self.happening = happening
        self.advice = advice
    }
}
