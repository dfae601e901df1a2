/*
 * Who may open a service is the gateway's to judge, by the mode, for callers of this host; callers
 * of another one are nobody's user here and count as others. The original needs a file opened for
 * reading and writing: a class of users without both rights has none.
 */
#include "bridge/hdf/device_service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/device_caller.h"
#include "bridge/hdf/device_client.h"
#include "bridge/hdf/handle.h"
#include "bridge/hdf/sbuf.h"
#include "bridge/log.h"

#define FAMILY "hdf"
#define PROTOCOL "hdf class=%" PRIu32 " device=%" PRIu32

void device_notice_write(char text[DEVICE_NOTICE_SIZE], const struct device_notice *notice)
{
    (void)snprintf(text, DEVICE_NOTICE_SIZE, PROTOCOL, (uint32_t)notice->device_class, notice->id);
}

bool device_notice_read(const char *text, struct device_notice *notice)
{
    static const char first[] = "hdf class=", second[] = " device=";
    char written[DEVICE_NOTICE_SIZE], *end;
    if (strncmp(text, first, sizeof first - 1) != 0)
        return false;
    unsigned long device_class = strtoul(text + sizeof first - 1, &end, 10);
    if (device_class > UINT16_MAX || strncmp(end, second, sizeof second - 1) != 0)
        return false;
    *notice = (struct device_notice){.device_class = (uint16_t)device_class,
                                     .id = (uint32_t)strtoul(end + sizeof second - 1, NULL, 10)};
    device_notice_write(written, notice); /* nothing else stands there */
    return strcmp(written, text) == 0;
}

/* ---- clients of other processes ---- */

/* For a process that has not too many running already. */
static int32_t dispatch(struct device_client *client, const struct via_call *call,
                        struct HdfSBuf *data, struct HdfSBuf *reply)
{
    if (!device_caller_enter(client->caller))
        return HDF_ERR_DEVICE_BUSY;
    int32_t result = device_client_dispatch(client, (int)(int32_t)via_call_code(call), data, reply);
    device_caller_leave(client->caller);
    return result;
}

static void handle_call(void *user, struct via_call *call)
{
    struct device_client *client = user;
    struct via_parcel *payload = NULL;
    struct HdfSBuf *data = sbuf_wrap(via_call_request(call));
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    if (data == NULL || reply == NULL) {
        (void)via_call_fail(call, VIA_NO_MEMORY);
    } else { /* a oneway's reply goes nowhere, as one that a program has no sbuf for */
        int32_t result = dispatch(client, call, data, reply);
        enum via_status status = sbuf_payload(reply, &payload);
        if (status == VIA_OK)
            (void)via_call_reply(call, result, payload);
        else
            (void)via_call_fail(call, status);
    }
    (void)via_parcel_unref(payload);
    HdfSbufRecycle(reply);
    HdfSbufRecycle(data);
}

static void on_unreferenced(void *user)
{
    device_client_close(user);
}

/* One that never left this process is closed here. */
static void on_client_destroyed(void *user)
{
    device_client_close(user);
    device_client_unref(user);
}

static const struct via_stub_ops client_ops = {.size = sizeof client_ops,
                                               .call = handle_call,
                                               .unreferenced = on_unreferenced,
                                               .destroyed = on_client_destroyed};

static bool may_open(const struct device_node *node, const struct via_caller *caller)
{
    devices_lock();
    bool may = node->policy == SERVICE_POLICY_CAPACITY &&
               (!caller->remote || (node->mode & 06u) == 06u); /* others' */
    devices_unlock();
    return may;
}

/* A stub for a client that has been opened: both live as long as it is held. */
static enum via_status give_stub(struct device_client *client, struct via_stub **openedp)
{
    struct via_stub *stub = NULL;
    (void)atomic_fetch_add(&client->refs, 1); /* the stub's */
    enum via_status status = via_stub_create(hdf_node(), &client_ops, client, &stub);
    if (status != VIA_OK) {
        device_client_unref(client);
        device_client_close(client);
        return status;
    }
    devices_lock();
    bool is_open = !client->is_closed; /* else the node has just ended */
    if (is_open)
        client->stub = via_stub_ref(stub);
    devices_unlock();
    if (!is_open) {
        (void)via_stub_unref(stub); /* and the client with it */
        return VIA_INVALID;
    }
    *openedp = stub;
    return VIA_OK;
}

static enum via_status open_for(struct device_caller *caller, struct device_node *node,
                                struct device_client **clientp)
{
    if (!device_caller_enter(caller))
        return VIA_BUSY;
    enum via_status status = VIA_OK;
    if (node->is_on_demand && device_wake(node) != HDF_SUCCESS)
        status = VIA_NOT_FOUND;
    else if (device_client_open(node, clientp) != HDF_SUCCESS)
        status = VIA_INVALID;
    device_caller_leave(caller);
    return status;
}

