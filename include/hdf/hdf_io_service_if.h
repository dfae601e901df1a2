/*
 * HDF, the client: bind a service, send it commands, hear its events.
 *
 * A handle is one client of the driver, with its own Open and Release; the same name bound twice
 * gives two. The service may be in this process, on this host, or on the host of the gateway that
 * VIADUCT_GATEWAY names. All functions are safe from any thread, and inside a callback of any
 * listener, those of the very handle or group included; none of them waits there for the callback
 * that it is called from.
 *
 * Source: docs/hdf.md, "Client"; the system's hdf_io_service_if.h.
 */
#pragma once

#include "hdf_device_class.h"
#include "hdf_dlist.h"
#include "hdf_object.h"
#include "hdf_sbuf.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct HdfDevEventlistener;
struct HdfIoService;

/** OnEventReceived - hears an event: @priv is the listener's, @id the driver's number, @data what
 * came with it, to be read and not recycled, gone when this returns. What it returns is ignored. */
typedef int (*OnEventReceived)(void *priv, uint32_t id, struct HdfSBuf *data);

/** OnDevEventReceive - as OnEventReceived, with the listener and the handle that the event came
 * for; of a group's listener, the one of its services */
typedef int (*OnDevEventReceive)(struct HdfDevEventlistener *listener, struct HdfIoService *service,
                                 uint32_t id, struct HdfSBuf *data);

/** struct HdfDevEventlistener - who hears events. It is linked in where it is registered, not
 * copied: static or heap memory that stays until it is unregistered. */
struct HdfDevEventlistener {
    OnEventReceived callBack;    /* called if onReceive is NULL */
    OnDevEventReceive onReceive; /* one of the two may be NULL */
    struct DListHead listNode;   /* the framework's; NULL at first */
    void *priv;                  /* the program's */
};

/** struct HdfIoDispatcher - how a service takes commands */
struct HdfIoDispatcher {
    /**
     * Dispatch() - sends a command and waits for the answer, without a time limit unless one is
     * configured
     * @service: &handle->object
     * @cmdId:   any number; the driver's own
     * @data:    what goes with it, from its first octet whatever has been read of it; borrowed,
     * left unchanged. NULL is empty. At most 1,232,896 octets.
     * @reply:   where the answer goes: from its start, read position 0, in the room that it has; it
     *           never grows. Emptied when nothing comes. NULL: what the driver answers is dropped.
     *
     * Return: what the driver returned, whatever that is, with what it wrote as @reply; or
     *         HDF_FAILURE             no service, or one that takes no commands
     *         HDF_ERR_NOT_SUPPORT     an sbuf of the type SBUF_IPC
     *         HDF_ERR_INVALID_PARAM   @data's size, or @reply's capacity, is above the limit
     *         HDF_ERR_IO              it ran; its answer has no room in @reply
     *         HDF_ERR_TIMEOUT         the configured limit passed; it may have run
     *         HDF_ERR_DEVICE_BUSY     the link is full; nothing was sent
     *         HDF_ERR_NOPERM          a rule forbids it
     *         HDF_DEV_ERR_NO_DEVICE_SERVICE  the service was withdrawn; bind anew
     *         HDF_DEV_ERR_NETDOWN     the link or the driver's host was lost before the answer; it
     *                                 may have run, and is never sent again by itself
     * Thread: any, several at once, one handle's too; the driver runs them at once as well.
     */
    int (*Dispatch)(struct HdfObject *service, int cmdId, struct HdfSBuf *data,
                    struct HdfSBuf *reply);
};

/** struct HdfIoService - a handle: one client of a service */
struct HdfIoService {
    struct HdfObject object;            /* first: a handle is cast to it */
    struct HdfObject *target;           /* the framework's */
    struct HdfIoDispatcher *dispatcher; /* never NULL in a handle that was bound */
    void *priv;                         /* the program's, NULL at first */
};

/** struct HdfIoServiceGroup - handles whose events are heard on one thread */
struct HdfIoServiceGroup {
    struct HdfObject object; /* first: a group is cast to it */
};

/* ---- handles ---- */

/**
 * HdfIoServiceBind() - opens a service: the driver's Open has run when this returns
 * @serviceName: 1 to 255 octets without a '/', matched exactly
 *
 * A service that is configured to be loaded on demand is loaded, and waited for up to 200 ms.
 *
 * Return: a handle, to HdfIoServiceRecycle(); NULL when there is no such service, it may not be
 * opened, its Open refused, no gateway answers, or there is no memory: one line in the log says
 * which.
 */
struct HdfIoService *HdfIoServiceBind(const char *serviceName);

/** HdfIoServiceRecycle() - closes a handle; the driver's Release runs. It leaves its group, and its
 * listeners are out of their list and may be registered elsewhere. Unless called in one of them, no
 * callback runs after it has returned. NULL is fine. */
void HdfIoServiceRecycle(struct HdfIoService *service);

/** HdfIoServiceDispatch() - the handle's Dispatch, in one word.
 * Return: what that returns; HDF_ERR_INVALID_OBJECT for a service without one, or NULL. */
int32_t HdfIoServiceDispatch(struct HdfIoService *service, int cmdId, struct HdfSBuf *data,
                             struct HdfSBuf *reply);

