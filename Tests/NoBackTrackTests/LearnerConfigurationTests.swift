import NoBackTrack
import Testing

@Suite struct LearnerConfigurationTests {
    @Test func defaultsAreValid() throws {
        try LearnerConfiguration().validate()
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var key: String
        var make: @Sendable (inout LearnerConfiguration) -> Void
        var testDescription: String { key }
    }

    @Test(arguments: [
        Fault(key: "hiddenUnits") { $0.hiddenUnits = 0 },
        Fault(key: "hiddenUnits") { $0.hiddenUnits = 4097 },
        Fault(key: "rank") { $0.rank = 0 },
        Fault(key: "rank") { $0.rank = 65 },
        Fault(key: "truncation") { $0.truncation = 0 },
        Fault(key: "truncation") { $0.truncation = 5000 },
        Fault(key: "horizons") { $0.horizons = [] },
        Fault(key: "horizons") { $0.horizons = [0] },
        Fault(key: "horizons") { $0.horizons = [2, 1] },
        Fault(key: "horizons") { $0.horizons = [1, 1] },
        Fault(key: "horizons") { $0.horizons = [1, 5000] },
        Fault(key: "lags") { $0.lags = -1 },
        Fault(key: "forgettingFactor") { $0.forgettingFactor = 0 },
        Fault(key: "forgettingFactor") { $0.forgettingFactor = 1.01 },
        Fault(key: "forgettingFactor") { $0.forgettingFactor = .nan },
        Fault(key: "learningRate") { $0.learningRate = -1 },
        Fault(key: "learningRate") { $0.learningRate = .infinity },
        Fault(key: "slowestLeak") { $0.slowestLeak = 0 },
        Fault(key: "slowestLeak") { $0.slowestLeak = 1.5 },
        Fault(key: "groups") { $0.groups = 0 },
        Fault(key: "connections") { $0.connections = 5000 },
        Fault(key: "maxSymbols") { $0.maxSymbols = 1 },
        Fault(key: "maxSymbols") { $0.maxSymbols = 257 },
        Fault(key: "stepDecay") { $0.stepDecay = -0.1 },
        Fault(key: "spectralRadius") { $0.spectralRadius = .infinity },
        Fault(key: "inputScale") { $0.inputScale = .nan },
        Fault(key: "readoutLearningRate") { $0.readoutLearningRate = -1 },
    ])
    func aValueOutOfRangeNamesItsKey(_ fault: Fault) throws {
        var configuration = LearnerConfiguration()
        fault.make(&configuration)
        let error = #expect(throws: LearnerConfigurationError.self) { try configuration.validate() }
        #expect(error?.key == fault.key)
        #expect(error?.description.hasPrefix("learner.\(fault.key): ") == true)
    }
}
