#include "pixel.h"

#include "factors.h"
#include "pixel_trace.h"

#include <math.h>

/* What lives through the loops of one pixel. */
struct pixel_state {
    const struct scene *scene;
    const struct trace *trace; /* NULL: print nothing */
    double intensity;
    struct factors factors;
    double share; /* weight and `per-evaluation` factors of the source at hand */
    int compounds; /* some factor multiplies the running total */
    double omega_sum;
    long long n_live;
    int interpolate, left_table;
    int first_sweep; /* the next sweep is the first of the run */
    struct evaluation *last; /* where to keep the last evaluation; NULL: not asked for */
    vec3 position;
    double stol;
};

/* ceil(h - 0.5): halves round down (Q56). A conversion is faster than a call of ceil(), and the
   same as far as it is exact. */
static double nearest_index(double h)
{
    double x = h - 0.5;
    if (!(fabs(x) < 1e15))
        return ceil(x);
    double whole = (double)(long long)x;
    return whole < x ? whole + 1.0 : whole;
}

/* Spec 6.6: with the permanent rule the first point outside the table ends interpolation for all
   that follows, in the serial order of the image. */
static double structure_factor(struct pixel_state *state, vec3 hkl, vec3 hkl0)
{
    const struct reflections *reflections = &state->scene->reflections;

    if (state->interpolate) {
        if (reflections_can_interpolate(reflections, hkl))
            return reflections_interpolate(reflections, hkl);
        state->left_table = 1;
        if (state->scene->semantics.value[SEM_INTERPOLATION_FALLBACK] == FALLBACK_PERMANENT)
            state->interpolate = 0;
    }
    return reflections_nearest(reflections, hkl0);
}

/* The product of the `per-evaluation` factors, P_e of docs/semantics.md. */
static double own_factors(const struct factors *f)
{
    double product = 1.0;
    if (f->capture.rule == FACTOR_PER_EVALUATION)
        product *= f->capture.in_force;
    if (f->polar.rule == FACTOR_PER_EVALUATION)
        product *= f->polar.in_force;
    if (f->omega.rule == FACTOR_PER_EVALUATION)
        product *= f->omega.in_force;
    return product;
}

/* The running total is multiplied once more after every live evaluation (Q42). */
static void compound(struct pixel_state *state)
{
    const struct factors *f = &state->factors;
    if (f->capture.rule == FACTOR_COMPOUNDING)
        state->intensity *= f->capture.in_force;
    if (f->polar.rule == FACTOR_COMPOUNDING)
        state->intensity *= f->polar.in_force;
    if (f->omega.rule == FACTOR_COMPOUNDING)
        state->intensity *= f->omega.in_force;
}

/* One phi step and mosaic domain: adds its scattering to the running intensity. */
static void evaluate(struct pixel_state *state, const triad *cell, vec3 q,
                     const struct trace_place *place)
{
    const struct scene *scene = state->scene;
    struct evaluation e;

    e.hkl = vec3_make(vec3_dot(cell->v[0], q), vec3_dot(cell->v[1], q), vec3_dot(cell->v[2], q));
    e.hkl0 = vec3_make(nearest_index(e.hkl.x), nearest_index(e.hkl.y), nearest_index(e.hkl.z));
    if (scene->lattice.shape == SHAPE_SQUARE)
        lattice_square(&scene->lattice, e.hkl, &e.lattice);
    else
        lattice_spot(&scene->lattice, e.hkl, e.hkl0, &e.lattice);
    e.f_cell = e.term = 0.0;
    /* Without lattice scattering there is nothing to add; water undoes the short cut (Q46). */
    e.live = !(e.lattice.value == 0.0 && scene->water_m == 0.0);
    if (e.live) {
        e.interpolate = state->interpolate;
        e.f_cell = structure_factor(state, e.hkl, e.hkl0);
        e.term = e.f_cell * e.f_cell * e.lattice.value * e.lattice.value;
        state->intensity += e.term * state->share;
        if (state->compounds)
            compound(state);
        state->n_live++;
    }
    if (state->last)
        *state->last = e;
    if (state->trace)
        pixel_trace_evaluation(state->trace, *place, scene, &e, &state->factors, state->intensity);
}

/* One sweep over phi, with all domains at every step. The place is told by its address throughout
   the loops, and is the caller's again at the end: copies cost more than the arithmetic. */
