/// A learner whose whole state is saved to tensors and restored from them.
package protocol ResumableLearner: Sendable {
    /// Saves or restores everything that later samples depend on.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder) throws(StateError)
}

extension ResumableLearner {
    /// The whole state, in a fixed order. A learner of the same configuration that restores it goes on
    /// bit for bit.
    package func state() -> [StateTensor] {
        var coder = StateCoder()
        var copy = self
        do {
            try copy.exchange(with: &coder)
        } catch {
            preconditionFailure("saving cannot fail: \(error)")
        }
        return coder.tensors
    }

    /// Takes up a saved state; on an error the learner is as it was.
    ///
    /// - Throws: ``StateError`` when a tensor is missing, of another shape or type, or holds a number no
    ///   learner can have written.
    package mutating func restore(_ tensors: [StateTensor]) throws(StateError) {
        var coder = StateCoder(restoring: tensors)
        var restored = self
        try restored.exchange(with: &coder)
        self = restored
    }
}
