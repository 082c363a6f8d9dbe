/* The part of a trace that is the same for every pixel. */
#include "scene.h"

static void trace_detector_input(const struct detector *d, const struct trace *t)
{
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
}

static void trace_detector_placed(const struct detector *d, const struct trace *t)
{
    struct trace_place run = trace_place('R');
    const struct basis *basis = &d->basis;

    trace_vector(t, run, "basis_initial_f", basis->fast);
    trace_vector(t, run, "basis_initial_s", basis->slow);
    trace_vector(t, run, "basis_initial_o", basis->normal);
    trace_vector(t, run, "basis_initial_b", basis->beam);
    trace_vector(t, run, "basis_initial_p", basis->polar);
    trace_vector(t, run, "basis_initial_w", basis->spindle);
    trace_real(t, run, "ratio", d->ratio);
    trace_real(t, run, "close_distance_in_m", d->close_distance_in_m);
    trace_vector(t, run, "basis_final_f", basis->fast);
    trace_vector(t, run, "basis_final_s", basis->slow);
    trace_vector(t, run, "basis_final_o", basis->normal);
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

static void trace_sampling(const struct scene *scene, const struct trace *t)
{
    struct trace_place run = trace_place('R');

    trace_real(t, run, "phi0_rad", scene->phi.start_rad);
    trace_real(t, run, "osc_rad", scene->phi.range_rad);
    trace_real(t, run, "phistep_rad", scene->phi.step_rad);
    trace_integer(t, run, "phisteps", scene->phi.steps);
    trace_real(t, run, "eta_rad", scene->mosaic.spread_rad);
    trace_integer(t, run, "domains", scene->mosaic.domains);
    trace_integer(t, run, "Na", (long long)scene->crystal_cells[0]);
    trace_integer(t, run, "Nb", (long long)scene->crystal_cells[1]);
    trace_integer(t, run, "Nc", (long long)scene->crystal_cells[2]);
    trace_integer(t, run, "oversample", scene->oversample);
    trace_integer(t, run, "interpolate", 0); /* what would be 1 is refused */
    trace_integer(t, run, "hkls", scene->reflections.known);
    trace_real(t, run, "default_F", scene->reflections.default_f);
    trace_integer(t, run, "polarized", !scene->nopolar);
    trace_real(t, run, "kahn_factor", scene->kahn_factor);
    trace_real(t, run, "fluence", scene->fluence_per_m2);
    trace_integer(t, run, "steps", scene->steps);
    trace_real(t, run, "scale", scene->scale);
}

static void trace_beams_and_domains(const struct scene *scene, const struct trace *t)
{
    struct trace_place beam = trace_place('J'), domain = trace_place('M');

    for (int j = 0; j < scene->sources.count; j++) {
        beam.j = j;
        trace_vector(t, beam, "k", scene->sources.item[j].incident);
        trace_real(t, beam, "lambda", scene->sources.item[j].wavelength_m);
    }
    for (int m = 0; m < scene->mosaic.domains; m++) {
        domain.m = m;
        trace_triad(t, domain, "U", &scene->mosaic.rotation[m]);
    }
}

static void trace_rotated_cells(const struct scene *scene, const struct trace *t)
{
    struct trace_place step = trace_place('K'), domain = trace_place('M');
    size_t domains = (size_t)scene->mosaic.domains;

    for (int k = 0; k < scene->phi.steps; k++) {
        step.k = k;
        trace_real(t, step, "phi_rad", phi_scan_angle(&scene->phi, k));
        trace_triad(t, step, "cell_phi", &scene->phi_cells[k]);
    }
    for (int k = 0; k < scene->phi.steps; k++)
        for (int m = 0; m < scene->mosaic.domains; m++) {
            domain.k = k;
            domain.m = m;
            trace_triad(t, domain, "cell_mosaic",
                        &scene->domain_cells[(size_t)k * domains + (size_t)m]);
        }
}

void scene_trace(const struct scene *scene, const struct trace *trace)
{
    trace_real(trace, trace_place('R'), "lambda0_m", scene->wavelength_m);
    trace_detector_input(&scene->detector, trace);
    trace_detector_placed(&scene->detector, trace);
    trace_cell(&scene->cell, trace);
    trace_sampling(scene, trace);
    trace_beams_and_domains(scene, trace);
    trace_rotated_cells(scene, trace);
}
