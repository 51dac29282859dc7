// Compiles the kernels for each number type and instruction set, and chooses.

#include "CNoBackTrackKernels.h"

#define INLINE static inline __attribute__((always_inline, unused))
#define PASTE_(a, b, c) a##_##b##_##c
#define PASTE(a, b, c) PASTE_(a, b, c)
#define PASTE_TYPE_(a, b) a##_##b
#define PASTE_TYPE(a, b) PASTE_TYPE_(a, b)
#define NAMED(x) PASTE(x, NAME, PATH)
#define NAMED_TYPE(x) PASTE_TYPE(x, NAME)

// Vectors of 32 bytes are passed between inlined functions only: how others would pass them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"
// A product and a sum written as one expression are fused where the instruction set has it.
#pragma STDC FP_CONTRACT ON

#define PATH portable
#include "types.inc"
#undef PATH

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define PATH avx2
#define NBT_ESTIMATES_RECIPROCALS
#include "types.inc"
#undef PATH
#undef NBT_ESTIMATES_RECIPROCALS
#pragma clang attribute pop

static int has_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

const nbt_kernels_float *nbt_portable_float(void) { return &table_float_portable; }
const nbt_kernels_double *nbt_portable_double(void) { return &table_double_portable; }

const nbt_kernels_float *nbt_best_float(void) {
#if defined(__x86_64__)
    if (has_avx2()) return &table_float_avx2;
#endif
    return &table_float_portable;
}

const nbt_kernels_double *nbt_best_double(void) {
#if defined(__x86_64__)
    if (has_avx2()) return &table_double_avx2;
#endif
    return &table_double_portable;
}
