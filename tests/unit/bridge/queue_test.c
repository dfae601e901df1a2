/*
 * Calls that wait in a queue until they are taken, within one process.
 */
#include <cmocka.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <viaduct/viaduct.h>

#include "tests/include/bell.h"

struct service {
    struct via_node *node;
    struct via_queue *queue;
    struct via_stub *stub;
    struct via_proxy *proxy;
    struct bell arrived, answered;
    enum via_status status;
    int32_t result;
};

static void on_arrived(void *user)
{
    bell_ring(&((struct service *)user)->arrived);
}

static void set_up_on(struct service *service, struct via_node *node)
{
    static const struct bell silent = BELL_INIT;
    memset(service, 0, sizeof *service);
    service->node = node;
    service->arrived = service->answered = silent;
    const struct via_stub_ops ops = {.size = sizeof ops};
    assert_int_equal(via_queue_create(service->node, on_arrived, service, &service->queue), VIA_OK);
    assert_int_equal(via_stub_create(service->node, &ops, NULL, &service->stub), VIA_OK);
    via_stub_set_queue(service->stub, service->queue);
    service->proxy = via_stub_proxy(service->stub);
}

static void set_up(struct service *service)
{
    const struct via_node_options options = {.size = sizeof options,
                                             .gateway = "unix:/nonexistent/viaduct.sock"};
    struct via_node *node;
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    set_up_on(service, node);
}

/* All but its node. */
static void tear_off(struct service *service)
{
    via_proxy_unref(service->proxy);
    via_stub_unref(service->stub);
    assert_null(via_queue_destroy(service->queue));
}

static void tear_down(struct service *service)
{
    tear_off(service);
    assert_null(via_node_destroy(service->node));
}

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct service *service = user;
    (void)reply;
    service->status = status;
    service->result = result;
    bell_ring(&service->answered);
}

static void calls_are_taken_in_order_and_answered_later(void **state)
{
    (void)state;
    struct service service;
    struct via_arrival arrivals[3];
    set_up(&service);
    assert_int_equal(via_proxy_send(service.proxy, 0, NULL), VIA_OK);
    assert_int_equal(via_proxy_call_async(service.proxy, 1, NULL, 0, on_reply, &service, NULL),
                     VIA_OK);
    assert_int_equal(via_proxy_send(service.proxy, 2, NULL), VIA_OK);
    assert_int_equal(bell_count(&service.arrived), 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(via_queue_take(service.queue, -1, &arrivals[i]), VIA_OK);
        assert_int_equal(via_call_code(arrivals[i].call), i);
        assert_int_equal(via_call_is_oneway(arrivals[i].call), i != 1);
    }
    assert_int_equal(via_call_reply(arrivals[1].call, 5, NULL), VIA_OK);
    assert_true(bell_wait(&service.answered, 1));
    assert_int_equal(service.status, VIA_OK);
    assert_int_equal(service.result, 5);
    for (unsigned i = 0; i < 3; i++)
        assert_null(via_call_unref(arrivals[i].call));
    tear_down(&service);
}

static void an_empty_queue_gives_nothing(void **state)
{
    (void)state;
    struct service service;
    struct via_arrival arrival;
    set_up(&service);
    assert_int_equal(via_queue_take(service.queue, 0, &arrival), VIA_TIMEOUT);
    assert_int_equal(via_queue_take(service.queue, 10, &arrival), VIA_TIMEOUT);
    tear_down(&service);
}

static void *take_one(void *user)
{
    struct service *service = user;
    struct via_arrival arrival;
    service->status = via_queue_take(service->queue, -1, &arrival);
    if (service->status == VIA_OK) {
        assert_int_equal(via_call_reply(arrival.call, 9, NULL), VIA_OK);
        via_call_unref(arrival.call);
    }
    return NULL;
}

static void a_waiting_thread_takes_what_comes(void **state)
{
    (void)state;
    struct service service;
    pthread_t thread;
    int32_t result = 0;
    set_up(&service);
    assert_int_equal(pthread_create(&thread, NULL, take_one, &service), 0);
    assert_int_equal(via_proxy_call(service.proxy, 1, NULL, 0, &result, NULL), VIA_OK);
    assert_int_equal(result, 9);
    assert_int_equal(pthread_join(thread, NULL), 0);
    tear_down(&service);
}

static void closing_frees_who_waits_and_answers_what_waits(void **state)
{
    (void)state;
    struct service service;
    struct via_arrival arrival;
    pthread_t thread;
    set_up(&service);
    assert_int_equal(pthread_create(&thread, NULL, take_one, &service), 0);
    via_queue_close(service.queue);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(service.status, VIA_CANCELLED);
    assert_int_equal(via_queue_take(service.queue, 0, &arrival), VIA_CANCELLED);
    assert_int_equal(via_proxy_call(service.proxy, 1, NULL, 0, NULL, NULL), VIA_DEAD);
    tear_down(&service);
}

static void a_cancelled_call_is_not_taken(void **state)
{
    (void)state;
    struct service service;
    struct via_arrival arrival;
    struct via_pending *pending;
    set_up(&service);
    assert_int_equal(via_proxy_call_async(service.proxy, 1, NULL, 0, on_reply, &service, &pending),
                     VIA_OK);
    via_pending_cancel(pending);
    assert_true(bell_wait(&service.answered, 1));
    assert_int_equal(service.status, VIA_CANCELLED);
    assert_int_equal(via_queue_take(service.queue, 0, &arrival), VIA_TIMEOUT);
    via_pending_unref(pending);
    tear_down(&service);
}

