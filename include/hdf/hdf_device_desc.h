/*
 * HDF, the driver: its entry, its device, its clients, and the events that it sends.
 *
 * Source: docs/hdf.md, "Drivers"; the system's hdf_device_desc.h.
 */
#pragma once

#include "hdf_device_section.h"
#include "hdf_io_service_if.h"
#include "hdf_object.h"
#include "hdf_sbuf.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** MAX_PRIORITY_NUM - the highest priority of a host or a device: the last to start */
#define MAX_PRIORITY_NUM 200

/** ServicePolicy - who may use a device's service */
typedef enum {
    SERVICE_POLICY_NONE = 0,     /* nobody */
    SERVICE_POLICY_PUBLIC = 1,   /* drivers of its host */
    SERVICE_POLICY_CAPACITY = 2, /* programs too, on other hosts as well */
    SERVICE_POLICY_FRIENDLY = 3, /* drivers of its host that subscribe; Bind is not called */
    SERVICE_POLICY_PRIVATE = 4,  /* nodes of the same device that subscribe; Bind is not called */
    SERVICE_POLICY_INVALID = 5
} ServicePolicy;

/** DevicePreload - when a device is loaded */
typedef enum {
    DEVICE_PRELOAD_ENABLE = 0,       /* when its host starts */
    DEVICE_PRELOAD_ENABLE_STEP2 = 1, /* the same here */
    DEVICE_PRELOAD_DISABLE = 2,      /* when it is bound, or loaded by name */
    DEVICE_PRELOAD_INVALID = 3
} DevicePreload;

struct DeviceResourceNode;
struct IDeviceIoService;

/** struct HdfDeviceObject - a device. The framework makes it, within something larger: a driver
 * keeps its address, from Bind or Init to its Release, and never copies it. */
struct HdfDeviceObject {
    struct IDeviceIoService *service;          /* set by Bind; NULL again after Release */
    const struct DeviceResourceNode *property; /* its own configuration, NULL without any */
    DeviceClass deviceClass;                   /* by HdfDeviceSetClass() */
    void *priv;                                /* the driver's */
};

/** struct HdfDeviceIoClient - one client, as one handle of HdfIoServiceBind(), from its Open until
 * its Release has returned */
struct HdfDeviceIoClient {
    struct HdfDeviceObject *device; /* whose client it is */
    void *priv;                     /* the driver's, NULL at first */
};

/** struct IDeviceIoService - what a device offers; the first member of a driver's own service */
struct IDeviceIoService {
    struct HdfObject object;

    /** Open() - a client comes, and waits for it. NULL: every one may. Return: 0, or anything else
     * to refuse; Release is not called then. */
    int32_t (*Open)(struct HdfDeviceIoClient *client);

    /**
     * Dispatch() - a command of a client
     * @client: whose
     * @cmdId:  any number
     * @data:   what came with it, never NULL; the framework's, gone when this returns
     * @reply:  what goes back, whatever is returned; the framework's. Never NULL, but for a client
     *          in the same process that passed none. It grows to 512 KiB, the client's does not.
     *
     * Return: what the client gets.
     * Thread: several at once, also for one client: a driver with state has locks. It may call
     * other services, and send events.
     */
    int32_t (*Dispatch)(struct HdfDeviceIoClient *client, int cmdId, struct HdfSBuf *data,
                        struct HdfSBuf *reply);

    /** Release() - a client has gone: it recycled its handle, died, or its link was lost for good.
     * Once for each Open that succeeded. NULL: nothing to do. */
    void (*Release)(struct HdfDeviceIoClient *client);
};

/** struct SubscriberCallback - who hears of another driver's service */
struct SubscriberCallback {
    struct HdfDeviceObject *deviceObject; /* the subscriber */
    /** OnServiceConnected() - it is there; @service is its IDeviceIoService, for this process to
     * call. What this returns is logged if it is not 0. */
    int32_t (*OnServiceConnected)(struct HdfDeviceObject *deviceObject,
                                  const struct HdfObject *service);
};

