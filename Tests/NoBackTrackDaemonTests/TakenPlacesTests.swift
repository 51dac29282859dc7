import Synchronization
import Testing

@testable import NoBackTrackDaemon

@Suite struct TakenPlacesTests {
    private func places(_ places: [ConnectionPlace], patience: UInt64 = 1000) -> TakenPlaces {
        var taken = TakenPlaces(capacity: places.count, patience: patience)
        for place in places { taken.take(place) }
        return taken
    }

    @Test func theOneIdleLongestGoesAndOnlyOneAtATime() {
        let (old, older, new) = (
            ConnectionPlace(at: 200), ConnectionPlace(at: 100), ConnectionPlace(at: 900)
        )
        var taken = places([old, older, new])
        #expect(!taken.hasRoom)
        #expect(taken.search(at: 1099) == .none(nanoseconds: 1))
        #expect(taken.search(at: 1500) == .found(idle: 1400))
        #expect(older.isGivenUp && !old.isGivenUp && !new.isGivenUp)
        #expect(taken.search(at: 1500) == .comes)
        taken.leave(older)
        #expect(taken.hasRoom && taken.count == 2)
        #expect(taken.search(at: 1500) == .comes && !old.isGivenUp)
        taken.take(ConnectionPlace(at: 1500))
        #expect(taken.search(at: 1500) == .found(idle: 1300))
        #expect(old.isGivenUp)
    }

    @Test func useAndWorkKeepAPlace() {
        let place = ConnectionPlace(at: 0)
        let taken = places([place])
        place.wasUsed(at: 500)
        #expect(taken.search(at: 1000) == .none(nanoseconds: 500))
        place.beginWork()
        #expect(taken.search(at: 5000) == .none(nanoseconds: 1000))
        place.endWork(isUse: true, at: 6000)
        #expect(taken.search(at: 6500) == .none(nanoseconds: 500))
        // Half a line is work for us and none of use.
        place.beginWork()
        place.endWork(isUse: false, at: 8000)
        #expect(taken.search(at: 8000) == .found(idle: 2000))
    }

    @Test func whereOneEndsByItselfNobodyElseHasTo() {
        let (idle, ending) = (ConnectionPlace(at: 0), ConnectionPlace(at: 0))
        ending.willEnd()
        #expect(places([idle, ending]).search(at: 5000) == .comes)
        #expect(!idle.isGivenUp && !ending.isGivenUp)
    }

    @Test func whoIsAtWorkIsLookedAtAgainSoon() {
        let patience = 10 * TakenPlaces.nextLook
        let place = ConnectionPlace(at: 0)
        place.beginWork()
        #expect(
            places([place], patience: patience).search(at: patience)
                == .none(nanoseconds: TakenPlaces.nextLook))
    }

    @Test func theEndIsToldOnceHoweverLateItIsAskedFor() {
        let ends = Mutex(0)
        let early = ConnectionPlace(at: 0)
        early.whenGivenUp { ends.withLock { $0 += 1 } }
        let late = ConnectionPlace(at: 0)
        for place in [early, late] {
            #expect(!place.giveUp(afterIdle: 2, at: 1))
            #expect(place.giveUp(afterIdle: 2, at: 2))
            #expect(!place.giveUp(afterIdle: 2, at: 3))
        }
        #expect(ends.withLock { $0 } == 1)
        late.whenGivenUp { ends.withLock { $0 += 1 } }
        #expect(ends.withLock { $0 } == 2)
    }
}
