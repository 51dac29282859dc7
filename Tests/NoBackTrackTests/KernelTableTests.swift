import CNoBackTrackKernels
import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

/// The instructions that every processor has.
private enum PortableFloatKernels: FloatKernelTable {
    static let table = nbt_portable_float().pointee
}

private enum PortableDoubleKernels: DoubleKernelTable {
    static let table = nbt_portable_double().pointee
}

/// Every kernel of every table against its naive twin, which computes in double precision.
@Suite struct KernelTableTests {
    enum Table: CaseIterable { case float, portableFloat, double, portableDouble }

    /// Lengths below, at and above whole vectors, and odd ones.
    static let counts = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 64, 73, 265]

    /// Has a check made with a table's kernels.
    private func with(_ table: Table, _ check: (any Checks.Type) -> Void) {
        switch table {
        case .float: check(KernelChecks<FloatKernels>.self)
        case .portableFloat: check(KernelChecks<PortableFloatKernels>.self)
        case .double: check(KernelChecks<DoubleKernels>.self)
        case .portableDouble: check(KernelChecks<PortableDoubleKernels>.self)
        }
    }

    @Test(arguments: Table.allCases) func vectors(table: Table) {
        for count in Self.counts { with(table) { $0.vectors(count, seed: UInt64(count)) } }
    }

    @Test(arguments: Table.allCases) func products(table: Table) {
        for (rows, columns, vectors) in [
            (1, 1, 1), (3, 5, 2), (8, 8, 3), (17, 19, 4), (33, 73, 5), (64, 9, 9),
        ] {
            with(table) { $0.products(rows, columns, vectors, seed: UInt64(rows)) }
        }
    }

    @Test(arguments: Table.allCases) func squaresOfColumns(table: Table) {
        for (rows, columns) in [(1, 3), (4, 8), (7, 17), (33, 64)] {
            with(table) { $0.columnSquares(rows, columns, seed: UInt64(columns)) }
        }
    }

    @Test(arguments: Table.allCases) func downdates(table: Table) {
        for count in [1, 3, 8, 21] { with(table) { $0.downdate(count, seed: UInt64(count)) } }
    }

    @Test(arguments: Table.allCases) func hyperbolicTangent(table: Table) { with(table) { $0.tanh() } }

    @Test(arguments: Table.allCases) func leakyUnits(table: Table) {
        for count in [1, 7, 8, 29] { with(table) { $0.leak(count, seed: UInt64(count)) } }
    }

    @Test(arguments: Table.allCases) func scalings(table: Table) {
        for count in [1, 7, 8, 29] { with(table) { $0.scalings(count, seed: UInt64(count)) } }
    }

    @Test(arguments: Table.allCases) func squaresInAMetric(table: Table) {
        for (count, vectors) in [(1, 1), (5, 0), (8, 3), (73, 7), (19, 16)] {
            with(table) { $0.inverseWeightedSquares(count, vectors, seed: UInt64(count)) }
        }
    }

    static let shapes = [
        PassShape(units: 1, segments: [3], rank: 1),
        PassShape(units: 5, segments: [7], rank: 1),
        PassShape(units: 6, segments: [8], rank: 2, groups: 3),
        PassShape(units: 9, segments: [19], rank: 3),
        PassShape(units: 16, segments: [73], rank: 4, groups: 4),
        PassShape(units: 7, segments: [21], rank: 6),
        PassShape(units: 7, segments: [21], rank: 9, groups: 2, rows: 3),
        PassShape(units: 5, segments: [17], rank: 2, rows: 0),
        PassShape(units: 5, segments: [17], rank: 2, rows: 21),
        PassShape(units: 6, segments: [12], rank: 2, rows: 1, sharesSource: false),
        PassShape(units: 6, segments: [9, 9, 3, 7], rank: 2, rows: 2),
        PassShape(units: 6, segments: [9, 12, 9, 10], rank: 5, rows: 1, statesPerUnit: 2),
    ]

    @Test(arguments: Table.allCases, shapes) fileprivate func passOverFactors(table: Table, shape: PassShape)
    {
        with(table) { $0.reduce(shape, seed: 7) }
    }

    @Test(arguments: Table.allCases, [NBT_PLAIN, NBT_ADAM, NBT_SIGNAL_TO_NOISE, NBT_FILTER].map(\.rawValue))
    func steps(table: Table, kind: UInt32) {
        for (count, rows) in [(1, 1), (5, 1), (8, 1), (73, 1), (21, 4)]
        where rows == 1 || kind == NBT_FILTER.rawValue {
            with(table) {
                $0.step(nbt_step_kind(kind), units: 5, count: count, rows: rows, seed: UInt64(count))
            }
        }
    }

    @Test(arguments: Table.allCases, [NBT_PLAIN, NBT_ADAM, NBT_SIGNAL_TO_NOISE, NBT_FILTER].map(\.rawValue))
    func passWithItsStepIsThePassAndThenTheStep(table: Table, kind: UInt32) {
        for shape in Self.shapes where shape.rows == 1 && shape.segments.count == 1 && shape.rank <= 4 {
            with(table) { $0.reduceAndStep(nbt_step_kind(kind), shape, seed: 11) }
        }
    }

    @Test(arguments: Table.allCases) func aPassWithAnUnusableGradientDoesNotStep(table: Table) {
        with(table) { $0.unusableGradientIsLookedAt() }
    }
}

