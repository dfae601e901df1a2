/*
 * Attributes are read as the system's reader does: through a getter of 16 bits, so that a negative
 * or a large number is as none, and the default counts. Two defaults are ours: without a permission
 * everybody may, as that system's guide says where its code lets nobody; and what is no number
 * there opens nothing, since it was meant to say something.
 */
#include "bridge/hdf/device_info.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A device id has 16 bits for the device. */
_Static_assert(HCS_NODE_MEMBERS_MAX <= UINT16_MAX, "every device has a number");

struct reader {
    struct device_info *info;
    device_info_warn_fn warn;
    void *user;
};

__attribute__((format(printf, 3, 4))) static void
warn(const struct reader *reader, const struct hcs_place *place, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (reader->warn != NULL)
        reader->warn(reader->user, place, text);
}

/* ---- attributes ---- */

static const char *get_string(const struct hcs_node *node, const char *name)
{
    const struct hcs_attr *attr = hcs_node_attr(node, name);
    return attr != NULL && attr->value->type == HCS_STRING ? attr->value->text : NULL;
}

/* Whether there is one that fits 16 bits. */
static bool get_u16(const struct reader *reader, const struct hcs_node *node, const char *name,
                    uint16_t *numberp)
{
    const struct hcs_attr *attr = hcs_node_attr(node, name);
    if (attr == NULL)
        return false;
    if (attr->value->type != HCS_NUMBER || attr->value->number > UINT16_MAX) {
        warn(reader, &attr->place, "%s is no number from 0 to %u: it counts as absent", name,
             (unsigned)UINT16_MAX);
        return false;
    }
    *numberp = (uint16_t)attr->value->number;
    return true;
}

/* @name, or *numberp as it was; false: above @most, and said so. */
static bool get_bounded(const struct reader *reader, const struct hcs_node *node, const char *name,
                        unsigned most, uint16_t *numberp)
{
    (void)get_u16(reader, node, name, numberp);
    if (*numberp <= most)
        return true;
    warn(reader, &node->place, "'%.64s' is left out: its %s is %u, above %u", node->name, name,
         (unsigned)*numberp, most);
    return false;
}

static bool get_permission(const struct reader *reader, const struct hcs_node *node,
                           uint32_t *permissionp)
{
    const struct hcs_attr *attr = hcs_node_attr(node, "permission");
    *permissionp = DEVICE_INFO_PERMISSION_DEFAULT;
    if (attr == NULL)
        return true;
    if (attr->value->type != HCS_NUMBER || attr->value->number > UINT32_MAX) {
        warn(reader, &attr->place, "'%.64s' is left out: its permission is no file mode",
             node->name);
        return false;
    }
    *permissionp = (uint32_t)attr->value->number;
    return true;
}

/* ---- nodes ---- */

static bool read_node(const struct reader *reader, const struct hcs_node *from,
                      struct device_info_node *node)
{
    uint16_t policy = 0, preload = 0, priority = DEVICE_INFO_PRIORITY_DEFAULT;
    if (!get_bounded(reader, from, "policy", DEVICE_INFO_POLICY_MAX, &policy) ||
        !get_bounded(reader, from, "priority", DEVICE_INFO_PRIORITY_MAX, &priority) ||
        !get_bounded(reader, from, "preload", DEVICE_INFO_PRELOAD_MAX, &preload) ||
        !get_permission(reader, from, &node->permission))
        return false;
    node->module = get_string(from, "moduleName");
    if (node->module == NULL || node->module[0] == '\0') {
        warn(reader, &from->place, "'%.64s' is left out: it has no moduleName", from->name);
        return false;
    }
    node->service = get_string(from, "serviceName");
    if (node->service == NULL) {
        warn(reader, &from->place, "'%.64s' is left out: it has no serviceName (which may be \"\")",
             from->name);
        return false;
    }
    node->match_attr = get_string(from, "deviceMatchAttr");
    if (node->match_attr != NULL && node->match_attr[0] == '\0')
        node->match_attr = NULL;
    node->name = from->name;
    node->device = from->parent->name;
    node->place = from->place;
    node->policy = (uint8_t)policy; /* each is below its bound */
    node->preload = (uint8_t)preload;
    node->priority = priority;
    return true;
}

/* Adds the nodes of @from, device @device of its host. Returns how many. */
static size_t read_device(const struct reader *reader, const struct hcs_node *from, uint8_t host_id,
                          uint32_t device, struct device_info_node *nodes)
{
    size_t n = 0;
    for (const struct hcs_node *child = from->first_child; child != NULL; child = child->next) {
        if (n == DEVICE_INFO_NODES_MAX) {
            warn(reader, &child->place,
                 "'%.64s' and what follows it is left out: a device has at "
                 "most %u nodes",
                 child->name, DEVICE_INFO_NODES_MAX);
            break;
        }
        if (!read_node(reader, child, &nodes[n]))
            continue;
        n++;
        nodes[n - 1].id = (uint32_t)host_id << 24 | device << 8 | (uint32_t)n;
    }
    if (n == 0)
        warn(reader, &from->place, "the device '%.64s' is left out: it has no node to load",
             from->name);
    return n;
}

