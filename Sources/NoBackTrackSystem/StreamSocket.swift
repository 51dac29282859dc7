import Glibc

/// Connected stream sockets.
package enum StreamSocket {
    /// Has the peer write no more: what it has written can still be read, and then comes the end. What it writes from
    /// now on fails there instead of being lost.
    package static func endInput(_ descriptor: Int32) {
        // Fails only where the peer has gone, and then nothing comes any more.
        _ = shutdown(descriptor, Int32(SHUT_RD))
    }
}
