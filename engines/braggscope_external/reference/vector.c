#include "vector.h"

vec3 vec3_cross(vec3 a, vec3 b)
{
    return vec3_make(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}

vec3 vec3_unit(vec3 v)
{
    double length = vec3_length(v);
    return length > 0.0 ? vec3_divided(v, length) : vec3_make(0.0, 0.0, 0.0);
}

vec3 vec3_rotated_about(vec3 v, vec3 axis, double angle_rad)
{
    double cosine = cos(angle_rad);
    double sine = sin(angle_rad);
    double along = vec3_dot(axis, v);
    vec3 swept = vec3_cross(axis, v);

    return vec3_make(v.x * cosine + swept.x * sine + axis.x * along * (1.0 - cosine),
                     v.y * cosine + swept.y * sine + axis.y * along * (1.0 - cosine),
                     v.z * cosine + swept.z * sine + axis.z * along * (1.0 - cosine));
}

vec3 vec3_rotated_xyz(vec3 v, const double angles_rad[3])
{
    if (angles_rad[0] != 0.0) {
        double c = cos(angles_rad[0]), s = sin(angles_rad[0]);
        v = vec3_make(v.x, c * v.y - s * v.z, s * v.y + c * v.z);
    }
    if (angles_rad[1] != 0.0) {
        double c = cos(angles_rad[1]), s = sin(angles_rad[1]);
        v = vec3_make(c * v.x + s * v.z, v.y, -s * v.x + c * v.z);
    }
    if (angles_rad[2] != 0.0) {
        double c = cos(angles_rad[2]), s = sin(angles_rad[2]);
        v = vec3_make(c * v.x - s * v.y, s * v.x + c * v.y, v.z);
    }
    return v;
}

vec3 triad_apply(const triad *rows, vec3 v)
{
    return vec3_make(vec3_dot(rows->v[0], v), vec3_dot(rows->v[1], v), vec3_dot(rows->v[2], v));
}

triad triad_scaled(const triad *t, double factor)
{
    triad scaled;
    for (int i = 0; i < 3; i++)
        scaled.v[i] = vec3_scaled(t->v[i], factor);
    return scaled;
}
