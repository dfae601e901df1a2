/*
 * Workers: how many there are, and what they do. All within one process.
 */
#include <cmocka.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <viaduct/viaduct.h>

#include "tests/include/bell.h"

enum code { MEET = 1, CALL_BACK, LEAVE, QUICK };

struct service {
    struct via_node *node;
    struct via_stub *stub;
    struct via_proxy *proxy;
    struct bell bell, go, answered, calling;
    atomic_uint running, most;
    struct via_call *kept;
};

static struct bell started = BELL_INIT;

static void on_started(unsigned index)
{
    (void)index;
    bell_ring(&started);
}

static void call_back(struct service *service, struct via_call *call)
{
    /* Waits for what only another worker can do. */
    assert_int_equal(via_proxy_call(service->proxy, MEET, NULL, 0, NULL, NULL), VIA_UNSUPPORTED);
    assert_int_equal(via_call_reply(call, 0, NULL), VIA_OK);
}

static void handle(void *user, struct via_call *call)
{
    struct service *service = user;
    unsigned running = atomic_fetch_add(&service->running, 1) + 1;
    unsigned most = atomic_load(&service->most);
    while (running > most && !atomic_compare_exchange_weak(&service->most, &most, running))
        ;
    switch ((enum code)via_call_code(call)) {
    case MEET:
        bell_ring(&service->bell);
        assert_true(bell_wait(&service->go, 1));
        break;
    case CALL_BACK:
        call_back(service, call);
        break;
    case LEAVE:
        via_node_leave(service->node);
        break;
    case QUICK:
        break;
    }
    (void)atomic_fetch_sub(&service->running, 1);
}

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    (void)status;
    (void)result;
    (void)reply;
    bell_ring(&((struct service *)user)->answered);
}

static void set_up(struct service *service, unsigned n_workers)
{
    static const struct bell silent = BELL_INIT;
    memset(service, 0, sizeof *service);
    service->bell = service->go = service->answered = service->calling = silent;
    started.rung = 0;
    const struct via_node_options options = {.size = sizeof options,
                                             .gateway = "unix:/nonexistent/viaduct.sock",
                                             .n_workers = n_workers,
                                             .worker_started = on_started};
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    assert_int_equal(via_node_create(&options, &service->node), VIA_OK);
    assert_int_equal(via_stub_create(service->node, &ops, service, &service->stub), VIA_OK);
    service->proxy = via_stub_proxy(service->stub);
}

static void tear_down(struct service *service)
{
    via_proxy_unref(service->proxy);
    via_stub_unref(service->stub);
    assert_null(via_node_destroy(service->node));
}

static void post(struct service *service, enum code code)
{
    assert_int_equal(via_proxy_call_async(service->proxy, code, NULL, 0, on_reply, service, NULL),
                     VIA_OK);
}

static void calls_run_at_once_up_to_the_limit(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, 3);
    for (unsigned i = 0; i < 8; i++)
        post(&service, MEET);
    assert_true(bell_wait(&service.bell, 3));
    bell_ring(&service.go);
    assert_true(bell_wait(&service.answered, 8));
    assert_int_equal(atomic_load(&service.most), 3);
    tear_down(&service);
}

static void raising_the_limit_starts_more(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, 1);
    for (unsigned i = 0; i < 4; i++)
        post(&service, MEET);
    assert_true(bell_wait(&service.bell, 1));
    assert_int_equal(via_node_set_workers(service.node, 4), VIA_OK);
    assert_true(bell_wait(&service.bell, 4));
    bell_ring(&service.go);
    assert_true(bell_wait(&service.answered, 4));
    tear_down(&service);
}

static void no_thread_is_started_before_it_is_needed(void **state)
{
    (void)state;
    struct service service;
    set_up(&service, 4);
    assert_int_equal(via_proxy_call(service.proxy, QUICK, NULL, 0, NULL, NULL), VIA_UNSUPPORTED);
    assert_int_equal(bell_count(&started), 0);
    post(&service, QUICK);
    assert_true(bell_wait(&service.answered, 1));
    assert_true(bell_count(&started) >= 1);
    tear_down(&service);
}

/* The stub of this one has a queue, so that calls to it wait for another thread. */
static void *answer_from_queue(void *user)
{
    struct via_queue *queue = user;
    struct via_arrival arrival;
    while (via_queue_take(queue, -1, &arrival) == VIA_OK) {
        (void)via_call_fail(arrival.call, VIA_UNSUPPORTED);
        via_call_unref(arrival.call);
    }
    return NULL;
}

