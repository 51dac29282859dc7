import NIOCore
package import NoBackTrackWire

/// The forecast events of a subscription, one a sample. Ends when the daemon closes the connection or the
/// iterating task is cancelled. Iterated once.
///
/// A subscriber that iterates slowly stops reading from the socket; the daemon then counts the events it
/// could not deliver in ``ForecastMessage/dropped``.
package struct ForecastEvents: AsyncSequence, Sendable {
    package typealias Element = ForecastMessage

    typealias Producer = NIOThrowingAsyncSequenceProducer<
        ForecastMessage, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark,
        ReadingDemand
    >
    let producer: Producer

    /// Steps through the events.
    package struct AsyncIterator: AsyncIteratorProtocol {
        var iterator: Producer.AsyncIterator

        /// The next event; nil at the end.
        ///
        /// - Throws: ``PredictClientError/notUnderstood(line:reason:)`` when the other side does not speak the
        ///   protocol.
        @concurrent
        package mutating func next() async throws -> ForecastMessage? {
            do {
                return try await iterator.next()
            } catch is CancellationError {
                return nil
            }
        }
    }

    /// The sequence's one iterator.
    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(iterator: producer.makeAsyncIterator())
    }
}

/// Tells the connection when its subscriber wants more events, from whatever thread that becomes known on.
struct ReadingDemand: NIOAsyncSequenceProducerDelegate {
    let eventLoop: any EventLoop
    let handler: NIOLoopBound<PredictClientHandler>

    func produceMore() {
        eventLoop.execute { handler.value.resumeReading() }
    }

    func didTerminate() {
        eventLoop.execute { handler.value.subscriberLeft() }
    }
}
