/// Where the ingest socket is looked for.
package enum IngestSocketPath {
    /// The system service's ingest socket, as `deploy/nobacktrackd-ingest.socket` makes it.
    package static let systemService = "/run/nobacktrackd/ingest.sock"

    /// The paths to try, in this order.
    ///
    /// A path that was named is the only candidate: by `named` (an option) first, then by
    /// `NOBACKTRACKD_INGEST_SOCKET_PATH`, the variable the daemon obeys too. Else it is where the daemon would make it:
    /// in the service's own directory, in the user's, in the system's.
    ///
    /// - Parameters:
    ///   - named: The path a person gave, if he did.
    ///   - environment: Reads an environment variable; nil where it is not set.
    package static func candidates(named: String?, environment: (String) -> String?) -> [String] {
        // systemd lists several directories with colons; the first is the service's main one.
        func directory(_ name: String) -> String? {
            environment(name)?.split(separator: ":").first.map(String.init)
        }
        if let path = named ?? environment("NOBACKTRACKD_INGEST_SOCKET_PATH"), !path.isEmpty { return [path] }
        var paths: [String] = []
        if let runtime = directory("RUNTIME_DIRECTORY") { paths.append("\(runtime)/ingest.sock") }
        if let runtime = directory("XDG_RUNTIME_DIR") { paths.append("\(runtime)/nobacktrackd/ingest.sock") }
        if !paths.contains(systemService) { paths.append(systemService) }
        return paths
    }
}
