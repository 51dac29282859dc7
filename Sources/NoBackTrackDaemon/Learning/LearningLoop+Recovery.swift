import Logging
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

extension LearningLoop {
    /// What recovery finds out on its way.
    private struct Recovery {
        /// Positions of checkpoints of streams that are only on disk; nil: there is none.
        var stored: [String: UInt64?] = [:]
        /// Entries that do not follow what came before, by stream.
        var lost: [String: LostEntries] = [:]
        /// Segments of which some part is damaged or does not follow what came before.
        var damaged: [UInt64] = []
        /// Whether the segment at hand has entries that do not follow those of their stream.
        var isOutOfOrder = false
        var entries = 0
    }

    /// Has every stream go through what the journal has of it after its checkpoint, so that it is as it was.
    ///
    /// - Throws: ``DaemonFailure`` when the journal cannot be read, or streams not brought to memory.
    func replayJournal(_ progress: ServiceProgress) async throws(DaemonFailure) {
        let journal = keeper.journal
        var recovery = Recovery()
        do throws(SystemError) {
            for segment in try journal.store.segments() {
                switch try journal.store.read(segment) {
                case .failure(let error):
                    let path = try journal.store.setAside(segment)
                    logger.log(
                        .segmentSetAside,
                        metadata: ["path": "\(path)", "reason": "\(error)"])
                case .success(var reader):
                    try await replay(&reader, &recovery, progress)
                }
            }
        } catch {
            throw DaemonFailure(.inputOutput, "the journal cannot be read: \(error)")
        }
        for (stream, lost) in recovery.lost.sorted(by: { $0.key < $1.key }) {
            logger.log(
                .journalPartMissing,
                metadata: ["stream": "\(stream)", "entries": "\(lost.count)"])
        }
        if recovery.entries > 0 {
            logger.log(.journalReplayed, metadata: ["entries": "\(recovery.entries)"])
        }
        guard !recovery.damaged.isEmpty else { return }
        do throws(SystemError) { try await setAside(recovery.damaged) } catch {
            logger.log(
                .segmentsLeftInPlace, metadata: ["error": "\(error)"])
            do throws(SystemError) { try await skipLost(recovery.lost) } catch {
                throw DaemonFailure(.inputOutput, "the state cannot be read: \(error)")
            }
        }
    }

    /// Has streams go on behind what is lost of them where that is still read. Until checkpoints have the new positions
    /// the journal is not whole.
    private func skipLost(_ lost: [String: LostEntries]) async throws(SystemError) {
        for (name, entries) in lost {
            if residents[name] == nil { _ = try await bringBack(name) }
            guard let resident = residents[name] else { continue }
            await threads[resident.thread].skip(name, to: entries.end)
            keeper.journal.skip(0)
        }
    }

    /// Keeps damaged segments under other names, once checkpoints hold what could be read of them.
    ///
    /// What does not follow in them must not be read again: it would be taken for the continuation of a checkpoint once
    /// new entries have come as far as its positions.
    private func setAside(_ segments: [UInt64]) async throws(SystemError) {
        for stream in await dirtyStreams { try await saveIfDirty(stream) }
        for segment in segments {
            let path = try keeper.journal.setAside(segment)
            logger.log(
                .segmentSetAside, "A segment of the journal is damaged and was set aside",
                metadata: ["path": "\(path)"])
        }
    }

    private func replay(
        _ reader: inout JournalSegmentReader, _ recovery: inout Recovery, _ progress: ServiceProgress
    ) async throws(SystemError) {
        var ends: [String: UInt64] = [:]
        recovery.isOutOfOrder = false
        while let block = reader.next() {
            for entry in block.entries where entry.kind != .begin {
                ends[block.streams[entry.stream]] = entry.position + 1
            }
            recovery.entries += block.entries.count
            progress.tell(.replaying, "\(recovery.entries) entries")
            try await replay(block, &recovery)
        }
        var isDamaged = recovery.isOutOfOrder
        switch reader.end {
        case .complete: break
        case .torn(let offset):
            logger.log(
                .journalTorn,
                metadata: ["segment": "\(reader.segment)", "offset": "\(offset)"])
        case .damaged(let offset):
            logger.log(
                .journalDamaged,
                metadata: ["segment": "\(reader.segment)", "offset": "\(offset)"])
            isDamaged = true
        }
        if isDamaged { recovery.damaged.append(reader.segment) }
        // Those who resend what it has are told at once that it is settled.
        try keeper.journal.store.synchronize(reader.segment)
        keeper.journal.adopt(reader.segment, bytes: reader.byteCount, ends: ends)
    }

