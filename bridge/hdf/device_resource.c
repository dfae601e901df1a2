/*
 * Nodes stand in one array by their number, so that a reference needs no look-up. Values are
 * written as the system's compiler writes them, since sources may look at them by themselves.
 */
#include "bridge/hdf/device_resource.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "include/hdf/hcs_tree_if.h"

static _Atomic(const struct DeviceResourceNode *) installed;

/* ---- values ---- */

static size_t number_size(uint64_t number)
{
    if (number <= UINT8_MAX)
        return 1;
    if (number <= UINT16_MAX)
        return 2;
    return number <= UINT32_MAX ? 4 : 8;
}

static enum device_resource_type number_type(size_t size)
{
    switch (size) {
    case 1:
        return DEVICE_RESOURCE_U8;
    case 2:
        return DEVICE_RESOURCE_U16;
    case 4:
        return DEVICE_RESOURCE_U32;
    default:
        return DEVICE_RESOURCE_U64;
    }
}

static size_t scalar_size(const struct hcs_value *value)
{
    return 1 + (value->type == HCS_STRING ? value->size + 1 : number_size(value->number));
}

static size_t value_size(const struct hcs_value *value)
{
    if (value->type == HCS_REFERENCE)
        return 1 + 4;
    if (value->type != HCS_ARRAY)
        return scalar_size(value);
    size_t size = 1 + 2;
    for (size_t i = 0; i < value->n_elements; i++)
        size += scalar_size(&value->elements[i]);
    return size;
}

static uint8_t *put_scalar(uint8_t *out, const struct hcs_value *value)
{
    if (value->type == HCS_STRING) {
        *out++ = DEVICE_RESOURCE_STRING;
        return octets_append(out, value->text, value->size + 1);
    }
    size_t size = number_size(value->number);
    *out++ = (uint8_t)number_type(size);
    octets_put(out, value->number, size);
    return out + size;
}

static void put_value(uint8_t *out, const struct hcs_attr *attr)
{
    const struct hcs_value *value = attr->value;
    if (value->type == HCS_REFERENCE) {
        *out++ = DEVICE_RESOURCE_REFERENCE;
        octets_put_u32(out, attr->target->id);
    } else if (value->type == HCS_ARRAY) {
        *out++ = DEVICE_RESOURCE_ARRAY;
        octets_put_u16(out, (uint16_t)value->n_elements); /* at most HCS_ARRAY_MAX */
        out += 2;
        for (size_t i = 0; i < value->n_elements; i++)
            out = put_scalar(out, &value->elements[i]);
    } else {
        (void)put_scalar(out, value);
    }
}

/* ---- the tree ---- */

static struct DeviceResourceAttr *copy_attr(struct arena *arena, const struct hcs_attr *from)
{
    struct DeviceResourceAttr *attr = arena_take(arena, sizeof *attr);
    char *name = arena_copy(arena, from->name, strlen(from->name));
    uint8_t *value = arena_take(arena, value_size(from->value));
    if (attr == NULL || name == NULL || value == NULL)
        return NULL;
    put_value(value, from);
    attr->name = name;
    attr->value = (const char *)value;
    return attr;
}

static enum via_status copy_node(struct arena *arena, struct DeviceResourceNode *nodes,
                                 const struct hcs_node *from)
{
    struct DeviceResourceNode *node = &nodes[from->id - 1];
    char *name = arena_copy(arena, from->name, strlen(from->name));
    if (name == NULL)
        return arena->status;
    node->name = name;
    node->hashValue = from->id;
    node->parent = from->parent == NULL ? NULL : &nodes[from->parent->id - 1];
    node->child = from->first_child == NULL ? NULL : &nodes[from->first_child->id - 1];
    node->sibling = from->next == NULL ? NULL : &nodes[from->next->id - 1];
    struct DeviceResourceAttr **endp = &node->attrData;
    for (const struct hcs_attr *attr = from->first_attr; attr != NULL; attr = attr->next) {
        *endp = copy_attr(arena, attr);
        if (*endp == NULL)
            return arena->status;
        endp = &(*endp)->next;
    }
    return VIA_OK;
}

static enum via_status copy_tree(struct device_resource *resource, const struct hcs_tree *tree)
{
    struct arena *arena = &resource->arena;
    struct DeviceResourceNode *nodes = arena_take(arena, tree->n_nodes * sizeof *nodes);
    if (nodes == NULL)
        return arena->status;
    for (const struct hcs_node *node = tree->root; node != NULL;
         node = hcs_node_next(node, tree->root)) {
        enum via_status status = copy_node(arena, nodes, node);
        if (status != VIA_OK)
            return status;
    }
    resource->root = nodes;
    return VIA_OK;
}

enum via_status device_resource_create(struct device_resource **resourcep,
                                       const struct hcs_tree *tree)
{
    struct device_resource *resource = calloc(1, sizeof *resource);
    if (resource == NULL)
        return VIA_NO_MEMORY;
    arena_init(&resource->arena, HCS_MEMORY_MAX);
    enum via_status status = copy_tree(resource, tree);
    if (status != VIA_OK) {
        device_resource_destroy(resource);
        return status;
    }
    *resourcep = resource;
    return VIA_OK;
}

struct device_resource *device_resource_destroy(struct device_resource *resource)
{
    if (resource != NULL)
        arena_deinit(&resource->arena);
    free(resource);
    return NULL;
}

const struct DeviceResourceNode *device_resource_match(const struct device_resource *resource,
                                                       const char *value)
{
    return HcsGetNodeByMatchAttr(resource->root, value);
}

void device_resource_install(const struct device_resource *resource)
{
    atomic_store(&installed, resource == NULL ? NULL : resource->root);
}

const struct DeviceResourceNode *device_resource_root(void)
{
    return atomic_load(&installed);
}