struct blocked {
    struct service service;
    struct via_proxy *other;
};

static void call_other(void *user, struct via_call *call)
{
    struct blocked *blocked = user;
    if (via_call_code(call) == CALL_BACK) {
        bell_ring(&blocked->service.calling);
        assert_int_equal(via_proxy_call(blocked->other, 1, NULL, 0, NULL, NULL), VIA_UNSUPPORTED);
    } else {
        bell_ring(&blocked->service.bell);
    }
}

static void a_worker_that_waits_does_not_count(void **state)
{
    (void)state;
    static const struct bell silent = BELL_INIT;
    struct blocked blocked;
    struct service *service = &blocked.service;
    memset(&blocked, 0, sizeof blocked);
    service->bell = service->answered = service->calling = silent;
    const struct via_node_options options = {
        .size = sizeof options, .gateway = "unix:/nonexistent/viaduct.sock", .n_workers = 1};
    const struct via_stub_ops ops = {.size = sizeof ops, .call = call_other};
    const struct via_stub_ops queued = {.size = sizeof queued};
    struct via_queue *queue;
    struct via_stub *other;
    assert_int_equal(via_node_create(&options, &service->node), VIA_OK);
    assert_int_equal(via_stub_create(service->node, &ops, &blocked, &service->stub), VIA_OK);
    assert_int_equal(via_stub_create(service->node, &queued, NULL, &other), VIA_OK);
    assert_int_equal(via_queue_create(service->node, NULL, NULL, &queue), VIA_OK);
    via_stub_set_queue(other, queue);
    service->proxy = via_stub_proxy(service->stub);
    blocked.other = via_stub_proxy(other);

    for (unsigned i = 0; i < 3; i++)
        post(service, CALL_BACK);
    post(service, QUICK);
    assert_true(bell_wait(&service->calling, 3));
    assert_true(bell_wait(&service->bell, 1)); /* ran beside three that wait */
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer_from_queue, queue), 0);
    assert_true(bell_wait(&service->answered, 4));
    via_queue_close(queue);
    assert_int_equal(pthread_join(thread, NULL), 0);
    via_proxy_unref(blocked.other);
    via_stub_unref(other);
    via_queue_destroy(queue);
    tear_down(service);
}

static void *join(void *user)
{
    via_node_join(((struct service *)user)->node);
    return NULL;
}

static void a_joined_thread_serves_until_it_leaves(void **state)
{
    (void)state;
    struct service service;
    pthread_t thread;
    set_up(&service, 1);
    post(&service, MEET);
    assert_true(bell_wait(&service.bell, 1)); /* the only worker is busy */
    post(&service, LEAVE);
    assert_int_equal(pthread_create(&thread, NULL, join, &service), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    bell_ring(&service.go);
    assert_true(bell_wait(&service.answered, 2));
    tear_down(&service);
}

static void *leave_and_join(void *user)
{
    struct service *service = user;
    via_node_leave(service->node);
    via_node_join(service->node);
    return NULL;
}

static void leaving_before_joining_serves_one(void **state)
{
    (void)state;
    struct service service;
    pthread_t thread;
    set_up(&service, 1);
    post(&service, MEET);
    assert_true(bell_wait(&service.bell, 1));
    assert_int_equal(pthread_create(&thread, NULL, leave_and_join, &service), 0);
    post(&service, QUICK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    bell_ring(&service.go);
    assert_true(bell_wait(&service.answered, 2));
    tear_down(&service);
}

static void closing_ends_joining(void **state)
{
    (void)state;
    struct service service;
    pthread_t thread;
    set_up(&service, 1);
    assert_int_equal(pthread_create(&thread, NULL, join, &service), 0);
    via_node_close(service.node);
    assert_int_equal(pthread_join(thread, NULL), 0);
    tear_down(&service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_run_at_once_up_to_the_limit),
        cmocka_unit_test(raising_the_limit_starts_more),
        cmocka_unit_test(no_thread_is_started_before_it_is_needed),
        cmocka_unit_test(a_worker_that_waits_does_not_count),
        cmocka_unit_test(a_joined_thread_serves_until_it_leaves),
        cmocka_unit_test(leaving_before_joining_serves_one),
        cmocka_unit_test(closing_ends_joining),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
