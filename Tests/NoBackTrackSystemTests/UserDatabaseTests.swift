import Glibc
import NoBackTrackSystem
import Testing

@Suite struct UserDatabaseTests {
    @Test func `root is known everywhere`() {
        #expect(UserDatabase.number(ofGroup: "root") == 0)
        #expect(UserDatabase.groups(ofUser: 0, with: 0).contains(0))
        #expect(UserDatabase.groups(ofUser: 0, with: 54_321).contains(54_321))
        #expect(UserDatabase.ownUser == geteuid())
    }

    @Test func `what is not there has no number and no groups`() {
        #expect(UserDatabase.number(ofGroup: "no such group") == nil)
        #expect(UserDatabase.groups(ofUser: 4_000_000_000, with: 0) == [])
    }
}
