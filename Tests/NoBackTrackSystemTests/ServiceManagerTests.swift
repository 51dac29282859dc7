import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

/// The environment belongs to the whole process, hence one after the other.
@Suite(.serialized) struct ServiceManagerTests {
    private static func with<Value>(
        _ environment: [String: String?], _ body: () throws -> Value
    ) rethrows -> Value {
        let before = environment.keys.map { ($0, getenv($0).map { String(cString: $0) }) }
        defer { for (name, value) in before { set(name, value) } }
        for (name, value) in environment { set(name, value) }
        return try body()
    }

    private static func set(_ name: String, _ value: String?) {
        if let value { setenv(name, value, 1) } else { unsetenv(name) }
    }

    @Test func `notifications arrive at the service manager's socket`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("notify")
        let manager = UnixSockets.bound(path, type: SOCK_DGRAM)
        defer { close(manager) }
        Self.with(["NOTIFY_SOCKET": path]) {
            #expect(ServiceManager.isUnderSystemd)
            #expect(ServiceManager.notify("READY=1\nSTATUS=2 streams, 17 samples"))
            #expect(ServiceManager.notify("WATCHDOG=1"))
        }
        for expected in ["READY=1\nSTATUS=2 streams, 17 samples", "WATCHDOG=1"] {
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = recv(manager, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            #expect(String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self) == expected)
        }
    }

    @Test func `without a service manager nothing is sent`() throws {
        Self.with(["NOTIFY_SOCKET": nil, "SYSTEMD_EXEC_PID": nil]) {
            #expect(!ServiceManager.notify("READY=1"))
            #expect(!ServiceManager.isUnderSystemd)
        }
        Self.with(["NOTIFY_SOCKET": "/nonexistent/notify"]) {
            #expect(!ServiceManager.notify("READY=1"))
        }
    }

    @Test func `a shell that systemd started does not make its children services`() {
        Self.with(["NOTIFY_SOCKET": nil, "SYSTEMD_EXEC_PID": "\(getppid())"]) {
            #expect(!ServiceManager.isUnderSystemd)
        }
        Self.with(["NOTIFY_SOCKET": nil, "SYSTEMD_EXEC_PID": "\(getpid())"]) {
            #expect(ServiceManager.isUnderSystemd)
        }
    }

    @Test(arguments: [
        ("2000000", nil, Duration.seconds(2)), ("2000000", "self", .seconds(2)), ("2000000", "other", nil),
        (nil, nil, nil), ("nonsense", nil, nil), ("0", nil, nil),
    ])
    func `the watchdog's interval`(microseconds: String?, pid: String?, interval: Duration?) {
        let process = pid.map { $0 == "self" ? "\(getpid())" : "1" }
        Self.with(["WATCHDOG_USEC": microseconds, "WATCHDOG_PID": process]) {
            #expect(ServiceManager.watchdogInterval == interval)
        }
    }

    @Test func `handed-over sockets come with their names`() throws {
        // Descriptors 3 and 4 must exist; being marked close-on-exec does whoever has them no harm. Opening
        // takes the lowest free number, so that no other test's descriptor is touched.
        var placeholders: [Int32] = []
        repeat { placeholders.append(open("/dev/null", O_RDONLY)) } while placeholders.allSatisfy { $0 < 5 }
        defer { for descriptor in placeholders { close(descriptor) } }
        let own = "\(getpid())"
        try Self.with(["LISTEN_PID": own, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "predict:ingest"]) {
            for _ in 0..<2 {
                let sockets = try ServiceManager.listenSockets()
                #expect(
                    sockets == [
                        HandedOverSocket(name: "predict", descriptor: 3),
                        HandedOverSocket(name: "ingest", descriptor: 4),
                    ])
            }
        }
        try Self.with(["LISTEN_PID": "1", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "predict:ingest"]) {
            let sockets = try ServiceManager.listenSockets()
            #expect(sockets.isEmpty)
        }
        try Self.with(["LISTEN_PID": nil, "LISTEN_FDS": nil, "LISTEN_FDNAMES": nil]) {
            let sockets = try ServiceManager.listenSockets()
            #expect(sockets.isEmpty)
        }
        Self.with(["LISTEN_PID": own, "LISTEN_FDS": "nonsense", "LISTEN_FDNAMES": nil]) {
            let error = #expect(throws: SystemError.self) { try ServiceManager.listenSockets() }
            #expect(error?.code == EINVAL)
        }
    }
}
