/*
 * The core's side: one object, whose calls the node's workers take.
 */
#include <viaduct/viaduct.h>

#include "tests/bench/phoenix_side.h"

#define FIND_MS 5000u

static uint8_t octets[PHOENIX_SIDE_MOST];

/* ---- the service ---- */

static enum via_status write_answer(uint32_t code, struct via_parcel *request,
                                    struct via_parcel *reply)
{
    const void *came = NULL;
    size_t size = 0;
    uint32_t wanted = 0;
    enum via_status status = VIA_OK;
    if (code != PHOENIX_SIDE_GIVE)
        status = via_parcel_read_bytes(request, &came, &size);
    else if ((status = via_parcel_read_u32(request, &wanted)) == VIA_OK)
        status = via_parcel_write_bytes(reply, octets, wanted <= sizeof octets ? wanted : 0);
    if (code == PHOENIX_SIDE_ECHO && status == VIA_OK)
        status = via_parcel_write_bytes(reply, came, size);
    return status;
}

static void handle(void *user, struct via_call *call)
{
    (void)user;
    struct via_parcel *reply = NULL;
    enum via_status status = via_parcel_create(&reply);
    if (status == VIA_OK)
        status = write_answer(via_call_code(call), via_call_request(call), reply);
    if (!via_call_is_oneway(call))
        (void)(status == VIA_OK ? via_call_reply(call, 0, reply) : via_call_fail(call, status));
    via_parcel_unref(reply);
}

static int serve(const char *name, unsigned n_threads)
{
    struct via_stub *stub = NULL; /* stays as long as the process */
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    (void)n_threads; /* the node has as many as it takes */
    return via_stub_create(via_node_default(), &ops, NULL, &stub) != VIA_OK ||
           via_node_publish(via_node_default(), "core", name, stub, NULL) != VIA_OK;
}

/* ---- a client ---- */

static struct via_proxy *proxy;

static int open_core(const char *name)
{
    return via_node_find(via_node_default(), "core", name, FIND_MS, &proxy) != VIA_OK;
}

static enum via_status write_request(enum phoenix_side_shape shape, size_t size,
                                     struct via_parcel **requestp)
{
    enum via_status status = via_parcel_create(requestp);
    if (status != VIA_OK)
        return status;
    return shape == PHOENIX_SIDE_GIVE ? via_parcel_write_u32(*requestp, (uint32_t)size)
                                      : via_parcel_write_bytes(*requestp, octets, size);
}

static int ask(enum phoenix_side_shape shape, size_t size)
{
    struct via_parcel *request = NULL, *reply = NULL;
    const void *came = NULL;
    size_t n = shape == PHOENIX_SIDE_TAKE ? size : 0;
    enum via_status status = write_request(shape, size, &request);
    if (status == VIA_OK)
        status = via_proxy_call(proxy, (uint32_t)shape, request, 0, NULL, &reply);
    if (status == VIA_OK && shape != PHOENIX_SIDE_TAKE)
        status = via_parcel_read_bytes(reply, &came, &n);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    return status != VIA_OK || n != size;
}

static int send_one(size_t size)
{
    struct via_parcel *request = NULL;
    enum via_status status = write_request(PHOENIX_SIDE_TAKE, size, &request);
    if (status == VIA_OK)
        status = via_proxy_send(proxy, PHOENIX_SIDE_TAKE, request);
    via_parcel_unref(request);
    return status != VIA_OK;
}

const struct phoenix_side phoenix_side_core = {
    .name = "core", .serve = serve, .open = open_core, .ask = ask, .send = send_one};