/// What a pass over factors is given.
struct PassShape: Sendable, CustomTestStringConvertible {
    var units: Int
    /// Lengths of the segments of a unit's parameters.
    var segments: [Int]
    var rank: Int
    var groups = 1
    var rows = 1
    var statesPerUnit = 1
    var sharesSource = true

    var width: Int { segments.reduce(0, +) }
    var states: Int { units * statesPerUnit }
    var testDescription: String {
        "\(units) units of \(segments) in \(groups) groups, rank \(rank), \(rows) rows, \(statesPerUnit) states"
    }
}

private protocol Checks {
    static func vectors(_ count: Int, seed: UInt64)
    static func products(_ rows: Int, _ columns: Int, _ vectors: Int, seed: UInt64)
    static func columnSquares(_ rows: Int, _ columns: Int, seed: UInt64)
    static func downdate(_ count: Int, seed: UInt64)
    static func tanh()
    static func leak(_ count: Int, seed: UInt64)
    static func scalings(_ count: Int, seed: UInt64)
    static func inverseWeightedSquares(_ count: Int, _ vectors: Int, seed: UInt64)
    static func reduce(_ shape: PassShape, seed: UInt64)
    static func step(_ kind: nbt_step_kind, units: Int, count: Int, rows: Int, seed: UInt64)
    static func reduceAndStep(_ kind: nbt_step_kind, _ shape: PassShape, seed: UInt64)
    static func unusableGradientIsLookedAt()
}

private enum KernelChecks<Kernels: KernelTable>: Checks where Kernels.Scalar: LearnerScalar {
    typealias Scalar = Kernels.Scalar

    /// A sum of a few hundred terms of size 1 errs by no more; sums of magnitudes scale it.
    static var tolerance: Double { 64 * Double(Scalar.ulpOfOne) }

    static func numbers(_ count: Int, _ generator: inout SeededGenerator) -> [Scalar] {
        (0..<count).map { _ in Scalar(generator.signedUnit()) }
    }