/* A call from @queue, of which the code says what it is answered with. */
static void answer_next(struct via_queue *queue)
{
    struct via_arrival arrival;
    assert_int_equal(via_queue_take(queue, -1, &arrival), VIA_OK);
    struct via_parcel *reply;
    assert_int_equal(via_parcel_create(&reply), VIA_OK);
    assert_int_equal(via_parcel_write_u32(reply, via_call_code(arrival.call)), VIA_OK);
    assert_int_equal(via_call_reply(arrival.call, (int32_t)via_call_code(arrival.call), reply),
                     VIA_OK);
    via_parcel_unref(reply);
    via_call_unref(arrival.call);
}

static void outcomes_arrive_among_calls_in_order(void **state)
{
    (void)state;
    struct service service, other;
    struct via_arrival arrival;
    uint32_t value = 0;
    set_up(&service);
    set_up_on(&other, service.node);
    int first, second;
    assert_int_equal(via_proxy_call_queued(service.proxy, 7, NULL, 0, other.queue, &first, NULL),
                     VIA_OK);
    assert_int_equal(via_proxy_call_queued(service.proxy, 8, NULL, 0, other.queue, &second, NULL),
                     VIA_OK);
    answer_next(service.queue);
    assert_int_equal(bell_count(&other.arrived), 1);
    assert_int_equal(via_proxy_send(other.proxy, 3, NULL), VIA_OK);
    answer_next(service.queue);
    assert_int_equal(bell_count(&other.arrived), 1);

    assert_int_equal(via_queue_take(other.queue, 0, &arrival), VIA_OK);
    assert_null(arrival.call);
    assert_ptr_equal(arrival.user, &first);
    assert_int_equal(arrival.status, VIA_OK);
    assert_int_equal(arrival.result, 7);
    assert_int_equal(via_parcel_read_u32(arrival.reply, &value), VIA_OK);
    assert_int_equal(value, 7);
    via_parcel_unref(arrival.reply);
    assert_int_equal(via_queue_take(other.queue, 0, &arrival), VIA_OK);
    assert_int_equal(via_call_code(arrival.call), 3);
    via_call_unref(arrival.call);
    assert_int_equal(via_queue_take(other.queue, 0, &arrival), VIA_OK);
    assert_ptr_equal(arrival.user, &second);
    via_parcel_unref(arrival.reply);
    assert_int_equal(via_queue_take(other.queue, 0, &arrival), VIA_TIMEOUT);
    tear_off(&other);
    tear_down(&service);
}

static void an_outcome_may_be_none(void **state)
{
    (void)state;
    struct service service, other;
    struct via_arrival arrival;
    struct via_pending *pending;
    set_up(&service);
    set_up_on(&other, service.node);
    assert_int_equal(
        via_proxy_call_queued(service.proxy, 7, NULL, 0, other.queue, &other, &pending), VIA_OK);
    via_pending_cancel(pending);
    via_pending_unref(pending);
    assert_int_equal(via_queue_take(other.queue, -1, &arrival), VIA_OK);
    assert_ptr_equal(arrival.user, &other);
    assert_int_equal(arrival.status, VIA_CANCELLED);
    assert_null(arrival.reply);
    assert_int_equal(via_proxy_call_queued(service.proxy, 7, NULL, 5, other.queue, &other, NULL),
                     VIA_OK);
    assert_int_equal(via_queue_take(other.queue, -1, &arrival), VIA_OK);
    assert_int_equal(arrival.status, VIA_TIMEOUT);
    assert_int_equal(via_proxy_call_queued(service.proxy, 7, NULL, 0, NULL, &other, NULL),
                     VIA_INVALID);
    tear_off(&other);
    tear_down(&service);
}

static void an_outcome_comes_to_no_other_node(void **state)
{
    (void)state;
    struct service service, other;
    set_up(&service);
    set_up(&other);
    assert_int_equal(via_proxy_call_queued(service.proxy, 7, NULL, 0, other.queue, NULL, NULL),
                     VIA_INVALID);
    tear_down(&other);
    tear_down(&service);
}

static void outcomes_of_a_closed_queue_are_dropped(void **state)
{
    (void)state;
    struct service service, other;
    set_up(&service);
    set_up_on(&other, service.node);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(via_proxy_call_queued(service.proxy, i, NULL, 0, other.queue, NULL, NULL),
                         VIA_OK);
    answer_next(service.queue);
    via_queue_close(other.queue);
    answer_next(service.queue);
    tear_off(&other);
    tear_down(&service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_taken_in_order_and_answered_later),
        cmocka_unit_test(an_empty_queue_gives_nothing),
        cmocka_unit_test(a_waiting_thread_takes_what_comes),
        cmocka_unit_test(closing_frees_who_waits_and_answers_what_waits),
        cmocka_unit_test(a_cancelled_call_is_not_taken),
        cmocka_unit_test(outcomes_arrive_among_calls_in_order),
        cmocka_unit_test(an_outcome_may_be_none),
        cmocka_unit_test(an_outcome_comes_to_no_other_node),
        cmocka_unit_test(outcomes_of_a_closed_queue_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
