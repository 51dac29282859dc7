import Glibc

/// Runs what blocks on a thread of its own, so that it cannot use up those of the concurrency pool.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    return await withCheckedContinuation { continuation in
        let work = Unmanaged.passRetained(ThreadWork { continuation.resume(returning: body()) })
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        precondition(result == 0, "a thread can be made")
        pthread_detach(thread)
    }
}

private final class ThreadWork {
    let body: () -> Void

    init(_ body: @escaping () -> Void) {
        self.body = body
    }
}
