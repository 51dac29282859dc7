import Glibc
import NIOCore
import NIOPosix
import NoBackTrackSystem

/// The daemon's threads with an event loop.
struct DaemonThreads: Sendable {
    /// Sockets' events.
    let sockets = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// Learning.
    let learning = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// Checkpoints.
    let disk = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init() {
        Self.name(sockets, "sockets")
        Self.name(learning, "learning")
        Self.name(disk, "checkpoints")
    }

    /// Ends the threads.
    func shutDown() async {
        for group in [sockets, learning, disk] { try? await group.shutdownGracefully() }
    }

    /// Names a group's thread as `ps -L` and debuggers show it. Fails, harmlessly, where /proc is not mounted.
    private static func name(_ group: MultiThreadedEventLoopGroup, _ name: String) {
        group.next().execute {
            let system = LinuxFileSystem()
            guard let file = try? system.open("/proc/thread-self/comm", O_WRONLY, permissions: 0) else {
                return
            }
            try? DurableFile.writeAll(Array(name.utf8), to: file, using: system)
            try? system.close(file)
        }
    }
}
