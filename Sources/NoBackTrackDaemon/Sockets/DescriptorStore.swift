import Logging
import NoBackTrackSystem
import NoBackTrackWire

/// Where descriptors wait while one daemon goes and the next one comes.
package struct DescriptorStore: Sendable {
    /// The name of connections there.
    static let connectionName = "connection"
    /// The name of the file that tells of them.
    static let listName = "connections"

    /// Takes copies of descriptors under a name; says whether there is anybody who does.
    package var keep: @Sendable ([Int32], String) -> Bool
    /// Closes those of a name.
    package var forget: @Sendable (String) -> Void

    /// A store of these functions.
    package init(
        keep: @escaping @Sendable ([Int32], String) -> Bool, forget: @escaping @Sendable (String) -> Void
    ) {
        self.keep = keep
        self.forget = forget
    }

    /// That of the service manager.
    package static let serviceManager = DescriptorStore(
        keep: { ServiceManager.store($0, name: $1) }, forget: { ServiceManager.removeStored(name: $0) })

    /// Leaves connections to the next daemon, and gives up their descriptors here.
    func leave(_ connections: [OpenConnection]) {
        defer { for connection in connections { StreamSocket.close(connection.descriptor) } }
        guard !connections.isEmpty else { return }
        var list: [UInt8] = []
        guard (try? KeptConnections(connections: connections.map(\.connection)).appendLine(to: &list)) != nil,
            let file = try? MemoryFile.create(list)
        else { return }
        defer { StreamSocket.close(file) }
        // Without the list the connections are of no use, and end with the next start.
        guard keep([file], Self.listName) else { return }
        _ = keep(connections.map(\.descriptor), Self.connectionName)
    }

    /// Takes over what an earlier daemon has left; what cannot be understood is closed, so that those at its other end
    /// begin again.
    func take(from handedOver: [HandedOverSocket], logger: Logger) -> [OpenConnection] {
        var descriptors: [UInt64: Int32] = [:]
        var told: [KeptConnection] = []
        for socket in handedOver {
            switch socket.name {
            case Self.listName:
                if let bytes = try? MemoryFile.read(socket.descriptor),
                    let list = try? KeptConnections(line: bytes),
                    list.version == KeptConnections.currentVersion
                {
                    told += list.connections
                }
                StreamSocket.close(socket.descriptor)
            case Self.connectionName:
                guard let number = try? StreamSocket.number(socket.descriptor), descriptors[number] == nil
                else {
                    StreamSocket.close(socket.descriptor)
                    continue
                }
                descriptors[number] = socket.descriptor
            default: break
            }
        }
        if !told.isEmpty || !descriptors.isEmpty {
            forget(Self.listName)
            forget(Self.connectionName)
        }
        let connections = told.compactMap { connection in
            descriptors.removeValue(forKey: connection.socket).map {
                OpenConnection(descriptor: $0, connection: connection)
            }
        }
        for descriptor in descriptors.values { StreamSocket.close(descriptor) }
        if !connections.isEmpty {
            logger.log(.connectionsResumed, metadata: ["connections": "\(connections.count)"])
        }
        return connections
    }
}
