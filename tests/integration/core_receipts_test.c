/*
 * Receipts: what was sent has come to the other process when the receipt does, and nobody there has
 * handled it.
 */
#include <cmocka.h>

#include "tests/integration/core_world.h"

#define N_SENT 1000u

static struct gateway_thread gateway;

struct idle {
    struct via_node *node;
    struct via_queue *queue;
    struct via_stub *stub;
};

/* A service that takes nothing out of its queue by itself. */
static void set_up(struct idle *idle, struct via_node *node)
{
    const struct via_stub_ops ops = {.size = sizeof ops};
    idle->node = node;
    assert_int_equal(via_queue_create(node, NULL, NULL, &idle->queue), VIA_OK);
    assert_int_equal(via_stub_create(node, &ops, NULL, &idle->stub), VIA_OK);
    via_stub_set_queue(idle->stub, idle->queue);
    assert_int_equal(via_node_publish(node, "core", "idle", idle->stub, NULL), VIA_OK);
}

static void tear_down(struct idle *idle)
{
    via_stub_unref(idle->stub);
    assert_null(via_queue_destroy(idle->queue));
    assert_null(via_node_destroy(idle->node));
}

static void send_many(struct via_proxy *proxy)
{
    for (uint32_t i = 0; i < N_SENT; i++)
        assert_int_equal(via_proxy_send(proxy, i, NULL), VIA_OK);
}

static void expect_many(struct via_queue *queue)
{
    struct via_arrival arrival;
    for (uint32_t i = 0; i < N_SENT; i++) {
        assert_int_equal(via_queue_take(queue, 0, &arrival), VIA_OK);
        assert_int_equal(via_call_code(arrival.call), i);
        via_call_unref(arrival.call);
    }
    assert_int_equal(via_queue_take(queue, 0, &arrival), VIA_TIMEOUT);
}

static void all_has_come_when_the_receipt_does(void **state)
{
    (void)state;
    struct idle idle;
    set_up(&idle, world_node(&gateway, 0));
    struct via_node *client = world_node(&gateway, 0);
    struct via_proxy *proxy = world_find(client, "idle");
    send_many(proxy);
    assert_int_equal(via_proxy_reached(proxy, 0), VIA_OK);
    expect_many(idle.queue);
    via_proxy_unref(proxy);
    assert_null(via_node_destroy(client));
    tear_down(&idle);
}

static void a_receipt_arrives_in_a_queue(void **state)
{
    (void)state;
    struct idle idle;
    struct via_arrival arrival;
    int mark;
    set_up(&idle, world_node(&gateway, 0));
    struct via_node *client = world_node(&gateway, 0);
    struct via_queue *queue;
    assert_int_equal(via_queue_create(client, NULL, NULL, &queue), VIA_OK);
    struct via_proxy *proxy = world_find(client, "idle");
    assert_int_equal(via_proxy_reached_queued(proxy, idle.queue, &mark), VIA_INVALID);
    assert_int_equal(via_proxy_reached_queued(proxy, NULL, &mark), VIA_INVALID);
    send_many(proxy);
    assert_int_equal(via_proxy_reached_queued(proxy, queue, &mark), VIA_OK);
    assert_int_equal(via_queue_take(queue, -1, &arrival), VIA_OK);
    assert_null(arrival.call);
    assert_ptr_equal(arrival.user, &mark);
    assert_int_equal(arrival.status, VIA_OK);
    via_parcel_unref(arrival.reply);
    expect_many(idle.queue);
    via_proxy_unref(proxy);
    assert_null(via_queue_destroy(queue));
    assert_null(via_node_destroy(client));
    tear_down(&idle);
}

static void within_a_process_it_is_the_same(void **state)
{
    (void)state;
    struct idle idle;
    set_up(&idle, world_node(&gateway, 0));
    struct via_proxy *proxy = via_stub_proxy(idle.stub);
    send_many(proxy);
    assert_int_equal(via_proxy_reached(proxy, 0), VIA_OK);
    expect_many(idle.queue);
    via_proxy_unref(proxy);
    tear_down(&idle);
}

static void the_dead_give_none(void **state)
{
    (void)state;
    struct idle idle;
    set_up(&idle, world_node(&gateway, 0));
    struct via_node *client = world_node(&gateway, 0);
    struct via_proxy *proxy = world_find(client, "idle");
    via_stub_withdraw(idle.stub);
    assert_int_equal(via_proxy_reached(proxy, 0), VIA_DEAD);
    assert_int_equal(via_proxy_reached(NULL, 0), VIA_INVALID);
    via_proxy_unref(proxy);
    assert_null(via_node_destroy(client));
    tear_down(&idle);
}

static int start(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    gateway_thread_stop(&gateway);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_has_come_when_the_receipt_does),
        cmocka_unit_test(a_receipt_arrives_in_a_queue),
        cmocka_unit_test(within_a_process_it_is_the_same),
        cmocka_unit_test(the_dead_give_none),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
