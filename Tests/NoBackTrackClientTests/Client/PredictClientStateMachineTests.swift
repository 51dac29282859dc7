import NoBackTrackClient
import NoBackTrackWire
import Testing

struct PredictClientStateMachineTests {
    typealias Machine = PredictClientStateMachine<String>

    /// What an action is, in a word.
    static func name(_ action: Machine.Action) -> String {
        switch action {
        case .answer(let waiter, _): "answer \(waiter)"
        case .refuse(let waiter, .refused(let code, _)): "refuse \(waiter) \(code)"
        case .refuse(let waiter, let error): "refuse \(waiter) \(error)"
        case .event(let message): "event \(message.step)"
        case .nothing: "nothing"
        case .fail: "fail"
        }
    }

    @Test(arguments: [
        (#"{"ok":true,"id":1}"#, "answer a"),
        (#"{"ok":true,"id":2,"op":"later"}"#, "answer b"),
        (#"{"ok":false,"id":2,"error":{"code":"not_permitted","message":"no"}}"#, "refuse b not_permitted"),
        // The daemon could not read as far as the identifier.
        (#"{"ok":false,"error":{"code":"line_too_long","message":"no"}}"#, "refuse a line_too_long"),
        (#"{"ok":false,"id":1}"#, "refuse a unknown"),
        (#"{"event":"forecast","stream":"s","step":9,"warming":null,"forecasts":[]}"#, "event 9"),
        (#"{"event":"forecast"}"#, "fail"),
        (#"{"event":"condition","stream":"s","step":9,"condition":"drift","state":"began"}"#, "nothing"),
        (#"{"event":"condition","stream":"s","step":9,"condition":"new one","state":"ended"}"#, "nothing"),
        (#"{"event":"condition","stream":"s"}"#, "fail"),
        (#"{"event":"of a later version"}"#, "nothing"),
        (#"{"ok":true,"id":3}"#, "fail"),
        (#"{"ok":true,"id":"1"}"#, "fail"),
        ("", "fail"),
        ("\u{0}", "fail"),
    ])
    func judges(_ line: String, _ expected: String) {
        var machine = Machine()
        #expect(machine.ask("a") == .number(1))
        #expect(machine.ask("b") == .number(2))
        #expect(Self.name(machine.receive(Array(line.utf8))) == expected)
    }

    /// A condition comes with the forecast it stands before, and so does what was dropped before it.
    @Test func conditionsComeWithTheNextForecast() {
        var machine = Machine()
        let forecast = #"{"event":"forecast","stream":"s","step":9,"warming":null,"forecasts":[]}"#
        let condition =
            #"{"dropped":3,"event":"condition","stream":"s","step":9,"channel":"a","condition":"stuck","state":"began"}"#
        _ = machine.receive(Array(condition.utf8))
        guard case .event(let first) = machine.receive(Array(forecast.utf8)),
            case .event(let second) = machine.receive(Array(forecast.utf8))
        else {
            Issue.record("a forecast is an event")
            return
        }
        #expect(first.conditions.map(\.condition) == ["stuck"] && first.dropped == 3)
        #expect(second.conditions.isEmpty && second.dropped == nil)
        // A stream of nothing else does not pile up.
        for _ in 0..<1000 { _ = machine.receive(Array(condition.utf8)) }
        guard case .event(let third) = machine.receive(Array(forecast.utf8)) else { return }
        #expect(third.conditions.count == 64)
    }

    @Test func answersOnce() {
        var machine = Machine()
        _ = machine.ask("a")
        #expect(Self.name(machine.receive(Array(#"{"ok":true,"id":1}"#.utf8))) == "answer a")
        #expect(Self.name(machine.receive(Array(#"{"ok":true,"id":1}"#.utf8))) == "fail")
    }

    @Test func closingReturnsWhoWaitsAndTakesNobodyMore() {
        var machine = Machine()
        for waiter in ["a", "b", "c"] { _ = machine.ask(waiter) }
        _ = machine.receive(Array(#"{"ok":true,"id":2}"#.utf8))
        #expect(machine.close() == ["a", "c"])
        #expect(machine.close() == [])
        #expect(machine.ask("d") == nil)
    }
}
