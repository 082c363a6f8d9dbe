#include "cell.h"

#include "constants.h"
#include "messages.h"
#include "rotation.h"
#include "text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Lengths in Angstrom, angles in radians, and the volume of spec 5.1. */
struct cell_parameters {
    double length[3], angle[3];
    double volume;
};

/* Missing or non-positive values: lengths become a, angles 90 degrees. */
static struct cell_parameters resolve_parameters(const double given[6])
{
    struct cell_parameters p;
    for (int i = 0; i < 3; i++) {
        p.length[i] = given[i] > 0.0 ? given[i] : given[0];
        p.angle[i] = given[i + 3] > 0.0 ? given[i + 3] / DEGREES_PER_RADIAN : PI / 2.0;
    }
    const double *angle = p.angle;
    double s = (angle[0] + angle[1] + angle[2]) / 2.0;
    double skew = fabs(sin(s) * sin(s - angle[0]) * sin(s - angle[1]) * sin(s - angle[2]));
    p.volume = 2.0 * p.length[0] * p.length[1] * p.length[2] * sqrt(skew);
    if (p.volume <= 0.0)
        p.volume = DBL_MIN;
    return p;
}

static double positive(double value)
{
    value = fabs(value);
    return value > 0.0 ? value : DBL_MIN;
}

/* Cosines beyond +-1 all become +1: the sign is lost (Q33). */
static double cosine_or_one(double value)
{
    return fabs(value) > 1.0 ? 1.0 : value;
}

static double clipped_sine(double value)
{
    return value > 1.0 ? 1.0 : value < -1.0 ? -1.0 : value;
}

/* Spec 5.1: a* along x, b* in the x-y plane. */
static triad reciprocal_from_parameters(const struct cell_parameters *p)
{
    double a = p->length[0], b = p->length[1], c = p->length[2];
    double v_star = 1.0 / p->volume;
    double sin_al = sin(p->angle[0]), sin_be = sin(p->angle[1]), sin_ga = sin(p->angle[2]);
    double cos_al = cos(p->angle[0]), cos_be = cos(p->angle[1]), cos_ga = cos(p->angle[2]);

    double a_star = positive(b * c * sin_al * v_star);
    double b_star = positive(c * a * sin_be * v_star);
    double c_star = positive(a * b * sin_ga * v_star);

    /* One division after the other: the golden traces show this order in their last digits. */
    double sin_ga_star = clipped_sine(c * v_star / a_star / b_star);
    double cos_al_star = cosine_or_one((cos_be * cos_ga - cos_al) / (sin_be * sin_ga));
    double cos_be_star = cosine_or_one((cos_ga * cos_al - cos_be) / (sin_ga * sin_al));
    double cos_ga_star = cosine_or_one((cos_al * cos_be - cos_ga) / (sin_al * sin_be));

    triad recip;
    recip.v[0] = vec3_make(a_star, 0.0, 0.0);
    recip.v[1] = vec3_make(b_star * cos_ga_star, b_star * sin_ga_star, 0.0);
    recip.v[2] = vec3_make(c_star * cos_be_star,
                           c_star * (cos_al_star - cos_be_star * cos_ga_star) / sin_ga_star,
                           c_star * p->volume / (a * b * c * sin_ga_star));
    return recip;
}

/* Spec 5.2: the first nine numbers are rows x, y, z of the columns a*, b*, c*. */
static int read_matrix(const char *path, double wavelength_m, triad *recip)
{
    char *text = text_read_file("-mat", path);
    if (!text)
        return STATUS_BAD_INPUT;

    double number[9];
    const char *at = text;
    int count = 0;
    for (char *end; count < 9; count++, at = end) {
        number[count] = strtod(at, &end);
        if (end == at || !isfinite(number[count]))
            break;
    }
    free(text);
    if (count < 9)
        return fail("-mat: the file '%s' does not begin with nine numbers (found %d)", path, count);

    /* Removes the wavelength that a MOSFLM matrix carries. */
    double scale = 1e-10 / wavelength_m;
    for (int i = 0; i < 3; i++)
        recip->v[i] = vec3_scaled(vec3_make(number[i], number[i + 3], number[i + 6]), scale);
    return STATUS_OK;
}

/* v brought to a given length; a vector of zero length counts as one of length 1 (spec 5.5). */
static vec3 rescaled(vec3 v, double length)
{
    double old_length = vec3_length(v);
    return vec3_scaled(v, length / (old_length > 0.0 ? old_length : 1.0));
}

