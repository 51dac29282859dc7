import Glibc
import NIOCore
import NIOPosix
import NoBackTrack
import NoBackTrackWire
import Testing

@testable import NoBackTrackDaemon

@Suite struct PublishingTests {
    private func event(_ step: UInt64) -> EventBuffer.Event {
        EventBuffer.Event(ordinal: step, step: step, time: nil)
    }

    private func feed(capacity: Int, maxBytes: Int = 1 << 20) -> StreamFeed {
        StreamFeed(
            stream: "s",
            writer: ForecastEventWriter(stream: "s", channels: ["a"], horizons: [1], level: 0.9),
            capacity: capacity, maxBytes: maxBytes)
    }

    private func leave(_ steps: ClosedRange<UInt64>, in feed: StreamFeed) {
        for step in steps {
            _ = feed.leave(event(step), [Double](repeating: Double(step), count: 3))
        }
    }

    /// The events that wait in a mailbox.
    private func events(_ mailbox: EventMailbox) async throws -> [ForecastMessage] {
        mailbox.close()
        var text: [UInt8] = []
        while let bytes = await mailbox.next() { text += bytes }
        return try text.split(separator: 10).map { try ForecastMessage(line: $0) }
    }

    @Test func bufferKeepsTheNewestWithTheirFigures() {
        var buffer = EventBuffer()
        for step in 1...10_000 {
            // As many as the step's last digit.
            let figures = (0..<step % 10).map { Double(step + $0) }
            buffer.append(event(UInt64(step)), figures, capacity: 100, maxBytes: 1 << 20)
        }
        #expect(buffer.count == 100)
        for number in 0..<100 {
            let (event, figures) = buffer[number]
            #expect(event.step == UInt64(9901 + number))
            #expect(Array(figures) == (0..<Int(event.step) % 10).map { Double(Int(event.step) + $0) })
        }
        buffer.removeAll()
        #expect(buffer.count == 0)
        buffer.append(event(1), [5], capacity: 1, maxBytes: 1 << 20)
        #expect(Array(buffer[0].figures) == [5])
    }

    @Test func bufferIsBoundedByTheBytesOfItsFigures() {
        var buffer = EventBuffer()
        let figures = [Double](repeating: 1, count: 5000)
        for step in 1...1000 {
            buffer.append(event(UInt64(step)), figures + [Double(step)], capacity: 100, maxBytes: 150_000)
        }
        #expect(buffer.count == 3)
        #expect((0..<3).map { buffer[$0].event.step } == [998, 999, 1000])
        #expect((0..<3).map { buffer[$0].figures.last } == [998, 999, 1000])
        // One has room however large it is.
        buffer.append(event(1001), figures, capacity: 100, maxBytes: 1)
        #expect(buffer.count == 1 && buffer[0].event.step == 1001 && buffer[0].figures.count == 5000)
    }

    @Test func whatNoMailboxHasRoomForIsMissing() async throws {
        let feed = feed(capacity: 1000, maxBytes: 1 << 20)
        let short = self.feed(capacity: 1000, maxBytes: 20_000)
        var counts: [Int] = []
        for feed in [feed, short] {
            let mailbox = EventMailbox(capacity: 1000, maxBytes: 1 << 20)
            let subscription = Subscription(mailbox)
            subscription.begin(after: 0, isNew: true)
            feed.add(subscription)
            leave(1...200, in: feed)
            var buffer = EventBuffer()
            feed.deliver(using: &buffer)
            let events = try await events(mailbox)
            counts.append(events.count)
            #expect(events.map(\.step) == Array(UInt64(201 - events.count)...200))
            #expect(Int(events.first?.dropped ?? 0) == 200 - events.count)
        }
        #expect(counts[0] == 200 && counts[1] > 10 && counts[1] < 200)
    }

