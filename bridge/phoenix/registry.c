/*
 * Names stand for numbers, in the gateway's directory, with the object's id beside them. They are
 * this process's, and outlive the port.
 *
 * A path is known there as far as some name goes; what is behind that, servers are asked for, one
 * after the other: by the gateway, or from here where it does not.
 */
#include "bridge/phoenix/registry.h"

#include <errno.h>
#include <string.h>
#include <sys/msg.h>
#include <viaduct/node.h>

#include "bridge/phoenix/failure.h"
#include "bridge/phoenix/kept_errno.h"
#include "bridge/phoenix/walk.h"
#include "codecs/phoenix_path.h"

int portRegister(uint32_t port, const char *name, oid_t *oid)
{
    KEEP_ERRNO();
    char info[PHOENIX_INFO_SIZE];
    if (name == NULL)
        return -EINVAL;
    struct via_node *node = via_node_default();
    if (node == NULL)
        return -ENOMEM;
    const struct phoenix_oid said = {.port = port, .id = oid != NULL ? oid->id : 0};
    phoenix_info_write(&said, info);
    const struct via_publish_options options = {
        .size = sizeof options, .flags = VIA_PUBLISH_NEW, .info = info};
    return failure_of(via_node_publish_number(node, PHOENIX_FAMILY, name, port, &options));
}

int portUnregister(const char *name)
{
    KEEP_ERRNO();
    if (name == NULL)
        return -EINVAL;
    struct via_node *node = via_node_default();
    if (node == NULL)
        return -ENOMEM;
    enum via_status status = via_node_withdraw_number(node, PHOENIX_FAMILY, name);
    if (strcmp(name, PHOENIX_ROOT) == 0)
        return 0;
    /* nothing is registered by what cannot be a name */
    return status == VIA_NOT_FOUND || status == VIA_INVALID ? -ENOENT : failure_of(status);
}

/* ---- lookup ---- */

/* How far a path has been followed. */
struct walk {
    oid_t fil, dev;
    const char *rest;
};

static void set_oid(oid_t *oid, uint32_t port, id_t id)
{
    memset(oid, 0, sizeof *oid); /* what is between its members, too */
    oid->port = port;
    oid->id = id;
}

/* @rest: what the registry does not know of @name; NULL: it knows all. */
static int begin(const char *name, struct walk *walk)
{
    struct via_node *node = via_node_default();
    struct via_found found = {.proxy = NULL};
    if (node == NULL)
        return -ENOMEM;
    enum via_status status = via_node_find_prefix(node, PHOENIX_FAMILY, name, &found);
    if (status != VIA_OK)
        return status == VIA_NOT_FOUND ? -ENOENT : failure_of(status);
    const char *known = found.entry.name;
    struct phoenix_oid oid = {.id = 0};
    (void)!phoenix_info_read(found.entry.info, &oid);
    set_oid(&walk->fil, found.entry.number, (id_t)oid.id);
    walk->dev = walk->fil;
    walk->rest = NULL;
    if (strcmp(known, name) != 0)
        walk->rest = name + (strcmp(known, PHOENIX_ROOT) == 0 ? 1 : strlen(known) + 1);
    via_found_clear(&found);
    return 0;
}

/* Asks the server that the way leads to. */
static int ask(struct walk *walk)
{
    msg_t msg = {.type = mtLookup, .oid = walk->dev};
    size_t size = strlen(walk->rest);
    msg.i.data = walk->rest;
    msg.i.size = size + 1;
    int result = msgSend(walk->dev.port, &msg);
    if (result < 0)
        return result;
    set_oid(&walk->fil, msg.o.lookup.fil.port, msg.o.lookup.fil.id);
    set_oid(&walk->dev, msg.o.lookup.dev.port, msg.o.lookup.dev.id);
    if (msg.o.err < 0)
        return msg.o.err;
    const char *next = phoenix_path_behind(walk->rest, msg.o.err);
    if (next == NULL)
        return -EINVAL;
    walk->rest = next;
    return 0;
}

static int follow(struct walk *walk)
{
    unsigned int n = 0;
    int result;
    do {
        result = n++ < PHOENIX_HOPS_MAX ? ask(walk) : -ELOOP;
    } while (result == 0 && *walk->rest != '\0');
    return result;
}

/* From here, one server after the other. */
static int walk_step_by_step(const char *name, struct walk_end *end)
{
    struct walk walk = {.rest = NULL};
    int result = begin(name, &walk);
    if (result < 0)
        return result;
    if (walk.rest != NULL)
        result = follow(&walk);
    end->is_found = true;
    end->fil = walk.fil;
    end->dev = walk.dev;
    return result;
}

int lookup(const char *name, oid_t *file, oid_t *dev)
{
    KEEP_ERRNO();
    struct walk_end end = {.is_found = false};
    if (name == NULL || (file == NULL && dev == NULL))
        return -EINVAL;
    if (name[0] == '\0')
        return -ENOENT;
    int result = walk_at_gateway(name, false, &end);
    if (result == WALK_UNDECIDED)
        result = walk_step_by_step(name, &end);
    if (end.is_found && file != NULL)
        *file = end.fil;
    if (end.is_found && dev != NULL)
        *dev = end.dev;
    return result;
}

int registry_covers(const char *path)
{
    struct walk walk;
    int result = begin(path, &walk);
    if (result == -ENOENT)
        return 0;
    return result < 0 ? result : 1;
}
