import Glibc
import NoBackTrackSystem

/// Who may change things: root, the daemon's own user, and the members of a group.
struct ControlRights: Sendable {
    private let ownUser: UInt32
    private let group: String
    private let groupNumber: UInt32?

    /// - Throws: ``DaemonFailure`` when there is no such group.
    init(group: String) throws(DaemonFailure) {
        ownUser = geteuid()
        self.group = group
        if group.isEmpty {
            groupNumber = nil
        } else if let number = UInt32(group) {
            groupNumber = number
        } else {
            guard let number = Self.number(of: group) else {
                throw DaemonFailure(.configuration, "predict.controlGroup: there is no group '\(group)'")
            }
            groupNumber = number
        }
    }

    /// Whether the peer may change things.
    func allow(_ peer: PeerCredentials) -> Bool {
        if peer.uid == 0 || peer.uid == ownUser { return true }
        guard let groupNumber else { return false }
        return peer.gid == groupNumber || Self.groups(of: peer.uid, with: peer.gid).contains(groupNumber)
    }

    private static func number(of group: String) -> UInt32? {
        var entry = Glibc.group()
        var result: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 65_536)
        guard getgrnam_r(group, &entry, &buffer, buffer.count, &result) == 0, result != nil else {
            return nil
        }
        return entry.gr_gid
    }

    /// The groups that the user database gives a user.
    private static func groups(of user: UInt32, with group: UInt32) -> [UInt32] {
        var entry = passwd()
        var result: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 65_536)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &result) == 0, result != nil else { return [] }
        var groups = [gid_t](repeating: 0, count: 1024)
        var count = Int32(groups.count)
        guard getgrouplist(entry.pw_name, group, &groups, &count) >= 0 else { return [] }
        return Array(groups.prefix(Int(count)))
    }
}
