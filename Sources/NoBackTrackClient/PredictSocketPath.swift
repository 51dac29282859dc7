/// Where the predict socket is looked for.
package enum PredictSocketPath {
    /// The system service's predict socket, as `deploy/nobacktrackd-predict.socket` makes it.
    package static let systemService = "/run/nobacktrackd/predict.sock"

    /// The paths to try, in this order.
    ///
    /// A path that was named is the only candidate: by `named` (an option) first, then by
    /// `NOBACKTRACKD_PREDICT_SOCKET_PATH`, the variable the daemon obeys too. Else the user's own daemon comes
    /// before the system's.
    ///
    /// - Parameters:
    ///   - named: The path a person gave, if he did.
    ///   - environment: Reads an environment variable; nil where it is not set.
    package static func candidates(named: String?, environment: (String) -> String?) -> [String] {
        func nonEmpty(_ name: String) -> String? {
            environment(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        if let path = named ?? nonEmpty("NOBACKTRACKD_PREDICT_SOCKET_PATH") { return [path] }
        var paths: [String] = []
        if let runtime = nonEmpty("XDG_RUNTIME_DIR") { paths.append("\(runtime)/nobacktrackd/predict.sock") }
        paths.append(systemService)
        return paths
    }
}
