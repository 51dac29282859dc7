import NoBackTrackFuzzTargets

/// The target that libFuzzer runs, whose callback carries nothing.
enum ChosenTarget {
    /// Set once, before the first input; inputs come one after the other.
    nonisolated(unsafe) static var target = FuzzTarget.auto

    /// Runs an input; a broken law ends the process, which is what libFuzzer looks for.
    static func run(_ bytes: [UInt8], named name: String = "the input") {
        do throws(BrokenLaw) { try target.run(bytes) } catch { fatalError("\(name): \(error)") }
    }
}
