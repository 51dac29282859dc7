#include "roofline.h"

// Vectors in flight: two units with a latency of four or five cycles are kept busy by ten, and x86-64 has sixteen
// registers of which two hold the factors.
enum { accumulators = 12 };

typedef float vector8 __attribute__((vector_size(32)));
typedef float vector4 __attribute__((vector_size(16)));

// One round is `accumulators` vectors, each multiplied and added once. The contraction of the pragma makes it one
// instruction where there is one; the empty statements keep every vector in a register of its own.
#define MULTIPLY_ADD(VECTOR, LANES)                                                    \
    _Pragma("clang fp contract(fast)")                                                 \
    VECTOR sum[accumulators];                                                          \
    VECTOR factor, addend;                                                             \
    for (int lane = 0; lane < LANES; lane++) {                                         \
        factor[lane] = 0.999f;                                                         \
        addend[lane] = 0.001f;                                                         \
    }                                                                                  \
    for (int i = 0; i < accumulators; i++) sum[i] = addend * (float)i;                 \
    for (uint64_t round = 0; round < rounds; round++) {                                \
        _Pragma("clang loop unroll(full)")                                             \
        for (int i = 0; i < accumulators; i++) sum[i] = sum[i] * factor + addend;      \
    }                                                                                  \
    float total = 0;                                                                   \
    for (int i = 0; i < accumulators; i++) {                                           \
        for (int lane = 0; lane < LANES; lane++) total += sum[i][lane];                \
    }                                                                                  \
    return total;

#define READ_MODIFY_WRITE                                                              \
    _Pragma("clang loop vectorize(enable)")                                            \
    for (size_t j = 0; j < count; j++) {                                               \
        a[j] += s;                                                                     \
        b[j] += s;                                                                     \
        c[j] += s;                                                                     \
    }

static void pass_baseline(
    float *restrict a, float *restrict b, float *restrict c, size_t count, float s)
{
    READ_MODIFY_WRITE
}

static float multiply_add_baseline(uint64_t rounds)
{
    MULTIPLY_ADD(vector4, 4)
}

#if defined(__x86_64__)

__attribute__((target("avx2,fma"))) static void pass_avx2(
    float *restrict a, float *restrict b, float *restrict c, size_t count, float s)
{
    READ_MODIFY_WRITE
}

__attribute__((target("avx2,fma"))) static float multiply_add_avx2(uint64_t rounds)
{
    MULTIPLY_ADD(vector8, 8)
}

static int has_avx2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

#else

// 128 bits are what the other machines have at least; contraction gives them their multiply-add without asking.
static int has_avx2(void) { return 0; }
#define pass_avx2 pass_baseline
#define multiply_add_avx2 multiply_add_baseline

#endif

void roofline_read_modify_write(float *a, float *b, float *c, size_t count, float s)
{
    if (has_avx2()) {
        pass_avx2(a, b, c, count, s);
    } else {
        pass_baseline(a, b, c, count, s);
    }
}

float roofline_multiply_add(uint64_t rounds)
{
    return has_avx2() ? multiply_add_avx2(rounds) : multiply_add_baseline(rounds);
}

uint64_t roofline_operations_per_round(void)
{
    return 2 * accumulators * (has_avx2() ? 8 : 4);
}

const char *roofline_instruction_set(void) { return has_avx2() ? "avx2+fma" : "baseline"; }
