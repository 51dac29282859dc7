import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct WakeablePollTests {
    @Test(arguments: 0..<50)
    func `waking ends a wait, whether it has begun or not`(round: Int) async throws {
        let poll = try WakeablePoll()
        async let ended: Void = onThread { poll.wait(for: nil) }
        for _ in 0..<round * 10 { sched_yield() }
        poll.wake()
        await ended
    }

    @Test func `a connection that waits ends a wait and stays`() async throws {
        let directory = try TemporaryDirectory()
        let socket = try ListeningSocket(path: directory.file("s"))
        let poll = try WakeablePoll()
        #expect(!WakeablePoll.isReady(socket.descriptor))
        async let ended: Void = onThread { poll.wait(for: socket.descriptor) }
        let client = UnixSockets.connected(directory.file("s"))
        defer { close(client) }
        await ended
        #expect(WakeablePoll.isReady(socket.descriptor))
    }

    @Test func `any number of wakes ends one wait`() throws {
        let poll = try WakeablePoll()
        for _ in 0..<10 { poll.wake() }
        poll.wait(for: nil)
        // Were one of them left over, this wait would be shorter.
        let before = Clocks.monotonicNanoseconds()
        poll.wait(for: nil, milliseconds: 20)
        #expect(Clocks.monotonicNanoseconds() - before >= 19_000_000)
    }
}
