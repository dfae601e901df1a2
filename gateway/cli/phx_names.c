/*
 * The registry as a tree: a name /dev/uart0 stands in /dev, which is there by that alone. A slash
 * comes before all other characters in the order, so that what is in one directory stands together.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/phoenix_path.h"
#include "gateway/cli/phx.h"

void phx_names_init(struct phx_names *names)
{
    memset(names, 0, sizeof *names);
}

void phx_names_deinit(struct phx_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->names[i].path);
    free(names->names);
    phx_names_init(names);
}

/* ---- one by one ---- */

/* @before and @path together are one. */
static enum via_status add(struct phx_names *names, const char *before, const char *path,
                           struct phoenix_oid oid)
{
    if (names->n == names->room) {
        const size_t room = 2 * names->room + 16;
        struct phx_name *larger = realloc(names->names, room * sizeof *larger);
        if (larger == NULL)
            return VIA_NO_MEMORY;
        names->names = larger;
        names->room = room;
    }
    const size_t n_before = strlen(before), size = strlen(path) + 1;
    char *whole = malloc(n_before + size);
    if (whole == NULL)
        return VIA_NO_MEMORY;
    memcpy(whole, before, n_before);
    memcpy(whole + n_before, path, size);
    names->names[names->n++] =
        (struct phx_name){.path = whole, .oid = oid, .is_echo = before[0] != '\0'};
    return VIA_OK;
}

static struct phoenix_oid oid_of(const struct via_entry *entry)
{
    struct phoenix_oid oid = {.id = 0};
    (void)!phoenix_info_read(entry->info, &oid);
    oid.port = entry->number;
    return oid;
}

/* That nobody has another one of that name is known. */
static void note(void *user, const struct via_entry *entry)
{
    struct phx_names *names = user;
    if (names->status == VIA_OK && entry->number != 0)
        names->status = add(names, "", entry->name, oid_of(entry));
    names->is_ready = false;
}

void phx_names_drop(struct phx_names *names, const char *path)
{
    for (size_t i = 0; i < names->n; i++) {
        if (names->names[i].is_echo || strcmp(names->names[i].path, path) != 0)
            continue;
        free(names->names[i].path);
        names->names[i] = names->names[--names->n];
        names->is_ready = false;
        return;
    }
}

bool phx_names_have(const struct phx_names *names, const char *path)
{
    for (size_t i = 0; i < names->n; i++)
        if (!names->names[i].is_echo && strcmp(names->names[i].path, path) == 0)
            return true;
    return false;
}

void phx_names_put(struct phx_names *names, const struct via_entry *entry)
{
    phx_names_drop(names, entry->name);
    note(names, entry);
}

/* ---- the whole ---- */

static int order_of(char octet)
{
    return octet == '/' ? 1 : octet == '\0' ? 0 : 2 + (unsigned char)octet;
}

static int compare(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return order_of(*a) - order_of(*b);
}

/* What is registered so goes before what only sounds like it. */
static int compare_names(const void *a, const void *b)
{
    const struct phx_name *left = a, *right = b;
    const int order = compare(left->path, right->path);
    return order != 0 ? order : (int)left->is_echo - (int)right->is_echo;
}

static void leave_echoes_out(struct phx_names *names)
{
    size_t n = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (names->names[i].is_echo)
            free(names->names[i].path);
        else
            names->names[n++] = names->names[i];
    }
    names->n = n;
}

enum via_status phx_names_finish(struct phx_names *names)
{
    if (names->is_ready)
        return VIA_OK;
    leave_echoes_out(names);
    const size_t n = phx_names_have(names, "/") ? 0 : names->n;
    for (size_t i = 0; i < n && names->status == VIA_OK; i++) {
        const struct phx_name *name = &names->names[i];
        if (name->path[0] != '/')
            names->status = add(names, "/", name->path, name->oid);
    }
    if (names->n > 0)
        qsort(names->names, names->n, sizeof *names->names, compare_names);
    names->is_ready = true;
    return names->status;
}

enum via_status phx_names_read(struct phx_names *names, struct via_node *node)
{
    phx_names_deinit(names);
    enum via_status status = via_node_list(node, PHOENIX_FAMILY, NULL, note, names);
    return status == VIA_OK ? phx_names_finish(names) : status;
}

/* ---- looking ---- */

const struct phoenix_oid *phx_names_find(const struct phx_names *names, const char *path)
{
    const struct phoenix_oid *oid = NULL;
    size_t low = 0, high = names->n;
    while (low < high) { /* the first that is not before it */
        const size_t middle = low + (high - low) / 2;
        const int order = compare(path, names->names[middle].path);
        if (order == 0)
            oid = &names->names[middle].oid;
        if (order <= 0)
            high = middle;
        else
            low = middle + 1;
    }
    return oid;
}

/* What of @path stands behind directory @dir; NULL: it is not in there. */
static const char *behind(const char *path, const char *dir)
{
    const size_t size = strlen(dir);
    if (strncmp(path, dir, size) != 0)
        return NULL;
    path += size;
    if (*path != '/' && (size == 0 || path[-1] != '/'))
        return NULL;
    path += strspn(path, "/");
    return *path != '\0' ? path : NULL;
}

static bool is_good(const char *name, size_t size)
{
    return size <= PHX_NAME_MAX && !(size == 1 && name[0] == '.') &&
           !(size == 2 && memcmp(name, "..", 2) == 0);
}

bool phx_names_next(const struct phx_names *names, const char *dir, size_t *nextp,
                    char name[PHX_NAME_MAX + 1], struct phoenix_oid *oidp)
{
    const char *rest = NULL;
    size_t size = 0;
    for (; *nextp < names->n; (*nextp)++) {
        rest = behind(names->names[*nextp].path, dir);
        size = rest != NULL ? strcspn(rest, "/") : 0;
        if (rest != NULL && is_good(rest, size))
            break;
    }
    if (*nextp == names->n)
        return false;
    memset(oidp, 0, sizeof *oidp);
    memcpy(name, rest, size);
    name[size] = '\0';
    if (rest[size] == '\0')
        *oidp = names->names[*nextp].oid;
    for (; *nextp < names->n; (*nextp)++) { /* what is in it as well */
        rest = behind(names->names[*nextp].path, dir);
        if (rest == NULL || strncmp(rest, name, size) != 0 ||
            (rest[size] != '\0' && rest[size] != '/'))
            break;
    }
    return true;
}

bool phx_names_are_below(const struct phx_names *names, const char *dir)
{
    char name[PHX_NAME_MAX + 1];
    struct phoenix_oid oid;
    size_t next = 0;
    return phx_names_next(names, dir, &next, name, &oid);
}
