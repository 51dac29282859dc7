package import NoBackTrack

/// A file in the safetensors format, with the element types that a learner's state has.
///
///     8 bytes   length of the header, little-endian
///     header    JSON, padded with spaces to a multiple of 8:
///               {"__metadata__":{"key":"text",…},"name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},…}
///     data      little-endian elements, row-major, without gaps; offsets count from the end of the header
///
/// The bytes depend on nothing but the content: metadata lies in the order of its keys, tensors in the given
/// order. The data of all 8-byte types precede those of 4-byte types, so that every array is aligned to its
/// elements.
package struct SafetensorsFile: Sendable, Equatable {
    /// Free text by key.
    package var metadata: [String: String]
    /// The tensors, in the order of the header. Names are unique and none is `__metadata__`.
    package var tensors: [StateTensor]

    /// Longest header that the format's reference implementation reads, in bytes.
    static let maximumHeaderBytes = 100_000_000
    static let metadataKey = "__metadata__"

    /// A file of this content.
    package init(metadata: [String: String], tensors: [StateTensor]) {
        self.metadata = metadata
        self.tensors = tensors
    }

    /// The file's bytes.
    package func encoded() -> [UInt8] {
        let layout = layout()
        var header: [UInt8] = [UInt8(ascii: "{")]
        JSONText.append(Self.metadataKey, to: &header)
        header.append(contentsOf: ":{".utf8)
        for (index, key) in metadata.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            .enumerated()
        {
            if index > 0 { header.append(UInt8(ascii: ",")) }
            JSONText.append(key, to: &header)
            header.append(UInt8(ascii: ":"))
            JSONText.append(metadata[key, default: ""], to: &header)
        }
        header.append(UInt8(ascii: "}"))
        for (tensor, range) in zip(tensors, layout.ranges) {
            header.append(UInt8(ascii: ","))
            JSONText.append(tensor.name, to: &header)
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            header.append(
                contentsOf: """
                    :{"dtype":"\(tensor.elements.dataType.rawValue)","shape":[\(shape)],\
                    "data_offsets":[\(range.lowerBound),\(range.upperBound)]}
                    """.utf8)
        }
        header.append(UInt8(ascii: "}"))
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + layout.byteCount)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: header)
        for index in layout.order { tensors[index].elements.append(to: &bytes) }
        return bytes
    }

    /// Where each tensor's data lies, and the order in which they follow each other.
    private func layout() -> (ranges: [Range<Int>], order: [Int], byteCount: Int) {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "tensor names are unique")
        var ranges = [Range<Int>](repeating: 0..<0, count: tensors.count)
        var order: [Int] = []
        var end = 0
        for size in [8, 4] {
            for (index, tensor) in tensors.enumerated() where tensor.elements.dataType.byteCount == size {
                precondition(tensor.name != Self.metadataKey, "a tensor has the name of the metadata")
                precondition(tensor.shape.reduce(1, *) == tensor.elements.count, "shape of \(tensor.name)")
                ranges[index] = end..<end + tensor.elements.count * size
                order.append(index)
                end = ranges[index].upperBound
            }
        }
        return (ranges, order, end)
    }
}
