import Glibc

/// A system call that failed: which one, on what, why, and, where it is known, what to do about it.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// Name of the system call, such as `rename`.
    package let call: String
    /// What it was applied to; nil when there is no path.
    package let path: String?
    /// The error number, such as `ENOSPC`.
    package let code: Int32
    /// What it means here and the way out, when the error number does not say it.
    package let advice: String?

    /// An error of the given call.
    package init(call: String, path: String?, code: Int32, advice: String? = nil) {
        self.call = call
        self.path = path
        self.code = code
        self.advice = advice ?? Self.commonAdvice(code)
    }

    /// The error of the call that has just returned -1 on this thread.
    static func last(_ call: String, _ path: String?) -> SystemError {
        SystemError(call: call, path: path, code: errno)
    }

    /// Such as `write /var/lib/x: No space left on device (ENOSPC); free some space on that file system`.
    package var description: String {
        let place = path.map { " \($0)" } ?? ""
        let wayOut = advice.map { "; \($0)" } ?? ""
        return "\(call)\(place): \(Self.text(code)) (\(Self.name(code)))\(wayOut)"
    }

    private static func text(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        // For a number it does not know it fails, but still writes "Unknown error" and the number.
        _ = strerror_r(code, &buffer, buffer.count)
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func name(_ code: Int32) -> String {
        names[code] ?? "errno \(code)"
    }

    private static func commonAdvice(_ code: Int32) -> String? {
        switch code {
        case ENOSPC: "free some space on that file system"
        case EDQUOT: "raise the quota or free some space"
        case EROFS: "choose a directory that can be written"
        case EACCES, EPERM: "check owner and permissions"
        case EMFILE, ENFILE: "raise the limit of open files"
        default: nil
        }
    }

    /// The errors that these calls give; glibc has no symbolic names that Swift can import.
    private static let names: [Int32: String] = [
        EPERM: "EPERM", ENOENT: "ENOENT", EINTR: "EINTR", EIO: "EIO", ENXIO: "ENXIO", EBADF: "EBADF",
        EAGAIN: "EAGAIN", ENOMEM: "ENOMEM", EACCES: "EACCES", EFAULT: "EFAULT", EBUSY: "EBUSY",
        EEXIST: "EEXIST", EXDEV: "EXDEV", ENODEV: "ENODEV", ENOTDIR: "ENOTDIR", EISDIR: "EISDIR",
        EINVAL: "EINVAL", ENFILE: "ENFILE", EMFILE: "EMFILE", ENOTTY: "ENOTTY", ETXTBSY: "ETXTBSY",
        EFBIG: "EFBIG", ENOSPC: "ENOSPC", ESPIPE: "ESPIPE", EROFS: "EROFS", EMLINK: "EMLINK",
        EPIPE: "EPIPE", ENAMETOOLONG: "ENAMETOOLONG", ENOLCK: "ENOLCK", ENOSYS: "ENOSYS",
        ENOTEMPTY: "ENOTEMPTY", ELOOP: "ELOOP", EOVERFLOW: "EOVERFLOW", ENOTSOCK: "ENOTSOCK",
        EPROTOTYPE: "EPROTOTYPE", EOPNOTSUPP: "EOPNOTSUPP", EADDRINUSE: "EADDRINUSE",
        ENOTCONN: "ENOTCONN", ECONNREFUSED: "ECONNREFUSED", ECONNRESET: "ECONNRESET",
        ETIMEDOUT: "ETIMEDOUT", ESTALE: "ESTALE", EDQUOT: "EDQUOT",
    ]
}