static void sweep(struct pixel_state *state, vec3 q, struct trace_place *place)
{
    const struct orientations *o = &state->scene->orientations;
    int domains = state->scene->mosaic.domains;
    int unrotated = state->first_sweep ? o->first_sweep_steps : 0;

    state->first_sweep = 0;
    place->level = 'M';
    for (place->k = 0; place->k < state->scene->phi.steps; place->k++) {
        int carried = place->k >= unrotated && o->carried[place->k];
        const triad *cells = place->k < unrotated
                                 ? o->unrotated_domains
                                 : o->domain_cells + (size_t)place->k * (size_t)domains;
        if (state->trace)
            pixel_trace_phi(state->trace, *place, state->scene, carried, unrotated);
        for (place->m = 0; place->m < domains; place->m++)
            evaluate(state, &cells[place->m], q, place);
        place->m = -1;
    }
    place->k = -1;
    place->level = 'J';
}

/* Is this resolution beyond the limit? (spec 9) */
static int is_rejected(double dmin_m, double stol)
{
    return dmin_m > 0.0 && stol > 0.0 && dmin_m > 0.5 / stol;
}

/* Divided by lambda, not multiplied with its inverse: the last bits count (spec 14). */
static vec3 scattering_vector(const struct source *source, vec3 diffracted)
{
    return vec3_divided(vec3_difference(diffracted, source->incident), source->wavelength_m);
}

static void one_source(struct pixel_state *state, const struct source *source, vec3 diffracted,
                       struct trace_place *place)
{
    const struct scene *scene = state->scene;
    vec3 q = scattering_vector(source, diffracted);
    double stol = 0.5 * vec3_length(q);
    int rejected = is_rejected(scene->dmin_m, stol);
    struct factor *polar = &state->factors.polar;

    state->stol = stol;
    if (state->trace)
        pixel_trace_source(state->trace, *place, q, stol, rejected);
    if (rejected)
        return;
    if (factor_is_due(polar) || state->trace) {
        struct polarisation now =
            kahn(scene->kahn_factor, scene->detector.basis.polar, source->incident, diffracted);
        if (factor_is_due(polar))
            factor_take(polar, now.factor);
        if (state->trace)
            pixel_trace_polarisation(state->trace, *place, &now, polar->in_force);
    }
    state->share = source->weight * own_factors(&state->factors);
    sweep(state, q, place);
}

/* Coordinate of sub-pixel centre `sub` of pixel `index` along one detector axis (spec 4.5). */
static double sub_pixel_coordinate(const struct scene *scene, int index, int sub)
{
    return scene->sub_pixel_m * (double)((long long)index * scene->oversample + sub)
           + scene->sub_pixel_m / 2.0;
}

static struct sub_pixel locate(const struct scene *scene, int slow, int fast,
                               const struct trace_place *place)
{
    const struct sensor *sensor = &scene->sensor;
    struct sub_pixel s;

    s.fso = vec3_make(sub_pixel_coordinate(scene, fast, place->u),
                      sub_pixel_coordinate(scene, slow, place->v),
                      (place->layer + sensor->first_depth) * sensor->layer_m);
    s.flat = detector_flat_position(&scene->detector, s.fso.x, s.fso.y, s.fso.z);
    s.position = detector_position(&scene->detector, s.flat);
    s.r_m = vec3_length(s.position);
    s.diffracted = vec3_divided(s.position, s.r_m);
    return s;
}

static void take_sub_pixel_factors(struct pixel_state *state, struct sub_pixel *s, int layer)
{
    const struct scene *scene = state->scene;
    struct factors *f = &state->factors;

    if (factor_is_due(&f->omega) || state->trace) {
        s->omega_now = detector_solid_angle(&scene->detector, s->r_m);
        if (factor_is_due(&f->omega))
            factor_take(&f->omega, s->omega_now);
    }
    if (factor_is_due(&f->capture) || state->trace) {
        s->parallax = vec3_dot(s->diffracted, scene->detector.basis.normal);
        s->capture_now = capture_fraction(&scene->sensor, layer, s->parallax);
        if (factor_is_due(&f->capture))
            factor_take(&f->capture, s->capture_now);
    }
    state->omega_sum += f->omega.in_force;
}

static void one_sub_pixel(struct pixel_state *state, int slow, int fast, struct trace_place *place)
{
    const struct scene *scene = state->scene;
    struct sub_pixel s = locate(scene, slow, fast, place);

    take_sub_pixel_factors(state, &s, place->layer);
    state->position = s.position;
    if (state->trace)
        pixel_trace_sub_pixel(state->trace, *place, scene, &s, &state->factors);
    place->level = 'J';
    for (place->j = 0; place->j < scene->sources.count; place->j++)
        one_source(state, &scene->sources.item[place->j], s.diffracted, place);
    place->j = -1;
    place->level = 'B';
}

