/*
 * Ports where there is no gateway, and the rids of messages that are received without one.
 */
#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/node.h>

#include "bridge/loop.h"
#include "bridge/phoenix/clients.h"
#include "bridge/phoenix/port.h"
#include "bridge/phoenix/received.h"

#define NUMBER 0x40000001u

/* A port that nobody has, and a stub to take calls from. */
static struct port port;
static struct via_stub *stub;
static struct via_proxy *proxy;
static struct via_queue *queue;

static int set_up(void **state)
{
    const struct via_stub_ops ops = {.size = sizeof ops};
    (void)state;
    memset(&port, 0, sizeof port);
    port.number = NUMBER;
    clients_init(&port);
    if (via_queue_create(via_node_default(), NULL, NULL, &queue) != VIA_OK ||
        via_stub_create(via_node_default(), &ops, NULL, &stub) != VIA_OK)
        return 1;
    via_stub_set_queue(stub, queue);
    proxy = via_stub_proxy(stub);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    proxy = via_proxy_unref(proxy);
    stub = via_stub_unref(stub);
    queue = via_queue_destroy(queue);
    return 0;
}

static struct received *receive(size_t out_size)
{
    struct via_arrival arrival;
    struct received *received = NULL;
    assert_int_equal(via_proxy_send(proxy, 1, NULL), VIA_OK);
    assert_int_equal(via_queue_take(queue, 0, &arrival), VIA_OK);
    assert_int_equal(received_create(arrival.call, true, out_size, &received), VIA_OK);
    return received;
}

static void without_a_gateway_there_is_no_port(void **state)
{
    uint32_t number = 5;
    oid_t oid;
    msg_t msg = {.type = 0};
    (void)state;
    assert_int_equal(portCreate(&number), -EAGAIN);
    assert_int_equal(number, 5);
    assert_int_equal(lookup("/x", &oid, NULL), -EAGAIN);
    assert_int_equal(msgSend(NUMBER, &msg), -EAGAIN);
}

/* 0 and 1 are the system's own. */
static void a_sender_is_its_process_but_for_the_first(void **state)
{
    (void)state;
    static const struct {
        int process, pid;
    } rows[] = {{2, 2},          {4711, 4711},    {0x40000001, 0x40000001}, {INT_MAX, INT_MAX},
                {1, 0x40000000}, {0, 0x40000000}, {-1, 0x40000000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct via_caller caller = {.process = rows[i].process, .remote = i % 2 != 0};
        assert_int_equal(clients_pid(&caller), rows[i].pid);
    }
}

static void a_message_is_taken_once_by_its_rid_and_port(void **state)
{
    (void)state;
    struct received *received = receive(10);
    assert_int_equal(received_enter(received, &port), VIA_OK);
    msg_rid_t rid = received->rid;
    assert_true(rid >= 0);
    assert_null(received_take(NUMBER + 1, rid));
    assert_null(received_take(NUMBER, rid + 1));
    assert_null(received_take(NUMBER, -1));
    assert_null(received_take(NUMBER, INT32_MAX));
    assert_ptr_equal(received_take(NUMBER, rid), received);
    assert_ptr_equal(received->port, &port);
    assert_null(received_take(NUMBER, rid));
    received_destroy(received);
}

static void a_rid_comes_back_after_very_long(void **state)
{
    (void)state;
    msg_rid_t rids[3000];
    for (unsigned i = 0; i < 3000; i++) {
        struct received *received = receive(0);
        assert_int_equal(received_enter(received, &port), VIA_OK);
        rids[i] = received->rid;
        assert_ptr_equal(received_take(NUMBER, rids[i]), received);
        received_destroy(received);
        for (unsigned before = i > 20 ? i - 20 : 0; before < i; before++)
            assert_int_not_equal(rids[before], rids[i]);
    }
    for (unsigned i = 0; i < 3000; i++)
        for (unsigned before = 0; before < i; before++)
            if (rids[before] == rids[i])
                fail_msg("rid %d came back after %u messages", rids[i], i - before);
}

static void memory_for_data_is_zero_however_often_it_is_used(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 1023, 1024, 5000, 300, 65535, 200000, 5000};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct received *received = receive(sizes[i]);
        assert_non_null(received->out_data);
        assert_int_equal(received->out_size, sizes[i]);
        for (size_t at = 0; at <= sizes[i]; at++)
            assert_int_equal(received->out_data[at], 0);
        memset(received->out_data, 0xff, sizes[i] + 1);
        received_destroy(received);
    }
}

static void what_a_port_leaves_keeps_its_memory_until_it_is_answered(void **state)
{
    (void)state;
    struct received *received[3];
    for (unsigned i = 0; i < 3; i++) {
        received[i] = receive(100);
        assert_int_equal(received_enter(received[i], &port), VIA_OK);
    }
    received_end(&port);
    for (unsigned i = 0; i < 3; i++) {
        memset(received[i]->out_data, 1, 100);
        assert_ptr_equal(received_take(NUMBER, received[i]->rid), received[i]);
        assert_null(received[i]->port);
        received_destroy(received[i]);
    }
    struct received *late = receive(0);
    assert_int_equal(received_enter(late, &port), VIA_DEAD);
    received_destroy(late);
}

static void who_asks_for_a_port_that_is_gone_again_and_again_waits(void **state)
{
    (void)state;
    msg_t msg;
    msg_rid_t rid;
    uint64_t began = loop_now();
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(msgRecv(NUMBER, &msg, &rid), -EINVAL);
    assert_true(loop_now() - began >= 1 + 2 + 4 + 8 + 16); /* and 32: of the clock's own grain */
}

#define port_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_gateway_there_is_no_port),
        cmocka_unit_test(a_sender_is_its_process_but_for_the_first),
        port_test(a_message_is_taken_once_by_its_rid_and_port),
        port_test(a_rid_comes_back_after_very_long),
        port_test(memory_for_data_is_zero_however_often_it_is_used),
        port_test(what_a_port_leaves_keeps_its_memory_until_it_is_answered),
        cmocka_unit_test(who_asks_for_a_port_that_is_gone_again_and_again_waits),
    };
    if (setenv("VIADUCT_GATEWAY", "unix:/nonexistent/viaduct.sock", 1) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
