/* stat() is POSIX; a plain C99 compiler does without it. */
#if defined(__unix__) || defined(__APPLE__)
#define _POSIX_C_SOURCE 200112L
#define HAVE_STAT 1
#include <sys/stat.h>
#endif

#include "output.h"

#include "messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OUTPUTS = 4 };

static const char temporary_suffix[] = ".braggscope-part";

/* Devices and pipes (/dev/null) must not be replaced by a file: they are written in place. */
static int is_special(const char *path)
{
#ifdef HAVE_STAT
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
#else
    (void)path;
    return 0;
#endif
}

/* The name to write to, or NULL without memory. Free it with free(). */
static char *working_name(const char *path)
{
    const char *suffix = is_special(path) ? "" : temporary_suffix;
    char *name = malloc(strlen(path) + strlen(suffix) + 1);
    if (name) {
        strcpy(name, path);
        strcat(name, suffix);
    }
    return name;
}

static int unwritable(const struct output *output)
{
    return fail(
        "%s: cannot write the file '%s'; check the folder, its permissions and the space left",
        output->flag, output->path);
}

static int is_writable(const char *path)
{
    FILE *existing = fopen(path, "rb");
    if (!existing)
        return 1;
    fclose(existing);
    /* A folder opens for reading only, a write-protected file too. */
    existing = fopen(path, "r+b");
    if (existing)
        fclose(existing);
    return existing != NULL;
}

int output_check(const struct output *outputs, int count)
{
    if (count > 1 && strcmp(outputs[0].path, outputs[1].path) == 0 && !is_special(outputs[0].path))
        return fail("%s and %s: both name the file '%s'", outputs[0].flag, outputs[1].flag,
                    outputs[0].path);
    for (int i = 0; i < count; i++) {
        if (is_special(outputs[i].path))
            continue;
        char *name = working_name(outputs[i].path);
        FILE *trial = name && is_writable(outputs[i].path) ? fopen(name, "wb") : NULL;
        if (trial) {
            fclose(trial);
            remove(name);
        }
        free(name);
        if (!trial)
            return unwritable(&outputs[i]);
    }
    return STATUS_OK;
}

static int write_to(const char *name, const struct output *output)
{
    FILE *stream = fopen(name, "wb");
    if (!stream)
        return unwritable(output);
    size_t written = fwrite(output->data, output->item_bytes, output->items, stream);
    if (fclose(stream) != 0 || written != output->items)
        return unwritable(output);
    return STATUS_OK;
}

static int move_into_place(const char *name, const struct output *output)
{
    if (strcmp(name, output->path) == 0)
        return STATUS_OK;
#ifdef _WIN32
    remove(output->path); /* rename() does not replace a file there */
#endif
    return rename(name, output->path) == 0 ? STATUS_OK : unwritable(output);
}

int output_write(const struct output *outputs, int count)
{
    char *name[MAX_OUTPUTS] = {NULL};
    int status = STATUS_OK;

    for (int i = 0; i < count && status == STATUS_OK; i++) {
        name[i] = working_name(outputs[i].path);
        status =
            name[i] ? write_to(name[i], &outputs[i]) : fail("not enough memory for a file name");
    }
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = move_into_place(name[i], &outputs[i]);
    for (int i = 0; i < count; i++) {
        if (status != STATUS_OK && name[i] && strcmp(name[i], outputs[i].path) != 0)
            remove(name[i]);
        if (status == STATUS_OK)
            printf("wrote %s as %llu %s\n", outputs[i].path, (unsigned long long)outputs[i].items,
                   outputs[i].kind);
        free(name[i]);
    }
    return status;
}
