import Glibc
import Testing

@testable import NoBackTrackSystem

@Suite struct StandardOutputTests {
    /// 300 000 bytes are more than a pipe holds, so that every write but the last is short or must wait.
    @Test(arguments: [0, O_NONBLOCK])
    func `all bytes reach a reader in order, however slow`(flags: Int32) async throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        #expect(fcntl(writer, F_SETFL, flags) == 0)
        let sent = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        async let received = onThread {
            var all: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 1000)
            while case let count = read(reader, &chunk, chunk.count), count > 0 { all += chunk.prefix(count) }
            return all
        }
        let failure: SystemError? = await onThread {
            defer { close(writer) }
            do throws(SystemError) { try StandardOutput.writeAll(sent, to: writer) } catch { return error }
            return nil
        }
        #expect(failure == nil)
        #expect(await received == sent)
        close(reader)
    }

    @Test func `a reader that is gone is an error and no signal`() throws {
        StandardOutput.ignoreSIGPIPE()
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let writer = ends[1]
        close(ends[0])
        let error = #expect(throws: SystemError.self) { try StandardOutput.writeAll([1], to: writer) }
        #expect(error?.code == EPIPE)
        close(writer)
    }
}
