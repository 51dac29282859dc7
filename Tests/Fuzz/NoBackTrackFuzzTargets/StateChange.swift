import NoBackTrack

/// One change of a state.
///
///     2 bytes    which tensor, little-endian; counted round and round
///     2 bytes    which element, likewise; all of them where the highest bit is set
///     8 bytes    the bits that it gets, of a single-precision number the lower four
///
/// The tensor is missing where the element's number is 7FFF, and one element short where it is 7FFE.
struct StateChange {
    /// Its size.
    static let byteCount = 12

    var tensor: Int
    var element: Int
    var bits: UInt64

    /// The bytes that say so.
    var bytes: [UInt8] {
        [UInt8(truncatingIfNeeded: tensor), UInt8(truncatingIfNeeded: tensor >> 8)]
            + [UInt8(truncatingIfNeeded: element), UInt8(truncatingIfNeeded: element >> 8)]
            + (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    }

    /// The changes that the bytes hold; what is left over is none.
    static func all(in bytes: ArraySlice<UInt8>) -> [StateChange] {
        let ends = bytes.count / byteCount
        // More only take longer.
        return (0..<min(ends, 64)).map { place in
            let change = bytes.dropFirst(place * byteCount).prefix(byteCount)
            func number(_ range: Range<Int>) -> UInt64 {
                range.reversed().reduce(0) { $0 << 8 | UInt64(change[change.startIndex + $1]) }
            }
            return StateChange(tensor: Int(number(0..<2)), element: Int(number(2..<4)), bits: number(4..<12))
        }
    }

    /// Changes the state, which has a tensor at least.
    func apply(to state: inout [StateTensor]) {
        let place = tensor % state.count
        let count = state[place].elements.count
        switch element {
        case 0x7FFF:
            state.remove(at: place)
        case 0x7FFE where count > 0:
            state[place].shape = [count - 1]
            state[place].elements.change {
                $0.dropLast()
            } double: {
                $0.dropLast()
            } word: {
                $0.dropLast()
            }
        case _ where count > 0:
            let range = element >= 0x8000 ? 0..<count : element % count..<element % count + 1
            let (bits, single) = (bits, Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            state[place].elements.change {
                Self.fill($0, range, single)
            } double: {
                Self.fill($0, range, Double(bitPattern: bits))
            } word: {
                Self.fill($0, range, bits)
            }
        default: break
        }
    }

    private static func fill<Element>(_ array: [Element], _ range: Range<Int>, _ element: Element)
        -> [Element]
    {
        var array = array
        for place in range { array[place] = element }
        return array
    }
}

extension StateTensor.Elements {
    /// Replaces the array by another of its type.
    fileprivate mutating func change(
        single: ([Float]) -> [Float], double: ([Double]) -> [Double], word: ([UInt64]) -> [UInt64]
    ) {
        switch self {
        case .float32(let array): self = .float32(single(array))
        case .float64(let array): self = .float64(double(array))
        case .uint64(let array): self = .uint64(word(array))
        }
    }
}
