import UnixSignals

/// Runs `body` to its end, or until Ctrl-C or a TERM signal asks the program to stop: `body` is cancelled then,
/// and what it throws for that reason is no error.
///
/// - Throws: What `body` throws by itself.
func untilAskedToStop(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    try await withThrowingTaskGroup { group in
        group.addTask { try await body() }
        group.addTask { for await _ in signals { break } }
        // Whichever comes first ends the other.
        defer { group.cancelAll() }
        try await group.next()
    }
}
