import Glibc
import NIOCore
import NIOPosix
import NoBackTrackWire

/// The inner side of ``SampleSender``: performs what ``SampleSenderStateMachine`` says.
///
/// Lives on its event loop alone, which is that of its connections too.
final class SampleSending {
    private var machine: SampleSenderStateMachine
    private let eventLoop: any EventLoop
    private var paths: [String]
    private let outcome: EventLoopPromise<SampleSender.Outcome>
    private let warn: @Sendable (String) -> Void
    private var channel: (any Channel)?
    private var timers: [SampleSenderStateMachine.Timer: Scheduled<Void>] = [:]
    /// Samples for which there is no room yet, from the given one on, and who waits for it.
    private var offered: (lines: SampleLines, next: Int, taken: EventLoopPromise<Bool>)?
    private var isMovingOn = false
    /// Whether no sample is taken any more.
    private var hasInputEnded = false
    /// What broke the connection, if something did.
    private var failure: String?

    init(
        machine: SampleSenderStateMachine, eventLoop: any EventLoop, paths: [String],
        outcome: EventLoopPromise<SampleSender.Outcome>, warn: @escaping @Sendable (String) -> Void
    ) {
        precondition(!paths.isEmpty, "there is a place where to look for the daemon")
        self.machine = machine
        self.eventLoop = eventLoop
        self.paths = paths
        self.outcome = outcome
        self.warn = warn
    }

    func start() { perform(machine.start()) }

    func offer(_ lines: SampleLines, _ taken: EventLoopPromise<Bool>) {
        precondition(offered == nil, "samples are offered one after the other")
        if hasInputEnded { return taken.succeed(false) }
        offered = (lines, 0, taken)
        perform([])
    }

    func endInput() {
        hasInputEnded = true
        perform(machine.endInput())
    }

    func stop() {
        hasInputEnded = true
        offered?.taken.succeed(false)
        offered = nil
        perform(machine.stop())
    }

    /// The connection to a path is there.
    func connected(_ channel: any Channel, path: String) {
        if machine.hasEnded { return channel.close(promise: nil) }
        self.channel = channel
        failure = nil
        // Another daemon would not know what this one has learned.
        paths = [path]
        perform(machine.connected())
    }

    func received(_ line: [UInt8]) { perform(machine.received(line)) }

    /// A line came that is longer than any answer.
    func receivedEndless() { received(Array("a line without an end".utf8)) }

    /// There may be room for more output.
    func writable() { perform([]) }

    func broken(_ error: any Error) { failure = failure ?? Self.reason(of: error) }

    func disconnected() {
        guard channel != nil else { return }
        channel = nil
        perform(machine.disconnected(failure))
    }

    private func perform(_ actions: [SampleSenderStateMachine.Action]) {
        execute(actions)
        moveOn()
    }

    private func execute(_ actions: [SampleSenderStateMachine.Action]) {
        for action in actions {
            switch action {
            case .connect: connect()
            case .close: channel?.close(promise: nil)
            case .schedule(let timer, let time): schedule(timer, time)
            case .cancel(let timer): timers.removeValue(forKey: timer)?.cancel()
            case .warn(let text): warn(text)
            case .finish(let ending):
                offered?.taken.succeed(false)
                offered = nil
                outcome.succeed(SampleSender.Outcome(ending: ending, report: machine.report))
            }
        }
    }

    /// Takes and writes samples as long as there is room on either side.
    private func moveOn() {
        // A write may be told of before it returns.
        guard !isMovingOn else { return }
        isMovingOn = true
        defer { isMovingOn = false }
        var isMoving = true
        while isMoving {
            isMoving = false
            if let channel, channel.isWritable, let output = machine.nextOutput() {
                write(output, to: channel)
                isMoving = true
            }
            if let (lines, next, taken) = offered, machine.hasEnded || machine.room > 0 || next == lines.count
            {
                isMoving = take(lines, from: next, taken) || isMoving
            }
        }
    }

    /// - Returns: Whether something was taken.
    private func take(_ lines: SampleLines, from next: Int, _ promise: EventLoopPromise<Bool>) -> Bool {
        if machine.hasEnded || next == lines.count {
            offered = nil
            promise.succeed(!machine.hasEnded)
            return false
        }
        let (taken, actions) = machine.append(lines, from: next)
        offered?.next = next + taken
        execute(actions)
        return true
    }

    private func write(_ output: SampleSenderStateMachine.Output, to channel: any Channel) {
        switch output {
        case .bytes(let bytes):
            let sending = NIOLoopBound(self, eventLoop: eventLoop)
            channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenFailure { sending.value.broken($0) }
        case .end:
            // Behind what was written before.
            channel.writeAndFlush(ByteBuffer()).whenSuccess { channel.close(mode: .output, promise: nil) }
        }
    }

    private func schedule(_ timer: SampleSenderStateMachine.Timer, _ time: Duration) {
        timers.removeValue(forKey: timer)?.cancel()
        let sending = NIOLoopBound(self, eventLoop: eventLoop)
        timers[timer] = eventLoop.scheduleTask(in: TimeAmount(time)) { sending.value.fired(timer) }
    }

    private func fired(_ timer: SampleSenderStateMachine.Timer) {
        timers[timer] = nil
        perform(machine.fired(timer))
    }

    private func connect(_ place: Int = 0, _ reasons: [String] = []) {
        let path = paths[place]
        let sending = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        SampleSendingHandler(sending.value, path: path))
                }
            }
            .connect(unixDomainSocketPath: path)
            .whenFailure { sending.value.connectFailed($0, place, reasons) }
    }

    private func connectFailed(_ error: any Error, _ place: Int, _ earlier: [String]) {
        let reasons = earlier + ["\(paths[place]) (connect: \(Self.reason(of: error)))"]
        guard place + 1 == paths.count else { return connect(place + 1, reasons) }
        perform(machine.connectFailed("no daemon listens on \(reasons.joined(separator: ", "))"))
    }

    private static func reason(of error: any Error) -> String {
        guard let code = (error as? IOError)?.errnoCode else { return "\(error)" }
        return String(cString: strerror(code))
            + (code == EACCES ? "; only members of the socket's group may" : "")
    }
}
