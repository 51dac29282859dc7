import NoBackTrackWire

/// The conditions of a stream as people read them.
enum ConditionText {
    /// How often there was each, and which last; nothing where there was none.
    static func status(_ conditions: ConditionStatus) -> String {
        let met = conditions.counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        guard !met.isEmpty else { return "" }
        var text = "conditions: " + met.map { "\(words($0.key)) \($0.value)" }.joined(separator: ", ") + "\n"
        for present in conditions.present {
            text += "now: \(present.channel) \(words(present.condition)) for \(present.samples) samples\n"
        }
        return text
    }

    /// One line for an event, with its newline.
    static func line(_ message: ConditionMessage) -> String {
        var text = "! step \(message.step): "
        if let channel = message.channel { text += channel + " " }
        text += words(message.condition)
        if message.state == .ended, message.condition != "gap" { text += " no more" }
        if let factor = message.factor { text += ", × \(NumberText.significant(factor, digits: 3))" }
        if let distance = message.distance { text += ", by \(NumberText.significant(distance, digits: 3))" }
        if let ratio = message.ratio { text += ", losses × \(NumberText.significant(ratio, digits: 3))" }
        if let samples = message.samples { text += ", \(samples) samples" }
        return text + "\n"
    }

    private static func words(_ name: String) -> String {
        String(name.map { $0 == "_" ? " " : $0 })
    }
}
