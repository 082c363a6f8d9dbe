#include "text.h"

#include "messages.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_READ_BYTES = 1 << 16 };

static char *read_stream(FILE *stream)
{
    size_t capacity = FIRST_READ_BYTES, length = 0, got;
    char *text = malloc(capacity);

    while (text && (got = fread(text + length, 1, capacity - length - 1, stream)) > 0) {
        length += got;
        if (capacity - length > 1)
            continue;
        char *larger = capacity > SIZE_MAX / 2 ? NULL : realloc(text, capacity * 2);
        if (!larger) {
            free(text);
            return NULL;
        }
        text = larger;
        capacity *= 2;
    }
    if (text)
        text[length] = '\0';
    return text;
}

char *text_read_file(const char *flag, const char *path)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        fail("%s: cannot open the file '%s'; check its name and the current folder", flag, path);
        return NULL;
    }
    char *text = read_stream(stream);
    int unreadable = ferror(stream);
    fclose(stream);
    if (text && !unreadable)
        return text;
    fail("%s: cannot read the file '%s'", flag, path);
    free(text);
    return NULL;
}

int text_is_number(const char *token)
{
    char *end;
    strtod(token, &end);
    return end != token && *end == '\0';
}

int text_to_real(const char *flag, const char *token, double *value)
{
    char *end;
    double number = strtod(token, &end);

    if (end == token)
        return fail("%s: '%s' is not a number", flag, token);
    if (!isfinite(number))
        return fail("%s: '%s' is not a finite number", flag, token);
    if (*end != '\0')
        warn("%s %s: read as %g, the rest is not part of a number", flag, token, number);
    *value = number;
    return STATUS_OK;
}

int text_to_integer(const char *flag, const char *token, int *value)
{
    char *end;
    errno = 0;
    long number = strtol(token, &end, 10);

    if (end == token)
        return fail("%s: '%s' is not a whole number", flag, token);
    if (errno == ERANGE || number > INT_MAX || number < -INT_MAX)
        return fail("%s: '%s' is out of range", flag, token);
    if (*end != '\0')
        warn("%s %s: read as the whole number %ld, as nanoBragg does", flag, token, number);
    *value = (int)number;
    return STATUS_OK;
}