    static func expect(
        _ found: [Scalar], _ naive: [Double], scale: Double = 1, _ what: String,
        location: SourceLocation = #_sourceLocation
    ) {
        let worst =
            zip(found, naive).map { (Double($0) - $1).magnitude / max(scale, $1.magnitude) }.max() ?? 0
        #expect(
            found.count == naive.count && worst <= tolerance,
            "\(what): \(worst / Double(Scalar.ulpOfOne)) ULP of \(scale)",
            sourceLocation: location)
    }

    static func vectors(_ count: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let (a, b) = (numbers(count, &generator), numbers(count, &generator))
        let sum = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        expect(
            [Kernels.dot(a, b, count: count)], [sum], scale: Double(count).squareRoot(),
            "dot of \(count), \(generator)")
        var y = b
        Kernels.addScaled(a, by: 0.3, to: &y, count: count)
        expect(
            y, zip(a, b).map { Double($1) + Double(Scalar(0.3)) * Double($0) },
            "sum of \(count), \(generator)")
        y = b
        Kernels.addScaledSquares(a, by: 0.3, to: &y, count: count)
        expect(
            y, zip(a, b).map { Double($1) + Double(Scalar(0.3)) * Double($0) * Double($0) },
            "sum of \(count) squares, \(generator)")
        y = b
        Kernels.addSquaredDifferences(a, from: 0.3, to: &y, count: count)
        expect(
            y,
            zip(a, b).map {
                Double($1) + (Double(Scalar(0.3)) - Double($0)) * (Double(Scalar(0.3)) - Double($0))
            },
            "sum of \(count) squared differences, \(generator)")
    }

    static func products(_ rows: Int, _ columns: Int, _ vectors: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let stride = columns + 3
        let matrix = numbers(rows * stride, &generator)
        let x = numbers(vectors * (columns + 1), &generator)
        var out = [Scalar](repeating: 9, count: vectors * (rows + 2))
        Kernels.multiply(
            matrix, stride: stride, rowCount: rows, columnCount: columns, vectors: x,
            vectorStride: columns + 1,
            vectorCount: vectors, into: &out, outStride: rows + 2)
        for q in 0..<vectors {
            for i in 0..<rows {
                var naive = 0.0
                for j in 0..<columns {
                    naive += Double(matrix[i * stride + j]) * Double(x[q * (columns + 1) + j])
                }
                let found = out[q * (rows + 2) + i]
                expect(
                    [found], [naive], scale: Double(columns).squareRoot(),
                    "row \(i), vector \(q), \(generator)")
                // To the bit whatever else is computed beside it.
                let alone = Kernels.dot(
                    Array(matrix[i * stride..<i * stride + columns]),
                    Array(x[q * (columns + 1)..<q * (columns + 1) + columns]), count: columns)
                #expect(alone == found, "row \(i), vector \(q), \(generator)")
            }
            #expect(out[q * (rows + 2) + rows] == 9)
        }
    }

    static func columnSquares(_ rows: Int, _ columns: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let stride = columns + 1
        let (matrix, weights) = (numbers(rows * stride, &generator), numbers(rows, &generator))
        let gains = numbers(rows, &generator)
        var out = [Scalar](repeating: 9, count: columns + 1)
        Kernels.columnSquares(
            matrix, stride: stride, rowCount: rows, columnCount: columns, weights: weights, gains: gains,
            into: &out)
        var naive = [Double](repeating: 0, count: columns)
        for i in 0..<rows {
            for j in 0..<columns {
                let entry = Double(gains[i]) * Double(matrix[i * stride + j])
                naive[j] += Double(weights[i]) * entry * entry
            }
        }
        expect(
            Array(out.prefix(columns)), naive, scale: Double(rows).squareRoot(),
            "\(columns) columns, \(generator)")
        #expect(out[columns] == 9)
    }

    static func downdate(_ count: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var matrix = numbers(count * count, &generator)
        for i in 0..<count { for j in 0..<i { matrix[i * count + j] = matrix[j * count + i] } }
        let u = numbers(count, &generator)
        let scale = Double(Scalar(1.25))
        let weight = Double(Scalar(0.3))
        var naive: [Double] = []
        for i in 0..<count {
            for j in 0..<count {
                let product: Double = Double(u[i]) * Double(u[j])
                naive.append(scale * (Double(matrix[i * count + j]) - weight * product))
            }
        }
        Kernels.downdate(&matrix, by: u, weight: 0.3, scale: 1.25, count: count)
        expect(matrix, naive, "\(count) rows, \(generator)")
        for i in 0..<count { for j in 0..<i { #expect(matrix[i * count + j] == matrix[j * count + i]) } }
    }

    static func tanh() {
        var x: [Scalar] = []
        for exponent in -40...4 {
            for step in 0..<64 {
                x.append(
                    Scalar(
                        sign: step % 2 == 0 ? .plus : .minus, exponent: .init(exponent),
                        significand: 1 + Scalar(step) / 64))
            }
        }
        x += [0, 1e15, -1e15, .infinity, -.infinity, 20, -20, 9.1, 88]
        var out = x
        Kernels.tanh(x, into: &out, count: x.count)
        for (x, y) in zip(x, out) {
            let exact = Double.tanh(Double(x))
            let ulp = Double(Scalar(exact.magnitude).ulp)
            #expect(
                (Double(y) - exact).magnitude <= 4 * ulp && y.magnitude <= 1, "tanh \(x) = \(y), not \(exact)"
            )
        }
        var special: [Scalar] = [.nan, -0.0]
        Kernels.tanh([.nan, -0.0], into: &special, count: 2)
        #expect(special[0].isNaN && special[1] == 0 && special[1].sign == .minus)
    }

    static func leak(_ count: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let (a, state) = (numbers(count, &generator).map { 3 * $0 }, numbers(count, &generator))
        let leak = numbers(count, &generator).map { ($0 + 1) / 2 }
        var (next, gain) = (state, state)
        Kernels.leak(a, leak: leak, complement: leak.map { 1 - $0 }, state: &next, gain: &gain, count: count)
        var naive: (state: [Double], gain: [Double]) = ([], [])
        for i in 0..<count {
            let t = Double.tanh(Double(a[i]))
            let α = Double(leak[i])
            naive.state.append((1 - α) * Double(state[i]) + α * t)
            naive.gain.append(α * (1 - t * t))
        }
        expect(next, naive.state, "state, \(generator)")
        expect(gain, naive.gain, "gain, \(generator)")
    }

    static func scalings(_ count: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var (w, v) = (
            numbers(count, &generator).map(\.magnitude), numbers(count, &generator).map(\.magnitude)
        )
        w[0] = 0
        v[count / 2] = 0
        let signs = numbers(count, &generator).map { $0 < 0 ? Scalar(-1) : 1 }
        for areOne in [false, true] {
            var (products, quotients) = (w, w)
            Kernels.scalings(
                rows: w, columns: v, signs: signs, regularisation: 1e-3, areOne: areOne, products: &products,
                quotients: &quotients, count: count)
            let e = Double(Scalar(1e-3))
            let ρ = (0..<count).map { i -> Double in
                guard w[i] > 0 else { return 0 }
                guard !areOne, v[i] > 0 else { return 1 }
                return ((Double(w[i]).squareRoot() + e) / (Double(v[i]).squareRoot() + e)).squareRoot()
            }
            expect(products, (0..<count).map { Double(signs[$0]) * ρ[$0] }, "products, \(generator)")
            expect(
                quotients, (0..<count).map { ρ[$0] > 0 ? Double(signs[$0]) / ρ[$0] : 0 },
                "quotients, \(generator)")
        }
    }

    static func inverseWeightedSquares(_ count: Int, _ vectors: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let diagonal = numbers(count, &generator).map(\.magnitude)
        let stride = count + 2
        let a = numbers(max(vectors, 1) * stride, &generator)
        let b = numbers(count, &generator)
        var out = [Scalar](repeating: 9, count: vectors + 1)
        var outB = Scalar.zero
        Kernels.inverseWeightedSquares(
            diagonal: diagonal, damping: 0.5, count: count, a, strideA: stride, countA: vectors, b,
            outA: &out,
            outB: &outB)
        func naive(_ x: ArraySlice<Scalar>) -> Double {
            zip(x, diagonal).reduce(0) { $0 + Double($1.0) * Double($1.0) / (Double($1.1) + 0.5) }
        }
        let scale = Double(count).squareRoot()
        expect(
            Array(out.prefix(vectors)), (0..<vectors).map { naive(a[$0 * stride..<$0 * stride + count]) },
            scale: scale,
            "of a, \(generator)")
        expect([outB], [naive(b[...])], scale: scale, "of b, \(generator)")
        #expect(out[vectors] == 9)
    }
}

