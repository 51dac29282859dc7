import Testing

@testable import nobacktrack

struct TextTests {
    @Test(
        arguments: [
            (nil, "–"), (0, "0"), (-0.0, "0"), (20.414, "20.41"), (-3.2, "-3.200"), (0.0032, "0.003200"),
            (12_340, "12340"), (9_999_999, "9999999"), (12_345_678, "1.235e+07"), (0.00001, "1.000e-05"),
            (1e300, "1.000e+300"), (.nan, "nan"), (-.infinity, "-inf"),
            (.leastNonzeroMagnitude, "4.941e-324"),
        ] as [(Double?, String)])
    func significant(_ value: Double?, _ expected: String) {
        #expect(NumberText.significant(value) == expected)
    }

    @Test(
        arguments: [
            (0.04, "0.0 s"), (9.94, "9.9 s"), (10, "10 s"), (125, "2 min 5 s"), (3600, "1 h 0 min"),
            (100_000, "1 d 3 h"),
            (1e300, "11574074 d 1 h"),
        ] as [(Double, String)])
    func duration(_ seconds: Double, _ expected: String) {
        #expect(NumberText.duration(seconds: seconds) == expected)
    }

    @Test(
        arguments: [
            ([], ""), ([nil], " "), ([5], "▅"), ([0, 1], "▁█"), ([0, 7, 3.5, nil, 0], "▁█▅ ▁"),
            ([-1e308, 0, 1e308], "▁▅█"),
        ] as [([Double?], String)])
    func sparkline(_ values: [Double?], _ expected: String) {
        #expect(BarText.sparkline(values) == expected)
    }

    @Test(
        arguments: [
            (nil, "    "), (0, "    "), (1, "████"), (7, "████"), (-1, "    "), (0.5, "██  "),
            (0.53125, "██▏ "),
        ] as [(Double?, String)])
    func bar(_ fraction: Double?, _ expected: String) {
        #expect(BarText.bar(fraction, columns: 4) == expected)
    }

    @Test func tableAligns() {
        var table = TextTable([("name", .left), ("n", .right), ("end", .left)])
        table.append(["a", "100", ""])
        table.append(["längstes", "1", "–"])
        #expect(
            table.text == """
                name        n  end
                a         100
                längstes    1  –

                """)
    }
}
