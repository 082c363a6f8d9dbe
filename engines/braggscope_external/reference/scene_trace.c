/* The part of a trace that is the same for every pixel. */
#include "scene.h"

#include <stdio.h>

static void trace_detector_input(const struct detector *d, const struct trace *t)
{
    static const char *const rotations[] = {"rotx_rad", "roty_rad", "rotz_rad"};
    struct trace_place run = trace_place('R');

    trace_text(t, run, "convention", d->convention);
    trace_text(t, run, "pivot_effective", d->pivot_is_sample ? "sample" : "beam");
    trace_real(t, run, "pixel_m", d->pixel_m);
    trace_integer(t, run, "fpixels", d->fpixels);
    trace_integer(t, run, "spixels", d->spixels);
    trace_real(t, run, "detsize_f_m", d->detsize_f_m);
    trace_real(t, run, "detsize_s_m", d->detsize_s_m);
    trace_real(t, run, "distance_in_m", d->distance_in_m);
    trace_real(t, run, "Xbeam_m", d->xbeam_m);
    trace_real(t, run, "Ybeam_m", d->ybeam_m);
    trace_real(t, run, "Fbeam_in_m", d->fbeam_in_m);
    trace_real(t, run, "Sbeam_in_m", d->sbeam_in_m);
    trace_real(t, run, "Fclose_in_m", d->fclose_in_m);
    trace_real(t, run, "Sclose_in_m", d->sclose_in_m);
    for (int i = 0; i < 3; i++)
        trace_real(t, run, rotations[i], d->rotation_rad[i]);
    trace_real(t, run, "twotheta_rad", d->twotheta_rad);
    trace_integer(t, run, "curved", d->curved);
    trace_integer(t, run, "point_pixel", d->point_pixel);
}

/* The names end in _f, _s and so on. */
static void trace_basis(const struct basis *basis, const char *const names[7],
                        const struct trace *t)
{
    struct trace_place run = trace_place('R');
    const vec3 *const vectors[] = {&basis->fast,  &basis->slow,    &basis->normal,  &basis->beam,
                                   &basis->polar, &basis->spindle, &basis->twotheta};
    for (int i = 0; i < 7; i++)
        if (names[i])
            trace_vector(t, run, names[i], *vectors[i]);
}

static void trace_detector_placed(const struct detector *d, const struct trace *t)
{
    struct trace_place run = trace_place('R');
    static const char *const initial[] = {"basis_initial_f", "basis_initial_s", "basis_initial_o",
                                          "basis_initial_b", "basis_initial_p", "basis_initial_w",
                                          "basis_initial_t"};
    static const char *const after[] = {"basis_after_rot_f", "basis_after_rot_s",
                                        "basis_after_rot_o", NULL, NULL, NULL, NULL};
    static const char *const last[] = {"basis_final_f", "basis_final_s", "basis_final_o",
                                       NULL,            NULL,            NULL,
                                       NULL};

    trace_basis(&d->initial, initial, t);
    trace_integer(t, run, "odet_regenerated", d->odet_regenerated);
    trace_real(t, run, "ratio", d->ratio);
    trace_real(t, run, "close_distance_in_m", d->close_distance_in_m);
    trace_basis(&d->after_rotation, after, t);
    trace_basis(&d->basis, last, t);
    trace_vector(t, run, "pix0_m", d->pix0_m);
    trace_real(t, run, "close_distance_m", d->close_distance_m);
    trace_real(t, run, "distance_m", d->distance_m);
    trace_real(t, run, "Fclose_m", d->fclose_m);
    trace_real(t, run, "Sclose_m", d->sclose_m);
    trace_real(t, run, "Fbeam_m", d->fbeam_m);
    trace_real(t, run, "Sbeam_m", d->sbeam_m);
    trace_real(t, run, "ORGX", d->orgx_pixels);
    trace_real(t, run, "ORGY", d->orgy_pixels);
}

static void trace_cell(const struct cell *cell, const struct trace *t)
{
    struct trace_place run = trace_place('R');

    if (cell->from_cell)
        trace_triad(t, run, "recip_default", &cell->recip_default);
    if (cell->from_matrix)
        trace_triad(t, run, "recip_matrix_scaled", &cell->recip_matrix_scaled);
    trace_vector(t, run, "misset_rad",
                 vec3_make(cell->misset_rad[0], cell->misset_rad[1], cell->misset_rad[2]));
    trace_triad(t, run, "recip_misset", &cell->recip_misset);
    trace_real(t, run, "Vstar", cell->v_star);
    trace_real(t, run, "V", cell->volume);
    trace_triad(t, run, "direct_A", &cell->direct_angstrom);
    trace_triad(t, run, "recip_regenerated", &cell->recip_regenerated);
}

static void trace_grid(const struct grid *grid, const char *const names[3], const struct trace *t)
{
    struct trace_place run = trace_place('R');
    trace_integer(t, run, names[0], grid->count);
    trace_real(t, run, names[1], grid->range);
    trace_real(t, run, names[2], grid->step);
}

