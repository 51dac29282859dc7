/// The answer to a request that was refused.
package struct ErrorMessage: ControlMessage, Equatable {
    /// The reason.
    package struct Failure: Codable, Sendable, Equatable {
        /// For programs: a ``QueryErrorCode``'s raw value. A string, for a newer daemon may have others.
        package var code: String
        /// For people.
        package var message: String

        /// Creates a reason.
        package init(code: String, message: String) {
            self.code = code
            self.message = message
        }
    }

    /// False.
    package var ok: Bool
    /// The request's identifier; nil when the request could not be read so far.
    package var id: RequestIdentifier?
    /// The reason.
    package var error: Failure

    /// Creates the answer.
    package init(id: RequestIdentifier? = nil, code: QueryErrorCode, message: String) {
        ok = false
        self.id = id
        error = Failure(code: code.rawValue, message: message)
    }
}
