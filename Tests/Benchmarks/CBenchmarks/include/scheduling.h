// What of Linux is not in the C library's standard part, and so not in Swift's.

#ifndef SCHEDULING_H
#define SCHEDULING_H

#include <stdint.h>

/// The processors that the calling thread may run on.
///
/// @param cores receives their numbers, ascending; has room for `capacity`.
/// @return how many they are; at least one.
int scheduling_get_cores(int *cores, int capacity);

/// Has the calling thread, and what it starts from now on, run on these processors only.
void scheduling_set_cores(const int *cores, int count);

/// Waits until the descriptor can be read from, at most so many nanoseconds.
///
/// @return 1 where it can be, 0 otherwise.
int scheduling_wait_readable(int descriptor, int64_t nanoseconds);

#endif
