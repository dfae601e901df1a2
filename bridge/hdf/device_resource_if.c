/*
 * The one table of functions, which reads the one configuration that a process has.
 */
#include "include/hdf/device_resource_if.h"

#include "include/hdf/hcs_tree_if.h"

struct DeviceResourceIface *DeviceResourceGetIfaceInstance(DeviceResourceType type)
{
    static struct DeviceResourceIface hcs = {
        .GetRootNode = HcsGetRootNode,
        .GetBool = HcsGetBool,
        .GetUint8 = HcsGetUint8,
        .GetUint8ArrayElem = HcsGetUint8ArrayElem,
        .GetUint8Array = HcsGetUint8Array,
        .GetUint16 = HcsGetUint16,
        .GetUint16ArrayElem = HcsGetUint16ArrayElem,
        .GetUint16Array = HcsGetUint16Array,
        .GetUint32 = HcsGetUint32,
        .GetUint32ArrayElem = HcsGetUint32ArrayElem,
        .GetUint32Array = HcsGetUint32Array,
        .GetUint64 = HcsGetUint64,
        .GetUint64ArrayElem = HcsGetUint64ArrayElem,
        .GetUint64Array = HcsGetUint64Array,
        .GetString = HcsGetString,
        .GetStringArrayElem = HcsGetStringArrayElem,
        .GetElemNum = HcsGetElemNum,
        .GetNodeByMatchAttr = HcsGetNodeByMatchAttr,
        .GetChildNode = HcsGetChildNode,
        .GetNodeByRefAttr = HcsGetNodeByRefAttr,
    };
    return type == HDF_CONFIG_SOURCE ? &hcs : NULL;
}
