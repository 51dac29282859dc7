import NoBackTrack
import NoBackTrackSystem
import NoBackTrackTestSupport

/// The learner that the daemon has, fed without a daemon around it.
struct BareLearner {
    private var numbers: StreamLearner?
    private var symbols: SymbolLearner?
    private let samples: [[Double]]
    private let letters: [UInt8]

    /// A learner of n units and the values that a reader of the format gets.
    init(_ samples: Samples, _ format: Samples.Format, unitCount n: Int) {
        var configuration = LearnerConfiguration()
        configuration.hiddenUnits = n
        // The network alone, as the daemons that are measured serve it.
        configuration.experts = .none
        let range = 0..<samples.count
        if format == .symbols {
            symbols = SymbolLearner(configuration: configuration, streamKey: 1)
            self.samples = []
            letters = range.map(samples.symbol)
        } else {
            let channels = samples.channelCount
            numbers = StreamLearner(
                configuration: configuration, channelCount: channels, targets: Array(0..<channels),
                streamKey: 1)
            self.samples = range.map { samples.values($0, format) }
            letters = []
        }
    }

    /// Learns all samples once more.
    ///
    /// - Returns: nanoseconds that each took.
    mutating func run() -> Double {
        let begin = Clocks.monotonicNanoseconds()
        for sample in samples { numbers?.step(sample.span) }
        for letter in letters { _ = symbols?.step(letter) }
        let count = max(samples.count, letters.count)
        return Double(Clocks.monotonicNanoseconds() - begin) / Double(count)
    }
}

/// A stream's samples through the whole daemon, from bytes to learned.
final class EndToEnd {
    /// How the bytes come to the daemon.
    enum Way: String, CaseIterable {
        case pipe, socket
    }

    private let daemon: DaemonUnderTest
    private let connection: LineChannel?
    private let bytes: [UInt8]
    private let count: Int
    private var sent = 0

    /// A daemon that has learned the samples once.
    init(
        _ program: String, _ samples: Samples, _ format: Samples.Format, _ way: Way, unitCount n: Int,
        options: [String] = []
    ) throws {
        let isRaw = format == .f32le || format == .f64le
        daemon = try DaemonUnderTest(
            program,
            ["--experts", "none", "--hidden-units", "\(n)", "--format", format.rawValue] + options
                + (isRaw ? ["--channels", "\(samples.channelCount)"] : []))
        connection = way == .socket ? try daemon.connectIngest() : nil
        bytes = samples.bytes(0..<samples.count, format)
        count = samples.count
        try send(samples.header(format))
        _ = try run()
    }

    /// Whether this daemon knows the format.
    static func supports(_ format: Samples.Format, _ program: String) throws(SystemError) -> Bool {
        let isRaw = format == .f32le || format == .f64le
        let options = ["--format", format.rawValue] + (isRaw ? ["--channels", "2"] : [])
        return try ChildProcess([program, "--check-config"] + options, errors: "/dev/null").exitStatus() == 0
    }

    /// Sends all samples once more and waits until they are learned.
    ///
    /// - Returns: nanoseconds that each took.
    func run() throws -> Double {
        let begin = Clocks.monotonicNanoseconds()
        try send(bytes)
        try daemon.flush()
        let nanoseconds = Clocks.monotonicNanoseconds() - begin
        sent += count
        return Double(nanoseconds) / Double(count)
    }

    /// Makes sure that the daemon has learned from every sample.
    func verify() throws {
        let learned = try daemon.learnedSamples()
        guard learned == sent else { throw BenchmarkError("\(sent) samples were sent, \(learned) learned") }
    }

    /// Connections that get every event, of which the last does not read.
    func subscribe(_ count: Int) throws -> Subscribers {
        try Subscribers(
            try (0..<count).map { _ in
                let connection = try daemon.connectPredict()
                let answer = try connection.ask(#"{"op":"subscribe","stream":"default"}"#)
                guard answer.contains(#""ok":true"#) else { throw BenchmarkError("subscribe: \(answer)") }
                return connection
            })
    }

    private func send(_ bytes: [UInt8]) throws {
        if let connection { try connection.send(bytes) } else { try daemon.send(bytes) }
    }

    /// The share of the learner's own rate that comes through: the learner's time by the daemon's, in turn.
    static func share(
        _ program: String, _ samples: Samples, _ format: Samples.Format, _ way: Way, unitCount n: Int,
        pairs: Int
    ) throws -> PairedTimes {
        var learner = BareLearner(samples, format, unitCount: n)
        _ = learner.run()
        let daemon = try EndToEnd(program, samples, format, way, unitCount: n)
        let times = try PairedTimes(pairs: pairs, first: { learner.run() }, second: { try daemon.run() })
        try daemon.verify()
        return times
    }
}
