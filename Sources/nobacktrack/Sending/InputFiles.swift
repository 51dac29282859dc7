import Glibc
import NIOPosix
import NoBackTrackSystem
import Synchronization

/// Files and pipes that are read as what they have comes, until somebody wants to stop.
final class InputFiles: Sendable {
    private struct State {
        var current: StandardInput?
        var isCancelled = false
    }

    private let state = Mutex(State())

    /// Whether ``cancel()`` was called.
    var isCancelled: Bool { state.withLock(\.isCancelled) }

    /// Ends the read that waits, and every later one. May be called from anywhere.
    func cancel() {
        state.withLock {
            $0.isCancelled = true
            $0.current?.cancel()
        }
    }

    /// Reads one file to its end.
    ///
    /// - Parameters:
    ///   - path: `-`: standard input.
    ///   - thread: Waits for what comes.
    ///   - body: Gets one piece after the other; false ends the reading.
    /// - Returns: Whether that was all of it.
    /// - Throws: `SystemError`.
    func read(
        _ path: String, on thread: NIOThreadPool, _ body: ([UInt8]) async throws -> Bool
    ) async throws -> Bool {
        // A pipe that nobody writes to must not hold whoever opens it.
        let file = path == "-" ? nil : try LinuxFileSystem().open(path, O_RDONLY | O_NONBLOCK, permissions: 0)
        defer { if let file { try? LinuxFileSystem().close(file) } }
        let input = try StandardInput(descriptor: file?.descriptor ?? STDIN_FILENO)
        state.withLock {
            $0.current = input
            if $0.isCancelled { input.cancel() }
        }
        defer { state.withLock { $0.current = nil } }
        while true {
            let piece = try await thread.runIfActive {
                var buffer = [UInt8](repeating: 0, count: 65_536)
                buffer.removeLast(buffer.count - (try input.read(into: &buffer)))
                return buffer
            }
            if piece.isEmpty { return !input.isCancelled }
            guard try await body(piece) else { return false }
        }
    }
}
