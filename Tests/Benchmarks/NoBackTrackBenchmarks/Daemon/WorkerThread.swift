import Glibc

/// A thread that runs a function to its end.
final class WorkerThread {
    private var thread = pthread_t()

    private final class Work {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts it.
    init(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body))
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        precondition(result == 0, "a thread can be made")
    }

    /// Waits for its end.
    func join() { pthread_join(thread, nil) }
}
