#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What is done with one input.
typedef void (*FuzzInput)(const uint8_t *_Nullable bytes, size_t count);

/// Whether libFuzzer was linked in.
bool fuzz_is_there(void);

/// Has libFuzzer call the function with one input after the other, as its arguments say; returns its exit status.
int fuzz_run(int count, char *_Nullable *_Nonnull arguments, FuzzInput _Nonnull input);
