import Logging
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@testable import NoBackTrackDaemon

@Suite struct AcceptorTests {
    @Test func stopAtAnyMomentOfTheStartEndsBoth() async throws {
        let directory = try TemporaryDirectory()
        for round in 0..<200 {
            let socket = try ListeningSocket(path: directory.file("\(round).sock"))
            let acceptor = try Acceptor(
                socket: socket, purpose: "test", maxConnections: 1, idleSeconds: 1,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { acceptor.start { _, _ in } }
                tasks.addTask { await acceptor.stop() }
                tasks.addTask { _ = await acceptor.acceptWaiting() }
            }
        }
    }
}