/** struct HdfDriverEntry - a driver; static memory */
struct HdfDriverEntry {
    int32_t moduleVersion;
    const char *moduleName; /* as the configuration has it */

    /** Bind() - gives the device its service. Called for the policies 1 and 2, before Init; of a
     * dynamic device when it is published, after Init. Return: 0, else the device is not loaded,
     * and Release is called. */
    int32_t (*Bind)(struct HdfDeviceObject *deviceObject);
    /** Init() - makes the device ready. Not NULL. Return: as Bind(). */
    int32_t (*Init)(struct HdfDeviceObject *deviceObject);
    /** Release() - frees what the others made: when the device is unloaded, and after either of
     * them failed or its service could not be published. It waits for commands that run. NULL:
     * nothing to do. */
    void (*Release)(struct HdfDeviceObject *deviceObject);
};

/** HDF_INIT() - makes a driver known: HDF_INIT(g_entry); at file scope */
#define HDF_INIT(module) HDF_DRIVER_INIT(module)

/** DevSvcManagerClntGetService() - another driver's service in the same process, for as long as
 * that is loaded; NULL for NULL, and if there is none */
const struct HdfObject *DevSvcManagerClntGetService(const char *svcName);

/** HdfDeviceGetServiceName() - as the configuration or HdfDeviceObjectPublishService() has it;
 * lives as long as the device. NULL for NULL. */
const char *HdfDeviceGetServiceName(const struct HdfDeviceObject *deviceObject);

/**
 * HdfDeviceSubscribeService() - asks for another driver's service, in the same process
 * @deviceObject: the subscriber
 * @serviceName:  copied
 * @callback:     called before this returns if it is there, else once it is; it cannot be taken
 * back
 *
 * Return: HDF_SUCCESS, HDF_FAILURE for NULL and without memory.
 */
int32_t HdfDeviceSubscribeService(struct HdfDeviceObject *deviceObject, const char *serviceName,
                                  struct SubscriberCallback callback);

/**
 * HdfDeviceSendEvent() - an event for every client that listens
 * @deviceObject: whose clients; its policy is SERVICE_POLICY_CAPACITY
 * @id:           any number
 * @data:         at least one item; copied from its first octet, whatever has been read of it. An
 *                event of more than 20 KiB is heard by nobody.
 *
 * It does not wait for the clients. One may hear it before the command that it is sent in has
 * returned to it; each hears a device's events in the order of sending. A client that falls behind
 * loses the oldest.
 *
 * Return: HDF_SUCCESS            also when no client listens
 *         HDF_ERR_INVALID_PARAM  NULL, or empty data
 *         HDF_ERR_NOT_SUPPORT    another policy
 *         HDF_FAILURE            no client has it open
 *         HDF_DEV_ERR_NO_MEMORY
 * Thread: any.
 */
int32_t HdfDeviceSendEvent(const struct HdfDeviceObject *deviceObject, uint32_t id,
                           const struct HdfSBuf *data);

/** HdfDeviceSendEventToClient() - the same, for one client, which has not been released yet.
 * Return: HDF_SUCCESS, also when it does not listen; HDF_ERR_INVALID_PARAM for NULL, a client
 * without a device, and empty data; HDF_ERR_NOT_SUPPORT, HDF_DEV_ERR_NO_MEMORY. */
int32_t HdfDeviceSendEventToClient(const struct HdfDeviceIoClient *client, uint32_t id,
                                   const struct HdfSBuf *data);

/** HdfDeviceSetClass() - which class a device is of; in Bind or Init, before it is published.
 * Return: false for NULL and for DEVICE_CLASS_MAX and above. */
bool HdfDeviceSetClass(struct HdfDeviceObject *deviceObject, DeviceClass deviceClass);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