/* All layers and sub-pixels in serial order. */
static void all_sub_pixels(struct pixel_state *state, int slow, int fast)
{
    const struct scene *scene = state->scene;
    struct trace_place place = trace_place('B');

    for (place.layer = 0; place.layer < scene->sensor.layers; place.layer++) {
        factors_start_layer(&state->factors);
        for (place.v = 0; place.v < scene->oversample; place.v++)
            for (place.u = 0; place.u < scene->oversample; place.u++)
                one_sub_pixel(state, slow, fast, &place);
    }
}

/* B of docs/semantics.md: what the `per-evaluation` factors make of the background. Their mean over
   sub-pixels and sources; over layers the mean too, but the sum of captured fractions. */
static double background_factor(const struct scene *scene, int slow, int fast)
{
    struct pixel_state state = {.scene = scene, .factors = factors_start(scene)};
    struct factors *f = &state.factors;
    struct trace_place place = trace_place('B');
    double sum = 0.0, count = 0.0;

    if (f->omega.rule != FACTOR_PER_EVALUATION && f->polar.rule != FACTOR_PER_EVALUATION
        && f->capture.rule != FACTOR_PER_EVALUATION)
        return 1.0;
    for (place.layer = 0; place.layer < scene->sensor.layers; place.layer++)
        for (place.v = 0; place.v < scene->oversample; place.v++)
            for (place.u = 0; place.u < scene->oversample; place.u++) {
                struct sub_pixel s = locate(scene, slow, fast, &place);
                take_sub_pixel_factors(&state, &s, place.layer);
                for (int j = 0; j < scene->sources.count; j++, count++) {
                    const struct source *source = &scene->sources.item[j];
                    if (factor_is_due(&f->polar))
                        factor_take(&f->polar, kahn(scene->kahn_factor,
                                                    scene->detector.basis.polar, source->incident,
                                                    s.diffracted)
                                                   .factor);
                    sum += source->weight * own_factors(f);
                }
            }
    if (f->capture.rule == FACTOR_PER_EVALUATION)
        count /= scene->sensor.layers;
    return count > 0.0 ? sum / count : 0.0;
}

/* Scaling in the order of spec 14. */
static double scaled(const struct scene *scene, const struct pixel_state *state)
{
    const struct factors *f = &state->factors;
    double value = scene->scale * state->intensity / (double)scene->steps;

    value *= factor_after_loop(&f->capture);
    value *= factor_after_loop(&f->polar);
    return value * factor_after_loop(&f->omega);
}

struct pixel_result pixel_render(const struct scene *scene, int slow, int fast,
                                 struct pixel_start start, const struct trace *trace,
                                 struct evaluation *last)
{
    struct pixel_state state = {.scene = scene,
                                .trace = trace,
                                .last = last,
                                .intensity = scene->background,
                                .factors = factors_start(scene),
                                .compounds = factors_compound(scene),
                                .interpolate = start.interpolate,
                                .first_sweep = start.first_sweep};

    if (scene->background != 0.0)
        state.intensity *= background_factor(scene, slow, fast);
    all_sub_pixels(&state, slow, fast);

    struct pixel_result result = {.photons = scaled(scene, &state),
                                  .intensity = state.intensity,
                                  .polar = state.factors.polar.in_force,
                                  .omega = state.factors.omega.in_force,
                                  .capture = state.factors.capture.in_force,
                                  .solid_angle_sum = state.omega_sum,
                                  .left_table = state.left_table,
                                  .position = state.position,
                                  .stol = state.stol};
    if (trace)
        pixel_trace_end(trace, scene, &result, &state.factors, state.n_live);
    return result;
}

int pixel_is_rejected(const struct scene *scene, int slow, int fast)
{
    struct trace_place place = trace_place('B');

    for (place.layer = 0; place.layer < scene->sensor.layers; place.layer++)
        for (place.v = 0; place.v < scene->oversample; place.v++)
            for (place.u = 0; place.u < scene->oversample; place.u++) {
                struct sub_pixel s = locate(scene, slow, fast, &place);
                for (int j = 0; j < scene->sources.count; j++) {
                    vec3 q = scattering_vector(&scene->sources.item[j], s.diffracted);
                    if (!is_rejected(scene->dmin_m, 0.5 * vec3_length(q)))
                        return 0;
                }
            }
    return 1;
}
