#include "reflections.h"

#include "limits.h"
#include "messages.h"
#include "text.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    int got, status = STATUS_OK;

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
        status = doubt("-hkl: '%s' is read up to reflection %lld only; what follows is not four "
                       "numbers",
                       path, r->known);
    for (int i = 0; i < 3; i++) {
        r->min[i] = (int)low[i]; /* truncated, as the original stores them */
        r->max[i] = (int)high[i];
        r->range[i] = (long long)r->max[i] - r->min[i] + 1;
    }
    return status;
}

int reflections_allocate(struct reflections *r, const char *what, const char *path)
{
    double entries = (double)r->range[0] * (double)r->range[1] * (double)r->range[2];
    if (entries <= MAX_TABLE_ENTRIES)
        r->table = calloc((size_t)entries, sizeof *r->table);
    if (!r->table)
        return fail("%s: the indices of '%s' span %lld x %lld x %lld, too many for a table", what,
                    path, r->range[0], r->range[1], r->range[2]);
    return STATUS_OK;
}

static int allocate(struct reflections *r, const char *path)
{
    int status = reflections_allocate(r, "-hkl", path);
    size_t entries = (size_t)(r->range[0] * r->range[1] * r->range[2]);
    /* Reflections missing from the file have the default. */
    for (size_t i = 0; status == STATUS_OK && r->default_f != 0.0 && i < entries; i++)
        r->table[i] = r->default_f;
    return status;
}

static int in_range(const struct reflections *r, double h, double k, double l)
{
    return h >= r->min[0] && h <= r->max[0] && k >= r->min[1] && k <= r->max[1] && l >= r->min[2]
           && l <= r->max[2];
}

/* Second pass: three whole numbers and F, up to the first failure (Q37). Later ones win. */
static int fill(struct reflections *r, const char *path, const char *text)
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
        r->table[reflections_entry(r, index[0], index[1], index[2])] = f;
    }
    if (stored < r->known)
        return doubt("-hkl: '%s' has an index that is not a whole number; only the first %lld of "
                     "%lld reflections are used",
                     path, stored, r->known);
    return STATUS_OK;
}

static int read_list(struct reflections *r, const char *path)
{
    char *text = text_read_file("-hkl", path);
    if (!text)
        return STATUS_BAD_INPUT;
    int status = scan(r, path, text);
    if (status == STATUS_OK)
        status = allocate(r, path);
    if (status == STATUS_OK)
        status = fill(r, path, text);
    free(text);
    return status;
}

int reflections_read(struct reflections *r, const struct options *options)
{
    const struct crystal_options *crystal = &options->crystal;

    r->known = 0;
    r->default_f = crystal->default_f;
    r->table = NULL;
    if (crystal->hkl_file)
        return read_list(r, crystal->hkl_file);
    if (crystal->use_dump && text_can_open(crystal->dump_file))
        return dump_read(r, crystal->dump_file);
    return STATUS_OK;
}

double reflections_nearest(const struct reflections *r, vec3 hkl0)
{
    /* Compared as reals: an index far outside the table need not fit an int. */
    if (r->known > 0 && in_range(r, hkl0.x, hkl0.y, hkl0.z))
        return r->table[reflections_entry(r, (int)hkl0.x, (int)hkl0.y, (int)hkl0.z)];
    return r->default_f;
}

void reflections_free(struct reflections *r)
{
    free(r->table);
    r->table = NULL;
}
