/* What this program takes on, and no more: everything larger ends with a message, not a crash. */
#ifndef BRAGGSCOPE_LIMITS_H
#define BRAGGSCOPE_LIMITS_H

#define MAX_PIXELS 268435456.0             /* 16384 x 16384 */
#define MAX_EVALUATIONS_PER_PIXEL 1e12     /* sub-pixels, layers, sources, phi steps, domains */
#define MAX_OVERSAMPLE 10000               /* sub-pixels per axis */
#define MAX_LAYERS 1000000                 /* of the sensor */
#define MAX_PHI_STEPS 1000000
#define MAX_DOMAINS 1000000
#define MAX_ROTATED_CELLS 4e6              /* phi steps times domains, kept in memory */
#define MAX_CELLS 1e15                     /* of the crystal along one axis */
#define MAX_SOURCES 5000000
#define MAX_TABLE_ENTRIES 268435456.0      /* structure factors: 2 GiB of doubles */
#define MAX_INDEX 1e9                      /* of a reflection */
#define MAX_HEADER_BYTES 10000000          /* of an SMV file */

#endif