/* Spec 5.5. */
static void regenerate(struct cell *cell, const struct cell_parameters *user)
{
    const vec3 *star = cell->recip_misset.v;
    vec3 cross[3];
    for (int i = 0; i < 3; i++)
        cross[i] = vec3_cross(star[(i + 1) % 3], star[(i + 2) % 3]);
    cell->v_star = vec3_dot(star[0], cross[0]);

    if (user) {
        for (int i = 0; i < 3; i++)
            cross[i] = rescaled(cross[i], user->length[i] / user->volume);
        cell->v_star = 1.0 / user->volume;
    }
    cell->volume = 1.0 / cell->v_star;
    for (int i = 0; i < 3; i++)
        cell->direct_angstrom.v[i] = vec3_scaled(cross[i], cell->volume);
    for (int i = 0; i < 3; i++) {
        const vec3 *direct = cell->direct_angstrom.v;
        cell->recip_regenerated.v[i] =
            vec3_scaled(vec3_cross(direct[(i + 1) % 3], direct[(i + 2) % 3]), cell->v_star);
    }
    cell->direct_m = triad_scaled(&cell->direct_angstrom, METRES_PER_ANGSTROM);
}

/* A flat matrix has no cell of its own; beside -cell it makes vectors of no length (spec 5.5). */
static int check_usable(const struct cell *cell)
{
    int may_be_flat = cell->from_matrix && cell->from_cell;
    for (int i = 0; i < 3; i++) {
        double length = vec3_length(cell->direct_m.v[i]);
        if (!(isfinite(length) && (length > 0.0 || may_be_flat) && isfinite(cell->volume)))
            return fail("%s: these values do not make a unit cell with a volume",
                        cell->from_matrix ? "-mat" : "-cell");
    }
    return STATUS_OK;
}

/* Spec 5.3: the random rotation reaches the cell through its three angles (Q29). */
static void resolve_misset(struct cell *cell, const struct crystal_options *crystal, int64_t seed,
                           struct random_shuffle *shuffle)
{
    for (int i = 0; i < 3; i++)
        cell->misset_rad[i] = crystal->misset_rad[i];
    if (!crystal->misset_random)
        return;
    struct cap_rotation turn = rotation_random(shuffle, &seed, 90.0, 0);
    rotation_to_angles(&turn.rows, cell->misset_rad);
}

/* A matrix file that is not there is left out, if there is a cell to go on with (Q57). */
static int has_matrix(const struct crystal_options *crystal, int *present)
{
    *present = crystal->matrix_file && text_can_open(crystal->matrix_file);
    if (!crystal->matrix_file || *present)
        return STATUS_OK;
    if (crystal->cell_values > 0)
        return doubt("-mat %s: no such file; the cell comes from -cell alone",
                     crystal->matrix_file);
    return fail("-mat: cannot open the file '%s', and there is no -cell", crystal->matrix_file);
}

int cell_build(struct cell *cell, const struct options *options, int64_t misset_seed,
               struct random_shuffle *shuffle)
{
    const struct crystal_options *crystal = &options->crystal;
    struct cell_parameters user = resolve_parameters(crystal->cell);
    triad recip = {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}};

    int status = has_matrix(crystal, &cell->from_matrix);
    if (status != STATUS_OK)
        return status;
    cell->from_cell = crystal->cell_values > 0;
    if (cell->from_cell && !(crystal->cell[0] > 0.0))
        return fail("-cell: the first length must be positive (%g Angstrom)", crystal->cell[0]);
    if (cell->from_cell)
        recip = cell->recip_default = reciprocal_from_parameters(&user);
    if (cell->from_matrix) {
        status = read_matrix(crystal->matrix_file, options->beam.wavelength_m, &recip);
        if (status != STATUS_OK)
            return status;
        cell->recip_matrix_scaled = recip;
    }
    /* The misset turns the matrix of a file too (spec 5.4). */
    resolve_misset(cell, crystal, misset_seed, shuffle);
    for (int i = 0; i < 3; i++)
        cell->recip_misset.v[i] = vec3_rotated_xyz(recip.v[i], cell->misset_rad);
    regenerate(cell, cell->from_cell ? &user : NULL);
    return check_usable(cell);
}
