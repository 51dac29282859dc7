import ArgumentParser
import Glibc
import NIOPosix
import NoBackTrackCheckpoint
import NoBackTrackClient
import NoBackTrackSystem
import NoBackTrackWire
import UnixSignals

/// `nobacktrack send [FILE…]`: delivers samples, each of them once.
struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Deliver samples to the daemon so that each is learned once, whatever breaks in between.",
        discussion: """
            Every sample gets a number, the first is 1, and the name of a source. The daemon, started with --ack learned \
            or --ack durable, tells how far it is; what it has not acknowledged is kept and sent again over the next \
            connection, and what it has learned it does not learn again. What is sent is NDJSON, whatever was read, so the \
            daemon's own --format is auto or ndjson.

            Numbers and sources that samples have already are replaced. Values without names are sent as channels c0, c1, \
            …, unless --channels names them, to a stream that has such channels. Channels called stream, source, time or \
            seq cannot be sent.

            The source is a new name at every invocation, so a file that is sent twice is learned twice. With --source \
            it is yours: to go on with the same input after an interruption, send all of it again under the same name, and \
            only what is new will be learned.

            Exit status: 0 all samples are acknowledged; 65 all but those that could not be used; 74 given up, or stopped \
            with samples outstanding.
            """
    )

    @Argument(help: "CSV, NDJSON, line protocol or frames of numbers; - or nothing is standard input.")
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "The daemon's ingest socket.",
            discussion: """
                Else NOBACKTRACKD_INGEST_SOCKET_PATH, the one below RUNTIME_DIRECTORY or XDG_RUNTIME_DIR, or the system \
                service's.
                """,
            valueName: "path"))
    var ingestSocket: String?

    @Option(help: "auto, ndjson, csv, influx, f32le, f64le.")
    var format = "auto"

    @Option(
        help: ArgumentHelp(
            "How many numbers a frame has, or the names of values without, such as 8 or a,b,c.",
            valueName: "channels"))
    var channels: String?

    @Option(help: "The stream of samples that name none.")
    var stream: String?

    @Option(help: "Who numbers the samples; keep it to send the same input again without learning it twice.")
    var source: String?

    @Option(help: ArgumentHelp("Samples held until they are acknowledged.", valueName: "samples"))
    var window = 16_384

    @Option(
        help: ArgumentHelp(
            "Give up after so long without a connection or an acknowledgement; 0: never.",
            valueName: "seconds"))
    var patience: Double = 60

    @Flag(help: "Print JSON.")
    var json = false

    /// Unusable lines that are told one by one.
    private static let told = 10

    func validate() throws {
        guard format != "symbols" else {
            throw ValidationError(
                "--format: symbols carry no numbers by which one would be known again; use a pipe")
        }
        guard let format = SampleFormat(rawValue: format) else {
            throw ValidationError("--format: auto, ndjson, csv, influx, f32le or f64le")
        }
        let layout = try frame()
        guard !format.isRaw || layout != nil else {
            throw ValidationError(
                "--format \(format.rawValue) needs --channels: how many numbers a frame has, or their names")
        }
        guard (1...1 << 24).contains(window) else {
            throw ValidationError("--window needs a number from 1 to 16777216")
        }
        guard patience.isFinite, patience >= 0 else {
            throw ValidationError("--patience needs a number of seconds ≥ 0")
        }
        guard files.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("standard input can be read once")
        }
        for (option, name) in [("--stream", stream), ("--source", source)] {
            guard let name else { continue }
            do throws(StreamNameError) { _ = try StreamDirectoryName.encode(name) } catch {
                throw ValidationError("\(option): \(error)")
            }
        }
    }

    func run() async throws {
        // A name misspelt is found before the files in front of it are sent.
        for file in files where file != "-" && access(file, R_OK) != 0 {
            Output.complain("\(SystemError(call: "open", path: file, code: errno))")
            throw ExitCode(EX_NOINPUT)
        }
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let sender = await SampleSender.start(
            toFirstOf: IngestSocketPath.candidates(named: ingestSocket) { name in
                getenv(name).map { String(cString: $0) }
            }, settings, warn: { Output.complain($0) })
        let input = InputFiles()
        let source = source ?? Self.newSource()
        let reading = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in signals {
                    input.cancel()
                    return sender.stop()
                }
            }
            group.addTask {
                _ = await sender.outcome()
                input.cancel()
            }
            let reading = await read(input, as: source, to: sender)
            if !input.isCancelled { sender.endInput() }
            _ = await sender.outcome()
            group.cancelAll()
            return reading
        }
        let summary = SendSummary(await sender.outcome(), source: source, unusable: reading.unusable)
        try Output.write(json ? JSONText.line(summary) : summary.text)
        if let complaint = summary.complaint { Output.complain(complaint) }
        if reading.hasFailed { throw ExitCode(EX_IOERR) }
        if summary.exitStatus != 0 { throw ExitCode(summary.exitStatus) }
    }

    private var settings: SendSettings {
        var settings = SendSettings()
        settings.window = window
        settings.patience = patience > 0 ? .seconds(min(patience, 1e9)) : nil
        return settings
    }

    /// What values without names are.
    private func frame() throws -> SampleLayout? {
        guard let channels else { return nil }
        let most = ParserLimits().maxChannels
        if let count = Int(channels) {
            guard (1...most).contains(count) else { throw ValidationError("--channels: from 1 to \(most)") }
            return SampleLayout(stream: nil, positions: count)
        }
        let names = ListArgument.names(channels)
        guard (1...most).contains(names.count), Set(names).count == names.count else {
            throw ValidationError("--channels needs from 1 to \(most) different names")
        }
        return SampleLayout(stream: nil, channels: names)
    }

    /// A name that nobody else has.
    private static func newSource() -> String {
        let digits =
            String(UInt64.random(in: .min ... .max), radix: 16)
            + String(UInt64.random(in: .min ... .max), radix: 16)
        return "send-\(digits)"
    }

    /// Reads everything and hands it to the sender.
    private func read(
        _ input: InputFiles, as source: String, to sender: SampleSender
    ) async -> (unusable: UInt64, hasFailed: Bool) {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        let frame = try? frame()
        var writer = SampleWriter(
            source: source, stream: stream, names: frame.flatMap { $0.isPositional ? nil : $0.channels })
        var unusable: UInt64 = 0
        var hasFailed = false
        for path in files.isEmpty ? ["-"] : files where !input.isCancelled {
            var parser = SampleParser(format: SampleFormat(rawValue: format) ?? .auto, frame: frame)
            var batch = SampleBatch()
            let name = path == "-" ? "standard input" : path
            writer.beginInput()
            /// - Returns: whether the sender goes on.
            func take() async -> Bool {
                var lines = SampleLines()
                for rejection in writer.write(batch, to: &lines) {
                    unusable += 1
                    guard unusable <= Self.told else { continue }
                    Output.complain(
                        "\(name):\(rejection.line): \(rejection.code.rawValue): \(rejection.message)")
                }
                batch.removeAll()
                return await sender.send(lines)
            }
            do {
                let isWhole = try await input.read(path, on: thread) { piece in
                    parser.consume(piece.span, into: &batch)
                    return await take()
                }
                // What an end that is none cuts off is no sample.
                guard isWhole else { break }
                parser.finish(into: &batch)
                guard await take() else { break }
            } catch {
                Output.complain("\(error)")
                hasFailed = true
            }
        }
        try? await thread.shutdownGracefully()
        return (unusable, hasFailed)
    }
}
