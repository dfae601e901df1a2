/*
 * Sentries: who reads the link while they wait, that what comes and what is in their own descriptor
 * both end their waiting, and that they make room.
 */
#include <cmocka.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bridge/node.h"
#include "tests/integration/core_world.h"

#define CALLS 500u

static struct gateway_thread gateway;
static struct via_node *service, *client;

/* A thread that does nothing but wait, and takes what comes in its queue. */
struct guard {
    struct sentry *sentry;
    struct via_queue *queue;
    struct via_stub *stub;
    pthread_t thread;
    struct bell release; /* a oneway is handled until then */
    atomic_bool over;
    atomic_uint n_told_here; /* by itself, that something has arrived */
    atomic_uint n_seen;      /* what was in its own descriptor */
    int epoll_fd, event_fd;
};

static _Thread_local const struct guard *mine;

static void on_arrived(void *user)
{
    struct guard *guard = user;
    uint64_t one = 1;
    if (mine == guard)
        (void)atomic_fetch_add(&guard->n_told_here, 1);
    else
        assert_int_equal(write(guard->event_fd, &one, sizeof one), sizeof one);
}

static void take_all(struct guard *guard)
{
    struct via_arrival arrival;
    sentry_gather(guard->sentry, guard->queue);
    while (via_queue_take(guard->queue, 0, &arrival) == VIA_OK) {
        if (via_call_is_oneway(arrival.call))
            assert_true(bell_wait(&guard->release, 1));
        else
            world_answer(arrival.call, 1 + world_value(via_call_request(arrival.call)));
        via_call_unref(arrival.call);
    }
    sentry_write(guard->sentry);
}

static void look(struct guard *guard)
{
    struct epoll_event ready[4];
    int n = epoll_wait(guard->epoll_fd, ready, 4, 0);
    for (int i = 0; i < n; i++) {
        uint64_t count;
        if (ready[i].data.ptr != guard)
            continue;
        assert_int_equal(read(guard->event_fd, &count, sizeof count), sizeof count);
        (void)atomic_fetch_add(&guard->n_seen, 1);
    }
}

static void *watch(void *user)
{
    struct guard *guard = user;
    mine = guard;
    while (!atomic_load(&guard->over)) {
        if (sentry_wait(guard->sentry))
            look(guard);
        take_all(guard);
    }
    return NULL;
}

static void make(struct guard *guard, struct via_node *node, const char *name)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = guard};
    *guard = (struct guard){.release = BELL_INIT,
                            .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
                            .event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    assert_int_equal(epoll_ctl(guard->epoll_fd, EPOLL_CTL_ADD, guard->event_fd, &event), 0);
    assert_int_equal(sentry_create(node, guard->epoll_fd, &guard->sentry), VIA_OK);
    assert_int_equal(via_queue_create(node, on_arrived, guard, &guard->queue), VIA_OK);
    guard->stub = world_publish(node, name, NULL, NULL);
    via_stub_set_queue(guard->stub, guard->queue);
}

static void mount(struct guard *guard)
{
    assert_int_equal(pthread_create(&guard->thread, NULL, watch, guard), 0);
}

static void touch(const struct guard *guard)
{
    uint64_t one = 1;
    assert_int_equal(write(guard->event_fd, &one, sizeof one), sizeof one);
}

static void dismiss(struct guard *guard)
{
    atomic_store(&guard->over, true);
    touch(guard);
    assert_int_equal(pthread_join(guard->thread, NULL), 0);
}

static void unmake(struct guard *guard)
{
    guard->sentry = sentry_destroy(guard->sentry);
    via_stub_unref(guard->stub);
    guard->queue = via_queue_destroy(guard->queue);
    assert_int_equal(close(guard->epoll_fd), 0);
    assert_int_equal(close(guard->event_fd), 0);
}

/* ---- what is so, with the node's lock held ---- */

static bool leads(const struct guard *guard)
{
    return guard->sentry->node->lead.leader == &guard->sentry->waiter;
}

static bool sleeps(const struct guard *guard)
{
    return guard->sentry->waiter.asleep;
}

static bool waits(const struct guard *guard)
{
    return leads(guard) || sleeps(guard);
}

static bool is_in_no_loop(const struct guard *guard)
{
    return guard->sentry->node->sentry == NULL;
}

static bool background_leads(const struct guard *guard)
{
    const struct via_node *node = guard->sentry->node;
    return node->lead.leader != NULL && node->lead.leader == node->background.waiter;
}

static bool worker_leads(const struct guard *guard)
{
    const struct waiter *leader = guard->sentry->node->lead.leader;
    return leader != NULL && leader->takes_jobs;
}

static void until(bool (*is_so)(const struct guard *guard), const struct guard *guard)
{
    for (bool so = false; !so;) { /* ctest has a limit */
        (void)sched_yield();
        node_lock(guard->sentry->node);
        so = is_so(guard);
        node_unlock(guard->sentry->node);
    }
}

