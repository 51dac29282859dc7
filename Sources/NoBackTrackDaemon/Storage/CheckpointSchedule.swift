import Logging
import NoBackTrackSystem

/// Has checkpoints written: in intervals of seconds and of samples.
struct CheckpointSchedule: Sendable {
    let learning: LearningLoop
    /// Zero: not by time.
    let intervalSeconds: Int
    let logger: Logger

    /// Works until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask {
                for await _ in learning.checkpointsDue { await save(await learning.takeDue()) }
            }
            if intervalSeconds > 0 {
                tasks.addTask {
                    while (try? await Task.sleep(for: .seconds(intervalSeconds))) != nil { await saveAll() }
                }
            }
        }
    }

    /// Writes the checkpoints of all streams that have learned since the last one.
    ///
    /// - Returns: the first failure; the others are tried all the same.
    @discardableResult
    func saveAll() async -> SystemError? { await save(await learning.dirtyStreams) }

    /// Writes the streams' checkpoints, one after the other, so that only one copy of a learner waits for the disk.
    ///
    /// - Returns: the first failure; the others are tried all the same.
    @discardableResult
    func save(_ streams: [String]) async -> SystemError? {
        var first: SystemError?
        for stream in streams {
            do throws(SystemError) { try await learning.saveIfDirty(stream) } catch {
                // Learning goes on, the older checkpoints are still there, and the next interval tries again.
                logger.debug(
                    "A checkpoint could not be written",
                    metadata: ["stream": "\(stream)", "error": "\(error)"])
                first = first ?? error
            }
        }
        return first
    }
}