/// Buffers of a pass, as a kernel and as its naive twin see them.
private struct Pass<Scalar: LearnerScalar> {
    let shape: PassShape
    var segments: [nbt_segment] = []
    var group: [Int32]
    var coefficients: [Scalar]
    var projections: [Scalar]
    var delta: [Scalar]
    var sources: (old: [Scalar], new: [Scalar])
    var gains: (old: [Scalar], new: [Scalar])
    var factor: [Scalar]
    var gradient: [Scalar]
    var squaredNorms: [Scalar]
    var units: Range<Int>
    let sourceCount: Int

    init(_ shape: PassShape, _ generator: inout SeededGenerator) {
        func numbers(_ count: Int) -> [Scalar] { generator.signedUnits(count).map { Scalar($0) } }
        self.shape = shape
        var start = 0
        for (place, count) in shape.segments.enumerated() {
            // Gates share most of their source.
            segments.append(nbt_segment(start: start, source: place, count: count))
            start += count
        }
        sourceCount = segments.map { $0.source + $0.count }.max() ?? 0
        let sources = shape.sharesSource ? sourceCount : shape.units * sourceCount
        group = (0..<shape.units).map { Int32($0 * shape.groups / shape.units) }
        coefficients = numbers(shape.rank * (shape.groups + shape.states))
        projections = numbers(max(shape.rows, 1) * shape.rank * shape.groups)
        delta = numbers(max(shape.rows, 1) * shape.states)
        self.sources = (numbers(sources), numbers(sources))
        gains = (numbers(shape.states * segments.count), numbers(shape.states * segments.count))
        factor = numbers(shape.rank * shape.units * shape.width)
        // Not the first unit, so that places in arrays of all units and of the pass differ.
        units = shape.units > 1 ? 1..<shape.units : 0..<1
        gradient = [Scalar](repeating: 9, count: max(units.count * shape.rows, 1) * shape.width)
        squaredNorms = [Scalar](repeating: 0, count: shape.rank * shape.units)
        for place in squaredNorms.indices {
            let row = factor[place * shape.width..<(place + 1) * shape.width]
            squaredNorms[place] = row.reduce(0) { $0 + $1 * $1 }
        }
    }

