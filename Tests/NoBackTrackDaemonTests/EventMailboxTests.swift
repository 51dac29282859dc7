import Testing

@testable import NoBackTrackDaemon

@Suite struct EventMailboxTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func text(_ mailbox: EventMailbox) async -> String? {
        await mailbox.next().map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func linesComeInOrder() async {
        let mailbox = EventMailbox(capacity: 4, maxBytes: 1 << 20)
        mailbox.offer(event: bytes("{1}\n"))
        mailbox.put(answer: bytes("{2}\n"))
        mailbox.offer(event: bytes("{3}\n"))
        #expect(await text(mailbox) == "{1}\n{2}\n{3}\n")
    }

    @Test func oldestEventsGoAndAreCountedOnce() async {
        let mailbox = EventMailbox(capacity: 2, maxBytes: 1 << 20)
        for number in 1...5 { mailbox.offer(event: bytes("{\(number)}\n")) }
        #expect(await text(mailbox) == "{\"dropped\":3,4}\n{5}\n")
        mailbox.offer(event: bytes("{6}\n"))
        #expect(await text(mailbox) == "{6}\n")
    }

    @Test func everyEventIsCountedAsDeliveredOrDropped() async {
        let meter = EventMeter()
        let mailbox = EventMailbox(capacity: 2, maxBytes: 1 << 20, meter: meter)
        for number in 1...5 { mailbox.offer(event: bytes("{\(number)}\n")) }
        mailbox.offer(events: [bytes("{9}\n")], missing: 3)
        mailbox.put(answer: bytes("{a}\n"))
        #expect(await text(mailbox) == "{\"dropped\":4,5}\n{\"dropped\":3,9}\n{a}\n")
        #expect(meter.counts == (2, 7))
    }

    @Test func answersAreNeverDropped() async {
        let mailbox = EventMailbox(capacity: 1, maxBytes: 1 << 20)
        mailbox.offer(event: bytes("{1}\n"))
        mailbox.put(answer: bytes("{a}\n"))
        mailbox.offer(event: bytes("{2}\n"))
        mailbox.offer(event: bytes("{3}\n"))
        #expect(await text(mailbox) == "{a}\n{\"dropped\":2,3}\n")
    }

    @Test func manyEventsKeepTheirNumberBounded() async {
        let mailbox = EventMailbox(capacity: 100, maxBytes: 1 << 20)
        for number in 0..<100_000 { mailbox.offer(event: bytes("{\(number)}\n")) }
        var lines: [String] = []
        mailbox.close()
        while let chunk = await text(mailbox) { lines += chunk.split(separator: "\n").map(String.init) }
        #expect(lines.count == 100)
        #expect(lines.first == "{\"dropped\":99900,99900}")
        #expect(lines.last == "{99999}")
    }

    @Test func largeEventsAreBoundedByTheirBytes() async {
        let mailbox = EventMailbox(capacity: 100, maxBytes: 10)
        for number in 1...5 { mailbox.offer(event: bytes("{\(number)}\n")) }
        #expect(await text(mailbox) == "{\"dropped\":3,4}\n{5}\n")
        // What was taken or dropped does not count any more; answers never do.
        mailbox.put(answer: bytes("{answer of some length}\n"))
        mailbox.offer(event: bytes("{6}\n"))
        mailbox.offer(event: bytes("{7}\n"))
        #expect(await text(mailbox) == "{answer of some length}\n{6}\n{7}\n")
    }

    @Test func oneEventHasRoomHoweverLarge() async {
        let mailbox = EventMailbox(capacity: 100, maxBytes: 1)
        mailbox.offer(events: [bytes("{1}\n"), bytes("{22}\n"), bytes("{333}\n")], missing: 0)
        #expect(await text(mailbox) == "{\"dropped\":2,333}\n")
    }

    @Test func closedDeliversTheRestAndTakesNoMore() async {
        let mailbox = EventMailbox(capacity: 2, maxBytes: 1 << 20)
        mailbox.put(answer: bytes("{1}\n"))
        mailbox.close()
        mailbox.offer(event: bytes("{2}\n"))
        #expect(await text(mailbox) == "{1}\n")
        #expect(await mailbox.next() == nil)
        await mailbox.answersTaken()
    }

    @Test func senderWaitsForTheReader() async {
        let mailbox = EventMailbox(capacity: 2, maxBytes: 1 << 20)
        mailbox.put(answer: bytes("{1}\n"))
        async let taken: Void = mailbox.answersTaken()
        #expect(await text(mailbox) == "{1}\n")
        await taken
    }
}
