/// What a header says of one tensor: consistent in itself, its place in the file not yet checked.
struct SafetensorsEntry {
    let name: String
    let dataType: SafetensorsDataType
    let shape: [Int]
    /// Bytes of the data section.
    let range: Range<Int>

    /// Reads the object after the name.
    init(name: String, _ scanner: inout JSONScanner) throws(SafetensorsError) {
        var dataType: String?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.list("{", "}") { scanner throws(SafetensorsError) in
            let key = try scanner.string()
            try scanner.expect(":")
            switch key {
            case "dtype" where dataType == nil: dataType = try scanner.string()
            case "shape" where shape == nil: shape = try Self.numbers(&scanner)
            case "data_offsets" where offsets == nil: offsets = try Self.numbers(&scanner)
            default: throw .badTensor(name: name, reason: "unexpected \(key.quotedForError)")
            }
        }
        guard let dataType, let shape, let offsets, offsets.count == 2 else {
            throw .badTensor(name: name, reason: "dtype, shape or data_offsets are missing")
        }
        guard let known = SafetensorsDataType(rawValue: dataType) else {
            throw .badTensor(name: name, reason: "elements of type \(dataType.quotedForError)")
        }
        var byteCount = known.byteCount
        for extent in shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw .badTensor(name: name, reason: "shape too large") }
            byteCount = product
        }
        guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == byteCount else {
            throw .badTensor(name: name, reason: "data_offsets do not fit the shape")
        }
        self.name = name
        self.dataType = known
        self.shape = shape
        range = offsets[0]..<offsets[1]
    }

    private static func numbers(_ scanner: inout JSONScanner) throws(SafetensorsError) -> [Int] {
        var numbers: [Int] = []
        try scanner.list("[", "]") { scanner throws(SafetensorsError) in
            numbers.append(try scanner.naturalNumber())
        }
        return numbers
    }
}
