/// The words that programs print for doubles that are not numbers, in any case.
enum FloatWord: Equatable {
    /// `nan` or `-nan`, as C prints it.
    case notANumber
    /// `inf` or `infinity`, with or without a sign.
    case infinite

    /// Recognises a word; nil when it is none of them.
    init?(_ word: Span<UInt8>) {
        let hasSign = word.count > 0 && (word[0] == UInt8(ascii: "-") || word[0] == UInt8(ascii: "+"))
        let rest = hasSign ? word.extracting(1..<word.count) : word
        if rest.equalsIgnoringCase("nan") {
            self = .notANumber
        } else if rest.equalsIgnoringCase("inf") || rest.equalsIgnoringCase("infinity") {
            self = .infinite
        } else {
            return nil
        }
    }
}
