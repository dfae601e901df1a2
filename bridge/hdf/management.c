/*
 * What programs ask of the manager of devices: commands of a service like any other.
 */
#include "bridge/log.h"
#include "include/hdf/hdf_io_service.h"

/* One command to dev_mgr, with a handle of its own. */
static int32_t ask(int cmd, struct HdfSBuf *data, struct HdfSBuf *reply)
{
    struct HdfIoService *manager = HdfIoServiceBind(DEV_MGR_NODE);
    if (manager == NULL)
        return HDF_FAILURE;
    int32_t status = HdfIoServiceDispatch(manager, cmd, data, reply);
    HdfIoServiceRecycle(manager);
    return status;
}

int32_t HdfLoadDriverByServiceName(const char *service_name)
{
    if (service_name == NULL)
        return HDF_FAILURE;
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    int32_t status = HDF_FAILURE;
    if (data != NULL && HdfSbufWriteString(data, service_name))
        status = ask(DEVMGR_LOAD_SERVICE, data, NULL);
    HdfSbufRecycle(data);
    return status;
}

int32_t HdfGetServiceNameByDeviceClass(DeviceClass device_class, struct HdfSBuf *reply)
{
    if (reply == NULL)
        return HDF_FAILURE;
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    int32_t status = HDF_FAILURE;
    if (data != NULL && HdfSbufWriteInt32(data, (int32_t)device_class))
        status = ask(DEVMGR_GET_SERVICE, data, reply);
    HdfSbufRecycle(data);
    return status;
}

int32_t HdfListAllService(struct HdfSBuf *reply)
{
    return reply == NULL ? HDF_FAILURE : ask(DEVMGR_LIST_ALL_SERVICE, NULL, reply);
}

int32_t HdfListAllDevice(struct HdfSBuf *reply)
{
    return reply == NULL ? HDF_FAILURE : ask(DEVMGR_LIST_ALL_DEVICE, NULL, reply);
}
