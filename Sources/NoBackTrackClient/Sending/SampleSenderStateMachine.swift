package import NoBackTrackWire

/// What is done to have every sample learned once, without I/O: connect, send, take acknowledgements, connect again.
///
/// Whoever has the connection tells what happens, performs the actions it gets in their order, and writes what
/// ``nextOutput()`` has as long as the connection takes it. After each of these there may be ``room`` for more samples.
package struct SampleSenderStateMachine: Sendable {
    /// What somebody is to be woken for. Setting a timer anew replaces it.
    package enum Timer: Sendable, Hashable, CaseIterable {
        /// It is time to connect again.
        case reconnect
        /// The daemon would have said by now that it acknowledges.
        case greeting
        /// Nothing went on for too long.
        case patience
        /// Who wants to stop has waited long enough.
        case farewell
    }

    /// What is to be done.
    package enum Action: Sendable, Equatable {
        /// Try to connect, once.
        case connect
        /// Close the connection, if there is one.
        case close
        /// Set a timer.
        case schedule(Timer, Duration)
        /// Take a timer back, if it is set.
        case cancel(Timer)
        /// Tell the person.
        case warn(String)
        /// It is over; nothing will happen any more.
        case finish(SendEnding)
    }

    /// What is to be written.
    package enum Output: Sendable, Equatable {
        /// Whole lines.
        case bytes(ArraySlice<UInt8>)
        /// The end: close the writing side.
        case end
    }

    /// About as many bytes are written at a time.
    static let pieceBytes = 65_536

    enum Phase: Equatable {
        /// Without a connection.
        case disconnected
        /// Connected, and nothing is known of the daemon.
        case greeting
        /// Connected to a daemon that acknowledges.
        case acknowledging
        /// Connected to a daemon that does not.
        case silent
        /// It is over.
        case ended
    }

    /// What is known of the connection there is.
    struct Connection {
        /// How many samples were settled or let go before it.
        var base: UInt64 = 0
        /// What was last acknowledged on it.
        var acknowledged: UInt64 = 0
        var refused: UInt64 = 0
        /// Refusals counted as long as it did not acknowledge.
        var countedInSilence: UInt64 = 0
        /// Refusals that no acknowledgement has counted yet.
        var refusals: [SendReport.Refusal] = []
        /// What the daemon said of it.
        var complaint: String?
        /// Whether its writing side is closed.
        var hasEnded = false
        /// How many samples are settled.
        var settled: UInt64 { base + acknowledged + refused }
    }

    let settings: SendSettings
    var window: SendWindow
    var phase = Phase.disconnected
    var connection = Connection()
    private var connections = 0
    /// Time before the next attempt to connect.
    var delay: Duration
    /// Whether this daemon is known to acknowledge.
    var isAcknowledged = false
    private var hasInputEnded = false
    private var isPatienceSet = false
    /// What last stood in the way.
    var obstacle = "the daemon does not answer"
    /// Whether that was told since something went on.
    var hasToldObstacle = false
    /// What is counted as it comes; the number of samples is the window's.
    var record = SendReport()

    /// Nothing was done yet.
    package init(_ settings: SendSettings) {
        self.settings = settings
        window = SendWindow(capacity: settings.window)
        delay = settings.firstDelay
    }

    /// Whether it is over.
    package var hasEnded: Bool { phase == .ended }

    /// What became of the samples so far.
    package var report: SendReport {
        var report = record
        report.samples = window.count
        return report
    }

    /// For how many samples there is room.
    package var room: Int {
        if phase == .ended || hasInputEnded { return 0 }
        return canLetGo ? Int(window.sent - window.settled) : window.room
    }

    /// Whether samples give way to others though nobody knows whether they were learned. Not before there is need: the
    /// daemon may be slow to start, and acknowledge after all.
    private var canLetGo: Bool { phase == .silent && window.room == 0 }

    /// Begins.
    package mutating func start() -> [Action] { finishing([.connect]) }

    /// Takes as many samples as there is room for.
    ///
    /// - Returns: How many.
    package mutating func append(_ lines: SampleLines, from first: Int) -> (taken: Int, actions: [Action]) {
        if phase == .ended || hasInputEnded { return (0, []) }
        if canLetGo { window.settle(through: window.sent) }
        let taken = window.append(lines, from: first)
        return (taken, finishing([]))
    }

    /// There will be no more samples.
    package mutating func endInput() -> [Action] {
        hasInputEnded = true
        return finishing([])
    }

    /// There will be no more samples, and what is outstanding is waited for briefly.
    package mutating func stop() -> [Action] {
        guard phase != .ended else { return [] }
        hasInputEnded = true
        return finishing([.schedule(.farewell, settings.farewell)])
    }

    /// A connection was made.
    package mutating func connected() -> [Action] {
        guard phase == .disconnected else { return [] }
        phase = .greeting
        window.rewind()
        connection = Connection(base: window.settled)
        if connections > 0 { record.reconnections += 1 }
        connections += 1
        return finishing([.schedule(.greeting, settings.greeting)])
    }

    /// No connection could be made.
    package mutating func connectFailed(_ reason: String) -> [Action] {
        guard phase == .disconnected else { return [] }
        obstacle = reason
        return finishing(reconnecting())
    }

    /// The connection is closed.
    ///
    /// - Parameter reason: What broke it; nil: the daemon has closed it.
    package mutating func disconnected(_ reason: String?) -> [Action] {
        switch phase {
        case .disconnected, .ended: return []
        case .greeting: break
        case .acknowledging:
            // Let go before it acknowledged after all.
            if window.settled > connection.settled { record.mayHaveLost = true }
        case .silent:
            if connection.hasEnded && reason == nil { return end(.complete) }
            if window.sent > connection.base { record.mayHaveLost = true }
            // Some of it may have been learned.
            window.settle(through: window.sent)
        }
        obstacle = reason ?? connection.complaint ?? "the daemon closed the connection"
        phase = .disconnected
        window.rewind()
        return finishing([.cancel(.greeting)] + reconnecting())
    }

    /// The time of a timer has come.
    package mutating func fired(_ timer: Timer) -> [Action] {
        switch timer {
        case .reconnect: return phase == .disconnected ? [.connect] : []
        case .greeting:
            // A daemon that acknowledged before, and now starts slowly, is waited for: it knows what was sent.
            guard phase == .greeting && !isAcknowledged else { return [] }
            phase = .silent
            delay = settings.firstDelay
            hasToldObstacle = false
            return finishing([
                .warn(
                    "the daemon does not acknowledge: what it loses cannot be sent again; start it with --ack durable"
                )
            ])
        case .patience: return phase == .ended ? [] : end(.impatient(obstacle))
        case .farewell: return phase == .ended ? [] : end(.stopped)
        }
    }

    /// What is to be written next; nil: nothing now.
    package mutating func nextOutput() -> Output? {
        guard phase == .acknowledging || phase == .silent, !connection.hasEnded else { return nil }
        if let (bytes, resent) = window.takeUnsent(Self.pieceBytes) {
            record.resent += resent
            return .bytes(bytes)
        }
        guard hasInputEnded else { return nil }
        connection.hasEnded = true
        return .end
    }

    private mutating func reconnecting() -> [Action] {
        var actions: [Action] = []
        if !hasToldObstacle {
            hasToldObstacle = true
            actions.append(.warn("\(obstacle); trying again"))
        }
        actions.append(.schedule(.reconnect, delay))
        delay = min(delay * 2, settings.longestDelay)
        return actions
    }

    /// Ends when there is nothing left to do, and else sees to it that patience does.
    mutating func finishing(_ actions: [Action], isProgress: Bool = false) -> [Action] {
        guard phase != .ended else { return [] }
        if hasInputEnded && window.isEmpty && phase != .silent { return actions + end(.complete) }
        let isWaiting = phase == .acknowledging ? !window.isEmpty : phase != .silent
        guard let patience = settings.patience else { return actions }
        if isWaiting && (isProgress || !isPatienceSet) {
            isPatienceSet = true
            return actions + [.schedule(.patience, patience)]
        }
        if !isWaiting && isPatienceSet {
            isPatienceSet = false
            return actions + [.cancel(.patience)]
        }
        return actions
    }

    mutating func end(_ ending: SendEnding) -> [Action] {
        phase = .ended
        return Timer.allCases.map { .cancel($0) } + [.close, .finish(ending)]
    }
}
