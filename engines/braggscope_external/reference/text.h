/* Numbers from the command line and from text files. */
#ifndef BRAGGSCOPE_TEXT_H
#define BRAGGSCOPE_TEXT_H

/* A whole file with a terminating NUL, or NULL after an error message. Free it with free(). */
char *text_read_file(const char *flag, const char *path);

/* Does the whole token read as one number? (Tells "-5" from a flag.) */
int text_is_number(const char *token);

/* Numeric prefix of a token, as atof and atoi take it (Q58). Unlike them, a token without a number,
   or with one that is not finite, is an error, and characters after the number earn a warning. */
int text_to_real(const char *flag, const char *token, double *value);
int text_to_integer(const char *flag, const char *token, int *value);

#endif
