/*
 * A whole directory at once, as entries of that system's.
 */
#define VIADUCT_PHOENIX_FILES
#undef VIADUCT_PHOENIX_HOST_FILES
#include <dirent.h>
#include <errno.h>
#include <phoenix/files.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 16u

struct list {
    struct dirent **entries; /* owned, and each of them */
    size_t n, n_max;
};

static void drop(struct list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->entries[i]);
    free(list->entries);
}

static int add(struct list *list, const struct dirent *entry)
{
    if (list->n == list->n_max) {
        const size_t n_max = list->n_max > 0 ? 2 * list->n_max : LEAST;
        struct dirent **grown = realloc(list->entries, n_max * sizeof *grown);
        if (grown == NULL)
            return -ENOMEM;
        list->entries = grown;
        list->n_max = n_max;
    }
    const size_t size = sizeof *entry + entry->d_namlen + 1;
    struct dirent *copy = malloc(size);
    if (copy == NULL)
        return -ENOMEM;
    memcpy(copy, entry, size);
    list->entries[list->n++] = copy;
    return 0;
}

static int read_all(struct phoenix_dir *dir, int (*filter)(const struct dirent *),
                    struct list *list)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = phoenix_readdir(dir);
        if (entry == NULL)
            return -errno;
        if (filter != NULL && filter(entry) == 0)
            continue;
        int result = add(list, entry);
        if (result < 0)
            return result;
    }
}

int phoenix_scandir(const char *path, struct dirent ***entriesp,
                    int (*filter)(const struct dirent *),
                    int (*compare)(const struct dirent **, const struct dirent **))
{
    struct list list = {.entries = NULL};
    const int before = errno;
    struct phoenix_dir *dir = phoenix_opendir(path);
    if (dir == NULL)
        return -1;
    int result = read_all(dir, filter, &list);
    (void)phoenix_closedir(dir);
    if (result == 0 && list.n > INT32_MAX)
        result = -EOVERFLOW;
    if (result < 0) {
        drop(&list);
        return set_errno(result);
    }
    errno = before;
    if (compare != NULL && list.n > 0)
        qsort(list.entries, list.n, sizeof *list.entries,
              (int (*)(const void *, const void *))compare);
    *entriesp = list.entries;
    return (int)list.n;
}

int phoenix_alphasort(const struct dirent **entry, const struct dirent **other)
{
    return strcoll((*entry)->d_name, (*other)->d_name);
}
