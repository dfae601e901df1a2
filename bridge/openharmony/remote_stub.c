/*
 * Stubs: objects of this process that are called through the kit. The core's stub owns what is
 * here, so that it lives as long as any process holds the object, and its destroy callback is the
 * last that a program hears of it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/openharmony/context.h"
#include "bridge/openharmony/parcel.h"
#include "bridge/openharmony/remote.h"
#include "bridge/openharmony/unicode.h"
#include "include/openharmony/IPCKit/ipc_error_code.h"

#define CODE_MIN 0x01u
#define CODE_MAX 0x00ffffffu

struct remote_stub {
    OH_OnRemoteRequestCallback handle;
    OH_OnRemoteDestroyCallback destroy; /* may be NULL */
    void *user;                         /* the program's */
    char descriptor[];
};

/* Requests of other processes that are being handled, their replies included; counted so that a
 * child process can let the last replies out before it ends. */
static atomic_uint n_running;
static atomic_bool draining;
static pthread_mutex_t drain_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t drained = PTHREAD_COND_INITIALIZER;

static void running_begins(void)
{
    atomic_fetch_add(&n_running, 1);
}

static void running_ends(void)
{
    if (atomic_fetch_sub(&n_running, 1) > 1 || !atomic_load(&draining))
        return;
    pthread_mutex_lock(&drain_lock);
    pthread_cond_broadcast(&drained);
    pthread_mutex_unlock(&drain_lock);
}

void remote_stub_drain(uint32_t timeout_ms)
{
    struct timespec end;
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    atomic_store(&draining, true);
    pthread_mutex_lock(&drain_lock);
    while (atomic_load(&n_running) > 0)
        if (pthread_cond_timedwait(&drained, &drain_lock, &end) == ETIMEDOUT)
            break;
    pthread_mutex_unlock(&drain_lock);
}

/* ---- requests ---- */

/* What a handler may return; anything else becomes one error of the kit's own. */
static int filter_result(int result)
{
    bool passes = result == OH_IPC_SUCCESS ||
                  (result >= OH_IPC_ERROR_CODE_BASE && result <= OH_IPC_INNER_ERROR) ||
                  (result >= OH_IPC_USER_ERROR_CODE_MIN && result <= OH_IPC_USER_ERROR_CODE_MAX);
    return passes ? result : OH_IPC_INVALID_USER_ERROR_CODE;
}

int remote_stub_handle(struct remote_stub *stub, uint32_t code, const OHIPCParcel *data,
                       OHIPCParcel *reply)
{
    return filter_result(stub->handle(code, data, reply, stub->user));
}

static void answer_descriptor(struct remote_stub *stub, struct via_call *call)
{
    struct OHIPCParcel reply;
    enum via_status status = oh_parcel_init(&reply);
    if (status != VIA_OK) {
        (void)via_call_fail(call, status);
        return;
    }
    if (OH_IPCParcel_WriteInterfaceToken(&reply, stub->descriptor) == OH_IPC_SUCCESS)
        (void)via_call_reply(call, OH_IPC_SUCCESS, reply.payload);
    else
        (void)via_call_fail(call, VIA_TOO_LARGE);
    oh_parcel_deinit(&reply);
}

static void answer_request(struct remote_stub *stub, struct via_call *call)
{
    struct OHIPCParcel data;
    struct OHIPCParcel reply;
    enum via_status status = oh_parcel_init(&reply);
    if (status != VIA_OK) {
        (void)via_call_fail(call, status);
        return;
    }
    oh_parcel_init_received(&data, via_call_request(call));
    struct context context;
    context_enter(&context, call);
    int result = remote_stub_handle(stub, via_call_code(call), &data, &reply);
    context_leave(&context);

    /* As between processes of the system: the status travels only where there is no data. */
    if (via_parcel_size(reply.payload) > 0)
        result = OH_IPC_SUCCESS;
    if (!via_call_is_oneway(call))
        (void)via_call_reply(call, result, reply.payload);
    oh_parcel_deinit(&data);
    oh_parcel_deinit(&reply);
}

static void answer(void *user, struct via_call *call)
{
    struct remote_stub *stub = user;
    uint32_t code = via_call_code(call);
    running_begins();
    if (code >= CODE_MIN && code <= CODE_MAX)
        answer_request(stub, call);
    else if (code == REMOTE_DESCRIPTOR_CODE)
        answer_descriptor(stub, call);
    else
        (void)via_call_fail(call, VIA_UNSUPPORTED);
    running_ends();
}

static void forgotten(void *user)
{
    struct remote_stub *stub = user;
    if (stub->destroy != NULL) {
        context_enter_callback();
        stub->destroy(stub->user);
        context_leave_callback();
    }
    free(stub);
}

struct remote_stub *remote_stub_of(const struct via_stub *stub)
{
    return via_stub_user(stub, answer);
}

const char *remote_stub_descriptor(const struct remote_stub *stub)
{
    return stub->descriptor;
}

/* ---- handles ---- */

struct OHIPCRemoteStub *remote_stub_wrap(struct via_proxy *object)
{
    struct OHIPCRemoteStub *handle = calloc(1, sizeof *handle);
    if (handle == NULL)
        return NULL;
    struct via_stub *stub = via_proxy_local(object);
    if (stub != NULL)
        handle->stub = via_stub_ref(stub);
    else
        handle->object = via_proxy_ref(object);
    return handle;
}

struct via_proxy *remote_stub_object(const struct OHIPCRemoteStub *handle)
{
    return handle->stub != NULL ? via_stub_proxy(handle->stub) : via_proxy_ref(handle->object);
}

static bool is_descriptor(const char *descriptor)
{
    size_t n_units = 0;
    size_t size = strnlen(descriptor, REMOTE_DESCRIPTOR_MAX + 1);
    return size > 0 && size <= REMOTE_DESCRIPTOR_MAX && unicode_n_units(descriptor, size, &n_units);
}

/* ---- the kit ---- */

OHIPCRemoteStub *OH_IPCRemoteStub_Create(const char *descriptor,
                                         OH_OnRemoteRequestCallback requestCallback,
                                         OH_OnRemoteDestroyCallback destroyCallback, void *userData)
{
    if (descriptor == NULL || requestCallback == NULL || !is_descriptor(descriptor))
        return NULL;
    struct via_node *node = remote_node();
    size_t size = strlen(descriptor) + 1;
    struct OHIPCRemoteStub *handle = calloc(1, sizeof *handle);
    struct remote_stub *stub = malloc(sizeof *stub + size);
    if (node != NULL && handle != NULL && stub != NULL) {
        stub->handle = requestCallback;
        stub->destroy = destroyCallback;
        stub->user = userData;
        memcpy(stub->descriptor, descriptor, size);
        const struct via_stub_ops ops = {
            .size = sizeof ops, .call = answer, .destroyed = forgotten};
        if (via_stub_create(node, &ops, stub, &handle->stub) == VIA_OK)
            return handle;
    }
    free(stub);
    free(handle);
    return NULL;
}

void OH_IPCRemoteStub_Destroy(OHIPCRemoteStub *stub)
{
    if (stub == NULL)
        return;
    via_stub_unref(stub->stub);
    via_proxy_unref(stub->object);
    free(stub);
}
