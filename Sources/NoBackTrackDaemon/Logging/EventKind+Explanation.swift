extension EventKind {
    /// What happened and what to do.
    package var explanation: EventExplanation {
        switch self {
        case .argumentsUnusable:
            EventExplanation(
                "The arguments cannot be used",
                """
                An option of the command line is unknown or has no value of its kind. The
                daemon has not started; its exit status is 64.
                """,
                advice: """
                    Correct it in OPTIONS of /etc/default/nobacktrackd or in the unit;
                    'nobacktrackd --help' lists all.
                    """)
        case .dataUnusable:
            EventExplanation(
                "Input or state cannot be used",
                """
                The state on disk does not fit the configuration, or not one line of the
                input was of use. The daemon has ended with status 65, and systemd does not
                start it again: it would end the same way.
                """,
                advice: """
                    Where a stream's state does not fit, restore the configuration that the
                    message tells, or forget the stream as the message says.
                    """)
        case .inputOutputFailed:
            EventExplanation(
                "Reading, writing or opening something failed",
                """
                The message has the system call, the file and the reason. The daemon has
                ended with status 74, and systemd starts it again.
                """,
                advice: "Mend what the message tells: permissions, a full disk, a path that is taken.")
        case .configurationUnusable:
            EventExplanation(
                "The configuration cannot be used",
                """
                A key has a value that it cannot have, or there is no such key. The message
                begins with the key. The daemon has not started; its exit status is 78.
                """,
                advice: """
                    Correct the key in the file, the environment or the options;
                    'nobacktrackd --check-config' shows all keys and checks them.
                    """)
        case .ready:
            EventExplanation(
                "Ready",
                "The state is restored; samples are taken and questions are answered.",
                advice: "Nothing.")
        case .stopRequested:
            EventExplanation(
                "Asked to stop",
                """
                Someone, systemd most likely, has asked the daemon to stop. It learns what
                has arrived and writes its last checkpoints.
                """,
                advice: "Nothing.")
        case .inputEnded:
            EventExplanation(
                "Standard input has ended",
                "All of standard input was read.",
                advice: "Nothing; 'ingest.onEof' decides whether the daemon goes on.")
        case .outputReaderGone:
            EventExplanation(
                "Nobody reads standard output any more",
                """
                The program that forecasts were printed to has closed its end. The daemon
                stops as if it had been asked to.
                """,
                advice: "Nothing if that program was to end; otherwise look why it did.")
        case .stopped:
            EventExplanation(
                "Stopped",
                """
                What had arrived is learned, the last checkpoints are written, unless another
                message says otherwise. NOBACKTRACKD_SAMPLES counts the samples of this run.
                """,
                advice: "Nothing.")
        case .socketUnused:
            EventExplanation(
                "A handed-over socket is not used: FileDescriptorName= is to be ingest or predict",
                "systemd has handed over a socket under a name that means nothing here.",
                advice: "Correct FileDescriptorName= in the socket unit.")
        case .messagesSuppressed:
            EventExplanation(
                "Messages of one kind were too many and are not logged",
                """
                More messages of the kind NOBACKTRACKD_SUPPRESSED_KIND came than
                'log.rateLimitBurst' in 'log.rateLimitIntervalSeconds' allow.
                NOBACKTRACKD_SUPPRESSED of them are missing before this one.
                """,
                advice: """
                    Look at those that were logged. To see all, set 'log.rateLimitBurst' to 0;
                    journald has a limit of its own, RateLimitBurst= in journald.conf.
                    """)
        case .configurationReloaded:
            EventExplanation(
                "The configuration was read again",
                """
                HUP has asked for it. NOBACKTRACKD_CHANGED names the keys that have another
                value now. What was learned stays.
                """,
                advice: "Nothing.")
        case .configurationKept:
            EventExplanation(
                "The configuration cannot be used; everything stays as it was",
                """
                HUP has asked to read the configuration again, but a key has a value that it
                cannot have, or there is no such key. NOBACKTRACKD_REASON tells which.
                """,
                advice: """
                    Correct the key and reload again; 'systemctl reload' checks the configuration
                    first and tells of it at once.
                    """)
        case .keysNeedRestart:
            EventExplanation(
                "Keys of the configuration stay as they were: they need a restart",
                """
                NOBACKTRACKD_KEYS names keys with another value than the daemon began with, that
                it cannot change while it runs.
                """,
                advice: """
                    Restart the daemon when it suits. Keys of 'learner' do not fit what was learned
                    under others: the start tells what to do then.
                    """)
        case .memoryShort:
            EventExplanation(
                "Memory is short: streams that are not fed have left it",
                """
                The service manager has said so. NOBACKTRACKD_LEFT streams without a sample for
                'streams.idleSeconds' are on disk now, and come back with their next sample.
                """,
                advice: """
                    If that happens often, lower 'streams.max' or 'streams.maxMemoryBytes', or raise
                    MemoryHigh= of the service.
                    """)
        case .streamsStay:
            EventExplanation(
                "Streams that are to leave memory stay: they cannot be written",
                "A stream leaves memory once its checkpoint is on disk; ERROR tells why it is not.",
                advice: "Mend what ERROR tells: a full disk, most often.")
        case .pressureUnwatched:
            EventExplanation(
                "Nobody can say when memory is short: MEMORY_PRESSURE_WATCH is of no use",
                "What that variable names cannot be opened, or tells nothing; ERROR tells why.",
                advice: "Look at MemoryPressureWatch= of the service, or at who has set the variable.")
        case .lineUnusable:
            EventExplanation(
                "A line of standard input could not be used",
                """
                The line was counted and skipped; those after it are learned.
                NOBACKTRACKD_CODE and NOBACKTRACKD_REASON tell why.
                """,
                advice: "Correct what writes it, or name its format with 'ingest.format'.")
        case .connectionNotAccepted:
            EventExplanation(
                "A connection could not be accepted",
                """
                The system had no descriptor or no memory for one more connection. It waits
                and is tried again.
                """,
                advice: "Raise LimitNOFILE= of the service, or lower the keys 'maxConnections'.")
        case .connectionGaveWay:
            EventExplanation(
                "An idle connection gave up its place to one that waits",
                """
                All connections that 'maxConnections' allows were open and another one
                waited, so that the one idle longest was closed.
                """,
                advice: "If it was needed, raise 'maxConnections' or 'idleSeconds' of that socket.")
        case .connectionsResumed:
            EventExplanation(
                "Open connections go on",
                """
                systemd has kept NOBACKTRACKD_CONNECTIONS connections while the daemon was
                restarted. They go on where they were.
                """,
                advice: "Nothing.")
        case .streamBegins:
            EventExplanation(
                "A stream begins",
                "A sample of a stream that was not known has come. Its channels are fixed by that.",
                advice: "Nothing, unless @STREAM@ is a spelling mistake: 'nobacktrack reset' forgets it.")
        case .streamResumed:
            EventExplanation(
                "A stream goes on from its checkpoint",
                "The newest valid checkpoint of stream @STREAM@ was loaded.",
                advice: "Nothing.")
        case .streamLeftMemory:
            EventExplanation(
                "A stream left memory",
                """
                Stream @STREAM@ made room for others. It is on disk and comes back with its
                next sample.
                """,
                advice: "If that happens all the time, raise 'streams.max' or 'streams.maxMemoryBytes'.")
        case .streamForgotten:
            EventExplanation(
                "A stream was forgotten",
                "Someone has reset stream @STREAM@: its learner and its checkpoints are gone.",
                advice: "Nothing; with its next sample it begins anew.")
        case .streamStateUnfit:
            EventExplanation(
                "A stream's state does not fit the configuration and was set aside; the stream begins anew",
                """
                Stream @STREAM@ came back from disk, but it was learned under another
                configuration. NOBACKTRACKD_PATHS tells where its state lies now.
                """,
                advice: """
                    To have what it had learned, stop the daemon, restore the configuration and
                    move the files back to their names without '.corrupt'.
                    """)
        case .clockSetBack:
            EventExplanation(
                "The clock of a stream was set back; it goes on from there",
                """
                Samples of stream @STREAM@ came in order, but with times before those known.
                The late ones before this were not learned.
                """,
                advice: "Look at the clock of the machine that takes the samples.")
        case .channelStuck:
            EventExplanation(
                "A channel is stuck",
                """
                A channel of stream @STREAM@ has had one value far longer than it ever did.
                NOBACKTRACKD_CHANNEL names it.
                """,
                advice: "Look whether the sensor, its cable or what reads it has failed.")
        case .channelMoves:
            EventExplanation(
                "A channel moves again",
                "A channel of stream @STREAM@ that was stuck has changed its value.",
                advice: "Nothing.")
        case .levelShift:
            EventExplanation(
                "A channel's level has shifted",
                """
                A channel of stream @STREAM@ has lastingly moved to values where it had not
                been. NOBACKTRACKD_CHANNEL names it, NOBACKTRACKD_DISTANCE tells how far.
                """,
                advice: "Look whether what is measured has changed, or only the sensor.")
        case .scaleChange:
            EventExplanation(
                "A channel's scale has changed",
                """
                A channel of stream @STREAM@ varies by another order of magnitude, as with
                another unit. Its statistics begin anew. NOBACKTRACKD_FACTOR tells how much.
                """,
                advice: "Look whether a unit or an amplification was changed.")
        case .samplesMissing:
            EventExplanation(
                "Samples are missing",
                """
                NOBACKTRACKD_SAMPLES samples of the regular stream @STREAM@ did not come. As
                many steps without values were made, so that horizons keep meaning time.
                """,
                advice: "Look why what takes the samples was silent.")
        case .forecastsWorse:
            EventExplanation(
                "Forecasts have become worse",
                """
                The errors of a channel of stream @STREAM@ have lastingly grown by
                NOBACKTRACKD_RATIO: it behaves as it never did.
                """,
                advice: "Look at that channel. The learner adapts by itself.")
        case .stateNotStored:
            EventExplanation(
                "The state cannot be stored; what is on disk stays as it is",
                """
                Writing the journal or a checkpoint has failed; ERROR tells why,
                NOBACKTRACKD_CONSEQUENCE what becomes of the samples meanwhile, as
                'checkpoint.onStorageFailure' has it. Nothing that is on disk is touched.
                """,
                advice: """
                    Mend what ERROR tells: a full disk, most often. Writing is tried again every
                    second, and a message tells when it works.
                    """)
        case .stateStoredAgain:
            EventExplanation(
                "The state can be stored again",
                "What had failed works again; what was learned meanwhile is being written.",
                advice: "Nothing.")
        case .checkpointWritten:
            EventExplanation(
                "A checkpoint was written",
                "The learner of stream @STREAM@ at step @STEP@ is on disk.",
                advice: "Nothing.")
        case .checkpointNotWritten:
            EventExplanation(
                "A checkpoint could not be written",
                """
                The older checkpoints of stream @STREAM@ are still there. Another message tells
                when storage fails as a whole.
                """,
                advice: "Mend what ERROR tells; the next interval tries again.")
        case .checkpointSetAside:
            EventExplanation(
                "A checkpoint cannot be used and was set aside",
                """
                A checkpoint of stream @STREAM@ is damaged, foreign or of a newer version;
                NOBACKTRACKD_REASON tells which. The next older one is taken, and what the
                journal has after it is learned again.
                """,
                advice: """
                    Look after the disk. The file is kept at NOBACKTRACKD_PATH; remove it when
                    nobody needs it.
                    """)
        case .segmentNotRemoved:
            EventExplanation(
                "A segment of the journal could not be removed",
                """
                Checkpoints hold what is in it, but its file could not be removed. The journal
                takes more of the disk than it should.
                """,
                advice: "Mend what ERROR tells: permissions of the state directory, most often.")
        case .segmentSetAside:
            EventExplanation(
                "A segment of the journal cannot be used and was set aside",
                "A file of the journal is damaged. What could be read of it was learned.",
                advice: """
                    Look after the disk. The file is kept at NOBACKTRACKD_PATH; remove it when
                    nobody needs it.
                    """)
        case .segmentsLeftInPlace:
            EventExplanation(
                "Damaged segments of the journal are kept in their place",
                """
                They could not be given other names; ERROR tells why. Streams go on behind
                what is lost.
                """,
                advice: "Mend what ERROR tells, and look after the disk.")
        case .journalKept:
            EventExplanation(
                "The journal is kept for a stream",
                """
                It is not sure that the checkpoint of stream @STREAM@ would survive a power
                failure, so nothing of the journal is removed for it.
                """,
                advice: "Nothing; the next checkpoint mends that.")
        case .journalReplayed:
            EventExplanation(
                "Streams went on from the journal",
                """
                NOBACKTRACKD_ENTRIES entries of the journal were gone through. Those that no
                checkpoint holds, as after a crash, were learned again.
                """,
                advice: "Nothing. After a crash, messages from before the start tell what it was.")
        case .journalTorn:
            EventExplanation(
                "The journal ends in what was being written",
                """
                The last end came while a block was being written: a power failure, most
                likely. The block is left out; nothing that was acknowledged as durable is in
                it.
                """,
                advice: "Nothing.")
        case .journalDamaged:
            EventExplanation(
                "The journal is damaged",
                """
                A part of segment NOBACKTRACKD_SEGMENT has changed since it was written. What
                comes before it is learned.
                """,
                advice: "Look after the disk. Further messages tell which streams have lost samples.")
        case .journalPartMissing:
            EventExplanation(
                "A part of the journal is missing; what follows it cannot be learned from",
                """
                Samples of stream @STREAM@ after its newest checkpoint are lost.
                NOBACKTRACKD_ENTRIES counts those that are there but cannot be used.
                """,
                advice: """
                    Look after the disk. Send the samples again if they were kept: those without
                    'seq' or time would be learned twice.
                    """)
        case .journalStreamRefused:
            EventExplanation(
                "A stream of the journal cannot begin again",
                """
                Stream @STREAM@ is in the journal, but the configuration of now does not allow
                it; NOBACKTRACKD_REASON tells why. It is left out.
                """,
                advice: """
                    Change what NOBACKTRACKD_REASON tells and send its samples again if they were
                    kept.
                    """)
        }
    }
}