static void until_count(atomic_uint *count, unsigned least)
{
    while (atomic_load(count) < least) /* ctest has a limit */
        (void)sched_yield();
}

/* ---- tests ---- */

static int start(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    service = world_node(&gateway, 0);
    client = world_node(&gateway, 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    via_node_destroy(client);
    via_node_destroy(service);
    gateway_thread_stop(&gateway);
    return 0;
}

static void it_reads_the_link_itself(void **state)
{
    (void)state;
    struct guard guard;
    make(&guard, service, "guarded");
    struct via_proxy *proxy = world_find(client, "guarded");
    mount(&guard);
    /* On a busy machine others may read some of them; ctest has a limit. */
    for (uint32_t i = 0; atomic_load(&guard.n_told_here) < 10; i++) {
        until(leads, &guard);
        assert_int_equal(world_ask(proxy, 1, i), i + 1);
    }
    dismiss(&guard);
    via_proxy_unref(proxy);
    unmake(&guard);
}

static void its_own_descriptor_ends_its_waiting(void **state)
{
    (void)state;
    struct guard first, second;
    make(&first, service, "first");
    make(&second, service, "second");
    mount(&first);
    until(leads, &first);
    mount(&second);
    for (unsigned i = 0; i < CALLS; i++) {
        until(waits, &first);
        until(waits, &second);
        touch(&first);
        touch(&second);
        until_count(&first.n_seen, i + 1);
        until_count(&second.n_seen, i + 1);
    }
    dismiss(&first);
    until(leads, &second); /* somebody has told it */
    dismiss(&second);
    unmake(&first);
    unmake(&second);
}

static void what_another_reads_wakes_it(void **state)
{
    (void)state;
    struct guard reader, guard;
    make(&reader, service, "reader");
    make(&guard, service, "guarded");
    struct via_proxy *proxy = world_find(client, "guarded");
    mount(&reader);
    until(leads, &reader);
    mount(&guard);
    for (uint32_t i = 0; i < CALLS; i++) {
        until(waits, &guard);
        until(waits, &reader);
        assert_int_equal(world_ask(proxy, 1, i), i + 1);
    }
    dismiss(&guard);
    dismiss(&reader);
    via_proxy_unref(proxy);
    unmake(&guard);
    unmake(&reader);
}

static void *join_node(void *user)
{
    via_node_join(user);
    return NULL;
}

static void a_worker_that_idles_makes_room(void **state)
{
    (void)state;
    struct guard guard;
    pthread_t worker;
    make(&guard, service, "guarded");
    struct via_proxy *proxy = world_find(client, "guarded");
    assert_int_equal(pthread_create(&worker, NULL, join_node, service), 0);
    until(worker_leads, &guard);
    mount(&guard);
    until(leads, &guard);
    assert_int_equal(world_ask(proxy, 1, 1), 2);
    until(leads, &guard);
    dismiss(&guard);
    via_proxy_unref(proxy);
    unmake(&guard);
    via_node_close(service);
    assert_int_equal(pthread_join(worker, NULL), 0);
}

static void one_that_waits_for_a_reply_leads_before_it(void **state)
{
    (void)state;
    struct guard guard, other;
    make(&guard, service, "guarded");
    make(&other, client, "other");
    struct via_proxy *proxy = world_find(client, "guarded");
    mount(&guard);
    mount(&other);
    for (uint32_t i = 0; i < CALLS; i++) {
        if (i % 50 == 0)
            until(leads, &other);
        assert_int_equal(world_ask(proxy, 1, i), i + 1);
    }
    until(leads, &other);
    dismiss(&other);
    dismiss(&guard);
    via_proxy_unref(proxy);
    unmake(&other);
    unmake(&guard);
}

static void who_leads_for_it_is_not_kept_awake_by_its_descriptor(void **state)
{
    (void)state;
    struct guard guard;
    make(&guard, service, "guarded");
    struct via_proxy *proxy = world_find(client, "guarded");
    mount(&guard);
    until(leads, &guard);
    assert_int_equal(via_proxy_send(proxy, 1, NULL), VIA_OK); /* it is busy with that */
    until(background_leads, &guard);
    touch(&guard);
    until(is_in_no_loop, &guard);
    until(background_leads, &guard);
    bell_ring(&guard.release);
    until_count(&guard.n_seen, 1);
    until(leads, &guard);
    dismiss(&guard);
    via_proxy_unref(proxy);
    unmake(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_reads_the_link_itself, start, stop),
        cmocka_unit_test_setup_teardown(its_own_descriptor_ends_its_waiting, start, stop),
        cmocka_unit_test_setup_teardown(what_another_reads_wakes_it, start, stop),
        cmocka_unit_test_setup_teardown(a_worker_that_idles_makes_room, start, stop),
        cmocka_unit_test_setup_teardown(one_that_waits_for_a_reply_leads_before_it, start, stop),
        cmocka_unit_test_setup_teardown(who_leads_for_it_is_not_kept_awake_by_its_descriptor, start,
                                        stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
