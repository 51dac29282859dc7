import Glibc
import NoBackTrackSystem
import Testing

@Suite struct SystemJournalTests {
    /// libsystemd calls it a success. What arrives where there is a journal, Tests/Systemd looks at.
    @Test(.enabled(if: access(SystemJournal.socketPath, F_OK) != 0, "there is a journal"))
    func `an entry without a journal is not taken for sent`() {
        let error = #expect(throws: SystemError.self) { try SystemJournal.send([Array("MESSAGE=a".utf8)]) }
        #expect(error?.code == ENOENT && error?.path == SystemJournal.socketPath)
    }
}