    /// What subscribers and standard output get is the message, by whatever way it was written.
    @Test func eventOfNumbersIsTheMessage() async throws {
        var configuration = StreamConfiguration()
        configuration.learner.hiddenUnits = 3
        let stream = LearningStream(
            name: "s", channels: ["a", "b"], targets: [0, 1], configuration: configuration,
            log: StreamLog(beginningAt: 0, .new, maxSources: 1), now: 0)
        var figures: [Double] = []
        let mailbox = EventMailbox(capacity: 1000, maxBytes: 1 << 20)
        stream.feed = feed(of: stream, mailbox)
        var expected: [UInt8] = []
        var printed: [UInt8] = []
        for step in 0..<200 {
            // The second channel is seen for the first time when the other one has long been warm.
            stream.learner.step([sin(Double(step)), step < 100 ? .nan : Double(step)].span)
            stream.time = step % 2 == 0 ? nil : Double(step) / 8
            stream.event(level: 0.8).appendLine(to: &expected)
            stream.appendEventLine(level: 0.8, figures: &figures, to: &printed)
            _ = stream.leaveEvent(level: 0.8, figures: &figures)
        }
        #expect(String(decoding: printed, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
        #expect(try await published(stream, mailbox) == String(decoding: expected, as: UTF8.self))
    }

    @Test func eventOfSymbolsIsTheMessage() async throws {
        let stream = LearningStream(
            symbolsOf: "s", configuration: StreamConfiguration(),
            log: StreamLog(beginningAt: 0, .new, maxSources: 1), now: 0)
        var figures: [Double] = []
        let mailbox = EventMailbox(capacity: 1000, maxBytes: 1 << 20)
        stream.feed = feed(of: stream, mailbox)
        var expected: [UInt8] = []
        for symbol in "abracadabra".utf8 {
            let isLearned = stream.learner.step(symbol)
            #expect(isLearned)
            stream.event(level: 0.8).appendLine(to: &expected)
            _ = stream.leaveEvent(level: 0.8, figures: &figures)
        }
        #expect(try await published(stream, mailbox) == String(decoding: expected, as: UTF8.self))
    }

    private func feed(of stream: LearningStream, _ mailbox: EventMailbox) -> StreamFeed {
        let feed = StreamFeed(
            stream: stream.name, writer: stream.eventWriter(level: 0.8), capacity: 1000, maxBytes: 1 << 20)
        let subscription = Subscription(mailbox)
        subscription.begin(after: 0, isNew: true)
        feed.add(subscription)
        return feed
    }

    private func published(_ stream: LearningStream, _ mailbox: EventMailbox) async throws -> String {
        var buffer = EventBuffer()
        try #require(stream.feed).deliver(using: &buffer)
        mailbox.close()
        var text: [UInt8] = []
        while let bytes = await mailbox.next() { text += bytes }
        return String(decoding: text, as: UTF8.self)
    }

    @Test func aBudgetGivesEverySubscriptionTheNewest() async throws {
        let feed = feed(capacity: 1000)
        let mailboxes = [
            EventMailbox(capacity: 1000, maxBytes: 1 << 20), EventMailbox(capacity: 1000, maxBytes: 1 << 20),
        ]
        for mailbox in mailboxes {
            let subscription = Subscription(mailbox)
            subscription.begin(after: 0, isNew: true)
            feed.add(subscription)
        }
        #expect(feed.leadOfARound == .max, "before it is known all are wanted")
        leave(1...100, in: feed)
        var buffer = EventBuffer()
        feed.deliver(using: &buffer, budget: 60)
        #expect(feed.leadOfARound < .max)
        leave(101...110, in: feed)
        feed.deliver(using: &buffer)
        #expect(feed.leadOfARound == .max)
        for mailbox in mailboxes {
            let events = try await events(mailbox)
            #expect(events.map(\.step) == Array(71...110))
            #expect(events.first?.dropped == 70)
        }
    }

    @Test func everySubscriptionGetsWhatFollowsIt() async throws {
        let feed = feed(capacity: 10)
        let (first, second) = (
            EventMailbox(capacity: 10, maxBytes: 1 << 20), EventMailbox(capacity: 10, maxBytes: 1 << 20)
        )
        var buffer = EventBuffer()
        let early = Subscription(first)
        early.begin(after: 0, isNew: true)
        feed.add(early)
        leave(1...3, in: feed)
        let late = Subscription(second)
        late.begin(after: 3, isNew: true)
        feed.add(late)
        leave(4...5, in: feed)
        feed.deliver(using: &buffer)
        leave(6...6, in: feed)
        feed.deliver(using: &buffer)
        let all = try await events(first)
        #expect(all.map(\.step) == [1, 2, 3, 4, 5, 6] && all.allSatisfy { $0.dropped == nil })
        #expect(all.map { $0.forecasts.first?.mean } == [1, 2, 3, 4, 5, 6])
        #expect(try await events(second).map(\.step) == [4, 5, 6])
    }

