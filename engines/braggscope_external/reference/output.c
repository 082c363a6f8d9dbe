/* stat(), realpath() and getpid() are POSIX; a plain C99 compiler does without them. */
#if defined(__unix__) || defined(__APPLE__)
#define _XOPEN_SOURCE 700
#define HAVE_POSIX 1
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "output.h"

#include "messages.h"

#include <stdlib.h>
#include <string.h>

/* Devices and pipes (/dev/null) must not be replaced by a file: they are written in place. So is
   a link to nowhere. */
static int is_special(const char *path)
{
#ifdef HAVE_POSIX
    struct stat status;
    if (stat(path, &status) == 0)
        return !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
#else
    (void)path;
    return 0;
#endif
}

static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    if (copy)
        strcpy(copy, text);
    return copy;
}

/* The file behind a symbolic link: the link stays, what it points to is replaced. */
static char *resolved(const char *path)
{
#ifdef HAVE_POSIX
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && !is_special(path))
        return realpath(path, NULL);
#endif
    return copy_of(path);
}

/* A short name in the target's folder: a target with the longest possible name has one too. */
static char *working_name(const char *target, int number)
{
    const char *slash = strrchr(target, '/');
#ifdef _WIN32
    const char *backslash = strrchr(target, '\\');
    if (!slash || (backslash && backslash > slash))
        slash = backslash;
#endif
    size_t folder = slash ? (size_t)(slash - target) + 1 : 0;
    long process = 0;
#ifdef HAVE_POSIX
    process = (long)getpid();
#endif
    char *name = malloc(folder + 64);
    if (name)
        sprintf(name, "%.*s.braggscope-%ld-%d.part", (int)folder, target, process, number);
    return name;
}

static int unwritable(const struct output *output)
{
    return fail(
        "%s: cannot write the file '%s'; check the folder, its permissions and the space left",
        output->flag, output->path);
}

/* A folder opens for reading only, a write-protected file too. */
static int is_protected(const char *path)
{
    FILE *existing = fopen(path, "rb");
    if (!existing)
        return 0;
    fclose(existing);
    existing = fopen(path, "r+b");
    if (existing)
        fclose(existing);
    return existing == NULL;
}

static int name_files(struct output *output, int number)
{
    output->target = resolved(output->path);
    if (output->target)
        output->working = is_special(output->target) ? copy_of(output->target)
                                                     : working_name(output->target, number);
    return output->working ? STATUS_OK : unwritable(output);
}

static int is_in_place(const struct output *output)
{
    return strcmp(output->working, output->target) == 0;
}

static int check_one(struct output *output)
{
    if (is_in_place(output))
        return STATUS_OK;
    FILE *trial = output->path[0] && !is_protected(output->target)
                      ? fopen(output->working, "wb")
                      : NULL;
    if (trial) {
        fclose(trial);
        remove(output->working);
        return STATUS_OK;
    }
    output->skipped = output->optional;
    return output->optional ? doubt("%s: cannot write the file '%s', left out", output->flag,
                                    output->path)
                            : unwritable(output);
}

static int check_names_differ(const struct output *outputs, int count)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(outputs[i].target, outputs[j].target) == 0 && !is_in_place(&outputs[i]))
                return fail("%s and %s: both name the file '%s'", outputs[j].flag, outputs[i].flag,
                            outputs[i].path);
    return STATUS_OK;
}

int outputs_check(struct output *outputs, int count)
{
    int status = STATUS_OK;

    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = name_files(&outputs[i], i);
    if (status == STATUS_OK)
        status = check_names_differ(outputs, count);
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = check_one(&outputs[i]);
    return status;
}

static int write_one(struct output *output)
{
    FILE *stream = fopen(output->working, "wb");
    if (!stream)
        return unwritable(output);
    int complete = output->write(stream, output->context);
    if (fclose(stream) != 0 || !complete)
        return unwritable(output);
    return STATUS_OK;
}

static int move_into_place(struct output *output)
{
    if (is_in_place(output))
        return STATUS_OK;
#ifdef _WIN32
    remove(output->target); /* rename() does not replace a file there */
#endif
    if (rename(output->working, output->target) != 0)
        return unwritable(output);
    return STATUS_OK;
}

/* A reader that went away, or a limit on the size of files, is an error like any other and not the
   end of the program in the middle of a file. */
static void survive_failed_writes(void)
{
#ifdef HAVE_POSIX
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
#endif
}

int outputs_write(struct output *outputs, int count)
{
    int status = STATUS_OK, written = 0;

    survive_failed_writes();
    for (; written < count && status == STATUS_OK; written++)
        if (!outputs[written].skipped)
            status = write_one(&outputs[written]);
    for (int i = 0; i < count && status == STATUS_OK; i++)
        if (!outputs[i].skipped)
            status = move_into_place(&outputs[i]);
    for (int i = 0; i < written && status != STATUS_OK; i++)
        if (!is_in_place(&outputs[i]))
            remove(outputs[i].working);
    return status;
}

void outputs_free(struct output *outputs, int count)
{
    for (int i = 0; i < count; i++) {
        free(outputs[i].target);
        free(outputs[i].working);
        outputs[i].target = outputs[i].working = NULL;
    }
}
