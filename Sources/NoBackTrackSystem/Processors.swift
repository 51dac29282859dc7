import CLinux
import Glibc

/// The processors that this process may run on.
package enum Processors {
    /// How many there are: those of the machine, less what an affinity mask or a cpuset keeps from us.
    package static var available: Int {
        var mask = cpu_set_t()
        guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &mask) == 0 else {
            // The machine has more processors than the mask has places.
            return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        }
        return withUnsafeBytes(of: mask) { max(1, $0.reduce(0) { $0 + $1.nonzeroBitCount }) }
    }

    /// Has the calling thread wait for processors that other threads want as well: it gets a quarter of one.
    /// A system that does not allow that leaves the thread as it was.
    package static func giveWay() {
        // On Linux a priority is a thread's; 0 is the calling one.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
    }
}
