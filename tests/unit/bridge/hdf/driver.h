/*
 * A driver and a client as sources of that system have them, for C and for C++. Compiled, not run.
 */
#pragma once

#include "hdf_device_desc.h"
#include "hdf_device_object.h"
#include "hdf_driver.h"
#include "hdf_io_service.h"
#include "hdf_log.h"
#include "hdf_pm.h"
#include "hdf_sbuf.h"
#include "ioservstat_listener.h"
#include "osal_time.h"
#include "svcmgr_ioservice.h"

#define HDF_LOG_TAG sample_driver

#ifdef __cplusplus
extern "C" {
#endif

struct ISampleDriverService {
    struct IDeviceIoService ioService;
    int32_t (*ServiceA)(void);
};

static int32_t SampleDispatch(struct HdfDeviceIoClient *client, int cmdId, struct HdfSBuf *data,
                              struct HdfSBuf *reply)
{
    struct ISampleDriverService *service = (struct ISampleDriverService *)client->device->service;
    if (cmdId == 1 && service->ServiceA != NULL)
        return service->ServiceA();
    (void)HdfSbufWriteString(reply, HdfSbufReadString(data));
    return HdfDeviceSendEvent(client->device, (uint32_t)cmdId, data);
}

static int32_t SampleBind(struct HdfDeviceObject *deviceObject)
{
    static struct ISampleDriverService service;
    if (deviceObject == NULL)
        return HDF_ERR_INVALID_OBJECT;
    service.ioService.Dispatch = SampleDispatch;
    deviceObject->service = &service.ioService;
    return HdfDeviceSetClass(deviceObject, DEVICE_CLASS_SENSOR) ? HDF_SUCCESS : HDF_FAILURE;
}

static int32_t SampleInit(struct HdfDeviceObject *deviceObject)
{
    HDF_LOGI("%{public}s: %{public}s", __func__, HdfDeviceGetServiceName(deviceObject));
    return HDF_SUCCESS;
}

static struct HdfDriverEntry g_sampleEntry = {1, "sample_driver", SampleBind, SampleInit, NULL};
HDF_INIT(g_sampleEntry);

static const struct HdfDriverEntry g_constEntry = {1, "const_driver", NULL, SampleInit, NULL};
HDF_INIT(g_constEntry);

static int OnSampleEvent(void *priv, uint32_t id, struct HdfSBuf *data)
{
    OsalTimespec time;
    (void)OsalGetTime(&time);
    HDF_LOGI("%{public}s: %{public}u %{public}s at %{public}llu", (const char *)priv, id,
             HdfSbufReadString(data), time.usec);
    return 0;
}

static inline int SampleClient(void)
{
    static struct HdfDevEventlistener listener;
    static char name[] = "Service0";
    listener.callBack = OnSampleEvent;
    listener.priv = name;
    struct HdfIoService *serv = HdfIoServiceBind("sample_driver");
    if (serv == NULL)
        return HDF_FAILURE;
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    int ret = HdfDeviceRegisterEventListener(serv, &listener);
    if (ret == HDF_SUCCESS)
        ret = serv->dispatcher->Dispatch(&serv->object, 1, data, NULL);
    (void)HdfDeviceUnregisterEventListener(serv, &listener);
    HdfSbufRecycle(data);
    HdfIoServiceRecycle(serv);
    return ret;
}

#ifdef __cplusplus
}
#endif
