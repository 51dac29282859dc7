import NoBackTrack
import NoBackTrackDaemon

/// The forecasts of one target at one horizon over a part of a stream, beside what came, to be drawn.
struct ForecastTrace: Sendable {
    /// Which forecasts.
    struct Selection: Sendable {
        /// The channel; nil: the first target.
        var target: String?
        /// Samples ahead; nil: the nearest.
        var horizon: Int?
        /// Samples by number, from 1 on; nil: the newest ``newest``.
        var samples: ClosedRange<Int>?

        /// Samples that are drawn when nobody says which.
        static let newest = 300
    }

    /// A sample, and the forecast that was made of it.
    private struct Point {
        /// Its number, from 1 on.
        var number: Int
        var value: Double
        var forecast: Forecast
    }

    private let title: String
    private let target: String
    private let head: Int
    private let horizon: Int
    private let channel: Int
    private let numbers: ClosedRange<Int>
    private var points: [Point] = []

    /// A trace of nothing yet; nil when the stream has no such forecasts.
    init?(_ selection: Selection, of stream: NewStream, samples: Int) {
        let horizons = stream.configuration.learner.horizons
        let names = stream.targets.map { stream.channels[$0] }
        guard let place = selection.target.map({ names.firstIndex(of: $0) }) ?? 0,
            let rank = selection.horizon.map({ horizons.firstIndex(of: $0) }) ?? 0, samples > 0
        else { return nil }
        head = place * horizons.count + rank
        horizon = horizons[rank]
        channel = stream.targets[place]
        target = names[place]
        title = "\(stream.name): \(names[place]), \(horizon) ahead"
        numbers = selection.samples ?? max(samples - Selection.newest + 1, 1)...samples
    }

    /// Takes the forecast made after a sample, if what it is of is in the selected part.
    ///
    /// - Parameter sample: Place of the newest sample, from 0 on.
    mutating func take<Learner>(
        _ sample: Int, _ evaluation: Prequential<Learner>, _ stream: Recording.Stream
    ) {
        let number = sample + horizon + 1
        guard numbers.contains(number), number <= stream.sampleCount else { return }
        let value = stream.values[stream.range(of: number - 1).lowerBound + channel]
        points.append(Point(number: number, value: value, forecast: evaluation.newest(head: head)))
    }

    /// The observed line and the forecasts in their intervals; nil where there is nothing to draw.
    func svg(level: Double) -> String? {
        var observed = LinePlot.Line(name: "observed", points: [])
        var forecast = LinePlot.Line(name: "forecast", points: [])
        for point in points {
            let x = Double(point.number)
            if point.value.isFinite { observed.points.append((x, Self.drawable(point.value))) }
            let made = point.forecast
            guard made.mean.isFinite else { continue }
            forecast.points.append((x, Self.drawable(made.mean)))
            let hasInterval = made.lower <= made.upper
            forecast.band.append(
                (
                    low: Self.drawable(hasInterval ? made.lower : made.mean),
                    high: Self.drawable(hasInterval ? made.upper : made.mean)
                ))
        }
        let heights = observed.points.map(\.y) + forecast.band.flatMap { [$0.low, $0.high] }
        guard let low = heights.min(), let high = heights.max(), let first = points.first?.number,
            let last = points.last?.number
        else { return nil }
        let margin = max((high - low) * 0.06, max(low.magnitude, high.magnitude) * 1e-6, 1e-12)
        return LinePlot(
            title: "\(title), intervals of \(NumberText.fixed(level * 100, decimals: 0)) %",
            x: .init(title: "sample", scale: .linear, range: Double(first)...Double(max(last, first + 1))),
            y: .init(title: target, scale: .linear, range: low - margin...high + margin),
            lines: [observed, forecast], level: nil
        ).svg
    }

    /// A number whose differences are finite too.
    private static func drawable(_ value: Double) -> Double { min(max(value, -1e100), 1e100) }
}
