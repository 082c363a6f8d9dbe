/* Flags that do more than store a value. */
#ifndef BRAGGSCOPE_FLAG_SPECIAL_H
#define BRAGGSCOPE_FLAG_SPECIAL_H

#include "options.h"

#define FLAG_FUNCTION(name)                                                                        \
    int name(struct options *options, const char *flag, char **values, int available, int *used)

FLAG_FUNCTION(apply_cell);
FLAG_FUNCTION(apply_misset);
FLAG_FUNCTION(apply_misset_seed);
FLAG_FUNCTION(apply_mosaic_seed);
FLAG_FUNCTION(apply_noise_seed);
FLAG_FUNCTION(apply_shape);
FLAG_FUNCTION(apply_stol);
FLAG_FUNCTION(apply_energy);
FLAG_FUNCTION(apply_polar);
FLAG_FUNCTION(apply_convention);
FLAG_FUNCTION(apply_vector);
FLAG_FUNCTION(apply_pivot);
FLAG_FUNCTION(apply_curved);
FLAG_FUNCTION(apply_attenuation);
FLAG_FUNCTION(apply_roi);
FLAG_FUNCTION(apply_oversample_factor);
FLAG_FUNCTION(apply_pgm_file);
FLAG_FUNCTION(apply_pgm_scale);
FLAG_FUNCTION(apply_noise_file);
FLAG_FUNCTION(apply_printout_pixel);
FLAG_FUNCTION(apply_threads);
FLAG_FUNCTION(apply_trace_pixel);
FLAG_FUNCTION(apply_semantics);

int amorphous_profile_check(const struct options *options);

#endif
