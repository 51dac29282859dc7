import Configuration
import Glibc
import NoBackTrack
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

@Suite struct ConfigurationTests {
    private func load(
        _ text: String?, environment: [String: String] = [:], options: [String: ConfigContent] = [:]
    ) async throws -> DaemonConfiguration {
        let directory = try TemporaryDirectory()
        if let text { try DurableFile.replace(directory.file("c.yaml"), contents: Array(text.utf8)) }
        return try await ConfigurationLoader.load(
            file: text == nil ? nil : directory.file("c.yaml"), environment: environment, options: options)
    }

    @Test func nothingGivesTheDefaults() async throws {
        #expect(try await load(nil) == DaemonConfiguration())
        #expect(try await load("") == DaemonConfiguration())
        #expect(try await load("# nothing\nlearner:\nstreams:\n  overrides:\n") == DaemonConfiguration())
    }

    @Test func exampleFileIsTheDefaults() async throws {
        let example =
            "\(#filePath)".split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
            + "/config/nobacktrackd.yaml"
        let text = String(decoding: try DurableFile.read(example), as: UTF8.self)
        #expect(text == ConfigurationDocument.text(DaemonConfiguration()))
        #expect(try await load(text) == DaemonConfiguration())
    }

    @Test func limitsInTheReadmeAreTheDefaults() throws {
        let root = "\(#filePath)".split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        let text = String(decoding: try DurableFile.read(root + "/README.md"), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: "### Limits"))
        let rows = lines[start...].prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("| ") }
        var found: Set<String> = []
        for row in rows {
            let cells = row.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
            guard let key = ConfigurationKey.all.first(where: { $0.path == cells[1] }) else { continue }
            found.insert(key.path)
            guard case .int(let standard) = key.standard else {
                Issue.record("\(key.path) is no number")
                continue
            }
            #expect(cells[2] == "\(standard)", "\(key.path)")
        }
        let limits = ConfigurationKey.all.map(\.path).filter { path in
            path.hasPrefix("streams.max") || path == "metrics.maxStreams"
                || ["ingest", "predict"].contains { section in
                    path.hasPrefix("\(section).max") || path.hasPrefix("\(section).subscriberQueue")
                        || path == "\(section).idleSeconds"
                }
        }
        #expect(found == Set(limits))
        #expect(rows.contains { $0.contains("answers to one read") && $0.contains("| \(1 << 20) |") })
        #expect(rows.contains { $0.contains("layouts") && $0.contains("| \(ParserLimits().maxLayouts) |") })
    }

    @Test func documentReadsBack() async throws {
        var configuration = DaemonConfiguration()
        configuration.ingest.socketPath = "/run/a \"b\"\\c.sock"
        configuration.ingest.format = .csv
        configuration.ingest.onEof = .stay
        configuration.predict.level = 0.5
        configuration.predict.print = .influx
        configuration.predict.controlGroup = "root"
        configuration.streams.max = 3
        configuration.streams.learningThreads = 5
        configuration.learner.learner.horizons = [1, 12, 24]
        configuration.learner.targets = ["OT", "on: off"]
        configuration.learner.learner.seed = 99
        configuration.checkpoint.intervalSamples = 1000
        configuration.logLevel = .debug
        configuration.logRateLimit.burst = 0
        configuration.logRateLimit.intervalSeconds = 7
        var boiler = configuration.learner
        boiler.learner.horizons = [60]
        boiler.channels = .named(["OT", "on: off", "8"])
        boiler.alphabet = Array(UInt8.min...UInt8.max)
        boiler.learner.maxSymbols = 2
        configuration.streams.overrides = ["boiler,site=a.b": boiler, "x": configuration.learner]
        #expect(try await load(ConfigurationDocument.text(configuration)) == configuration)
    }

    @Test func optionOverEnvironmentOverFile() async throws {
        let file = "learner: {rank: 2, hiddenUnits: 5, lags: 3}\n"
        let environment = ["NOBACKTRACKD_LEARNER_HIDDEN_UNITS": "6", "NOBACKTRACKD_LEARNER_LAGS": "4"]
        let configuration = try await load(
            file, environment: environment, options: ["learner.lags": .int(7)])
        #expect(configuration.learner.learner.rank == 2)
        #expect(configuration.learner.learner.hiddenUnits == 6)
        #expect(configuration.learner.learner.lags == 7)
    }

    @Test func environmentHasEveryKind() async throws {
        let configuration = try await load(
            nil,
            environment: [
                "NOBACKTRACKD_PREDICT_SOCKET_PATH": "/p.sock", "NOBACKTRACKD_LEARNER_HORIZONS": "2,4",
                "NOBACKTRACKD_LEARNER_TARGETS": "a,b", "NOBACKTRACKD_LEARNER_CHANNELS": "8",
                "NOBACKTRACKD_PREDICT_LEVEL": "0.75", "NOBACKTRACKD_SERVICE_HOST": "10.0.0.1",
            ])
        #expect(configuration.predict.socketPath == "/p.sock")
        #expect(configuration.learner.learner.horizons == [2, 4])
        #expect(configuration.learner.targets == ["a", "b"])
        #expect(configuration.learner.channels == .count(8))
        #expect(configuration.predict.level == 0.75)
    }

    @Test func channelsThatNoSampleCanBringAreRefusedWithTheKeyThatSaysSo() async throws {
        let file = "{ingest: {maxChannels: 300}, learner: {channels: [300]}}"
        #expect(try await load(file).learner.channels == .count(300))
        let error = await #expect(throws: ConfigurationError.self) {
            try await load("learner: {channels: [300]}")
        }
        #expect(error?.description == "learner.channels: 300 channels; ingest.maxChannels allows 256")
    }

    @Test func overrideChangesOnlyWhatItNames() async throws {
        let configuration = try await load(
            "learner: {rank: 2}\nstreams:\n  overrides:\n    a.b: {hiddenUnits: 5, channels: 3}\n    c:\n")
        #expect(configuration.stream(named: "a.b").learner.hiddenUnits == 5)
        #expect(configuration.stream(named: "a.b").learner.rank == 2)
        #expect(configuration.stream(named: "a.b").channels == .count(3))
        #expect(configuration.stream(named: "c") == configuration.learner)
        #expect(configuration.stream(named: "d") == configuration.learner)
    }

    @Test(arguments: [
        ("learner: {hiddenUnit: 5}", "learner.hiddenUnit"),
        ("learners: {hiddenUnits: 5}", "learners"),
        ("streams: {overrides: {a: {max: 5}}}", "streams.overrides.a.max"),
        ("streams: {overrides: {a: {rank: 0}}}", "streams.overrides.a.rank"),
        ("streams: {overrides: {a: {rank: b}}}", "streams.overrides.a.rank"),
        ("streams: {overrides: [a]}", "streams.overrides"),
        ("learner: {hiddenUnits: many}", "learner.hiddenUnits"),
        ("learner: {hiddenUnits: [5]}", "learner.hiddenUnits"),
        ("learner: {hiddenUnits: {a: 5}}", "learner.hiddenUnits"),
        ("learner: {hiddenUnits: 0}", "learner.hiddenUnits"),
        ("learner: {horizons: 5}", "learner.horizons"),
        ("learner: {horizons: [10, 1]}", "learner.horizons"),
        ("learner: {horizons: []}", "learner.horizons"),
        ("learner: {estimator: magic}", "learner.estimator"),
        ("learner: {seed: -1}", "learner.seed"),
        ("learner: {channels: [a, a]}", "learner.channels"),
        ("learner: {channels: [a, b], targets: [c]}", "learner.targets"),
        ("learner: {channels: [0]}", "learner.channels"),
        ("learner: {channels: [257]}", "learner.channels"),
        ("{ingest: {maxChannels: 1}, learner: {channels: [a, b]}}", "learner.channels"),
        (
            "{ingest: {maxChannels: 7}, streams: {overrides: {a: {channels: [8]}}}}",
            "streams.overrides.a.channels"
        ),
        ("ingest: {idleSeconds: 0}", "ingest.idleSeconds"),
        ("streams: {maxStored: 0}", "streams.maxStored"),
        ("predict: {subscriberQueueBytes: 4095}", "predict.subscriberQueueBytes"),
        ("predict: {maxRequestsPerSecond: 1000001}", "predict.maxRequestsPerSecond"),
        ("predict: {idleSeconds: 86401}", "predict.idleSeconds"),
        ("ingest: {format: f32le}", "learner.channels"),
        ("{ingest: {format: f64le}, streams: {overrides: {boiler: {channels: [2]}}}}", "learner.channels"),
        (
            "{ingest: {format: f32le}, streams: {overrides: {default: {channels: []}}}}",
            "streams.overrides.default.channels"
        ),
        (
            "{ingest: {format: f64le, maxChannels: 7}, learner: {channels: [8]}}", "learner.channels"
        ),
        (
            "{ingest: {format: f64le, maxChannels: 1}, streams: {overrides: {default: {channels: [a, b]}}}}",
            "streams.overrides.default.channels"
        ),
        ("learner: {targets: [c, c]}", "learner.targets"),
        ("learner: {alphabet: a}", "learner.alphabet"),
        ("learner: {alphabet: aba}", "learner.alphabet"),
        ("learner: {alphabet: 'a\\x61'}", "learner.alphabet"),
        ("learner: {alphabet: 'a\\b'}", "learner.alphabet"),
        ("learner: {alphabet: [a, b]}", "learner.alphabet"),
        ("learner: {maxSymbols: 1}", "learner.maxSymbols"),
        ("learner: {maxSymbols: 257}", "learner.maxSymbols"),
        ("streams: {overrides: {a: {alphabet: a}}}", "streams.overrides.a.alphabet"),
        ("learner: 5", "learner"),
        ("predict: {level: 1}", "predict.level"),
        ("predict: {level: .nan}", "predict.level"),
        ("predict: {print: json}", "predict.print"),
        ("predict: {subscriberQueueEvents: 0}", "predict.subscriberQueueEvents"),
        ("ingest: {maxLineBytes: 10}", "ingest.maxLineBytes"),
        ("checkpoint: {intervalSeconds: -1}", "checkpoint.intervalSeconds"),
        ("streams: {learningThreads: -1}", "streams.learningThreads"),
        ("streams: {learningThreads: 1025}", "streams.learningThreads"),
        ("metrics: {maxStreams: -1}", "metrics.maxStreams"),
        ("metrics: {maxStreams: 10001}", "metrics.maxStreams"),
        ("log: {level: loud}", "log.level"),
        ("log: {rateLimitBurst: -1}", "log.rateLimitBurst"),
        ("log: {rateLimitIntervalSeconds: 0}", "log.rateLimitIntervalSeconds"),
        ("streams: {defaultName: \"\"}", "streams.defaultName"),
        ("streams: {defaultName: \"a\\nb\"}", "streams.defaultName"),
        ("streams: {overrides: {\"\": {rank: 2}}}", "streams.overrides."),
        ("predict: {controlGroup: no-such-group}", "predict.controlGroup"),
    ])
    func mistakeIsNamed(_ text: String, _ key: String) async throws {
        let error = await #expect(throws: ConfigurationError.self) { try await load(text) }
        #expect(error?.key == key, "\(error?.reason ?? "no error")")
    }

    @Test(arguments: [
        "NOBACKTRACKD_LEARNER_RNAK", "NOBACKTRACKD_PREDICT_SOCKETPATH", "NOBACKTRACKD_LOG_LEVELS",
        "NOBACKTRACKD_STREAMS_OVERRIDES_BOILER_RANK",
    ])
    func mistakeInTheEnvironmentIsNamed(_ name: String) async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            try await load(nil, environment: [name: "2"])
        }
        #expect(error?.key == name)
    }

    @Test(
        arguments: [
            ("{ingest: {format: f32le}, learner: {channels: [3]}}", SampleLayout(stream: nil, positions: 3)),
            ("{ingest: {format: f64le}, learner: {channels: 1}}", SampleLayout(stream: nil, positions: 1)),
            (
                "{ingest: {format: f64le}, learner: {channels: [a, b]}}",
                SampleLayout(stream: nil, channels: ["a", "b"])
            ),
            (
                """
                {ingest: {format: f32le}, streams: {defaultName: x, overrides: {x: {channels: [c]}}}, \
                learner: {channels: [a, b]}}
                """, SampleLayout(stream: nil, channels: ["c"])
            ),
            ("{ingest: {format: csv}, learner: {channels: [a, b]}}", nil),
        ] as [(String, SampleLayout?)])
    func framesHoldTheChannelsOfTheirStream(_ text: String, _ frame: SampleLayout?) async throws {
        let configuration = try await load(text)
        #expect(configuration.ingest.frame == frame)
        #expect(try await load(ConfigurationDocument.text(configuration)) == configuration)
    }

    @Test func environmentReachesOverriddenStreams() async throws {
        let configuration = try await load(
            "streams: {overrides: {boiler-1: {lags: 3}}}",
            environment: ["NOBACKTRACKD_STREAMS_OVERRIDES_BOILER_1_HIDDEN_UNITS": "9"])
        #expect(configuration.stream(named: "boiler-1").learner.hiddenUnits == 9)
    }

    @Test(arguments: ["[1, 2]", "a: [", "just text"])
    func notAConfigurationIsRefused(_ text: String) async {
        await #expect(throws: ConfigurationError.self) { try await load(text) }
    }

    @Test func missingFileIsRefused() async {
        await #expect(throws: ConfigurationError.self) {
            try await ConfigurationLoader.load(file: "/nonexistent/c.yaml", environment: [:], options: [:])
        }
    }

    @Test(
        arguments: [
            (
                ["RUNTIME_DIRECTORY": "/run/a:/run/b", "STATE_DIRECTORY": "/var/lib/a:/b", "HOME": "/h"],
                "/run/a", "/var/lib/a"
            ),
            (
                ["XDG_RUNTIME_DIR": "/run/user/1", "XDG_STATE_HOME": "/s"], "/run/user/1/nobacktrackd",
                "/s/nobacktrackd"
            ),
            (["HOME": "/h"], "/run/nobacktrackd", "/h/.local/state/nobacktrackd"),
            ([:], "/run/nobacktrackd", nil),
        ] as [([String: String], String, String?)])
    func pathsWhenNobodySays(_ environment: [String: String], _ runtime: String, _ state: String?) {
        let paths = DefaultPaths(environment: environment)
        #expect(paths.ingestSocket == "\(runtime)/ingest.sock")
        #expect(paths.predictSocket == "\(runtime)/predict.sock")
        #expect(paths.stateDirectory == state)
    }

    @Test(
        arguments: [
            ("ab", "ab"), (#"a\n\t\r\\"#, "a\n\t\r\\"), (#"\x00\xFF"#, nil), ("é", "é"), ("01", "01"),
            ("a\nb", "a\nb"),
        ] as [(String, String?)])
    func alphabetIsTheBytesOfItsText(_ text: String, _ symbols: String?) async throws {
        let expected = symbols.map { Array($0.utf8) } ?? [0x00, 0xFF]
        #expect(
            try await load(nil, options: ["learner.alphabet": .string(text)]).learner.alphabet == expected)
        let variable = "NOBACKTRACKD_LEARNER_ALPHABET"
        #expect(try await load(nil, environment: [variable: text]).learner.alphabet == expected)
    }

    @Test func alphabetOfDigitsIsText() async throws {
        #expect(try await load("learner: {alphabet: \"01\"}").learner.alphabet == Array("01".utf8))
    }

    @Test func mistakesInAnAlphabetAreSaid() async throws {
        for (text, reason) in [
            ("abca", "has 'a' twice"), (#"\n\x0a"#, #"has '\n' twice"#), ("a", "1 symbols"),
        ] {
            let error = await #expect(throws: ConfigurationError.self) {
                try await load(nil, options: ["learner.alphabet": .string(text)])
            }
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        }
        let error = await #expect(throws: ConfigurationError.self) {
            try await load(nil, options: ["learner.alphabet": .string(String(repeating: "ab", count: 200))])
        }
        #expect(error?.reason.contains("400 symbols; an alphabet has 2…256") == true)
    }
}
