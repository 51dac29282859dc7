import Glibc

/// Lines over two axes, as an SVG file that a browser or a README shows.
struct LinePlot {
    /// How numbers lie along an axis.
    enum Scale {
        case linear
        case logarithmic
    }

    /// An axis: what is along it, and where it ends.
    struct Axis {
        var title: String
        var scale: Scale
        var range: ClosedRange<Double>
    }

    /// A line, with a band around it where there are several runs.
    struct Line {
        var name: String
        var points: [(x: Double, y: Double)]
        /// The lowest and the highest of all runs at each point; empty: no band.
        var band: [(low: Double, high: Double)] = []
    }

    /// A dashed level across the plot.
    struct Level {
        var name: String
        var y: Double
    }

    var title: String
    var x: Axis
    var y: Axis
    var lines: [Line]
    var level: Level?

    private static let width = 920.0
    private static let height = 520.0
    private static let left = 74.0
    private static let right = 190.0
    private static let top = 48.0
    private static let bottom = 58.0
    /// Okabe & Ito's colours, which people with any colour vision tell apart.
    private static let colours = [
        "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31", "#7F7F7F",
    ]

    /// The SVG's text.
    var svg: String {
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
            font-family="system-ui, sans-serif" font-size="13">
            <rect width="100%" height="100%" fill="white"/>
            <clipPath id="plot"><rect x="\(Self.left)" y="\(Self.top)" width="\(plotWidth)" \
            height="\(plotHeight)"/></clipPath>
            <text x="\(Self.left)" y="28" font-size="17" font-weight="600">\(Self.escaped(title))</text>

            """
        text += grid
        text += "<g clip-path=\"url(#plot)\">\n"
        for (place, line) in lines.enumerated() { text += band(line, Self.colour(place)) }
        for (place, line) in lines.enumerated() { text += path(line, Self.colour(place)) }
        text += "</g>\n"
        if let level { text += dashed(level) }
        text += legend
        return text + "</svg>\n"
    }

    private var plotWidth: Double { Self.width - Self.left - Self.right }
    private var plotHeight: Double { Self.height - Self.top - Self.bottom }

    private static func colour(_ place: Int) -> String { colours[place % colours.count] }

    private static func place(_ value: Double, on axis: Axis) -> Double {
        let (low, high) = (axis.range.lowerBound, axis.range.upperBound)
        switch axis.scale {
        case .linear: return (value - low) / (high - low)
        case .logarithmic: return log(max(value, 1e-300) / low) / log(high / low)
        }
    }

    private func horizontal(_ value: Double) -> String {
        Self.coordinate(Self.left + Self.place(value, on: x) * plotWidth)
    }

    private func vertical(_ value: Double) -> String {
        // A curve far outside still has a coordinate that every viewer can draw.
        let part = min(max(Self.place(value.isFinite ? value : 1e300, on: y), -1), 2)
        return Self.coordinate(Self.top + (1 - part) * plotHeight)
    }

    private static func coordinate(_ value: Double) -> String { NumberText.fixed(value, decimals: 1) }

    private func path(_ line: Line, _ colour: String) -> String {
        let points = line.points.map { "\(horizontal($0.x)),\(vertical($0.y))" }.joined(separator: " ")
        return "<polyline points=\"\(points)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\""
            + " stroke-linejoin=\"round\"/>\n"
    }

    private func band(_ line: Line, _ colour: String) -> String {
        guard line.band.count == line.points.count, !line.band.isEmpty else { return "" }
        let upper = zip(line.points, line.band).map { "\(horizontal($0.x)),\(vertical($1.high))" }
        let lower = zip(line.points, line.band).map { "\(horizontal($0.x)),\(vertical($1.low))" }
        let outline = (upper + lower.reversed()).joined(separator: " ")
        return "<polygon points=\"\(outline)\" fill=\"\(colour)\" opacity=\"0.13\"/>\n"
    }

    private func dashed(_ level: Level) -> String {
        let height = vertical(level.y)
        return """
            <line x1="\(Self.left)" y1="\(height)" x2="\(Self.left + plotWidth)" y2="\(height)" stroke="#444" \
            stroke-dasharray="6 4"/>
            <text x="\(Self.left + 8)" y="\(height)" dy="-5" fill="#444">\(Self.escaped(level.name))</text>

            """
    }

    /// The names beside the ends of their lines, moved apart where they would meet.
    private var legend: String {
        var ends = lines.enumerated().map { place, line in
            let last = line.points.last?.y ?? y.range.lowerBound
            let part = min(max(Self.place(last.isFinite ? last : 1e300, on: y), 0), 1)
            return (place: place, height: Self.top + (1 - part) * plotHeight)
        }.sorted { $0.height < $1.height }
        for i in ends.indices.dropFirst() { ends[i].height = max(ends[i].height, ends[i - 1].height + 17) }
        let excess = (ends.last?.height ?? 0) - (Self.top + plotHeight)
        if excess > 0 { for i in ends.indices { ends[i].height -= excess } }
        for i in ends.indices.dropLast().reversed() {
            ends[i].height = min(ends[i].height, ends[i + 1].height - 17)
        }
        return ends.map { end in
            let x = Self.left + plotWidth + 10
            return
                "<text x=\"\(x)\" y=\"\(Self.coordinate(end.height))\" dy=\"4\" font-weight=\"600\" fill=\""
                + "\(Self.colour(end.place))\">\(Self.escaped(lines[end.place].name))</text>\n"
        }.joined()
    }

    private var grid: String {
        var text = ""
        for tick in Self.ticks(y) {
            let height = vertical(tick)
            text += """
                <line x1="\(Self.left)" y1="\(height)" x2="\(Self.left + plotWidth)" y2="\(height)" \
                stroke="#e3e3e3"/>
                <text x="\(Self.left - 8)" y="\(height)" dy="4" text-anchor="end" fill="#333">\
                \(Self.label(tick, y))</text>

                """
        }
        for tick in Self.ticks(x) {
            let place = horizontal(tick)
            text += """
                <line x1="\(place)" y1="\(Self.top)" x2="\(place)" y2="\(Self.top + plotHeight)" \
                stroke="#efefef"/>
                <text x="\(place)" y="\(Self.top + plotHeight + 20)" text-anchor="middle" fill="#333">\
                \(Self.label(tick, x))</text>

                """
        }
        let middle = Self.coordinate(Self.top + plotHeight / 2)
        return text + """
            <text x="\(Self.left + plotWidth / 2)" y="\(Self.height - 14)" text-anchor="middle">\
            \(Self.escaped(x.title))</text>
            <text transform="translate(18 \(middle)) rotate(-90)" text-anchor="middle">\
            \(Self.escaped(y.title))</text>

            """
    }

    /// Round numbers along an axis, about six of them, or powers of ten.
    static func ticks(_ axis: Axis) -> [Double] {
        let (low, high) = (axis.range.lowerBound, axis.range.upperBound)
        switch axis.scale {
        case .linear:
            let raw = (high - low) / 6
            let power = pow(10, floor(log10(raw)))
            let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? raw
            let first = Int((low / step).rounded(.up))
            let last = Int((high / step).rounded(.down))
            return first <= last ? (first...last).map { Double($0) * step } : []
        case .logarithmic:
            let first = Int(log10(low).rounded(.up))
            let last = Int(log10(high).rounded(.down))
            guard first <= last else { return [] }
            let stride = (last - first) / 8 + 1
            return (first...last).filter { ($0 - first) % stride == 0 }.map { pow(10, Double($0)) }
        }
    }

    private static func label(_ tick: Double, _ axis: Axis) -> String {
        if axis.scale == .logarithmic, tick < 1e-3 || tick >= 1e4 {
            return "10<tspan dy=\"-5\" font-size=\"10\">\(Int(log10(tick).rounded()))</tspan>"
        }
        if tick != 0, axis.range.upperBound >= 1e6 { return shortened(tick / 1e6) + " M" }
        return shortened(tick)
    }

    private static func shortened(_ value: Double) -> String {
        var text = NumberText.fixed(value, decimals: 4)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
        return result
    }
}