    mutating func run<Kernels: KernelTable<Scalar>>(_ kernels: Kernels.Type, step: KernelStep<Scalar>?)
        -> Bool
    {
        Kernels.reduceRows(
            units: units, unitCount: shape.units, parametersPerUnit: shape.width,
            statesPerUnit: shape.statesPerUnit,
            segments: segments, segmentCount: segments.count,
            sourceStride: shape.sharesSource ? 0 : sourceCount,
            rank: shape.rank, groupCount: shape.groups, rowCount: shape.rows, group: group,
            coefficients: coefficients,
            projections: projections, delta: delta, oldSource: sources.old, oldGain: gains.old,
            newSource: sources.new, newGain: gains.new, factor: &factor, gradient: &gradient,
            squaredNorms: &squaredNorms, step: step)
    }

    /// w̄ of every rank, unit and parameter by (12), and the gradient rows by (15).
    var naive: (factor: [Double], gradient: [Double]) {
        let (n, width, S) = (shape.units, shape.width, segments.count)
        var w = factor.map { Double($0) }
        var g = [Double](repeating: 0, count: units.count * shape.rows * width)
        for unit in units {
            for (s, segment) in segments.enumerated() {
                for j in 0..<segment.count {
                    let source = (shape.sharesSource ? 0 : unit * sourceCount) + segment.source + j
                    let p = segment.start + j
                    func derivative(_ source: Double, _ gain: (Int) -> Double) -> Double {
                        (0..<shape.statesPerUnit).reduce(0) { $0 + gain(unit + $1 * n) } * source
                    }
                    for m in 0..<shape.rank {
                        let base = m * (shape.groups + shape.states)
                        let place = (m * n + unit) * width + p
                        w[place] =
                            Double(coefficients[base + Int(group[unit])]) * w[place]
                            + derivative(Double(sources.old[source])) {
                                Double(coefficients[base + shape.groups + $0]) * Double(gains.old[$0 * S + s])
                            }
                    }
                    for q in 0..<shape.rows {
                        var sum = derivative(Double(sources.new[source])) {
                            Double(delta[q * shape.states + $0]) * Double(gains.new[$0 * S + s])
                        }
                        for m in 0..<shape.rank {
                            let projection = projections[
                                (q * shape.rank + m) * shape.groups + Int(group[unit])]
                            sum += Double(projection) * w[(m * n + unit) * width + p]
                        }
                        g[((unit - units.lowerBound) * shape.rows + q) * width + p] = sum
                    }
                }
            }
        }
        return (w, g)
    }
}

