import Glibc
import Logging
import NoBackTrackSystem
import NoBackTrackWire

extension Daemon {
    /// Standard output as the configuration wants it; nil when nothing is printed.
    func makePrinter() -> LinePrinter? {
        guard configuration.predict.print != .none else { return nil }
        return LinePrinter(write: environment.write) { [stopSignal] error in
            let failure = DaemonFailure(.inputOutput, "forecasts cannot be printed: \(error)")
            // A reader that has had enough, as `head` has, is the end of a pipe and no failure.
            stopSignal.give(error.code == EPIPE ? .readerGone : .failed(failure))
        }
    }

    /// Reads standard input to its end, and has the daemon stop when that is the end of everything.
    func read(
        _ input: StandardInputSource, _ sources: IngestSources, _ learning: LearningLoop, isOnlySource: Bool
    ) async {
        let identifier = sources.nextIdentifier()
        sources.insert(input, identifier)
        let end = await input.run(
            SampleReader(source: identifier, configuration: configuration.ingest, learning: learning))
        sources.remove(identifier)
        await learning.forget(source: identifier)
        switch end {
        case .cancelled: break
        case .failed(let error):
            stopSignal.give(.failed(DaemonFailure(.inputOutput, "standard input cannot be read: \(error)")))
        case .endOfInput:
            logger.info("Standard input has ended")
            switch configuration.ingest.onEof {
            case .exit: stopSignal.give(.endOfInput)
            case .stay: break
            case .auto: if isOnlySource { stopSignal.give(.endOfInput) }
            }
        }
    }

    /// Says where samples are taken and forecasts given; both sockets accept by now.
    func announce(_ sockets: DaemonSockets, _ input: StandardInputSource) {
        var metadata: Logger.Metadata = ["predict": "\(sockets.predict.path ?? "handed over")"]
        if let ingest = sockets.ingest { metadata["ingest"] = "\(ingest.path ?? "handed over")" }
        if input.kind.isSource { metadata["stdin"] = "\(input.kind)" }
        logger.info("Ready", metadata: metadata)
        ServiceManager.notify("READY=1")
        environment.ready()
    }

    /// What a reason to stop means for the exit code.
    func end(_ reason: StopSignal.Reason) -> DaemonFailure? {
        switch reason {
        case .asked: logger.info("Asked to stop")
        case .endOfInput: break
        case .readerGone: logger.info("Nobody reads standard output any more")
        case .failed(let failure): return failure
        }
        return nil
    }
}
