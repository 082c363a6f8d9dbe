/* sin(N pi h)/sin(pi h) of many h, for the eager kernel: the same operations as torch's, each rounded
   as there, but all of them in one pass and with vectors on every processor. */
#include "lanes.h"

#ifndef RATIOS
#error "RATIOS names the function"
#endif

/* pi in three parts: products of the first two with whole numbers below 2^20 are exact. */
static const double PI_FIRST = 0x1.921fb544p+1, PI_SECOND = 0x1.0b4611a6p-33,
                    PI_THIRD = 0x1.3198a2e037073p-68;
static const double LARGEST = 3.0e6;

/* sin(r)/r - 1 over r^2 for |r| <= pi/2, as a polynomial in r^2, highest power first
   (relative error of the sine 3e-19). */
static const double COEFFICIENTS[] = {
    2.7210851788387874193e-15, -7.6429831345681476051e-13, 1.6058939391735117168e-10,
    -2.5052106866694655666e-8, 2.7557319211072182071e-6,   -1.9841269841208849044e-4,
    8.3333333333331933104e-3,  -0.16666666666666665561,
};

/* Added to pi h it changes nothing but 0, of which the ratio then is N. */
static const double TINY = 1e-300;

/* Vectors that go together: their chains of operations hide each other's latency. */
enum { TOGETHER = 4, GROUP = TOGETHER * LANES };

/* r + r^3 P(r^2) of what is left of whole half turns; an odd number of these changes the sign. */
INLINE void sines_of(const dvec x[TOGETHER], dvec sines[TOGETHER]) {
    dvec rest[TOGETHER], square[TOGETHER], value[TOGETHER];
    ivec odd[TOGETHER];
    for (int i = 0; i < TOGETHER; i++) {
        dvec turns = to_nearest(x[i] * 0.31830988618379067154);
        rest[i] = ((x[i] - turns * PI_FIRST) - turns * PI_SECOND) - turns * PI_THIRD;
        odd[i] = (ivec)(turns + 6755399441055744.0) << 63;
        square[i] = rest[i] * rest[i];
        value[i] = all(COEFFICIENTS[0]);
    }
    for (int term = 1; term < (int)(sizeof COEFFICIENTS / sizeof *COEFFICIENTS); term++)
        for (int i = 0; i < TOGETHER; i++) value[i] = value[i] * square[i] + COEFFICIENTS[term];
    for (int i = 0; i < TOGETHER; i++) {
        value[i] = rest[i] + rest[i] * square[i] * value[i];
        sines[i] = (dvec)((ivec)value[i] ^ odd[i]);
    }
}

INLINE void ratios_of(const double *h, double *ratios, double cells) {
    dvec x[TOGETHER], turned[TOGETHER], over[TOGETHER], under[TOGETHER];
    memcpy(x, h, sizeof x);
    ivec fits = ~(ivec){0};
    for (int i = 0; i < TOGETHER; i++) {
        x[i] = x[i] * 3.14159265358979323846 + TINY;
        turned[i] = x[i] * cells;
        fits &= (turned[i] < LARGEST) & (turned[i] > -LARGEST);
    }
    sines_of(turned, over);
    sines_of(x, under);
    for (int i = 0; i < TOGETHER; i++) over[i] /= under[i];
    memcpy(ratios, over, sizeof over);
    if (!any(~fits)) return;
    /* NaN does not fit, either. */
    for (int lane = 0; lane < GROUP; lane++) {
        double one = x[lane / LANES][lane % LANES];
        if (!(fabs(one * cells) < LARGEST)) ratios[lane] = sin(one * cells) / sin(one);
    }
}

void RATIOS(const double *h, double *ratios, int64_t count, double cells) {
    int64_t start = 0;
    for (; start + GROUP <= count; start += GROUP) ratios_of(h + start, ratios + start, cells);
    double last[GROUP] = {0};
    memcpy(last, h + start, (size_t)(count - start) * sizeof *last);
    ratios_of(last, last, cells);
    memcpy(ratios + start, last, (size_t)(count - start) * sizeof *last);
}
