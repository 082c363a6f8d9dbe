#include "semantics.h"

#include "messages.h"

#include <stdio.h>
#include <string.h>

enum { MAX_VALUES = 5, LIST_BYTES = 400 };

struct option_row {
    const char *name;
    const char *values[MAX_VALUES]; /* nanoBragg's first */
    int physical;
};

#define FACTOR_VALUES {"first", "last", "mean", "per-evaluation", "compounding"}

/* In the order of enum semantic_option. */
static const struct option_row rows[SEM_COUNT] = {
    {"omega", FACTOR_VALUES, FACTOR_PER_EVALUATION},
    {"polarization", FACTOR_VALUES, FACTOR_PER_EVALUATION},
    {"capture", FACTOR_VALUES, FACTOR_PER_EVALUATION},
    {"phi_carry_over", {"on", "off"}, CARRY_OVER_OFF},
    {"source_weights", {"ignored", "used"}, WEIGHTS_USED},
    {"interpolation_fallback", {"permanent", "local"}, FALLBACK_LOCAL},
    {"thickness_layers", {"overshooting", "exact"}, LAYERS_EXACT},
    {"water_scale", {"twice", "once"}, WATER_ONCE},
    {"spot_radius", {"product", "per-axis"}, RADIUS_PER_AXIS},
    {"mosaic_generator", {"float32", "float64"}, GENERATOR_FLOAT64},
};

static void append(char list[LIST_BYTES], const char *text)
{
    if (list[0])
        strncat(list, ", ", LIST_BYTES - strlen(list) - 1);
    strncat(list, text, LIST_BYTES - strlen(list) - 1);
}

static int unknown_option(const char *text)
{
    char list[LIST_BYTES] = "";
    for (int i = 0; i < SEM_COUNT; i++)
        append(list, rows[i].name);
    return fail("-semantics %s: no such option; give nanobragg, physical or NAME=VALUE with a NAME "
                "of %s",
                text, list);
}

static int unknown_value(const char *text, const struct option_row *row)
{
    char list[LIST_BYTES] = "";
    for (int i = 0; i < MAX_VALUES && row->values[i]; i++)
        append(list, row->values[i]);
    return fail("-semantics %s: the values of %s are %s", text, row->name, list);
}

static int set_one(struct semantics *semantics, int option, const char *text, const char *value)
{
    const struct option_row *row = &rows[option];
    for (int i = 0; i < MAX_VALUES && row->values[i]; i++)
        if (strcmp(row->values[i], value) == 0) {
            semantics->value[option] = i;
            return STATUS_OK;
        }
    return unknown_value(text, row);
}

int semantics_set(struct semantics *semantics, const char *text)
{
    int nanobragg = strcmp(text, "nanobragg") == 0;
    if (nanobragg || strcmp(text, "physical") == 0) {
        for (int i = 0; i < SEM_COUNT; i++)
            semantics->value[i] = nanobragg ? 0 : rows[i].physical;
        return STATUS_OK;
    }
    const char *equals = strchr(text, '=');
    for (int i = 0; equals && i < SEM_COUNT; i++) {
        size_t length = strlen(rows[i].name);
        if (length == (size_t)(equals - text) && strncmp(text, rows[i].name, length) == 0)
            return set_one(semantics, i, text, equals + 1);
    }
    return unknown_option(text);
}

const char *semantics_name(enum semantic_option option)
{
    return rows[option].name;
}

const char *semantics_value(const struct semantics *semantics, enum semantic_option option)
{
    return rows[option].values[semantics->value[option]];
}

void semantics_print_json(void)
{
    for (int i = 0; i < SEM_COUNT; i++) {
        printf("%s\"%s\":[", i ? "," : "{", rows[i].name);
        for (int v = 0; v < MAX_VALUES && rows[i].values[v]; v++)
            printf("%s\"%s\"", v ? "," : "", rows[i].values[v]);
        printf("]");
    }
    printf("}");
}
