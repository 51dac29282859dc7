extension ConfigurationLoader {
    /// The configuration of a daemon that is told these keys and nothing else: no file, no environment.
    ///
    /// - Parameter texts: values by key path, as ``ConfigurationKey/path`` spells it; lists have commas between items.
    /// - Throws: ``ConfigurationError`` naming the key that does not exist, or whose value is of the wrong type or
    ///   out of its range.
    package static func load(
        texts: [String: String]
    ) async throws(ConfigurationError) -> DaemonConfiguration {
        // Texts become values as those of variables do: by the type that each key asks for.
        var environment: [String: String] = [:]
        for (path, text) in texts.sorted(by: { $0.key < $1.key }) {
            let section = path.split(separator: ".").first.map(String.init) ?? ""
            guard let key = ConfigurationKey.all.first(where: { $0.path == path }) else {
                let known = ConfigurationKey.all.map(\.path).filter { $0.hasPrefix("\(section).") }
                throw ConfigurationError(
                    key: path, reason: "no such key; there are \(known.joined(separator: ", "))")
            }
            environment[variable(key.components)] = text
        }
        return try await load(file: nil, environment: environment, options: [:])
    }
}
