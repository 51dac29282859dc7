import NIOCore

/// Runs tasks on an event loop's thread: those that wait for its channels need not change threads then.
final class EventLoopTasks: TaskExecutor {
    private let eventLoop: any EventLoop

    /// An executor on the given event loop.
    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
