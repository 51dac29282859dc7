import ArgumentParser
import Glibc
import NoBackTrackClient

/// Which daemon is asked.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's predict socket.",
            discussion: """
                Else NOBACKTRACKD_PREDICT_SOCKET_PATH, your own daemon's below XDG_RUNTIME_DIR, or the system \
                service's.
                """,
            valueName: "path"))
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "Wait so long for the daemon, and for the stream, to appear.", valueName: "seconds"))
    var wait: Double = 0

    func validate() throws {
        guard wait.isFinite, wait >= 0 else { throw ValidationError("--wait needs a number of seconds ≥ 0") }
    }

    /// Connects, and does what is wanted with the connection.
    ///
    /// While `--wait` lasts, a daemon that does not listen and a stream that does not exist are tried again.
    ///
    /// - Throws: What the last attempt threw.
    func withClient<Result>(_ body: (PredictClient) async throws -> Result) async throws -> Result {
        let paths = PredictSocketPath.candidates(named: socket) { name in
            getenv(name).map { String(cString: $0) }
        }
        let deadline = ContinuousClock.now + .seconds(min(wait, 1e9))
        while true {
            do {
                let client = try await PredictClient.connect(toFirstOf: paths)
                do {
                    let result = try await body(client)
                    await client.close()
                    return result
                } catch {
                    await client.close()
                    throw error
                }
            } catch let error as PredictClientError where error.mayPass && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}

extension PredictClientError {
    /// Whether a daemon that is just starting gives this answer.
    fileprivate var mayPass: Bool {
        switch self {
        case .unreachable, .refused("unknown_stream", _), .refused("ambiguous_stream", _): true
        case .refused, .closed, .notUnderstood: false
        }
    }
}

/// Channels, horizons and other lists on the command line.
enum ListArgument {
    /// `1,10` as numbers of samples ahead, each at least 1.
    static func horizons(_ text: String) throws -> [Int] {
        try text.split(separator: ",").map { part in
            guard let horizon = Int(part), horizon >= 1 else {
                throw ValidationError("'\(part)' is not a number of samples ahead")
            }
            return horizon
        }
    }

    /// `a,b` as names.
    static func names(_ text: String) -> [String] {
        text.split(separator: ",").map(String.init)
    }
}
