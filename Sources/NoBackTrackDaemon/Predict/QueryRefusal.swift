import NoBackTrackWire

/// A request that is answered with an error.
struct QueryRefusal: Error, Equatable {
    /// For programs.
    var code: QueryErrorCode
    /// For people.
    var message: String

    init(_ code: QueryErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
