import Synchronization

/// A flag that one thread raises and others look at.
final class Flag: Sendable {
    private let flag = Atomic(false)

    /// Raises it.
    func raise() {
        flag.store(true, ordering: .releasing)
    }

    /// Whether it was raised.
    var isRaised: Bool { flag.load(ordering: .acquiring) }
}
