import NoBackTrackClient
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// The sender's state machine against a daemon in a world where anything may be late or lost.
struct ExactlyOnceTests {
    /// A daemon as the contract has it, and the two directions of its connection.
    struct World {
        var machine: SampleSenderStateMachine
        var random: SeededGenerator
        var ending: SendEnding?
        var wantsConnection = false
        var isConnected = false
        /// Lines on their way.
        var toDaemon: [Int] = []
        var toClient: [String] = []
        var (acknowledged, refused, lines) = (0, 0, 0)
        var isHalfClosed = false
        /// What the daemon learned, in order; outlasts connections.
        var learned: [Int] = []

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            var settings = SendSettings()
            settings.window = Int.random(in: 1...40, using: &random)
            machine = SampleSenderStateMachine(settings)
            perform(machine.start())
        }

        static func isRefused(_ number: Int) -> Bool { number % 11 == 3 }

        mutating func perform(_ actions: [SampleSenderStateMachine.Action]) {
            for action in actions {
                switch action {
                case .connect: wantsConnection = true
                case .schedule(.reconnect, _): perform(machine.fired(.reconnect))
                case .finish(let ending): self.ending = ending
                case .close, .schedule, .cancel, .warn: break
                }
            }
        }

        mutating func connect() {
            guard wantsConnection else { return }
            wantsConnection = false
            if Int.random(in: 0..<4, using: &random) == 0 { return perform(machine.connectFailed("nobody")) }
            (isConnected, isHalfClosed, toDaemon) = (true, false, [])
            (acknowledged, refused, lines) = (0, 0, 0)
            toClient = [#"{"ack":0}"#]
            perform(machine.connected())
        }

        mutating func write() {
            switch machine.nextOutput() {
            case .bytes(let bytes):
                toDaemon += String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap {
                    Int($0)
                }
            case .end: isHalfClosed = true
            case nil: break
            }
        }

        /// The daemon takes some of what has come, and may say so.
        mutating func learn() {
            for _ in 0..<Int.random(in: 0...20, using: &random) where !toDaemon.isEmpty {
                let number = toDaemon.removeFirst()
                lines += 1
                if Self.isRefused(number) {
                    refused += 1
                    toClient.append(SampleSenderStateMachineTests.refusal(lines))
                } else {
                    acknowledged += 1
                    if number > learned.last ?? 0 { learned.append(number) }
                }
            }
            if Bool.random(using: &random) || isHalfClosed {
                toClient.append(
                    refused > 0
                        ? #"{"ack":\#(acknowledged),"refused":\#(refused)}"# : #"{"ack":\#(acknowledged)}"#)
            }
        }

        mutating func hear() {
            for _ in 0..<Int.random(in: 0...5, using: &random) where !toClient.isEmpty && ending == nil {
                perform(machine.received(Array(toClient.removeFirst().utf8)))
            }
        }

        /// What was on its way in either direction is lost.
        mutating func breakOff() {
            isConnected = false
            perform(machine.disconnected(Bool.random(using: &random) ? "reset" : nil))
        }
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max)] + Array(1...50))
    func everySampleIsLearnedOnce(seed: UInt64) throws {
        let count = 500
        var world = World(seed: seed)
        var input = SampleLines()
        for number in 1...count { input.append { $0 += Array("\(number)".utf8) } }
        var next = 0
        var steps = 0
        while world.ending == nil {
            steps += 1
            try #require(steps < 1_000_000, "seed \(seed): it comes to no end")
            switch Int.random(in: 0..<12, using: &world.random) {
            case 0 where world.isConnected: world.breakOff()
            case 1...2:
                let (taken, actions) = world.machine.append(input, from: next)
                next += taken
                world.perform(actions)
                if next == count { world.perform(world.machine.endInput()) }
            case 3...5: world.write()
            case 6...8 where world.isConnected: world.learn()
            case 9...11 where world.isConnected: world.hear()
            default: world.connect()
            }
        }
        let report = world.machine.report
        let refused = (1...count).filter(World.isRefused)
        #expect(world.ending == .complete, "seed \(seed)")
        #expect(world.learned == (1...count).filter { !World.isRefused($0) }, "seed \(seed)")
        #expect(report.samples == 500 && report.outstanding == 0, "seed \(seed)")
        #expect(report.refused == UInt64(refused.count), "seed \(seed)")
        #expect(report.refusals.map(\.sample) == refused.prefix(5).map(UInt64.init), "seed \(seed)")
        #expect(!report.mayHaveLost, "seed \(seed)")
    }
}
