#include "trace.h"

struct trace_place trace_place(char level)
{
    struct trace_place place = {level, -1, -1, -1, -1, -1, -1};
    return place;
}

static void begin_line(const struct trace *trace, struct trace_place place, const char *name)
{
    FILE *stream = trace->stream;
    const char names[] = {'T', 'v', 'u', 'j', 'k', 'm'};
    const int indices[] = {trace->layers > 1 ? place.layer : -1, place.v, place.u, place.j,
                           place.k, place.m};

    fprintf(stream, "TRACE2 level=%c", place.level);
    for (int i = 0; i < 6; i++)
        if (indices[i] >= 0)
            fprintf(stream, " %c=%d", names[i], indices[i]);
    fprintf(stream, " %s", name);
}

void trace_reals(const struct trace *trace, struct trace_place place, const char *name, int count,
                 const double *values)
{
    if (!trace)
        return;
    begin_line(trace, place, name);
    for (int i = 0; i < count; i++)
        fprintf(trace->stream, " %.17g", values[i]);
    fputc('\n', trace->stream);
}

void trace_text(const struct trace *trace, struct trace_place place, const char *name,
                const char *text)
{
    if (!trace)
        return;
    begin_line(trace, place, name);
    fprintf(trace->stream, " %s\n", text);
}

void trace_integer(const struct trace *trace, struct trace_place place, const char *name,
                   long long value)
{
    if (!trace)
        return;
    begin_line(trace, place, name);
    fprintf(trace->stream, " %lld\n", value);
}

void trace_real(const struct trace *trace, struct trace_place place, const char *name, double value)
{
    trace_reals(trace, place, name, 1, &value);
}

void trace_vector(const struct trace *trace, struct trace_place place, const char *name, vec3 value)
{
    const double values[3] = {value.x, value.y, value.z};
    trace_reals(trace, place, name, 3, values);
}

void trace_indices(const struct trace *trace, struct trace_place place, const char *name,
                   vec3 value)
{
    if (!trace)
        return;
    begin_line(trace, place, name);
    /* Adding zero turns -0 into 0. */
    fprintf(trace->stream, " %.0f %.0f %.0f\n", value.x + 0.0, value.y + 0.0, value.z + 0.0);
}

void trace_triad(const struct trace *trace, struct trace_place place, const char *name,
                 const triad *value)
{
    double values[9];
    for (int i = 0; i < 3; i++) {
        values[3 * i] = value->v[i].x;
        values[3 * i + 1] = value->v[i].y;
        values[3 * i + 2] = value->v[i].z;
    }
    trace_reals(trace, place, name, 9, values);
}