extension KernelChecks {
    static func reduce(_ shape: PassShape, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var pass = Pass<Scalar>(shape, &generator)
        let naive = pass.naive
        let before = pass.squaredNorms
        let isStepped = pass.run(Kernels.self, step: nil)
        #expect(!isStepped)
        expect(pass.factor, naive.factor, "w̄, \(generator)")
        if shape.rows > 0 {
            expect(pass.gradient, naive.gradient, scale: Double(shape.rank), "gradient, \(generator)")
        }
        for m in 0..<shape.rank {
            for unit in 0..<shape.units {
                let place = m * shape.units + unit
                guard pass.units.contains(unit) else {
                    #expect(pass.squaredNorms[place] == before[place])
                    continue
                }
                // To the bit what is made of w̄ later, after a restart.
                var sum = Scalar.zero
                for segment in pass.segments {
                    let start = place * shape.width + segment.start
                    let row = Array(pass.factor[start..<start + segment.count])
                    sum += Kernels.dot(row, row, count: segment.count)
                }
                #expect(pass.squaredNorms[place] == sum, "unit \(unit) of pair \(m), \(generator)")
            }
        }
    }

    /// An optimizer's arrays over some units.
    struct Numbers {
        var first: [Scalar]
        var second: [Scalar]
        var parameters: [Scalar]
        var used: [UInt8]
        let sizes: [Scalar]
        let corrections: [Scalar]

        init(units: Int, count: Int, _ generator: inout SeededGenerator) {
            first = numbers(units * count, &generator)
            second = numbers(units * count, &generator).map(\.magnitude)
            parameters = numbers(units * count, &generator)
            used = Array(repeating: 7, count: units)
            sizes = numbers(units, &generator).map { $0.magnitude / 16 }
            corrections = numbers(units, &generator).map { $0.magnitude / 2 + Scalar(0.1) }
        }

        mutating func with<Result>(
            _ kind: nbt_step_kind, _ body: (KernelStep<Scalar>) -> Result
        ) -> Result {
            first.withUnsafeMutableBufferPointer { first in
                second.withUnsafeMutableBufferPointer { second in
                    parameters.withUnsafeMutableBufferPointer { parameters in
                        used.withUnsafeMutableBufferPointer { used in
                            sizes.withUnsafeBufferPointer { sizes in
                                corrections.withUnsafeBufferPointer { corrections in
                                    body(
                                        KernelStep(
                                            kind: kind, usable: 1e18, firstRate: 0.25, secondRate: 0.125,
                                            damping: 0.0625, size: 0.5, largestChange: 0.125,
                                            isLimited: true, sizes: sizes.baseAddress,
                                            corrections: corrections.baseAddress, first: first.baseAddress,
                                            second: second.baseAddress, parameters: parameters.baseAddress!,
                                            used: used.baseAddress))
                                }
                            }
                        }
                    }
                }
            }
        }

        /// One unit's step as the optimizers' equations have it.
        func naive(
            _ kind: nbt_step_kind, gradient: [Double], rows: Int, unit: Int, place: Int, count: Int
        ) -> (first: [Double], second: [Double], parameters: [Double]) {
            let range = unit * count..<(unit + 1) * count
            var (m, s) = (first[range].map { Double($0) }, second[range].map { Double($0) })
            var θ = parameters[range].map { Double($0) }
            let (size, correction) = (Double(sizes[place]), Double(corrections[place]))
            let g = Array(gradient[..<count])
            switch kind {
            case NBT_PLAIN: for j in 0..<count { θ[j] -= size * g[j] }
            case NBT_ADAM:
                for j in 0..<count {
                    m[j] += 0.25 * (g[j] - m[j])
                    s[j] += 0.125 * (g[j] * g[j] - s[j])
                    θ[j] -= size * m[j] / ((s[j] * correction).squareRoot() + 0.0625)
                }
            case NBT_SIGNAL_TO_NOISE:
                var ratio = 0.0
                for j in 0..<count {
                    m[j] += 0.25 * (g[j] - m[j])
                    s[j] += 0.125 * (g[j] * g[j] - s[j])
                    ratio += m[j] * m[j] / s[j]
                }
                let signal = ratio / Double(count) - 0.25
                if signal > 0 {
                    for j in 0..<count {
                        let change = 0.5 * signal * g[j] / (s[j] + 0.0625)
                        θ[j] -= min(max(change, -0.125), 0.125)
                    }
                }
            default:
                for j in 0..<count {
                    let squares = (min(1, rows - 1)..<rows).reduce(0.0) {
                        $0 + gradient[$1 * count + j] * gradient[$1 * count + j]
                    }
                    m[j] += 0.25 * (g[j] - m[j])
                    s[j] = (1 - correction) * s[j] + correction * squares
                    let precision = s[j] + 0.0625 * correction
                    let largest = (0.125 * 0.125 * correction / precision).squareRoot()
                    θ[j] -= min(max(size * m[j] / precision, -largest), largest)
                }
            }
            return (m, s, θ)
        }
    }

