import NoBackTrackSystem

/// Files that cannot be used and are kept under another name.
enum SetAside {
    /// Renames a file to a name with the suffix that is not taken yet, durably.
    ///
    /// - Returns: where it is now.
    /// - Throws: the call that failed.
    static func rename(
        _ path: String, suffix: String, using calls: some FileSystemCalls
    ) throws(SystemError) -> String {
        var aside = path + suffix
        var number = 1
        while try calls.status(at: aside) != nil {
            number += 1
            aside = "\(path)\(suffix).\(number)"
        }
        try calls.rename(path, to: aside)
        try Directory.synchronize(Directory.parent(of: path), using: calls)
        return aside
    }
}
