import NoBackTrackSystem

/// Where messages go: the journal's entries, and lines on standard error.
package struct LogDestination: Sendable {
    /// Whether standard error is the journal's.
    package let isJournal: Bool
    /// Sends an entry to the journal.
    let send: @Sendable (_ fields: [[UInt8]]) throws(SystemError) -> Void
    /// Writes a line to standard error.
    let write: @Sendable (_ line: [UInt8]) -> Void

    /// A destination; a test puts its own in the place.
    init(
        isJournal: Bool,
        send: @escaping @Sendable ([[UInt8]]) throws(SystemError) -> Void = { fields throws(SystemError) in
            try SystemJournal.send(fields)
        },
        write: @escaping @Sendable ([UInt8]) -> Void = { StandardError.write($0) }
    ) {
        self.isJournal = isJournal
        self.send = send
        self.write = write
    }

    /// This process's own: the journal if standard error is the very stream that the service manager connected to it.
    package init(environment: [String: String]) {
        let stream = environment["JOURNAL_STREAM"]
        self.init(isJournal: stream != nil && stream == StandardError.stream)
    }

    /// Makes this process known to the journal; best done before anything can fail.
    ///
    /// Of who sends an entry the journal looks up the unit by its process, and does not find it when that has ended by
    /// then: `journalctl -u` would not show why it ended. Of the stream of standard error it knows the unit by itself.
    /// An empty line is enough for that, and is no entry.
    package func introduce() {
        if isJournal { write([UInt8(ascii: "\n")]) }
    }

    /// Takes an entry to the journal, and if there is none a line to standard error.
    func take(_ entry: LogEntry) {
        guard isJournal else { return write(Array("\(entry.label) \(entry.level): \(entry.text)\n".utf8)) }
        do throws(SystemError) { try send(entry.journalFields) } catch {
            // In a sandbox without journald's socket its stream is still there, and takes the level in this form.
            write(Array("<\(entry.priority)>\(entry.text)\n".utf8))
        }
    }
}
