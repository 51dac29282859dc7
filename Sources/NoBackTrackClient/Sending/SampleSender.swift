import NIOCore
import NIOPosix
package import NoBackTrackWire

/// Samples to a daemon's ingest socket, over as many connections as it takes.
package struct SampleSender: Sendable {
    private let eventLoop: any EventLoop
    private let sending: NIOLoopBound<SampleSending>
    private let outcomes: EventLoopFuture<Outcome>

    /// What became of it.
    package struct Outcome: Sendable, Equatable {
        /// How it ended.
        package var ending: SendEnding
        /// What became of the samples.
        package var report: SendReport
    }

    /// Begins to connect.
    ///
    /// - Parameters:
    ///   - paths: Where a daemon may listen. Once one has answered there, no other is tried.
    ///   - warn: Tells the person what goes on; called on an event loop, so it must not block for long.
    package static func start(
        toFirstOf paths: [String], _ settings: SendSettings = SendSettings(),
        warn: @escaping @Sendable (String) -> Void
    ) async -> SampleSender {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let outcome = eventLoop.makePromise(of: Outcome.self)
        let made = eventLoop.submit {
            let sending = SampleSending(
                machine: SampleSenderStateMachine(settings), eventLoop: eventLoop, paths: paths,
                outcome: outcome,
                warn: warn)
            let bound = NIOLoopBound(sending, eventLoop: eventLoop)
            sending.start()
            return SampleSender(eventLoop: eventLoop, sending: bound, outcomes: outcome.futureResult)
        }
        do { return try await made.get() } catch {
            preconditionFailure("the process's event loops are never shut down: \(error)")
        }
    }

    /// Hands over samples; returns when all are on their way, which may be when others are acknowledged. One call at a time.
    ///
    /// - Returns: False when no sample is taken any more, for the sending has come to its end.
    package func send(_ lines: SampleLines) async -> Bool {
        let sending = sending
        let taken = eventLoop.makePromise(of: Bool.self)
        eventLoop.execute { sending.value.offer(lines, taken) }
        return (try? await taken.futureResult.get()) ?? false
    }

    /// There will be no more samples: ends when all are acknowledged.
    package func endInput() {
        let sending = sending
        eventLoop.execute { sending.value.endInput() }
    }

    /// There will be no more samples: ends soon.
    package func stop() {
        let sending = sending
        eventLoop.execute { sending.value.stop() }
    }

    /// Waits for the end.
    package func outcome() async -> Outcome {
        do { return try await outcomes.get() } catch {
            preconditionFailure("the outcome is never an error: \(error)")
        }
    }
}
