/*
 * Reading what device_resource.c wrote. A driver names an attribute; its list is walked, since
 * nodes have few and each is read once.
 */
#include "include/hdf/hcs_tree_if.h"

#include "bridge/hdf/device_resource.h"
#include "codecs/octets.h"

static const uint8_t *find_value(const struct DeviceResourceNode *node, const char *name)
{
    if (node == NULL || name == NULL)
        return NULL;
    for (const struct DeviceResourceAttr *attr = node->attrData; attr != NULL; attr = attr->next)
        if (attr->name != NULL && strcmp(attr->name, name) == 0)
            return (const uint8_t *)attr->value;
    return NULL;
}

/* The octets of a number or a string with the one before them. */
static size_t scalar_size(const uint8_t *value)
{
    if (value[0] == DEVICE_RESOURCE_STRING)
        return 1 + strlen((const char *)value + 1) + 1;
    return 1 + ((size_t)1 << (value[0] - DEVICE_RESOURCE_U8));
}

static const uint8_t *find_element(const struct DeviceResourceNode *node, const char *name,
                                   uint32_t index)
{
    const uint8_t *value = find_value(node, name);
    if (value == NULL || value[0] != DEVICE_RESOURCE_ARRAY || index >= octets_get_u16(value + 1))
        return NULL;
    for (value += 3; index > 0; index--)
        value += scalar_size(value);
    return value;
}

/* Whether @value is a number of a type up to @widest. */
static bool read_number(const uint8_t *value, enum device_resource_type widest, uint64_t *numberp)
{
    if (value == NULL || value[0] < DEVICE_RESOURCE_U8 || value[0] > (unsigned)widest)
        return false;
    *numberp = octets_get(value + 1, scalar_size(value) - 1);
    return true;
}

static bool read_string(const uint8_t *value, const char **textp)
{
    if (value == NULL || value[0] != DEVICE_RESOURCE_STRING)
        return false;
    *textp = (const char *)value + 1;
    return true;
}

const struct DeviceResourceNode *HcsGetRootNode(void)
{
    return device_resource_root();
}

bool HcsGetBool(const struct DeviceResourceNode *node, const char *attrName)
{
    uint64_t number;
    return read_number(find_value(node, attrName), DEVICE_RESOURCE_U8, &number) && number != 0;
}

/* Sets *@valuep, if there is one, to the number at @from or to @def. */
#define READ_NUMBER(type, widest, from, valuep, def)                                               \
    do {                                                                                           \
        uint64_t number;                                                                           \
        if ((valuep) == NULL)                                                                      \
            return HDF_FAILURE;                                                                    \
        bool is_read = read_number((from), (widest), &number);                                     \
        *(valuep) = is_read ? (type)number : (def);                                                \
        return is_read ? HDF_SUCCESS : HDF_FAILURE;                                                \
    } while (0)

/* Sets each of @len @values to its element or to @def, in one pass over the array. */
#define READ_ARRAY(type, widest, node, name, values, len, def)                                     \
    do {                                                                                           \
        int32_t result = HDF_SUCCESS;                                                              \
        if ((values) == NULL || (len) == 0)                                                        \
            return HDF_FAILURE;                                                                    \
        const uint8_t *at = find_element((node), (name), 0);                                       \
        uint32_t n = at == NULL ? 0 : octets_get_u16(at - 2);                                      \
        for (uint32_t i = 0; i < (len); i++) {                                                     \
            uint64_t number;                                                                       \
            bool is_read = i < n && read_number(at, (widest), &number);                            \
            (values)[i] = is_read ? (type)number : (def);                                          \
            if (!is_read)                                                                          \
                result = HDF_FAILURE;                                                              \
            if (i < n)                                                                             \
                at += scalar_size(at);                                                             \
        }                                                                                          \
        return result;                                                                             \
    } while (0)

int32_t HcsGetUint8(const struct DeviceResourceNode *node, const char *attrName, uint8_t *value,
                    uint8_t def)
{
    READ_NUMBER(uint8_t, DEVICE_RESOURCE_U8, find_value(node, attrName), value, def);
}

int32_t HcsGetUint16(const struct DeviceResourceNode *node, const char *attrName, uint16_t *value,
                     uint16_t def)
{
    READ_NUMBER(uint16_t, DEVICE_RESOURCE_U16, find_value(node, attrName), value, def);
}

int32_t HcsGetUint32(const struct DeviceResourceNode *node, const char *attrName, uint32_t *value,
                     uint32_t def)
{
    READ_NUMBER(uint32_t, DEVICE_RESOURCE_U32, find_value(node, attrName), value, def);
}

int32_t HcsGetUint64(const struct DeviceResourceNode *node, const char *attrName, uint64_t *value,
                     uint64_t def)
{
    READ_NUMBER(uint64_t, DEVICE_RESOURCE_U64, find_value(node, attrName), value, def);
}

