/// What an ingest connection is told of its samples: the first so many are learned, or on disk.
///
/// The counts are of the connection, from its beginning on, and cumulative: of the first `ack` + `refused` lines sent,
/// empty ones not counted, none is outstanding.
package struct AcknowledgementMessage: ControlMessage, Equatable {
    /// How many samples are learned, or on disk; refused ones do not count.
    package var ack: UInt64
    /// How many lines were refused among those that are settled; nil: none.
    package var refused: UInt64?

    /// Creates an acknowledgement.
    package init(ack: UInt64, refused: UInt64 = 0) {
        self.ack = ack
        self.refused = refused > 0 ? refused : nil
    }

    /// Appends the message as one line of JSON, with its newline. Takes nothing from the heap but the room of the bytes:
    /// there is one for every batch.
    package func appendLine(to bytes: inout [UInt8]) {
        bytes.append(text: "{\"ack\":")
        bytes.append(decimal: ack)
        if let refused {
            bytes.append(text: ",\"refused\":")
            bytes.append(decimal: refused)
        }
        bytes.append(text: "}\n")
    }
}
