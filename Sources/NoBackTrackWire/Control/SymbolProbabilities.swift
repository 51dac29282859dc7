/// What the next symbol of a stream may be: the likeliest first, among equals in the order of their bytes.
///
/// In JSON an object, whose keys are the symbols as strings of one Unicode scalar: a byte from 0x80 on, which cannot
/// stand alone in UTF-8, is the scalar of that number. What the probabilities lack to one is left to symbols never
/// seen.
package struct SymbolProbabilities: Sendable, Equatable {
    /// One symbol that may come.
    package struct Entry: Sendable, Equatable {
        /// The byte.
        package var symbol: UInt8
        /// How likely it is next, 0…1.
        package var probability: Double

        /// Creates an entry.
        package init(symbol: UInt8, probability: Double) {
            self.symbol = symbol
            self.probability = probability
        }
    }

    /// The symbols in use, in their order.
    package let entries: [Entry]

    /// Puts the entries, whose symbols are distinct, in their order.
    package init(_ entries: [Entry]) {
        self.entries = entries.sorted {
            $0.probability != $1.probability ? $0.probability > $1.probability : $0.symbol < $1.symbol
        }
    }

    /// Appends the object. Quick, for it is done for every sample.
    func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (place, entry) in entries.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(jsonString: Key(entry.symbol).stringValue)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(jsonNumber: entry.probability)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension SymbolProbabilities: Codable {
    /// A symbol as the key of an object.
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ symbol: UInt8) { stringValue = String(Unicode.Scalar(symbol)) }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }

        /// The byte; nil when the key is no symbol.
        var symbol: UInt8? {
            let scalars = stringValue.unicodeScalars
            guard scalars.count == 1, let scalar = scalars.first else { return nil }
            return UInt8(exactly: scalar.value)
        }
    }

    /// Reads the object.
    ///
    /// - Throws: `DecodingError` when a key is no symbol, or a value no number.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            try container.allKeys.map { key in
                guard let symbol = key.symbol else {
                    throw DecodingError.dataCorruptedError(
                        forKey: key, in: container, debugDescription: "not a symbol")
                }
                return Entry(symbol: symbol, probability: try container.decode(Double.self, forKey: key))
            })
    }

    /// Writes the object.
    ///
    /// - Throws: `EncodingError` when a probability is not finite.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for entry in entries { try container.encode(entry.probability, forKey: Key(entry.symbol)) }
    }
}
