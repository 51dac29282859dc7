import Glibc
import Testing

@testable import NoBackTrackWire

struct TimeTextTests {
    @Test(arguments: [
        ("0", 0), ("1763935200.5", 1_763_935_200.5), ("-1", -1), ("1.7639352e9", 1_763_935_200),
        ("1970-01-01", 0), ("1970-01-01T00:00:00Z", 0), ("1970-01-01 00:00", 0), ("1969-12-31T23:59:59Z", -1),
        ("2016-07-01 00:00:00", 1_467_331_200), ("2025-11-23T22:00:00Z", 1_763_935_200),
        ("2025-11-23t22:00:00z", 1_763_935_200), ("2025-11-23T22:00:00.5Z", 1_763_935_200.5),
        ("2025-11-23T23:30:00+01:30", 1_763_935_200), ("2025-11-23T20:00:00-0200", 1_763_935_200),
        ("2025-11-23T20:00:00-02", 1_763_935_200), ("2025-11-23 22:00:00.123456", 1_763_935_200.123456),
        ("2025-11-23T22:00:00.12345678901234567890Z", 1_763_935_200.123456789), ("2000-02-29", 951_782_400),
        ("2016-12-31T23:59:60Z", 1_483_228_800), ("0000-03-01", -62_162_035_200),
        ("0000-01-01", -62_167_219_200),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
    ])
    func timesAreRead(text: String, seconds: Double) {
        #expect(TimeText.seconds(of: Array(text.utf8).span) == seconds)
    }

    @Test(arguments: [
        "", "x", "1e999", "nan", "1 2", "2025-1-1x", "2025-11-23x", "2025-11-23T", "2025-11-23T22",
        "2025-11-23T22:", "2025-11-23T24:00:00Z", "2025-11-23T22:60:00Z", "2025-11-23T22:00:61Z",
        "2025-11-23T22:00:00.Z", "2025-11-23T22:00:00+", "2025-11-23T22:00:00+25:00",
        "2025-11-23T22:00:00+01:60",
        "2025-11-23T22:00:00Zx", "2025-13-01", "2025-00-01", "2025-02-29", "1900-02-29", "2025-04-31",
        "2025-01-00",
        "2025/01/01", "01.02.2025", "2025-11-23  22:00:00", " 2025-11-23",
    ])
    func whatIsNoTimeIsNone(text: String) {
        #expect(TimeText.seconds(of: Array(text.utf8).span) == nil)
    }

    @Test func everyDayAgreesWithTheCLibrary() {
        for day in stride(from: -700_000, through: 2_900_000, by: 13) {
            var seconds = time_t(day) * 86_400
            var parts = tm()
            gmtime_r(&seconds, &parts)
            let text = [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday].enumerated().map {
                place, part in
                String(repeating: "0", count: max(0, (place == 0 ? 4 : 2) - "\(part)".count)) + "\(part)"
            }.joined(separator: "-")
            guard text.count == 10 else { continue }
            #expect(TimeText.seconds(of: Array(text.utf8).span) == Double(seconds))
        }
    }
}
