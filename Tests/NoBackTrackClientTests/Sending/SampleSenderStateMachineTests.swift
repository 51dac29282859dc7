import NoBackTrackClient
import NoBackTrackWire
import Testing

struct SampleSenderStateMachineTests {
    typealias Machine = SampleSenderStateMachine

    /// A machine with what it did, in words.
    struct Run {
        var machine: Machine
        var did: [String] = []

        init(window: Int = 100, patience: Duration? = .seconds(60)) {
            var settings = SendSettings()
            settings.window = window
            settings.patience = patience
            machine = Machine(settings)
        }

        /// Calls the machine and keeps what is to be done about it.
        mutating func take(_ actions: [Machine.Action]) {
            for action in actions {
                switch action {
                case .connect: did.append("connect")
                case .close: did.append("close")
                case .schedule(let timer, let time): did.append("\(timer) in \(time / .milliseconds(1))")
                case .cancel: break
                case .warn(let text): did.append("warn: \(text)")
                case .finish(let ending): did.append("\(ending)")
                }
            }
        }

        /// What was done since this was asked last.
        mutating func news() -> [String] {
            defer { did = [] }
            return did
        }

        /// Offers the samples of a range of numbers.
        mutating func offer(_ numbers: ClosedRange<Int>) -> Int {
            var lines = SampleLines()
            for number in numbers { lines.append { $0 += Array("\(number)".utf8) } }
            let (taken, actions) = machine.append(lines, from: 0)
            take(actions)
            return taken
        }

        /// What is written now.
        mutating func output() -> String {
            var text = ""
            while let output = machine.nextOutput() {
                switch output {
                case .bytes(let bytes):
                    text += String(decoding: bytes, as: UTF8.self).replacing("\n", with: " ")
                case .end: text += "end"
                }
            }
            return text
        }

        mutating func hear(_ line: String) { take(machine.received(Array(line.utf8))) }

        mutating func connect(greeting: String? = #"{"ack":0}"#) {
            take(machine.connected())
            if let greeting { hear(greeting) }
        }
    }

    static func refusal(_ line: Int, _ code: String = "late_sample") -> String {
        #"{"ok":false,"line":\#(line),"error":{"code":"\#(code)","message":"m"}}"#
    }

