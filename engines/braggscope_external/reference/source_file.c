/* Lists of sources: X Y Z weight wavelength (spec 7.1). */
#include "limits.h"
#include "messages.h"
#include "sources.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 5 };

static const char separators[] = " \t,;:!";

/* One line, without its newline. */
struct line {
    const char *begin, *end;
    int terminated; /* by a newline alone: what is missing has its default, else it is 0 (Q23) */
};

static struct line next_line(const char **cursor)
{
    struct line line = {*cursor, *cursor + strcspn(*cursor, "\n"), 0};
    int newline = *line.end == '\n';
    line.terminated = newline && (line.end == line.begin || line.end[-1] != '\r');
    *cursor = line.end + newline;
    return line;
}

static int is_blank(const struct line *line)
{
    size_t length = (size_t)(line->end - line->begin);
    return strspn(line->begin, separators) >= length;
}

/* Columns up to the end of the line; those that it lacks keep what they hold. */
static int read_columns(const char *path, const struct line *line, double column[COLUMNS])
{
    const char *at = line->begin;

    if (!line->terminated)
        memset(column, 0, COLUMNS * sizeof *column);
    for (int i = 0; i < COLUMNS; i++) {
        char token[64] = "";
        at += strspn(at, separators);
        if (at >= line->end)
            break;
        size_t length = strcspn(at, " \t,;:!\n");
        memcpy(token, at, length < sizeof token - 1 ? length : sizeof token - 1);
        column[i] = strtod(token, NULL);
        if (!isfinite(column[i]))
            return fail("-sourcefile: '%s' in '%s' is not a finite number", token, path);
        at += length;
    }
    return STATUS_OK;
}

static int add_line(struct sources *s, const char *path, const double column[COLUMNS])
{
    vec3 towards = vec3_make(column[0], column[1], column[2]);
    if (vec3_length(towards) == 0.0 || !(column[4] > 0.0))
        return fail("-sourcefile: source %d in '%s' has no direction or no positive wavelength "
                    "(columns X Y Z weight wavelength in metres; every line must end with a plain "
                    "newline)",
                    s->count + 1, path);
    if (s->count >= MAX_SOURCES)
        return fail("-sourcefile: more sources in '%s' than this program takes (%d)", path,
                    MAX_SOURCES);
    return sources_add(s, towards, column[4], column[3]);
}

int sources_read_file(struct sources *s, const char *path, const struct options *options, vec3 beam)
{
    char *text = text_read_file("-sourcefile", path);
    const char *cursor = text;
    int status = text ? STATUS_OK : STATUS_BAD_INPUT;

    while (status == STATUS_OK && *cursor) {
        struct line line = next_line(&cursor);
        if (is_blank(&line))
            continue;
        double column[COLUMNS] = {-10.0 * beam.x, -10.0 * beam.y, -10.0 * beam.z, 1.0,
                                  options->beam.wavelength_m};
        status = read_columns(path, &line, column);
        if (status == STATUS_OK)
            status = add_line(s, path, column);
    }
    free(text);
    if (status == STATUS_OK && s->count == 0)
        status = fail("-sourcefile: the file '%s' holds no source", path);
    return status;
}
