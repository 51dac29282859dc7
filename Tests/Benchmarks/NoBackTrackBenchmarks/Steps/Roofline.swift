import CBenchmarks
import NoBackTrackSystem

/// Three arrays of floats that a plain pass reads, changes and writes back: what a step over as many parameters
/// costs at the very least, for it has w̄ and the optimizer's two arrays to renew.
final class MemoryPass {
    private let arrays: UnsafeMutableRawPointer
    private let count: Int
    /// Bytes from the start of one array to that of the next.
    private let stride: Int

    /// Arrays of `count` floats each.
    init(count: Int) {
        self.count = count
        // Apart by a line and not by a multiple of a page, or the three would share their places in the cache.
        stride = (MemoryLayout<Float>.stride * count + 4095) / 4096 * 4096 + 192
        arrays = .allocate(byteCount: 3 * stride, alignment: 4096)
        arrays.initializeMemory(as: UInt8.self, repeating: 0, count: 3 * stride)
    }

    deinit { arrays.deallocate() }

    /// Passes over the arrays so many times.
    ///
    /// - Returns: nanoseconds of the processor that each took.
    func run(_ passes: Int) -> Double {
        let floats = (0..<3).map { (arrays + $0 * stride).assumingMemoryBound(to: Float.self) }
        let begin = Clocks.threadNanoseconds()
        for _ in 0..<passes { roofline_read_modify_write(floats[0], floats[1], floats[2], count, 1e-6) }
        return Double(Clocks.threadNanoseconds() - begin) / Double(passes)
    }

    /// Bytes read and written in a pass.
    var bytes: Double { 2 * 3 * Double(MemoryLayout<Float>.stride * count) }
}

/// The most multiply-adds that one core does.
enum MultiplyAddPeak {
    /// Floating-point operations a nanosecond, that is GFLOP/s.
    static func measure(rounds: UInt64) -> Double {
        var best = 0.0
        var sum: Float = 0
        for _ in 0..<5 {
            let begin = Clocks.threadNanoseconds()
            sum += roofline_multiply_add(rounds)
            let nanoseconds = Double(Clocks.threadNanoseconds() - begin)
            best = max(best, Double(rounds * roofline_operations_per_round()) / nanoseconds)
        }
        precondition(sum.isFinite)
        return best
    }
}
