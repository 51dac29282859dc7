import NoBackTrack
import NoBackTrackCheckpoint

/// Content that the tests of this target write and read.
enum Samples {
    /// Every element type, numbers whose bits are easily lost, and shapes at the edges.
    static let tensors = [
        StateTensor(
            name: "theta", shape: [1, 3],
            elements: .float32([-0.0, .leastNonzeroMagnitude, 0x1.fffffep127])),
        StateTensor(
            name: "readout.phi", shape: [2, 2],
            elements: .float64([0.1, -.leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0])),
        StateTensor(name: "state.learner", shape: [1], elements: .uint64([.max])),
        StateTensor(name: "delay.none", shape: [0, 4], elements: .float64([])),
        StateTensor(name: "scalar", shape: [], elements: .float32([1.5])),
    ]

    /// A checkpoint of a stream at a step.
    static func checkpoint(_ stream: String = "boiler", step: UInt64 = 7, savedAt: Double = 1_763_935_200.25)
        -> Checkpoint
    {
        Checkpoint(
            stream: stream, step: step, channels: ["temp", "flow \"2\"\n"], targets: ["temp"],
            time: 1_763_935_199.125, configuration: #"{"hiddenUnits":2,"seed":1}"#, tensors: tensors,
            savedAt: savedAt)
    }

    /// A safetensors file with this header, padded, and this many bytes of data.
    static func file(header: String, dataCount: Int = 0) -> [UInt8] {
        var header = Array(header.utf8)
        while header.count % 8 != 0 { header.append(0x20) }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        return length + header + [UInt8](repeating: 0, count: dataCount)
    }
}
