import Glibc
import NoBackTrackSystem
import Testing

@Suite struct ProcessorsTests {
    @Test func countIsThatOfTheMachineAtMost() {
        #expect((1...sysconf(Int32(_SC_NPROCESSORS_CONF))).contains(Processors.available))
    }

    @Test func onlyTheThreadThatAsksGivesWay() async {
        let before = await onThread { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
        let given = await onThread {
            Processors.giveWay()
            return getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        }
        #expect(given >= max(before, 5))
        #expect(await onThread { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) } == before)
    }
}
