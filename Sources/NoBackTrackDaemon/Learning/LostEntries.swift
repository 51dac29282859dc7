/// Entries of a stream's journal that do not follow what came before.
struct LostEntries: Sendable {
    /// How many they are.
    private(set) var count = 0
    /// The position behind the last of them.
    private(set) var end: UInt64 = 0

    /// One more.
    mutating func add(position: UInt64) {
        count += 1
        end = max(end, position + 1)
    }

    /// Those of both.
    static func + (first: Self, second: Self) -> Self {
        var sum = first
        sum.count += second.count
        sum.end = max(sum.end, second.end)
        return sum
    }
}
