/// Why a line cannot be used.
struct LineError: Error {
    /// The reason, for programs.
    var code: RejectionCode
    /// The reason, for people.
    var message: String

    /// Creates a reason.
    init(_ code: RejectionCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The same reason, with the name of what it is about in front.
    func about(_ name: String) -> LineError {
        LineError(code, "\(name): \(message)")
    }
}
