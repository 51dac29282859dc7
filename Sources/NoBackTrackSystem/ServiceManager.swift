import CSystemd
import Glibc

/// What systemd and this process tell each other. Nothing here does anything without systemd.
package enum ServiceManager {
    /// Sends assignments, one a line, such as `READY=1` or `STATUS=…`, to the service manager.
    ///
    /// Losing one is not worth stopping for: whoever relies on it, the watchdog say, acts by itself.
    ///
    /// - Returns: whether a service manager was there and took it.
    @discardableResult
    package static func notify(_ lines: String) -> Bool {
        sd_notify(0, lines) > 0
    }

    /// Has the service manager keep descriptors under a name until the next start, where they are handed over
    /// again. Those that it has no room for are closed.
    ///
    /// - Returns: whether a service manager was there and took the message; the descriptors stay the caller's.
    package static func store(_ descriptors: [Int32], name: String) -> Bool {
        // The kernel takes 253 at a time.
        for start in stride(from: 0, to: descriptors.count, by: 200) {
            var part = Array(descriptors[start..<min(start + 200, descriptors.count)])
            guard
                sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDPOLL=0\nFDNAME=\(name)", &part, UInt32(part.count))
                    > 0
            else { return false }
        }
        return true
    }

    /// Has the service manager close the descriptors of a name that it keeps.
    package static func removeStored(name: String) { notify("FDSTOREREMOVE=1\nFDNAME=\(name)") }

    /// The sockets that were handed over, by the names of `FileDescriptorName=`, in the order of their
    /// descriptors, which is not the order in the unit file. They are closed on exec.
    ///
    /// - Throws: when the environment announces sockets that are not there.
    package static func listenSockets() throws(SystemError) -> [HandedOverSocket] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        // The variables stay set: removing them is not safe once there are threads, and LISTEN_PID keeps
        // children from taking them for theirs.
        let count = sd_listen_fds_with_names(0, &names)
        guard count >= 0 else {
            throw SystemError(
                call: "sd_listen_fds_with_names", path: nil, code: -count,
                advice: "LISTEN_FDS or LISTEN_FDNAMES does not fit the descriptors that were passed")
        }
        defer {
            for index in 0..<Int(count) { free(names?[index]) }
            free(names)
        }
        // SD_LISTEN_FDS_START is a macro that Swift does not import.
        let first: Int32 = 3
        return (0..<count).map { index in
            HandedOverSocket(
                name: names?[Int(index)].map { String(cString: $0) } ?? "unknown", descriptor: first + index)
        }
    }

    /// How long the service manager waits for `WATCHDOG=1` before it acts; nil when it does not watch this
    /// process. Send it at half this interval.
    package static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0, microseconds > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    /// Whether systemd started this very process, rather than a shell that it was started from.
    package static var isUnderSystemd: Bool {
        getenv("SYSTEMD_EXEC_PID").flatMap { Int32(String(cString: $0)) } == getpid()
            || getenv("NOTIFY_SOCKET") != nil
    }
}
