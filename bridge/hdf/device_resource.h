/*
 * A resolved HCS tree in the form that drivers read (include/hdf/device_resource_if.h).
 */
#pragma once

#include "codecs/hcs_tree.h"
#include "include/hdf/device_resource_if.h"

/* The octet before an attribute's value, as the system's compiler writes them. */
enum device_resource_type {
    DEVICE_RESOURCE_REFERENCE = 0x03, /* the node's hashValue, 4 octets */
    DEVICE_RESOURCE_ARRAY = 0x04,     /* the number of elements, 2 octets; then values as these */
    DEVICE_RESOURCE_U8 = 0x10,
    DEVICE_RESOURCE_U16 = 0x11,
    DEVICE_RESOURCE_U32 = 0x12,
    DEVICE_RESOURCE_U64 = 0x13,
    DEVICE_RESOURCE_STRING = 0x14 /* ends with a NUL */
};

struct device_resource {
    const struct DeviceResourceNode *root;
    struct arena arena; /* holds all of it */
};

/* A copy: @tree may go. VIA_NO_MEMORY; VIA_TOO_LARGE: more than HCS_MEMORY_MAX octets, since what
 * nodes of a tree share each has for itself here. */
VIA_MUST_USE enum via_status device_resource_create(struct device_resource **resourcep,
                                                    const struct hcs_tree *tree);
struct device_resource *device_resource_destroy(struct device_resource *resource);

/* The first node with match_attr = @value, or NULL: what a driver gets as its property. */
const struct DeviceResourceNode *device_resource_match(const struct device_resource *resource,
                                                       const char *value);

/* What HcsGetRootNode() gives from now on (NULL: nothing). Borrowed: nobody may read it any more
 * when it is destroyed. */
void device_resource_install(const struct device_resource *resource);
/* The root of what is installed, or NULL. */
const struct DeviceResourceNode *device_resource_root(void);
