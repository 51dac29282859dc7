import NoBackTrackTestSupport
import RealModule

/// Values of a healthy sensor with the error of the best forecast there is of each.
struct HealthyStream {
    enum Kind: CaseIterable {
        case noise, heavyTails, autoregressive, slowlyAutoregressive, walk, sine, square, counts, rareCounts,
            zeroRuns
        case constant, constantFirst, trend, quantisedWalk
    }

    let kind: Kind
    private var generator: SeededGenerator
    private var step = 0.0
    private var state = 0.0
    private var left = 0
    private var isOn = false

    init(_ kind: Kind, seed: UInt64) {
        self.kind = kind
        generator = SeededGenerator(seed: seed)
    }

    private mutating func uniform() -> Double { Double.random(in: 1e-12..<1, using: &generator) }

    private mutating func normal() -> Double { generator.normal() }

    /// A Poisson count of the given mean.
    private mutating func count(_ mean: Double) -> Double {
        let limit = Double.exp(-mean)
        var product = uniform()
        var count = 0.0
        while product > limit {
            product *= uniform()
            count += 1
        }
        return count
    }

    mutating func next() -> (value: Double, error: Double) {
        step += 1
        switch kind {
        case .noise:
            let error = normal()
            return (20 + error, error)
        case .heavyTails:
            let error = (uniform() < 0.5 ? 1 : -1) * Double.log(uniform())
            return (error, error)
        case .autoregressive, .slowlyAutoregressive, .walk:
            let error = normal()
            state = error + state * (kind == .walk ? 1 : kind == .autoregressive ? 0.9 : 0.99)
            return (state, error)
        case .sine:
            let error = 0.1 * normal()
            return (Double.sin(step / 30) + error, error)
        case .square:
            let error = 0.1 * normal()
            let level = step.truncatingRemainder(dividingBy: 100) < 50 ? 1.0 : 0
            defer { state = level }
            return (level + error, level - state + error)
        case .counts, .rareCounts:
            let mean = kind == .counts ? 3 : 0.05
            let value = count(mean)
            return (value, value - mean)
        case .zeroRuns:
            if left == 0 {
                isOn.toggle()
                left = 1 - Int(Double.log(uniform()) * (isOn ? 30 : 400))
            }
            left -= 1
            let value = isOn ? 1 + uniform() : 0
            return (value, isOn ? value - 1.5 : 0)
        case .constant: return (20, 0)
        case .constantFirst:
            let error = step < 3000 ? 0 : 0.1 * normal()
            return (20 + error, error)
        case .trend:
            let error = normal()
            return (0.1 * step + error, error)
        case .quantisedWalk:
            state += 0.005 * normal()
            let value = (state * 10).rounded() / 10
            return (value, value - state)
        }
    }
}
