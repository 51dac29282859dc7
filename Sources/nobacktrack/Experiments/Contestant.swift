import NoBackTrack

/// Who takes part in an experiment: an estimator with its size, and what is not the experiment's standard.
///
///     nobacktrack:4          rank 4
///     grouped:8              rank 1 in 8 groups of units
///     kalman:4               nobacktrack:4+kalman
///     bptt:16                truncated after 16 steps
///     snap1+kalman/lstm      another optimizer, another cell
struct Contestant: Sendable, Equatable {
    /// As it was written.
    let name: String
    private let estimator: LearnerConfiguration.EstimatorKind
    private let size: Int?
    private let isGrouped: Bool
    private let optimizer: LearnerConfiguration.OptimizerKind?
    private let cell: LearnerConfiguration.CellKind?

    /// Reads one.
    ///
    /// - Throws: ``ContestantError``.
    init(_ text: String) throws(ContestantError) {
        name = text
        func wrong(_ reason: String) -> ContestantError { ContestantError(text: text, reason: reason) }
        let withCell = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if withCell.count == 2 {
            guard let kind = LearnerConfiguration.CellKind(rawValue: String(withCell[1])) else {
                throw wrong("'\(withCell[1])' is none of \(Self.choices(LearnerConfiguration.CellKind.self))")
            }
            cell = kind
        } else {
            cell = nil
        }
        let withOptimizer = withCell[0].split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let withSize = withOptimizer[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let word = String(withSize[0])
        var chosen: LearnerConfiguration.OptimizerKind?
        switch word {
        case "kalman":
            estimator = .nobacktrack
            isGrouped = false
            chosen = .kalman
        case "grouped":
            estimator = .nobacktrack
            isGrouped = true
        default:
            guard let kind = LearnerConfiguration.EstimatorKind(rawValue: word) else {
                let known = Self.choices(LearnerConfiguration.EstimatorKind.self)
                throw wrong("'\(word)' is none of \(known), grouped, kalman")
            }
            estimator = kind
            isGrouped = false
        }
        if withSize.count == 2 {
            guard let number = Int(withSize[1]), number >= 1 else {
                throw wrong("'\(withSize[1])' is no size")
            }
            guard estimator == .nobacktrack || estimator == .bptt else { throw wrong("\(word) has no size") }
            size = number
        } else {
            size = nil
        }
        if withOptimizer.count == 2 {
            guard let kind = LearnerConfiguration.OptimizerKind(rawValue: String(withOptimizer[1])) else {
                let known = Self.choices(LearnerConfiguration.OptimizerKind.self)
                throw wrong("'\(withOptimizer[1])' is none of \(known)")
            }
            if let named = chosen, named != kind { throw wrong("kalman is an optimizer already") }
            chosen = kind
        }
        optimizer = chosen
    }

    /// The experiment's configuration with what is this one's own.
    func configuration(_ standard: LearnerConfiguration) -> LearnerConfiguration {
        var configuration = standard
        configuration.estimator = estimator
        switch estimator {
        case .nobacktrack where isGrouped:
            configuration.rank = 1
            configuration.groups = size ?? 8
        case .nobacktrack: configuration.rank = size ?? 1
        case .bptt: configuration.truncation = size ?? configuration.truncation
        case .rtrl, .uoro, .snap1, .frozen: break
        }
        if let optimizer, optimizer != configuration.optimizer {
            configuration.optimizer = optimizer
            // A step size that suits one optimizer says nothing of another's.
            configuration.learningRate = nil
        }
        if let cell { configuration.cell = cell }
        return configuration
    }

    /// Whether its cost grows with the square of the number of units for each parameter.
    var isExact: Bool { estimator == .rtrl }

    /// Whether it names a cell.
    var hasCell: Bool { cell != nil }

    /// Whether it has an estimate of ∂h/∂θ to look at.
    var hasEstimate: Bool { estimator != .bptt }

    private static func choices<Kind: RawRepresentable<String> & CaseIterable>(_: Kind.Type) -> String {
        Kind.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

/// Why a contestant is none.
struct ContestantError: Error, Equatable, CustomStringConvertible {
    /// As it was written.
    var text: String
    /// What is wrong with it.
    var reason: String

    var description: String { "'\(text)': \(reason)" }
}
