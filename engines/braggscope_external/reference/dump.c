/* nanoBragg's binary copy of the table of structure factors (spec 6.2 and 6.3). */
#include "limits.h"
#include "messages.h"
#include "reflections.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_HEADER_BYTES = 6 * 32 };

/* The six limits as text; sets *data to what follows them. */
static int read_limits(struct reflections *r, const char *path, FILE *stream, long *data)
{
    char text[LONGEST_HEADER_BYTES + 1];
    size_t got = fread(text, 1, LONGEST_HEADER_BYTES, stream);
    text[got] = '\0';

    const char *at = text;
    for (int i = 0; i < 6; i++) {
        char *end;
        long number = strtol(at, &end, 10);
        if (end == at || labs(number) > (long)MAX_INDEX)
            return fail("-dump: the file '%s' does not begin with the six limits of h, k and l; "
                        "remove it or give -nodump",
                        path);
        *(i % 2 ? &r->max[i / 2] : &r->min[i / 2]) = (int)number;
        at = end;
    }
    for (int i = 0; i < 3; i++) {
        r->range[i] = (long long)r->max[i] - r->min[i] + 1;
        if (r->range[i] < 1)
            return fail("-dump: the limits in the file '%s' are in disorder", path);
    }
    if (at[0] != '\n' || at[1] != '\f')
        return fail("-dump: the limits in the file '%s' are not followed by a form feed: it is no "
                    "dump; remove it or give -nodump",
                    path);
    *data = (long)(at - text);
    return STATUS_OK;
}

/* White space after the limits is skipped, although it may be the beginning of the data (Q38). */
static int skip_white_space(const char *path, FILE *stream, long data)
{
    int skipped = 0, byte;

    if (fseek(stream, data, SEEK_SET) != 0)
        return fail("-dump: cannot read the file '%s'", path);
    while ((byte = getc(stream)) != EOF && isspace(byte))
        skipped++;
    if (byte == EOF)
        return fail("-dump: the file '%s' holds no structure factors", path);
    ungetc(byte, stream);
    if (skipped > 2)
        return doubt("-dump: the first %d bytes of the data in '%s' look like white space and are "
                     "skipped, as nanoBragg does: all structure factors are wrong",
                     skipped - 2, path);
    return STATUS_OK;
}

/* Every axis has one padding plane at its end, which no lookup reaches and the table leaves out.
   Where white space was skipped, the last entries are missing, in the padding. */
static int read_table(struct reflections *r, const char *path, FILE *stream)
{
    size_t inner = (size_t)r->range[2];
    double *row = malloc((inner + 1) * sizeof *row);
    int status = row ? STATUS_OK : fail("-dump: not enough memory for the file '%s'", path);

    for (long long h = 0; h <= r->range[0] && status == STATUS_OK; h++)
        for (long long k = 0; k <= r->range[1] && status == STATUS_OK; k++) {
            size_t got = fread(row, sizeof *row, inner + 1, stream);
            int padding = h == r->range[0] || k == r->range[1];
            if (got < inner && !padding)
                status = fail("-dump: the file '%s' is shorter than its limits announce", path);
            else if (!padding)
                memcpy(&r->table[(size_t)(h * r->range[1] + k) * inner], row, inner * sizeof *row);
        }
    free(row);
    return status;
}

int dump_read(struct reflections *r, const char *path)
{
    FILE *stream = fopen(path, "rb");
    long data = 0;

    if (!stream)
        return fail("-dump: cannot open the file '%s'", path);
    int status = read_limits(r, path, stream, &data);
    if (status == STATUS_OK)
        status = skip_white_space(path, stream, data);
    if (status == STATUS_OK)
        status = reflections_allocate(r, "-dump", path);
    if (status == STATUS_OK)
        status = read_table(r, path, stream);
    fclose(stream);
    r->known = r->range[0] * r->range[1] * r->range[2];
    return status;
}

int dump_write(FILE *stream, const void *reflections)
{
    const struct reflections *r = reflections;
    size_t inner = (size_t)r->range[2];
    double *row = calloc(inner + 1, sizeof *row);
    int complete = row != NULL;

    fprintf(stream, "%d %d %d %d %d %d\n\f", r->min[0], r->max[0], r->min[1], r->max[1], r->min[2],
            r->max[2]);
    for (long long h = 0; h <= r->range[0] && complete; h++)
        for (long long k = 0; k <= r->range[1] && complete; k++) {
            int padding = h == r->range[0] || k == r->range[1];
            memset(row, 0, (inner + 1) * sizeof *row);
            if (!padding)
                memcpy(row, &r->table[(size_t)(h * r->range[1] + k) * inner], inner * sizeof *row);
            complete = fwrite(row, sizeof *row, inner + 1, stream) == inner + 1;
        }
    free(row);
    return complete;
}
