/* Trace lines, `TRACE2 level=R NAME v...` (trace.md section 4). A NULL trace prints nothing. */
#ifndef BRAGGSCOPE_TRACE_H
#define BRAGGSCOPE_TRACE_H

#include "vector.h"

#include <stdio.h>

struct trace {
    FILE *stream;
    int layers; /* of the sensor: with one alone, its number is not told */
};

/* What a value belongs to; an index of -1 is one that it does not depend on. */
struct trace_place {
    char level; /* R run, P pixel, B layer and sub-pixel, J source, K phi step, M mosaic domain */
    int layer, v, u, j, k, m;
};

struct trace_place trace_place(char level);

void trace_text(const struct trace *trace, struct trace_place place, const char *name,
                const char *text);
void trace_integer(const struct trace *trace, struct trace_place place, const char *name,
                   long long value);
void trace_real(const struct trace *trace, struct trace_place place, const char *name,
                double value);
void trace_reals(const struct trace *trace, struct trace_place place, const char *name, int count,
                 const double *values);
void trace_vector(const struct trace *trace, struct trace_place place, const char *name,
                  vec3 value);

/* A vector of whole numbers held as doubles. */
void trace_indices(const struct trace *trace, struct trace_place place, const char *name,
                   vec3 value);
void trace_triad(const struct trace *trace, struct trace_place place, const char *name,
                 const triad *value);

#endif
