/// How one expert does for one channel at one horizon.
package struct ExpertFigure: Codable, Sendable, Equatable {
    /// The channel's name.
    package var channel: String
    /// How many samples ahead.
    package var horizon: Int
    /// The expert's name; `network` is the recurrent network itself.
    package var expert: String
    /// Its weight in what is served, 0…1.
    package var weight: Double
    /// 1 − (its mean absolute error) / (that of "as now"); nil until there is one.
    package var skill: Double?

    /// Creates a figure; a skill that is not finite is none.
    package init(channel: String, horizon: Int, expert: String, weight: Double, skill: Double?) {
        self.channel = channel
        self.horizon = horizon
        self.expert = expert
        self.weight = weight.isFinite ? weight : 0
        self.skill = skill.flatMap { $0.isFinite ? $0 : nil }
    }
}
