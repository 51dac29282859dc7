import Glibc
import NoBackTrack
import NoBackTrackDaemon
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Conditions through the sockets of a daemon in this process.
@Suite struct ConditionEventTests {
    /// A noisy wave that is multiplied by 10⁶ at 600, then stuck from 1200 to 1299, with a gap after 1399.
    private func samples(_ range: Range<Int>) -> String {
        var generator = SeededGenerator(seed: 701)
        var text = ""
        for step in 0..<range.upperBound {
            let wave = 5 + sin(Double(step) / 3) + 0.1 * generator.signedUnit()
            guard range.contains(step) else { continue }
            let value = step < 600 ? wave : (1200..<1300).contains(step) ? 5e6 : wave * 1e6
            let time = 1000 + step + (step < 1400 ? 0 : 50)
            text += "{\"stream\":\"s\",\"time\":\(time),\"a\":\(value),\"b\":\(wave)}\n"
        }
        return text
    }

    private func follow(_ reader: UnixClient, to last: UInt64) async throws -> [String] {
        var lines: [String] = []
        while let line = try await reader.line() {
            lines.append(line)
            if line.hasPrefix("{\"event\":\"forecast\""),
                try ForecastMessage(line: line.utf8).step >= last
            {
                break
            }
        }
        return lines
    }

    private func conditions(_ lines: [String]) throws -> [ConditionMessage] {
        try lines.filter { $0.contains("\"event\":\"condition\"") }.map {
            try ConditionMessage(line: $0.utf8)
        }
    }

    private func status(_ daemon: RunningDaemon) async throws -> StreamStatus {
        let message = try await daemon.client().ask(#"{"op":"streams"}"#, as: StreamsMessage.self)
        return try #require(message.streams.first)
    }

    @Test func subscribersAreToldInOrder() async throws {
        let daemon = try await RunningDaemon { $0.predict.subscriberQueueEvents = 4096 }
        let reader = try daemon.client()
        _ = try await reader.ask(#"{"op":"subscribe"}"#)
        #expect(try await daemon.feed(samples(0..<1250)) == [])
        let stuck = try await status(daemon)
        #expect(stuck.conditions?.present == [.init(condition: "stuck", channel: "a", samples: 50)])
        #expect(try await daemon.feed(samples(1250..<1500)) == [])
        let lines = try await follow(reader, to: 1550)
        let met = try conditions(lines)
        #expect(met.map(\.condition) == ["scale_change", "stuck", "stuck", "gap"])
        #expect(met.map(\.state) == [.began, .began, .ended, .ended])
        #expect(met.map(\.channel) == ["a", "a", "a", nil])
        #expect(met.map(\.samples) == [nil, 50, 100, 50] && met.dropFirst().allSatisfy { $0.factor == nil })
        let factor = try #require(met[0].factor)
        #expect((3e5...3e6).contains(factor) && (600...650).contains(met[0].step))
        #expect(met[0].time == Double(1000 + met[0].step - 1))
        #expect(met.dropFirst().map(\.step) == [1250, 1301, 1450] && met[3].time == 2450)
        // Each stands just before the forecast of its sample; nothing else is between, and nothing was dropped.
        var expected: UInt64 = 1
        for line in lines where line.hasPrefix("{\"event\":\"forecast\"") {
            #expect(try ForecastMessage(line: line.utf8).step == expected)
            expected += expected == 1400 ? 51 : 1
        }
        for (place, line) in lines.enumerated() where line.contains("\"event\":\"condition\"") {
            let next = try ForecastMessage(line: lines[place + 1].utf8).step
            let own = try ConditionMessage(line: line.utf8)
            #expect(next == own.step + (own.condition == "gap" ? 1 : 0))
        }
        #expect(lines.count == 1500 + 4 && !lines.contains { $0.contains("dropped") })
        let after = try await status(daemon)
        #expect(
            after.conditions
                == ConditionStatus(
                    counts: ["stuck": 1, "level_shift": 0, "scale_change": 1, "gap": 1, "drift": 0]))
        try await daemon.stop()
    }

    /// Stopped while a value is becoming stuck, or is: what follows is what would have followed.
    @Test(arguments: [610, 1230, 1270, 1400]) func aRestartChangesNothing(stop: Int) async throws {
        let once = try await RunningDaemon()
        try await once.feed(samples(0..<1500))
        let expected = try await status(once).conditions
        try await once.stop()
        let directory = try TemporaryDirectory()
        let first = try await RunningDaemon(in: directory)
        try await first.feed(samples(0..<stop))
        try await first.stop()
        let second = try await RunningDaemon(in: directory)
        let reader = try second.client()
        _ = try await reader.ask(#"{"op":"subscribe","stream":"s"}"#)
        try await second.feed(samples(stop..<1500))
        #expect(try await status(second).conditions == expected)
        #expect(!(try await follow(reader, to: 1550)).contains { $0.contains("dropped") })
        try await second.stop()
        #expect(try second.checkpoint("s") == once.checkpoint("s"))
    }

    /// Who is too slow is told of conditions that were dropped as of any event.
    @Test func aSlowReaderLosesConditionsToo() async throws {
        let daemon = try await RunningDaemon { $0.predict.subscriberQueueEvents = 8 }
        let slow = try UnixClient(daemon.predict, receiveBuffer: 4096)
        _ = try await slow.ask(#"{"op":"subscribe"}"#)
        try await daemon.feed(samples(0..<1500))
        _ = try await daemon.client().ask(#"{"op":"flush"}"#)
        let lines = try await follow(slow, to: 1550)
        var events = UInt64(lines.count)
        for line in lines {
            let isForecast = line.contains("\"event\":\"forecast\"")
            events +=
                (isForecast
                    ? try ForecastMessage(line: line.utf8).dropped
                    : try ConditionMessage(line: line.utf8).dropped) ?? 0
        }
        #expect(events == 1504)
        try await daemon.stop()
    }

    /// One line for every accepted sample and nothing else; the journal has the rest.
    @Test func conditionsAreLoggedAndNotPrinted() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(in: directory, ["--hidden-units", "6", "--print", "ndjson"])
        try await daemon.send(samples(0..<1500))
        daemon.closeInput()
        let outcome = try await daemon.outcome()
        #expect(outcome.code == 0)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 1500 && lines.allSatisfy { $0.hasPrefix("{\"event\":\"forecast\"") })
        for text in [
            "A channel's scale has changed", "A channel is stuck", "A channel moves again",
            "Samples are missing",
        ] {
            #expect(outcome.errors.components(of: text) == 1, "\(text) in \(outcome.errors)")
        }
        #expect(outcome.errors.contains("channel=a") && outcome.errors.contains("samples=50"))
    }
}

extension String {
    /// How often the text is in it.
    fileprivate func components(of text: String) -> Int {
        split(separator: "\n").count { $0.contains(text) }
    }
}
