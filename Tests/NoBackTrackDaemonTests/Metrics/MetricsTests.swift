import Glibc
import NoBackTrack
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

@testable import NoBackTrackDaemon

/// Metrics, as whoever scrapes the predict socket gets them.
@Suite struct MetricsTests {
    /// What every series of the daemon is at this moment.
    private func series(_ daemon: RunningDaemon) async throws -> [String: Double] {
        let answer = try await daemon.client().ask(#"{"op":"metrics"}"#, as: MetricsMessage.self)
        let lines = answer.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        return try Dictionary(
            lines.map { line in
                let space = try #require(line.lastIndex(of: " "))
                let name = line[..<space].dropFirst("nobacktrackd_".count)
                return (String(name), try #require(Double(line[space...].dropFirst())))
            }, uniquingKeysWith: { first, _ in first })
    }

    @Test func whatCameIsCounted() async throws {
        let daemon = try await RunningDaemon { $0.learner.learner.hiddenUnits = 4 }
        let repeated = (1...3).map { "{\"stream\":\"plant\",\"seq\":\($0),\"x\":\($0)}\n" }.joined()
        let errors = try await daemon.feed(
            wave(0..<400, stream: "boiler") + "garbage\n" + wave(0..<1, stream: "boiler") + repeated
                + repeated)
        #expect(errors.count == 2)
        let metrics = try await series(daemon)
        #expect(metrics["samples_received_total"] == 408)
        #expect(metrics["samples_learned_total"] == 403)
        #expect(metrics["samples_repeated_total"] == 3)
        #expect(metrics["lag_samples"] == 0)
        for reason in RejectionCode.allCases {
            let expected: Double = [.badSyntax, .lateSample].contains(reason) ? 1 : 0
            #expect(metrics["samples_rejected_total{reason=\"\(reason.rawValue)\"}"] == expected)
        }
        #expect(metrics["update_duration_seconds_count"] == 403)
        #expect(metrics["update_duration_seconds_bucket{le=\"+Inf\"}"] == 403)
        let spent = try #require(metrics["update_duration_seconds_sum"])
        #expect(try spent > 0 && spent < #require(metrics["uptime_seconds"]) * 1024)
        #expect(metrics["streams"] == 2)
        #expect(metrics["streams_in_memory"] == 2)
        #expect(metrics["unsaved_streams"] == 2)
        #expect(metrics["connections{socket=\"predict\"}"] == 1)
        #expect(metrics["stream_steps_total{stream=\"boiler\"}"] == 400)
        #expect(metrics["stream_samples_rejected_total{stream=\"boiler\"}"] == 1)
        #expect(metrics["stream_samples_repeated_total{stream=\"plant\"}"] == 3)
        #expect(metrics["stream_last_sample_timestamp_seconds{stream=\"boiler\"}"] == 1399)
        #expect(metrics["stream_last_sample_timestamp_seconds{stream=\"plant\"}"] == nil)
        #expect(metrics["stream_checkpoint_age_seconds{stream=\"boiler\"}"] == nil)

        // The same figures as in the status.
        let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        let boiler = try #require(status.streams.first { $0.stream == "boiler" })
        for (figures, name) in [(boiler.skill, "skill"), (boiler.coverage, "interval_coverage")] {
            let known = figures.compactMap(\.value)
            #expect(known.count == 4)
            for figure in figures {
                let labels = "stream=\"boiler\",channel=\"\(figure.channel)\",horizon=\"\(figure.horizon)\""
                #expect(metrics["forecast_\(name)_ratio{\(labels)}"] == figure.value)
            }
            #expect(
                metrics["stream_\(name)_ratio{stream=\"boiler\"}"] == known.reduce(0, +) / Double(known.count)
            )
        }
        // Three samples say nothing about skill.
        #expect(metrics["stream_skill_ratio{stream=\"plant\"}"] == nil)
        #expect(!metrics.keys.contains { $0.hasPrefix("forecast_skill_ratio{stream=\"plant\"") })
        try await daemon.stop()
    }

    @Test func checkpointsAreCountedAndAge() async throws {
        let daemon = try await RunningDaemon()
        try await daemon.feed(wave(0..<5))
        let before = try await series(daemon)
        #expect(before["checkpoints_written_total"] == 0)
        #expect(before["checkpoint_age_seconds"] == nil)
        #expect(try #require(before["unsaved_age_seconds"]) > 0)
        #expect(try #require(before["journal_bytes"]) > 0)
        #expect(before["journal_segments"] == 1)
        _ = try await daemon.client().ask(#"{"op":"snapshot"}"#)
        let after = try await series(daemon)
        #expect(after["checkpoints_written_total"] == 1)
        #expect(after["checkpoints_failed_total"] == 0)
        #expect(after["unsaved_streams"] == 0)
        #expect(after["unsaved_age_seconds"] == 0)
        #expect(try #require(after["checkpoint_age_seconds"]) >= 0)
        #expect(try #require(after["stream_checkpoint_age_seconds{stream=\"default\"}"]) >= 0)
        #expect(try #require(after["journal_sync_age_seconds"]) >= 0)
        try await daemon.feed(wave(5..<6))
        let later = try await series(daemon)
        #expect(later["unsaved_streams"] == 1)
        #expect(try #require(later["unsaved_age_seconds"]) < #require(later["uptime_seconds"]))
        try await daemon.stop()
    }

    @Test func storageThatFailsIsToldOf() async throws {
        let calls = FailingFileSystem()
        let daemon = try await RunningDaemon(fileSystem: calls) { $0.journal.enabled = false }
        try await daemon.feed(wave(0..<5))
        #expect(try await series(daemon)["storage_failing"] == 0)
        calls.fail(.fromThenOn(call: calls.calls.count, code: ENOSPC))
        #expect(try await daemon.client().refusal(#"{"op":"snapshot"}"#) == "storage_failed")
        let metrics = try await series(daemon)
        #expect(metrics["storage_failing"] == 1)
        #expect(metrics["storage_failures_total"] == 1)
        #expect(try #require(metrics["checkpoints_failed_total"]) >= 1)
        // There is no journal, and nothing to say of it.
        #expect(!metrics.keys.contains { $0.hasPrefix("journal") })
        calls.repair()
        try await daemon.stop()
    }

    @Test func onlyTheStreamsFedLastHaveSeries() async throws {
        let daemon = try await RunningDaemon { $0.metrics.maxStreams = 3 }
        // Two channels at two horizons each.
        for stream in ["a", "b", "c", "d", "a"] {
            try await daemon.feed(wave(0..<200, stream: stream, isTimed: false))
        }
        let metrics = try await series(daemon)
        #expect(metrics["streams_in_memory"] == 4)
        #expect(metrics["streams_without_series"] == 1)
        #expect(metrics["forecasts_without_series"] == 13)
        let steps = metrics.keys.filter { $0.hasPrefix("stream_steps_total") }.sorted()
        #expect(steps == ["a", "c", "d"].map { "stream_steps_total{stream=\"\($0)\"}" })
        let forecasts = metrics.keys.filter { $0.hasPrefix("forecast_skill_ratio") }
        #expect(forecasts.count == 3 && forecasts.allSatisfy { $0.contains("stream=\"a\"") })
        try await daemon.stop()
    }

    @Test func noStreamHasSeriesWhereNoneMay() async throws {
        let daemon = try await RunningDaemon { $0.metrics.maxStreams = 0 }
        try await daemon.feed(wave(0..<200))
        let metrics = try await series(daemon)
        #expect(metrics["streams_without_series"] == 1)
        #expect(!metrics.keys.contains { $0.contains("stream=\"") })
        try await daemon.stop()
    }

    @Test func streamsOnDiskStayThere() async throws {
        let daemon = try await RunningDaemon { $0.streams.max = 1 }
        for stream in ["a", "b"] { try await daemon.feed(wave(0..<20, stream: stream)) }
        let metrics = try await series(daemon)
        #expect(metrics["streams"] == 2)
        #expect(metrics["streams_in_memory"] == 1)
        #expect(metrics["streams_without_series"] == 0)
        #expect(metrics["stream_steps_total{stream=\"a\"}"] == nil)
        #expect(metrics["stream_steps_total{stream=\"b\"}"] == 20)
        try await daemon.stop()
    }

    @Test func symbolsHaveWhatTheyHave() async throws {
        let daemon = try await RunningDaemon { $0.ingest.format = .symbols }
        try await daemon.feed(String(repeating: "ab", count: 100))
        let metrics = try await series(daemon)
        #expect(metrics["stream_steps_total{stream=\"default\"}"] == 200)
        #expect(try #require(metrics["stream_bits_per_symbol{stream=\"default\"}"]) > 0)
        #expect(metrics["stream_values_missing_total{stream=\"default\"}"] == nil)
        #expect(metrics["forecasts_without_series"] == 0)
        try await daemon.stop()
    }

    @Test func eventsAreCountedWhetherTheyCameOrNot() async throws {
        let daemon = try await RunningDaemon { $0.predict.subscriberQueueEvents = 1 }
        try await daemon.feed(wave(0..<1))
        let subscriber = try daemon.client()
        _ = try await subscriber.ask(#"{"op":"subscribe"}"#)
        try await daemon.feed(wave(1..<500))
        _ = try await daemon.client().ask(#"{"op":"flush"}"#)
        // The last sample's event always comes, and says how many did not.
        var last = try await subscriber.line()
        while last?.contains("\"step\":500,") == false { last = try await subscriber.line() }
        let metrics = try await series(daemon)
        #expect(metrics["subscribers"] == 1)
        let counts = try ["delivered", "dropped"].map { try #require(metrics["events_\($0)_total"]) }
        #expect(counts.reduce(0, +) == 499)
        #expect(counts[0] >= 1)
        try await daemon.stop()
    }

    @Test func formatsAreAskedForByName() async throws {
        let daemon = try await RunningDaemon()
        try await daemon.feed(wave(0..<5))
        let client = try daemon.client()
        let standard = try await client.ask(#"{"op":"metrics","id":7}"#, as: MetricsMessage.self)
        #expect(standard.id == .number(7) && standard.ok && standard.op == "metrics")
        #expect(standard.contentType == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(standard.text.hasSuffix("\n# EOF\n"))
        #expect(standard.text.contains("# TYPE nobacktrackd_samples_learned counter\n"))
        let named = try await client.ask(
            #"{"op":"metrics","format":"openmetrics"}"#, as: MetricsMessage.self)
        #expect(named.contentType == standard.contentType)
        let classic = try await client.ask(
            #"{"op":"metrics","format":"prometheus"}"#, as: MetricsMessage.self)
        #expect(classic.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(classic.text.contains("# TYPE nobacktrackd_samples_learned_total counter\n"))
        #expect(!classic.text.contains("# EOF"))
        let refusal = try await client.ask(#"{"op":"metrics","format":"xml"}"#, as: ErrorMessage.self)
        #expect(refusal.error.code == "bad_request")
        #expect(
            refusal.error.message
                == "there is no format 'xml' of metrics; there are openmetrics and prometheus")
        try await daemon.stop()
    }

    @Test func theReadmeHasEveryFamily() throws {
        let root = "\(#filePath)".split(separator: "/").dropLast(4).map { "/\($0)" }.joined()
        let text = String(decoding: try DurableFile.read(root + "/README.md"), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: "## Metrics"))
        let rows = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("| `") }
        let families = MetricFamily.allCases.map { family in
            let declaration = family.declaration
            let labels = declaration.labels.map { "`\($0)`" }.joined(separator: ", ")
            return
                "| `\(declaration.sampleName)` | \(declaration.kind.rawValue) | \(labels)\(labels.isEmpty ? "" : " ")| \(declaration.help) |"
        }
        #expect(rows.map(String.init) == families)
    }

    @Test func namesKeepToTheRules() {
        let declarations = MetricFamily.allCases.map(\.declaration)
        #expect(Set(declarations.map(\.name)).count == declarations.count)
        for declaration in declarations {
            #expect(declaration.name.allSatisfy { ("a"..."z").contains($0) || $0 == "_" })
            #expect(!declaration.name.hasSuffix("_total"))
            #expect(declaration.help.hasSuffix("."))
        }
    }
}
