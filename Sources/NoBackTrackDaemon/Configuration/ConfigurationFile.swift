import Configuration
import NoBackTrackSystem
import Yams

/// A YAML file, checked for keys that do not exist: a typing error must not pass for a default.
struct ConfigurationFile: Sendable {
    /// The values; nil when the file has none.
    let provider: FileProvider<YAMLSnapshot>?
    /// The streams that have an override.
    let overriddenStreams: [String]

    /// Reads the file.
    ///
    /// - Throws: ``ConfigurationError`` when it cannot be read, is not YAML, or has an unknown key.
    init(path: String) async throws(ConfigurationError) {
        let bytes: [UInt8]
        do { bytes = try DurableFile.read(path, maximumBytes: 1 << 20) } catch {
            throw ConfigurationError(key: path, reason: "\(error)")
        }
        let root: Node?
        do { root = try Yams.compose(yaml: String(decoding: bytes, as: UTF8.self)) } catch {
            throw ConfigurationError(key: path, reason: "not YAML: \(error)")
        }
        guard let root, !Self.isEmpty(root) else {
            provider = nil
            overriddenStreams = []
            return
        }
        overriddenStreams = try Self.check(root, path: path)
        do {
            let location = ConfigReader(
                provider: InMemoryProvider(values: ["filePath": .init(.string(path), isSecret: false)]))
            provider = try await FileProvider<YAMLSnapshot>(config: location)
        } catch {
            throw ConfigurationError(key: path, reason: "\(error)")
        }
    }

    /// A section without keys is null to YAML.
    private static func isEmpty(_ node: Node) -> Bool {
        node.scalar.map { $0.string.isEmpty || $0.string == "~" || $0.string == "null" } ?? false
    }

    /// Checks every key, and returns the names of the streams with overrides.
    private static func check(_ root: Node, path: String) throws(ConfigurationError) -> [String] {
        var overridden: [String] = []
        let sections = ConfigurationKey.sections.map(\.name)
        for (name, section) in try entries(root, at: path) {
            guard sections.contains(name) else { throw unknown(name, among: sections) }
            if isEmpty(section) { continue }
            var names = ConfigurationKey.all.map(\.components).filter { $0[0] == name }.map { $0[1] }
            if name == "streams" { names.append("overrides") }
            for (key, value) in try entries(section, at: name) {
                guard names.contains(key) else { throw unknown("\(name).\(key)", among: names) }
                if name == "streams", key == "overrides" {
                    if !isEmpty(value) { overridden = try checkOverrides(value) }
                } else if value.mapping != nil {
                    throw ConfigurationError(key: "\(name).\(key)", reason: "takes a value, not keys")
                }
            }
        }
        return overridden
    }

    private static func checkOverrides(_ node: Node) throws(ConfigurationError) -> [String] {
        let place = "streams.overrides"
        var streams: [String] = []
        for (stream, keys) in try entries(node, at: place) {
            streams.append(stream)
            if isEmpty(keys) { continue }
            for (key, value) in try entries(keys, at: "\(place).\(stream)") {
                guard ConfigurationKey.learnerNames.contains(key) else {
                    throw unknown("\(place).\(stream).\(key)", among: ConfigurationKey.learnerNames)
                }
                guard value.mapping == nil else {
                    throw ConfigurationError(
                        key: "\(place).\(stream).\(key)", reason: "takes a value, not keys")
                }
            }
        }
        return streams
    }

    private static func entries(_ node: Node, at place: String) throws(ConfigurationError) -> [(String, Node)]
    {
        guard let mapping = node.mapping else {
            throw ConfigurationError(key: place, reason: "holds keys, not a value")
        }
        var entries: [(String, Node)] = []
        for (key, value) in mapping {
            guard let name = key.string else {
                throw ConfigurationError(key: place, reason: "has a key that is not text")
            }
            entries.append((name, value))
        }
        return entries
    }

    private static func unknown(_ key: String, among known: [String]) -> ConfigurationError {
        ConfigurationError(key: key, reason: "no such key; there are \(known.joined(separator: ", "))")
    }
}
