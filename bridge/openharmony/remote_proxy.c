/*
 * Proxies: calling an object, and asking for its descriptor. An object of this process is called
 * directly, on the caller's own thread and parcels; any other through the core.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/openharmony/parcel.h"
#include "bridge/openharmony/remote.h"
#include "include/openharmony/IPCKit/ipc_error_code.h"

#define CODE_MIN 0x01u
#define CODE_MAX 0x00ffffffu
/* Across hosts a call does not wait for ever, as the system's own. */
#define REMOTE_TIMEOUT_S 8u
#define REMOTE_TIMEOUT_MAX_S 3000u

struct OHIPCRemoteProxy *remote_proxy_wrap(struct via_proxy *object)
{
    struct OHIPCRemoteProxy *handle = malloc(sizeof *handle);
    if (handle != NULL)
        handle->object = via_proxy_ref(object);
    return handle;
}

int remote_give_string(const char *string, char **stringp, int32_t *lenp,
                       OH_IPC_MemAllocator allocator)
{
    size_t size = strlen(string) + 1;
    *stringp = allocator((int32_t)size);
    if (*stringp == NULL)
        return OH_IPC_MEM_ALLOCATOR_ERROR;
    memcpy(*stringp, string, size);
    *lenp = (int32_t)size;
    return OH_IPC_SUCCESS;
}

/* ---- requests ---- */

static uint32_t timeout_for(const struct via_proxy *object, uint32_t seconds)
{
    if (!via_proxy_is_remote(object))
        return 0;
    if (seconds == 0)
        seconds = REMOTE_TIMEOUT_S;
    return (seconds < REMOTE_TIMEOUT_MAX_S ? seconds : REMOTE_TIMEOUT_MAX_S) * 1000;
}

/* What did not get through, in the kit's words. */
static int error_from_status(const struct via_proxy *object, enum via_status status)
{
    if (status == VIA_DEAD || via_proxy_death(object) != VIA_ALIVE)
        return OH_IPC_DEAD_REMOTE_OBJECT;
    return OH_IPC_INNER_ERROR;
}

/* What a callee returned; who is no callee of this kit may return anything. */
static int error_from_result(int32_t result)
{
    if (result == OH_IPC_SUCCESS ||
        (result >= OH_IPC_ERROR_CODE_BASE && result <= OH_IPC_INNER_ERROR) ||
        (result >= OH_IPC_USER_ERROR_CODE_MIN && result <= OH_IPC_USER_ERROR_CODE_MAX))
        return result;
    return OH_IPC_INNER_ERROR;
}

/* @stub is one of this process and family. The handler may drop the last handle to it. */
static int call_here(struct via_stub *stub, uint32_t code, const OHIPCParcel *data,
                     OHIPCParcel *reply)
{
    struct OHIPCParcel scratch;
    if (reply == NULL && oh_parcel_init(&scratch) != VIA_OK)
        return OH_IPC_INNER_ERROR;
    via_stub_ref(stub);
    int error =
        remote_stub_handle(remote_stub_of(stub), code, data, reply == NULL ? &scratch : reply);
    via_stub_unref(stub);
    if (reply == NULL)
        oh_parcel_deinit(&scratch);
    return error;
}

static int call_away(struct via_proxy *object, uint32_t code, const OHIPCParcel *data,
                     OHIPCParcel *reply, uint32_t timeout_ms)
{
    int32_t result = 0;
    struct via_parcel *payload = NULL;
    enum via_status status =
        via_proxy_call(object, code, data->payload, timeout_ms, &result, &payload);
    if (status != VIA_OK)
        return error_from_status(object, status);
    int error = error_from_result(result);
    if (via_parcel_size(payload) > 0) {
        oh_parcel_take_received(reply, payload);
        return error;
    }
    via_parcel_unref(payload);
    if (error == OH_IPC_SUCCESS && via_parcel_size(reply->payload) > 0 &&
        oh_parcel_reset(reply) != VIA_OK)
        return OH_IPC_INNER_ERROR;
    return error;
}

