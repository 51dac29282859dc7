/// Where sockets and state are when nobody says.
package struct DefaultPaths: Sendable, Equatable {
    /// The ingest socket.
    package var ingestSocket: String
    /// The predict socket.
    package var predictSocket: String
    /// The state directory; nil when the environment has no home.
    package var stateDirectory: String?
    /// Where the configuration may be as a credential; nil when the service manager keeps none.
    package var credential: String?
    /// Where the configuration may be otherwise; nil when no service manager says.
    package var configurationFile: String?

    /// Chooses as systemd's execution environment or the XDG base directories say, else as the service's unit does.
    package init(environment: [String: String]) {
        // systemd lists several directories with colons; the first is the service's main one.
        func directory(_ name: String) -> String? {
            environment[name]?.split(separator: ":").first.map(String.init)
        }
        let runtime =
            directory("RUNTIME_DIRECTORY")
            ?? directory("XDG_RUNTIME_DIR").map { "\($0)/nobacktrackd" } ?? "/run/nobacktrackd"
        ingestSocket = "\(runtime)/ingest.sock"
        predictSocket = "\(runtime)/predict.sock"
        stateDirectory =
            directory("STATE_DIRECTORY") ?? directory("XDG_STATE_HOME").map { "\($0)/nobacktrackd" }
            ?? directory("HOME").map { "\($0)/.local/state/nobacktrackd" }
        credential = directory("CREDENTIALS_DIRECTORY").map { "\($0)/nobacktrackd.yaml" }
        configurationFile = directory("CONFIGURATION_DIRECTORY").map { "\($0)/nobacktrackd.yaml" }
    }
}
