/// Waiting for others, but not for ever.
enum Patience {
    /// Waits until something is done, or so long.
    ///
    /// - Parameter giveUp: ends what is waited for; called in any case, to no effect when that is done.
    /// - Returns: whether it was done in time.
    static func lasts(
        _ time: Duration, _ wait: @escaping @Sendable () async -> Void,
        giveUp: @escaping @Sendable () -> Void
    ) async -> Bool {
        await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                await wait()
                return true
            }
            tasks.addTask {
                try? await Task.sleep(for: time)
                return false
            }
            let isDone = await tasks.next() ?? false
            // Only now: what is let go comes to its end too, and would pass for done.
            giveUp()
            tasks.cancelAll()
            return isDone
        }
    }
}
