import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackWire

/// The samples of one file, by stream, as the daemon would take them.
///
/// They are kept as numbers, eight bytes each, because every variant of the learner goes through them anew, and because
/// the share that is not scored is a share of all.
struct Recording: Sendable {
    /// One stream.
    struct Stream: Sendable {
        /// It, under each variant of the learner.
        let starts: [NewStream]
        /// One sample after the other, a number a channel; NaN where it is missing.
        fileprivate(set) var values: [Double] = []

        /// Its name.
        var name: String { starts[0].name }
        /// The same under every variant.
        var channels: [String] { starts[0].channels }
        /// How many samples it has.
        var sampleCount: Int { values.count / channels.count }
        /// A sample's numbers, from 0 on.
        func range(of sample: Int) -> Range<Int> {
            sample * channels.count..<(sample + 1) * channels.count
        }
    }

    /// The file's name, for people.
    let name: String
    /// In the order of their first samples.
    private(set) var streams: [Stream] = []
    /// How many lines could not be used, by reason.
    private(set) var rejected: [RejectionCode: Int] = [:]

    /// Numbers that are kept at most: 1 GiB.
    static let maxNumbers = 1 << 27

    private let variants: [LearnerVariant]
    private var places: [String: Int] = [:]
    private var numbers = 0
    /// The way of every layout that fits its stream.
    private var routes: [Route?] = []

    private struct Route {
        /// Place of the stream.
        var stream: Int
        /// As `SampleRoute.places`.
        var places: [Int]?
    }

    /// No samples yet.
    init(name: String, variants: [LearnerVariant]) {
        self.name = name
        self.variants = variants
    }

    /// Takes the samples of a batch.
    ///
    /// - Returns: the lines that could not be used, in their order.
    /// - Throws: ``EvaluationError/tooLarge(path:numbers:)``.
    mutating func take(_ batch: SampleBatch) throws(EvaluationError) -> [Rejection] {
        var rejections = batch.rejections
        if routes.count < batch.layouts.count {
            routes += Array(repeating: nil, count: batch.layouts.count - routes.count)
        }
        for record in batch.records {
            do throws(RouteRefusal) { try append(record, of: batch) } catch {
                rejections.append(Rejection(line: record.line, code: error.code, message: error.message))
            }
        }
        guard numbers <= Self.maxNumbers else { throw .tooLarge(path: name, numbers: Self.maxNumbers) }
        for rejection in rejections { rejected[rejection.code, default: 0] += 1 }
        return rejections.sorted { $0.line < $1.line }
    }

    private mutating func append(
        _ record: SampleBatch.Record, of batch: SampleBatch
    ) throws(RouteRefusal) {
        let known = routes[record.layout]
        let route = if let known { known } else { try open(batch.layouts[record.layout]) }
        routes[record.layout] = route
        if let places = route.places {
            for place in places {
                streams[route.stream].values.append(
                    place < 0 ? .nan : batch.values[record.firstValue + place])
            }
        } else {
            streams[route.stream].values.append(contentsOf: batch.values[batch.valueRange(of: record)])
        }
        numbers += streams[route.stream].channels.count
    }

    /// The way of a layout's samples to their stream, which begins with the first of them.
    private mutating func open(_ layout: SampleLayout) throws(RouteRefusal) -> Route {
        let standard = variants[0].configuration.streams
        let name = layout.stream ?? standard.defaultName
        if let place = places[name] {
            let route = try SampleRoute(layout, to: name, channels: streams[place].channels)
            return Route(stream: place, places: route.places)
        }
        do throws(StreamNameError) { _ = try StreamDirectoryName.encode(name) } catch {
            throw RouteRefusal(.badStreamName, "\(error)")
        }
        var starts: [NewStream] = []
        for variant in variants {
            starts.append(
                try NewStream(
                    name, layout, variant.configuration.stream(named: name),
                    maxMemoryBytes: standard.maxMemoryBytes))
        }
        let route = try SampleRoute(layout, to: name, channels: starts[0].channels)
        places[name] = streams.count
        streams.append(Stream(starts: starts))
        return Route(stream: streams.count - 1, places: route.places)
    }
}
