/* What the eager kernel takes most of its time for: the same operations as torch's, each rounded as
   there, but all of them in one pass and with vectors on every processor. */
#include "rounded.h"

#if !defined(RATIOS) || !defined(PRODUCTS)
#error "RATIOS and PRODUCTS name the functions"
#endif

enum { GROUP = TOGETHER * LANES };

/* A group of numbers, or those that are left. */
INLINE void copy(void *to, const void *from, int64_t left) {
    if (left >= GROUP)
        memcpy(to, from, GROUP * sizeof(double));
    else
        memcpy(to, from, (size_t)left * sizeof(double));
}

/* sin(N pi h)/sin(pi h) of `count` h. */
void RATIOS(const double *h, double *ratios, int64_t count, double cells) {
    for (int64_t start = 0; start < count; start += GROUP) {
        dvec group[TOGETHER] = {0};
        copy(group, h + start, count - start);
        ratios_of(group, group, cells);
        copy(ratios + start, group, count - start);
    }
}

/* Products of the ratios of h, k and l of a group of pixels. */
INLINE void products_of(const dvec q[3][TOGETHER], const double *cell, const double n_cells[3],
                        dvec products[TOGETHER]) {
    for (int axis = 0; axis < 3; axis++) {
        const double *edge = cell + 3 * axis;
        dvec h[TOGETHER], ratios[TOGETHER];
        /* One cell across makes a ratio of 1. */
        if (!(n_cells[axis] > 1.0)) {
            if (axis == 0)
                for (int i = 0; i < TOGETHER; i++) products[i] = all(1.0);
            continue;
        }
        for (int i = 0; i < TOGETHER; i++)
            h[i] = edge[0] * q[0][i] + edge[1] * q[1][i] + edge[2] * q[2][i];
        ratios_of(h, ratios, n_cells[axis]);
        for (int i = 0; i < TOGETHER; i++)
            products[i] = axis == 0 ? ratios[i] : products[i] * ratios[i];
    }
}

/* F_latt of SQUARE crystals, [orientations][pixels], for scattering vectors q, [3][pixels], and cells,
   [orientations][3][3] rows a, b, c. */
void PRODUCTS(const double *q, int64_t pixels, const double *cells_m, int64_t orientations,
              const double *n_cells, double *products) {
    for (int64_t start = 0; start < pixels; start += GROUP) {
        dvec group[3][TOGETHER] = {0}, made[TOGETHER];
        for (int axis = 0; axis < 3; axis++)
            copy(group[axis], q + axis * pixels + start, pixels - start);
        for (int64_t e = 0; e < orientations; e++) {
            products_of(group, cells_m + 9 * e, n_cells, made);
            copy(products + e * pixels + start, made, pixels - start);
        }
    }
}