/**
 * HdfGetServiceNameByDeviceClass() - the services of exactly one class
 * @deviceClass: one of DeviceClass; not several together
 * @reply:       set to a string each, then a NULL string; it does not grow, so obtain enough
 *
 * Return: HDF_SUCCESS, HDF_ERR_IO without room, HDF_FAILURE for NULL and where none can be asked.
 */
int32_t HdfGetServiceNameByDeviceClass(DeviceClass deviceClass, struct HdfSBuf *reply);

/* ---- events of one handle ---- */

/**
 * HdfDeviceRegisterEventListener() - a listener hears a handle's events from now on
 * @target:   the handle
 * @listener: stays the program's, must stay where it is until unregistered
 *
 * The callbacks of one handle run one after the other, on one thread of its own (its group's, if it
 * is in one), in the order of registration, its group's listeners first; each reads @data from its
 * start. Nothing is kept for a handle without listeners. At most 100 events to all and 9 to this
 * client wait; above that the oldest goes. An event of more than 20 KiB is left out, with a line in
 * the log.
 *
 * Return: HDF_SUCCESS
 *         HDF_ERR_INVALID_PARAM   NULL, or the listener is registered already, here or elsewhere
 *         HDF_ERR_INVALID_OBJECT  both its callbacks are NULL
 *         HDF_FAILURE             no thread can be had
 */
int HdfDeviceRegisterEventListener(struct HdfIoService *target,
                                   struct HdfDevEventlistener *listener);

/** HdfDeviceRegisterEventListenerWithSchedPolicy() - the same, the thread by SCHED_OTHER,
 * SCHED_FIFO or SCHED_RR: that of the registration which starts it counts, SCHED_OTHER where the
 * process may not have another. Return: also HDF_ERR_INVALID_PARAM for any other policy. */
int32_t HdfDeviceRegisterEventListenerWithSchedPolicy(struct HdfIoService *target,
                                                      struct HdfDevEventlistener *listener,
                                                      int policy);

/**
 * HdfDeviceUnregisterEventListener() - a listener hears nothing more, of a handle or of its group:
 * it leaves the list that it is in
 *
 * Unless called in one of its callbacks, none runs after this has returned.
 *
 * Return: HDF_SUCCESS
 *         HDF_ERR_INVALID_PARAM   NULL
 *         HDF_ERR_INVALID_OBJECT  it is not registered
 */
int HdfDeviceUnregisterEventListener(struct HdfIoService *target,
                                     struct HdfDevEventlistener *listener);

/** HdfIoserviceGetListenerCount() - how many listeners a handle has of its own; 0 for NULL */
int HdfIoserviceGetListenerCount(const struct HdfIoService *service);

/* ---- groups ---- */

/** HdfIoServiceGroupObtain() - an empty group, to HdfIoServiceGroupRecycle(); NULL without memory
 */
struct HdfIoServiceGroup *HdfIoServiceGroupObtain(void);

/** HdfIoServiceGroupRecycle() - ends a group. Its handles stay, and hear nothing until they have a
 * new listener or group; its listeners may be registered elsewhere. NULL is fine. */
void HdfIoServiceGroupRecycle(struct HdfIoServiceGroup *group);

/**
 * HdfIoServiceGroupAddService() - the group's thread hears a handle's events from now on
 *
 * Return: HDF_SUCCESS
 *         HDF_ERR_INVALID_PARAM  NULL
 *         HDF_ERR_DEVICE_BUSY    it is in a group, this one too, or has listeners of its own
 *         HDF_FAILURE            no thread can be had
 */
int32_t HdfIoServiceGroupAddService(struct HdfIoServiceGroup *group, struct HdfIoService *service);

/** HdfIoServiceGroupRemoveService() - no more. The group keeps its listeners, also without any
 * handle. NULL, and a handle that is not in it, are fine. */
void HdfIoServiceGroupRemoveService(struct HdfIoServiceGroup *group, struct HdfIoService *service);

/** HdfIoServiceGroupRegisterListener() - a listener hears the events of every handle of a group,
 * those added later too. Return: as HdfDeviceRegisterEventListener(). */
int32_t HdfIoServiceGroupRegisterListener(struct HdfIoServiceGroup *group,
                                          struct HdfDevEventlistener *listener);

/** HdfIoServiceGroupRegisterListenerWithSchedPolicy() - the same, the thread by a policy, as
 * HdfDeviceRegisterEventListenerWithSchedPolicy() has it */
int32_t HdfIoServiceGroupRegisterListenerWithSchedPolicy(struct HdfIoServiceGroup *group,
                                                         struct HdfDevEventlistener *listener,
                                                         int policy);

/** HdfIoServiceGroupUnregisterListener() - a listener hears nothing more.
 * Return: as HdfDeviceUnregisterEventListener(). */
int32_t HdfIoServiceGroupUnregisterListener(struct HdfIoServiceGroup *group,
                                            struct HdfDevEventlistener *listener);

/** HdfIoserviceGroupGetListenerCount() - its listeners and those of its handles; 0 for NULL and
 * while it has no thread, that is, no handle */
int HdfIoserviceGroupGetListenerCount(const struct HdfIoServiceGroup *group);

/** HdfIoserviceGroupGetServiceCount() - its handles; 0 for NULL */
int HdfIoserviceGroupGetServiceCount(const struct HdfIoServiceGroup *group);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
