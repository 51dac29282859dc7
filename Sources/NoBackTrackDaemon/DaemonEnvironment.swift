package import NoBackTrackSystem

/// What the daemon finds around it; a test puts its own in the place.
package struct DaemonEnvironment: Sendable {
    /// Paths where the configuration names none.
    package var paths: DefaultPaths
    /// The descriptor of standard input.
    package var standardInput: Int32
    /// Writes to standard output.
    package var write: @Sendable ([UInt8]) throws(SystemError) -> Void
    /// Sockets from the service manager.
    package var handedOver: [HandedOverSocket]
    /// Where open connections wait for the next daemon; nil: they end with this one.
    package var descriptorStore: DescriptorStore?
    /// Where state is kept.
    package var fileSystem: any FileSystemCalls
    /// Says that memory is short; nil: nobody does.
    package var memoryPressure: MemoryPressureWatch?
    /// Reads the configuration again; nil: it cannot be read again.
    package var loadConfiguration: (@Sendable () async throws(ConfigurationError) -> DaemonConfiguration)?
    /// What of the log can be changed while the daemon runs.
    package var logSettings: LogSettings
    /// Called once the daemon serves.
    package var ready: @Sendable () -> Void

    /// An environment.
    package init(
        paths: DefaultPaths, standardInput: Int32 = 0,
        write: @escaping @Sendable ([UInt8]) throws(SystemError) -> Void = { bytes throws(SystemError) in
            try StandardOutput.writeAll(bytes)
        },
        handedOver: [HandedOverSocket] = [], descriptorStore: DescriptorStore? = nil,
        fileSystem: any FileSystemCalls = LinuxFileSystem(),
        memoryPressure: MemoryPressureWatch? = nil,
        loadConfiguration: (@Sendable () async throws(ConfigurationError) -> DaemonConfiguration)? = nil,
        logSettings: LogSettings = LogSettings(), ready: @escaping @Sendable () -> Void = {}
    ) {
        self.paths = paths
        self.standardInput = standardInput
        self.write = write
        self.handedOver = handedOver
        self.descriptorStore = descriptorStore
        self.fileSystem = fileSystem
        self.memoryPressure = memoryPressure
        self.loadConfiguration = loadConfiguration
        self.logSettings = logSettings
        self.ready = ready
    }

    /// Where learners are kept.
    ///
    /// - Throws: ``DaemonFailure`` when nobody says.
    func stateDirectory(_ configuration: DaemonConfiguration) throws(DaemonFailure) -> String {
        let named = configuration.checkpoint.stateDirectory
        guard let directory = named.isEmpty ? paths.stateDirectory : named else {
            throw DaemonFailure(
                .configuration,
                "checkpoint.stateDirectory: not set, and neither are STATE_DIRECTORY, XDG_STATE_HOME and HOME; "
                    + "name one with --state-directory")
        }
        return directory
    }
}
