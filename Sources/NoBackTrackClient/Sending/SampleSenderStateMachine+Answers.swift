import NoBackTrackWire

extension SampleSenderStateMachine {
    /// Takes a line that the daemon wrote, without its newline.
    package mutating func received(_ line: [UInt8]) -> [Action] {
        guard phase != .ended && phase != .disconnected else { return [] }
        switch IngestAnswer(line) {
        case .acknowledgement(let message):
            return take(message) ?? fail(line, "it acknowledges what was not sent")
        case .refusal(let number, let code, let message):
            return take(number, code, message) ? [] : fail(line, "it refuses what was not sent")
        case .complaint(let complaint):
            connection.complaint = complaint
            return []
        case nil: return fail(line, "it is neither an acknowledgement nor an error")
        }
    }

    /// - Returns: nil when it cannot be.
    private mutating func take(_ message: AcknowledgementMessage) -> [Action]? {
        var actions: [Action] = []
        let refused = message.refused ?? 0
        let (total, overflow) = message.ack.addingReportingOverflow(refused)
        guard !overflow, message.ack >= connection.acknowledged, refused >= connection.refused,
            total <= window.sent - connection.base
        else { return nil }
        if phase == .greeting {
            actions.append(.cancel(.greeting))
            if window.isEmpty { delay = settings.firstDelay }
        }
        // Also of a daemon that was so slow to start that it was taken for one that does not acknowledge.
        phase = .acknowledging
        isAcknowledged = true
        obstacle = "the daemon does not acknowledge what it was sent"
        let isProgress = connection.base + total > connection.settled
        record.acknowledged = (record.acknowledged ?? 0) + message.ack - connection.acknowledged
        record.refused = record.refused - connection.countedInSilence + refused - connection.refused
        connection.countedInSilence = 0
        (connection.acknowledged, connection.refused) = (message.ack, refused)
        let settled = connection.settled
        for refusal in connection.refusals where refusal.sample <= settled { record.note(refusal) }
        connection.refusals.removeAll { $0.sample <= settled }
        window.settle(through: settled)
        if isProgress {
            delay = settings.firstDelay
            hasToldObstacle = false
        }
        return finishing(actions, isProgress: isProgress)
    }

    /// - Returns: Whether there is such a line.
    private mutating func take(_ line: UInt64, _ code: String, _ message: String) -> Bool {
        guard line >= 1, line <= window.sent - connection.base else { return false }
        let refusal = SendReport.Refusal(sample: connection.base + line, code: code, message: message)
        if phase == .silent {
            record.refused += 1
            connection.countedInSilence += 1
            record.note(refusal)
            return true
        }
        // One for each line that waits for its acknowledgement, at most.
        guard connection.refusals.count < window.capacity else { return false }
        connection.refusals.append(refusal)
        return true
    }

    private mutating func fail(_ line: [UInt8], _ reason: String) -> [Action] {
        end(.notUnderstood(line: String(decoding: line.prefix(200), as: UTF8.self), reason: reason))
    }
}
