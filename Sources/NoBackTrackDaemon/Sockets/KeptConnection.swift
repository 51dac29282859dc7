import FoundationEssentials
import NoBackTrackSystem
import NoBackTrackWire
import Synchronization

/// What the next daemon has to know of a connection that goes on with it.
struct KeptConnection: Codable, Sendable {
    /// What it is for.
    enum Purpose: Codable, Sendable {
        /// Samples come in.
        case ingest(SampleReader.Continuation)
        /// Events of these streams go out, of those and of the first one to come.
        case predict(streams: [String], waits: Bool)
    }

    /// The number of its socket, by which the descriptor is found.
    var socket: UInt64
    var purpose: Purpose
    /// Bytes that were read and are still to be dealt with.
    var unread: Data
}

/// A connection that goes on, with its descriptor, which is whoever's who has this.
struct OpenConnection: Sendable {
    var descriptor: Int32
    var connection: KeptConnection
}

extension OpenConnection {
    /// The connection on a descriptor that was made for this; nil where there is none, or where it cannot go on, and then
    /// the descriptor is closed.
    init?(_ descriptor: Int32?, _ purpose: KeptConnection.Purpose?, unread: [UInt8]) {
        guard let descriptor else { return nil }
        guard let purpose, let number = try? StreamSocket.number(descriptor) else {
            StreamSocket.close(descriptor)
            return nil
        }
        self.init(
            descriptor: descriptor,
            connection: KeptConnection(socket: number, purpose: purpose, unread: Data(unread)))
    }
}

/// Connections that have ended here and go on in the next daemon, until they are left to it.
final class LeftConnections: Sendable {
    private let connections = Mutex<[OpenConnection]>([])

    /// One more.
    func add(_ connection: OpenConnection) { connections.withLock { $0.append(connection) } }

    /// Takes them out; their descriptors are the caller's.
    func take() -> [OpenConnection] {
        connections.withLock { connections in
            defer { connections = [] }
            return connections
        }
    }
}

/// All connections that go on, as the next daemon finds them told.
struct KeptConnections: ControlMessage {
    /// Counts the ways of telling; another daemon's is not understood.
    static let currentVersion = 2

    var version = currentVersion
    var connections: [KeptConnection]
}
