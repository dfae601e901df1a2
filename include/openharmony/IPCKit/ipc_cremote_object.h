/*
 * OpenHarmony IPC Kit: remote objects. A stub is called, a proxy calls, a death recipient is told
 * when an object will never answer again. All may be used from several threads at once.
 *
 * Source of every behaviour here: docs/openharmony.md, "Remote objects", and the system's
 * ipc_cremote_object.h.
 */
#ifndef CAPI_INCLUDE_IPC_CREMOTE_OBJECT_H
#define CAPI_INCLUDE_IPC_CREMOTE_OBJECT_H

#include <stdint.h>

#include "ipc_cparcel.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** OHIPCDeathRecipient - who is told of deaths; opaque */
typedef struct OHIPCDeathRecipient OHIPCDeathRecipient;

/* ---- stubs ---- */

/**
 * OH_OnRemoteRequestCallback - handles one request
 * @code:     as the caller gave it
 * @data:     what was sent; good during the call only
 * @reply:    to be filled; never NULL, thrown away for an asynchronous request
 * @userData: as given to OH_IPCRemoteStub_Create()
 *
 * Runs on a worker, several at once for one stub. Handles and descriptors read from @data may be
 * kept; pointers into it may not.
 *
 * Return: OH_IPC_SUCCESS, or an error code; 1909000 to 1909999 are the program's own. Whoever
 * fails writes nothing to @reply: a reply hides the error from a caller in another process.
 */
typedef int (*OH_OnRemoteRequestCallback)(uint32_t code, const OHIPCParcel *data,
                                          OHIPCParcel *reply, void *userData);

/** OH_OnRemoteDestroyCallback - the stub is gone for good: @userData may be freed */
typedef void (*OH_OnRemoteDestroyCallback)(void *userData);

/**
 * OH_IPCRemoteStub_Create() - an object that can be called
 * @descriptor:      the name of its interface, UTF-8, 1 to 204,800 octets; copied
 * @requestCallback: handles its requests
 * @destroyCallback: told when nobody holds it any more; may be NULL
 * @userData:        for both; may be NULL
 *
 * Starts no thread and waits for none: safe in a static constructor.
 *
 * Return: a handle, OH_IPCRemoteStub_Destroy() it; NULL for wrong arguments or without memory.
 */
OHIPCRemoteStub *OH_IPCRemoteStub_Create(const char *descriptor,
                                         OH_OnRemoteRequestCallback requestCallback,
                                         OH_OnRemoteDestroyCallback destroyCallback,
                                         void *userData);
/**
 * OH_IPCRemoteStub_Destroy() - gives this handle back
 * @stub: NULL is allowed
 *
 * Requests go on arriving as long as anybody, in any process, holds a reference; after the last
 * one the destroy callback runs, inside this function if that was the last.
 */
void OH_IPCRemoteStub_Destroy(OHIPCRemoteStub *stub);

/* ---- proxies ---- */

/** OH_IPCRemoteProxy_Destroy() - gives this handle back; NULL is allowed */
void OH_IPCRemoteProxy_Destroy(OHIPCRemoteProxy *proxy);

/** OH_IPC_RequestMode - whether to wait for the handler */
typedef enum { OH_IPC_REQUEST_MODE_SYNC = 0, OH_IPC_REQUEST_MODE_ASYNC = 1 } OH_IPC_RequestMode;

#pragma pack(4)
/**
 * OH_IPC_MessageOption - how to send
 * @mode:     synchronous or not
 * @timeout:  seconds to wait for an object on another host, 0 for 8, at most 3,000; on one host a
 *            call waits as long as the other side lives
 * @reserved: NULL
 */
typedef struct {
    OH_IPC_RequestMode mode;
    uint32_t timeout;
    void *reserved;
} OH_IPC_MessageOption;
#pragma pack()

