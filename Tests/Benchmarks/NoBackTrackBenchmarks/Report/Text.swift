import NoBackTrackTestSupport

/// Numbers as people read them.
enum Text {
    /// Three significant digits, without an exponent.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let magnitude = value.magnitude
        let decimals =
            magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : magnitude >= 0.1 ? 3 : 4
        return fixed(value, decimals: decimals)
    }

    /// So many digits after the point.
    static func fixed(_ value: Double, decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int((value.magnitude * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(scaled)" }
        let digits = "\(scaled)"
        let filled = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(sign)\(filled.dropLast(decimals)).\(filled.suffix(decimals))"
    }

    /// The median and the middle half, such as `2.31 (2.25…2.40)`.
    static func spread(_ quartiles: Quartiles) -> String {
        "\(number(quartiles.median)) (\(number(quartiles.lower))…\(number(quartiles.upper)))"
    }
}
