/* Vectors of the processor at hand and the functions of them that the kernel needs.
   GCC's and Clang's vector types: arithmetic is written once, for every width. */
#ifndef BRAGGSCOPE_LANES_H
#define BRAGGSCOPE_LANES_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#include <immintrin.h>
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#include <immintrin.h>
#else
#define VECTOR_BYTES 16
#endif

#define LANES (VECTOR_BYTES / 8)
#define INLINE static inline __attribute__((always_inline))

typedef double dvec __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t ivec __attribute__((vector_size(VECTOR_BYTES)));
typedef float svec __attribute__((vector_size(VECTOR_BYTES)));
typedef double quad __attribute__((vector_size(32), aligned(8)));

INLINE dvec all(double value) { return (dvec){0} + value; }

/* 0, 1, 2 ... */
INLINE dvec ramp(void) {
    static const double numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
    dvec result;
    memcpy(&result, numbers, sizeof result);
    return result;
}

INLINE dvec choose(ivec mask, dvec yes, dvec no) {
    return (dvec)((mask & (ivec)yes) | (~mask & (ivec)no));
}

/* The larger and the smaller of two; the second where the first is NaN. */
#if defined(__AVX512F__)
INLINE dvec larger(dvec x, dvec y) { return (dvec)_mm512_max_pd((__m512d)x, (__m512d)y); }
INLINE dvec smaller(dvec x, dvec y) { return (dvec)_mm512_min_pd((__m512d)x, (__m512d)y); }
#elif defined(__AVX2__)
INLINE dvec larger(dvec x, dvec y) { return (dvec)_mm256_max_pd((__m256d)x, (__m256d)y); }
INLINE dvec smaller(dvec x, dvec y) { return (dvec)_mm256_min_pd((__m256d)x, (__m256d)y); }
#else
INLINE dvec larger(dvec x, dvec y) { return choose(x > y, x, y); }
INLINE dvec smaller(dvec x, dvec y) { return choose(x < y, x, y); }
#endif

INLINE int any(ivec mask) {
    int64_t found = 0;
    for (int lane = 0; lane < LANES; lane++) found |= mask[lane];
    return found != 0;
}

/* Whether a lane is below a limit; none that is NaN is. */
#if defined(__AVX512F__)
INLINE int any_below(dvec x, double limit) {
    return _mm512_cmp_pd_mask((__m512d)x, (__m512d)all(limit), _CMP_LT_OQ) != 0;
}
#elif defined(__AVX2__)
INLINE int any_below(dvec x, double limit) {
    return _mm256_movemask_pd(_mm256_cmp_pd((__m256d)x, (__m256d)all(limit), _CMP_LT_OQ)) != 0;
}
#else
INLINE int any_below(dvec x, double limit) { return any(x < limit); }
#endif

/* Bits that all three have. */
#if defined(__AVX512F__)
INLINE ivec common(ivec x, ivec y, ivec z) {
    return (ivec)_mm512_ternarylogic_epi64((__m512i)x, (__m512i)y, (__m512i)z, 0x80);
}
#else
INLINE ivec common(ivec x, ivec y, ivec z) { return x & y & z; }
#endif

/* Whether all of some bits are set in every lane. */
#if defined(__AVX512F__)
INLINE int all_set(ivec x, int64_t bits) {
    const __m512i wanted = _mm512_set1_epi64(bits);
    return _mm512_cmpneq_epi64_mask(_mm512_and_si512((__m512i)x, wanted), wanted) == 0;
}
#elif defined(__AVX2__)
INLINE int all_set(ivec x, int64_t bits) {
    return _mm256_testc_si256((__m256i)x, _mm256_set1_epi64x(bits));
}
#else
INLINE int all_set(ivec x, int64_t bits) { return !any(~x & bits); }
#endif

#if defined(__AVX512F__)
INLINE dvec root(dvec x) { return (dvec)_mm512_sqrt_pd((__m512d)x); }
INLINE dvec upward(dvec x) { return (dvec)_mm512_roundscale_pd((__m512d)x, 10); }
INLINE dvec downward(dvec x) { return (dvec)_mm512_roundscale_pd((__m512d)x, 9); }
INLINE dvec to_nearest(dvec x) { return (dvec)_mm512_roundscale_pd((__m512d)x, 8); }
#elif defined(__AVX2__)
INLINE dvec root(dvec x) { return (dvec)_mm256_sqrt_pd((__m256d)x); }
INLINE dvec upward(dvec x) { return (dvec)_mm256_ceil_pd((__m256d)x); }
INLINE dvec downward(dvec x) { return (dvec)_mm256_floor_pd((__m256d)x); }
INLINE dvec to_nearest(dvec x) { return (dvec)_mm256_round_pd((__m256d)x, 8); }
#else
#define LANE_BY_LANE(name, function)                                                     \
    INLINE dvec name(dvec x) {                                                           \
        dvec result;                                                                     \
        for (int lane = 0; lane < LANES; lane++) result[lane] = function(x[lane]);       \
        return result;                                                                   \
    }
LANE_BY_LANE(root, sqrt)
LANE_BY_LANE(upward, ceil)
LANE_BY_LANE(downward, floor)
LANE_BY_LANE(to_nearest, rint)
#endif

