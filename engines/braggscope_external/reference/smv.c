#include "smv.h"

#include "constants.h"

#include <stdint.h>

enum { HEADER_BYTES = 512 };

static const char *byte_order(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one ? "little_endian" : "big_endian";
}

static int put(FILE *stream, const char *key, double value)
{
    int bytes = fprintf(stream, "%s=%g;\n", key, value);
    return bytes > 0 ? bytes : 0;
}

static int put_kind(FILE *stream, const struct detector *d)
{
    int bytes = fprintf(stream,
                        "{\nHEADER_BYTES=%d;\nDIM=2;\nBYTE_ORDER=%s;\nTYPE=unsigned_short;\n"
                        "SIZE1=%d;\nSIZE2=%d;\n",
                        HEADER_BYTES, byte_order(), d->fpixels, d->spixels);
    return bytes > 0 ? bytes : 0;
}

/* In metres here, in millimetres in the header. */
static int put_beam_centres(FILE *stream, const struct detector *d)
{
    const double mm = MILLIMETRES_PER_METRE;
    int bytes = put(stream, "BEAM_CENTER_X", d->xbeam_m * mm);
    bytes += put(stream, "BEAM_CENTER_Y", d->ybeam_m * mm);
    bytes += put(stream, "ADXV_CENTER_X", d->fbeam_m * mm);
    bytes += put(stream, "ADXV_CENTER_Y", (d->detsize_s_m - d->sbeam_m) * mm);
    bytes += put(stream, "MOSFLM_CENTER_X", (d->sbeam_m - 0.5 * d->pixel_m) * mm);
    bytes += put(stream, "MOSFLM_CENTER_Y", (d->fbeam_m - 0.5 * d->pixel_m) * mm);
    bytes += put(stream, "DENZO_X_BEAM", d->sbeam_m * mm);
    bytes += put(stream, "DENZO_Y_BEAM", d->fbeam_m * mm);
    /* Without a semicolon (Q53). */
    int origin = fprintf(stream, "DIALS_ORIGIN=%g,%g,%g\n", mm * d->pix0_m.z, mm * d->pix0_m.y,
                         mm * -d->pix0_m.x);
    return bytes + (origin > 0 ? origin : 0);
}

int smv_write_header(FILE *stream, const struct scene *scene)
{
    const struct detector *d = &scene->detector;
    const double mm = MILLIMETRES_PER_METRE, degrees = DEGREES_PER_RADIAN;

    int bytes = put_kind(stream, d);
    bytes += put(stream, "PIXEL_SIZE", d->pixel_m * mm);
    bytes += put(stream, "DISTANCE", d->distance_m * mm);
    bytes += put(stream, "WAVELENGTH", scene->wavelength_m * ANGSTROMS_PER_METRE);
    bytes += put_beam_centres(stream, d);
    bytes += put(stream, "XDS_ORGX", d->orgx_pixels);
    bytes += put(stream, "XDS_ORGY", d->orgy_pixels);
    bytes += put(stream, "CLOSE_DISTANCE", d->close_distance_m * mm);
    bytes += put(stream, "PHI", scene->phi.start_rad * degrees);
    bytes += put(stream, "OSC_START", scene->phi.start_rad * degrees);
    bytes += put(stream, "OSC_RANGE", scene->phi.range_rad * degrees);
    bytes += put(stream, "TWOTHETA", d->twotheta_rad * degrees);
    int last = fprintf(stream, "DETECTOR_SN=000;\nBEAMLINE=fake;\n}\f");
    bytes += last > 0 ? last : 0;
    /* A longer text moves the pixels, whatever HEADER_BYTES says (Q52). */
    for (; bytes < HEADER_BYTES; bytes++)
        putc(' ', stream);
    return !ferror(stream);
}
