/// An open descriptor together with the path it was opened by, so that an error can name the file.
package struct OpenFile: Sendable, Equatable {
    /// The descriptor. Whoever opened the file closes it, once.
    package let descriptor: Int32
    /// The path it was opened by.
    package let path: String

    /// Names an open descriptor.
    package init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }
}
