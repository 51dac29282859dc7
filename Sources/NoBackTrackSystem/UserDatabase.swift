import Glibc

/// Users and groups, by name and number, as the system's databases have them.
package enum UserDatabase {
    /// Bytes for the texts of one entry.
    private static let entryBytes = 65_536

    /// The user as whom this process acts.
    package static var ownUser: UInt32 { geteuid() }

    /// The number of a group; nil when there is none of that name.
    package static func number(ofGroup name: String) -> UInt32? {
        var entry = group()
        var result: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: entryBytes)
        guard getgrnam_r(name, &entry, &buffer, buffer.count, &result) == 0, result != nil else {
            return nil
        }
        return entry.gr_gid
    }

    /// The groups that the database gives a user, with this one; none for a user that it does not have.
    package static func groups(ofUser user: UInt32, with group: UInt32) -> [UInt32] {
        var entry = passwd()
        var result: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: entryBytes)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &result) == 0, result != nil else { return [] }
        var groups = [gid_t](repeating: 0, count: 1024)
        var count = Int32(groups.count)
        guard getgrouplist(entry.pw_name, group, &groups, &count) >= 0 else { return [] }
        return Array(groups.prefix(Int(count)))
    }
}
