#include "pixel.h"

#include "constants.h"

#include <math.h>

/* What lives through the loops of one pixel. */
struct pixel_state {
    double intensity;
    double polar, omega; /* in force: the first value that was computed, unless it was zero (Q41) */
    double omega_sum;
    long long n_live;
};

struct polarisation kahn(double kahn_factor, vec3 polar_axis, vec3 incident, vec3 diffracted)
{
    struct polarisation p;

    p.cos_2theta = vec3_dot(incident, diffracted);
    p.psi = 0.0;
    if (kahn_factor != 0.0) {
        vec3 magnetic = vec3_unit(vec3_cross(polar_axis, incident));
        vec3 electric = vec3_unit(vec3_cross(incident, magnetic));
        p.psi = -atan2(vec3_dot(diffracted, magnetic), vec3_dot(diffracted, electric));
    }
    double cos_squared = p.cos_2theta * p.cos_2theta;
    p.factor = 0.5 * (1.0 + cos_squared - kahn_factor * cos(2.0 * p.psi) * (1.0 - cos_squared));
    return p;
}

/* Interference of n cells along one axis (SQUARE, spec 9.2). x = pi*h is not reduced: that would
   change the rounding near peaks. */
static double axis_factor(double h, double n)
{
    double x = PI * h;
    if (!(n > 1.0))
        return 1.0;
    return x == 0.0 ? n : sin(x * n) / sin(x);
}

/* Halves round down (Q56). */
static double nearest_index(double h)
{
    return ceil(h - 0.5);
}

/* One phi step and mosaic domain: adds its scattering to the running intensity. */
static void evaluate(const struct scene *scene, const triad *cell, vec3 q,
                     struct pixel_state *state, struct trace_place place, const struct trace *trace)
{
    vec3 hkl = vec3_make(vec3_dot(cell->v[0], q), vec3_dot(cell->v[1], q), vec3_dot(cell->v[2], q));
    vec3 hkl0 = vec3_make(nearest_index(hkl.x), nearest_index(hkl.y), nearest_index(hkl.z));
    double latt_a = axis_factor(hkl.x, scene->crystal_cells[0]);
    double latt_b = axis_factor(hkl.y, scene->crystal_cells[1]);
    double latt_c = axis_factor(hkl.z, scene->crystal_cells[2]);
    double latt = latt_a * latt_b * latt_c;
    double f_cell = 0.0, term = 0.0;

    int live = latt != 0.0; /* spec 9: an evaluation without lattice scattering is skipped */
    if (live) {
        f_cell = reflections_nearest(&scene->reflections, hkl0);
        term = f_cell * f_cell * latt * latt;
        state->intensity += term;
        state->n_live++;
    }
    if (!trace)
        return;
    trace_vector(trace, place, "hkl", hkl);
    trace_indices(trace, place, "hkl0", hkl0);
    trace_real(trace, place, "F_latt_a", latt_a);
    trace_real(trace, place, "F_latt_b", latt_b);
    trace_real(trace, place, "F_latt_c", latt_c);
    trace_real(trace, place, "F_latt", latt);
    if (live)
        trace_real(trace, place, "F_cell", f_cell);
    trace_real(trace, place, "term", term);
    trace_real(trace, place, "I_running", state->intensity);
}

static void orientations(const struct scene *scene, vec3 q, struct pixel_state *state,
                         struct trace_place place, const struct trace *trace)
{
    const triad *cell = scene->domain_cells;

    place.level = 'M';
    for (place.k = 0; place.k < scene->phi.steps; place.k++)
        for (place.m = 0; place.m < scene->mosaic.domains; place.m++)
            evaluate(scene, cell++, q, state, place, trace);
}

static void one_source(const struct scene *scene, const struct source *source, vec3 diffracted,
                       struct pixel_state *state, struct trace_place place,
                       const struct trace *trace)
{
    /* Divided by lambda, not multiplied with its inverse: the last bits count (spec 14). */
    vec3 q = vec3_divided(vec3_difference(diffracted, source->incident), source->wavelength_m);

    if (state->polar == 0.0 || trace) {
        struct polarisation now =
            kahn(scene->kahn_factor, scene->detector.basis.polar, source->incident, diffracted);
        if (state->polar == 0.0)
            state->polar = now.factor;
        trace_vector(trace, place, "q", q);
        trace_real(trace, place, "stol", 0.5 * vec3_length(q));
        trace_real(trace, place, "cos2theta", now.cos_2theta);
        trace_real(trace, place, "psi", now.psi);
        trace_real(trace, place, "polar_now", now.factor);
        trace_real(trace, place, "polar_in_force", state->polar);
    }
    orientations(scene, q, state, place, trace);
}

/* Coordinate of sub-pixel centre `sub` of pixel `index` along one detector axis (spec 4.5). */
static double sub_pixel_coordinate(const struct scene *scene, int index, int sub)
{
    double sub_pixel_m = scene->detector.pixel_m / scene->oversample;
    return sub_pixel_m * (double)((long long)index * scene->oversample + sub) + sub_pixel_m / 2.0;
}

static void one_sub_pixel(const struct scene *scene, int slow, int fast, struct pixel_state *state,
                          struct trace_place place, const struct trace *trace)
{
    double fast_m = sub_pixel_coordinate(scene, fast, place.u);
    double slow_m = sub_pixel_coordinate(scene, slow, place.v);
    double depth_m = 0.0; /* a sensor without thickness has one layer, at the surface */
    vec3 position = detector_position(&scene->detector, fast_m, slow_m, depth_m);
    double r_m = vec3_length(position);
    vec3 diffracted = vec3_divided(position, r_m);

    if (state->omega == 0.0 || trace) {
        double omega_now = detector_solid_angle(&scene->detector, r_m);
        if (state->omega == 0.0)
            state->omega = omega_now;
        trace_vector(trace, place, "FSO", vec3_make(fast_m, slow_m, depth_m));
        trace_vector(trace, place, "pos_m", position);
        trace_real(trace, place, "R_m", r_m);
        trace_vector(trace, place, "d", diffracted);
        trace_real(trace, place, "omega_now", omega_now);
        trace_real(trace, place, "omega_in_force", state->omega);
    }
    state->omega_sum += state->omega;

    place.level = 'J';
    for (place.j = 0; place.j < scene->sources.count; place.j++)
        one_source(scene, &scene->sources.item[place.j], diffracted, state, place, trace);
}

/* Scaling in the order of spec 14; the capture fraction of a sensor without thickness is 1. */
static double scaled(const struct scene *scene, const struct pixel_state *state)
{
    double value = scene->scale * state->intensity / (double)scene->steps;
    value *= state->polar;
    return value * state->omega;
}

struct pixel_result pixel_render(const struct scene *scene, int slow, int fast,
                                 const struct trace *trace)
{
    struct pixel_state state = {0.0, scene->nopolar ? 1.0 : 0.0, 0.0, 0.0, 0};
    struct trace_place place = trace_place('B'), pixel = trace_place('P');

    for (place.v = 0; place.v < scene->oversample; place.v++)
        for (place.u = 0; place.u < scene->oversample; place.u++)
            one_sub_pixel(scene, slow, fast, &state, place, trace);

    struct pixel_result result = {scaled(scene, &state), state.omega_sum};
    trace_integer(trace, pixel, "n_live", state.n_live);
    trace_real(trace, pixel, "I_total", state.intensity);
    trace_real(trace, pixel, "polar", state.polar);
    trace_real(trace, pixel, "omega", state.omega);
    trace_real(trace, pixel, "val", result.photons);
    trace_real(trace, pixel, "float32", (double)(float)result.photons);
    return result;
}
