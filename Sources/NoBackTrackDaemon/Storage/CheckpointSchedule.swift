import Logging
import NoBackTrackSystem

/// Has checkpoints written: in intervals of seconds and of samples.
struct CheckpointSchedule: Sendable {
    let learning: LearningLoop
    private let logger: Logger
    /// Seconds from one time to the next; zero: not by time.
    private let intervals: AsyncStream<Int>
    private let newInterval: AsyncStream<Int>.Continuation

    /// A schedule that does nothing before ``run()``.
    ///
    /// - Parameter intervalSeconds: zero: not by time.
    init(learning: LearningLoop, intervalSeconds: Int, logger: Logger) {
        self.learning = learning
        self.logger = logger
        (intervals, newInterval) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        newInterval.yield(intervalSeconds)
    }

    /// Sets another interval, from the last time on; zero: not by time.
    func setInterval(seconds: Int) { newInterval.yield(seconds) }

    /// Works until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask {
                for await _ in learning.checkpointsDue { await save(await learning.takeDue()) }
            }
            tasks.addTask {
                var timer: Task<ContinuousClock.Instant, Never>?
                var last = ContinuousClock.now
                var current = 0
                for await seconds in intervals where seconds != current {
                    current = seconds
                    timer?.cancel()
                    last = await timer?.value ?? last
                    timer = seconds == 0 ? nil : Task { [last] in await save(every: seconds, since: last) }
                }
                timer?.cancel()
                _ = await timer?.value
            }
        }
    }

    /// Has checkpoints written in an interval until it is cancelled.
    ///
    /// - Returns: when it was done last.
    private func save(every seconds: Int, since last: ContinuousClock.Instant) async
        -> ContinuousClock.Instant
    {
        var last = last
        while (try? await Task.sleep(until: last + .seconds(seconds), clock: .continuous)) != nil {
            await saveAll()
            last = .now
        }
        return last
    }

    /// Writes the checkpoints of all streams that have learned since the last one.
    ///
    /// - Returns: the first failure; the others are tried all the same.
    @discardableResult
    func saveAll() async -> SystemError? { await save(await learning.dirtyStreams) }

    /// Writes the streams' checkpoints, one after the other, so that only one copy of a learner waits for the disk.
    ///
    /// - Parameter progress: is told how far that has come; nil: nobody waits for it.
    /// - Returns: the first failure; the others are tried all the same.
    @discardableResult
    func save(_ streams: [String], _ progress: ServiceProgress? = nil) async -> SystemError? {
        var first: SystemError?
        for (number, stream) in streams.enumerated() {
            progress?.tell(.saving, "\(number) of \(streams.count)")
            do throws(SystemError) { try await learning.saveIfDirty(stream) } catch {
                // Learning goes on, the older checkpoints are still there, and the next interval tries again.
                logger.log(
                    .checkpointNotWritten,
                    metadata: ["stream": "\(stream)", "error": "\(error)"])
                first = first ?? error
            }
        }
        return first
    }
}
