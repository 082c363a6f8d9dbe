/* The cell at every phi step, in every mosaic domain: the same for all pixels, turned only once. */
#ifndef BRAGGSCOPE_ORIENTATIONS_H
#define BRAGGSCOPE_ORIENTATIONS_H

#include "mosaic.h"
#include "sampling.h"
#include "vector.h"

struct orientations {
    triad *phi_cells;    /* a, b, c in metres, one per phi step */
    triad *domain_cells; /* one per phi step and mosaic domain, domain fastest */
    /* The very first sweep of a run knows no earlier cell: its first steps, as far as they are at
       phi = 0 exactly, see the unrotated one (Q19). */
    int first_sweep_steps;
    triad unrotated;
    triad *unrotated_domains; /* one per domain */
    unsigned char *carried;   /* per phi step: it keeps the cell of an earlier step */
};

/* carry_over: a step at phi = 0 keeps the cell before it (docs/semantics.md). */
int orientations_build(struct orientations *o, const triad *cell, vec3 spindle,
                       const struct phi_scan *phi, const struct mosaic *mosaic, int carry_over);

void orientations_free(struct orientations *o);

#endif