/**
 * OH_IPCRemoteProxy_SendRequest() - calls an object
 * @proxy:  whom
 * @code:   0x01 to 0x00ffffff
 * @data:   all of it is sent, whatever its cursors; unchanged, may be empty
 * @reply:  replaced by the reply if it brought data; NULL, and untouched, when asynchronous
 * @option: NULL for synchronous
 *
 * An asynchronous request returns when it has been handed over; those to one object are handled in
 * the order they were sent, one at a time. An object of the own process is called directly on this
 * thread, with these very parcels.
 *
 * Return: OH_IPC_SUCCESS; what the handler returned; OH_IPC_CHECK_PARAM_ERROR;
 * OH_IPC_CODE_OUT_OF_RANGE; OH_IPC_DEAD_REMOTE_OBJECT; OH_IPC_INNER_ERROR when it could not be
 * sent, or was not answered in time.
 */
int OH_IPCRemoteProxy_SendRequest(const OHIPCRemoteProxy *proxy, uint32_t code,
                                  const OHIPCParcel *data, OHIPCParcel *reply,
                                  const OH_IPC_MessageOption *option);

/**
 * OH_IPCRemoteProxy_GetInterfaceDescriptor() - the name of the object's interface
 * @descriptor: set to what @allocator returned
 * @len:        set on success to its octets with the NUL
 * @allocator:  gives the memory
 *
 * Asks the object at first use; the answer is kept, also beyond its death.
 *
 * Return: OH_IPC_SUCCESS, with "" where the object could not be asked; OH_IPC_CHECK_PARAM_ERROR
 * for NULL; OH_IPC_MEM_ALLOCATOR_ERROR; OH_IPC_DEAD_REMOTE_OBJECT for one that died unasked.
 */
int OH_IPCRemoteProxy_GetInterfaceDescriptor(OHIPCRemoteProxy *proxy, char **descriptor,
                                             int32_t *len, OH_IPC_MemAllocator allocator);

/* ---- deaths ---- */

/** OH_OnDeathRecipientCallback - the object died; runs on a worker, once for each registration */
typedef void (*OH_OnDeathRecipientCallback)(void *userData);
/** OH_OnDeathRecipientDestroyCallback - the recipient is gone for good: @userData may be freed */
typedef void (*OH_OnDeathRecipientDestroyCallback)(void *userData);

/**
 * OH_IPCDeathRecipient_Create() - someone to be told of deaths
 * @deathRecipientCallback: told of them
 * @destroyCallback:        told when neither a handle nor a registration holds it; may be NULL
 * @userData:               for both; may be NULL
 *
 * Return: a handle, OH_IPCDeathRecipient_Destroy() it; NULL without callback or memory.
 */
OHIPCDeathRecipient *OH_IPCDeathRecipient_Create(OH_OnDeathRecipientCallback deathRecipientCallback,
                                                 OH_OnDeathRecipientDestroyCallback destroyCallback,
                                                 void *userData);
/** OH_IPCDeathRecipient_Destroy() - gives this handle back; what is registered stays so. NULL is
 * allowed. */
void OH_IPCDeathRecipient_Destroy(OHIPCDeathRecipient *recipient);

/**
 * OH_IPCRemoteProxy_AddDeathRecipient() - one registration more with the object, whatever handle
 *
 * It ends with the death, or with OH_IPCRemoteProxy_RemoveDeathRecipient(); not when the handles
 * are destroyed.
 *
 * Return: OH_IPC_SUCCESS; OH_IPC_CHECK_PARAM_ERROR for NULL; OH_IPC_INNER_ERROR for an object that
 * is known to be dead, or of this process.
 */
int OH_IPCRemoteProxy_AddDeathRecipient(OHIPCRemoteProxy *proxy, OHIPCDeathRecipient *recipient);
/**
 * OH_IPCRemoteProxy_RemoveDeathRecipient() - takes the first registration of @recipient back
 *
 * Return: OH_IPC_SUCCESS; OH_IPC_CHECK_PARAM_ERROR for NULL; OH_IPC_INNER_ERROR when there is
 * none, it has fired, or the object is of this process.
 */
int OH_IPCRemoteProxy_RemoveDeathRecipient(OHIPCRemoteProxy *proxy, OHIPCDeathRecipient *recipient);

/** OH_IPCRemoteProxy_IsRemoteDead() - 1 when it died, or for NULL; else 0 */
int OH_IPCRemoteProxy_IsRemoteDead(const OHIPCRemoteProxy *proxy);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
