import NoBackTrackWire
import Synchronization
import Testing

@testable import NoBackTrackDaemon

/// Batches cut among threads and put together again.
@Suite struct BatchPartsTests {
    /// A batch of one sample for each of these layouts.
    private func batch(_ layouts: [Int]) -> SampleBatch {
        var batch = SampleBatch()
        batch.layouts = [
            SampleLayout(stream: "a", channels: ["x"]), SampleLayout(stream: "b", channels: ["x"]),
            SampleLayout(stream: "a", channels: ["x", "y"]), SampleLayout(stream: nil, channels: ["x"]),
        ]
        for (place, layout) in layouts.enumerated() {
            batch.records.append(
                .init(layout: layout, line: UInt64(place + 1), time: nil, sequence: nil, firstValue: 0))
        }
        return batch
    }

    private func places(_ cut: SourceStreams.Cut) -> [Int: [Int]] {
        Dictionary(
            uniqueKeysWithValues: cut.parts.map { cut in
                (cut.thread, (0..<cut.part.count).map { cut.part[$0] })
            })
    }

    @Test func partsKeepTheOrderAndEndWhereAThreadIsNotKnown() {
        let batch = batch([0, 1, 2, 0, 3, 1])
        var streams = SourceStreams()
        streams.add(batch.layouts, defaultStream: "default")
        #expect(streams.cut(batch, 0..<6, threadCount: 3).count == 0)
        streams.set(thread: 2, layout: 0)
        // The other layout of the same stream goes the same way.
        #expect(streams.knows(2) && !streams.knows(1))
        #expect(streams.cut(batch, 0..<6, threadCount: 3).count == 1)
        streams.set(thread: 0, layout: 1)
        let cut = streams.cut(batch, 0..<6, threadCount: 3)
        #expect(cut.count == 4)
        #expect(places(cut) == [2: [0, 2, 3], 0: [1]])
        let some = streams.cut(batch, places: [1, 3, 4, 5], threadCount: 3)
        #expect(some.count == 2)
        #expect(places(some) == [0: [1], 2: [3]])
    }

    @Test func whatGoesToOneThreadIsNotListed() {
        let batch = batch([0, 2, 0, 1])
        var streams = SourceStreams()
        streams.add(batch.layouts, defaultStream: "default")
        streams.set(thread: 1, layout: 2)
        let cut = streams.cut(batch, 1..<4, threadCount: 3)
        #expect(cut.count == 2 && cut.parts.count == 1 && cut.parts[0].thread == 1)
        guard case .row(1..<3) = cut.parts[0].part else {
            Issue.record("listed")
            return
        }
    }

    @Test func linesComeInTheOrderOfRecords() {
        func learned(_ lines: [String]) -> LearnedPart {
            var part = LearnedPart()
            for line in lines {
                part.lines += Array(line.utf8)
                part.ends.append(part.lines.count)
            }
            return part
        }
        var lines = LineAssembly()
        // The second record of the first part strayed, and is learned by itself.
        lines.add(.places([0, 2, 5]), learned(["0", "", "five"]))
        lines.add(.places([1, 3]), learned(["one", "3"]))
        lines.add(.row(2..<3), learned(["2"]))
        lines.add(.row(4..<5), learned([""]))
        #expect(String(decoding: lines.text, as: UTF8.self) == "0one23five")
    }

    private final class Room: Sendable {
        let people = Mutex(0)
    }

    @Test func turnstileLetsInOneAtATime() async {
        let turnstile = Turnstile()
        let room = Room()
        await withDiscardingTaskGroup { tasks in
            for _ in 0..<50 {
                tasks.addTask {
                    await turnstile.enter()
                    room.people.withLock { $0 += 1 }
                    await Task.yield()
                    #expect(room.people.withLock { $0 } == 1)
                    room.people.withLock { $0 -= 1 }
                    turnstile.leave()
                }
            }
        }
    }
}
