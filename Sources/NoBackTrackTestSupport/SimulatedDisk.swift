import Glibc
package import NoBackTrackSystem
import Synchronization

/// A file system in memory that forgets in a power failure what Linux may forget.
///
/// What was written to a file since its last `fsync` may be lost or kept block by block, in any order, and in part. What
/// was created, renamed or removed in a directory since its last `fsync` may be lost or kept, each by itself; a file's
/// `fsync` does not save its name. All paths are absolute.
package final class SimulatedDisk: FileSystemCalls {
    /// Bytes that reach the disk together, unless they are torn.
    private static let blockBytes = 512

    /// Something that was done to a file and may be lost.
    private enum Change {
        case write(offset: Int, bytes: ArraySlice<UInt8>)
        case truncate(size: Int)
    }

    /// Something that was done to a directory and may be lost.
    private enum Operation {
        case link(name: String, inode: Int)
        case unlink(name: String)
        case rename(old: String, new: String, inode: Int)
    }

    /// A file or a directory.
    private struct Inode {
        let isDirectory: Bool
        var bytes: [UInt8] = []
        /// The bytes at the last `fsync`.
        var durableBytes: [UInt8] = []
        var changes: [Change] = []
        var entries: [String: Int] = [:]
        /// The entries at the last `fsync`.
        var durableEntries: [String: Int] = [:]
        var operations: [Operation] = []
        /// The descriptor that has the lock.
        var holder: Int32?

        mutating func truncate(to size: Int) {
            if size < bytes.count {
                bytes.removeSubrange(size...)
            } else {
                bytes += [UInt8](repeating: 0, count: size - bytes.count)
            }
            changes.append(.truncate(size: size))
        }

        mutating func write(_ content: [UInt8], at offset: Int) {
            if bytes.count < offset { bytes += [UInt8](repeating: 0, count: offset - bytes.count) }
            bytes.replaceSubrange(offset..<min(bytes.count, offset + content.count), with: content)
            var start = 0
            while start < content.count {
                let block = (offset + start) / SimulatedDisk.blockBytes
                let end = min(content.count, (block + 1) * SimulatedDisk.blockBytes - offset)
                changes.append(.write(offset: offset + start, bytes: content[start..<end]))
                start = end
            }
        }

        mutating func change(_ operation: Operation) {
            Self.apply(operation, to: &entries)
            operations.append(operation)
        }

        static func apply(_ operation: Operation, to entries: inout [String: Int]) {
            switch operation {
            case .link(let name, let inode): entries[name] = inode
            case .unlink(let name): entries[name] = nil
            case .rename(let old, let new, let inode):
                if entries[old] == inode { entries[old] = nil }
                entries[new] = inode
            }
        }

        mutating func synchronize() {
            durableBytes = bytes
            durableEntries = entries
            changes = []
            operations = []
        }

        /// What may be left of it, each change kept with the given probability.
        func survivor(_ probability: Double, _ generator: inout SeededGenerator) -> Inode {
            var left = Inode(isDirectory: isDirectory)
            left.bytes = durableBytes
            for change in changes where Double.random(in: 0..<1, using: &generator) < probability {
                switch change {
                case .truncate(let size): left.truncate(to: size)
                case .write(let offset, let bytes):
                    let isTorn = probability < 1 && Int.random(in: 0..<8, using: &generator) == 0
                    let count = isTorn ? Int.random(in: 0...bytes.count, using: &generator) : bytes.count
                    left.write(Array(bytes.prefix(count)), at: offset)
                }
            }
            left.entries = durableEntries
            for operation in operations where Double.random(in: 0..<1, using: &generator) < probability {
                Self.apply(operation, to: &left.entries)
            }
            left.synchronize()
            return left
        }
    }

    private struct Descriptor {
        let inode: Int
        let isAppending: Bool
        var offset = 0
    }

    private struct State {
        /// The root is number 1.
        var inodes = [1: Inode(isDirectory: true)]
        var nextInode = 2
        var descriptors: [Int32: Descriptor] = [:]
        var nextDescriptor: Int32 = 1_000_000
        var callCount = 0
        var powerLossCall: Int?
        var whenPowerIsLost: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    /// An empty disk.
    package init() {
        state = Mutex(State())
    }

    private init(inodes: [Int: Inode], nextInode: Int) {
        var state = State()
        state.inodes = inodes
        state.nextInode = nextInode
        self.state = Mutex(state)
    }

    /// How many calls there were.
    package var callCount: Int { state.withLock { $0.callCount } }

    /// From a call on, counted from now, nothing happens any more and every call fails.
    package func losePower(afterCalls count: Int, _ whenLost: @escaping @Sendable () -> Void = {}) {
        let isLost = state.withLock { state in
            state.powerLossCall = state.callCount + count
            state.whenPowerIsLost = count > 0 ? whenLost : nil
            return count <= 0
        }
        if isLost { whenLost() }
    }

    /// The disk as it may be after the power failed now.
    package func crash(seed: UInt64) -> SimulatedDisk {
        var generator = SeededGenerator(seed: seed)
        let probability = ([0, 0.3, 0.7, 0.95, 1] as [Double]).randomElement(using: &generator) ?? 0
        return state.withLock { state in
            // In a fixed order, so that the seed decides all.
            var inodes: [Int: Inode] = [:]
            for number in state.inodes.keys.sorted() {
                inodes[number] = state.inodes[number]?.survivor(probability, &generator)
            }
            return SimulatedDisk(inodes: inodes, nextInode: state.nextInode)
        }
    }

    /// Counts a call and does it, unless there is no power.
    private func call<Value>(
        _ name: String, _ path: String, _ body: (inout State) throws(SystemError) -> Value
    ) throws(SystemError) -> Value {
        let (result, whenLost): (Result<Value, SystemError>, (@Sendable () -> Void)?) = state.withLock {
            state in
            defer { state.callCount += 1 }
            if let last = state.powerLossCall, state.callCount >= last {
                defer { state.whenPowerIsLost = nil }
                return (.failure(SystemError(call: name, path: path, code: EIO)), state.whenPowerIsLost)
            }
            do throws(SystemError) { return (.success(try body(&state)), nil) } catch {
                return (.failure(error), nil)
            }
        }
        whenLost?()
        return try result.get()
    }

    package func open(_ path: String, _ flags: Int32, permissions: UInt32) throws(SystemError) -> OpenFile {
        try call("open", path) { state throws(SystemError) in
            let (parent, name) = try Self.place(path, "open", in: state)
            let number: Int
            if let known = name.isEmpty ? parent : state.inodes[parent]?.entries[name] {
                if flags & O_CREAT != 0, flags & O_EXCL != 0 { throw Self.error("open", path, EEXIST) }
                number = known
            } else {
                guard flags & O_CREAT != 0 else { throw Self.error("open", path, ENOENT) }
                number = Self.add(Inode(isDirectory: false), name, in: parent, &state)
            }
            let isDirectory = state.inodes[number]?.isDirectory == true
            if flags & O_DIRECTORY != 0, !isDirectory { throw Self.error("open", path, ENOTDIR) }
            if flags & (O_WRONLY | O_RDWR) != 0, isDirectory { throw Self.error("open", path, EISDIR) }
            if flags & O_TRUNC != 0 { state.inodes[number]?.truncate(to: 0) }
            let descriptor = state.nextDescriptor
            state.nextDescriptor += 1
            state.descriptors[descriptor] = Descriptor(inode: number, isAppending: flags & O_APPEND != 0)
            return OpenFile(descriptor: descriptor, path: path)
        }
    }

    package func read(
        _ file: OpenFile, into buffer: inout [UInt8], from index: Int
    ) throws(SystemError) -> Int {
        let room = buffer.count - index
        let bytes = try call("read", file.path) { state throws(SystemError) in
            let (descriptor, inode) = try Self.find(file, "read", in: state)
            let bytes = Array(inode.bytes.dropFirst(descriptor.offset).prefix(room))
            state.descriptors[file.descriptor]?.offset += bytes.count
            return bytes
        }
        for (place, byte) in bytes.enumerated() { buffer[index + place] = byte }
        return bytes.count
    }

    package func write(_ file: OpenFile, _ bytes: RawSpan) throws(SystemError) -> Int {
        let content = bytes.withUnsafeBytes { Array($0) }
        return try call("write", file.path) { state throws(SystemError) in
            let (descriptor, inode) = try Self.find(file, "write", in: state)
            let offset = descriptor.isAppending ? inode.bytes.count : descriptor.offset
            state.inodes[descriptor.inode]?.write(content, at: offset)
            state.descriptors[file.descriptor]?.offset = offset + content.count
            return content.count
        }
    }

    package func fsync(_ file: OpenFile) throws(SystemError) {
        try call("fsync", file.path) { state throws(SystemError) in
            let (descriptor, _) = try Self.find(file, "fsync", in: state)
            state.inodes[descriptor.inode]?.synchronize()
        }
    }

    package func status(of file: OpenFile) throws(SystemError) -> FileStatus {
        try call("fstat", file.path) { state throws(SystemError) in
            let (descriptor, inode) = try Self.find(file, "fstat", in: state)
            return Self.status(inode, descriptor.inode)
        }
    }

    package func lock(_ file: OpenFile) throws(SystemError) {
        try call("flock", file.path) { state throws(SystemError) in
            let (descriptor, inode) = try Self.find(file, "flock", in: state)
            if let holder = inode.holder, holder != file.descriptor {
                throw Self.error("flock", file.path, EAGAIN)
            }
            state.inodes[descriptor.inode]?.holder = file.descriptor
        }
    }

    package func truncate(_ file: OpenFile, to size: Int64) throws(SystemError) {
        try call("ftruncate", file.path) { state throws(SystemError) in
            let (descriptor, _) = try Self.find(file, "ftruncate", in: state)
            state.inodes[descriptor.inode]?.truncate(to: Int(size))
        }
    }

    package func close(_ file: OpenFile) throws(SystemError) {
        try call("close", file.path) { state throws(SystemError) in
            let (descriptor, inode) = try Self.find(file, "close", in: state)
            if inode.holder == file.descriptor { state.inodes[descriptor.inode]?.holder = nil }
            state.descriptors[file.descriptor] = nil
        }
    }

    package func rename(_ old: String, to new: String) throws(SystemError) {
        try call("rename", "\(old) to \(new)") { state throws(SystemError) in
            let (parent, name) = try Self.place(old, "rename", in: state)
            let (newParent, newName) = try Self.place(new, "rename", in: state)
            guard let inode = state.inodes[parent]?.entries[name] else {
                throw Self.error("rename", old, ENOENT)
            }
            // Nothing here moves files between directories.
            guard parent == newParent else { throw Self.error("rename", old, EXDEV) }
            state.inodes[parent]?.change(.rename(old: name, new: newName, inode: inode))
        }
    }

    package func unlink(_ path: String) throws(SystemError) {
        try remove(path, "unlink") { inode in inode.isDirectory ? EISDIR : nil }
    }

    package func makeDirectory(_ path: String, permissions: UInt32) throws(SystemError) {
        try call("mkdir", path) { state throws(SystemError) in
            let (parent, name) = try Self.place(path, "mkdir", in: state)
            guard !name.isEmpty, state.inodes[parent]?.entries[name] == nil else {
                throw Self.error("mkdir", path, EEXIST)
            }
            _ = Self.add(Inode(isDirectory: true), name, in: parent, &state)
        }
    }

    package func removeDirectory(_ path: String) throws(SystemError) {
        try remove(path, "rmdir") { inode in
            inode.isDirectory ? (inode.entries.isEmpty ? nil : ENOTEMPTY) : ENOTDIR
        }
    }

    package func status(at path: String) throws(SystemError) -> FileStatus? {
        try call("lstat", path) { state throws(SystemError) in
            let (parent, name): (Int, String)
            do throws(SystemError) { (parent, name) = try Self.place(path, "lstat", in: state) } catch
                where error.code == ENOENT
            { return nil }
            guard let number = name.isEmpty ? parent : state.inodes[parent]?.entries[name],
                let inode = state.inodes[number]
            else { return nil }
            return Self.status(inode, number)
        }
    }

    package func entries(of directory: String) throws(SystemError) -> [String] {
        try call("readdir", directory) { state throws(SystemError) in
            let (parent, name) = try Self.place(directory, "opendir", in: state)
            guard let number = name.isEmpty ? parent : state.inodes[parent]?.entries[name] else {
                throw Self.error("opendir", directory, ENOENT)
            }
            guard let inode = state.inodes[number], inode.isDirectory else {
                throw Self.error("opendir", directory, ENOTDIR)
            }
            return inode.entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    private func remove(_ path: String, _ call: String, _ obstacle: (Inode) -> Int32?) throws(SystemError) {
        try self.call(call, path) { state throws(SystemError) in
            let (parent, name) = try Self.place(path, call, in: state)
            guard let number = state.inodes[parent]?.entries[name], let inode = state.inodes[number] else {
                throw Self.error(call, path, ENOENT)
            }
            if let code = obstacle(inode) { throw Self.error(call, path, code) }
            state.inodes[parent]?.change(.unlink(name: name))
        }
    }

    /// The directory that a path lies in, and its name there; no name: the root.
    private static func place(
        _ path: String, _ call: String, in state: State
    ) throws(SystemError) -> (parent: Int, name: String) {
        var names = path.split(separator: "/").map(String.init)
        guard let last = names.popLast() else { return (1, "") }
        var number = 1
        for name in names {
            guard let next = state.inodes[number]?.entries[name] else { throw error(call, path, ENOENT) }
            guard state.inodes[next]?.isDirectory == true else { throw error(call, path, ENOTDIR) }
            number = next
        }
        return (number, last)
    }

    private static func add(_ inode: Inode, _ name: String, in parent: Int, _ state: inout State) -> Int {
        let number = state.nextInode
        state.nextInode += 1
        state.inodes[number] = inode
        state.inodes[parent]?.change(.link(name: name, inode: number))
        return number
    }

    private static func find(
        _ file: OpenFile, _ call: String, in state: State
    ) throws(SystemError) -> (Descriptor, Inode) {
        guard let descriptor = state.descriptors[file.descriptor], let inode = state.inodes[descriptor.inode]
        else { throw error(call, file.path, EBADF) }
        return (descriptor, inode)
    }

    private static func status(_ inode: Inode, _ number: Int) -> FileStatus {
        FileStatus(
            kind: inode.isDirectory ? .directory : .regular, size: Int64(inode.bytes.count), device: 1,
            inode: UInt64(number))
    }

    private static func error(_ call: String, _ path: String, _ code: Int32) -> SystemError {
        SystemError(call: call, path: path, code: code)
    }
}
