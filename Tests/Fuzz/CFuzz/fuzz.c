#include "CFuzz.h"

// Only there when the program is linked with libFuzzer.
__attribute__((weak)) int LLVMFuzzerRunDriver(
    int *count, char ***arguments, int (*input)(const uint8_t *bytes, size_t count));

static FuzzInput target;

static int call(const uint8_t *bytes, size_t count) {
    target(bytes, count);
    return 0;
}

bool fuzz_is_there(void) { return LLVMFuzzerRunDriver != NULL; }

int fuzz_run(int count, char **arguments, FuzzInput input) {
    target = input;
    return LLVMFuzzerRunDriver(&count, &arguments, call);
}
