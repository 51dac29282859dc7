import Glibc
package import NoBackTrackSystem
import Synchronization

/// The real file system until a given call, which fails; it also keeps the list of all calls.
package final class FailingFileSystem: FileSystemCalls {
    /// What goes wrong.
    package enum Fault: Sendable, Equatable {
        /// The call, counted from 0, fails with this error; later ones work.
        case once(call: Int, code: Int32)
        /// The call and all after it fail with this error.
        case fromThenOn(call: Int, code: Int32)
        /// Every call that can be interrupted is so, once, and every transfer moves a single byte.
        case interruptedAndShort
    }

    private struct State {
        var fault: Fault?
        var calls: [String] = []
        var isInterrupted = false
    }

    private let base = LinuxFileSystem()
    private let state: Mutex<State>

    /// A file system with this fault; nil for one that only keeps the list.
    package init(_ fault: Fault? = nil) {
        state = Mutex(State(fault: fault))
    }

    /// The calls so far, such as `rename /a to /b`.
    package var calls: [String] {
        state.withLock { $0.calls }
    }

    /// From now on this goes wrong; calls are counted from the first one of all.
    package func fail(_ fault: Fault) {
        state.withLock { $0.fault = fault }
    }

    /// From now on nothing fails.
    package func repair() {
        state.withLock { $0.fault = nil }
    }

    /// Notes the call and fails if it is its turn.
    private func enter(
        _ call: String, _ path: String, canBeInterrupted: Bool = false
    ) throws(SystemError) {
        let code: Int32? = state.withLock { state in
            let number = state.calls.count
            state.calls.append("\(call) \(path)")
            switch state.fault {
            case .once(number, let code): return code
            case .fromThenOn(let first, let code) where number >= first: return code
            case .interruptedAndShort where canBeInterrupted:
                state.isInterrupted.toggle()
                return state.isInterrupted ? EINTR : nil
            default: return nil
            }
        }
        if let code { throw SystemError(call: call, path: path, code: code) }
    }

    private var isShort: Bool {
        state.withLock { $0.fault == .interruptedAndShort }
    }

    package func open(
        _ path: String, _ flags: Int32, permissions: UInt32
    ) throws(SystemError) -> OpenFile {
        try enter("open", path, canBeInterrupted: true)
        return try base.open(path, flags, permissions: permissions)
    }

    package func read(
        _ file: OpenFile, into buffer: inout [UInt8], from index: Int
    ) throws(SystemError) -> Int {
        try enter("read", file.path, canBeInterrupted: true)
        guard isShort, index < buffer.count else { return try base.read(file, into: &buffer, from: index) }
        var byte: [UInt8] = [0]
        let count = try base.read(file, into: &byte, from: 0)
        if count == 1 { buffer[index] = byte[0] }
        return count
    }

    package func write(_ file: OpenFile, _ bytes: RawSpan) throws(SystemError) -> Int {
        try enter("write", file.path, canBeInterrupted: true)
        return try base.write(file, isShort ? bytes.extracting(first: 1) : bytes)
    }

    package func fsync(_ file: OpenFile) throws(SystemError) {
        try enter("fsync", file.path, canBeInterrupted: true)
        try base.fsync(file)
    }

    package func status(of file: OpenFile) throws(SystemError) -> FileStatus {
        try enter("fstat", file.path)
        return try base.status(of: file)
    }

    package func lock(_ file: OpenFile) throws(SystemError) {
        try enter("flock", file.path, canBeInterrupted: true)
        try base.lock(file)
    }

    package func truncate(_ file: OpenFile, to size: Int64) throws(SystemError) {
        try enter("ftruncate", file.path)
        try base.truncate(file, to: size)
    }

    package func close(_ file: OpenFile) throws(SystemError) {
        // As in the kernel, the descriptor goes even when the call fails.
        try base.close(file)
        try enter("close", file.path)
    }

    package func rename(_ old: String, to new: String) throws(SystemError) {
        try enter("rename", "\(old) to \(new)")
        try base.rename(old, to: new)
    }

    package func unlink(_ path: String) throws(SystemError) {
        try enter("unlink", path)
        try base.unlink(path)
    }

    package func makeDirectory(_ path: String, permissions: UInt32) throws(SystemError) {
        try enter("mkdir", path)
        try base.makeDirectory(path, permissions: permissions)
    }

    package func removeDirectory(_ path: String) throws(SystemError) {
        try enter("rmdir", path)
        try base.removeDirectory(path)
    }

    package func status(at path: String) throws(SystemError) -> FileStatus? {
        try enter("lstat", path)
        return try base.status(at: path)
    }

    package func entries(of directory: String) throws(SystemError) -> [String] {
        try enter("readdir", directory)
        return try base.entries(of: directory)
    }
}
