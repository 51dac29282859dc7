import Glibc
import NIOCore
import NIOPosix
import NoBackTrackSystem

/// The daemon's threads with an event loop.
struct DaemonThreads: Sendable {
    /// Everything about the ingest socket, parsing too.
    let sockets = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// Learning.
    let learning: MultiThreadedEventLoopGroup
    /// Which streams there are.
    let streams = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// Everything about the predict socket: it gives way to all others.
    let publishing = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// Checkpoints.
    let disk = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// The journal, but for what learning threads append to it.
    let journal = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Starts the threads.
    ///
    /// - Parameter learners: how many learn; 0: one for each processor.
    init(learners: Int) {
        learning = MultiThreadedEventLoopGroup(
            numberOfThreads: learners == 0 ? Processors.available : learners)
        Self.name(sockets, "sockets")
        Self.name(learning, "learning")
        Self.name(streams, "streams")
        Self.name(publishing, "publishing")
        Self.name(disk, "checkpoints")
        Self.name(journal, "journal")
        publishing.next().execute { Processors.giveWay() }
    }

    /// Ends the threads.
    func shutDown() async {
        for group in [sockets, learning, streams, publishing, disk, journal] {
            try? await group.shutdownGracefully()
        }
    }

    /// Names a group's threads as `ps -L` and debuggers show them. Fails, harmlessly, where /proc is not mounted.
    private static func name(_ group: MultiThreadedEventLoopGroup, _ name: String) {
        for eventLoop in group.makeIterator() {
            eventLoop.execute {
                let system = LinuxFileSystem()
                guard let file = try? system.open("/proc/thread-self/comm", O_WRONLY, permissions: 0) else {
                    return
                }
                try? DurableFile.writeAll(Array(name.utf8), to: file, using: system)
                try? system.close(file)
            }
        }
    }
}
