/// How samples are sent.
package struct SendSettings: Sendable, Equatable {
    /// The most samples that are held until they are acknowledged, at least 1.
    package var window = 16_384
    /// How long to go on without a connection or an acknowledgement; nil: for ever.
    package var patience: Duration? = .seconds(60)
    /// How long a daemon has to say that it acknowledges.
    package var greeting: Duration = .seconds(2)
    /// How long outstanding acknowledgements are waited for when asked to stop.
    package var farewell: Duration = .seconds(2)
    /// Time before the first attempt to connect again; every further one waits twice as long.
    package var firstDelay: Duration = .milliseconds(50)
    /// The most time between two attempts to connect.
    package var longestDelay: Duration = .seconds(2)

    /// The defaults.
    package init() {}
}
