/*
 * Calls that wait in a queue until they are taken, within one process.
 */
#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <viaduct/viaduct.h>

#include "bridge/interruption.h"
#include "bridge/loop.h"
#include "bridge/node.h"
#include "bridge/queue.h"
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

static void rousing_ends_a_wait_or_the_next_one(void **state)
{
    (void)state;
    struct service service;
    struct via_arrival arrival;
    pthread_t thread;
    set_up(&service);
    assert_int_equal(pthread_create(&thread, NULL, take_one, &service), 0);
    queue_rouse(service.queue);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(service.status, VIA_TIMEOUT);

    queue_rouse(service.queue);
    assert_int_equal(via_proxy_send(service.proxy, 3, NULL), VIA_OK);
    assert_int_equal(via_queue_take(service.queue, -1, &arrival), VIA_OK); /* it was there */
    via_call_unref(arrival.call);
    assert_int_equal(via_queue_take(service.queue, -1, &arrival), VIA_TIMEOUT);
    assert_int_equal(via_queue_take(service.queue, 0, &arrival), VIA_TIMEOUT);
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

/* ---- several that take ---- */

#define TAKERS 4u

struct taker {
    struct service *service;
    struct bell taken;
    pthread_t thread;
    enum via_status status;
    uint32_t code;
};

static void *take_and_tell(void *user)
{
    struct taker *taker = user;
    struct via_arrival arrival;
    taker->status = via_queue_take(taker->service->queue, -1, &arrival);
    if (taker->status == VIA_OK) {
        taker->code = via_call_code(arrival.call);
        via_call_unref(arrival.call);
    }
    bell_ring(&taker->taken);
    return NULL;
}

static unsigned n_waiting(struct via_node *node)
{
    unsigned n = 0;
    node_lock(node);
    for (struct waiter *at = node->lead.idlers.first; at != NULL; at = at->next)
        n += !at->takes_jobs;
    node_unlock(node);
    return n;
}

/* They wait, one behind the other. */
static void start_takers(struct service *service, struct taker *takers)
{
    static const struct bell silent = BELL_INIT;
    for (unsigned i = 0; i < TAKERS; i++) {
        takers[i] = (struct taker){.service = service, .taken = silent};
        assert_int_equal(pthread_create(&takers[i].thread, NULL, take_and_tell, &takers[i]), 0);
        while (n_waiting(service->node) <= i)
            (void)sched_yield();
    }
}

static void who_has_waited_longest_takes_first(void **state)
{
    (void)state;
    struct service service;
    struct taker takers[TAKERS];
    set_up(&service);
    start_takers(&service, takers);
    for (unsigned i = 0; i < TAKERS; i++) {
        assert_int_equal(via_proxy_send(service.proxy, i, NULL), VIA_OK);
        assert_true(bell_wait(&takers[i].taken, 1));
        assert_int_equal(takers[i].code, i);
        for (unsigned later = i + 1; later < TAKERS; later++)
            assert_int_equal(bell_count(&takers[later].taken), 0);
        assert_int_equal(pthread_join(takers[i].thread, NULL), 0);
    }
    tear_down(&service);
}

static void each_of_many_goes_to_one(void **state)
{
    (void)state;
    struct service service;
    struct taker takers[TAKERS];
    unsigned seen = 0;
    set_up(&service);
    for (unsigned round = 0; round < 50; round++) {
        start_takers(&service, takers);
        for (unsigned i = 0; i < TAKERS; i++)
            assert_int_equal(via_proxy_send(service.proxy, i, NULL), VIA_OK);
        for (unsigned i = 0; i < TAKERS; i++) {
            assert_int_equal(pthread_join(takers[i].thread, NULL), 0);
            assert_int_equal(takers[i].status, VIA_OK);
            seen |= 1u << takers[i].code;
        }
        assert_int_equal(seen, (1u << TAKERS) - 1);
    }
    tear_down(&service);
}

static void closing_frees_all_who_wait(void **state)
{
    (void)state;
    struct service service;
    struct taker takers[TAKERS];
    set_up(&service);
    start_takers(&service, takers);
    via_queue_close(service.queue);
    for (unsigned i = 0; i < TAKERS; i++) {
        assert_int_equal(pthread_join(takers[i].thread, NULL), 0);
        assert_int_equal(takers[i].status, VIA_CANCELLED);
    }
    tear_down(&service);
}

/* ---- signals ---- */

static void on_signal(int number)
{
    (void)number;
}

struct disturbing {
    pthread_t thread, target;
    atomic_bool is_over;
};

static void *disturb(void *user)
{
    struct disturbing *disturbing = user;
    while (!atomic_load(&disturbing->is_over)) {
        (void)pthread_kill(disturbing->target, SIGUSR1);
        (void)sched_yield();
    }
    return NULL;
}

static void begin_disturbing(struct disturbing *disturbing)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    disturbing->target = pthread_self();
    atomic_init(&disturbing->is_over, false);
    assert_int_equal(pthread_create(&disturbing->thread, NULL, disturb, disturbing), 0);
    interruption_heed(true);
}

