extension ForecastMessage {
    /// Appends the forecasts in InfluxDB line protocol, one line for every head, each with its newline:
    /// `boiler,site=a,channel=temp,horizon=10 mean=20.4,lower=19.9,upper=20.9,step=1234i 1763935200500000000`.
    ///
    /// The measurement and its tags are the stream's name taken apart, or all of the name when it is not a
    /// series; should the series have a tag `channel` or `horizon` itself, ours are `forecast_channel` and
    /// `forecast_horizon`. What is not known is left out: an interval while the stream warms up, the time when the
    /// sample did not say.
    ///
    /// A symbol stream has one line for every symbol, `letters,symbol=a probability=0.7,step=12i`, its tag written as
    /// ``SymbolText`` says, but for the backslash, which is `\x5c`.
    package func appendInflux(to bytes: inout [UInt8]) {
        let name = Array(stream.utf8)
        let series = InfluxSeries(name.span)
        var prefix: [UInt8] = []
        // In a series, commas and equals signs are where they belong.
        prefix.append(influx: name, escaping: series == nil ? [UInt8(ascii: ",")] : [])
        var suffix: [UInt8] = []
        suffix.append(text: ",step=")
        suffix.append(decimal: step)
        suffix.append(text: "i")
        if let time, let nanoseconds = Self.nanoseconds(time) {
            suffix.append(UInt8(ascii: " "))
            suffix.append(decimal: nanoseconds)
        }
        suffix.append(UInt8(ascii: "\n"))
        if let probabilities {
            prefix.append(text: series?.hasTag("symbol") == true ? ",forecast_symbol=" : ",symbol=")
            Self.append(probabilities, prefix, suffix, to: &bytes)
        } else {
            let channelTag: StaticString =
                series?.hasTag("channel") == true ? ",forecast_channel=" : ",channel="
            let horizonTag: StaticString =
                series?.hasTag("horizon") == true ? ",forecast_horizon=" : ",horizon="
            append(prefix, channelTag, horizonTag, suffix, to: &bytes)
        }
    }

    private func append(
        _ prefix: [UInt8], _ channelTag: StaticString, _ horizonTag: StaticString, _ suffix: [UInt8],
        to bytes: inout [UInt8]
    ) {
        for forecast in forecasts where forecast.mean.isFinite {
            bytes += prefix
            // A tag cannot be empty, a channel's name can.
            if !forecast.channel.isEmpty {
                bytes.append(text: channelTag)
                bytes.append(influx: Array(forecast.channel.utf8), escaping: Self.tagSeparators)
            }
            bytes.append(text: horizonTag)
            bytes.append(decimal: forecast.horizon)
            bytes.append(text: " mean=")
            bytes.append(shortest: forecast.mean)
            if let lower = forecast.lower, lower.isFinite {
                bytes.append(text: ",lower=")
                bytes.append(shortest: lower)
            }
            if let upper = forecast.upper, upper.isFinite {
                bytes.append(text: ",upper=")
                bytes.append(shortest: upper)
            }
            bytes += suffix
        }
    }

    private static func append(
        _ probabilities: SymbolProbabilities, _ prefix: [UInt8], _ suffix: [UInt8], to bytes: inout [UInt8]
    ) {
        for entry in probabilities.entries where entry.probability.isFinite {
            bytes += prefix
            // Two backslashes would be read as one of them escaping what follows.
            let isBackslash = entry.symbol == UInt8(ascii: "\\")
            let text = isBackslash ? SymbolText.hexadecimal(entry.symbol) : SymbolText.escape(entry.symbol)
            bytes.append(influx: Array(text.utf8), escaping: tagSeparators)
            bytes.append(text: " probability=")
            bytes.append(shortest: entry.probability)
            bytes += suffix
        }
    }

    /// What has to be escaped in a tag, beside spaces.
    private static let tagSeparators = [UInt8(ascii: ","), UInt8(ascii: "=")]

    /// Seconds as whole nanoseconds; nil when they do not fit into 64 bits.
    private static func nanoseconds(_ seconds: Double) -> Int? {
        // In two parts: the product of the whole would lose what the fraction has.
        guard let whole = Int(exactly: seconds.rounded(.down)) else { return nil }
        let fraction = Int(((seconds - Double(whole)) * 1e9).rounded())
        let (product, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(fraction)
        return overflow || carry ? nil : sum
    }
}

extension [UInt8] {
    /// Appends a measurement, tag or series, escaping spaces and the characters given.
    ///
    /// A line break would end the line, so it becomes `\n` as Telegraf writes it; a backslash at the end would escape
    /// what follows, and there is no way to write it, so it is left out.
    fileprivate mutating func append(influx text: [UInt8], escaping: [UInt8]) {
        let end = (text.lastIndex { $0 != UInt8(ascii: "\\") } ?? -1) + 1
        for byte in text[..<end] {
            switch byte {
            case UInt8(ascii: "\n"): append(text: "\\n")
            case UInt8(ascii: "\r"): append(text: "\\r")
            default:
                if byte == UInt8(ascii: " ") || escaping.contains(byte) { append(UInt8(ascii: "\\")) }
                append(byte)
            }
        }
    }
}
