import Testing

@testable import NoBackTrackWire

@Suite struct LineTemplatesTests {
    /// A shape that no other number gives: spaces around a value.
    private func shape(_ number: Int) -> LineTemplate {
        var shape = LineTemplate()
        shape.append(([UInt8](repeating: 32, count: number) + [91]).span, .channel)
        shape.append([93].span)
        return shape
    }

    @Test func shortShapesAreCountedWithAllThatTheyTake() {
        var templates = LineTemplates(maxSize: 10_000)
        var text = 0
        for number in 0..<100 {
            let shape = shape(number)
            text += shape.text.count
            templates.insert(shape, layout: number)
            #expect(templates.layout(of: shape) == number)
        }
        #expect(text < 10_000)
        #expect(templates.layout(of: shape(0)) == nil)
    }

    @Test func oneIsKeptHoweverLarge() {
        var templates = LineTemplates(maxSize: 1)
        for number in 0..<3 { templates.insert(shape(number), layout: number) }
        #expect(templates.layout(of: shape(2)) == 2)
        #expect(templates.layout(of: shape(1)) == nil)
    }
}
