import Glibc
import NoBackTrackSystem
import Testing

@Suite struct SystemErrorTests {
    @Test(arguments: [
        (
            SystemError(call: "write", path: "/x", code: ENOSPC),
            "write /x: No space left on device (ENOSPC); free some space on that file system"
        ),
        (SystemError(call: "pipe", path: nil, code: EIO), "pipe: Input/output error (EIO)"),
        (
            SystemError(call: "bind", path: "/s", code: EADDRINUSE, advice: "stop it"),
            "bind /s: Address already in use (EADDRINUSE); stop it"
        ),
        (SystemError(call: "x", path: nil, code: 9999), "x: Unknown error 9999 (errno 9999)"),
    ])
    func `the text says which call, what, why and what to do`(error: SystemError, text: String) {
        #expect(error.description == text)
    }
}
