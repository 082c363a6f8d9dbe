/* nanoBragg's surprising choices by name, as docs/semantics.md defines them. */
#ifndef BRAGGSCOPE_SEMANTICS_H
#define BRAGGSCOPE_SEMANTICS_H

enum semantic_option {
    SEM_OMEGA,
    SEM_POLARIZATION,
    SEM_CAPTURE,
    SEM_PHI_CARRY_OVER,
    SEM_SOURCE_WEIGHTS,
    SEM_INTERPOLATION_FALLBACK,
    SEM_THICKNESS_LAYERS,
    SEM_WATER_SCALE,
    SEM_SPOT_RADIUS,
    SEM_MOSAIC_GENERATOR,
    SEM_COUNT
};

/* Values of the first three options. */
enum factor_rule {
    FACTOR_FIRST,
    FACTOR_LAST,
    FACTOR_MEAN,
    FACTOR_PER_EVALUATION,
    FACTOR_COMPOUNDING
};

/* Values of the others; nanoBragg's is 0. */
enum { CARRY_OVER_ON, CARRY_OVER_OFF };
enum { WEIGHTS_IGNORED, WEIGHTS_USED };
enum { FALLBACK_PERMANENT, FALLBACK_LOCAL };
enum { LAYERS_OVERSHOOTING, LAYERS_EXACT };
enum { WATER_TWICE, WATER_ONCE };
enum { RADIUS_PRODUCT, RADIUS_PER_AXIS };
enum { GENERATOR_FLOAT32, GENERATOR_FLOAT64 };

/* One value per option; all zero is nanoBragg. */
struct semantics {
    int value[SEM_COUNT];
};

/* "name=value", or a preset: "nanobragg" or "physical". */
int semantics_set(struct semantics *semantics, const char *text);

const char *semantics_name(enum semantic_option option);
const char *semantics_value(const struct semantics *semantics, enum semantic_option option);

/* All options with their values as one JSON object. */
void semantics_print_json(void);

#endif
