package import Logging

extension EventKind {
    /// How severe its messages are.
    ///
    /// Debug is for who develops, info for who looks on purpose, notice for what is normal and matters, warning for what
    /// may need a look, error for what failed and needs one, critical for the end of the daemon.
    package var level: Logger.Level {
        switch self {
        case .argumentsUnusable, .dataUnusable, .inputOutputFailed, .configurationUnusable: .critical
        case .streamStateUnfit, .stateNotStored, .checkpointSetAside, .segmentSetAside, .segmentsLeftInPlace,
            .journalDamaged, .journalPartMissing, .journalStreamRefused, .configurationKept:
            .error
        case .socketUnused, .messagesSuppressed, .lineUnusable, .connectionNotAccepted, .channelStuck,
            .levelShift,
            .scaleChange, .forecastsWorse, .segmentNotRemoved, .keysNeedRestart, .streamsStay,
            .pressureUnwatched:
            .warning
        case .ready, .outputReaderGone, .stopped, .connectionGaveWay, .streamForgotten, .clockSetBack,
            .channelMoves, .samplesMissing, .stateStoredAgain, .configurationReloaded, .memoryShort:
            .notice
        case .stopRequested, .inputEnded, .streamBegins, .streamResumed, .journalReplayed, .journalTorn,
            .connectionsResumed:
            .info
        case .streamLeftMemory, .checkpointWritten, .checkpointNotWritten, .journalKept: .debug
        }
    }
}
