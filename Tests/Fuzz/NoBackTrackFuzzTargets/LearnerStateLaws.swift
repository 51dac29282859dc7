import NoBackTrack

/// Any arrays are a learner's state or are refused, and a learner that took them up goes on.
enum LearnerStateLaws {
    /// Changes a state as the input says, and has a learner take it up and go on.
    ///
    /// The first byte chooses the learner; twelve bytes each are then a change, as ``StateChange`` says.
    static func hold(for input: [UInt8]) throws(BrokenLaw) {
        guard let first = input.first else { return }
        let streams = TinyLearners.streams
        let symbols = TinyLearners.symbols
        let place = Int(first) % TinyLearners.count
        var state = TinyLearners.state(of: place)
        for change in StateChange.all(in: input.dropFirst()) where !state.isEmpty { change.apply(to: &state) }
        if place < streams.count {
            var learner = streams[place]
            guard try restore(&learner, state) else { return }
            goOn(&learner)
        } else if place < streams.count + symbols.count {
            var learner = symbols[place - streams.count]
            guard try restore(&learner, state) else { return }
            try goOn(&learner)
        } else {
            var clock = TinyLearners.clock
            guard try restore(&clock, state) else { return }
            goOn(&clock)
        }
    }

    /// - Returns: whether the learner took the state up.
    private static func restore(_ learner: inout some ResumableLearner, _ state: [StateTensor])
        throws(BrokenLaw) -> Bool
    {
        guard (try? learner.restore(state)) != nil else { return false }
        do {
            try learner.restore(learner.state())
        } catch {
            throw BrokenLaw(description: "a state that was taken up is refused when saved: \(error)")
        }
        return true
    }

    private static func goOn(_ learner: inout StreamLearner) {
        read(learner)
        for sample in [[1, 2], [.nan, -1e300], [3, .nan], [.nan, .nan], [1e-300, 0], [5, 5], [5, 5]] {
            learner.step(sample.span)
            read(learner)
        }
        learner.isLearning.toggle()
        learner.step([2, 1].span)
        _ = learner.state()
    }

    /// Asks for all that is published.
    private static func read(_ learner: StreamLearner) {
        for head in 0..<learner.headCount {
            _ = learner.mean(head: head)
            _ = learner.interval(head: head, level: 0.9)
            _ = (learner.skill(head: head), learner.coverage(head: head))
            for expert in learner.expertNames.indices {
                _ = learner.mean(head: head, expert: expert)
                _ = (learner.weight(head: head, expert: expert), learner.skill(head: head, expert: expert))
            }
        }
        for target in learner.targets.indices { _ = learner.seasons(target: target) }
        _ = (learner.warming, learner.score, learner.conditions)
    }

    private static func goOn(_ learner: inout SymbolLearner) throws(BrokenLaw) {
        for symbol in [UInt8(ascii: "a"), 0, UInt8(ascii: "b"), 255, UInt8(ascii: "a")] {
            try BrokenLaw.unless(
                learner.alphabet.count <= learner.capacity, "\(learner.alphabet.count) symbols in use")
            for place in learner.alphabet.indices { _ = learner.probability(place: place) }
            _ = (learner.probability(of: symbol), learner.bitsPerSymbol, learner.score)
            if learner.accepts(symbol) { learner.step(symbol) }
        }
        learner.isLearning.toggle()
        if let symbol = learner.alphabet.first { learner.step(symbol) }
        _ = learner.state()
    }

    private static func goOn(_ clock: inout SampleClock) {
        for time in [120, 121, nil, 90, 90, 91, 1e300, -1e300, 3e8] as [Double?] {
            // Missing samples are asked for until they are enough.
            for _ in 0..<3 { _ = (clock.judge(time, [1, .nan].span), clock.interval) }
        }
        _ = clock.state()
    }
}