    @Test func everythingAcknowledgedIsTheEnd() {
        var run = Run()
        run.take(run.machine.start())
        #expect(run.news() == ["connect", "patience in 60000.0"])
        #expect(run.offer(1...3) == 3)
        #expect(run.output() == "", "nothing is sent before it is known what will come of it")
        run.connect()
        #expect(run.news() == ["greeting in 2000.0"])
        #expect(run.output() == "1 2 3 ")
        run.hear(#"{"ack":2}"#)
        #expect(run.news() == ["patience in 60000.0"])
        run.take(run.machine.endInput())
        #expect(run.output() == "end")
        run.hear(#"{"ack":3}"#)
        #expect(run.news() == ["close", "complete"])
        #expect(run.machine.report.acknowledged == 3 && run.machine.report.samples == 3)
        #expect(run.machine.report.resent == 0 && run.machine.report.reconnections == 0)
        #expect(run.offer(4...4) == 0)
    }

    @Test func onlyWhatIsNotAcknowledgedIsSentAgain() {
        var run = Run()
        run.take(run.machine.start())
        run.connect()
        _ = run.offer(1...5)
        #expect(run.output() == "1 2 3 4 5 ")
        run.hear(#"{"ack":2}"#)
        _ = run.offer(6...7)
        _ = run.news()
        run.take(run.machine.disconnected("Connection reset by peer"))
        #expect(run.news() == ["warn: Connection reset by peer; trying again", "reconnect in 50.0"])
        #expect(run.output() == "")
        run.take(run.machine.fired(.reconnect))
        #expect(run.news() == ["connect"])
        run.connect()
        #expect(run.output() == "3 4 5 6 7 ")
        run.take(run.machine.endInput())
        // Counts begin anew on each connection.
        run.hear(#"{"ack":5}"#)
        #expect(run.news().last == "complete")
        #expect(run.machine.report.acknowledged == 7)
        #expect(run.machine.report.resent == 3 && run.machine.report.reconnections == 1)
    }

    @Test func refusedSamplesAreSettledWithTheAcknowledgementThatCountsThem() {
        var run = Run()
        run.take(run.machine.start())
        run.connect()
        _ = run.offer(1...5)
        _ = run.output()
        run.hear(#"{"ack":1}"#)
        run.hear(Self.refusal(2))
        run.hear(Self.refusal(5, "bad_number"))
        #expect(run.machine.report.refused == 0)
        run.hear(#"{"ack":2,"refused":1}"#)
        #expect(run.machine.report.refusals.map(\.sample) == [2] && run.machine.report.refused == 1)
        // Told, but not counted: it is sent again, and refused again.
        run.take(run.machine.disconnected(nil))
        run.connect()
        #expect(run.output() == "4 5 ")
        run.take(run.machine.endInput())
        run.hear(Self.refusal(2, "bad_number"))
        run.hear(#"{"ack":1,"refused":1}"#)
        #expect(run.news().last == "complete")
        let report = run.machine.report
        #expect(report.acknowledged == 3 && report.refused == 2 && report.outstanding == 0)
        #expect(report.refusals.map(\.sample) == [2, 5])
        #expect(report.refusals.map(\.code) == ["late_sample", "bad_number"])
    }

    @Test func aFullWindowTakesNothing() {
        var run = Run(window: 3)
        run.take(run.machine.start())
        #expect(run.offer(1...5) == 3 && run.machine.room == 0)
        run.connect()
        #expect(run.output() == "1 2 3 " && run.machine.room == 0)
        run.hear(#"{"ack":2}"#)
        #expect(run.machine.room == 2 && run.offer(4...5) == 2 && run.output() == "4 5 ")
    }

    @Test func attemptsBecomeRarer() {
        var run = Run()
        run.take(run.machine.start())
        _ = run.news()
        var delays: [String] = []
        for _ in 0..<8 {
            run.take(run.machine.connectFailed("nobody"))
            delays += run.news().filter { $0.hasPrefix("reconnect") }
        }
        #expect(delays == [50, 100, 200, 400, 800, 1600, 2000, 2000].map { "reconnect in \($0).0" })
        // An acknowledgement shows that it is worth while.
        _ = run.offer(1...2)
        run.connect()
        _ = run.output()
        run.hear(#"{"ack":1}"#)
        _ = run.news()
        run.take(run.machine.disconnected(nil))
        #expect(run.news() == ["warn: the daemon closed the connection; trying again", "reconnect in 50.0"])
    }

    @Test func patienceEnds() {
        var run = Run()
        run.take(run.machine.start())
        run.take(run.machine.connectFailed("nobody there"))
        _ = run.news()
        run.take(run.machine.fired(.patience))
        #expect(run.news() == ["close", #"impatient("nobody there")"#])
        run.take(run.machine.connectFailed("nobody there"))
        run.take(run.machine.connected())
        #expect(run.news() == [])

        var patient = Run(patience: nil)
        patient.take(patient.machine.start())
        patient.connect()
        _ = patient.offer(1...1)
        patient.take(patient.machine.disconnected(nil))
        #expect(!patient.did.contains { $0.hasPrefix("patience") })
    }

    /// A sensor that says nothing for an hour is none the daemon could be blamed for.
    @Test func patienceRestsWhileNothingIsOutstanding() {
        var run = Run()
        run.take(run.machine.start())
        #expect(run.machine.connected().contains(.schedule(.greeting, .seconds(2))))
        #expect(run.machine.received(Array(#"{"ack":0}"#.utf8)).contains(.cancel(.patience)))
        _ = run.news()
        _ = run.offer(1...1)
        #expect(run.news() == ["patience in 60000.0"])
        _ = run.output()
        #expect(run.machine.received(Array(#"{"ack":1}"#.utf8)).contains(.cancel(.patience)))
        run.take(run.machine.disconnected(nil))
        #expect(run.news().last == "patience in 60000.0")
    }

    @Test func aSilentDaemonGetsEverythingOnce() {
        var run = Run(window: 3)
        run.take(run.machine.start())
        _ = run.offer(1...3)
        run.connect(greeting: nil)
        _ = run.news()
        #expect(run.output() == "")
        run.take(run.machine.fired(.greeting))
        #expect(run.news().first?.hasPrefix("warn: the daemon does not acknowledge") == true)
        #expect(run.output() == "1 2 3 " && run.machine.room == 3)
        run.hear(Self.refusal(2))
        _ = run.offer(4...4)
        run.take(run.machine.endInput())
        #expect(run.output() == "4 end")
        #expect(run.news() == [])
        run.take(run.machine.disconnected(nil))
        #expect(run.news() == ["close", "complete"])
        let report = run.machine.report
        #expect(report.acknowledged == nil && report.refused == 1 && !report.mayHaveLost)
        #expect(report.refusals.map(\.sample) == [2])
    }

    @Test func whatASilentDaemonLosesIsSaid() {
        var run = Run()
        run.take(run.machine.start())
        _ = run.offer(1...2)
        run.connect(greeting: nil)
        run.take(run.machine.fired(.greeting))
        #expect(run.output() == "1 2 ")
        _ = run.news()
        run.take(run.machine.disconnected("reset"))
        #expect(run.news().contains("warn: reset; trying again"))
        _ = run.offer(3...3)
        run.connect(greeting: nil)
        run.take(run.machine.fired(.greeting))
        #expect(run.output() == "3 ", "what may have been learned is not sent again")
        run.take(run.machine.endInput())
        #expect(run.output() == "end")
        run.take(run.machine.disconnected(nil))
        #expect(run.news().last == "complete" && run.machine.report.mayHaveLost)
    }

    /// As when systemd holds the connection while the daemon reads its checkpoints.
    @Test func aDaemonThatStartsSlowlyAcknowledgesAfterAll() {
        var run = Run()
        run.take(run.machine.start())
        _ = run.offer(1...2)
        run.connect(greeting: nil)
        run.take(run.machine.fired(.greeting))
        #expect(run.output() == "1 2 ")
        run.hear(#"{"ack":0}"#)
        run.take(run.machine.disconnected(nil))
        run.connect()
        _ = run.offer(3...3)
        #expect(run.output() == "1 2 3 ", "it was known in time that all can be sent again")
        run.hear(Self.refusal(2))
        run.hear(#"{"ack":1,"refused":1}"#)
        run.take(run.machine.endInput())
        run.hear(#"{"ack":2,"refused":1}"#)
        #expect(run.news().last == "complete")
        #expect(run.machine.report.acknowledged == 2 && run.machine.report.refused == 1)
        #expect(!run.machine.report.mayHaveLost)
    }

    /// A daemon that is known to acknowledge is not taken for another because it starts slowly.
    @Test func aDaemonThatAcknowledgedIsWaitedFor() {
        var run = Run()
        run.take(run.machine.start())
        run.connect()
        _ = run.offer(1...2)
        _ = run.output()
        run.take(run.machine.disconnected(nil))
        run.connect(greeting: nil)
        _ = run.news()
        run.take(run.machine.fired(.greeting))
        #expect(run.news() == [] && run.output() == "")
        run.hear(#"{"ack":0}"#)
        #expect(run.output() == "1 2 ")
    }

    @Test func stoppingWaitsBriefly() {
        var run = Run()
        run.take(run.machine.start())
        run.connect()
        _ = run.offer(1...2)
        #expect(run.output() == "1 2 ")
        _ = run.news()
        run.take(run.machine.stop())
        #expect(run.news() == ["farewell in 2000.0"] && run.output() == "end")
        run.hear(#"{"ack":1}"#)
        run.take(run.machine.fired(.farewell))
        #expect(run.news().last == "stopped" && run.machine.report.outstanding == 1)

        var idle = Run()
        idle.take(idle.machine.start())
        idle.connect()
        idle.take(idle.machine.stop())
        #expect(idle.news().last == "complete")
    }

    @Test func noSamplesAreSentAtOnce() {
        var run = Run()
        run.take(run.machine.start())
        run.take(run.machine.endInput())
        #expect(run.news().last == "complete" && run.machine.report == SendReport())
    }

    @Test(arguments: [
        #"{"ack":3}"#, #"{"ack":0}"#, #"{"ack":1,"refused":2}"#, #"{"ack":18446744073709551615,"refused":2}"#,
        "HTTP/1.1 400 Bad Request", "{}", "", "[]", #"{"ack":-1}"#, #"{"ack":"1"}"#, refusal(3), refusal(0),
    ])
    func whatNoDaemonSaysIsTheEnd(_ line: String) {
        var run = Run()
        run.take(run.machine.start())
        run.connect()
        _ = run.offer(1...2)
        _ = run.output()
        run.hear(#"{"ack":1}"#)
        run.hear(line)
        #expect(run.news().last?.hasPrefix("notUnderstood") == true)
    }

    @Test func aComplaintIsToldWhenTheConnectionEnds() {
        var run = Run()
        run.take(run.machine.start())
        run.connect(greeting: #"{"ok":false,"error":{"code":"too_many","message":"full"}}"#)
        _ = run.news()
        run.take(run.machine.disconnected(nil))
        #expect(run.news().first == "warn: full (too_many); trying again")
    }
}
