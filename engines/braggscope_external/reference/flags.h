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
    SET_REAL,      /* `extra` doubles from `target` on := number / `unit` */
    SET_INTEGER,   /* `extra` ints from `target` on := number */
    SET_TEXT,      /* the string at `target` := next argument */
    SET_SWITCH,    /* the int at `target` := `extra` */
    CLEAR_TEXT,    /* the string at `target` := NULL */
    NOTE_FLAG,     /* the string at `target` := the flag itself */
    IGNORE_NUMBER, /* `extra` numbers are checked and have no effect */
    IGNORE_TEXT,   /* `extra` values of any kind have no effect */
    ZERO_ONLY,     /* `extra` entries of zero_only from index `target` on := number */
    REFUSE,        /* not implemented, whatever the value; `reason` says what */
    SPECIAL        /* `apply` does it */
};

struct flag_rule {
    const char *text;
    enum flag_match match;
    enum flag_action action;
    size_t target;
    int extra;
    double unit;
    const char *reason;
    int (*apply)(struct options *options, const char *flag, char **values, int available);
};

extern const struct flag_rule flag_rules[];
extern const size_t flag_rule_count;

int flag_matches(const struct flag_rule *rule, const char *argument);

/* The message for a flag that ends the command line too early. */
int flag_too_few_values(const char *flag, int wanted);

#endif