static enum via_status handle_open(void *user, const struct via_caller *facts,
                                   struct via_parcel *request, struct via_proxy *back,
                                   struct via_stub **openedp, struct via_parcel *answer)
{
    struct device_node *node = user;
    struct device_client *client = NULL;
    (void)request;
    (void)back;
    (void)answer;
    if (!may_open(node, facts))
        return VIA_DENIED;
    struct device_caller *caller = device_caller_find(facts);
    if (caller == NULL)
        return VIA_NO_MEMORY;
    enum via_status status = open_for(caller, node, &client);
    if (status != VIA_OK) {
        device_caller_unref(caller);
        return status;
    }
    client->caller = caller;
    return give_stub(client, openedp);
}

static void on_service_destroyed(void *user)
{
    device_unref(user);
}

static const struct via_stub_ops service_ops = {
    .size = sizeof service_ops, .open = handle_open, .destroyed = on_service_destroyed};

/* ---- the name ---- */

/* As a directory's mode, where the right to write is the right to call. */
static uint32_t mode_of(const struct device_node *node)
{
    uint32_t mode = node->policy == SERVICE_POLICY_CAPACITY ? node->mode : 0;
    uint32_t rights = 0400; /* 0 would mean the usual */
    for (unsigned shift = 0; shift <= 6; shift += 3)
        if ((mode >> shift & 06u) == 06u)
            rights |= 06u << shift;
    return rights;
}

static const char *const class_names[] = {"default", "plat",   "sensor", "input",    "display",
                                          "audio",   "camera", "usb",    "userauth", "himediacomm"};

static const char *class_name(uint32_t device_class)
{
    for (size_t i = 0; i < sizeof class_names / sizeof *class_names; i++)
        if (device_class == 1u << i)
            return class_names[i];
    return "";
}

/* The host's own services are no devices: nothing is said of them that would make them some. */
static void write_notice(char notice[DEVICE_NOTICE_SIZE], const struct device_node *node)
{
    notice[0] = '\0';
    if (node->id == 0)
        return;
    device_notice_write(notice,
                        &(struct device_notice){.device_class = (uint16_t)node->object.deviceClass,
                                                .id = node->id});
}

static enum via_status say(struct device_node *node, uint32_t more_flags)
{
    char notice[DEVICE_NOTICE_SIZE], info[DEVICE_INFO_MAX + 1];
    write_notice(notice, node);
    devices_lock();
    memcpy(info, node->info, sizeof info);
    struct via_stub *stub = via_stub_ref(node->stub);
    devices_unlock();
    struct via_publish_options options = {.size = sizeof options,
                                          .flags =
                                              VIA_PUBLISH_OPENS | VIA_PUBLISH_LATER | more_flags,
                                          .mode = mode_of(node),
                                          .class_name = class_name(node->object.deviceClass),
                                          .protocol = notice,
                                          .message_size = SBUF_SIZE_MAX,
                                          .info = info};
    if (node->policy != SERVICE_POLICY_CAPACITY)
        options.flags |= VIA_PUBLISH_LOCAL;
    enum via_status status =
        via_node_publish(hdf_node(), FAMILY, node->service_name, stub, &options);
    (void)via_stub_unref(stub);
    return status;
}

static enum via_status make_stub(struct device_node *node)
{
    struct via_node *via = hdf_node();
    if (via == NULL)
        return VIA_NO_MEMORY;
    (void)atomic_fetch_add(&node->refs, 1); /* the stub's */
    struct via_stub *stub = NULL;
    enum via_status status = via_stub_create(via, &service_ops, node, &stub);
    if (status != VIA_OK)
        device_unref(node);
    devices_lock();
    node->stub = stub;
    devices_unlock();
    return status;
}

/* It is the caller's from now on. */
static struct via_stub *take_stub(struct device_node *node)
{
    devices_lock();
    struct via_stub *stub = node->stub;
    node->stub = NULL;
    devices_unlock();
    return stub;
}

static int32_t publish(struct device_node *node, uint32_t more_flags)
{
    bool had_one = node->stub != NULL;
    enum via_status status = had_one ? VIA_OK : make_stub(node);
    if (status == VIA_OK)
        status = say(node, more_flags);
    if (status == VIA_OK)
        return HDF_SUCCESS;
    log_error("hdf.service.not_published", "service=%s status=%s", node->service_name,
              via_status_name(status));
    if (!had_one)
        (void)via_stub_unref(take_stub(node));
    return HDF_DEV_ERR_PUBLISH_FAIL;
}

int32_t device_service_publish(struct device_node *node)
{
    return publish(node, 0);
}

int32_t device_service_offer(struct device_node *node)
{
    return publish(node, VIA_PUBLISH_UNLISTED);
}

int32_t device_service_update(struct device_node *node)
{
    return say(node, 0) == VIA_OK ? HDF_SUCCESS : HDF_FAILURE;
}

void device_service_withdraw(struct device_node *node)
{
    struct via_stub *stub = take_stub(node);
    if (stub != NULL)
        via_stub_withdraw(stub);
    (void)via_stub_unref(stub);
}
