/// What the text of a cell is as a value.
enum CSVValue: Equatable {
    /// A finite number.
    case number(Double)
    /// A word for a missing value: `nan`, `na`, `null`.
    case missing
    /// Nothing, which is a missing value.
    case empty
    /// A number that is infinite or too large for a double.
    case infinite
    /// None of them.
    case text

    /// Judges a cell without its quotes and the spaces around it.
    init(_ cell: Span<UInt8>) {
        var index = 0
        if cell.isEmpty {
            self = .empty
        } else if let number = DecimalNumber.read(cell, at: &index, .relaxed), index == cell.count {
            self = number.isFinite ? .number(number) : .infinite
        } else if let word = FloatWord(cell) {
            self = word == .infinite ? .infinite : .missing
        } else if cell.equalsIgnoringCase("na") || cell.equalsIgnoringCase("null") {
            self = .missing
        } else {
            self = .text
        }
    }
}
