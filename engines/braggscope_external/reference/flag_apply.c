/* The actions of the table of flags. */
#include "flags.h"

#include "messages.h"
#include "text.h"

static int set_real(struct options *options, const struct flag_rule *rule, const char *flag,
                    const char *value)
{
    double number;
    int status = text_to_real(flag, value, &number);
    double *target = (double *)((char *)options + rule->target);
    for (int i = 0; i < rule->copies; i++)
        target[i] = number / rule->unit;
    return status;
}

static int set_integer(struct options *options, const struct flag_rule *rule, const char *flag,
                       const char *value)
{
    int number;
    int status = text_to_integer(flag, value, &number);
    int *target = (int *)((char *)options + rule->target);
    for (int i = 0; status == STATUS_OK && i < rule->copies; i++)
        target[i] = number;
    return status;
}

static int too_few_values(const struct flag_rule *rule, const char *flag)
{
    const char *plural = rule->values == 1 ? "" : "s";
    if (rule->missing == UNDEFINED)
        return fail("%s: needs %d value%s after it", flag, rule->values, plural);
    return doubt("%s: ignored, as it needs %d value%s after it", flag, rule->values, plural);
}

/* A value is examined as a flag once more; where it is one, something was probably forgotten. */
static int check_values(const char *flag, char **values, int count)
{
    for (int i = 0; i < count; i++)
        if (flag_is_known(values[i]))
            return doubt("%s %s: the value is also a flag and read as both", flag, values[i]);
    return STATUS_OK;
}

static int act(struct options *options, const struct flag_rule *rule, const char *flag,
               char **values, int available, int *used)
{
    double unused;
    switch (rule->action) {
    case SET_REAL:
        return set_real(options, rule, flag, values[0]);
    case SET_INTEGER:
        return set_integer(options, rule, flag, values[0]);
    case SET_TEXT:
        *(const char **)((char *)options + rule->target) = values[0];
        return STATUS_OK;
    case SET_SWITCH:
        *(int *)((char *)options + rule->target) = rule->copies;
        return STATUS_OK;
    case IGNORE_NUMBER:
        return text_to_real(flag, values[0], &unused);
    case SPECIAL:
        return rule->apply(options, flag, values, available, used);
    default:
        return STATUS_OK;
    }
}

int flag_apply(struct options *options, const struct flag_rule *rule, const char *flag,
               char **values, int available, int *used)
{
    *used = 0;
    if (available < rule->values)
        return too_few_values(rule, flag);
    *used = rule->values;
    int status = act(options, rule, flag, values, available, used);
    if (status == STATUS_OK)
        status = check_values(flag, values, *used);
    if (status == STATUS_OK && rule->pivot != PIVOT_KEEP)
        options->detector.pivot_is_sample = rule->pivot == PIVOT_SAMPLE;
    return status;
}
