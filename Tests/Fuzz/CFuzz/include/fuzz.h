// libFuzzer, where it was linked.

#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What libFuzzer calls with each input; returns 0.
typedef int (*fuzz_callback)(const uint8_t *data, size_t size);

/// Whether the program was linked with libFuzzer.
bool fuzz_has_driver(void);

/// Runs libFuzzer, which reads its arguments and may end the process; only where there is one.
///
/// @return what the program shall end with.
int fuzz_run_driver(int argc, char **argv, fuzz_callback callback);

#endif
