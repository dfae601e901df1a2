/*
 * The core's side: one object, found by its name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <viaduct/viaduct.h>

#include "tests/bench/figures.h"
#include "tests/bench/hdf_side.h"

#define FIND_MS 5000u

/* ---- the service ---- */

static struct via_stub *stub;

static void send_one(uint64_t index)
{
    struct via_parcel *event;
    if (via_parcel_create(&event) != VIA_OK)
        return;
    enum via_status status = via_parcel_write_u64(event, figures_now_ns());
    for (unsigned i = 1; i < HDF_SIDE_NUMBERS && status == VIA_OK; i++)
        status = via_parcel_write_u64(event, index);
    if (status == VIA_OK)
        (void)via_stub_emit(stub, 1, event);
    via_parcel_unref(event);
}

static void echo(struct via_call *call)
{
    const void *octets = NULL;
    size_t size = 0;
    struct via_parcel *reply = NULL;
    enum via_status status = via_parcel_read_bytes(via_call_request(call), &octets, &size);
    if (status == VIA_OK)
        status = via_parcel_create(&reply);
    if (status == VIA_OK)
        status = via_parcel_write_bytes(reply, octets, size);
    (void)(status == VIA_OK ? via_call_reply(call, 0, reply) : via_call_fail(call, status));
    via_parcel_unref(reply);
}

static void handle(void *user, struct via_call *call)
{
    uint32_t n = 0, pace_us = 0;
    (void)user;
    if (via_call_code(call) == HDF_SIDE_ECHO) {
        echo(call);
        return;
    }
    if (via_parcel_read_u32(via_call_request(call), &n) == VIA_OK &&
        via_parcel_read_u32(via_call_request(call), &pace_us) == VIA_OK)
        hdf_side_send(send_one, n, pace_us);
    (void)via_call_reply(call, 0, NULL);
}

int hdf_side_publish_core(void)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    return via_stub_create(via_node_default(), &ops, NULL, &stub) != VIA_OK ||
           via_node_publish(via_node_default(), "core", HDF_SIDE_NAME, stub, NULL) != VIA_OK;
}

/* ---- a client ---- */

static struct via_proxy *proxy;
static hdf_side_heard_fn heard;

static int open_core(void)
{
    return via_node_find(via_node_default(), "core", HDF_SIDE_NAME, FIND_MS, &proxy) != VIA_OK;
}

static int call_once(struct via_parcel *request, size_t size)
{
    const void *octets = NULL;
    size_t came = 0;
    struct via_parcel *reply = NULL;
    enum via_status status = via_proxy_call(proxy, HDF_SIDE_ECHO, request, 0, NULL, &reply);
    if (status == VIA_OK)
        status = via_parcel_read_bytes(reply, &octets, &came);
    via_parcel_unref(reply);
    return status != VIA_OK || came != size;
}

static int echo_many(size_t size, unsigned n, uint64_t *ns)
{
    int failed = 0;
    uint8_t *octets = calloc(1, size);
    for (unsigned i = 0; i < n && octets != NULL && !failed; i++) {
        struct via_parcel *request = NULL;
        uint64_t start = figures_now_ns();
        failed = via_parcel_create(&request) != VIA_OK ||
                 via_parcel_write_bytes(request, octets, size) != VIA_OK ||
                 call_once(request, size) != 0;
        via_parcel_unref(request);
        ns[i] = figures_now_ns() - start;
    }
    failed = failed || octets == NULL;
    free(octets);
    return failed;
}

static int ask(unsigned n, unsigned pace_us)
{
    struct via_parcel *request = NULL;
    int failed = via_parcel_create(&request) != VIA_OK ||
                 via_parcel_write_u32(request, n) != VIA_OK ||
                 via_parcel_write_u32(request, pace_us) != VIA_OK ||
                 via_proxy_call(proxy, pace_us == 0 ? HDF_SIDE_BURST : HDF_SIDE_PACE, request, 0,
                                NULL, NULL) != VIA_OK;
    via_parcel_unref(request);
    return failed;
}

static void on_event(void *user, const struct via_event *event)
{
    uint64_t sent_ns = 0, index = 0;
    (void)user;
    if (via_parcel_read_u64(event->data, &sent_ns) == VIA_OK &&
        via_parcel_read_u64(event->data, &index) == VIA_OK)
        heard(sent_ns, index);
}

/* They stay as long as the process. */
static int listen_many(unsigned n, bool grouped, hdf_side_heard_fn fn)
{
    (void)grouped; /* workers take all of them */
    int failed = 0;
    heard = fn;
    for (unsigned i = 0; i < n && !failed; i++) {
        struct via_subscription *subscription = NULL;
        failed = via_proxy_subscribe(proxy, NULL, on_event, NULL, &subscription) != VIA_OK;
    }
    return failed;
}

static void close_core(void)
{
    proxy = via_proxy_unref(proxy);
}

const struct hdf_side hdf_side_core = {.name = "core",
                                       .open = open_core,
                                       .echo = echo_many,
                                       .ask = ask,
                                       .listen = listen_many,
                                       .close = close_core};
