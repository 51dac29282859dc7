import NoBackTrackSystem
import NoBackTrackWire

/// What the service manager is told while the daemon runs.
struct ServiceReports: Sendable {
    let learning: LearningLoop
    /// Whether the stop tells how far it has come.
    let isStopping: @Sendable () -> Bool

    /// Reports until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            if let interval = ServiceManager.watchdogInterval {
                tasks.addTask {
                    repeat {
                        // From the learning threads themselves: when one hangs, nothing is sent.
                        await learning.beat()
                    } while (try? await Task.sleep(for: interval / 2)) != nil
                }
            }
            tasks.addTask {
                var last = ""
                repeat {
                    let line = await learning.statusLine
                    if line != last, !isStopping() { ServiceManager.notify("STATUS=\(line)") }
                    last = line
                } while (try? await Task.sleep(for: .seconds(2))) != nil
            }
        }
    }
}
