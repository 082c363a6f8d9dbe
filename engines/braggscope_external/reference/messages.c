#include "messages.h"

#include <stdarg.h>
#include <stdio.h>

static void print_line(const char *prefix, const char *format, va_list arguments)
{
    /* Lines on stdout come first, so that a reader of both sees what led to the message. */
    fflush(stdout);
    fputs(prefix, stderr);
    vfprintf(stderr, format, arguments);
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

void warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line("WARNING: ", format, arguments);
    va_end(arguments);
}
