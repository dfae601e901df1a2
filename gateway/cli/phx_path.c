/*
 * Paths. The registry knows a path as far as some server's name goes; what is behind that, servers
 * are asked for, one after the other, each for as much as it knows. They follow no symbolic links:
 * where there is one on the way, the path is walked name by name.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/node.h>

#include "codecs/phoenix_path.h"
#include "gateway/cli/phx.h"

#define LINKS_MAX 8u /* symbolic links followed for one path */

/* How far a path has been followed. */
struct walk {
    struct phx_node node;
    const char *rest; /* "": all of it */
};

bool phx_is_same(const struct phoenix_oid *a, const struct phoenix_oid *b)
{
    return a->port == b->port && a->id == b->id;
}

bool phx_is_elsewhere(const struct phx_node *node)
{
    return !phx_is_same(&node->fil, &node->dev);
}

/* ---- without links ---- */

static int32_t begin(struct phx_asker *asker, const char *path, struct walk *walk)
{
    struct via_found found = {.proxy = NULL};
    asker->status = via_node_find_prefix(asker->node, PHOENIX_FAMILY, path, &found);
    asker->is_unserved = asker->status == VIA_NOT_FOUND;
    if (asker->is_unserved) {
        asker->status = VIA_OK;
        return -ENOENT;
    }
    if (asker->status != VIA_OK)
        return -EIO;
    const char *known = found.entry.name;
    walk->node.fil = (struct phoenix_oid){.id = 0};
    (void)!phoenix_info_read(found.entry.info, &walk->node.fil);
    walk->node.fil.port = found.entry.number;
    walk->node.dev = walk->node.fil;
    const bool begins = strncmp(path, known, strlen(known)) == 0;
    if (begins) {
        walk->rest = path + strlen(known);
        walk->rest += strspn(walk->rest, "/");
    }
    via_found_clear(&found);
    return begins ? 0 : -EINVAL;
}

/* What a server has said to the rest of the way. */
static int32_t go_on(const struct phx_message *message, struct walk *walk)
{
    if (message->err < 0)
        return message->err;
    const char *next = phoenix_path_behind(walk->rest, message->err);
    if (next == NULL)
        return -EINVAL;
    walk->node.fil = phx_get_oid(message, "fil");
    walk->node.dev = phx_get_oid(message, "dev");
    walk->rest = next + strspn(next, "/");
    return 0;
}

/* Asks the server that the way leads to. */
static int32_t ask(struct phx_asker *asker, struct walk *walk)
{
    struct phx_message message = {.type = PHOENIX_LOOKUP, .oid = walk->node.dev};
    phx_set_text(&message, walk->rest);
    (void)phx_send(asker, &message);
    return go_on(&message, walk);
}

static int32_t look_up(struct phx_asker *asker, const char *path, struct phx_node *nodep)
{
    struct walk walk;
    int32_t err = begin(asker, path, &walk);
    for (unsigned n = 0; err >= 0 && *walk.rest != '\0'; n++)
        err = n < PHOENIX_HOPS_MAX ? ask(asker, &walk) : -ELOOP;
    if (err >= 0)
        *nodep = walk.node;
    return err;
}

int32_t phx_found_in(const struct phx_message *message, const char *name, struct phx_node *nodep)
{
    struct walk walk = {.rest = name};
    int32_t err = go_on(message, &walk);
    if (err >= 0)
        *nodep = walk.node;
    return err;
}

int32_t phx_find_in(struct phx_asker *asker, const struct phoenix_oid *dir, const char *name,
                    struct phx_node *nodep)
{
    struct phx_message message = {.type = PHOENIX_LOOKUP, .oid = *dir};
    phx_set_text(&message, name);
    (void)phx_send(asker, &message);
    return phx_found_in(&message, name, nodep);
}

/* ---- with links ---- */

/* One that does not say so is none: drivers know no attributes. */
static int32_t is_link(struct phx_asker *asker, const struct phoenix_oid *oid, bool *is_linkp)
{
    int64_t mode = 0;
    int32_t err = phx_attribute(asker, oid, "atMode", &mode);
    *is_linkp = err >= 0 && ((uint64_t)mode & PHX_MODE_KIND) == PHX_MODE_LINK;
    return asker->status == VIA_OK ? 0 : err;
}

