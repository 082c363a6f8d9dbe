/* sin(N pi h)/sin(pi h) as nanoBragg rounds it (spec 9.2): pi h and its N-fold are taken as they
   are, without whole turns taken away. Compiled without contraction of products and sums, for each
   of them is rounded there; what is `fused` is only the sines' own. */
#ifndef BRAGGSCOPE_ROUNDED_H
#define BRAGGSCOPE_ROUNDED_H

#include "lanes.h"

/* pi in three parts: products of the first two with whole numbers below 2^20 are exact. */
static const double PI_FIRST = 0x1.921fb544p+1, PI_SECOND = 0x1.0b4611a6p-33,
                    PI_THIRD = 0x1.3198a2e037073p-68;
static const double LARGEST = 3.0e6;

/* sin(r)/r - 1 over r^2 for |r| <= pi/2, as a polynomial in r^2, highest power first
   (relative error of the sine 3e-19). */
static const double SINE_OF_REST[] = {
    2.7210851788387874193e-15, -7.6429831345681476051e-13, 1.6058939391735117168e-10,
    -2.5052106866694655666e-8, 2.7557319211072182071e-6,   -1.9841269841208849044e-4,
    8.3333333333331933104e-3,  -0.16666666666666665561,
};

/* Added to pi h it changes nothing but 0, of which the ratio then is N. */
static const double TINY = 1e-300;

/* Vectors that go together: their chains of operations hide each other's latency. */
enum { TOGETHER = 4 };

/* r + r^3 P(r^2) of what is left of whole half turns; an odd number of these changes the sign. */
INLINE void sines_of(const dvec x[TOGETHER], dvec sines[TOGETHER]) {
    dvec rest[TOGETHER], square[TOGETHER], value[TOGETHER];
    ivec odd[TOGETHER];
    for (int i = 0; i < TOGETHER; i++) {
        dvec turns = to_nearest(x[i] * 0.31830988618379067154);
        rest[i] = fused(turns, all(-PI_FIRST), x[i]);
        rest[i] = fused(turns, all(-PI_SECOND), rest[i]);
        rest[i] = fused(turns, all(-PI_THIRD), rest[i]);
        odd[i] = (ivec)(turns + 6755399441055744.0) << 63;
        square[i] = rest[i] * rest[i];
        value[i] = all(SINE_OF_REST[0]);
    }
    for (int term = 1; term < COUNT(SINE_OF_REST); term++)
        for (int i = 0; i < TOGETHER; i++)
            value[i] = fused(value[i], square[i], all(SINE_OF_REST[term]));
    for (int i = 0; i < TOGETHER; i++) {
        value[i] = fused(rest[i] * square[i], value[i], rest[i]);
        sines[i] = (dvec)((ivec)value[i] ^ odd[i]);
    }
}

INLINE void ratios_of(const dvec h[TOGETHER], dvec ratios[TOGETHER], double cells) {
    dvec x[TOGETHER], turned[TOGETHER], under[TOGETHER];
    ivec fits = ~(ivec){0};
    for (int i = 0; i < TOGETHER; i++) {
        x[i] = h[i] * 3.14159265358979323846 + TINY;
        turned[i] = x[i] * cells;
        fits &= (turned[i] < LARGEST) & (turned[i] > -LARGEST);
    }
    sines_of(turned, ratios);
    sines_of(x, under);
    for (int i = 0; i < TOGETHER; i++) ratios[i] /= under[i];
    if (!any(~fits)) return;
    /* NaN does not fit, either. */
    for (int i = 0; i < TOGETHER; i++)
        for (int lane = 0; lane < LANES; lane++) {
            double one = x[i][lane];
            if (!(fabs(one * cells) < LARGEST)) ratios[i][lane] = sin(one * cells) / sin(one);
        }
}

#endif
