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
            logger.log(.inputEnded)
            switch configuration.ingest.onEof {
            case .exit: stopSignal.give(.endOfInput)
            case .stay: break
            case .auto: if isOnlySource { stopSignal.give(.endOfInput) }
            }
        }
    }

    /// Goes on with the connections that an earlier daemon has left.
    func resume(_ ingest: IngestServer?, _ predict: PredictServer) async {
        guard let store = environment.descriptorStore else { return }
        for open in store.take(from: environment.handedOver, logger: logger) {
            let connection = open.connection
            switch connection.purpose {
            case .ingest(let continuation):
                if let ingest {
                    ingest.resume(open.descriptor, continuation, unread: Array(connection.unread))
                } else {
                    StreamSocket.close(open.descriptor)
                }
            case .predict(let streams, let waits):
                await predict.resume(
                    open.descriptor, streams: streams, waits: waits, unread: Array(connection.unread))
            }
        }
    }

    /// Whether connections are to go on in the next daemon: there may be one, and a place to wait for it.
    func keepsConnections(_ reason: StopSignal.Reason) -> Bool {
        reason == .asked && environment.descriptorStore != nil
    }

    /// Leaves connections to the next daemon, or ends them.
    func leave(_ connections: [OpenConnection], isComplete: Bool) {
        if isComplete, let store = environment.descriptorStore {
            store.leave(connections)
        } else {
            for connection in connections { StreamSocket.close(connection.descriptor) }
        }
    }

    /// Says where samples are taken and forecasts given; both sockets accept by now.
    func announce(_ sockets: DaemonSockets, _ input: StandardInputSource) {
        var metadata: Logger.Metadata = ["predict": "\(sockets.predict.path ?? "handed over")"]
        if let ingest = sockets.ingest { metadata["ingest"] = "\(ingest.path ?? "handed over")" }
        if input.kind.isSource { metadata["stdin"] = "\(input.kind)" }
        logger.log(.ready, metadata: metadata)
        ServiceManager.notify("READY=1")
        environment.ready()
    }

    /// What a reason to stop means for the exit code.
    func end(_ reason: StopSignal.Reason) -> DaemonFailure? {
        switch reason {
        case .asked: logger.log(.stopRequested)
        case .endOfInput: break
        case .readerGone: logger.log(.outputReaderGone)
        case .failed(let failure): return failure
        }
        return nil
    }
}
