#include "pixel_list.h"

#include "messages.h"

#include <stdio.h>
#include <stdlib.h>

/* Make room for one more; 0 when there is no memory. */
static int grow(struct pixel_list *list)
{
    size_t count = list->count + 1;
    if ((count & list->count) != 0) /* room for the next power of two is there */
        return 1;
    int *slow = realloc(list->slow, 2 * count * sizeof *slow);
    if (slow)
        list->slow = slow;
    int *fast = realloc(list->fast, 2 * count * sizeof *fast);
    if (fast)
        list->fast = fast;
    return slow && fast;
}

int pixel_list_read(struct pixel_list *list, const char *path)
{
    *list = (struct pixel_list){0};
    FILE *stream = fopen(path, "r");
    if (!stream)
        return fail("-trace_list %s: cannot be read", path);

    int slow, fast, status = STATUS_OK, found;
    while (status == STATUS_OK && (found = fscanf(stream, "%d %d", &slow, &fast)) != EOF) {
        if (found != 2)
            status = fail("-trace_list %s: entry %zu is no pair of whole numbers", path,
                          list->count + 1);
        else if (!grow(list))
            status = fail("-trace_list %s: too long for the memory", path);
        else {
            list->slow[list->count] = slow;
            list->fast[list->count++] = fast;
        }
    }
    fclose(stream);
    return status;
}

int pixel_list_last_row(const struct pixel_list *list)
{
    int last = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->slow[i] > last)
            last = list->slow[i];
    return last;
}

void pixel_list_free(struct pixel_list *list)
{
    free(list->slow);
    free(list->fast);
    *list = (struct pixel_list){0};
}
