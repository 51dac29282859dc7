import NoBackTrackClient
import Testing

struct IngestSocketPathTests {
    @Test(
        arguments: [
            (nil, [:], ["/run/nobacktrackd/ingest.sock"]),
            (
                nil, ["XDG_RUNTIME_DIR": "/run/user/5"],
                ["/run/user/5/nobacktrackd/ingest.sock", "/run/nobacktrackd/ingest.sock"]
            ),
            (nil, ["RUNTIME_DIRECTORY": "/run/nobacktrackd:/run/other"], ["/run/nobacktrackd/ingest.sock"]),
            (
                nil, ["RUNTIME_DIRECTORY": "/r", "XDG_RUNTIME_DIR": ""],
                ["/r/ingest.sock", "/run/nobacktrackd/ingest.sock"]
            ),
            (nil, ["NOBACKTRACKD_INGEST_SOCKET_PATH": "/a.sock", "XDG_RUNTIME_DIR": "/x"], ["/a.sock"]),
            (nil, ["NOBACKTRACKD_INGEST_SOCKET_PATH": ""], ["/run/nobacktrackd/ingest.sock"]),
            ("/b.sock", ["NOBACKTRACKD_INGEST_SOCKET_PATH": "/a.sock"], ["/b.sock"]),
        ] as [(String?, [String: String], [String])])
    func candidates(_ named: String?, _ environment: [String: String], _ expected: [String]) {
        #expect(IngestSocketPath.candidates(named: named) { environment[$0] } == expected)
    }
}
