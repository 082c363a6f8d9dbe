/* Pixels named in a text file: "slow fast" on each line. */
#ifndef BRAGGSCOPE_PIXEL_LIST_H
#define BRAGGSCOPE_PIXEL_LIST_H

#include <stddef.h>

struct pixel_list {
    int *slow, *fast;
    size_t count;
};

/* Read a file; says what is wrong with it. The list is to be freed in any case. */
int pixel_list_read(struct pixel_list *list, const char *path);
int pixel_list_last_row(const struct pixel_list *list);
void pixel_list_free(struct pixel_list *list);

#endif
