#include "messages.h"

#include <stdarg.h>
#include <stdio.h>

static int strict;

/* Arguments may hold anything: a control character must not break a message into several lines. */
static void put_clean(const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < 0x20 ? '?' : *text, stderr);
}

static void print_line(const char *prefix, const char *format, va_list arguments)
{
    char line[2000];

    /* Lines on stdout come first, so that a reader of both sees what led to the message. */
    fflush(stdout);
    vsnprintf(line, sizeof line, format, arguments);
    fputs(prefix, stderr);
    put_clean(line);
    fputc('\n', stderr);
}

int fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line("ERROR: ", format, arguments);
    va_end(arguments);
    return STATUS_BAD_INPUT;
}

int doubt(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(strict ? "ERROR: " : "WARNING: ", format, arguments);
    va_end(arguments);
    return strict ? STATUS_BAD_INPUT : STATUS_OK;
}

void warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line("WARNING: ", format, arguments);
    va_end(arguments);
}

void messages_strict(void)
{
    strict = 1;
}
