import NIOCore
import NoBackTrackClient
import NoBackTrackTestSupport
import NoBackTrackWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5 * TestConditions.slowness)))
struct SampleSenderTests {
    /// The lines of samples of these numbers.
    static func lines(_ numbers: ClosedRange<Int>) -> SampleLines {
        var lines = SampleLines()
        for number in numbers { lines.append { $0 += Array(line(number).utf8) } }
        return lines
    }

    static func line(_ number: Int) -> String { #"{"source":"s","seq":\#(number),"x":\#(number)}"# }

    static var quick: SendSettings {
        var settings = SendSettings()
        // However busy the machine is that tests: a daemon that acknowledges is known as one.
        settings.greeting = .seconds(100)
        settings.firstDelay = .milliseconds(1)
        return settings
    }

    static var hasty: SendSettings {
        var settings = quick
        settings.greeting = .milliseconds(100)
        return settings
    }

    static func start(_ ingest: ScriptedIngest, _ settings: SendSettings = SendSettings()) async
        -> SampleSender
    {
        await SampleSender.start(toFirstOf: [ingest.path], settings, warn: { _ in })
    }

    @Test func samplesAreAcknowledged() async throws {
        try await ScriptedIngest.run { ingest in
            let sender = await Self.start(ingest)
            #expect(await sender.send(Self.lines(1...1000)))
            sender.endInput()
            let outcome = await sender.outcome()
            #expect(outcome.ending == .complete)
            #expect(outcome.report.acknowledged == 1000 && outcome.report.resent == 0)
            #expect(ingest.lines == [(1...1000).map(Self.line)])
            #expect(await sender.send(Self.lines(1...1)) == false)
        }
    }

    /// A connection that breaks after every 70 lines, of which 69 are learned and acknowledged.
    @Test func brokenConnectionsLoseAndRepeatNothing() async throws {
        var script = ScriptedIngest.Script()
        script.breaksAfter = { $0 < 10 ? 70 : nil }
        try await ScriptedIngest.run(script) { ingest in
            let sender = await Self.start(ingest, Self.quick)
            #expect(await sender.send(Self.lines(1...2000)))
            sender.endInput()
            let outcome = await sender.outcome()
            #expect(outcome.ending == .complete)
            #expect(outcome.report.acknowledged == 2000 && outcome.report.reconnections == 10)
            #expect(ingest.learned == Array(1...2000))
            // Each connection begins with the first sample that the one before did not acknowledge.
            #expect(ingest.lines.count == 11)
            for (place, lines) in ingest.lines.enumerated() {
                #expect(lines.first == Self.line(69 * place + 1))
            }
        }
    }

    @Test func aDaemonThatComesLateGetsEverything() async throws {
        try await ScriptedIngest.prepare { ingest in
            let warnings = Mutex<[String]>([])
            let sender = await SampleSender.start(
                toFirstOf: ["/nonexistent/i.sock", ingest.path], Self.quick
            ) { text in
                warnings.withLock { $0.append(text) }
            }
            #expect(await sender.send(Self.lines(1...10)))
            let server = try await ingest.listen()
            sender.endInput()
            #expect(await sender.outcome().report.acknowledged == 10)
            #expect(ingest.learned == Array(1...10))
            #expect(warnings.withLock { $0.count } <= 1)
            try await server.close()
        }
    }

    @Test func aFullWindowHoldsTheInput() async throws {
        var script = ScriptedIngest.Script()
        script.isStuck = true
        try await ScriptedIngest.run(script) { ingest in
            var settings = Self.quick
            settings.window = 10
            let sender = await Self.start(ingest, settings)
            let hasTaken = Mutex(false)
            async let taken = {
                let taken = await sender.send(Self.lines(1...25))
                hasTaken.withLock { $0 = true }
                return taken
            }()
            try await ingest.untilLines(10)
            #expect(hasTaken.withLock { $0 } == false)
            sender.stop()
            #expect(await taken == false)
            let outcome = await sender.outcome()
            #expect(
                outcome.ending == .stopped && outcome.report.samples == 10 && outcome.report.outstanding == 10
            )
            #expect(ingest.lines == [(1...10).map(Self.line)])
        }
    }

    @Test func refusedSamplesAreReported() async throws {
        var script = ScriptedIngest.Script()
        script.refuses = { $0 % 10 == 0 ? .lateSample : nil }
        script.breaksAfter = { $0 == 0 ? 35 : nil }
        try await ScriptedIngest.run(script) { ingest in
            let sender = await Self.start(ingest, Self.quick)
            #expect(await sender.send(Self.lines(1...100)))
            sender.endInput()
            let report = await sender.outcome().report
            #expect(report.acknowledged == 90 && report.refused == 10)
            #expect(report.refusals.map(\.sample) == [10, 20, 30, 40, 50])
            #expect(report.refusals.allSatisfy { $0.code == "late_sample" && $0.message == "no" })
            #expect(ingest.learned == (1...100).filter { $0 % 10 != 0 })
        }
    }

    @Test func aSilentDaemonTakesEverythingUntilItCloses() async throws {
        var script = ScriptedIngest.Script()
        script.acknowledges = { _ in false }
        try await ScriptedIngest.run(script) { ingest in
            let warnings = Mutex<[String]>([])
            let sender = await SampleSender.start(toFirstOf: [ingest.path], Self.hasty) { text in
                warnings.withLock { $0.append(text) }
            }
            #expect(await sender.send(Self.lines(1...50_000)))
            sender.endInput()
            let outcome = await sender.outcome()
            #expect(outcome.ending == .complete && outcome.report.acknowledged == nil)
            #expect(outcome.report.samples == 50_000 && !outcome.report.mayHaveLost)
            #expect(ingest.learned.count == 50_000)
            #expect(warnings.withLock { $0 }.count == 1)
        }
    }

    @Test func patienceEndsWithoutADaemonAndWithAStuckOne() async throws {
        var settings = Self.quick
        settings.patience = .milliseconds(100)
        let sender = await SampleSender.start(toFirstOf: ["/nonexistent/i.sock"], settings, warn: { _ in })
        let ending = await sender.outcome().ending
        let reason = "no daemon listens on /nonexistent/i.sock (connect: No such file or directory)"
        #expect(ending == .impatient(reason))

        var script = ScriptedIngest.Script()
        script.isStuck = true
        try await ScriptedIngest.run(script) { ingest in
            let sender = await Self.start(ingest, settings)
            let isTaken = await sender.send(Self.lines(1...3))
            sender.endInput()
            let outcome = await sender.outcome()
            guard case .impatient(let obstacle) = outcome.ending else {
                Issue.record("\(outcome)")
                return
            }
            #expect(
                obstacle
                    == (outcome.report.acknowledged == nil
                        ? "the daemon does not answer" : "the daemon does not acknowledge what it was sent"))
            #expect(outcome.report.outstanding == (isTaken ? 3 : outcome.report.samples))
        }
    }

    @Test func anotherProtocolIsTheEnd() async throws {
        try await ScriptedDaemon.run { _ in
            .write(["HTTP/1.1 400 Bad Request\n"])
        } _: { daemon in
            let sender = await SampleSender.start(toFirstOf: [daemon.path], Self.hasty, warn: { _ in })
            var request = SampleLines()
            request.append { $0 += Array(#"{"op":"status"}"#.utf8) }
            #expect(await sender.send(request))
            sender.endInput()
            guard case .notUnderstood(let line, _) = await sender.outcome().ending else {
                Issue.record("it is no daemon")
                return
            }
            #expect(line == "HTTP/1.1 400 Bad Request")
        }
    }
}
