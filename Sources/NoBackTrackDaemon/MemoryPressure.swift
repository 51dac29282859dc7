import Logging
import NIOPosix
import NoBackTrackSystem

/// Has streams that are not fed leave memory when the service manager says that memory is short.
struct MemoryPressure: Sendable {
    let watch: MemoryPressureWatch
    let learning: LearningLoop
    let logger: Logger

    /// Works until it is cancelled.
    func run() async {
        // What comes while one answer is under way, or soon after, is answered by one more.
        let (news, newsCame) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        thread.submit { _ in
            while watch.next() { newsCame.yield() }
            newsCame.finish()
        }
        await withTaskCancellationHandler {
            for await _ in news {
                await relieve()
                try? await Task.sleep(for: .seconds(1))
            }
        } onCancel: {
            watch.cancel()
        }
        if !Task.isCancelled {
            logger.log(.pressureUnwatched, metadata: ["error": "nobody is there who could tell"])
        }
        watch.cancel()
        try? await thread.shutdownGracefully()
    }

    private func relieve() async {
        let before = await learning.memory
        do throws(SystemError) { try await learning.leaveIdle() } catch {
            logger.log(.streamsStay, metadata: ["error": "\(error)"])
        }
        Allocator.trim()
        let after = await learning.memory
        logger.log(
            .memoryShort,
            metadata: [
                "left": "\(before.streams - min(before.streams, after.streams))",
                "streams": "\(after.streams)",
                "bytes": "\(after.bytes)",
            ])
    }
}
