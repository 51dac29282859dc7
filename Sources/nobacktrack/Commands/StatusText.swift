import NoBackTrackWire

/// The daemon's status as people read it.
enum StatusText {
    /// Version, load and connections, in a few lines.
    static func daemon(_ status: StatusMessage, now: Double) -> String {
        var text = """
            nobacktrackd \(status.version), up \(NumberText.duration(seconds: status.uptime))
            \(status.samples) samples learned, \(NumberText.significant(status.samplesPerSecond, digits: 3)) a second, \
            \(status.lag) waiting
            \(count(status.connections.ingest, "producer")), \(count(status.connections.predict, "reader")), \
            \(count(status.subscribers, "subscription"))

            """
        let reasons = status.rejected.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        if !reasons.isEmpty {
            text += "rejected: " + reasons.map { "\($0.key) \($0.value)" }.joined(separator: ", ") + "\n"
        }
        if let storage = status.storage {
            if let error = storage.error {
                let since = storage.since.map { " since \(TimeText.local($0, now: now))" } ?? ""
                text += "storage fails\(since) (\(storage.onFailure)): \(error)\n"
            }
            if let journal = storage.journal {
                text += "journal: \(count(journal.segments, "segment")), \(journal.bytes) bytes\n"
            }
        }
        return text
    }

    /// A line a stream.
    static func streams(_ streams: [StreamStatus], now: Double) -> String {
        if streams.isEmpty { return "no streams yet\n" }
        var table = TextTable([
            ("stream", .left), ("step", .right), ("per second", .right), ("channels", .right),
            ("ahead", .left),
            ("skill", .right), ("coverage", .right), ("last sample", .left), ("checkpoint", .left),
        ])
        for status in streams {
            table.append([
                status.stream + (status.inMemory ? "" : " (on disk)"), "\(status.step)",
                NumberText.significant(status.samplesPerSecond, digits: 3),
                status.alphabetSize.map { count($0, "symbol") } ?? "\(status.channels.count)",
                status.horizons.map { "+\($0)" }.joined(separator: ","),
                skill(of: status),
                range(of: status.coverage), TimeText.local(status.time, now: now),
                checkpoint(of: status, now: now),
            ])
        }
        return table.text
    }

    /// One stream with the figures of each head.
    static func stream(_ status: StreamStatus, now: Double) -> String {
        if status.kind == .symbols { return symbols(status, now: now) }
        var text = """
            \(status.stream): step \(status.step), \(NumberText.significant(status.samplesPerSecond, digits: 3)) \
            a second, last sample \(TimeText.local(status.time, now: now))
            channels: \(status.channels.joined(separator: ", "))
            checkpoint: \(checkpoint(of: status, now: now))
            values missing: \(status.missing), lines rejected: \(status.rejected), sent again: \(status.repeated ?? 0)

            """
        if let clock = status.clock { text += line(of: clock) }
        if let conditions = status.conditions { text += ConditionText.status(conditions) }
        if let warming = status.warming {
            text += "warming up: \(warming.seen) of \(warming.needed) samples\n"
        }
        for season in status.seasons ?? [] {
            let long = season.longSeason > season.season ? " and of \(season.longSeason)" : ""
            text += "\(season.channel): a season of \(season.season) samples\(long)\n"
        }
        var table = TextTable([
            ("target", .left), ("ahead", .right), ("skill", .right), ("coverage of 90 %", .right),
            ("network alone", .right), ("mostly", .left),
        ])
        for head in status.skill {
            let coverage = status.coverage.first { $0.channel == head.channel && $0.horizon == head.horizon }
            table.append([
                head.channel, "+\(head.horizon)", NumberText.fixed(head.value, decimals: 3),
                NumberText.fixed(coverage?.value, decimals: 3),
                NumberText.fixed(
                    experts(of: head, in: status).first { $0.expert == "network" }?.skill, decimals: 3),
                mostly(experts(of: head, in: status)),
            ])
        }
        return text + "\n" + table.text
    }

    private static func experts(of head: HeadFigure, in status: StreamStatus) -> [ExpertFigure] {
        (status.experts ?? []).filter { $0.channel == head.channel && $0.horizon == head.horizon }
    }

    /// Whom what is served comes from, the three with the largest weights.
    private static func mostly(_ experts: [ExpertFigure]) -> String {
        guard !experts.isEmpty else { return "network" }
        return experts.sorted { $0.weight > $1.weight }.prefix(3).filter { $0.weight >= 0.005 }.map {
            "\($0.expert) \(NumberText.fixed(100 * $0.weight, decimals: 0)) %"
        }.joined(separator: ", ")
    }

    /// What the samples' times have shown.
    private static func line(of clock: ClockStatus) -> String {
        let interval = clock.interval.map { "every \(NumberText.significant($0, digits: 4)) s" }
        return "time: \(interval ?? "not regular"), \(clock.missingSamples) samples missing in their place, "
            + "\(count(clock.gaps, "gap")), \(count(clock.duplicates, "duplicate")), \(clock.late) late, "
            + "set back \(count(clock.clockResets, "time"))\n"
    }

    /// One stream of symbols.
    private static func symbols(_ status: StreamStatus, now: Double) -> String {
        """
        \(status.stream): step \(status.step), \(NumberText.significant(status.samplesPerSecond, digits: 3)) a second
        \(count(status.alphabetSize ?? 0, "symbol")) in use, \(bits(of: status))
        checkpoint: \(checkpoint(of: status, now: now))
        symbols rejected: \(status.rejected)

        """
    }

    /// What tells best how good a stream's forecasts are.
    private static func skill(of status: StreamStatus) -> String {
        if let warming = status.warming { return "warming \(warming.seen)/\(warming.needed)" }
        return status.kind == .symbols ? bits(of: status) : range(of: status.skill)
    }

    private static func bits(of status: StreamStatus) -> String {
        "\(NumberText.fixed(status.bitsPerSymbol, decimals: 3)) bits a symbol"
    }

    private static func count(_ number: some BinaryInteger, _ thing: String) -> String {
        "\(number) \(thing)\(number == 1 ? "" : "s")"
    }

    private static func range(of figures: [HeadFigure]) -> String {
        let values = figures.compactMap(\.value)
        guard let least = values.min(), let most = values.max() else { return "–" }
        let texts = [least, most].map { NumberText.fixed($0, decimals: 2) }
        return texts[0] == texts[1] ? texts[0] : texts.joined(separator: "…")
    }

    private static func checkpoint(of status: StreamStatus, now: Double) -> String {
        guard let checkpoint = status.lastCheckpoint else { return "none" }
        return "step \(checkpoint.step), \(NumberText.duration(seconds: max(0, now - checkpoint.time))) ago"
    }
}
