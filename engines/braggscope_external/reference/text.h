/* Numbers from the command line and from text files. */
#ifndef BRAGGSCOPE_TEXT_H
#define BRAGGSCOPE_TEXT_H

#include <stddef.h>

/* A whole file with a terminating NUL, or NULL after an error message. Free it with free(). */
char *text_read_file(const char *flag, const char *path);

/* The same with the number of bytes, for files that may hold NULs. */
char *text_read_bytes(const char *flag, const char *path, size_t *length);

/* Can the file be opened for reading? */
int text_can_open(const char *path);

/* Does the whole token read as one number? (Tells "-5" from a flag.) */
int text_is_number(const char *token);

/* Numeric prefix of a token, as atof and atoi take it (Q58): 0 without one. What is not a plain
   number is doubtful; one that is not finite, or too large, is an error. */
int text_to_real(const char *flag, const char *token, double *value);
int text_to_integer(const char *flag, const char *token, int *value);

#endif
