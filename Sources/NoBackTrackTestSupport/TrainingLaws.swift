package import NoBackTrack

/// What every network in training keeps to, whatever its cell, estimator and optimizer are. Each law returns what it
/// found broken; nothing, where it holds.
package struct TrainingLaws {
    /// Makes a network of few units with the seed.
    private let make: (UInt64) -> any RecurrentTraining<Float>
    /// Numbers of a sample.
    private let inputCount: Int
    private let seed: UInt64

    /// Laws over the networks that a function makes.
    ///
    /// - Parameter seed: of the inputs.
    package init(
        inputCount: Int, seed: UInt64, make: @escaping (_ seed: UInt64) -> any RecurrentTraining<Float>
    ) {
        self.inputCount = inputCount
        self.seed = seed
        self.make = make
    }

    /// Whether parameters are to move.
    package struct Nature {
        var learns: Bool

        /// What the laws may expect.
        package init(learns: Bool) {
            self.learns = learns
        }
    }

    private typealias Network = any RecurrentTraining<Float>

    private static func state(_ network: Network) -> [StateTensor] {
        var coder = StateCoder()
        var copy = network
        try? copy.exchange(with: &coder)
        return coder.tensors
    }

    /// Samples and derivatives of a loss, with a moment without one here and there.
    private func drive(_ network: inout Network, steps: Range<Int>, scale: Float = 1) {
        for step in steps {
            var generator = SeededGenerator(seed: seed &+ UInt64(step) &* 1_000_003)
            network.advance(input: generator.signedUnits(inputCount).map { scale * Float($0) })
            let n = network.state.count
            let rows = network.usesCurvature ? 3 : 1
            let derivatives = generator.signedUnits(rows * n).map { scale * Float($0) }
            network.learn(delta: step % 7 == 3 ? [] : derivatives)
        }
    }

    private static func isFinite(_ network: Network) -> Bool {
        state(network).allSatisfy { tensor in
            switch tensor.elements {
            case .float32(let array): array.allSatisfy(\.isFinite)
            case .float64(let array): array.allSatisfy(\.isFinite)
            case .uint64: true
            }
        }
    }

    /// The seed decides everything, and another seed something else.
    package func seedDecidesAll() -> [String] {
        var (one, same, other) = (make(1), make(1), make(2))
        drive(&one, steps: 0..<25)
        drive(&same, steps: 0..<25)
        drive(&other, steps: 0..<25)
        var broken: [String] = []
        if Self.state(one) != Self.state(same) { broken.append("two networks of one seed differ") }
        if Self.state(one) == Self.state(other) { broken.append("the seed decides nothing") }
        return broken
    }

    /// A network is a value: what a copy learns is no business of the original.
    package func copiesAreApart() -> [String] {
        var original = make(1)
        drive(&original, steps: 0..<10)
        let before = Self.state(original)
        var copy = original
        drive(&copy, steps: 10..<20)
        return Self.state(original) == before ? [] : ["a copy's learning reached the original"]
    }

    /// Saved, restored into a network that has gone elsewhere meanwhile, and gone on: as if nothing had happened. Stops
    /// at several moments, for some estimators work in windows.
    package func resumesBitForBit() -> [String] {
        [1, 6, 13].compactMap { stop in
            var whole = make(1)
            drive(&whole, steps: 0..<25)
            var first = make(1)
            drive(&first, steps: 0..<stop)
            var resumed = make(1)
            drive(&resumed, steps: 100..<103)
            var coder = StateCoder(restoring: Self.state(first))
            do { try resumed.exchange(with: &coder) } catch { return "cannot be restored: \(error)" }
            drive(&resumed, steps: stop..<25)
            return Self.state(resumed) == Self.state(whole)
                ? nil : "stopped at \(stop) it goes on differently"
        }
    }

    /// Whatever comes, every number stays finite, and the network goes on.
    package func staysFinite() -> [String] {
        var broken: [String] = []
        for scale: Float in [0, 1e-30, 1e6, 1e15, 1e20] {
            var network = make(1)
            drive(&network, steps: 0..<15, scale: scale)
            if !Self.isFinite(network) { broken.append("not finite after inputs of \(scale)") }
            drive(&network, steps: 15..<40)
            if !Self.isFinite(network) { broken.append("not finite after what followed inputs of \(scale)") }
        }
        return broken
    }

    /// Parameters move where there is a loss and something to learn with, and never without a loss.
    package func movesByLossAlone(_ nature: Nature) -> [String] {
        var broken: [String] = []
        var network = make(1)
        let start = network.parameters
        for step in 0..<12 {
            var generator = SeededGenerator(seed: seed &+ UInt64(step))
            network.advance(input: generator.signedUnits(inputCount).map(Float.init))
            network.learn(delta: [])
        }
        if network.parameters != start { broken.append("parameters moved without a loss") }
        drive(&network, steps: 0..<25)
        if (network.parameters != start) != nature.learns {
            broken.append(nature.learns ? "parameters never moved" : "parameters moved")
        }
        return broken
    }

    /// What is kept is of one size for ever.
    package func keepsNoPast() -> [String] {
        func sizes(_ network: Network) -> [Int] { Self.state(network).map(\.elements.count) }
        var network = make(1)
        drive(&network, steps: 0..<10)
        let early = sizes(network)
        drive(&network, steps: 10..<60)
        return sizes(network) == early ? [] : ["the state has grown"]
    }

    /// All laws.
    package func violations(_ nature: Nature) -> [String] {
        seedDecidesAll() + copiesAreApart() + resumesBitForBit() + staysFinite() + movesByLossAlone(nature)
            + keepsNoPast()
    }
}