static void trace_sampling(const struct scene *scene, const struct trace *t)
{
    static const char *const hdiv[] = {"hdivsteps", "hdivrange_rad", "hdivstep_rad"};
    static const char *const vdiv[] = {"vdivsteps", "vdivrange_rad", "vdivstep_rad"};
    static const char *const dispersion[] = {"dispsteps", "dispersion", "dispstep"};
    struct trace_place run = trace_place('R');

    trace_real(t, run, "phi0_rad", scene->phi.start_rad);
    trace_real(t, run, "osc_rad", scene->phi.range_rad);
    trace_real(t, run, "phistep_rad", scene->phi.step_rad);
    trace_integer(t, run, "phisteps", scene->phi.steps);
    trace_grid(&scene->sources.hdiv, hdiv, t);
    trace_grid(&scene->sources.vdiv, vdiv, t);
    trace_grid(&scene->sources.dispersion, dispersion, t);
    trace_integer(t, run, "sources", scene->sources.count);
    trace_real(t, run, "thick_m", scene->sensor.thickness_m);
    trace_real(t, run, "dt_m", scene->sensor.layer_m);
    trace_integer(t, run, "layers", scene->sensor.layers);
    trace_real(t, run, "mu_per_m",
               scene->sensor.thickness_m > 0.0 ? scene->sensor.attenuation_per_m : 0.0);
    trace_real(t, run, "eta_rad", scene->mosaic.spread_rad);
    trace_integer(t, run, "domains", scene->mosaic.domains);
    trace_real(t, run, "dmin_m", scene->dmin_m);
}

static const char *shape_name(enum crystal_shape shape)
{
    static const char *const names[] = {"SQUARE", "ROUND", "GAUSS", "TOPHAT"};
    return names[shape];
}

static void trace_crystal(const struct scene *scene, const struct trace *t)
{
    static const char *const cells[] = {"Na", "Nb", "Nc"};
    struct trace_place run = trace_place('R');

    trace_text(t, run, "shape", shape_name(scene->lattice.shape));
    trace_real(t, run, "fudge", scene->lattice.fudge);
    for (int i = 0; i < 3; i++)
        trace_integer(t, run, cells[i], (long long)scene->lattice.cells[i]);
    trace_integer(t, run, "oversample", scene->oversample);
    trace_integer(t, run, "interpolate", scene->interpolate);
}

/* Ranges, number, and the sum of all values as a checksum. */
static void trace_factors(const struct reflections *r, const struct trace *t)
{
    struct trace_place run = trace_place('R');

    trace_integer(t, run, "hkls", r->known);
    trace_real(t, run, "default_F", r->default_f);
    if (!r->table)
        return;
    size_t entries = (size_t)(r->range[0] * r->range[1] * r->range[2]);
    double sum = 0.0;
    for (size_t i = 0; i < entries; i++)
        sum += r->table[i];
    trace_indices(t, run, "F_table_min", vec3_make(r->min[0], r->min[1], r->min[2]));
    trace_indices(t, run, "F_table_max", vec3_make(r->max[0], r->max[1], r->max[2]));
    trace_real(t, run, "F_table_sum", sum);
}

static void trace_scale(const struct scene *scene, const struct trace *t)
{
    struct trace_place run = trace_place('R');

    trace_integer(t, run, "polarized", !scene->nopolar);
    trace_real(t, run, "kahn_factor", scene->kahn_factor);
    trace_real(t, run, "fluence", scene->fluence_per_m2);
    trace_integer(t, run, "steps", scene->steps);
    trace_real(t, run, "scale", scene->scale);
    trace_real(t, run, "water_m", scene->water_m);
    trace_real(t, run, "I_bg", scene->background);
}

static void trace_beams(const struct sources *sources, const struct trace *t)
{
    struct trace_place beam = trace_place('J');

    for (beam.j = 0; beam.j < sources->count; beam.j++) {
        trace_vector(t, beam, "k", sources->item[beam.j].incident);
        trace_real(t, beam, "lambda", sources->item[beam.j].wavelength_m);
        trace_real(t, beam, "weight", sources->item[beam.j].weight);
    }
}

static void trace_rotated_cells(const struct scene *scene, const struct trace *t)
{
    const struct orientations *o = &scene->orientations;
    struct trace_place step = trace_place('K'), domain = trace_place('M');
    int domains = scene->mosaic.domains;

    for (step.k = 0; step.k < scene->phi.steps; step.k++) {
        trace_real(t, step, "phi_rad", phi_scan_angle(&scene->phi, step.k));
        trace_triad(t, step, "cell_phi", &o->phi_cells[step.k]);
    }
    for (domain.k = 0; domain.k < scene->phi.steps; domain.k++)
        for (domain.m = 0; domain.m < domains; domain.m++)
            trace_triad(t, domain, "cell_mosaic",
                        &o->domain_cells[(size_t)domain.k * (size_t)domains + (size_t)domain.m]);
}

static void trace_semantics(const struct semantics *semantics, const struct trace *t)
{
    for (int i = 0; i < SEM_COUNT; i++) {
        char name[40];
        snprintf(name, sizeof name, "semantics_%s", semantics_name((enum semantic_option)i));
        trace_text(t, trace_place('R'), name, semantics_value(semantics, (enum semantic_option)i));
    }
}

void scene_trace(const struct scene *scene, const struct trace *trace)
{
    trace_semantics(&scene->semantics, trace);
    trace_real(trace, trace_place('R'), "lambda0_m", scene->wavelength_m);
    trace_detector_input(&scene->detector, trace);
    trace_detector_placed(&scene->detector, trace);
    trace_cell(&scene->cell, trace);
    trace_sampling(scene, trace);
    trace_crystal(scene, trace);
    trace_factors(&scene->reflections, trace);
    trace_scale(scene, trace);
    trace_beams(&scene->sources, trace);
    mosaic_trace(&scene->mosaic, trace);
    trace_rotated_cells(scene, trace);
}
