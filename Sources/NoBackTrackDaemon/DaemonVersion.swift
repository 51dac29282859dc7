/// The program's version.
package enum DaemonVersion {
    /// As `--version` and `status` say it.
    package static let text = "0.1.0"
}
