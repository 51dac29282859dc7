/// The seasons that were found in a channel.
package struct SeasonFigure: Codable, Sendable, Equatable {
    /// The channel's name.
    package var channel: String
    /// The season, in samples: a day, perhaps.
    package var season: Int
    /// The multiple of it at which values are most alike, a week perhaps; the season itself where there is no such.
    package var longSeason: Int

    /// Creates a figure.
    package init(channel: String, season: Int, longSeason: Int) {
        self.channel = channel
        self.season = season
        self.longSeason = longSeason
    }
}
