import NoBackTrackClient
import Testing

struct PredictSocketPathTests {
    @Test(
        arguments: [
            (nil, [:], ["/run/nobacktrackd/predict.sock"]),
            (nil, ["XDG_RUNTIME_DIR": ""], ["/run/nobacktrackd/predict.sock"]),
            (
                nil, ["XDG_RUNTIME_DIR": "/run/user/7"],
                ["/run/user/7/nobacktrackd/predict.sock", "/run/nobacktrackd/predict.sock"]
            ),
            (nil, ["XDG_RUNTIME_DIR": "/run/user/7", "NOBACKTRACKD_PREDICT_SOCKET_PATH": "/p"], ["/p"]),
            ("/named", ["NOBACKTRACKD_PREDICT_SOCKET_PATH": "/p"], ["/named"]),
        ] as [(String?, [String: String], [String])])
    func candidates(_ named: String?, _ environment: [String: String], _ expected: [String]) {
        #expect(PredictSocketPath.candidates(named: named) { environment[$0] } == expected)
    }
}
