/*
 * Nodes around one gateway, and what they publish and find; a failure fails the test.
 */
#include "tests/integration/core_world.h"

#include <cmocka.h>
#include <stdio.h>

#define FIND_MS 20000u

struct via_node *world_node_at(const char *socket, unsigned n_workers)
{
    char address[128];
    struct via_node *node;
    (void)snprintf(address, sizeof address, "unix:%s", socket);
    const struct via_node_options options = {
        .size = sizeof options, .connect_ms = 60000, .gateway = address, .n_workers = n_workers};
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    return node;
}

struct via_node *world_node(const struct gateway_thread *gateway, unsigned n_workers)
{
    return world_node_at(gateway->socket, n_workers);
}

struct via_stub *world_publish(struct via_node *node, const char *name, via_call_fn call,
                               void *user)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = call};
    struct via_stub *stub;
    assert_int_equal(via_stub_create(node, &ops, user, &stub), VIA_OK);
    assert_int_equal(via_node_publish(node, "core", name, stub, NULL), VIA_OK);
    return stub;
}

struct via_proxy *world_find(struct via_node *node, const char *name)
{
    struct via_proxy *proxy;
    assert_int_equal(via_node_find(node, "core", name, FIND_MS, &proxy), VIA_OK);
    return proxy;
}

struct via_parcel *world_parcel(uint32_t value)
{
    struct via_parcel *parcel;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_write_u32(parcel, value), VIA_OK);
    return parcel;
}

uint32_t world_value(struct via_parcel *parcel)
{
    uint32_t value;
    assert_int_equal(via_parcel_read_u32(parcel, &value), VIA_OK);
    return value;
}

void world_answer(struct via_call *call, uint32_t value)
{
    struct via_parcel *reply = world_parcel(value);
    assert_int_equal(via_call_reply(call, 0, reply), VIA_OK);
    via_parcel_unref(reply);
}

uint32_t world_ask(struct via_proxy *proxy, uint32_t code, uint32_t value)
{
    struct via_parcel *request = world_parcel(value), *reply;
    assert_int_equal(via_proxy_call(proxy, code, request, 0, NULL, &reply), VIA_OK);
    uint32_t answer = world_value(reply);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    return answer;
}
