/*
 * Allocations of a steady call, counted: in the gateway, and in the library at both ends.
 */
#include <cmocka.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/integration/core_world.h"

#define CALLS 1000u

static struct gateway_thread gateway;
static atomic_bool counting;
static atomic_ulong by_gateway, by_library;

static void count(void)
{
    if (!atomic_load_explicit(&counting, memory_order_relaxed))
        return;
    bool its = pthread_equal(pthread_self(), gateway.thread) != 0;
    (void)atomic_fetch_add_explicit(its ? &by_gateway : &by_library, 1, memory_order_relaxed);
}

/* The linker puts these in the place of the allocator's (--wrap). */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *octets, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *octets, size_t size);

void *__wrap_malloc(size_t size)
{
    count();
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    count();
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *octets, size_t size)
{
    count();
    return __real_realloc(octets, size);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */

static void handle(void *user, struct via_call *call)
{
    (void)user;
    world_answer(call, 1 + world_value(via_call_request(call)));
}

static void a_steady_call_allocates_next_to_nothing(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    atomic_store(&counting, true);
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(service, "frugal", handle, NULL);
    struct via_proxy *proxy = world_find(client, "frugal");
    for (uint32_t i = 0; i < CALLS; i++)
        assert_int_equal(world_ask(proxy, 1, i), i + 1);
    assert_true(atomic_exchange(&by_gateway, 0) > 0); /* to begin takes some, and they are seen */
    assert_true(atomic_exchange(&by_library, 0) > 0);
    for (uint32_t i = 0; i < CALLS; i++)
        assert_int_equal(world_ask(proxy, 1, i), i + 1);
    atomic_store(&counting, false);
    print_message("%lu in the gateway, %lu in the library at both ends, in %u calls\n",
                  atomic_load(&by_gateway), atomic_load(&by_library), CALLS);
    /* A few are for what grows once, and for a worker that is started meanwhile. */
    assert_true(atomic_load(&by_gateway) <= 10);
    assert_true(atomic_load(&by_library) <= CALLS);
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
