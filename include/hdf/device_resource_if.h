/*
 * HDF: a driver's private configuration, read from the tree of nodes and attributes that HCS files
 * come to. The tree is there before the first driver is bound and stays to the end of its host;
 * every pointer into it stays valid as long. Nothing of it changes: any thread may read it.
 *
 * Source: docs/hcs.md, "What a driver reads"; the system's device_resource_if.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** DeviceResourceType - where a configuration comes from: HCS, and nothing else */
typedef enum {
    HDF_CONFIG_SOURCE = 0,
    INVALID,
} DeviceResourceType;

/** struct DeviceResourceAttr - an attribute. @value is as the system's compiler writes it: an octet
 * for the type, then the value, little-endian; the functions below read it. */
struct DeviceResourceAttr {
    const char *name;
    const char *value;
    struct DeviceResourceAttr *next;
};

/** struct DeviceResourceNode - a node */
struct DeviceResourceNode {
    const char *name;
    uint32_t hashValue; /* no other node of the tree has it */
    struct DeviceResourceAttr *attrData;
    struct DeviceResourceNode *parent; /* NULL: root */
    struct DeviceResourceNode *child;
    struct DeviceResourceNode *sibling;
};

/**
 * struct DeviceResourceIface - what reads a tree
 *
 * Numbers are stored in as few octets as hold them, 1, 2, 4 or 8: GetUint16 reads those of 1 and 2.
 * A negative number takes 8. Where there is no such attribute, or it is of another type or too
 * wide, a function sets *@value to @def and returns HDF_FAILURE (-1); NULL arguments give the same.
 *
 * ...ArrayElem reads the element @index of an array; ...Array its first @len elements, each of
 * which gets its value or @def: HDF_FAILURE when one had to get @def.
 */
struct DeviceResourceIface {
    /** The root of the configuration; NULL where none is loaded. */
    const struct DeviceResourceNode *(*GetRootNode)(void);
    /** Whether an attribute is true, or a number of one octet that is not 0. */
    bool (*GetBool)(const struct DeviceResourceNode *node, const char *attrName);
    int32_t (*GetUint8)(const struct DeviceResourceNode *node, const char *attrName, uint8_t *value,
                        uint8_t def);
    int32_t (*GetUint8ArrayElem)(const struct DeviceResourceNode *node, const char *attrName,
                                 uint32_t index, uint8_t *value, uint8_t def);
    int32_t (*GetUint8Array)(const struct DeviceResourceNode *node, const char *attrName,
                             uint8_t *value, uint32_t len, uint8_t def);
    int32_t (*GetUint16)(const struct DeviceResourceNode *node, const char *attrName,
                         uint16_t *value, uint16_t def);
    int32_t (*GetUint16ArrayElem)(const struct DeviceResourceNode *node, const char *attrName,
                                  uint32_t index, uint16_t *value, uint16_t def);
    int32_t (*GetUint16Array)(const struct DeviceResourceNode *node, const char *attrName,
                              uint16_t *value, uint32_t len, uint16_t def);
    int32_t (*GetUint32)(const struct DeviceResourceNode *node, const char *attrName,
                         uint32_t *value, uint32_t def);
    int32_t (*GetUint32ArrayElem)(const struct DeviceResourceNode *node, const char *attrName,
                                  uint32_t index, uint32_t *value, uint32_t def);
    int32_t (*GetUint32Array)(const struct DeviceResourceNode *node, const char *attrName,
                              uint32_t *value, uint32_t len, uint32_t def);
    int32_t (*GetUint64)(const struct DeviceResourceNode *node, const char *attrName,
                         uint64_t *value, uint64_t def);
    int32_t (*GetUint64ArrayElem)(const struct DeviceResourceNode *node, const char *attrName,
                                  uint32_t index, uint64_t *value, uint64_t def);
    int32_t (*GetUint64Array)(const struct DeviceResourceNode *node, const char *attrName,
                              uint64_t *value, uint32_t len, uint64_t def);
    /** A string of the tree. */
    int32_t (*GetString)(const struct DeviceResourceNode *node, const char *attrName,
                         const char **value, const char *def);
    int32_t (*GetStringArrayElem)(const struct DeviceResourceNode *node, const char *attrName,
                                  uint32_t index, const char **value, const char *def);
    /** The number of an array's elements; HDF_FAILURE (-1) for what is no array. */
    int32_t (*GetElemNum)(const struct DeviceResourceNode *node, const char *attrName);
    /** The first node with match_attr = @attrValue, in pre-order from @node on (NULL: the root): in
     * @node, then below it, then, as that system has it, behind it. NULL: none. */
    const struct DeviceResourceNode *(*GetNodeByMatchAttr)(const struct DeviceResourceNode *node,
                                                           const char *attrValue);
    /** The child of that name, or NULL. */
    const struct DeviceResourceNode *(*GetChildNode)(const struct DeviceResourceNode *node,
                                                     const char *nodeName);
    /** The node that an attribute refers to, or NULL. */
    const struct DeviceResourceNode *(*GetNodeByRefAttr)(const struct DeviceResourceNode *node,
                                                         const char *attrName);
};

/** DeviceResourceGetIfaceInstance() - the functions; NULL for any other @type. Thread: any. */
struct DeviceResourceIface *DeviceResourceGetIfaceInstance(DeviceResourceType type);

/** DEV_RES_NODE_FOR_EACH_ATTR() - the head of a loop over a node's attributes */
#define DEV_RES_NODE_FOR_EACH_ATTR(node, attr)                                                     \
    for ((attr) = (node)->attrData; (attr) != NULL; (attr) = (attr)->next)

/** DEV_RES_NODE_FOR_EACH_CHILD_NODE() - the head of a loop over a node's children */
#define DEV_RES_NODE_FOR_EACH_CHILD_NODE(node, childNode)                                          \
    for ((childNode) = (node)->child; (childNode) != NULL; (childNode) = (childNode)->sibling)

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