    private func replay(_ block: JournalBlock, _ recovery: inout Recovery) async throws(SystemError) {
        // Entries of streams in memory go to their threads together, until one changes which streams there are.
        var lists = [[Int]](repeating: [], count: threads.count)
        for (place, entry) in block.entries.enumerated() {
            let name = block.streams[entry.stream]
            if let resident = residents[name] {
                if entry.kind != .reset {
                    lists[resident.thread].append(place)
                    continue
                }
                await replay(block, &lists, &recovery)
                guard let position = await threads[resident.thread].position(of: name),
                    position <= entry.position
                else { continue }
                try await forget(name, resident, entry.position)
                recovery.stored[name] = .some(nil)
                recovery.lost[name] = nil
                continue
            }
            let position = try await storedPosition(of: name, &recovery)
            if let position, entry.position < position { continue }
            await replay(block, &lists, &recovery)
            switch entry.kind {
            case .reset:
                try await writer.remove(name, before: entry.position + 1)
                ends[name] = entry.position + 1
                recovery.stored[name] = .some(nil)
                // Its files went before the crash: what it had done before it was forgotten is not missed.
                recovery.lost[name] = nil
            case .begin where position == nil:
                await replayBeginning(of: name, entry, block, &recovery)
            case .sample, .learning, .begin:
                guard position == entry.position, try await bringBack(name) == .isThere,
                    let resident = residents[name]
                else {
                    recovery.lost[name, default: LostEntries()].add(position: entry.position)
                    if position != nil { recovery.isOutOfOrder = true }
                    // Should it begin again, then behind all that is known of it.
                    ends[name] = max(ends[name] ?? 0, entry.position + 1)
                    continue
                }
                recovery.stored[name] = nil
                lists[resident.thread].append(place)
            }
        }
        await replay(block, &lists, &recovery)
    }

    private func replayBeginning(
        of name: String, _ entry: JournalBlock.Entry, _ block: JournalBlock, _ recovery: inout Recovery
    ) async {
        let channels = Array(block.channels[entry.first..<entry.first + entry.count])
        let layout =
            entry.flag
            ? SampleLayout(symbolsOf: name) : SampleLayout(stream: name, channels: channels)
        do throws(RouteRefusal) {
            try await begin(name, layout, .new, position: entry.position, isCounted: false)
            recovery.stored[name] = nil
        } catch {
            logger.log(
                .journalStreamRefused,
                metadata: ["stream": "\(name)", "reason": "\(error.message)"])
        }
    }

    /// Has the threads go through what was gathered for them, side by side.
    private func replay(
        _ block: JournalBlock, _ lists: inout [[Int]], _ recovery: inout Recovery
    ) async {
        let parts = lists.enumerated().filter { !$0.element.isEmpty }
        guard !parts.isEmpty else { return }
        lists = Array(repeating: [], count: threads.count)
        await withTaskGroup(of: [String: LostEntries].self) { tasks in
            for (number, places) in parts {
                let thread = threads[number]
                tasks.addTask { await thread.replay(block, places) }
            }
            for await lost in tasks {
                if !lost.isEmpty { recovery.isOutOfOrder = true }
                recovery.lost.merge(lost, uniquingKeysWith: +)
            }
        }
    }

    /// The position of the checkpoint of a stream that is not in memory; nil when it has none.
    private func storedPosition(
        of name: String, _ recovery: inout Recovery
    ) async throws(SystemError) -> UInt64? {
        if let known = recovery.stored[name] { return known }
        let position = hasDormantStreams ? try await writer.load(name)?.checkpoint.position : nil
        recovery.stored[name] = .some(position)
        return position
    }

    private func forget(_ name: String, _ resident: Resident, _ position: UInt64) async throws(SystemError) {
        _ = await threads[resident.thread].remove(name, ifLastFed: nil)
        noteForgotten(name, resident, end: position + 1)
        try await writer.remove(name, before: position + 1)
    }
}
