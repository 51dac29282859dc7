/// What a request calls itself, and its answer repeats.
///
/// A whole number is a ``number(_:)`` when a double holds it exactly, so that equal numbers are equal identifiers.
/// Whole numbers of 64 bits, with or without a sign, are repeated exactly; others as the nearest double.
package enum RequestIdentifier: Codable, Sendable, Hashable {
    /// A JSON string.
    case string(String)
    /// A JSON number.
    case number(Double)
    /// A whole number that a double cannot hold.
    case integer(Int64)
    /// A whole number above `Int64.max` that a double cannot hold.
    case unsigned(UInt64)

    /// Reads a JSON string or number.
    ///
    /// - Throws: `DecodingError` when it is neither.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let integer = try? container.decode(Int64.self), Int64(exactly: Double(integer)) != integer
        {
            self = .integer(integer)
        } else if let unsigned = try? container.decode(UInt64.self),
            UInt64(exactly: Double(unsigned)) != unsigned
        {
            self = .unsigned(unsigned)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }

    /// Writes it as it was read: whole numbers of 64 bits without a fraction or an exponent.
    ///
    /// - Throws: `EncodingError` when the number is not finite.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .integer(let integer): try container.encode(integer)
        case .unsigned(let unsigned): try container.encode(unsigned)
        case .number(let number):
            if let integer = Int64(exactly: number) {
                try container.encode(integer)
            } else if let unsigned = UInt64(exactly: number) {
                try container.encode(unsigned)
            } else {
                try container.encode(number)
            }
        }
    }

    /// Appends it as JSON.
    func append(to bytes: inout [UInt8]) {
        switch self {
        case .string(let text): bytes.append(jsonString: text)
        case .integer(let integer): bytes.append(decimal: Int(integer))
        case .unsigned(let unsigned): bytes.append(decimal: unsigned)
        case .number(let number):
            if let integer = Int64(exactly: number) {
                bytes.append(decimal: Int(integer))
            } else if let unsigned = UInt64(exactly: number) {
                bytes.append(decimal: unsigned)
            } else {
                bytes.append(jsonNumber: number)
            }
        }
    }
}
