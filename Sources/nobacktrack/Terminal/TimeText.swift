import Glibc

/// Times as the clock on the wall shows them.
enum TimeText {
    /// The time of day if `time` is on the day of `now`, else date and time, in the local time zone; `–` for nil.
    ///
    /// - Parameters:
    ///   - time: Epoch seconds.
    ///   - now: Epoch seconds of the present.
    static func local(_ time: Double?, now: Double) -> String {
        guard let time, let moment = calendar(time) else { return "–" }
        let clock = "\(two(moment.tm_hour)):\(two(moment.tm_min)):\(two(moment.tm_sec))"
        if let today = calendar(now), today.tm_yday == moment.tm_yday, today.tm_year == moment.tm_year {
            return clock
        }
        return "\(Int(moment.tm_year) + 1900)-\(two(moment.tm_mon + 1))-\(two(moment.tm_mday)) \(clock)"
    }

    private static func calendar(_ time: Double) -> tm? {
        guard time.magnitude < 1e12 else { return nil }
        var seconds = time_t(time.rounded(.down))
        var moment = tm()
        return localtime_r(&seconds, &moment) == nil ? nil : moment
    }

    private static func two(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
