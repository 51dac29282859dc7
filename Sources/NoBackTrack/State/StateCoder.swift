/// A type that a ``StateTensor`` can hold.
package protocol StateElement: Sendable {
    /// The elements as a tensor holds them.
    static func elements(_ array: [Self]) -> StateTensor.Elements
    /// The array of this type that the elements hold, or nil when they are of another type.
    static func array(_ elements: StateTensor.Elements) -> [Self]?
    /// Whether a learner can have written the number: finite, for floating point; for whole numbers, a count that can
    /// still be counted on from.
    var isSound: Bool { get }
}

extension Float: StateElement {
    package static func elements(_ array: [Float]) -> StateTensor.Elements { .float32(array) }
    package static func array(_ elements: StateTensor.Elements) -> [Float]? {
        if case .float32(let array) = elements { array } else { nil }
    }
    package var isSound: Bool { isFinite }
}

extension Double: StateElement {
    package static func elements(_ array: [Double]) -> StateTensor.Elements { .float64(array) }
    package static func array(_ elements: StateTensor.Elements) -> [Double]? {
        if case .float64(let array) = elements { array } else { nil }
    }
    package var isSound: Bool { isFinite }
}

extension UInt64: StateElement {
    package static func elements(_ array: [UInt64]) -> StateTensor.Elements { .uint64(array) }
    package static func array(_ elements: StateTensor.Elements) -> [UInt64]? {
        if case .uint64(let array) = elements { array } else { nil }
    }
    package var isSound: Bool { self < 1 << 62 }
}

/// Carries a state to tensors or back. A part of the learner names its arrays once, in one function, and
/// that function both saves and restores: the two cannot disagree.
package struct StateCoder: Sendable {
    /// What has been saved so far, in the order of saving; when restoring, what is restored from.
    package private(set) var tensors: [StateTensor]
    private let positions: [String: Int]?

    /// A coder that saves.
    package init() {
        tensors = []
        positions = nil
    }

    /// A coder that restores from these tensors. Names that nobody asks for are ignored.
    package init(restoring tensors: [StateTensor]) {
        self.tensors = tensors
        positions = Dictionary(
            tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether it restores from a state that has no tensor of this name: one that an older version has saved.
    package func lacks(_ name: String) -> Bool { positions.map { $0[name] == nil } ?? false }

    /// Saves the array under the name, or replaces it by the one saved under the name.
    ///
    /// - Parameter shape: extents whose product is the array's count.
    /// - Throws: ``StateError`` when restoring and the tensor is missing, of another shape or type, or
    ///   holds a number that is not sound (``StateElement/isSound``). The array is then as it was.
    package mutating func exchange<Element: StateElement>(
        _ name: String, shape: [Int], _ array: inout [Element]
    ) throws(StateError) {
        try exchange(name, shape: shape, &array, isSound: \.isSound)
    }

    /// As ``exchange(_:shape:_:)``, but of words that are bits and no counts, every one of which is sound.
    ///
    /// - Throws: as ``exchange(_:shape:_:)``.
    package mutating func exchange(bits name: String, shape: [Int], _ array: inout [UInt64])
        throws(StateError)
    {
        try exchange(name, shape: shape, &array) { _ in true }
    }

    private mutating func exchange<Element: StateElement>(
        _ name: String, shape: [Int], _ array: inout [Element], isSound: (Element) -> Bool
    ) throws(StateError) {
        precondition(shape.reduce(1, *) == array.count, "shape of \(name)")
        guard let positions else {
            tensors.append(StateTensor(name: name, shape: shape, elements: Element.elements(array)))
            return
        }
        guard let position = positions[name] else { throw .missing(name) }
        let tensor = tensors[position]
        guard tensor.shape == shape, let restored = Element.array(tensor.elements),
            restored.count == array.count
        else {
            throw .mismatch(name: name, found: "\(tensor.shape)", needed: "\(shape) of \(Element.self)")
        }
        if let index = restored.firstIndex(where: { !isSound($0) }) {
            throw .invalid(name: name, reason: "element \(index) is \(restored[index])")
        }
        array = restored
    }

    /// As ``exchange(_:shape:_:)``, but a state that has no tensor of this name leaves the array as it is: for what was
    /// added to the learner after states had been saved.
    ///
    /// - Returns: false when there was none.
    /// - Throws: as ``exchange(_:shape:_:)``, but never ``StateError/missing(_:)``.
    package mutating func exchangeIfPresent<Element: StateElement>(
        _ name: String, shape: [Int], _ array: inout [Element]
    ) throws(StateError) -> Bool {
        if lacks(name) { return false }
        try exchange(name, shape: shape, &array)
        return true
    }

    /// Saves or restores a single number, as a tensor of one element.
    ///
    /// - Throws: as ``exchange(_:shape:_:)`` for arrays.
    package mutating func exchange<Element: StateElement>(
        _ name: String, _ number: inout Element
    ) throws(StateError) {
        var array = [number]
        try exchange(name, shape: [1], &array)
        number = array[0]
    }
}
