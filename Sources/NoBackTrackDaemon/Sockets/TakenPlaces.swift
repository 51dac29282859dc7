/// The places of one socket's open connections, and whose turn it is to go when another one waits.
struct TakenPlaces {
    /// What came of looking for a place.
    enum Search: Equatable {
        /// A connection ends that was idle for so many nanoseconds.
        case found(idle: UInt64)
        /// There is a place, or there will be: of one that was found before, or that has come to its end by itself.
        case comes
        /// None is idle for long enough; it is of no use to look again within so many nanoseconds.
        case none(nanoseconds: UInt64)
    }

    /// How soon to look again for one that we are at work for, and that would be idle otherwise: nanoseconds.
    static let nextLook: UInt64 = 100_000_000

    private var capacity: Int
    /// How long a connection is idle before it is to make room, in nanoseconds.
    private var patience: UInt64
    private var places: [ObjectIdentifier: ConnectionPlace] = [:]

    /// No connection is open.
    init(capacity: Int, patience: UInt64) {
        self.capacity = capacity
        self.patience = patience
    }

    /// Sets other limits; connections that are open stay, even where there are more.
    mutating func setLimits(capacity: Int, patience: UInt64) {
        self.capacity = capacity
        self.patience = patience
    }

    /// How many are taken.
    var count: Int { places.count }
    /// Whether another connection can be taken in.
    var hasRoom: Bool { places.count < capacity }

    /// A connection takes a place.
    mutating func take(_ place: ConnectionPlace) { places[ObjectIdentifier(place)] = place }

    /// A connection has ended.
    mutating func leave(_ place: ConnectionPlace) { places[ObjectIdentifier(place)] = nil }

    /// Has the connection end that has been idle longest, if for long enough.
    func search(at now: UInt64) -> Search {
        // One may have ended since there was no room.
        if hasRoom { return .comes }
        var longest: (place: ConnectionPlace, idle: UInt64)?
        var wait = patience
        for place in places.values {
            if place.isEnding { return .comes }
            let (idle, counts) = place.idleness(at: now)
            if counts, idle >= longest?.idle ?? 0 { longest = (place, idle) }
            wait = min(wait, idle < patience ? patience - idle : Self.nextLook)
        }
        // What has been used since is a matter of the next look.
        guard let longest, longest.place.giveUp(afterIdle: patience, at: now) else {
            return .none(nanoseconds: wait)
        }
        return .found(idle: longest.idle)
    }
}
