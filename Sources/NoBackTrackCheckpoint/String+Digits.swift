extension String {
    /// A number's digits, with zeros before them up to a width.
    init(_ number: UInt64, radix: Int, width: Int) {
        let digits = String(number, radix: radix)
        self.init(repeating: "0", count: Swift.max(0, width - digits.count))
        append(digits)
    }
}
