#include "orientations.h"

#include "limits.h"
#include "messages.h"

#include <stdlib.h>
#include <string.h>

static int allocate(struct orientations *o, size_t steps, size_t domains)
{
    double cells = (double)steps * (double)domains;

    if (cells > MAX_ROTATED_CELLS)
        return fail("-phisteps/-mosaic_domains: %g orientations are more than this program takes "
                    "(%g)",
                    cells, MAX_ROTATED_CELLS);
    o->phi_cells = malloc(steps * sizeof *o->phi_cells);
    o->domain_cells = malloc(steps * domains * sizeof *o->domain_cells);
    o->unrotated_domains = malloc(domains * sizeof *o->unrotated_domains);
    o->carried = calloc(steps, 1);
    if (!o->phi_cells || !o->domain_cells || !o->unrotated_domains || !o->carried)
        return fail("-phisteps/-mosaic_domains: not enough memory for %g orientations", cells);
    return STATUS_OK;
}

static triad turned_by_phi(const triad *cell, vec3 spindle, double phi_rad)
{
    triad turned = *cell;
    if (phi_rad != 0.0)
        for (int i = 0; i < 3; i++)
            turned.v[i] = vec3_rotated_about(cell->v[i], spindle, phi_rad);
    return turned;
}

/* The steady state of Q19: a step at phi = 0 sees the last step that was not, be it one of the
   sweep before. Where all steps are at 0, all see the unrotated cell. */
static void carry_cells_over(struct orientations *o, const struct phi_scan *phi)
{
    int last = -1;

    for (int k = 0; k < phi->steps; k++)
        if (phi_scan_angle(phi, k) != 0.0)
            last = k;
    if (last < 0)
        return;
    while (o->first_sweep_steps < phi->steps && phi_scan_angle(phi, o->first_sweep_steps) == 0.0)
        o->first_sweep_steps++;
    for (int k = 0; k < phi->steps; k++) {
        if (phi_scan_angle(phi, k) != 0.0) {
            last = k;
        } else {
            o->phi_cells[k] = o->phi_cells[last];
            o->carried[k] = 1;
        }
    }
}

static void turn_by_domains(triad *domains, const triad *cell, const struct mosaic *mosaic)
{
    for (int m = 0; m < mosaic->domains; m++) {
        domains[m] = *cell;
        if (mosaic->spread_rad > 0.0)
            for (int i = 0; i < 3; i++)
                domains[m].v[i] = triad_apply(&mosaic->rotation[m], cell->v[i]);
    }
}

int orientations_build(struct orientations *o, const triad *cell, vec3 spindle,
                       const struct phi_scan *phi, const struct mosaic *mosaic, int carry_over)
{
    size_t domains = (size_t)mosaic->domains;

    memset(o, 0, sizeof *o);
    int status = allocate(o, (size_t)phi->steps, domains);
    if (status != STATUS_OK)
        return status;
    o->unrotated = *cell;
    for (int k = 0; k < phi->steps; k++)
        o->phi_cells[k] = turned_by_phi(cell, spindle, phi_scan_angle(phi, k));
    if (carry_over)
        carry_cells_over(o, phi);
    for (int k = 0; k < phi->steps; k++)
        turn_by_domains(&o->domain_cells[(size_t)k * domains], &o->phi_cells[k], mosaic);
    turn_by_domains(o->unrotated_domains, cell, mosaic);
    return STATUS_OK;
}

void orientations_free(struct orientations *o)
{
    free(o->phi_cells);
    free(o->domain_cells);
    free(o->unrotated_domains);
    free(o->carried);
    memset(o, 0, sizeof *o);
}
