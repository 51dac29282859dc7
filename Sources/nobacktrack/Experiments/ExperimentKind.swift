/// The experiments, each of them a claim of NoBackTrack's paper or of this project put to the test.
enum ExperimentKind: String, CaseIterable, Sendable {
    /// aⁿ⏎bⁿ⏎ with a random n: what follows is known only to who has counted.
    case anbn
    /// Distant brackets: `[c]`, random letters, `[c]` again.
    case brackets
    /// One parameter whose influence has the wrong sign at short range.
    case influenceBalancing = "influence-balancing"
    /// The mean of many estimates at fixed parameters against the exact gradient.
    case unbiasedness
    /// Time and memory of a step against the number of parameters.
    case scaling

    /// Steps of a run when nobody says: symbols, steps of the chain, repetitions; for `scaling` milliseconds a point.
    var standardSteps: Int {
        switch self {
        case .anbn, .brackets: 3_000_000
        case .influenceBalancing: 1_000_000
        case .unbiasedness: 2_000
        case .scaling: 400
        }
    }

    /// Seeds that the results are the mean of, when nobody says.
    var standardSeeds: Int {
        switch self {
        case .anbn, .brackets, .influenceBalancing: 5
        case .unbiasedness, .scaling: 1
        }
    }

    /// Who takes part when nobody says.
    var standardContestants: String {
        switch self {
        case .anbn, .brackets:
            "nobacktrack:1,nobacktrack:4,grouped:8,kalman:1,kalman:4,uoro,bptt:16,bptt:32,snap1"
        case .influenceBalancing: "nobacktrack:1,kalman:1,uoro,rtrl,bptt:1,bptt:10,bptt:200"
        case .unbiasedness: "nobacktrack:1,nobacktrack:4,grouped:8,kalman:1,uoro,snap1"
        case .scaling: "nobacktrack:1,nobacktrack:4,snap1,bptt:16,rtrl"
        }
    }
}
