/*
 * Many: services in one process, clients of one gateway, calls that wait in one link.
 */
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>

#include "tests/integration/core_world.h"

#define SERVICES 10000u
#define CLIENTS 200u

static struct gateway_thread gateway;

static int start(void **state)
{
    (void)state;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -1;
    limit.rlim_cur = limit.rlim_max; /* each client has three here, and one at the gateway */
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -1;
    gateway_thread_start(&gateway, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    gateway_thread_stop(&gateway);
    return 0;
}

static void handle(void *user, struct via_call *call)
{
    world_answer(call, *(uint32_t *)user + world_value(via_call_request(call)));
}

static void ten_thousand_services_are_found(void **state)
{
    (void)state;
    static struct via_stub *stubs[SERVICES];
    static uint32_t numbers[SERVICES];
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    char name[32];
    for (uint32_t i = 0; i < SERVICES; i++) {
        numbers[i] = i;
        (void)snprintf(name, sizeof name, "service-%u", i);
        stubs[i] = world_publish(service, name, handle, &numbers[i]);
    }
    for (uint32_t i = 0; i < SERVICES; i += 7) {
        (void)snprintf(name, sizeof name, "service-%u", i);
        struct via_proxy *proxy = world_find(client, name);
        assert_int_equal(world_ask(proxy, 1, 5), i + 5);
        via_proxy_unref(proxy);
    }
    via_node_destroy(client);
    via_node_destroy(service);
    for (uint32_t i = 0; i < SERVICES; i++)
        via_stub_unref(stubs[i]);
}

static void two_hundred_clients_are_served(void **state)
{
    (void)state;
    static struct via_node *nodes[CLIENTS];
    static struct via_proxy *proxies[CLIENTS];
    uint32_t one = 1;
    struct via_node *service = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(service, "popular", handle, &one);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        nodes[i] = world_node(&gateway, 1);
        proxies[i] = world_find(nodes[i], "popular");
    }
    for (uint32_t round = 0; round < 10; round++)
        for (uint32_t i = 0; i < CLIENTS; i++)
            assert_int_equal(world_ask(proxies[i], 1, i), i + 1);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        via_proxy_unref(proxies[i]);
        via_node_destroy(nodes[i]);
    }
    via_stub_unref(stub);
    via_node_destroy(service);
}

struct flood {
    struct bell told;
    atomic_uint n_ok, n_busy, n_other;
};

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct flood *flood = user;
    (void)result;
    (void)reply;
    (void)atomic_fetch_add(status == VIA_OK     ? &flood->n_ok
                           : status == VIA_BUSY ? &flood->n_busy
                                                : &flood->n_other,
                           1);
    bell_ring(&flood->told);
}

static void hold(void *user, struct via_call *call)
{
    assert_true(bell_wait(user, 1));
    world_answer(call, 1);
}

static void a_full_link_is_busy_and_recovers(void **state)
{
    (void)state;
    struct bell go = BELL_INIT;
    struct flood flood = {.told = BELL_INIT};
    struct via_node *service = world_node(&gateway, 1), *client = world_node(&gateway, 1);
    struct via_stub *stub = world_publish(service, "slow", hold, &go);
    struct via_proxy *proxy = world_find(client, "slow");
    struct via_parcel *request;
    static const uint8_t octets[65536];
    unsigned n_sent = 0;
    enum via_status status = VIA_OK;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_bytes(request, octets, sizeof octets), VIA_OK);
    /* The callee's process takes what comes; at 65,536 calls it is full, if not before. */
    while (n_sent < 70000 && status == VIA_OK && atomic_load(&flood.n_busy) == 0) {
        status = via_proxy_call_async(proxy, 1, n_sent < 1000 ? request : NULL, 0, on_reply, &flood,
                                      NULL);
        if (status == VIA_OK)
            n_sent++;
    }
    assert_true(status == VIA_BUSY || atomic_load(&flood.n_busy) > 0);
    bell_ring(&go);
    assert_true(bell_wait(&flood.told, n_sent));
    assert_int_equal(atomic_load(&flood.n_other), 0);
    assert_int_equal(atomic_load(&flood.n_ok) + atomic_load(&flood.n_busy), n_sent);
    assert_int_equal(world_ask(proxy, 1, 1), 1);
    via_parcel_unref(request);
    via_proxy_unref(proxy);
    via_node_destroy(client);
    via_stub_unref(stub);
    via_node_destroy(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_services_are_found),
        cmocka_unit_test(two_hundred_clients_are_served),
        cmocka_unit_test(a_full_link_is_busy_and_recovers),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