static int compare_nodes(const void *a, const void *b)
{
    const struct device_info_node *left = a, *right = b;
    if (left->priority != right->priority)
        return left->priority < right->priority ? -1 : 1;
    return left->id < right->id ? -1 : left->id > right->id; /* as in the file */
}

static int compare_hosts(const void *a, const void *b)
{
    const struct device_info_host *left = a, *right = b;
    if (left->priority != right->priority)
        return left->priority < right->priority ? -1 : 1;
    return left->id < right->id ? -1 : left->id > right->id;
}

static size_t count_grandchildren(const struct hcs_node *node)
{
    size_t n = 0;
    for (const struct hcs_node *child = node->first_child; child != NULL; child = child->next)
        for (const struct hcs_node *at = child->first_child; at != NULL; at = at->next)
            n++;
    return n;
}

static enum via_status read_devices(const struct reader *reader, const struct hcs_node *from,
                                    struct device_info_host *host)
{
    size_t room = count_grandchildren(from);
    struct device_info_node *nodes = arena_take(&reader->info->arena, room * sizeof *nodes);
    if (nodes == NULL)
        return reader->info->arena.status;
    uint32_t device = 0;
    for (const struct hcs_node *child = from->first_child; child != NULL; child = child->next) {
        size_t n = read_device(reader, child, host->id, device + 1, nodes + host->n_nodes);
        host->n_nodes += n;
        device += n > 0;
    }
    if (host->n_nodes > 1)
        qsort(nodes, host->n_nodes, sizeof *nodes, compare_nodes);
    host->nodes = nodes;
    return VIA_OK;
}

/* ---- hosts ---- */

static bool read_host(const struct reader *reader, const struct hcs_node *from,
                      struct device_info_host *host)
{
    host->place = from->place;
    host->name = get_string(from, "hostName");
    if (host->name == NULL || host->name[0] == '\0') {
        warn(reader, &from->place, "the host '%.64s' is left out: it has no hostName", from->name);
        return false;
    }
    if (!get_u16(reader, from, "priority", &host->priority)) {
        warn(reader, &from->place, "the host '%.64s' is left out: it has no priority", from->name);
        return false;
    }
    return get_bounded(reader, from, "priority", DEVICE_INFO_PRIORITY_MAX, &host->priority);
}

static enum via_status read_hosts(const struct reader *reader, const struct hcs_node *from)
{
    struct device_info *info = reader->info;
    struct device_info_host *hosts = arena_take(&info->arena, from->n_members * sizeof *hosts);
    if (hosts == NULL)
        return info->arena.status;
    info->hosts = hosts;
    for (const struct hcs_node *child = from->first_child; child != NULL; child = child->next) {
        if (info->n_hosts == DEVICE_INFO_HOSTS_MAX) {
            warn(reader, &child->place,
                 "'%.64s' and what follows it is left out: there are at "
                 "most %u hosts",
                 child->name, DEVICE_INFO_HOSTS_MAX);
            break;
        }
        struct device_info_host *host = &hosts[info->n_hosts];
        if (!read_host(reader, child, host))
            continue;
        host->id = (uint8_t)info->n_hosts++; /* below DEVICE_INFO_HOSTS_MAX */
        enum via_status status = read_devices(reader, child, host);
        if (status != VIA_OK)
            return status;
    }
    if (info->n_hosts > 1)
        qsort(hosts, info->n_hosts, sizeof *hosts, compare_hosts);
    return VIA_OK;
}

enum via_status device_info_create(struct device_info **infop, const struct hcs_tree *tree,
                                   device_info_warn_fn warn_fn, void *user)
{
    const struct hcs_node *list = hcs_node_match(tree->root, DEVICE_INFO_MATCH);
    if (list == NULL)
        return VIA_NOT_FOUND;
    struct reader reader = {calloc(1, sizeof *reader.info), warn_fn, user};
    if (reader.info == NULL)
        return VIA_NO_MEMORY;
    arena_init(&reader.info->arena, HCS_MEMORY_MAX);
    enum via_status status = read_hosts(&reader, list);
    if (status != VIA_OK) {
        device_info_destroy(reader.info);
        return status;
    }
    *infop = reader.info;
    return VIA_OK;
}

struct device_info *device_info_destroy(struct device_info *info)
{
    if (info != NULL)
        arena_deinit(&info->arena);
    free(info);
    return NULL;
}
