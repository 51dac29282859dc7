// The innermost loops of the learner, for single and for double precision, each compiled for several instruction sets.
//
// A table holds one function for each kernel. `nbt_best_*` is the table for the fastest instructions that this
// processor has; `nbt_portable_*` is the one that every processor can run. Both compute the same sums in the same order
// over the same number of lanes: they differ where a product and a sum are rounded once (fused) in the one and twice
// in the other.
//
// All arrays are row-major and dense; matrices may have rows that are further apart than they are long (`stride`).

#ifndef C_NO_BACK_TRACK_KERNELS_H
#define C_NO_BACK_TRACK_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// A part of a unit's parameters that enters one preactivation: a product with a part of a source vector.
typedef struct {
    /// Where it begins among the unit's parameters.
    ptrdiff_t start;
    /// Where its factor begins in the source.
    ptrdiff_t source;
    /// How long it is.
    ptrdiff_t count;
} nbt_segment;

/// The optimizers.
typedef enum {
    /// theta <- theta - step g
    NBT_PLAIN,
    /// Adam
    NBT_ADAM,
    /// theta <- theta - step snr g / (s + damping), snr the mean of m^2 / s over the unit's parameters less the rate
    NBT_SIGNAL_TO_NOISE,
    /// the diagonal Kalman filter
    NBT_FILTER,
} nbt_step_kind;

