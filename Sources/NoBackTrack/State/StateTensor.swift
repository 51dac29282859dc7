/// A named array of the learner's state, as a checkpoint stores it.
package struct StateTensor: Sendable, Equatable {
    /// The elements, row-major.
    package enum Elements: Sendable, Equatable {
        case float32([Float])
        case float64([Double])
        case uint64([UInt64])
    }

    /// Dotted lower-case name, unique in a state, such as `nobacktrack.v`.
    package var name: String
    /// Extents, slowest-varying first; their product is the number of elements.
    package var shape: [Int]
    /// The numbers.
    package var elements: Elements

    /// A tensor of the given elements.
    package init(name: String, shape: [Int], elements: Elements) {
        self.name = name
        self.shape = shape
        self.elements = elements
    }
}

extension StateTensor.Elements {
    /// How many elements there are.
    package var count: Int {
        switch self {
        case .float32(let elements): elements.count
        case .float64(let elements): elements.count
        case .uint64(let elements): elements.count
        }
    }
}

/// Why a state cannot be taken up by a learner.
package enum StateError: Error, Equatable, CustomStringConvertible {
    /// The state has no tensor of this name.
    case missing(String)
    /// The tensor's shape or element type is not the one this configuration needs.
    case mismatch(name: String, found: String, needed: String)
    /// The tensor holds a number that no learner can have written.
    case invalid(name: String, reason: String)

    /// The tensor and what is wrong with it.
    package var description: String {
        switch self {
        case .missing(let name): "\(name) is missing"
        case .mismatch(let name, let found, let needed): "\(name) is \(found), needed \(needed)"
        case .invalid(let name, let reason): "\(name): \(reason)"
        }
    }
}
