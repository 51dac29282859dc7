extension ForecastMessage {
    /// Appends the message as JSON, without a newline. Quick, for it is done for every sample.
    ///
    /// What is nil is left out, but for `warming` and an interval's ends, which are `null` then.
    package func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        if let ok { bytes.append(text: ok ? "\"ok\":true," : "\"ok\":false,") }
        if let op {
            bytes.append(text: "\"op\":")
            bytes.append(jsonString: op)
            bytes.append(UInt8(ascii: ","))
        }
        if let event {
            bytes.append(text: "\"event\":")
            bytes.append(jsonString: event)
            bytes.append(UInt8(ascii: ","))
        }
        if let id {
            bytes.append(text: "\"id\":")
            id.append(to: &bytes)
            bytes.append(UInt8(ascii: ","))
        }
        bytes.append(text: "\"stream\":")
        bytes.append(jsonString: stream)
        bytes.append(text: ",\"step\":")
        bytes.append(decimal: step)
        bytes.append(time: time, warming: warming, score: score)
        if let bits {
            bytes.append(text: ",\"bits\":")
            bytes.append(jsonNumber: bits)
        }
        if let dropped {
            bytes.append(text: ",\"dropped\":")
            bytes.append(decimal: dropped)
        }
        if let probabilities {
            bytes.append(text: ",\"probabilities\":")
            probabilities.appendJSON(to: &bytes)
            bytes.append(UInt8(ascii: "}"))
            return
        }
        bytes.append(text: ",\"forecasts\":[")
        for (place, forecast) in forecasts.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            forecast.appendJSON(to: &bytes)
        }
        bytes.append(text: "]}")
    }

    /// Appends the message as one line of JSON, with its newline.
    package func appendLine(to bytes: inout [UInt8]) {
        appendJSON(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }
}

extension HeadForecast {
    /// Appends the forecast as JSON.
    func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(text: "{\"channel\":")
        bytes.append(jsonString: channel)
        bytes.append(text: ",\"horizon\":")
        bytes.append(decimal: horizon)
        bytes.append(text: ",\"mean\":")
        bytes.append(jsonNumber: mean)
        bytes.append(text: ",\"lower\":")
        bytes.append(jsonNumber: lower)
        bytes.append(text: ",\"upper\":")
        bytes.append(jsonNumber: upper)
        bytes.append(text: ",\"level\":")
        bytes.append(jsonNumber: level)
        bytes.append(UInt8(ascii: "}"))
    }
}
