/*
 * Lanes: who takes events, where, and that each comes once and in order, whoever reads the link.
 */
#include <cmocka.h>
#include <sched.h>
#include <stdatomic.h>

#include "bridge/lane.h"
#include "bridge/node.h"
#include "tests/integration/core_world.h"

#define LANES 4u
#define EVENTS 2000u

static struct gateway_thread gateway;
static struct via_node *service, *client;
static struct via_stub *stub;
static struct via_proxy *proxy;

static int start(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    service = world_node(&gateway, 0);
    client = world_node(&gateway, 0);
    stub = world_publish(service, "source", NULL, NULL);
    proxy = world_find(client, "source");
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

static void emit(uint32_t value)
{
    struct via_parcel *parcel = world_parcel(value);
    assert_int_equal(via_stub_emit(stub, 1, parcel), VIA_OK);
    via_parcel_unref(parcel);
}

/* A thread that does nothing but wait in its lane. */
struct rider {
    struct lane *lane;
    pthread_t thread;
    struct via_subscription *subscription;
    atomic_bool over;
    atomic_uint here, elsewhere; /* events, by where they came */
    atomic_uint next;            /* value of the next one */
    atomic_int within;           /* callbacks that run */
    struct bell bell;            /* for each event */
};

static void on_event(void *user, const struct via_event *event)
{
    struct rider *rider = user;
    assert_int_equal(atomic_fetch_add(&rider->within, 1), 0);
    assert_int_equal(world_value(event->data), atomic_fetch_add(&rider->next, 1));
    bool is_here = pthread_equal(pthread_self(), rider->thread) != 0;
    (void)atomic_fetch_add(is_here ? &rider->here : &rider->elsewhere, 1);
    (void)atomic_fetch_sub(&rider->within, 1);
    bell_ring(&rider->bell);
}

static void *ride(void *user)
{
    struct rider *rider = user;
    while (!atomic_load(&rider->over))
        lane_wait(rider->lane);
    return NULL;
}

static void board(struct rider *rider)
{
    *rider = (struct rider){.bell = BELL_INIT};
    assert_int_equal(lane_create(client, &rider->lane), VIA_OK);
}

static void depart(struct rider *rider)
{
    assert_int_equal(pthread_create(&rider->thread, NULL, ride, rider), 0);
    assert_int_equal(lane_subscribe(rider->lane, proxy, on_event, rider, &rider->subscription),
                     VIA_OK);
}

static void arrive(struct rider *rider)
{
    rider->subscription = via_subscription_close(rider->subscription);
    atomic_store(&rider->over, true);
    lane_wake(rider->lane);
    assert_int_equal(pthread_join(rider->thread, NULL), 0);
    rider->lane = lane_destroy(rider->lane);
}

static void events_come_to_the_thread_that_waits(void **state)
{
    (void)state;
    struct rider rider;
    board(&rider);
    depart(&rider);
    /* One of the first may come before it waits; ctest has a limit. */
    for (uint32_t n = 0; atomic_load(&rider.here) < 10; n++) {
        emit(n);
        assert_true(bell_wait(&rider.bell, n + 1));
    }
    arrive(&rider);
}

static void events_for_one_that_is_busy_come_to_a_worker(void **state)
{
    (void)state;
    struct rider rider;
    board(&rider);
    rider.thread = pthread_self(); /* which does not wait there */
    assert_int_equal(lane_subscribe(rider.lane, proxy, on_event, &rider, &rider.subscription),
                     VIA_OK);
    for (uint32_t n = 0; n < 10; n++)
        emit(n);
    assert_true(bell_wait(&rider.bell, 10));
    assert_int_equal(atomic_load(&rider.elsewhere), 10);
    rider.subscription = via_subscription_close(rider.subscription);
    rider.lane = lane_destroy(rider.lane);
}

static void *join_node(void *unused)
{
    (void)unused;
    via_node_join(client);
    return NULL;
}

enum leading { NOBODY_YET, WORKER, LANE };

/* Who reads the link while @rider's thread sleeps or leads, and nobody looks after them. */
static enum leading who_leads(const struct rider *rider)
{
    enum leading who = NOBODY_YET;
    node_lock(client);
    const struct waiter *leader = client->lead.leader, *lane = &rider->lane->waiter;
    if (client->background.mode == BACKGROUND_RESTING && leader != NULL &&
        (lane->asleep || leader == lane))
        who = leader == lane ? LANE : leader->takes_jobs ? WORKER : NOBODY_YET;
    node_unlock(client);
    return who;
}

static enum leading wait_for_leader(const struct rider *rider)
{
    enum leading who;
    while ((who = who_leads(rider)) == NOBODY_YET) /* ctest has a limit */
        (void)sched_yield();
    return who;
}

static void what_a_worker_reads_wakes_the_lane(void **state)
{
    (void)state;
    struct rider rider;
    pthread_t worker;
    bool was_worker = false;
    assert_int_equal(pthread_create(&worker, NULL, join_node, NULL), 0);
    while (!was_worker) { /* on a busy machine the lane may have taken the lead instead */
        board(&rider);
        depart(&rider);
        was_worker = wait_for_leader(&rider) == WORKER;
        emit(0);
        assert_true(bell_wait(&rider.bell, 1));
        arrive(&rider);
    }
    via_node_close(client);
    assert_int_equal(pthread_join(worker, NULL), 0);
}

static void a_wake_up_before_the_wait_ends_it(void **state)
{
    (void)state;
    struct rider rider;
    board(&rider);
    lane_wake(rider.lane);
    lane_wait(rider.lane); /* else for ever */
    rider.lane = lane_destroy(rider.lane);
}

static void many_lanes_get_every_event_once_and_in_order(void **state)
{
    (void)state;
    static struct rider riders[LANES];
    for (unsigned i = 0; i < LANES; i++) {
        board(&riders[i]);
        depart(&riders[i]);
    }
    for (uint32_t n = 0; n < EVENTS; n++) {
        emit(n);
        for (unsigned i = 0; i < LANES && n % 50 == 49; i++) /* a gateway keeps so many */
            assert_true(bell_wait(&riders[i].bell, n + 1));
    }
    for (unsigned i = 0; i < LANES; i++) {
        arrive(&riders[i]);
        assert_int_equal(atomic_load(&riders[i].next), EVENTS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(events_come_to_the_thread_that_waits, start, stop),
        cmocka_unit_test_setup_teardown(events_for_one_that_is_busy_come_to_a_worker, start, stop),
        cmocka_unit_test_setup_teardown(what_a_worker_reads_wakes_the_lane, start, stop),
        cmocka_unit_test_setup_teardown(a_wake_up_before_the_wait_ends_it, start, stop),
        cmocka_unit_test_setup_teardown(many_lanes_get_every_event_once_and_in_order, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
