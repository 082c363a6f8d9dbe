/* One clear line on stderr per problem, and the exit status that goes with it. */
#ifndef BRAGGSCOPE_MESSAGES_H
#define BRAGGSCOPE_MESSAGES_H

/* nanoBragg leaves with 9 for usage, unusable input and unwritable output (spec 11). */
enum { STATUS_OK = 0, STATUS_BAD_INPUT = 9 };

#if defined(__GNUC__)
#define PRINTF_LIKE __attribute__((format(printf, 1, 2)))
#else
#define PRINTF_LIKE
#endif

/* Prints "ERROR: ..." and returns STATUS_BAD_INPUT, so that callers can `return fail(...)`. */
int fail(const char *format, ...) PRINTF_LIKE;

/* What nanoBragg would not understand or not use: a warning, or an error after messages_strict(). */
int doubt(const char *format, ...) PRINTF_LIKE;

void warn(const char *format, ...) PRINTF_LIKE;

/* Turns every doubt into an error. */
void messages_strict(void);

#endif
