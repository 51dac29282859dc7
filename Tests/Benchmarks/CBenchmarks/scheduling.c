#define _GNU_SOURCE
#include "scheduling.h"

#include <poll.h>
#include <sched.h>
#include <time.h>

int scheduling_get_cores(int *cores, int capacity)
{
    cpu_set_t set;
    int count = 0;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int core = 0; core < CPU_SETSIZE && count < capacity; core++) {
            if (CPU_ISSET(core, &set)) cores[count++] = core;
        }
    }
    if (count == 0) cores[count++] = 0;
    return count;
}

void scheduling_set_cores(const int *cores, int count)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < count; i++) CPU_SET(cores[i], &set);
    // Where it is not allowed the measurement is noisier, and still one.
    (void)sched_setaffinity(0, sizeof set, &set);
}

int scheduling_wait_readable(int descriptor, int64_t nanoseconds)
{
    struct pollfd request = {.fd = descriptor, .events = POLLIN};
    if (nanoseconds < 0) nanoseconds = 0;
    struct timespec wait = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return ppoll(&request, 1, &wait, NULL) > 0;
}
