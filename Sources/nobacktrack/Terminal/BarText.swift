/// Small pictures of numbers, made of block characters one column wide.
enum BarText {
    private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let eighths: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]

    /// One column a value, its height between the smallest and the largest of them; a blank for nil. Values
    /// that are all alike stand at half height.
    static func sparkline(_ values: some Sequence<Double?>) -> String {
        let values = Array(values)
        let known = values.compactMap(\.self)
        guard let least = known.min(), let most = known.max() else {
            return String(repeating: " ", count: values.count)
        }
        return String(
            values.map { value in
                guard let value else { return " " }
                // Halved, so that the span of two huge numbers of opposite sign is finite.
                let span = most / 2 - least / 2
                let height = span > 0 ? (value / 2 - least / 2) / span : 0.5
                return levels[min(Int(height * Double(levels.count)), levels.count - 1)]
            })
    }

    /// A bar that is full at 1 and empty at 0 (or nil), in so many columns.
    static func bar(_ fraction: Double?, columns: Int) -> String {
        let eighth = Int((min(max(fraction ?? 0, 0), 1) * Double(columns * 8)).rounded())
        let full = String(repeating: "█", count: eighth / 8)
        let part = eighth % 8 == 0 ? "" : String(eighths[eighth % 8])
        return (full + part).padded(to: columns)
    }
}
