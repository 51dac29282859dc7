import NoBackTrackSystem

/// Who may change things: root, the daemon's own user, and the members of a group.
struct ControlRights: Sendable {
    private let ownUser: UInt32
    private let group: String
    private let groupNumber: UInt32?

    /// - Throws: ``DaemonFailure`` when there is no such group.
    init(group: String) throws(DaemonFailure) {
        ownUser = UserDatabase.ownUser
        self.group = group
        if group.isEmpty {
            groupNumber = nil
        } else if let number = UInt32(group) {
            groupNumber = number
        } else {
            guard let number = UserDatabase.number(ofGroup: group) else {
                throw DaemonFailure(.configuration, "predict.controlGroup: there is no group '\(group)'")
            }
            groupNumber = number
        }
    }

    /// Whether the peer may change things.
    func allow(_ peer: PeerCredentials) -> Bool {
        if peer.uid == 0 || peer.uid == ownUser { return true }
        guard let groupNumber else { return false }
        return peer.gid == groupNumber
            || UserDatabase.groups(ofUser: peer.uid, with: peer.gid).contains(groupNumber)
    }
}
