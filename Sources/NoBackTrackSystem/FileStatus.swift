import Glibc

/// What a file is, as far as the state on disk cares.
package struct FileStatus: Sendable, Equatable {
    /// Kinds of file.
    package enum Kind: Sendable, Equatable {
        case regular, directory, socket, symbolicLink, other
    }

    /// What kind of file it is.
    package var kind: Kind
    /// Length in bytes.
    package var size: Int64
    /// The file system it lies on.
    package var device: UInt64
    /// Its number there; with ``device``, its identity as long as it exists.
    package var inode: UInt64

    /// A status of these values.
    package init(kind: Kind, size: Int64, device: UInt64 = 0, inode: UInt64 = 0) {
        self.kind = kind
        self.size = size
        self.device = device
        self.inode = inode
    }

    init(_ status: stat) {
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFSOCK: .socket
            case S_IFLNK: .symbolicLink
            default: .other
            }
        self.init(
            kind: kind, size: Int64(status.st_size), device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino))
    }
}
