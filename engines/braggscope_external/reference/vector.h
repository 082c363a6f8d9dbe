/* Three-vectors of the laboratory frame. Sums run x, y, z: the last bits depend on it (spec 14). */
#ifndef BRAGGSCOPE_VECTOR_H
#define BRAGGSCOPE_VECTOR_H

#include <math.h>

typedef struct {
    double x, y, z;
} vec3;

/* Three vectors that belong together: a cell (a, b, c) or the rows of a rotation matrix. */
typedef struct {
    vec3 v[3];
} triad;

static inline vec3 vec3_make(double x, double y, double z)
{
    vec3 v = {x, y, z};
    return v;
}

static inline vec3 vec3_scaled(vec3 v, double factor)
{
    return vec3_make(v.x * factor, v.y * factor, v.z * factor);
}

static inline vec3 vec3_divided(vec3 v, double divisor)
{
    return vec3_make(v.x / divisor, v.y / divisor, v.z / divisor);
}

static inline vec3 vec3_sum(vec3 a, vec3 b)
{
    return vec3_make(a.x + b.x, a.y + b.y, a.z + b.z);
}

static inline vec3 vec3_difference(vec3 a, vec3 b)
{
    return vec3_make(a.x - b.x, a.y - b.y, a.z - b.z);
}

static inline double vec3_dot(vec3 a, vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline double vec3_length(vec3 v)
{
    return sqrt(v.x * v.x + v.y * v.y + v.z * v.z);
}

vec3 vec3_cross(vec3 a, vec3 b);

/* The unit vector along v; zero stays zero (spec 0). */
vec3 vec3_unit(vec3 v);

/* ROTA of spec 0: Rodrigues rotation; the axis is used as given, never normalised here. */
vec3 vec3_rotated_about(vec3 v, vec3 axis, double angle_rad);

/* ROT3 of spec 0: about lab x, then y, then z; an angle of zero skips its factor. */
vec3 vec3_rotated_xyz(vec3 v, const double angles_rad[3]);

/* Matrix (rows) times vector. */
vec3 triad_apply(const triad *rows, vec3 v);

triad triad_scaled(const triad *t, double factor);

#endif
