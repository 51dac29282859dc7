import Glibc
import NoBackTrackDaemon
import NoBackTrackSystem
import Synchronization

/// A service manager's store of descriptors.
final class KeptDescriptors: Sendable {
    private let kept = Mutex<[HandedOverSocket]>([])

    deinit { for socket in kept.withLock({ $0 }) { close(socket.descriptor) } }

    /// The store that a daemon is given.
    var store: DescriptorStore {
        DescriptorStore(
            keep: { [self] descriptors, name in
                kept.withLock { kept in
                    kept += descriptors.map { HandedOverSocket(name: name, descriptor: Self.copy($0)) }
                }
                return true
            },
            forget: { [self] name in
                kept.withLock { kept in
                    for socket in kept where socket.name == name { close(socket.descriptor) }
                    kept.removeAll { $0.name == name }
                }
            })
    }

    /// What the next daemon is handed over, the last first as systemd does.
    var handedOver: [HandedOverSocket] {
        kept.withLock { kept in
            kept.reversed().map { HandedOverSocket(name: $0.name, descriptor: Self.copy($0.descriptor)) }
        }
    }

    /// How many there are.
    var count: Int { kept.withLock { $0.count } }

    /// In how many bytes connections are told of.
    var listBytes: Int {
        kept.withLock { kept in
            kept.filter { $0.name == "connections" }.reduce(0) { sum, socket in
                sum + ((try? MemoryFile.read(socket.descriptor).count) ?? 0)
            }
        }
    }

    private static func copy(_ descriptor: Int32) -> Int32 { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
}
