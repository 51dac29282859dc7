// The two ends of the machine that a step is held against: how fast bytes pass, and how fast numbers are multiplied.
// Compiled for the instruction set that the processor has, chosen at run time as the learner's own kernels are.

#ifndef ROOFLINE_H
#define ROOFLINE_H

#include <stddef.h>
#include <stdint.h>

/// Reads, changes and writes back every element of three arrays, side by side as a step has to: x ← x + s, the
/// least that a pass over them can do.
///
/// @param a, b, c each `count` floats, apart from each other.
void roofline_read_modify_write(float *a, float *b, float *c, size_t count, float s);

/// Multiply-adds on independent registers, as many as the processor can have under way.
///
/// @return their sum, which nobody needs but the compiler, lest it leave them out.
float roofline_multiply_add(uint64_t rounds);

/// Floating-point operations in one round of `roofline_multiply_add`, a multiplication and an addition counting two.
uint64_t roofline_operations_per_round(void);

/// The instruction set in use: "avx2+fma" or "baseline".
const char *roofline_instruction_set(void);

#endif
