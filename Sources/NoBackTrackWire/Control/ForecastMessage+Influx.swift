extension ForecastMessage {
    /// Appends the forecasts in InfluxDB line protocol, one line for every head, each with its newline.
    package func appendInflux(to bytes: inout [UInt8]) {}
}