static void end_disturbing(struct disturbing *disturbing)
{
    interruption_heed(false);
    atomic_store(&disturbing->is_over, true);
    assert_int_equal(pthread_join(disturbing->thread, NULL), 0);
}

static void a_signal_ends_the_wait_of_who_heeds_it(void **state)
{
    (void)state;
    struct service service;
    struct via_arrival arrival;
    struct disturbing disturbing;
    sigset_t before, after;
    set_up(&service);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
    begin_disturbing(&disturbing);
    assert_int_equal(via_queue_take(service.queue, -1, &arrival), VIA_TIMEOUT);
    assert_int_equal(via_proxy_call(service.proxy, 1, NULL, 0, NULL, NULL), VIA_CANCELLED);
    end_disturbing(&disturbing);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    for (int number = 1; number <= SIGRTMAX; number++)
        assert_int_equal(sigismember(&after, number), sigismember(&before, number));
    assert_int_equal(via_queue_take(service.queue, 0, &arrival), VIA_TIMEOUT); /* it is gone */
    tear_down(&service);
}

static void *answer_when_disturbed(void *user)
{
    struct service *service = user;
    struct via_arrival arrival;
    assert_int_equal(via_queue_take(service->queue, -1, &arrival), VIA_OK);
    while (!via_call_is_cancelled(arrival.call))
        (void)sched_yield();
    assert_int_equal(via_call_reply(arrival.call, 9, NULL), VIA_OK);
    via_call_unref(arrival.call);
    return NULL;
}

/* Whoever calls is disturbed until it has been taken, at least. */
static void a_call_that_was_taken_is_answered_all_the_same(void **state)
{
    (void)state;
    struct service service;
    struct disturbing disturbing;
    pthread_t thread;
    int32_t result = 0;
    enum via_status status;
    set_up(&service);
    assert_int_equal(pthread_create(&thread, NULL, answer_when_disturbed, &service), 0);
    begin_disturbing(&disturbing);
    do
        status = via_proxy_call(service.proxy, 1, NULL, 0, &result, NULL);
    while (status == VIA_CANCELLED);
    end_disturbing(&disturbing);
    assert_int_equal(status, VIA_OK);
    assert_int_equal(result, 9);
    assert_int_equal(pthread_join(thread, NULL), 0);
    tear_down(&service);
}

static void a_signal_is_nothing_to_others(void **state)
{
    (void)state;
    struct service service;
    struct via_arrival arrival;
    struct disturbing disturbing;
    set_up(&service);
    begin_disturbing(&disturbing);
    interruption_heed(false);
    uint64_t began = loop_now();
    assert_int_equal(via_queue_take(service.queue, 50, &arrival), VIA_TIMEOUT);
    assert_true(loop_now() >= began + 50);
    end_disturbing(&disturbing);
    tear_down(&service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_taken_in_order_and_answered_later),
        cmocka_unit_test(an_empty_queue_gives_nothing),
        cmocka_unit_test(a_waiting_thread_takes_what_comes),
        cmocka_unit_test(closing_frees_who_waits_and_answers_what_waits),
        cmocka_unit_test(rousing_ends_a_wait_or_the_next_one),
        cmocka_unit_test(a_cancelled_call_is_not_taken),
        cmocka_unit_test(outcomes_arrive_among_calls_in_order),
        cmocka_unit_test(an_outcome_may_be_none),
        cmocka_unit_test(an_outcome_comes_to_no_other_node),
        cmocka_unit_test(outcomes_of_a_closed_queue_are_dropped),
        cmocka_unit_test(who_has_waited_longest_takes_first),
        cmocka_unit_test(each_of_many_goes_to_one),
        cmocka_unit_test(closing_frees_all_who_wait),
        cmocka_unit_test(a_signal_ends_the_wait_of_who_heeds_it),
        cmocka_unit_test(a_call_that_was_taken_is_answered_all_the_same),
        cmocka_unit_test(a_signal_is_nothing_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
