/* The table of flags: how each one is recognised (cli.md section 1) and where its values go. */
#ifndef BRAGGSCOPE_FLAGS_H
#define BRAGGSCOPE_FLAGS_H

#include "options.h"

#include <stddef.h>

enum flag_match {
    ANYWHERE, /* the flag's text occurs anywhere in the argument: S of cli.md */
    EXACT     /* the argument is the flag's text: L and E of cli.md */
};

enum flag_action {
    SET_REAL,      /* `copies` doubles from `target` on := number / `unit` */
    SET_INTEGER,   /* `copies` ints from `target` on := number */
    SET_TEXT,      /* the string at `target` := next argument */
    SET_SWITCH,    /* the int at `target` := `copies` */
    IGNORE_NUMBER, /* a number without effect */
    IGNORE_TEXT,   /* `values` arguments without effect */
    SPECIAL        /* `apply` does it */
};

/* What nanoBragg does where a flag's values are missing. */
enum flag_missing { IGNORED, UNDEFINED };

enum flag_pivot { PIVOT_KEEP, PIVOT_BEAM, PIVOT_SAMPLE };

struct flag_rule {
    const char *text;
    enum flag_match match;
    enum flag_action action;
    int values; /* arguments that it needs */
    size_t target;
    int copies;
    double unit;
    /* Returns a status; sets *used where it is not `values`. */
    int (*apply)(struct options *options, const char *flag, char **values, int available,
                 int *used);
    enum flag_pivot pivot;
    enum flag_missing missing;
};

extern const struct flag_rule flag_rules[];
extern const size_t flag_rule_count;

int flag_matches(const struct flag_rule *rule, const char *argument);

/* Does any rule know this argument? */
int flag_is_known(const char *argument);

/* Applies a rule to the arguments after the flag; *used := how many of them it took. */
int flag_apply(struct options *options, const struct flag_rule *rule, const char *flag,
               char **values, int available, int *used);

#endif
