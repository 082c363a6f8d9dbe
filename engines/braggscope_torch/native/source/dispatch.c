/* What the library offers: the kernel for the processor at hand, how fast that processor is, and
   what the eager kernel takes most of its time for. */

#include "job.h"
#include <stddef.h>

#if defined(_WIN32)
#define OFFERED __declspec(dllexport)
#else
#define OFFERED __attribute__((visibility("default")))
#endif

typedef void kernel(const struct job *, int64_t, int64_t, struct outcome *);
typedef double peak(int64_t);
typedef void ratios(const double *, double *, int64_t, double);
typedef void products(const double *, int64_t, const double *, int64_t, const double *, double *);

#define DECLARE(target) kernel braggscope_##target, braggscope_##target##_mixed; \
                        peak braggscope_##target##_peak; ratios braggscope_##target##_ratios; \
                        products braggscope_##target##_products;
DECLARE(portable)
#if defined(WITH_AVX2)
DECLARE(avx2)
#endif
#if defined(WITH_AVX512)
DECLARE(avx512)
#endif

/* One kind of processor. */
struct target {
    const char *name;
    kernel *in_double, *mixed;
    peak *fused;
    ratios *sine_ratios;
    products *square_products;
    int lanes;
};

/* The best kernel that the processor can run and the user allows: 512, 256 or 0 bits at most. */
static struct target chosen(int32_t most_bits) {
#if defined(WITH_AVX512)
    __builtin_cpu_init();
    if (most_bits >= 512 && __builtin_cpu_supports("avx512f"))
        return (struct target){"AVX-512", braggscope_avx512, braggscope_avx512_mixed,
                               braggscope_avx512_peak, braggscope_avx512_ratios,
                               braggscope_avx512_products, 8};
#endif
#if defined(WITH_AVX2)
    __builtin_cpu_init();
    if (most_bits >= 256 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return (struct target){"AVX2", braggscope_avx2, braggscope_avx2_mixed,
                               braggscope_avx2_peak, braggscope_avx2_ratios,
                               braggscope_avx2_products, 4};
#endif
    (void)most_bits;
    return (struct target){"portable", braggscope_portable, braggscope_portable_mixed,
                           braggscope_portable_peak, braggscope_portable_ratios,
                           braggscope_portable_products, 2};
}

OFFERED const char *braggscope_target(int32_t most_bits) { return chosen(most_bits).name; }

/* Bytes of the two structures, for the caller to compare with its own. */
OFFERED int64_t braggscope_layout(void) {
    return (int64_t)(sizeof(struct job) * 1000 + sizeof(struct outcome));
}

/* Photons of the pixels start to stop of the region, in raster order. */
OFFERED void braggscope_render(const struct job *job, int64_t start, int64_t stop,
                               int32_t most_bits, struct outcome *outcome) {
    struct target target = chosen(most_bits);
    (job->image32 != NULL ? target.mixed : target.in_double)(job, start, stop, outcome);
}

/* Vector operations (one fused multiply-add on every lane) in `rounds` rounds of one thread; the
   caller takes the time. The result keeps the compiler from leaving the work out. */
OFFERED double braggscope_fused(int64_t rounds, int32_t most_bits, int64_t *operations,
                                int32_t *lanes) {
    struct target target = chosen(most_bits);
    *operations = rounds * 10;
    *lanes = target.lanes;
    return target.fused(rounds);
}

/* sin(N pi h)/sin(pi h) of `count` h; `h` and `ratios` may be the same. */
OFFERED void braggscope_sine_ratios(const double *h, double *ratios, int64_t count, double cells,
                                    int32_t most_bits) {
    chosen(most_bits).sine_ratios(h, ratios, count, cells);
}

/* F_latt of SQUARE crystals, [orientations][pixels], for scattering vectors q, [3][pixels], and cells,
   [orientations][3][3]. */
OFFERED void braggscope_square_products(const double *q, int64_t pixels, const double *cells_m,
                                        int64_t orientations, const double *n_cells,
                                        double *products, int32_t most_bits) {
    chosen(most_bits).square_products(q, pixels, cells_m, orientations, n_cells, products);
}
