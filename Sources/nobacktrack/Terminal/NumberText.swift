import Glibc

/// Numbers as people read them, in as few columns as the meaning allows.
enum NumberText {
    /// `value` with so many significant digits, without an exponent between 1e-4 and 1e7: `20.41`, `0.003200`,
    /// `12340`, `1.2e+09`; `–` for nil.
    static func significant(_ value: Double?, digits: Int = 4) -> String {
        guard let value else { return "–" }
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        let magnitude = Int(log10(abs(value)).rounded(.down))
        if magnitude < -4 || magnitude >= 7 { return formatted("%.*e", digits - 1, value) }
        return formatted("%.*f", max(0, digits - 1 - magnitude), value)
    }

    /// `value` in so many columns at most, with as many significant digits as fit, up to `digits`.
    static func fitting(_ value: Double, columns: Int, digits: Int) -> String {
        for digits in stride(from: digits, to: 1, by: -1) {
            let text = significant(value, digits: digits)
            if text.count <= columns { return text }
        }
        return significant(value, digits: 1)
    }

    /// `value` with so many decimals; `–` for nil.
    static func fixed(_ value: Double?, decimals: Int) -> String {
        value.map { formatted("%.*f", decimals, $0) } ?? "–"
    }

    /// A length of time in its two largest units: `4 d 3 h`, `2 min 5 s`, `0.4 s`.
    static func duration(seconds: Double) -> String {
        if seconds < 10 { return "\(fixed(seconds, decimals: 1)) s" }
        let whole = Int(min(seconds, 1e12))
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return "\(whole / 60) min \(whole % 60) s"
        case ..<86_400: return "\(whole / 3600) h \(whole % 3600 / 60) min"
        default: return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
        }
    }

    private static func formatted(_ format: String, _ precision: Int, _ value: Double) -> String {
        withVaList([Int32(precision), value]) { arguments in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
                let count = vsnprintf(buffer.baseAddress, buffer.count, format, arguments)
                return String(decoding: buffer.prefix(Int(count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
            }
        }
    }
}
