import NoBackTrack

/// Element types, by the names that the format gives them.
enum SafetensorsDataType: String {
    case float32 = "F32"
    case float64 = "F64"
    case uint64 = "U64"

    /// Bytes of an element.
    var byteCount: Int {
        switch self {
        case .float32: 4
        case .float64, .uint64: 8
        }
    }
}

extension StateTensor.Elements {
    /// The type of the elements.
    var dataType: SafetensorsDataType {
        switch self {
        case .float32: .float32
        case .float64: .float64
        case .uint64: .uint64
        }
    }

    /// Appends the elements, little-endian.
    func append(to bytes: inout [UInt8]) {
        switch self {
        case .float32(let array): Self.append(array, { $0.bitPattern.littleEndian }, to: &bytes)
        case .float64(let array): Self.append(array, { $0.bitPattern.littleEndian }, to: &bytes)
        case .uint64(let array): Self.append(array, { $0.littleEndian }, to: &bytes)
        }
    }

    /// The elements that the bytes hold, whose count is a multiple of the element's.
    init(_ type: SafetensorsDataType, decoding bytes: ArraySlice<UInt8>) {
        switch type {
        case .float32: self = .float32(Self.array(bytes) { Float(bitPattern: UInt32(littleEndian: $0)) })
        case .float64: self = .float64(Self.array(bytes) { Double(bitPattern: UInt64(littleEndian: $0)) })
        case .uint64: self = .uint64(Self.array(bytes) { UInt64(littleEndian: $0) })
        }
    }

    private static func append<Element, Bits: FixedWidthInteger>(
        _ array: [Element], _ bits: (Element) -> Bits, to bytes: inout [UInt8]
    ) {
        array.map(bits).withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    private static func array<Element, Bits: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: ArraySlice<UInt8>, _ element: (Bits) -> Element
    ) -> [Element] {
        bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<Bits>.size).map {
                element(bytes.loadUnaligned(fromByteOffset: $0, as: Bits.self))
            }
        }
    }
}
