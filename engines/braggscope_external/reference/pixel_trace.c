#include "pixel_trace.h"

#include <math.h>

void pixel_trace_sub_pixel(const struct trace *t, struct trace_place place,
                           const struct scene *scene, const struct sub_pixel *s,
                           const struct factors *factors)
{
    trace_vector(t, place, "FSO", s->fso);
    if (scene->detector.curved)
        trace_vector(t, place, "pos_flat_m", s->flat);
    trace_vector(t, place, "pos_m", s->position);
    trace_real(t, place, "R_m", s->r_m);
    trace_vector(t, place, "d", s->diffracted);
    trace_real(t, place, "omega_now", s->omega_now);
    trace_real(t, place, "omega_in_force", factors->omega.in_force);
    trace_real(t, place, "parallax", s->parallax);
    trace_real(t, place, "cap_now", factors->capture.constant ? 1.0 : s->capture_now);
    trace_real(t, place, "cap_in_force", factors->capture.in_force);
}

void pixel_trace_source(const struct trace *t, struct trace_place place, vec3 q, double stol,
                        int rejected)
{
    trace_vector(t, place, "q", q);
    trace_real(t, place, "stol", stol);
    trace_integer(t, place, "dmin_rejected", rejected);
}

void pixel_trace_polarisation(const struct trace *t, struct trace_place place,
                              const struct polarisation *now, double in_force)
{
    trace_real(t, place, "cos2theta", now->cos_2theta);
    trace_real(t, place, "psi", now->psi);
    trace_real(t, place, "polar_now", now->factor);
    trace_real(t, place, "polar_in_force", in_force);
}

/* The cells of the steady state stand in the run's part of the trace; only the first sweep of the
   run may see another one. */
void pixel_trace_phi(const struct trace *t, struct trace_place place, const struct scene *scene,
                     int carried, int unrotated)
{
    place.level = 'K';
    trace_integer(t, place, "phi_carried", carried);
    if (place.k < unrotated)
        trace_triad(t, place, "cell_phi_first", &scene->orientations.unrotated);
}

static void trace_lattice(const struct trace *t, struct trace_place place,
                          const struct scene *scene, const struct evaluation *e)
{
    static const char *const axes[] = {"F_latt_a", "F_latt_b", "F_latt_c"};

    if (scene->lattice.shape == SHAPE_SQUARE)
        for (int i = 0; i < 3; i++)
            trace_real(t, place, axes[i], e->lattice.axis[i]);
    else {
        trace_vector(t, place, "dhkl", vec3_difference(e->hkl, e->hkl0));
        trace_real(t, place, scene->lattice.shape == SHAPE_ROUND ? "hrad2" : "rho",
                   e->lattice.radius);
    }
    trace_real(t, place, "F_latt", e->lattice.value);
    trace_integer(t, place, "skipped_zero", !e->live);
}

/* The sum of the 4 x 4 x 4 block of structure factors that the interpolation sees. */
static double block_sum(const struct reflections *r, vec3 low)
{
    double sum = 0.0;
    for (int h = 0; h < 4; h++)
        for (int k = 0; k < 4; k++)
            for (int l = 0; l < 4; l++)
                sum += reflections_nearest(r, vec3_make(low.x + h, low.y + k, low.z + l));
    return sum;
}

static void trace_structure_factor(const struct trace *t, struct trace_place place,
                                   const struct scene *scene, const struct evaluation *e)
{
    if (scene->interpolate) {
        int usable = reflections_can_interpolate(&scene->reflections, e->hkl);
        vec3 floors = vec3_make(floor(e->hkl.x), floor(e->hkl.y), floor(e->hkl.z));
        trace_integer(t, place, "interp_usable", usable);
        trace_integer(t, place, "interp_state", e->interpolate && usable);
        trace_indices(t, place, "interp_floor", floors);
        if (usable)
            trace_real(t, place, "F_sub_sum",
                       block_sum(&scene->reflections,
                                 vec3_make(floors.x - 1.0, floors.y - 1.0, floors.z - 1.0)));
    }
    trace_real(t, place, "F_cell", e->f_cell);
}

static double compounding(const struct factor *f)
{
    return f->rule == FACTOR_COMPOUNDING ? f->in_force : 1.0;
}

void pixel_trace_evaluation(const struct trace *t, struct trace_place place,
                            const struct scene *scene, const struct evaluation *e,
                            const struct factors *f, double intensity)
{
    trace_vector(t, place, "hkl", e->hkl);
    trace_indices(t, place, "hkl0", e->hkl0);
    trace_lattice(t, place, scene, e);
    if (e->live)
        trace_structure_factor(t, place, scene, e);
    trace_real(t, place, "term", e->term);
    trace_real(t, place, "W",
               e->live ? compounding(&f->capture) * compounding(&f->polar) * compounding(&f->omega)
                       : 1.0);
    trace_real(t, place, "I_running", intensity);
}

void pixel_trace_end(const struct trace *t, const struct scene *scene,
                     const struct pixel_result *result, const struct factors *f, long long n_live)
{
    struct trace_place pixel = trace_place('P');

    trace_integer(t, pixel, "n_live", n_live);
    trace_real(t, pixel, "I_total", result->intensity);
    trace_real(t, pixel, "val_unscaled",
               scene->scale * result->intensity / (double)scene->steps);
    trace_real(t, pixel, "capture", factor_after_loop(&f->capture));
    trace_real(t, pixel, "polar", factor_after_loop(&f->polar));
    trace_real(t, pixel, "omega", factor_after_loop(&f->omega));
    trace_real(t, pixel, "val", result->photons);
    trace_real(t, pixel, "float32", (double)(float)result->photons);
}
