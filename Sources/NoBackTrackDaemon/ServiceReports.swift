import NoBackTrackSystem
import NoBackTrackWire

/// What the service manager is told while the daemon runs.
struct ServiceReports: Sendable {
    let learning: LearningLoop

    /// Reports until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            if let interval = ServiceManager.watchdogInterval {
                tasks.addTask {
                    repeat {
                        // From the learning thread itself: when it hangs, nothing is sent.
                        await learning.beat()
                    } while (try? await Task.sleep(for: interval / 2)) != nil
                }
            }
            tasks.addTask {
                var last = ""
                repeat {
                    let line = await learning.statusLine
                    if line != last { ServiceManager.notify("STATUS=\(line)") }
                    last = line
                } while (try? await Task.sleep(for: .seconds(2))) != nil
            }
        }
    }
}

extension LearningLoop {
    /// Streams, samples, rate and last checkpoint in one line.
    var statusLine: String {
        let now = Clocks.monotonicNanoseconds()
        let perSecond = (rate.rate(now: now) * 10).rounded() / 10
        let last = streams.values.compactMap(\.lastCheckpoint).max { $0.time < $1.time }
        let checkpoint = last.map { "last checkpoint \(Int(max(0, Clocks.wallSeconds() - $0.time))) s ago" }
        return
            "\(streams.count) streams, \(samples) samples, \(perSecond) a second, \(checkpoint ?? "no checkpoint yet")"
    }
}
