/// The answer to `metrics`.
package struct MetricsMessage: ControlMessage, Equatable {
    /// True.
    package var ok: Bool
    /// `metrics`.
    package var op: String
    /// The request's identifier.
    package var id: RequestIdentifier?
    /// What the text is, as HTTP says it.
    package var contentType: String
    /// The metrics.
    package var text: String

    /// Creates the answer.
    package init(id: RequestIdentifier? = nil, format: MetricsFormat, text: String) {
        ok = true
        op = "metrics"
        self.id = id
        contentType = format.contentType
        self.text = text
    }
}
