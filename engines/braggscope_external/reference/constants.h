/* Physical and numerical constants (spec section 1 and section 0). */
#ifndef BRAGGSCOPE_CONSTANTS_H
#define BRAGGSCOPE_CONSTANTS_H

#define PI 3.14159265358979323846
#define INVERSE_PI 0.31830988618379067154

/* Degrees become radians by division with this number, not by a product (spec 0). */
#define DEGREES_PER_RADIAN (180.0 * INVERSE_PI)

#define CLASSICAL_RADIUS_SQUARED_M2 7.94079248018965e-30
#define DEFAULT_FLUENCE_PER_M2 125932015286227086360700780544.0
#define PHOTON_ENERGY_EV_ANGSTROM 12398.42
#define METRES_PER_ANGSTROM 1e-10
#define ANGSTROMS_PER_METRE 1e10
#define MILLIMETRES_PER_METRE 1000.0

#endif
