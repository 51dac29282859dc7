/// A socket that the service manager opened for us.
package struct HandedOverSocket: Sendable, Equatable {
    /// The name that `FileDescriptorName=` gave it.
    package let name: String
    /// Its descriptor.
    package let descriptor: Int32

    /// A socket of that name.
    package init(name: String, descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }
}
