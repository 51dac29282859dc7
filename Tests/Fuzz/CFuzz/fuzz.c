#include "fuzz.h"

// Weak, so that the program links, and replays its corpus, where nobody brings libFuzzer.
__attribute__((weak)) int LLVMFuzzerRunDriver(int *argc, char ***argv, fuzz_callback callback);

bool fuzz_has_driver(void) { return LLVMFuzzerRunDriver != NULL; }

int fuzz_run_driver(int argc, char **argv, fuzz_callback callback) {
    return LLVMFuzzerRunDriver(&argc, &argv, callback);
}
