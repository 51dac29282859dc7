/// Who forecasts, in the order of their places.
package enum Expert: Int, CaseIterable, Sendable {
    /// The recurrent network with its readout.
    case network
    /// The newest value.
    case persistence
    /// The newest value and what it has lately changed by a sample.
    case drift
    /// The mean of about the newest thousand values.
    case mean
    /// The mean of about the newest ten.
    case smoothing
    /// The value of a season ago.
    case seasonalNaive
    /// The value of a long season ago: of a week, where the season is a day.
    case longSeasonalNaive
    /// What is usual at this phase of the season.
    case seasonalProfile
    /// What is usual at this phase of the long season.
    case longSeasonalProfile
    /// A linear autoregression on 8 values that forgets in 500 samples.
    case shortAutoregressionFast
    /// The same that forgets in 10 000.
    case shortAutoregression
    /// A linear autoregression on 32 values that forgets in 500 samples.
    case longAutoregressionFast
    /// The same that forgets in 10 000.
    case longAutoregression
    /// A linear autoregression on 8 values and those of one and two seasons before; forgets in 500 samples.
    case seasonalAutoregressionFast
    /// One on 8 values and those of one and seven seasons and of a long one before; forgets in 500 samples.
    case longSeasonalAutoregressionFast
    /// The same that forgets in 10 000.
    case longSeasonalAutoregression
    /// A linear autoregression of what differs from the long season before, on 24 values; forgets in 10 000 samples.
    case seasonalDifference

    /// What it is called where people read it.
    package var name: String {
        switch self {
        case .network: "network"
        case .persistence: "persistence"
        case .drift: "drift"
        case .mean: "mean"
        case .smoothing: "smoothing"
        case .seasonalNaive: "seasonal-naive"
        case .longSeasonalNaive: "long-seasonal-naive"
        case .seasonalProfile: "seasonal-profile"
        case .longSeasonalProfile: "long-seasonal-profile"
        case .shortAutoregressionFast: "ar-8-fast"
        case .shortAutoregression: "ar-8"
        case .longAutoregressionFast: "ar-32-fast"
        case .longAutoregression: "ar-32"
        case .seasonalAutoregressionFast: "seasonal-ar-fast"
        case .longSeasonalAutoregressionFast: "long-seasonal-ar-fast"
        case .longSeasonalAutoregression: "long-seasonal-ar"
        case .seasonalDifference: "seasonal-difference"
        }
    }

    /// Its bit in a set of experts.
    var bit: UInt64 { 1 << UInt64(rawValue) }
}
