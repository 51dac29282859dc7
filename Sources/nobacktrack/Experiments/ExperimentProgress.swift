import Glibc
import NoBackTrackSystem
import Synchronization

/// How far an experiment or an evaluation is and when it will be done, on standard error: a line that is written over
/// on a terminal, and elsewhere one at every tenth, or none.
final class ExperimentProgress: Sendable {
    private struct State {
        var done = 0
        var shown: UInt64 = 0
        var tenths = 0
    }

    private let title: String
    private let total: Int
    private let onlyOnTerminal: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = Clocks.monotonicNanoseconds()
    private let state = Mutex(State())

    /// Nothing done of so many steps.
    init(title: String, total: Int, onlyOnTerminal: Bool = false) {
        self.onlyOnTerminal = onlyOnTerminal
        self.title = title
        self.total = max(total, 1)
    }

    /// So many more steps are done.
    func add(_ steps: Int) {
        if onlyOnTerminal, !isTerminal { return }
        let now = Clocks.monotonicNanoseconds()
        let text: String? = state.withLock { state in
            state.done += steps
            let tenths = state.done * 10 / total
            if isTerminal {
                guard now - state.shown >= 200_000_000 else { return nil }
            } else {
                guard tenths > state.tenths else { return nil }
            }
            state.shown = now
            state.tenths = tenths
            return line(done: state.done, now: now)
        }
        if let text { Output.note(isTerminal ? "\r\(text)\u{1B}[K" : text + "\n") }
    }

    /// Leaves the terminal's line empty for what follows.
    func finish() {
        if isTerminal { Output.note("\r\u{1B}[K") }
    }

    private func line(done: Int, now: UInt64) -> String {
        let elapsed = Double(now - start) * 1e-9
        let left = elapsed * Double(total - done) / Double(max(done, 1))
        return "\(title): \(done * 100 / total) %, \(NumberText.duration(seconds: left)) left"
    }
}
