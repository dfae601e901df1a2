/*
 * Allocations of a steady call, counted: in the gateway, and in the library at both ends.
 */
#include <cmocka.h>

#include "tests/integration/core_world.h"
#include "tests/integration/counted_memory.h"

#define CALLS 1000u

static struct gateway_thread gateway;

static void handle(void *user, struct via_call *call)
{
    (void)user;
    world_answer(call, 1 + world_value(via_call_request(call)));
}

static void a_steady_call_allocates_next_to_nothing(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    counted_memory_tell_apart(&gateway);
    const struct counted_memory at_first = counted_memory_now();
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(service, "frugal", handle, NULL);
    struct via_proxy *proxy = world_find(client, "frugal");
    for (uint32_t i = 0; i < CALLS; i++)
        assert_int_equal(world_ask(proxy, 1, i), i + 1);
    const struct counted_memory before = counted_memory_now();
    const struct counted_memory began = counted_memory_between(&at_first, &before);
    assert_true(began.by_gateway > 0); /* to begin takes some, and they are seen */
    assert_true(began.allocations > 0);
    for (uint32_t i = 0; i < CALLS; i++)
        assert_int_equal(world_ask(proxy, 1, i), i + 1);
    const struct counted_memory after = counted_memory_now();
    const struct counted_memory took = counted_memory_between(&before, &after);
    print_message("%u in the gateway, %u in the library at both ends, in %u calls\n",
                  took.by_gateway, took.allocations, CALLS);
    /* A few are for what grows once, and for a worker that is started meanwhile. */
    assert_true(took.by_gateway <= 10);
    assert_true(took.allocations <= CALLS);
    via_proxy_unref(proxy);
    via_node_destroy(client);
    via_stub_unref(stub);
    via_node_destroy(service);
    gateway_thread_stop(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_call_allocates_next_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
