import NoBackTrackWire
import Testing

@testable import nobacktrack

struct WatchViewTests {
    static func event(
        _ step: UInt64, channels: [String] = ["temp"], horizons: [Int] = [1, 10], warming: Warming? = nil,
        dropped: UInt64? = nil
    ) -> ForecastMessage {
        .event(
            stream: "boiler", step: step, time: nil, warming: warming, score: warming == nil ? 0.5 : nil,
            dropped: dropped,
            forecasts: channels.flatMap { channel in
                horizons.map { horizon in
                    HeadForecast(
                        channel: channel, horizon: horizon, mean: 20 + Double(step),
                        lower: warming == nil ? 19 + Double(step) : nil,
                        upper: warming == nil ? 22 + Double(step) : nil, level: 0.9)
                }
            })
    }

    @Test func singleChannelShowsEveryHorizon() {
        var view = WatchView(channels: nil, horizons: nil)
        _ = view.text(for: Self.event(1), columns: nil, now: 0)
        let line = view.text(for: Self.event(2), columns: nil, now: 0)
        #expect(
            line
                == "   2  ███    0.50     22.00 [21.00, 24.00]             ▁█     22.00 [21.00, 24.00]             ▁█\n"
        )
    }

    @Test func headingNamesColumnsAndComesBack() {
        var view = WatchView(channels: nil, horizons: nil)
        let headings = (1...100).filter {
            view.text(for: Self.event(UInt64($0)), columns: nil, now: 0).contains("temp +1 ")
        }
        #expect(headings == [1, 25, 49, 73, 97])
    }

    @Test func severalChannelsShowTheNearestHorizon() {
        var view = WatchView(channels: nil, horizons: nil)
        let text = view.text(for: Self.event(1, channels: ["temp", "flow"]), columns: nil, now: 0)
        #expect(text.contains("temp +1"))
        #expect(text.contains("flow +1"))
        #expect(!text.contains("+10"))
        #expect(text.contains("holds 90 % of values"))
    }

    @Test func choiceOfChannelsAndHorizons() {
        var view = WatchView(channels: ["flow"], horizons: [10])
        let text = view.text(for: Self.event(1, channels: ["temp", "flow"]), columns: nil, now: 0)
        #expect(text.contains("flow +10"))
        #expect(!text.contains("temp"))
        #expect(!text.contains("flow +1 "))
    }

    @Test func warmingIsSaidAndNoIntervalIsMadeUp() {
        var view = WatchView(channels: nil, horizons: nil)
        let text = view.text(
            for: Self.event(3, warming: Warming(seen: 3, needed: 64)), columns: nil, now: 0)
        #expect(text.contains("warming 4%"))
        #expect(text.contains("23.00 ±? "))
        let narrow = view.text(for: Self.event(4, warming: Warming(seen: 4, needed: 64)), columns: 90, now: 0)
        #expect(narrow.contains("±?"))
    }

    @Test func lostEventsAreCounted() {
        var view = WatchView(channels: nil, horizons: nil)
        #expect(
            view.text(for: Self.event(9, dropped: 5), columns: nil, now: 0).contains("… 5 samples not shown"))
        #expect(!view.text(for: Self.event(9, dropped: 0), columns: nil, now: 0).contains("not shown"))
    }

    @Test(arguments: [60, 80, 100, 120, 160, 200, 240, 300])
    func linesFitTheTerminal(_ columns: Int) {
        let channels = ["a", "b", "c", "d", "a_rather_long_channel_name", "f"]
        var view = WatchView(channels: nil, horizons: nil)
        var steps: [UInt64] = [1, 2, 1_000_000]
        steps.append(.max)
        for step in steps {
            let text = view.text(for: Self.event(step, channels: channels), columns: columns, now: 0)
            // The first line explains; a terminal may wrap it.
            for line in text.split(separator: "\n") where !line.hasPrefix("boiler:") {
                #expect(line.count <= columns, "\(line)")
            }
            let shown = channels.filter { channel in text.contains(" \(channel) +1") }.count
            let isComplete = !text.contains("do not fit")
            if text.contains("surprise") && columns >= 160 { #expect(isComplete == (shown >= 5)) }
        }
    }

    @Test func hugeValuesKeepTheColumnsApart() {
        var event = Self.event(1)
        event.forecasts = [
            HeadForecast(channel: "x", horizon: 1, mean: -1.5e300, lower: -2e300, upper: 1e300, level: 0.9)
        ]
        var view = WatchView(channels: nil, horizons: nil)
        #expect(view.text(for: event, columns: 80, now: 0).contains(" -2e+300 [-2e+300, 1.0e+300]"))
    }

    private static func symbolEvent(_ step: UInt64, dropped: UInt64? = nil) -> ForecastMessage {
        ForecastMessage(
            event: "forecast", stream: "letters", step: step, score: 0.5, bits: 1.25, dropped: dropped,
            probabilities: SymbolProbabilities(
                (0..<20).map { .init(symbol: $0, probability: 0.05 - Double($0) / 1000) }))
    }

    @Test func symbolsHaveTheirBitsAndTheLikeliestNextOnes() {
        var view = WatchView(channels: nil, horizons: nil)
        let text = view.text(for: Self.symbolEvent(1), columns: 60, now: 0)
        #expect(
            text == """

                letters: bits of each symbol, and the likeliest next ones
                step  surprise      bits  next
                   1  ███    0.50   1.25  \\x00 0.05  \\x01 0.05  \\x02 0.05

                """)
        #expect(view.text(for: Self.symbolEvent(2), columns: nil, now: 0).contains("\\x07") == true)
        #expect(view.text(for: Self.symbolEvent(9, dropped: 6), columns: 60, now: 0).hasPrefix("… 6 samples"))
    }

    @Test func headingOverSymbolsComesBack() {
        var view = WatchView(channels: nil, horizons: nil)
        let headings = (1...100).filter {
            view.text(for: Self.symbolEvent(UInt64($0)), columns: nil, now: 0).contains("surprise")
        }
        #expect(headings == [1, 25, 49, 73, 97])
    }

    @Test(arguments: [40, 60, 80, 120, 200]) func symbolLinesFitTheTerminal(_ columns: Int) {
        var view = WatchView(channels: nil, horizons: nil)
        for step: UInt64 in [1, 1_000_000] {
            for line in view.text(for: Self.symbolEvent(step), columns: columns, now: 0).split(
                separator: "\n")
            where !line.hasPrefix("letters:") {
                #expect(line.count <= columns, "\(line)")
            }
        }
    }
}
