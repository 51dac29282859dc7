/// A network in training, whatever its cell, estimator and optimizer are.
package protocol RecurrentTraining<Scalar>: Sendable {
    /// The number type of state and parameters.
    associatedtype Scalar: LearnerScalar

    /// The learner's own state h_L, that of the newest moment it has learned.
    var state: [Scalar] { get }
    /// The entries of a state that are the network's output, which the readout sees.
    var readoutStates: Range<Int> { get }
    /// Advances the learner's state by one moment.
    mutating func advance(input: [Scalar])
    /// Whether the rows of the loss's curvature are wanted behind δ.
    var usesCurvature: Bool { get }
    /// Learns from the loss at the moment just advanced to.
    ///
    /// - Parameter delta: ∂ℓ/∂h_L, one number per state; empty when that moment has no loss. Where
    ///   ``usesCurvature`` asks for them rows of C follow, as ``Estimator`` takes them.
    mutating func learn(delta: [Scalar])
    /// θ, P numbers, unit by unit.
    var parameters: [Scalar] { get }
    /// G̃, stateCount × P row-major, for tests and experiments: costs n P.
    var denseEstimate: [Scalar] { get }
    /// Advances another state under the same parameters: the live forecaster's.
    mutating func advance(forecaster state: inout [Scalar], input: [Scalar])
    /// Saves or restores parameters, state, estimate and optimizer.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder) throws(StateError)
    /// Saves or restores what ``advance(input:)`` has left for ``learn(delta:)``, for learners that are saved between
    /// the two.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchangeLinearization(with coder: inout StateCoder) throws(StateError)
}

