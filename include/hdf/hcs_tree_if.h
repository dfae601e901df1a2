/*
 * HDF: the functions of struct DeviceResourceIface by names of their own; device_resource_if.h says
 * what they do.
 *
 * Source: docs/hcs.md, "What a driver reads"; the system's hcs_tree_if.h.
 */
#pragma once

#include "device_resource_if.h"
#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** HCS_MATCH_ATTR - the attribute that GetNodeByMatchAttr looks for */
#define HCS_MATCH_ATTR "match_attr"

const struct DeviceResourceNode *HcsGetRootNode(void);
bool HcsGetBool(const struct DeviceResourceNode *node, const char *attrName);
int32_t HcsGetUint8(const struct DeviceResourceNode *node, const char *attrName, uint8_t *value,
                    uint8_t def);
int32_t HcsGetUint8ArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                             uint32_t index, uint8_t *value, uint8_t def);
int32_t HcsGetUint8Array(const struct DeviceResourceNode *node, const char *attrName,
                         uint8_t *value, uint32_t len, uint8_t def);
int32_t HcsGetUint16(const struct DeviceResourceNode *node, const char *attrName, uint16_t *value,
                     uint16_t def);
int32_t HcsGetUint16ArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                              uint32_t index, uint16_t *value, uint16_t def);
int32_t HcsGetUint16Array(const struct DeviceResourceNode *node, const char *attrName,
                          uint16_t *value, uint32_t len, uint16_t def);
int32_t HcsGetUint32(const struct DeviceResourceNode *node, const char *attrName, uint32_t *value,
                     uint32_t def);
int32_t HcsGetUint32ArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                              uint32_t index, uint32_t *value, uint32_t def);
int32_t HcsGetUint32Array(const struct DeviceResourceNode *node, const char *attrName,
                          uint32_t *value, uint32_t len, uint32_t def);
int32_t HcsGetUint64(const struct DeviceResourceNode *node, const char *attrName, uint64_t *value,
                     uint64_t def);
int32_t HcsGetUint64ArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                              uint32_t index, uint64_t *value, uint64_t def);
int32_t HcsGetUint64Array(const struct DeviceResourceNode *node, const char *attrName,
                          uint64_t *value, uint32_t len, uint64_t def);
int32_t HcsGetString(const struct DeviceResourceNode *node, const char *attrName,
                     const char **value, const char *def);
int32_t HcsGetStringArrayElem(const struct DeviceResourceNode *node, const char *attrName,
                              uint32_t index, const char **value, const char *def);
int32_t HcsGetElemNum(const struct DeviceResourceNode *node, const char *attrName);
const struct DeviceResourceNode *HcsGetNodeByMatchAttr(const struct DeviceResourceNode *node,
                                                       const char *attrValue);
const struct DeviceResourceNode *HcsGetChildNode(const struct DeviceResourceNode *node,
                                                 const char *nodeName);
const struct DeviceResourceNode *HcsGetNodeByRefAttr(const struct DeviceResourceNode *node,
                                                     const char *attrName);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
