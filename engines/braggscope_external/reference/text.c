#include "text.h"

#include "messages.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A text file larger than this (1 GiB) is no list of numbers that anybody meant to read. */
enum { FIRST_READ_BYTES = 1 << 16, MAX_FILE_BYTES = 1 << 30 };

static char *read_stream(FILE *stream, size_t *length)
{
    size_t capacity = FIRST_READ_BYTES, got;
    char *text = malloc(capacity);

    *length = 0;
    while (text && (got = fread(text + *length, 1, capacity - *length - 1, stream)) > 0) {
        *length += got;
        if (capacity - *length > 1)
            continue;
        char *larger = capacity >= MAX_FILE_BYTES ? NULL : realloc(text, capacity * 2);
        if (!larger) {
            free(text);
            return NULL;
        }
        text = larger;
        capacity *= 2;
    }
    if (text)
        text[*length] = '\0';
    return text;
}

char *text_read_bytes(const char *flag, const char *path, size_t *length)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        fail("%s: cannot open the file '%s'; check its name and the current folder", flag, path);
        return NULL;
    }
    char *text = read_stream(stream, length);
    int unreadable = ferror(stream);
    fclose(stream);
    if (text && !unreadable)
        return text;
    fail("%s: cannot read the file '%s' (a folder, or larger than 1 GiB)", flag, path);
    free(text);
    return NULL;
}

char *text_read_file(const char *flag, const char *path)
{
    size_t length;
    return text_read_bytes(flag, path, &length);
}

int text_can_open(const char *path)
{
    FILE *stream = fopen(path, "rb");
    if (stream)
        fclose(stream);
    return stream != NULL;
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

    *value = end == token ? 0.0 : number;
    if (end == token)
        return doubt("%s %s: not a number, read as 0", flag, token);
    if (!isfinite(number))
        return fail("%s: '%s' is not a finite number", flag, token);
    if (*end != '\0')
        return doubt("%s %s: read as %g, the rest is not part of a number", flag, token, number);
    return STATUS_OK;
}

int text_to_integer(const char *flag, const char *token, int *value)
{
    char *end;
    errno = 0;
    long number = strtol(token, &end, 10);

    if (errno == ERANGE || number > INT_MAX || number < -INT_MAX)
        return fail("%s: '%s' is out of range", flag, token);
    *value = end == token ? 0 : (int)number;
    if (end == token)
        return isfinite(strtod(token, NULL))
                   ? doubt("%s %s: not a whole number, read as 0", flag, token)
                   : fail("%s: '%s' is not a finite number", flag, token);
    if (*end != '\0')
        return doubt("%s %s: read as the whole number %ld, the rest is not part of it", flag, token,
                     number);
    return STATUS_OK;
}
