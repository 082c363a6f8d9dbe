#include "headers.h"

#include "constants.h"
#include "limits.h"
#include "messages.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_HEADER_BYTES = 512 };

struct smv {
    const char *flag, *path;
    char *header; /* NUL-terminated */
    int fast, slow;
    uint16_t *pixels; /* native byte order, whatever BYTE_ORDER says */
};

/* The number after the first '=' behind the last place where the keyword's text occurs (Q13). */
static int find_value(const char *header, const char *keyword, double *value)
{
    const char *last = NULL;
    for (const char *at = header; (at = strstr(at, keyword)) != NULL; at++)
        last = at;
    const char *equals = last ? strchr(last, '=') : NULL;
    if (!equals)
        return 0;
    *value = strtod(equals + 1, NULL);
    return 1;
}

/* Like find_value; what is not finite is an error. *found tells whether the keyword is there. */
static int read_value(const struct smv *smv, const char *keyword, double *value, int *found)
{
    *found = find_value(smv->header, keyword, value);
    if (*found && !isfinite(*value))
        return fail("%s: %s in the header of '%s' is not a finite number", smv->flag, keyword,
                    smv->path);
    return STATUS_OK;
}

static int too_short(const struct smv *smv, const char *what)
{
    return fail("%s: the file '%s' is shorter than %s", smv->flag, smv->path, what);
}

static int read_header(struct smv *smv, FILE *stream)
{
    char first[USUAL_HEADER_BYTES + 1] = "";
    double bytes = USUAL_HEADER_BYTES;

    size_t got = fread(first, 1, USUAL_HEADER_BYTES, stream);
    first[got] = '\0';
    find_value(first, "HEADER_BYTES", &bytes);
    if (!(bytes >= 1.0 && bytes <= MAX_HEADER_BYTES))
        return fail("%s: HEADER_BYTES in '%s' is not a usable size", smv->flag, smv->path);
    size_t wanted = (size_t)bytes;
    smv->header = malloc(wanted + 1);
    if (!smv->header)
        return fail("%s: not enough memory for the header of '%s'", smv->flag, smv->path);
    rewind(stream);
    if (fread(smv->header, 1, wanted, stream) != wanted)
        return too_short(smv, "its header");
    smv->header[wanted] = '\0';
    return STATUS_OK;
}

static int read_size(struct smv *smv)
{
    double fast = 0.0, slow = 0.0, both = 0.0;
    int has_fast, has_slow, has_both;
    int status = read_value(smv, "SIZE1", &fast, &has_fast);
    if (status == STATUS_OK)
        status = read_value(smv, "SIZE2", &slow, &has_slow);
    if (status == STATUS_OK)
        status = read_value(smv, "DETECTOR_DIMENSIONS", &both, &has_both);
    if (status != STATUS_OK)
        return status;
    if (fast == 0.0 && has_both)
        fast = slow = both;
    if (!(fast >= 1.0 && slow >= 1.0 && fast * slow <= MAX_PIXELS))
        return fail("%s: the header of '%s' gives no usable SIZE1 and SIZE2 (%g x %g)", smv->flag,
                    smv->path, fast, slow);
    smv->fast = (int)fast;
    smv->slow = (int)slow;
    return STATUS_OK;
}

static int read_pixels(struct smv *smv, FILE *stream)
{
    size_t count = (size_t)smv->fast * (size_t)smv->slow;
    smv->pixels = malloc(count * sizeof *smv->pixels);
    if (!smv->pixels)
        return fail("%s: not enough memory for the pixels of '%s'", smv->flag, smv->path);
    if (fread(smv->pixels, sizeof *smv->pixels, count, stream) != count)
        return too_short(smv, "the pixels that its header announces");
    return STATUS_OK;
}

static int read_smv(struct smv *smv)
{
    FILE *stream = fopen(smv->path, "rb");
    if (!stream)
        return fail("%s: cannot open the file '%s'", smv->flag, smv->path);
    int status = read_header(smv, stream);
    if (status == STATUS_OK)
        status = read_size(smv);
    if (status == STATUS_OK)
        status = read_pixels(smv, stream);
    fclose(stream);
    return status;
}

/* Keywords whose number only changes its unit on the way. */
static int take_plain_values(struct options *options, const struct smv *smv)
{
    struct detector_options *d = &options->detector;
    const struct {
        const char *keyword;
        double *target;
        double unit;
    } plain[] = {
        {"DISTANCE", &d->distance_m, MILLIMETRES_PER_METRE},
        {"CLOSE_DISTANCE", &d->close_distance_m, MILLIMETRES_PER_METRE},
        {"WAVELENGTH", &options->beam.wavelength_m, ANGSTROMS_PER_METRE},
        {"BEAM_CENTER_X", &d->xbeam_m, MILLIMETRES_PER_METRE},
        {"ORGX", &d->orgx_pixels, 1.0},
        {"ORGY", &d->orgy_pixels, 1.0},
        {"PHI", &options->phi_rad, DEGREES_PER_RADIAN},
        {"OSC_RANGE", &options->osc_rad, DEGREES_PER_RADIAN},
    };
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        double value;
        int found;
        int status = read_value(smv, plain[i].keyword, &value, &found);
        if (status != STATUS_OK)
            return status;
        if (found)
            *plain[i].target = value / plain[i].unit;
    }
    return STATUS_OK;
}

static int take_values(struct options *options, const struct smv *smv, int is_mask)
{
    struct detector_options *d = &options->detector;
    double value;
    int found;

    d->detpixels[0] = smv->fast;
    d->detpixels[1] = smv->slow;
    int status = read_value(smv, "PIXEL_SIZE", &value, &found);
    if (status == STATUS_OK && found) {
        d->pixel_m = value / MILLIMETRES_PER_METRE;
        d->detsize_m[0] = d->pixel_m * smv->fast;
        d->detsize_m[1] = d->pixel_m * smv->slow;
    }
    if (status == STATUS_OK)
        status = read_value(smv, "BEAM_CENTER_Y", &value, &found);
    if (status == STATUS_OK && found) {
        d->ybeam_m = value / MILLIMETRES_PER_METRE;
        if (is_mask) /* mirrored for masks alone (Q60) */
            d->ybeam_m = d->detsize_m[1] - d->ybeam_m;
    }
    return status == STATUS_OK ? take_plain_values(options, smv) : status;
}

static int read_one(struct options *options, const char *flag, const char *path, int is_mask)
{
    struct smv smv = {.flag = flag, .path = path};

    if (!text_can_open(path))
        return doubt("%s %s: no such file, skipped", flag, path);
    int status = read_smv(&smv);
    if (status == STATUS_OK)
        status = take_values(options, &smv, is_mask);
    if (status == STATUS_OK && is_mask) {
        options->detector.mask = smv.pixels;
        options->detector.mask_size[0] = smv.fast;
        options->detector.mask_size[1] = smv.slow;
        smv.pixels = NULL;
    }
    free(smv.header);
    free(smv.pixels);
    return status;
}

/* The mask first, then the image; of several only the last, as of all flags (cli.md section 1). */
int headers_read(struct options *options, int argc, char **argv)
{
    static const char *const texts[] = {"-mask", "-img"};
    int status = STATUS_OK;

    for (int t = 0; t < 2 && status == STATUS_OK; t++) {
        int last = argc - 2;
        while (last > 0 && !(argv[last][0] == '-' && strstr(argv[last], texts[t])))
            last--;
        if (last > 0)
            status = read_one(options, argv[last], argv[last + 1], t == 0);
    }
    return status;
}