#define NBT_DECLARE_TABLE(REAL, NAME)                                                                                  \
    /* What `reduce_rows` reads and writes; shapes in parentheses, "states" = unit_count x states_per_unit. */         \
    typedef struct {                                                                                                   \
        ptrdiff_t first_unit, end_unit, unit_count, parameters_per_unit, states_per_unit, segment_count;               \
        const nbt_segment *_Nonnull segments;       /* (segment_count) */                                              \
        ptrdiff_t source_stride;                    /* between two units' sources; 0: they share one */                \
        ptrdiff_t rank, group_count, row_count;                                                                        \
        const int32_t *_Nonnull group;              /* (unit_count) */                                                 \
        const REAL *_Nonnull coefficients;          /* (rank, group_count + states) */                                 \
        const REAL *_Nullable projections;          /* (row_count, rank, group_count) */                               \
        const REAL *_Nullable delta;                /* (row_count, states) */                                          \
        const REAL *_Nonnull old_source, *_Nonnull old_gain; /* gain: (states, segment_count) */                       \
        const REAL *_Nonnull new_source, *_Nonnull new_gain;                                                           \
        REAL *_Nonnull factor;                      /* (rank, unit_count, parameters_per_unit) */                      \
        REAL *_Nullable gradient;                   /* (end_unit - first_unit, row_count, parameters_per_unit) */      \
        REAL *_Nonnull squared_norms;               /* (rank, unit_count) */                                           \
    } nbt_rows_##NAME;                                                                                                 \
                                                                                                                       \
    /* An optimizer: what it keeps, (unit_count, parameters_per_unit) each, and its constants. */                      \
    typedef struct {                                                                                                   \
        nbt_step_kind kind;                                                                                            \
        int is_limited;                             /* filter: by largest_change */                                    \
        REAL usable;                                /* square sum of a unit's gradients from which on they are not */  \
        REAL first_rate, second_rate;               /* of `first` and, but for the filter, `second` */                 \
        REAL damping;                               /* Adam's epsilon; the filter's prior precision */                 \
        REAL step, largest_change;                                                                                     \
        const REAL *_Nullable steps;                /* of each unit of the pass; not signal-to-noise */                \
        const REAL *_Nullable corrections;          /* of each unit: Adam's of s, the filter's gamma */                \
        REAL *_Nullable first;                      /* mean of the gradient; not plain */                              \
        REAL *_Nullable second;                     /* mean of its square; the filter's J */                           \
        REAL *_Nonnull parameters;                                                                                     \
        uint8_t *_Nullable used;                    /* of each unit of the pass: whether it took the step */           \
    } nbt_step_##NAME;                                                                                                 \
                                                                                                                       \
    typedef struct {                                                                                                   \
        /* sum_j a_j b_j */                                                                                            \
        REAL (*_Nonnull dot)(const REAL *_Nonnull a, const REAL *_Nonnull b, ptrdiff_t count);                         \
        /* y <- y + s x */                                                                                             \
        void (*_Nonnull add_scaled)(const REAL *_Nonnull x, REAL s, REAL *_Nonnull y, ptrdiff_t count);                \
        /* y <- y + s x^2, element by element */                                                                       \
        void (*_Nonnull add_scaled_squares)(const REAL *_Nonnull x, REAL s, REAL *_Nonnull y, ptrdiff_t count);        \
        /* y <- y + (from - x)^2, element by element */                                                                \
        void (*_Nonnull add_squared_differences)(                                                                      \
            const REAL *_Nonnull x, REAL from, REAL *_Nonnull y, ptrdiff_t count);                                     \
        /* out[q, i] <- sum_j matrix[i, j] vectors[q, j] */                                                            \
        void (*_Nonnull multiply)(                                                                                     \
            const REAL *_Nonnull matrix, ptrdiff_t stride, ptrdiff_t row_count, ptrdiff_t column_count,                \
            const REAL *_Nonnull vectors, ptrdiff_t vector_stride, ptrdiff_t vector_count, REAL *_Nonnull out,         \
            ptrdiff_t out_stride);                                                                                     \
        /* out[j] <- sum_i weights[i] (gains[i] matrix[i, j])^2 */                                                     \
        void (*_Nonnull column_squares)(                                                                               \
            const REAL *_Nonnull matrix, ptrdiff_t stride, ptrdiff_t row_count, ptrdiff_t column_count,                \
            const REAL *_Nonnull weights, const REAL *_Nonnull gains, REAL *_Nonnull out);                             \
        /* M <- s (M - c u u^T), M square of `count` rows, symmetric to the bit */                                     \
        void (*_Nonnull downdate)(REAL *_Nonnull matrix, const REAL *_Nonnull u, REAL c, REAL s, ptrdiff_t count);     \
        /* t = tanh a; state <- complement state + leak t; gain <- leak (1 - t^2) */                                   \
        void (*_Nonnull leak)(                                                                                         \
            const REAL *_Nonnull a, const REAL *_Nonnull leak, const REAL *_Nonnull complement,                        \
            REAL *_Nonnull state, REAL *_Nonnull gain, ptrdiff_t count);                                               \
        /* out <- tanh x */                                                                                            \
        void (*_Nonnull tanh)(const REAL *_Nonnull x, REAL *_Nonnull out, ptrdiff_t count);                            \
        /* rho = sqrt((sqrt(w) + e) / (sqrt(v) + e)), 1 where v is 0 or `is_one`, 0 where w is 0;                      \
           products <- sign rho; quotients <- sign / rho, 0 where rho is 0 */                                          \
        void (*_Nonnull scalings)(                                                                                     \
            const REAL *_Nonnull w, const REAL *_Nonnull v, const REAL *_Nonnull signs, REAL e, int is_one,            \
            REAL *_Nonnull products, REAL *_Nonnull quotients, ptrdiff_t count);                                       \
        /* One pass over the P-sized factors: equations (12) and (15), and the norms that the next step needs. */     \
        void (*_Nonnull reduce_rows)(const nbt_rows_##NAME *_Nonnull rows);                                            \
        /* The step of an optimizer over `unit_count` units of `count` parameters from `first_unit` on, which have           \
           `row_count` rows of gradient each. A unit whose square sum is not below `usable` is left alone. */          \
        void (*_Nonnull step_rows)(                                                                                    \
            const nbt_step_##NAME *_Nonnull step, REAL *_Nonnull gradient, ptrdiff_t first_unit,                       \
            ptrdiff_t unit_count, ptrdiff_t row_count, ptrdiff_t count);                                               \
        /* Both in one pass, which uses the first row of `gradient` as it likes; 0, and nothing done, where that       \
           cannot be. */                                                                                               \
        int (*_Nonnull reduce_and_step_rows)(                                                                          \
            const nbt_rows_##NAME *_Nonnull rows, const nbt_step_##NAME *_Nonnull step);                               \
        /* Square sums in the metric diag(d)^-1 of what one unit has: of `count_a` vectors `stride_a` apart, and of    \
           one more, b. */                                                                                             \
        void (*_Nonnull inverse_weighted_squares)(                                                                     \
            const REAL *_Nonnull diagonal, REAL damping, ptrdiff_t count, const REAL *_Nonnull a, ptrdiff_t stride_a,  \
            ptrdiff_t count_a, const REAL *_Nonnull b, REAL *_Nonnull out_a, REAL *_Nonnull out_b);                    \
    } nbt_kernels_##NAME;                                                                                              \
                                                                                                                       \
    const nbt_kernels_##NAME *_Nonnull nbt_best_##NAME(void);                                                          \
    const nbt_kernels_##NAME *_Nonnull nbt_portable_##NAME(void);

NBT_DECLARE_TABLE(float, float)
NBT_DECLARE_TABLE(double, double)

#endif