static int send_away(struct via_proxy *object, uint32_t code, const OHIPCParcel *data)
{
    enum via_status status = via_proxy_send(object, code, data->payload);
    return status == VIA_OK ? OH_IPC_SUCCESS : error_from_status(object, status);
}

/* ---- descriptors ---- */

static void *take_memory(int32_t len)
{
    return malloc((size_t)len);
}

/* Asks the object; sets *textp, to be freed, or leaves it NULL when it does not say. */
static int ask_descriptor(struct via_proxy *object, char **textp)
{
    struct via_parcel *payload = NULL;
    enum via_status status = via_proxy_call(object, REMOTE_DESCRIPTOR_CODE, NULL,
                                            timeout_for(object, 0), NULL, &payload);
    if (status != VIA_OK)
        return error_from_status(object, status);
    struct OHIPCParcel reply;
    oh_parcel_init_received(&reply, payload);
    int32_t len = 0;
    int error = OH_IPCParcel_ReadInterfaceToken(&reply, textp, &len, take_memory);
    oh_parcel_deinit(&reply);
    via_parcel_unref(payload);
    return error;
}

/* The descriptor of an object of another process, kept; "" where it does not say. */
static int find_descriptor(struct via_proxy *object, const char **textp)
{
    struct remote_object *remote = remote_object_of(object);
    *textp = remote == NULL ? NULL : remote_object_descriptor(remote);
    if (*textp != NULL)
        return OH_IPC_SUCCESS;
    char *answer = NULL;
    *textp = "";
    int error = ask_descriptor(object, &answer);
    if (error == OH_IPC_DEAD_REMOTE_OBJECT)
        return error;
    if (error == OH_IPC_SUCCESS && answer[0] != '\0' && remote != NULL) {
        const char *kept = remote_object_set_descriptor(remote, answer);
        *textp = kept == NULL ? "" : kept;
    }
    free(answer);
    return OH_IPC_SUCCESS;
}

/* ---- the kit ---- */

void OH_IPCRemoteProxy_Destroy(OHIPCRemoteProxy *proxy)
{
    if (proxy == NULL)
        return;
    via_proxy_unref(proxy->object);
    free(proxy);
}

int OH_IPCRemoteProxy_SendRequest(const OHIPCRemoteProxy *proxy, uint32_t code,
                                  const OHIPCParcel *data, OHIPCParcel *reply,
                                  const OH_IPC_MessageOption *option)
{
    if (proxy == NULL || data == NULL || (option != NULL && option->reserved != NULL))
        return OH_IPC_CHECK_PARAM_ERROR;
    if (code < CODE_MIN || code > CODE_MAX)
        return OH_IPC_CODE_OUT_OF_RANGE;
    bool async = option != NULL && option->mode == OH_IPC_REQUEST_MODE_ASYNC;
    if (!async && reply == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    struct via_stub *stub = via_proxy_local(proxy->object);
    if (stub != NULL && remote_stub_of(stub) != NULL)
        return call_here(stub, code, data, reply);
    if (async)
        return send_away(proxy->object, code, data);
    uint32_t seconds = option == NULL ? 0 : option->timeout;
    return call_away(proxy->object, code, data, reply, timeout_for(proxy->object, seconds));
}

int OH_IPCRemoteProxy_GetInterfaceDescriptor(OHIPCRemoteProxy *proxy, char **descriptor,
                                             int32_t *len, OH_IPC_MemAllocator allocator)
{
    if (proxy == NULL || descriptor == NULL || len == NULL || allocator == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    struct via_stub *stub = via_proxy_local(proxy->object);
    struct remote_stub *ours = stub == NULL ? NULL : remote_stub_of(stub);
    if (ours != NULL)
        return remote_give_string(remote_stub_descriptor(ours), descriptor, len, allocator);
    const char *text = NULL;
    int error = find_descriptor(proxy->object, &text);
    return error == OH_IPC_SUCCESS ? remote_give_string(text, descriptor, len, allocator) : error;
}
