import NoBackTrack

/// What is worth knowing of a tensor without its numbers.
struct TensorSummary: Encodable, Equatable {
    /// Its name, such as `nobacktrack.v`.
    var name: String
    /// `F32`, `F64` or `U64`, as the safetensors format names them.
    var type: String
    /// Extents, slowest-varying first.
    var shape: [Int]
    /// Euclidean length of the finite numbers; nil for whole numbers, and when it is past the largest double.
    var norm: Double?
    /// The smallest finite number; nil when there is none.
    var least: Double?
    /// The largest finite number; nil when there is none.
    var most: Double?
    /// How many numbers are NaN or infinite.
    var notFinite: Int

    /// Goes through a tensor's numbers.
    init(_ tensor: StateTensor) {
        name = tensor.name
        shape = tensor.shape
        notFinite = 0
        switch tensor.elements {
        case .float32(let elements):
            type = "F32"
            summarize(elements.lazy.map { Double($0) })
        case .float64(let elements):
            type = "F64"
            summarize(elements)
        case .uint64(let elements):
            type = "U64"
            least = elements.min().map { Double($0) }
            most = elements.max().map { Double($0) }
        }
    }

    /// Scales by the largest magnitude, so that the squares of huge numbers do not overflow.
    private mutating func summarize(_ numbers: some Sequence<Double>) {
        var (largest, finite) = (0.0, 0)
        for number in numbers {
            guard number.isFinite else {
                notFinite += 1
                continue
            }
            finite += 1
            largest = max(largest, abs(number))
            least = min(least ?? number, number)
            most = max(most ?? number, number)
        }
        guard largest > 0 else { return norm = 0 }
        let squares = numbers.reduce(0.0) { sum, number in
            number.isFinite ? sum + (number / largest) * (number / largest) : sum
        }
        let length = largest * squares.squareRoot()
        norm = length.isFinite ? length : nil
    }
}
