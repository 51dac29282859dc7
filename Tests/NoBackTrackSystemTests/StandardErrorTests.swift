import Glibc
import NoBackTrackSystem
import Testing

@Suite struct StandardErrorTests {
    @Test func `its stream is the file that the kernel has under its number`() {
        var status = stat()
        #expect(stat("/proc/self/fd/2", &status) == 0)
        #expect(StandardError.stream == "\(status.st_dev):\(status.st_ino)")
    }
}
