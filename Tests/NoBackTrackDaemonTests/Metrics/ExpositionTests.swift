import NoBackTrackWire
import Testing

@testable import NoBackTrackDaemon

@Suite struct ExpositionTests {
    private func text(
        _ format: MetricsFormat, _ family: MetricDeclaration, _ samples: [MetricSample]
    ) -> String {
        var writer = ExpositionWriter(format)
        writer.write(family, samples)
        return writer.finish()
    }

    /// What follows the declaration of a family.
    private func lines(_ family: MetricDeclaration, _ samples: [MetricSample]) -> [String] {
        text(.prometheus, family, samples).split(separator: "\n").filter { !$0.hasPrefix("#") }.map(
            String.init)
    }

    @Test func bothFormatsComeFromOneDeclaration() {
        let family = MetricDeclaration("a_seconds", .counter, labels: ["b"], "Say \"c\\d\".")
        let samples = [MetricSample(.number(0.25), ["x"]), MetricSample(.whole(3), ["y"])]
        #expect(
            text(.openMetrics, family, samples) == #"""
                # TYPE nobacktrackd_a_seconds counter
                # UNIT nobacktrackd_a_seconds seconds
                # HELP nobacktrackd_a_seconds Say \"c\\d\".
                nobacktrackd_a_seconds_total{b="x"} 0.25
                nobacktrackd_a_seconds_total{b="y"} 3
                # EOF

                """#)
        #expect(
            text(.prometheus, family, samples) == #"""
                # HELP nobacktrackd_a_seconds_total Say "c\\d".
                # TYPE nobacktrackd_a_seconds_total counter
                nobacktrackd_a_seconds_total{b="x"} 0.25
                nobacktrackd_a_seconds_total{b="y"} 3

                """#)
    }

    @Test func informationIsAGaugeInTheClassicFormat() {
        let family = MetricDeclaration("a", .info, labels: ["b"], "c.")
        let samples = [MetricSample(.whole(1), ["x"])]
        #expect(text(.openMetrics, family, samples).hasPrefix("# TYPE nobacktrackd_a info\n"))
        #expect(text(.prometheus, family, samples).contains("# TYPE nobacktrackd_a_info gauge\n"))
        #expect(lines(family, samples) == ["nobacktrackd_a_info{b=\"x\"} 1"])
    }

    @Test func aFamilyWithoutSeriesIsNotThere() {
        #expect(text(.openMetrics, MetricDeclaration("a", .gauge, "b."), []) == "# EOF\n")
        #expect(text(.prometheus, MetricDeclaration("a", .gauge, "b."), []) == "")
    }

    @Test(arguments: [
        ("a\"b", #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("a\r\nb", "a\r\\nb"), ("é}{,", "é}{,"),
        (#"\n"#, #"\\n"#), ("", ""),
    ])
    func labelsAreEscaped(_ value: String, _ escaped: String) {
        let family = MetricDeclaration("a", .gauge, labels: ["b", "c"], "d.")
        #expect(
            lines(family, [MetricSample(.whole(0), [value, "e"])])
                == ["nobacktrackd_a{b=\"\(escaped)\",c=\"e\"} 0"])
    }

    @Test(arguments: [
        (0.1 + 0.2, "0.30000000000000004"), (1e-6, "1e-06"), (3, "3"), (-0.0, "0"), (-2.5, "-2.5"),
        (1e300, "1e+300"),
        (9_007_199_254_740_992, "9007199254740992.0"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
        (.nan, "NaN"),
    ])
    func numbersAreExact(_ number: Double, _ expected: String) {
        #expect(
            lines(MetricDeclaration("a", .gauge, "b."), [MetricSample(.number(number))])
                == ["nobacktrackd_a \(expected)"])
    }

    @Test func wholeNumbersAreExact() {
        #expect(
            lines(MetricDeclaration("a", .counter, "b."), [MetricSample(.whole(.max))])
                == ["nobacktrackd_a_total 18446744073709551615"])
    }

    @Test func bucketsOfAHistogramAddUp() {
        var histogram = DurationHistogram()
        for nanoseconds: UInt64 in [0, 1000, 1001, 2000, 2001, 1_048_576_000, 1_048_576_001, .max >> 1] {
            histogram.record(nanoseconds)
        }
        // Twelve that took 3 µs each.
        histogram.record(36_000, of: 12)
        let counts: [UInt64] = [2, 4, 17] + Array(repeating: 17, count: 17) + [18]
        #expect(histogram.cumulative == counts)
        #expect(histogram.count == 20)
        let lines = lines(
            MetricDeclaration("a_seconds", .histogram, "b."), [MetricSample(.histogram(histogram))])
        #expect(lines.count == 24)
        #expect(
            lines.prefix(3).map { $0 } == [
                "nobacktrackd_a_seconds_bucket{le=\"1e-06\"} 2",
                "nobacktrackd_a_seconds_bucket{le=\"2e-06\"} 4",
                "nobacktrackd_a_seconds_bucket{le=\"4e-06\"} 17",
            ])
        #expect(lines[20] == "nobacktrackd_a_seconds_bucket{le=\"1.048576\"} 18")
        #expect(lines[21] == "nobacktrackd_a_seconds_bucket{le=\"+Inf\"} 20")
        #expect(lines[22] == "nobacktrackd_a_seconds_count 20")
        #expect(lines[23] == "nobacktrackd_a_seconds_sum \(histogram.seconds)")
    }

    @Test func histogramsOfSeveralThreadsAreOne() {
        var (first, second, both) = (DurationHistogram(), DurationHistogram(), DurationHistogram())
        for nanoseconds: UInt64 in stride(from: 1, to: 100_000, by: 777) {
            if nanoseconds % 2 == 0 { first.record(nanoseconds) } else { second.record(nanoseconds, of: 3) }
            both.record(nanoseconds, of: nanoseconds % 2 == 0 ? 1 : 3)
        }
        first.merge(second)
        #expect(first == both)
    }
}
