/* How finely things are sampled: phi, layers, sub-pixels, interpolation (spec 3.5 to 3.9). */
#ifndef BRAGGSCOPE_SAMPLING_H
#define BRAGGSCOPE_SAMPLING_H

#include "cell.h"
#include "geometry.h"
#include "options.h"

struct phi_scan {
    double start_rad, range_rad, step_rad;
    int steps;
};

/* The sensor's thickness in layers (spec 3.7). */
struct sensor {
    double thickness_m, layer_m, attenuation_per_m;
    int layers;
    double first_depth; /* depth of layer T: (T + first_depth) * layer_m */
};

int phi_scan_resolve(struct phi_scan *scan, const struct options *options);

double phi_scan_angle(const struct phi_scan *scan, int step);

int sensor_resolve(struct sensor *sensor, const struct options *options);

/* Cells along a, b, c from counts or sample size (spec 3.9); whole numbers held as doubles. */
int crystal_cells_resolve(double cells[3], const struct options *options, const struct cell *cell);

/* Sub-pixels per axis; the automatic value needs the cell and the final distance. */
int oversample_resolve(int *oversample, const struct options *options, const struct cell *cell,
                       const double crystal_cells[3], const struct detector *detector);

/* Is interpolation on, as far as the command line decides it? (Q35) */
int interpolation_resolve(const struct options *options);

#endif
