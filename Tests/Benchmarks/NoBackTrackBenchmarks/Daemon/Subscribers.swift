import Glibc
import NoBackTrackSystem
import Synchronization

/// Subscribers on one thread that throw away what they get, and one that never reads.
final class Subscribers {
    private let connections: [LineChannel]
    private let reader: WorkerThread
    private let counters: Counters

    private final class Counters: Sendable {
        let isStopping = Atomic(false)
        let bytes = Atomic(0)
    }

    /// Reads from all connections but the last.
    init(_ connections: [LineChannel]) throws(SystemError) {
        self.connections = connections
        let counters = Counters()
        self.counters = counters
        let descriptors = connections.dropLast().map(\.reader)
        reader = WorkerThread {
            var requests = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            var chunk = [UInt8](repeating: 0, count: 1 << 18)
            while !counters.isStopping.load(ordering: .relaxed) {
                guard poll(&requests, nfds_t(requests.count), 50) > 0 else { continue }
                for request in requests where request.revents & Int16(POLLIN) != 0 {
                    let count = recv(request.fd, &chunk, chunk.count, Int32(MSG_DONTWAIT))
                    counters.bytes.add(max(0, count), ordering: .relaxed)
                }
            }
        }
    }

    deinit {
        counters.isStopping.store(true, ordering: .relaxed)
        reader.join()
    }

    /// Bytes that all of them have got.
    var receivedBytes: Int { counters.bytes.load(ordering: .relaxed) }
}
