#include "reflections.h"

#include "messages.h"
#include "text.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Largest table that this program takes on: 2 GiB of doubles. */
static const double MAX_TABLE_ENTRIES = 268435456.0;

/* Larger indices would not fit an int. */
static const double MAX_INDEX = 1e9;

static int is_blank(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return *text == '\0';
}

/* Up to four numbers at *cursor, which moves past them; returns how many there were. */
static int read_group(const char **cursor, double group[4])
{
    int count = 0;
    for (char *end; count < 4; count++) {
        group[count] = strtod(*cursor, &end);
        if (end == *cursor)
            break;
        *cursor = end;
    }
    return count;
}

static int read_index(const char **cursor, int *index)
{
    char *end;
    long number = strtol(*cursor, &end, 10);
    if (end == *cursor || number > INT_MAX || number < INT_MIN)
        return 0;
    *cursor = end;
    *index = (int)number;
    return 1;
}

static int is_usable(const double group[4])
{
    for (int i = 0; i < 3; i++)
        if (!(fabs(group[i]) <= MAX_INDEX))
            return 0;
    return isfinite(group[3]);
}

/* First pass (spec 6.1): counts the groups of four numbers and finds the range of each index. */
static int scan(struct reflections *r, const char *path, const char *text)
{
    const char *cursor = text;
    double group[4];
    double low[3] = {INFINITY, INFINITY, INFINITY};
    double high[3] = {-INFINITY, -INFINITY, -INFINITY};
    int got;

    for (r->known = 0; (got = read_group(&cursor, group)) == 4; r->known++) {
        if (!is_usable(group))
            return fail("-hkl: the file '%s' holds an unusable number in reflection %lld", path,
                        r->known + 1);
        for (int i = 0; i < 3; i++) {
            low[i] = fmin(low[i], group[i]);
            high[i] = fmax(high[i], group[i]);
        }
    }
    if (r->known == 0)
        return fail("-hkl: the file '%s' does not begin with h k l F", path);
    if (got > 0 || !is_blank(cursor))
        warn("-hkl: '%s' is read up to reflection %lld only; what follows is not four numbers",
             path, r->known);
    for (int i = 0; i < 3; i++) {
        r->min[i] = (int)low[i]; /* truncated, as the original stores them */
        r->max[i] = (int)high[i];
        r->range[i] = (long long)r->max[i] - r->min[i] + 1;
    }
    return STATUS_OK;
}

static int allocate(struct reflections *r, const char *path)
{
    double entries = (double)r->range[0] * (double)r->range[1] * (double)r->range[2];
    if (entries <= MAX_TABLE_ENTRIES)
        r->table = malloc((size_t)entries * sizeof *r->table);
    if (!r->table)
        return fail("-hkl: the indices of '%s' span %lld x %lld x %lld, too many for a table", path,
                    r->range[0], r->range[1], r->range[2]);
    /* Reflections missing from the file have the default, which is zero unless given. */
    for (size_t i = 0; i < (size_t)entries; i++)
        r->table[i] = r->default_f;
    return STATUS_OK;
}

static size_t entry(const struct reflections *r, int h, int k, int l)
{
    long long row = (h - (long long)r->min[0]) * r->range[1] + (k - (long long)r->min[1]);
    return (size_t)(row * r->range[2] + (l - (long long)r->min[2]));
}

static int in_range(const struct reflections *r, double h, double k, double l)
{
    return h >= r->min[0] && h <= r->max[0] && k >= r->min[1] && k <= r->max[1] && l >= r->min[2]
           && l <= r->max[2];
}

/* Second pass: three whole numbers and F, up to the first failure (Q37). Later ones win. */
static void fill(struct reflections *r, const char *path, const char *text)
{
    const char *cursor = text;
    long long stored = 0;

    for (; stored < r->known; stored++) {
        int index[3];
        if (!read_index(&cursor, &index[0]) || !read_index(&cursor, &index[1])
            || !read_index(&cursor, &index[2]))
            break;
        char *end;
        double f = strtod(cursor, &end);
        if (end == cursor || !isfinite(f) || !in_range(r, index[0], index[1], index[2]))
            break;
        cursor = end;
        r->table[entry(r, index[0], index[1], index[2])] = f;
    }
    if (stored < r->known)
        warn("-hkl: '%s' has an index that is not a whole number; only the first %lld of %lld "
             "reflections are used",
             path, stored, r->known);
}

/* nanoBragg takes a dump file of its own without being asked (Q36); this program does not. */
static void warn_of_dump_file(void)
{
    FILE *dump = fopen("Fdump.bin", "rb");
    if (!dump)
        return;
    fclose(dump);
    warn("Fdump.bin in the current folder is not read by this program; nanoBragg would use it");
}

int reflections_read(struct reflections *r, const struct options *options)
{
    r->known = 0;
    r->default_f = options->default_f;
    r->table = NULL;
    if (!options->hkl_file) {
        warn_of_dump_file();
        return STATUS_OK;
    }
    char *text = text_read_file("-hkl", options->hkl_file);
    if (!text)
        return STATUS_BAD_INPUT;
    int status = scan(r, options->hkl_file, text);
    if (status == STATUS_OK)
        status = allocate(r, options->hkl_file);
    if (status == STATUS_OK)
        fill(r, options->hkl_file, text);
    free(text);
    return status;
}

double reflections_nearest(const struct reflections *r, vec3 hkl0)
{
    /* Compared as reals: an index far outside the table need not fit an int. */
    if (r->known > 0 && in_range(r, hkl0.x, hkl0.y, hkl0.z))
        return r->table[entry(r, (int)hkl0.x, (int)hkl0.y, (int)hkl0.z)];
    return r->default_f;
}

void reflections_free(struct reflections *r)
{
    free(r->table);
    r->table = NULL;
}
