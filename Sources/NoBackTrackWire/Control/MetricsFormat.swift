/// A text format of metrics. The raw values are promised to users.
package enum MetricsFormat: String, Sendable, CaseIterable {
    /// OpenMetrics 1.0.
    case openMetrics = "openmetrics"
    /// Prometheus' text format 0.0.4, in which counters and `info` are declared otherwise and units not at all.
    case prometheus

    /// What an HTTP answer with such a text says it is.
    package var contentType: String {
        switch self {
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        }
    }
}
