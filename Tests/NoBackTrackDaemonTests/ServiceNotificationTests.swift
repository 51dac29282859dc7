import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// What a service manager is told, and when.
@Suite struct ServiceNotificationTests {
    @Test func aLifeFromStartToStop() async throws {
        let directory = try TemporaryDirectory()
        let manager = try NotifySocket(directory.file("notify"))
        func start() throws -> DaemonProcess {
            try DaemonProcess(
                in: directory, ["--hidden-units", "8", "--checkpoint-interval-seconds", "0"],
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"], readsInput: false)
        }
        let first = try start()
        // Both sockets accept by then.
        #expect(try await manager.next(assigning: "READY")["READY"] == "1")
        let producer = try UnixClient(directory.file("nobacktrackd/ingest.sock"))
        let client = try UnixClient(directory.file("nobacktrackd/predict.sock"))
        try await producer.send(wave(0..<20, stream: "a") + wave(0..<20, stream: "b"))
        _ = try await client.ask(#"{"op":"flush"}"#)
        for _ in 0..<3 { _ = try await manager.next(assigning: "WATCHDOG") }
        while try await !(manager.next(assigning: "STATUS")["STATUS"] ?? "").hasPrefix(
            "2 streams, 40 samples")
        {}
        first.kill(SIGKILL)
        #expect(try await first.outcome().code == -SIGKILL)

        // The journal is gone through; that may take longer than a start is given.
        let second = try start()
        let replaying = try await manager.next(assigning: "EXTEND_TIMEOUT_USEC")
        #expect(replaying["EXTEND_TIMEOUT_USEC"] == "120000000")
        #expect(replaying["STATUS"]?.hasPrefix("going through the journal: ") == true)
        #expect(try await manager.next(assigning: "READY")["READY"] == "1")
        let idle = try UnixClient(directory.file("nobacktrackd/ingest.sock"))
        try await idle.send(wave(20..<21, stream: "a") + "{\"stream\":\"a\",")
        let asking = try UnixClient(directory.file("nobacktrackd/predict.sock"))
        _ = try await asking.ask(#"{"op":"flush"}"#)
        second.kill(SIGTERM)
        #expect(try await manager.next(assigning: "STOPPING")["STOPPING"] == "1")
        var status = ""
        while !status.hasPrefix("writing the last checkpoints: ") {
            status = try await manager.next(assigning: "EXTEND_TIMEOUT_USEC")["STATUS"] ?? ""
        }
        // Connections are left behind: the list of them first, then a socket for each.
        let list = try await manager.next(assigning: "FDSTORE")
        #expect(list["FDNAME"] == "connections" && list.descriptors.count == 1)
        let connections = try await manager.next(assigning: "FDSTORE")
        #expect(connections["FDNAME"] == "connection" && connections.descriptors.count == 2)
        for descriptor in list.descriptors + connections.descriptors { close(descriptor) }
        #expect(try await second.outcome().code == 0)
        #expect(try await idle.lines() == [])
    }
}