int32_t HcsGetUint8ArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                             uint32_t index, uint8_t *value, uint8_t def)
{
    READ_NUMBER(uint8_t, DEVICE_RESOURCE_U8, find_element(node, attrName, index), value, def);
}

int32_t HcsGetUint16ArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                              uint32_t index, uint16_t *value, uint16_t def)
{
    READ_NUMBER(uint16_t, DEVICE_RESOURCE_U16, find_element(node, attrName, index), value, def);
}

int32_t HcsGetUint32ArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                              uint32_t index, uint32_t *value, uint32_t def)
{
    READ_NUMBER(uint32_t, DEVICE_RESOURCE_U32, find_element(node, attrName, index), value, def);
}

int32_t HcsGetUint64ArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                              uint32_t index, uint64_t *value, uint64_t def)
{
    READ_NUMBER(uint64_t, DEVICE_RESOURCE_U64, find_element(node, attrName, index), value, def);
}

int32_t HcsGetUint8Array(const struct DeviceResourceNode *node, const char *attrName,
                         uint8_t *value, uint32_t len, uint8_t def)
{
    READ_ARRAY(uint8_t, DEVICE_RESOURCE_U8, node, attrName, value, len, def);
}

int32_t HcsGetUint16Array(const struct DeviceResourceNode *node, const char *attrName,
                          uint16_t *value, uint32_t len, uint16_t def)
{
    READ_ARRAY(uint16_t, DEVICE_RESOURCE_U16, node, attrName, value, len, def);
}

int32_t HcsGetUint32Array(const struct DeviceResourceNode *node, const char *attrName,
                          uint32_t *value, uint32_t len, uint32_t def)
{
    READ_ARRAY(uint32_t, DEVICE_RESOURCE_U32, node, attrName, value, len, def);
}

int32_t HcsGetUint64Array(const struct DeviceResourceNode *node, const char *attrName,
                          uint64_t *value, uint32_t len, uint64_t def)
{
    READ_ARRAY(uint64_t, DEVICE_RESOURCE_U64, node, attrName, value, len, def);
}

static int32_t get_string(const uint8_t *from, const char **value, const char *def)
{
    if (value == NULL)
        return HDF_FAILURE;
    *value = def;
    return read_string(from, value) ? HDF_SUCCESS : HDF_FAILURE;
}

int32_t HcsGetString(const struct DeviceResourceNode *node, const char *attrName,
                     const char **value, const char *def)
{
    return get_string(find_value(node, attrName), value, def);
}

int32_t HcsGetStringArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                              uint32_t index, const char **value, const char *def)
{
    return get_string(find_element(node, attrName, index), value, def);
}

int32_t HcsGetElemNum(const struct DeviceResourceNode *node, const char *attrName)
{
    const uint8_t *value = find_value(node, attrName);
    if (value == NULL || value[0] != DEVICE_RESOURCE_ARRAY)
        return HDF_FAILURE;
    return octets_get_u16(value + 1);
}

/* ---- nodes ---- */

static const struct DeviceResourceNode *next_node(const struct DeviceResourceNode *node)
{
    if (node->child != NULL)
        return node->child;
    while (node != NULL && node->sibling == NULL)
        node = node->parent;
    return node == NULL ? NULL : node->sibling;
}

const struct DeviceResourceNode *HcsGetNodeByMatchAttr(const struct DeviceResourceNode *node,
                                                       const char *attrValue)
{
    if (attrValue == NULL)
        return NULL;
    const struct DeviceResourceNode *at = node != NULL ? node : device_resource_root();
    for (; at != NULL; at = next_node(at)) {
        const char *match;
        if (read_string(find_value(at, HCS_MATCH_ATTR), &match) && strcmp(match, attrValue) == 0)
            return at;
    }
    return NULL;
}

const struct DeviceResourceNode *HcsGetChildNode(const struct DeviceResourceNode *node,
                                                 const char *nodeName)
{
    if (node == NULL || nodeName == NULL)
        return NULL;
    const struct DeviceResourceNode *child = node->child;
    while (child != NULL && (child->name == NULL || strcmp(child->name, nodeName) != 0))
        child = child->sibling;
    return child;
}

const struct DeviceResourceNode *HcsGetNodeByRefAttr(const struct DeviceResourceNode *node,
                                                     const char *attrName)
{
    const uint8_t *value = find_value(node, attrName);
    if (value == NULL || value[0] != DEVICE_RESOURCE_REFERENCE)
        return NULL;
    uint32_t id = octets_get_u32(value + 1);
    while (node->parent != NULL) /* the root of its own tree */
        node = node->parent;
    while (node != NULL && node->hashValue != id)
        node = next_node(node);
    return node;
}