/// Composes a cell, an estimator and an optimizer around one set of parameters.
///
/// The common compositions are specialised by name: they are called through ``RecurrentTraining``, behind
/// which the compiler would otherwise run generic code, measured at sixteen times the instructions. The
/// others work, slowly.
package struct RecurrentTrainer<Estimate: Estimator, Step: Optimizer>: RecurrentTraining
where Estimate.Network.Scalar == Step.Scalar {
    package typealias Scalar = Step.Scalar

    private let cell: Estimate.Network
    private var estimator: Estimate
    private var optimizer: Step
    private var linearization: Estimate.Network.Linearization
    private var scratch: Estimate.Network.Linearization
    /// θ, P numbers, unit by unit.
    package private(set) var parameters: [Scalar]
    package private(set) var state: [Scalar]
    package var readoutStates: Range<Int> { cell.readoutStates }
    package var usesCurvature: Bool { optimizer.usesCurvature }

    /// A network at rest.
    ///
    /// - Parameter parameters: θ to start from; P.
    package init(cell: Estimate.Network, estimator: Estimate, optimizer: Step, parameters: [Scalar]) {
        precondition(parameters.count == cell.parameterCount)
        self.cell = cell
        self.estimator = estimator
        self.optimizer = optimizer
        self.parameters = parameters
        linearization = cell.makeLinearization()
        scratch = cell.makeLinearization()
        state = Array(repeating: 0, count: cell.stateCount)
    }

    package mutating func advance(input: [Scalar]) {
        cell.advance(state: &state, input: input, parameters: parameters, linearization: &linearization)
    }

    @specialized(
        where
            Estimate == NoBackTrackEstimator<LeakyTanhCell<Float>, PhiloxSigns>,
            Step == PlainStep<Float>
    )
    @specialized(
        where
            Estimate == UnbiasedOnlineEstimator<LeakyTanhCell<Float>, PhiloxSigns>,
            Step == PlainStep<Float>
    )
    @specialized(
        where
            Estimate == SparseApproximationEstimator<LeakyTanhCell<Float>>,
            Step == PlainStep<Float>
    )
    @specialized(
        where
            Estimate == TruncatedBackpropagationEstimator<LeakyTanhCell<Float>>,
            Step == PlainStep<Float>
    )
    @specialized(where Estimate == RealTimeRecurrentEstimator<LeakyTanhCell<Float>>, Step == PlainStep<Float>)
    @specialized(
        where
            Estimate == NoBackTrackEstimator<LeakyTanhCell<Float>, PhiloxSigns>,
            Step == SignalToNoiseStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<SparselyConnectedCell<Float>, PhiloxSigns>,
            Step == SignalToNoiseStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<GatedRecurrentCell<Float>, PhiloxSigns>,
            Step == SignalToNoiseStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<LongShortTermCell<Float>, PhiloxSigns>,
            Step == SignalToNoiseStep<Float>
    )
    @specialized(
        where
            Estimate == UnbiasedOnlineEstimator<LeakyTanhCell<Float>, PhiloxSigns>,
            Step == SignalToNoiseStep<Float>
    )
    @specialized(
        where
            Estimate == SparseApproximationEstimator<LeakyTanhCell<Float>>, Step == SignalToNoiseStep<Float>
    )
    @specialized(
        where
            Estimate == TruncatedBackpropagationEstimator<LeakyTanhCell<Float>>,
            Step == SignalToNoiseStep<Float>
    )
    @specialized(
        where
            Estimate == RealTimeRecurrentEstimator<LeakyTanhCell<Float>>, Step == SignalToNoiseStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<LeakyTanhCell<Float>, PhiloxSigns>, Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<SparselyConnectedCell<Float>, PhiloxSigns>,
            Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<GatedRecurrentCell<Float>, PhiloxSigns>, Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<LongShortTermCell<Float>, PhiloxSigns>, Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == UnbiasedOnlineEstimator<LeakyTanhCell<Float>, PhiloxSigns>, Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == SparseApproximationEstimator<LeakyTanhCell<Float>>, Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == TruncatedBackpropagationEstimator<LeakyTanhCell<Float>>, Step == AdamStep<Float>
    )
    @specialized(where Estimate == RealTimeRecurrentEstimator<LeakyTanhCell<Float>>, Step == AdamStep<Float>)
    @specialized(
        where
            Estimate == NoBackTrackEstimator<LeakyTanhCell<Float>, PhiloxSigns>, Step == FilterStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<SparselyConnectedCell<Float>, PhiloxSigns>,
            Step == FilterStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<GatedRecurrentCell<Float>, PhiloxSigns>,
            Step == FilterStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<LongShortTermCell<Float>, PhiloxSigns>, Step == FilterStep<Float>
    )
    @specialized(
        where
            Estimate == UnbiasedOnlineEstimator<LeakyTanhCell<Float>, PhiloxSigns>, Step == FilterStep<Float>
    )
    @specialized(
        where
            Estimate == SparseApproximationEstimator<LeakyTanhCell<Float>>, Step == FilterStep<Float>
    )
    @specialized(
        where
            Estimate == TruncatedBackpropagationEstimator<LeakyTanhCell<Float>>, Step == FilterStep<Float>
    )
    @specialized(
        where
            Estimate == RealTimeRecurrentEstimator<LeakyTanhCell<Float>>, Step == FilterStep<Float>
    )
    @specialized(
        where
            Estimate == SparseApproximationEstimator<GatedRecurrentCell<Float>>, Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == SparseApproximationEstimator<LongShortTermCell<Float>>, Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == TruncatedBackpropagationEstimator<GatedRecurrentCell<Float>>, Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == TruncatedBackpropagationEstimator<LongShortTermCell<Float>>, Step == AdamStep<Float>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<InfluenceBalancingCell<Double>, PhiloxSigns>,
            Step == PlainStep<Double>
    )
    @specialized(
        where
            Estimate == NoBackTrackEstimator<InfluenceBalancingCell<Double>, PhiloxSigns>,
            Step == FilterStep<Double>
    )
    @specialized(
        where
            Estimate == TruncatedBackpropagationEstimator<InfluenceBalancingCell<Double>>,
            Step == PlainStep<Double>
    )
    @specialized(
        where
            Estimate == RealTimeRecurrentEstimator<InfluenceBalancingCell<Double>>, Step == PlainStep<Double>
    )
    @specialized(
        where
            Estimate == UnbiasedOnlineEstimator<InfluenceBalancingCell<Double>, PhiloxSigns>,
            Step == PlainStep<Double>
    )
    package mutating func learn(delta: [Scalar]) {
        estimator.step(
            linearization: &linearization, delta: delta, parameters: &parameters, optimizer: &optimizer)
    }

    package mutating func advance(forecaster state: inout [Scalar], input: [Scalar]) {
        cell.advance(state: &state, input: input, parameters: parameters, linearization: &scratch)
    }

    package var denseEstimate: [Scalar] { estimator.denseEstimate() }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("theta", shape: [cell.unitCount, cell.parametersPerUnit], &parameters)
        try coder.exchange("state.learner", shape: [cell.stateCount], &state)
        try estimator.exchange(with: &coder)
        try optimizer.exchange(with: &coder)
    }

    package mutating func exchangeLinearization(with coder: inout StateCoder) throws(StateError) {
        try linearization.exchange(with: &coder, prefix: "state.linearization")
    }
}