    static func step(_ kind: nbt_step_kind, units: Int, count: Int, rows: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var found = Numbers(units: units, count: count, &generator)
        let before = found
        var gradient = numbers(units * rows * count, &generator)
        let unusable = 1
        gradient[unusable * rows * count] = 1e12
        let original = gradient
        found.with(kind) {
            Kernels.stepRows($0, gradient: &gradient, units: 1..<units, rowCount: rows, count: count)
        }
        for unit in 0..<units {
            let range = unit * count..<(unit + 1) * count
            let place = unit - 1
            guard unit > 0, place != unusable else {
                #expect(found.parameters[range] == before.parameters[range])
                if place == unusable { #expect(found.used[place] == 0) }
                continue
            }
            #expect(found.used[place] == 1)
            let naive = before.naive(
                kind,
                gradient: original[place * rows * count..<(place + 1) * rows * count].map { Double($0) },
                rows: rows, unit: unit, place: place, count: count)
            expect(Array(found.parameters[range]), naive.parameters, "θ of unit \(unit), \(generator)")
            expect(Array(found.first[range]), naive.first, "m of unit \(unit), \(generator)")
            expect(
                Array(found.second[range]), naive.second, scale: Double(rows),
                "s of unit \(unit), \(generator)")
        }
    }

    static func reduceAndStep(_ kind: nbt_step_kind, _ shape: PassShape, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var together = Pass<Scalar>(shape, &generator)
        var apart = together
        var found = Numbers(units: shape.units, count: shape.width, &generator)
        let before = found
        let isStepped = found.with(kind) { together.run(Kernels.self, step: $0) }
        #expect(isStepped)
        let naive = apart.naive
        let isSteppedApart = apart.run(Kernels.self, step: nil)
        #expect(!isSteppedApart)
        // The factors and their norms are those of the pass alone, to the bit.
        #expect(together.factor == apart.factor && together.squaredNorms == apart.squaredNorms)
        for unit in together.units {
            let range = unit * shape.width..<(unit + 1) * shape.width
            let place = unit - together.units.lowerBound
            let expected = before.naive(
                kind, gradient: Array(naive.gradient[place * shape.width..<(place + 1) * shape.width]),
                rows: 1,
                unit: unit, place: place, count: shape.width)
            expect(
                Array(found.parameters[range]), expected.parameters, scale: 4,
                "θ of unit \(unit), \(generator)")
            expect(Array(found.first[range]), expected.first, scale: 4, "m of unit \(unit), \(generator)")
            expect(Array(found.second[range]), expected.second, scale: 8, "s of unit \(unit), \(generator)")
            #expect(found.used[place] == 1)
        }
        if together.units.lowerBound > 0 { #expect(found.parameters[0] == before.parameters[0]) }
    }

    static func unusableGradientIsLookedAt() {
        for bad in [Scalar(1e12), .infinity, .nan] {
            var generator = SeededGenerator(seed: 3)
            var pass = Pass<Scalar>(PassShape(units: 4, segments: [9], rank: 1), &generator)
            pass.delta[2] = bad
            var numbers = Numbers(units: 4, count: 9, &generator)
            let before = numbers
            let isStepped = numbers.with(NBT_SIGNAL_TO_NOISE) { pass.run(Kernels.self, step: $0) }
            #expect(!isStepped)
            #expect(numbers.parameters == before.parameters && numbers.first == before.first)
        }
    }
}
