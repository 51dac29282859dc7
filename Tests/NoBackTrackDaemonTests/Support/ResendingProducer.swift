import NoBackTrackWire

/// A producer that numbers its samples, and sends again what no daemon has acknowledged.
struct ResendingProducer {
    /// The samples of a stream, a line each.
    private let lines: [String]
    private let count: Int
    /// How many samples a daemon has said to be settled.
    private(set) var settled = 0

    /// A producer of so many samples of the stream.
    init(stream: String, count: Int) {
        self.count = count
        lines = wave(0..<count, stream: stream).split(separator: "\n").enumerated().map { number, line in
            line.dropLast() + ",\"seq\":\(number + 1)}\n"
        }
    }

    /// Whether all are settled.
    var isDone: Bool { settled == count }

    /// Sends what is not settled over a new connection until all is, or the connection ends.
    ///
    /// - Parameter piece: samples sent in one go.
    mutating func run(_ daemon: RunningDaemon, piece: Int = 7) async throws {
        let first = settled
        guard let connection = try? daemon.producer(), try await connection.line() == #"{"ack":0}"# else {
            return
        }
        let lines = self.lines
        let sending = Task {
            for start in stride(from: first, to: lines.count, by: piece) {
                let end = min(start + piece, lines.count)
                guard (try? await connection.send(lines[start..<end].joined())) != nil else { return }
            }
        }
        while settled < count, let line = try? await connection.line() {
            guard let answer = try? AcknowledgementMessage(line: Array(line.utf8)) else { break }
            settled = max(settled, first + Int(answer.ack))
        }
        connection.closeWriting()
        await sending.value
    }
}
