/// What should hold for any bytes and does not for some.
package struct BrokenLaw: Error, CustomStringConvertible {
    /// The law, and what was found instead.
    package var description: String

    /// Throws unless the law holds.
    static func unless(_ holds: Bool, _ law: @autoclosure () -> String) throws(BrokenLaw) {
        if !holds { throw BrokenLaw(description: law()) }
    }
}