int32_t phx_target(struct phx_asker *asker, const struct phoenix_oid *link,
                   char target[PHX_PATH_MAX])
{
    int32_t n = phx_read(asker, link, PHX_RDONLY, 0, target, PHX_PATH_MAX);
    if (n >= (int32_t)PHX_PATH_MAX)
        return -ENAMETOOLONG;
    target[n < 0 ? 0 : n] = '\0';
    return n == 0 ? -ENOENT : n;
}

/* The link whose name in @path ends at @end gives way to what it points to. */
static int32_t substitute(struct phx_asker *asker, char path[PHX_PATH_MAX], size_t end,
                          const struct phoenix_oid *link)
{
    char target[PHX_PATH_MAX], whole[2 * PHX_PATH_MAX];
    size_t start = end;
    int32_t n = phx_target(asker, link, target);
    if (n < 0)
        return n;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (target[0] == '/')
        start = 0;
    (void)snprintf(whole, sizeof whole, "%.*s%s%s", (int)start, path, target, path + end);
    if (strlen(whole) >= PHX_PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(path, whole, strlen(whole) + 1);
    return 0;
}

/* Name by name, until there is no link on the way, nor at its end if that is to be followed. */
static int32_t walk_links(struct phx_asker *asker, char path[PHX_PATH_MAX], bool follow,
                          struct phx_node *nodep)
{
    unsigned n_links = 0;
    for (size_t end = 0;;) {
        bool is_linked = false;
        end += strspn(path + end, "/");
        end += strcspn(path + end, "/");
        const char after = path[end];
        path[end] = '\0';
        int32_t err = look_up(asker, path, nodep);
        path[end] = after;
        if (after == '\0' && (err < 0 || !follow))
            return err;
        /* what is not there may yet be the beginning of a server's name */
        if (err < 0 && err != -ENOENT)
            return err;
        if (err >= 0)
            err = is_link(asker, &nodep->fil, &is_linked);
        if (asker->status != VIA_OK)
            return err;
        if (!is_linked && after == '\0')
            return 0;
        if (!is_linked)
            continue;
        if (++n_links > LINKS_MAX)
            return -ELOOP;
        err = substitute(asker, path, end, &nodep->fil);
        if (err < 0)
            return err;
        end = 0;
    }
}

/* @path without slashes at its end. */
static int32_t copy_path(const char *path, char copy[PHX_PATH_MAX])
{
    size_t size = strlen(path);
    if (size == 0)
        return -ENOENT;
    if (size >= PHX_PATH_MAX)
        return -ENAMETOOLONG;
    while (size > 1 && path[size - 1] == '/')
        size--;
    memcpy(copy, path, size);
    copy[size] = '\0';
    return 0;
}

int32_t phx_find(struct phx_asker *asker, const char *path, bool follow, struct phx_node *nodep)
{
    char copy[PHX_PATH_MAX];
    bool is_linked = false;
    int32_t err = copy_path(path, copy);
    if (err < 0)
        return err;
    err = look_up(asker, copy, nodep);
    if (asker->status != VIA_OK)
        return err;
    if (err >= 0 && follow) {
        err = is_link(asker, &nodep->fil, &is_linked);
        if (err < 0)
            return err;
    }
    /* a link that is no directory to its server, or that we have met */
    if (is_linked || err == -ENOTDIR || err == -EINVAL)
        err = walk_links(asker, copy, follow, nodep);
    return err;
}

int32_t phx_find_parent(struct phx_asker *asker, const char *path, struct phoenix_oid *dirp,
                        char name[PHX_NAME_MAX + 1])
{
    char copy[PHX_PATH_MAX];
    struct phx_node node;
    int32_t err = copy_path(path, copy);
    if (err < 0)
        return err;
    char *slash = strrchr(copy, '/');
    const char *last = slash != NULL ? slash + 1 : copy;
    if (*last == '\0' || slash == NULL)
        return -EINVAL; /* a root is in no directory */
    if (strlen(last) > PHX_NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(name, last, strlen(last) + 1);
    slash[slash == copy ? 1 : 0] = '\0';
    err = phx_find(asker, copy, true, &node);
    if (err >= 0)
        *dirp = node.dev;
    return err;
}
