// swift-tools-version: 6.2

import PackageDescription

/// Settings of every target: language mode 6 with the upcoming features, and no warning left standing.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "nobacktrackd",
    products: [
        .executable(name: "nobacktrackd", targets: ["nobacktrackd"]),
        .executable(name: "nobacktrack", targets: ["nobacktrack"]),
    ],
    dependencies: [
        // Of the benchmarks alone.
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Comes with swift-configuration's YAML trait anyway; ours for finding keys that do not exist.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // libsystemd's own headers; the library is found by pkg-config.
        .systemLibrary(
            name: "CSystemd",
            pkgConfig: "libsystemd",
            providers: [.apt(["libsystemd-dev"])]
        ),
        // The learner's innermost loops, compiled for several instruction sets and chosen at run time.
        .target(
            name: "CNoBackTrackKernels",
            exclude: ["kernels.inc", "types.inc"]
        ),
        // What glibc declares only when asked.
        .systemLibrary(name: "CLinux"),
        // The learner as a value: (state, sample) → (state, forecast).
        .target(
            name: "NoBackTrack",
            dependencies: ["CNoBackTrackKernels", .product(name: "RealModule", package: "swift-numerics")],
            swiftSettings: strict
        ),
        // Bytes to samples, forecasts to bytes.
        .target(name: "NoBackTrackWire", swiftSettings: strict),
        // The system calls the project makes itself.
        .target(name: "NoBackTrackSystem", dependencies: ["CLinux", "CSystemd"], swiftSettings: strict),
        // Learner state to files and back.
        .target(
            name: "NoBackTrackCheckpoint",
            dependencies: ["NoBackTrack", "NoBackTrackSystem"],
            swiftSettings: strict
        ),
        // Sources, queues, learning, publishing, control: the wiring.
        .target(
            name: "NoBackTrackDaemon",
            dependencies: [
                "NoBackTrack", "NoBackTrackCheckpoint", "NoBackTrackSystem", "NoBackTrackWire",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        // One connection to the predict socket, typed.
        .target(
            name: "NoBackTrackClient",
            dependencies: [
                "NoBackTrackWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "nobacktrackd",
            dependencies: [
                "NoBackTrackDaemon", "NoBackTrackSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "nobacktrack",
            dependencies: [
                "NoBackTrack", "NoBackTrackCheckpoint", "NoBackTrackClient", "NoBackTrackDaemon",
                "NoBackTrackSystem", "NoBackTrackWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        // Seeded generators, comparison in ULPs, failing files, learner laws.
        .target(
            name: "NoBackTrackTestSupport",
            dependencies: ["NoBackTrack", "NoBackTrackSystem"],
            swiftSettings: strict
        ),
        // Loops at the machine's limit, that the benchmarks hold the learner against, and where they run.
        .target(name: "CBenchmarks", path: "Tests/Benchmarks/CBenchmarks"),
        // Measures everything that is said about speed; no product, so that only asking for it builds it.
        .executableTarget(
            name: "NoBackTrackBenchmarks",
            dependencies: [
                "CBenchmarks", "NoBackTrack", "NoBackTrackSystem", "NoBackTrackTestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            path: "Tests/Benchmarks/NoBackTrackBenchmarks",
            swiftSettings: strict
        ),
        // libFuzzer's entry, weak: only Tests/Fuzz/run.sh links it.
        .target(name: "CFuzz", path: "Tests/Fuzz/CFuzz"),
        // What must hold for any bytes that come from outside.
        .target(
            name: "NoBackTrackFuzzTargets",
            dependencies: ["NoBackTrack", "NoBackTrackCheckpoint", "NoBackTrackWire"],
            path: "Tests/Fuzz/NoBackTrackFuzzTargets",
            swiftSettings: strict
        ),
        // Runs one of them for libFuzzer; no product.
        .executableTarget(
            name: "NoBackTrackFuzz",
            dependencies: ["CFuzz", "NoBackTrackFuzzTargets"],
            path: "Tests/Fuzz/NoBackTrackFuzz",
            swiftSettings: strict
        ),
        .testTarget(
            name: "NoBackTrackFuzzTests",
            dependencies: ["NoBackTrackFuzzTargets"],
            path: "Tests/Fuzz/NoBackTrackFuzzTests",
            swiftSettings: strict
        ),
        .testTarget(
            name: "NoBackTrackTests",
            dependencies: [
                "CNoBackTrackKernels", "NoBackTrack", "NoBackTrackTestSupport",
                .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NoBackTrackWireTests",
            dependencies: ["NoBackTrackTestSupport", "NoBackTrackWire"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NoBackTrackSystemTests",
            dependencies: ["NoBackTrackSystem", "NoBackTrackTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NoBackTrackCheckpointTests",
            dependencies: [
                "NoBackTrack", "NoBackTrackCheckpoint", "NoBackTrackSystem", "NoBackTrackTestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NoBackTrackDaemonTests",
            dependencies: [
                "NoBackTrack", "NoBackTrackCheckpoint", "NoBackTrackDaemon", "NoBackTrackSystem",
                "NoBackTrackTestSupport", "NoBackTrackWire",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                // The tests run the program that lies beside them.
                "nobacktrackd",
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NoBackTrackClientTests",
            dependencies: [
                "NoBackTrack", "NoBackTrackCheckpoint", "NoBackTrackClient", "NoBackTrackDaemon",
                "NoBackTrackSystem", "NoBackTrackTestSupport", "NoBackTrackWire", "nobacktrack",
                // Evaluation is held against what the daemon prints.
                "nobacktrackd",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
