/*
 * Gathering: what a thread sends meanwhile goes out in one write. The test's own sendmsg() stands
 * before the system's and counts what this thread writes.
 */
#include <cmocka.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/integration/core_world.h"

#define CALLS 50u
enum { ADD_ONE = 1 };

static struct gateway_thread gateway;
static struct via_node *service, *client;
static struct via_stub *stub;
static struct via_proxy *proxy;
static struct bell answered;
static _Thread_local unsigned n_writes;

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    n_writes++;
    return syscall(SYS_sendmsg, fd, message, flags);
}

static void handle(void *user, struct via_call *call)
{
    (void)user;
    world_answer(call, 1 + world_value(via_call_request(call)));
}

static int start(void **state)
{
    static const struct bell silent = BELL_INIT;
    (void)state;
    answered = silent;
    gateway_thread_start(&gateway, NULL);
    service = world_node(&gateway, 0);
    client = world_node(&gateway, 0);
    stub = world_publish(service, "adder", handle, NULL);
    proxy = world_find(client, "adder");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    via_proxy_unref(proxy);
    via_node_destroy(client);
    via_stub_unref(stub);
    via_node_destroy(service);
    gateway_thread_stop(&gateway);
    return 0;
}

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    uint32_t asked = (uint32_t)(uintptr_t)user;
    (void)result;
    if (status == VIA_OK && world_value(reply) == asked + 1)
        bell_ring(&answered);
}

static void call(uint32_t value)
{
    struct via_parcel *parcel = world_parcel(value);
    assert_int_equal(
        via_proxy_call_async(proxy, ADD_ONE, parcel, 0, on_reply, (void *)(uintptr_t)value, NULL),
        VIA_OK);
    via_parcel_unref(parcel);
}

static void many_calls_are_one_write(void **state)
{
    (void)state;
    n_writes = 0;
    via_node_gather(client);
    for (uint32_t i = 0; i < CALLS; i++)
        call(i);
    assert_int_equal(n_writes, 0);
    via_node_write(client);
    assert_true(n_writes <= 1); /* another thread of the node may have written before */
    assert_true(bell_wait(&answered, CALLS));
    call(CALLS);
    assert_true(n_writes >= 1); /* and now each at once */
    assert_true(bell_wait(&answered, CALLS + 1));
}

static void the_outermost_writes(void **state)
{
    (void)state;
    n_writes = 0;
    via_node_gather(client);
    via_node_gather(client);
    call(0);
    via_node_write(client);
    call(1);
    assert_int_equal(n_writes, 0);
    via_node_write(client);
    assert_true(bell_wait(&answered, 2));
    via_node_write(client); /* one too many is none */
    assert_int_equal(world_ask(proxy, ADD_ONE, 2), 3);
}

static void who_waits_has_written(void **state)
{
    (void)state;
    via_node_gather(client);
    call(0);
    assert_int_equal(world_ask(proxy, ADD_ONE, 1), 2);
    assert_true(bell_wait(&answered, 1));
    via_node_write(client);
}

static void much_does_not_wait(void **state)
{
    (void)state;
    via_node_gather(client);
    for (uint32_t i = 0; i < CALLS * CALLS; i++)
        call(i);
    assert_true(bell_wait(&answered, 1)); /* else it would ring after the write alone */
    via_node_write(client);
    assert_true(bell_wait(&answered, CALLS * CALLS));
}

static void another_node_writes_at_once(void **state)
{
    (void)state;
    via_node_gather(service);
    n_writes = 0;
    via_node_gather(client); /* not heeded */
    call(0);
    assert_true(bell_wait(&answered, 1));
    via_node_write(client);
    via_node_write(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_calls_are_one_write, start, stop),
        cmocka_unit_test_setup_teardown(the_outermost_writes, start, stop),
        cmocka_unit_test_setup_teardown(who_waits_has_written, start, stop),
        cmocka_unit_test_setup_teardown(much_does_not_wait, start, stop),
        cmocka_unit_test_setup_teardown(another_node_writes_at_once, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
