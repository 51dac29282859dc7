import Logging
import NoBackTrackSystem

/// The sockets that the daemon listens on.
struct DaemonSockets: Sendable {
    /// Samples in; nil when standard input is the only source.
    let ingest: ListeningSocket?
    /// Forecasts out.
    let predict: ListeningSocket

    private static let known = [
        "ingest", "predict", DescriptorStore.connectionName, DescriptorStore.listName,
    ]

    /// Takes over what the service manager handed over, by name, and opens the rest.
    ///
    /// - Parameter readsInput: whether standard input is read; the ingest socket is opened then only when it was
    ///   named.
    /// - Throws: the system call that failed.
    init(
        _ configuration: DaemonConfiguration, _ environment: DaemonEnvironment, readsInput: Bool,
        logger: Logger
    ) throws(SystemError) {
        func socket(_ name: String, path: String) throws(SystemError) -> ListeningSocket {
            if let handedOver = environment.handedOver.first(where: { $0.name == name }) {
                return try ListeningSocket(handedOver: handedOver)
            }
            return try ListeningSocket(path: path)
        }
        for other in environment.handedOver where !Self.known.contains(other.name) {
            logger.log(
                .socketUnused,
                metadata: ["name": "\(other.name)"])
        }
        let predictPath = configuration.predict.socketPath
        predict = try socket(
            "predict", path: predictPath.isEmpty ? environment.paths.predictSocket : predictPath)
        let ingestPath = configuration.ingest.socketPath
        let isWanted =
            !readsInput || !ingestPath.isEmpty || environment.handedOver.contains { $0.name == "ingest" }
        do throws(SystemError) {
            ingest =
                isWanted
                ? try socket("ingest", path: ingestPath.isEmpty ? environment.paths.ingestSocket : ingestPath)
                : nil
        } catch {
            predict.removeFile()
            throw error
        }
    }

    /// Removes the socket files that are our own.
    func removeFiles() {
        ingest?.removeFile()
        predict.removeFile()
    }
}