    @Test func whatTheFeedAndTheMailboxDropIsCountedWhereItIsMissing() async throws {
        let feed = feed(capacity: 4)
        let mailbox = EventMailbox(capacity: 6, maxBytes: 1 << 20)
        var buffer = EventBuffer()
        let subscription = Subscription(mailbox)
        subscription.begin(after: 0, isNew: true)
        feed.add(subscription)
        leave(1...2, in: feed)
        feed.deliver(using: &buffer)
        // 3…6 are dropped by the feed; then there are eight for six places, so that 1 and 2 go too.
        leave(3...10, in: feed)
        feed.deliver(using: &buffer)
        leave(11...12, in: feed)
        feed.deliver(using: &buffer)
        let rest = try await events(mailbox)
        #expect(rest.map(\.step) == [7, 8, 9, 10, 11, 12])
        #expect(rest.map(\.dropped) == [6, nil, nil, nil, nil, nil])
    }

    @Test func aGapIsToldWhereItIs() async throws {
        let mailbox = EventMailbox(capacity: 10, maxBytes: 1 << 20)
        let subscription = Subscription(mailbox)
        subscription.begin(after: 0, isNew: true)
        subscription.deliver([Array("{\"e\":1}\n".utf8)], ordinals: [1])
        subscription.deliver([Array("{\"e\":4}\n".utf8)], ordinals: [4])
        let bytes = await mailbox.next() ?? []
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"e\":1}\n{\"dropped\":2,\"e\":4}\n")
    }

    /// Within one round too, and whoever came between gets all that is left of it.
    @Test(arguments: [
        (0, "{\"e\":1}\n{\"dropped\":2,\"e\":4}\n{\"e\":5}\n"), (2, "{\"dropped\":1,\"e\":4}\n{\"e\":5}\n"),
    ])
    func aGapWithinARoundIsToldWhereItIs(_ begin: UInt64, _ expected: String) async throws {
        let mailbox = EventMailbox(capacity: 10, maxBytes: 1 << 20)
        let subscription = Subscription(mailbox)
        subscription.begin(after: begin, isNew: true)
        let ordinals: [UInt64] = [1, 4, 5]
        subscription.deliver(ordinals.map { Array("{\"e\":\($0)}\n".utf8) }, ordinals: ordinals)
        let bytes = await mailbox.next() ?? []
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func subscriptionGoesOnAfterItsStreamCameBack() {
        let subscription = Subscription(EventMailbox(capacity: 1, maxBytes: 1 << 20))
        subscription.begin(after: 7, isNew: true)
        // Begun anew from nothing.
        subscription.begin(after: 0, isNew: false)
        subscription.deliver([Array("{}\n".utf8)], ordinals: [1])
        subscription.begin(after: 1, isNew: false)
        subscription.deliver([Array("{}\n".utf8)], ordinals: [2])
    }

    @Test func flushPublishesEverything() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let publisher = EventPublisher(eventLoop: group.next(), learners: 2)
        let feed = feed(capacity: 1000)
        let mailbox = EventMailbox(capacity: 1000, maxBytes: 1 << 20)
        let subscription = Subscription(mailbox)
        subscription.begin(after: 0, isNew: true)
        feed.add(subscription)
        publisher.floods[1].last(until: .max)
        for step in 1...500 as ClosedRange<UInt64> {
            let isFirst = feed.leave(event(step), [1, 1, 1])
            // In a flood there are pauses between rounds; the end does not wait for them.
            if isFirst { publisher.publish([feed], learner: 1) }
        }
        await publisher.flush()
        #expect(try await events(mailbox).map(\.step) == Array(1...500))
        try await group.shutdownGracefully()
    }
}