/* x y + z, rounded once where the processor can: for what is compiled without contraction. */
#if defined(__AVX512F__)
INLINE dvec fused(dvec x, dvec y, dvec z) {
    return (dvec)_mm512_fmadd_pd((__m512d)x, (__m512d)y, (__m512d)z);
}
#elif defined(__AVX2__)
INLINE dvec fused(dvec x, dvec y, dvec z) {
    return (dvec)_mm256_fmadd_pd((__m256d)x, (__m256d)y, (__m256d)z);
}
#else
INLINE dvec fused(dvec x, dvec y, dvec z) { return x * y + z; }
#endif

/* The two halves of a float vector's lanes come from two double vectors. */
INLINE svec narrowed(dvec low, dvec high) {
#if defined(__AVX512F__)
    __m256 a = _mm512_cvtpd_ps((__m512d)low), b = _mm512_cvtpd_ps((__m512d)high);
    return (svec)_mm512_castpd_ps(_mm512_insertf64x4(
        _mm512_castpd256_pd512(_mm256_castps_pd(a)), _mm256_castps_pd(b), 1));
#elif defined(__AVX2__)
    return (svec)_mm256_set_m128(_mm256_cvtpd_ps((__m256d)high), _mm256_cvtpd_ps((__m256d)low));
#else
    svec result;
    for (int lane = 0; lane < LANES; lane++) {
        result[lane] = (float)low[lane];
        result[lane + LANES] = (float)high[lane];
    }
    return result;
#endif
}

INLINE dvec widened(svec x, int half) {
    dvec result;
    for (int lane = 0; lane < LANES; lane++) result[lane] = (double)x[lane + half * LANES];
    return result;
}

/* exp(x): 2^n times a polynomial of what is left within ln 2 / 2 (relative error 2e-16). Below
   -708 it is 0, for nothing so small is seen in a sum; above 709 infinite. */
INLINE dvec exponential(dvec x) {
    static const double c[] = {
        2.0921579964950300073e-9, 2.5114869528657764941e-8, 2.7557251904174912593e-7,
        2.7557224958392622686e-6, 2.480158735011079562e-5,  1.9841269909217101366e-4,
        1.388888888887188822e-3,  8.3333333333095270794e-3, 4.1666666666666692193e-2,
        0.16666666666666702412,   0.5,                      1.0,
        1.0};
    dvec n = to_nearest(x * 1.4426950408889634074);
    dvec rest = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    dvec value = all(c[0]);
    for (int term = 1; term < 13; term++) value = value * rest + c[term];
    /* The integer n, as the low bits of a number of known exponent, moves into the exponent. */
    ivec exponent = (ivec)(n + 6755399441055744.0) << 52;
    dvec result = (dvec)((ivec)value + exponent);
    result = choose(x < -708.0, all(0.0), result);
    result = choose(x > 709.0, all(INFINITY), result);
    return choose(x != x, x, result);
}

/* Polynomials in f^2 of 1 - cos(pi f) over f^2 and of sin(pi f) over f, for |f| <= 1/2, highest
   power first: without cancellation at f = 0 (relative errors 2e-17 and 3e-19; in single precision
   9e-10 and 7e-9). */
static const double VERSINE[] = {
    -4.166399462726948408e-6, 1.0458286368326584797e-4, -1.9295626524798661125e-3,
    2.5806890025875390135e-2, -0.23533063027215769472,  1.3352627688518803788,
    -4.0587121264167359752,   4.9348022005446792464};
static const double SINE[] = {
    7.6978267682241906454e-7, -2.1903497074626017191e-5, 4.6629981618983938014e-4,
    -7.3704305059169434047e-3, 8.214588657310289502e-2,  -0.59926452931894468132,
    2.5501640398773004745,    -5.1677127800499696077,    3.1415926535897932378};
static const float VERSINE_SINGLE[] = {
    0.024627111595228458118f, -0.23507436832239593494f, 1.3352399607008951916f,
    -4.0587114146834378077f,  4.934802196986985249f};
static const float SINE_SINGLE[] = {
    0.077655912276f, -0.598290411283f, 2.55007738653f, -5.16771007667f, 3.14159264008f};

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

/* One polynomial of many vectors, power by power, so that their chains run side by side. */
#define POLYNOMIAL(values, x, many, coefficients)                                        \
    do {                                                                                 \
        for (int i = 0; i < (many); i++) (values)[i] = (fvec){0} + (coefficients)[0]; \
        for (int term = 1; term < COUNT(coefficients); term++)                           \
            for (int i = 0; i < (many); i++)                                             \
                (values)[i] = (values)[i] * (x)[i] + (coefficients)[term];               \
    } while (0)

INLINE dvec versine(dvec f) {
    dvec z = f * f, value = all(VERSINE[0]);
    for (int term = 1; term < COUNT(VERSINE); term++) value = value * z + VERSINE[term];
    return value * z;
}

INLINE dvec sine(dvec f) {
    dvec z = f * f, value = all(SINE[0]);
    for (int term = 1; term < COUNT(SINE); term++) value = value * z + SINE[term];
    return value * f;
}

#endif
