/*
 * Objects, names and events through a real gateway: what is opened and closed, found and watched,
 * and who hears of it. Each node is a session of its own.
 */
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/core_world.h"
#include "tests/integration/raw_client.h"

static struct gateway_thread gateway;

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

/* ---- opening ---- */

struct door {
    struct via_node *node;
    struct via_stub *stub;
    struct bell closed, back_closed, told;
    uint32_t opened_with;
    uint32_t told_value;
    pthread_t closer;
    atomic_uint n_calls;
};

static void handle_opened(void *user, struct via_call *call)
{
    struct door *door = user;
    (void)atomic_fetch_add(&door->n_calls, 1);
    world_answer(call, door->opened_with);
}

static void on_closed(void *user)
{
    bell_ring(&((struct door *)user)->closed);
}

static void handle_back(void *user, struct via_call *call)
{
    struct door *door = user;
    door->told_value = world_value(via_call_request(call));
    bell_ring(&door->told);
}

static void on_back_closed(void *user)
{
    bell_ring(&((struct door *)user)->back_closed);
}

static enum via_status open_door(void *user, const struct via_caller *caller,
                                 struct via_parcel *request, struct via_proxy *back,
                                 struct via_stub **openedp, struct via_parcel *answer)
{
    struct door *door = user;
    assert_false(caller->remote);
    if (via_parcel_size(request) == 0)
        return VIA_DENIED;
    door->opened_with = world_value(request);
    const struct via_stub_ops ops = {
        .size = sizeof ops, .call = handle_opened, .unreferenced = on_closed};
    assert_int_equal(via_stub_create(door->node, &ops, door, openedp), VIA_OK);
    assert_int_equal(via_parcel_write_u32(answer, door->opened_with + 1), VIA_OK);
    struct via_parcel *hello = world_parcel(99);
    if (back != NULL)
        assert_int_equal(via_proxy_send(back, 1, hello), VIA_OK);
    via_parcel_unref(hello);
    return VIA_OK;
}

static void a_service_gives_each_client_its_own_object(void **state)
{
    (void)state;
    struct door door = {.node = world_node(&gateway, 0),
                        .closed = BELL_INIT,
                        .back_closed = BELL_INIT,
                        .told = BELL_INIT};
    const struct via_stub_ops ops = {.size = sizeof ops, .open = open_door};
    const struct via_stub_ops back_ops = {
        .size = sizeof back_ops, .call = handle_back, .unreferenced = on_back_closed};
    assert_int_equal(via_stub_create(door.node, &ops, &door, &door.stub), VIA_OK);
    assert_int_equal(via_node_publish(door.node, "core", "door", door.stub, NULL), VIA_OK);

    struct via_node *client = world_node(&gateway, 0);
    struct via_proxy *proxy = world_find(client, "door"), *opened;
    struct via_parcel *request = world_parcel(5), *answer;
    struct via_stub *back;
    assert_int_equal(via_stub_create(client, &back_ops, &door, &back), VIA_OK);
    assert_int_equal(via_proxy_open(proxy, NULL, NULL, 0, &opened, NULL), VIA_DENIED);
    assert_int_equal(via_proxy_open(proxy, request, back, 0, &opened, &answer), VIA_OK);
    assert_int_equal(world_value(answer), 6);
    assert_true(bell_wait(&door.told, 1));
    assert_int_equal(door.told_value, 99);
    assert_int_equal(world_ask(opened, 1, 0), 5);
    assert_int_equal(bell_count(&door.closed), 0);
    via_proxy_unref(opened);
    assert_true(bell_wait(&door.closed, 1));
    assert_true(bell_wait(&door.back_closed, 1));

    /* And when the client goes without a word. */
    assert_int_equal(via_proxy_open(proxy, request, NULL, 0, &opened, NULL), VIA_OK);
    via_parcel_unref(answer);
    via_parcel_unref(request);
    via_node_destroy(client);
    assert_true(bell_wait(&door.closed, 2));
    via_proxy_unref(opened);
    via_proxy_unref(proxy);
    via_stub_unref(back);
    via_stub_unref(door.stub);
    via_node_destroy(door.node);
    assert_int_equal(bell_count(&door.closed), 2);
}

static void opening_works_within_one_process(void **state)
{
    (void)state;
    struct door door = {.node = world_node(&gateway, 0), .closed = BELL_INIT};
    const struct via_stub_ops ops = {.size = sizeof ops, .open = open_door};
    const struct via_stub_ops none = {.size = sizeof none};
    struct via_stub *closed;
    assert_int_equal(via_stub_create(door.node, &ops, &door, &door.stub), VIA_OK);
    assert_int_equal(via_stub_create(door.node, &none, NULL, &closed), VIA_OK);
    struct via_proxy *proxy = via_stub_proxy(door.stub), *opened;
    struct via_proxy *other = via_stub_proxy(closed);
    struct via_parcel *request = world_parcel(8);
    assert_int_equal(via_proxy_open(proxy, request, NULL, 0, &opened, NULL), VIA_OK);
    assert_non_null(via_proxy_local(opened));
    assert_int_equal(world_ask(opened, 1, 0), 8);
    assert_int_equal(via_proxy_open(other, request, NULL, 0, &opened, NULL), VIA_UNSUPPORTED);
    via_parcel_unref(request);
    via_proxy_unref(opened);
    via_proxy_unref(other);
    via_proxy_unref(proxy);
    via_stub_unref(closed);
    via_stub_unref(door.stub);
    via_node_destroy(door.node);
}

/* ---- queues ---- */

static void *serve_queue(void *user)
{
    struct via_arrival arrival;
    while (via_queue_take(user, -1, &arrival) == VIA_OK) {
        world_answer(arrival.call, world_value(via_call_request(arrival.call)) + 1);
        via_call_unref(arrival.call);
    }
    return NULL;
}

static void a_queue_is_served_by_the_programs_own_thread(void **state)
{
    (void)state;
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    struct via_queue *queue;
    assert_int_equal(via_queue_create(service, NULL, NULL, &queue), VIA_OK);
    struct via_stub *stub = world_publish(service, "queue", NULL, NULL);
    via_stub_set_queue(stub, queue);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, serve_queue, queue), 0);
    struct via_proxy *proxy = world_find(client, "queue");
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(world_ask(proxy, 1, i), i + 1);
    via_queue_close(queue);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(via_proxy_call(proxy, 1, NULL, 0, NULL, NULL), VIA_DEAD);
    via_proxy_unref(proxy);
    via_stub_unref(stub);
    via_queue_destroy(queue);
    via_node_destroy(client);
    via_node_destroy(service);
}

/* ---- names ---- */

static void refuse(void *user, struct via_call *call)
{
    (void)user;
    (void)call;
}

struct finder {
    struct via_node *node;
    struct bell bell;
    enum via_status status;
};

static void *find_late(void *user)
{
    struct finder *finder = user;
    struct via_proxy *proxy = NULL;
    finder->status = via_node_find(finder->node, "core", "late", UINT32_MAX, &proxy);
    via_proxy_unref(proxy);
    bell_ring(&finder->bell);
    return NULL;
}

static void a_find_waits_for_a_name(void **state)
{
    (void)state;
    struct finder finder = {.node = world_node(&gateway, 0), .bell = BELL_INIT};
    struct via_node *service = world_node(&gateway, 0);
    struct via_proxy *proxy;
    assert_int_equal(via_node_find(finder.node, "core", "late", 0, &proxy), VIA_NOT_FOUND);
    assert_int_equal(via_node_find(finder.node, "core", "late", 20, &proxy), VIA_NOT_FOUND);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, find_late, &finder), 0);
    struct via_stub *stub = world_publish(service, "late", refuse, NULL);
    assert_true(bell_wait(&finder.bell, 1));
    assert_int_equal(finder.status, VIA_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    via_stub_unref(stub);
    via_node_destroy(service);
    via_node_destroy(finder.node);
}

static void a_taken_name_is_refused_until_it_is_free(void **state)
{
    (void)state;
    struct via_node *a = world_node(&gateway, 0), *b = world_node(&gateway, 0);
    struct via_stub *first = world_publish(a, "taken", refuse, NULL);
    struct via_stub *second;
    const struct via_stub_ops ops = {.size = sizeof ops, .call = refuse};
    assert_int_equal(via_stub_create(b, &ops, NULL, &second), VIA_OK);
    assert_int_equal(via_node_publish(b, "core", "taken", second, NULL), VIA_EXISTS);
    assert_int_equal(via_node_withdraw(b, "core", "taken", second), VIA_NOT_FOUND);
    assert_int_equal(via_node_withdraw(a, "core", "taken", first), VIA_OK);
    assert_int_equal(via_node_withdraw(a, "core", "taken", first), VIA_NOT_FOUND);
    assert_int_equal(via_node_publish(b, "core", "taken", second, NULL), VIA_OK);
    assert_int_equal(via_node_publish(b, "core", "", second, NULL), VIA_INVALID);
    assert_int_equal(via_node_publish(a, "core", "x", second, NULL), VIA_INVALID);
    via_stub_unref(first);
    via_stub_unref(second);
    via_node_destroy(a);
    via_node_destroy(b);
}

struct list {
    unsigned n;
    char last[64];
    bool in_order, whole;
};

static void on_entry(void *user, const struct via_entry *entry)
{
    struct list *list = user;
    list->in_order = list->in_order && strcmp(list->last, entry->name) < 0;
    list->whole = list->whole && strcmp(entry->family, "core") == 0 &&
                  strcmp(entry->class_name, "lamp") == 0 && strcmp(entry->info, "a lamp") == 0 &&
                  entry->pid == getpid() && entry->mode == 0600 && entry->message_size == 64;
    (void)snprintf(list->last, sizeof list->last, "%s", entry->name);
    list->n++;
}

static void a_long_list_comes_whole_and_in_order(void **state)
{
    (void)state;
    struct via_node *node = world_node(&gateway, 0);
    struct via_stub *stub;
    const struct via_stub_ops ops = {.size = sizeof ops, .call = refuse};
    const struct via_publish_options options = {.size = sizeof options,
                                                .mode = 0600,
                                                .class_name = "lamp",
                                                .message_size = 64,
                                                .info = "a lamp"};
    assert_int_equal(via_stub_create(node, &ops, NULL, &stub), VIA_OK);
    for (unsigned i = 0; i < 600; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "lamp-%03u", (i * 7) % 600);
        assert_int_equal(via_node_publish(node, "core", name, stub, &options), VIA_OK);
    }
    struct list list = {.in_order = true, .whole = true};
    assert_int_equal(via_node_list(node, "core", "lamp-*", on_entry, &list), VIA_OK);
    assert_int_equal(list.n, 600);
    assert_true(list.in_order);
    assert_true(list.whole);
    via_stub_unref(stub);
    via_node_destroy(node);
}

struct notices {
    struct bell bell;
    enum via_notice notices[16];
    char names[16][32];
};

static void on_notice(void *user, enum via_notice notice, const struct via_entry *entry)
{
    struct notices *notices = user;
    unsigned n = bell_count(&notices->bell);
    notices->notices[n] = notice;
    (void)snprintf(notices->names[n], sizeof notices->names[n], "%s", entry->name);
    bell_ring(&notices->bell);
}

static void names_are_watched(void **state)
{
    (void)state;
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    struct notices notices = {.bell = BELL_INIT};
    struct via_subscription *subscription;
    struct via_stub *one = world_publish(service, "watched-1", refuse, NULL);
    assert_int_equal(
        via_node_watch_names(client, "core", "watched-*", NULL, on_notice, &notices, &subscription),
        VIA_OK);
    assert_true(bell_wait(&notices.bell, 1));
    struct via_stub *two = world_publish(service, "watched-2", refuse, NULL);
    struct via_stub *other = world_publish(service, "not watched", refuse, NULL);
    assert_true(bell_wait(&notices.bell, 2));
    via_stub_withdraw(one);
    assert_true(bell_wait(&notices.bell, 3));
    via_node_destroy(service);
    assert_true(bell_wait(&notices.bell, 4));
    assert_int_equal(notices.notices[0], VIA_APPEAR);
    assert_string_equal(notices.names[0], "watched-1");
    assert_int_equal(notices.notices[1], VIA_APPEAR);
    assert_string_equal(notices.names[1], "watched-2");
    assert_int_equal(notices.notices[2], VIA_GONE);
    assert_string_equal(notices.names[2], "watched-1");
    assert_int_equal(notices.notices[3], VIA_GONE);
    assert_string_equal(notices.names[3], "watched-2");
    assert_null(via_subscription_close(subscription));
    via_stub_unref(one);
    via_stub_unref(two);
    via_stub_unref(other);
    via_node_destroy(client);
}

static void a_ping_goes_to_the_gateway_and_back(void **state)
{
    (void)state;
    struct via_node *node = world_node(&gateway, 0);
    uint64_t took_us = UINT64_MAX;
    assert_int_equal(via_node_ping(node, 0, &took_us), VIA_OK);
    assert_true(took_us < 20000000u);
    assert_int_equal(via_node_flush(node, 1000), VIA_OK);
    via_node_destroy(node);
}

/* ---- events ---- */

struct events {
    struct bell bell, ended;
    uint64_t epoch, last;
    uint32_t values[512];
    bool in_order;
    enum via_cause cause;
    struct via_subscription *subscription; /* to be closed from within */
};

static void on_event(void *user, const struct via_event *event)
{
    struct events *events = user;
    unsigned n = bell_count(&events->bell);
    events->in_order = events->in_order && event->number == events->last + 1 + event->lost;
    events->last = event->number;
    events->epoch = event->epoch;
    events->values[n] = world_value(event->data);
    bell_ring(&events->bell);
}

static void on_ended(void *user, enum via_cause cause)
{
    struct events *events = user;
    events->cause = cause;
    bell_ring(&events->ended);
}

static void emit(struct via_stub *stub, uint32_t id, uint32_t value)
{
    struct via_parcel *data = world_parcel(value);
    assert_int_equal(via_stub_emit(stub, id, data), VIA_OK);
    via_parcel_unref(data);
}

static void events_reach_all_subscribers_in_order(void **state)
{
    (void)state;
    struct via_node *service = world_node(&gateway, 0);
    struct via_node *clients[2] = {world_node(&gateway, 0), world_node(&gateway, 0)};
    struct via_stub *stub = world_publish(service, "source", refuse, NULL);
    struct via_proxy *proxies[2];
    struct events events[2] = {{.in_order = true, .bell = BELL_INIT, .ended = BELL_INIT},
                               {.in_order = true, .bell = BELL_INIT, .ended = BELL_INIT}};
    const struct via_subscribe_options options = {.size = sizeof options, .ended = on_ended};
    for (unsigned i = 0; i < 2; i++) {
        proxies[i] = world_find(clients[i], "source");
        assert_int_equal(via_proxy_subscribe(proxies[i], &options, on_event, &events[i],
                                             &events[i].subscription),
                         VIA_OK);
    }
    for (uint32_t i = 0; i < 100; i++)
        emit(stub, 1, i);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(bell_wait(&events[i].bell, 100));
        assert_true(events[i].in_order);
        assert_true(events[i].epoch != 0);
        for (uint32_t n = 0; n < 100; n++)
            assert_int_equal(events[i].values[n], n);
    }
    assert_null(via_subscription_close(events[0].subscription));
    emit(stub, 1, 100);
    via_stub_withdraw(stub);
    assert_true(bell_wait(&events[1].ended, 1));
    assert_int_equal(bell_count(&events[1].bell), 101);
    assert_int_equal(events[1].cause, VIA_WITHDRAWN);
    assert_int_equal(bell_count(&events[0].bell), 100);
    assert_int_equal(bell_count(&events[0].ended), 0);
    via_subscription_close(events[1].subscription);
    for (unsigned i = 0; i < 2; i++) {
        via_proxy_unref(proxies[i]);
        via_node_destroy(clients[i]);
    }
    via_stub_unref(stub);
    via_node_destroy(service);
}

static void a_late_subscriber_gets_the_latest(void **state)
{
    (void)state;
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(service, "latest", refuse, NULL);
    emit(stub, 1, 10);
    emit(stub, 1, 11);
    emit(stub, 2, 20);
    struct via_proxy *proxy = world_find(client, "latest");
    struct events events = {.bell = BELL_INIT};
    const struct via_subscribe_options latest = {.size = sizeof latest, .from = VIA_FROM_LATEST};
    assert_int_equal(via_proxy_subscribe(proxy, &latest, on_event, &events, &events.subscription),
                     VIA_OK);
    assert_true(bell_wait(&events.bell, 2));
    assert_int_equal(events.values[0], 11);
    assert_int_equal(events.values[1], 20);
    via_subscription_close(events.subscription);

    struct events since = {.bell = BELL_INIT, .in_order = true, .last = 1};
    const struct via_subscribe_options from = {
        .size = sizeof from, .from = VIA_FROM_SINCE, .epoch = events.epoch, .number = 1};
    assert_int_equal(via_proxy_subscribe(proxy, &from, on_event, &since, &since.subscription),
                     VIA_OK);
    assert_true(bell_wait(&since.bell, 2));
    assert_true(since.in_order);
    via_subscription_close(since.subscription);
    via_proxy_unref(proxy);
    via_stub_unref(stub);
    via_node_destroy(client);
    via_node_destroy(service);
}

static void on_event_close(void *user, const struct via_event *event)
{
    struct events *events = user;
    (void)event;
    assert_null(via_subscription_close(events->subscription));
    bell_ring(&events->bell);
}

static void a_subscription_may_be_closed_from_within(void **state)
{
    (void)state;
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(service, "once", refuse, NULL);
    struct via_proxy *proxy = world_find(client, "once");
    struct events events = {.bell = BELL_INIT};
    assert_int_equal(
        via_proxy_subscribe(proxy, NULL, on_event_close, &events, &events.subscription), VIA_OK);
    for (uint32_t i = 0; i < 5; i++)
        emit(stub, 1, i);
    assert_true(bell_wait(&events.bell, 1));
    via_proxy_unref(proxy);
    via_node_destroy(client);
    assert_int_equal(bell_count(&events.bell), 1);
    via_stub_unref(stub);
    via_node_destroy(service);
}

static void an_object_subscribes_to_its_own_events_too(void **state)
{
    (void)state;
    struct via_node *node = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(node, "own source", refuse, NULL);
    struct via_proxy *proxy = via_stub_proxy(stub);
    struct events events = {.bell = BELL_INIT, .in_order = true};
    assert_int_equal(via_proxy_subscribe(proxy, NULL, on_event, &events, &events.subscription),
                     VIA_OK);
    emit(stub, 1, 1);
    assert_true(bell_wait(&events.bell, 1));
    via_subscription_close(events.subscription);
    via_proxy_unref(proxy);
    via_stub_unref(stub);
    via_node_destroy(node);
}

/* ---- deaths ---- */

struct deaths {
    struct bell bell;
    enum via_cause causes[8];
    int order[8];
};

struct death {
    struct deaths *deaths;
    int number;
};

static void on_death(void *user, enum via_cause cause)
{
    struct death *death = user;
    unsigned n = bell_count(&death->deaths->bell);
    death->deaths->causes[n] = cause;
    death->deaths->order[n] = death->number;
    bell_ring(&death->deaths->bell);
}

static void watches_are_told_once_in_order(void **state)
{
    (void)state;
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(service, "mortal", refuse, NULL);
    struct via_proxy *proxy = world_find(client, "mortal");
    struct deaths deaths = {.bell = BELL_INIT};
    struct death watches[4];
    uint64_t ids[4];
    for (int i = 0; i < 4; i++) {
        watches[i] = (struct death){.deaths = &deaths, .number = i};
        assert_int_equal(via_proxy_watch(proxy, on_death, &watches[i], &ids[i]), VIA_OK);
    }
    assert_int_equal(via_proxy_unwatch(proxy, ids[1]), VIA_OK);
    assert_int_equal(via_proxy_unwatch(proxy, ids[1]), VIA_NOT_FOUND);
    assert_int_equal(via_proxy_death(proxy), VIA_ALIVE);
    via_node_destroy(service);
    assert_true(bell_wait(&deaths.bell, 3));
    assert_int_equal(via_proxy_death(proxy), VIA_EXITED);
    const int order[] = {0, 2, 3};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(deaths.order[i], order[i]);
        assert_int_equal(deaths.causes[i], VIA_EXITED);
    }
    assert_int_equal(via_proxy_unwatch(proxy, ids[0]), VIA_NOT_FOUND);
    /* Late ones are told promptly. */
    assert_int_equal(via_proxy_watch(proxy, on_death, &watches[1], NULL), VIA_OK);
    assert_true(bell_wait(&deaths.bell, 4));
    assert_int_equal(deaths.order[3], 1);
    assert_int_equal(via_proxy_call(proxy, 1, NULL, 0, NULL, NULL), VIA_DEAD);
    assert_int_equal(via_proxy_send(proxy, 1, NULL), VIA_DEAD);
    via_proxy_unref(proxy);
    via_node_destroy(client);
    via_stub_unref(stub);
    assert_int_equal(bell_count(&deaths.bell), 4);
}

static void a_watch_keeps_its_proxy(void **state)
{
    (void)state;
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(service, "kept", refuse, NULL);
    struct via_proxy *proxy = world_find(client, "kept");
    struct deaths deaths = {.bell = BELL_INIT};
    struct death watch = {.deaths = &deaths};
    assert_int_equal(via_proxy_watch(proxy, on_death, &watch, NULL), VIA_OK);
    via_proxy_unref(proxy);
    via_stub_withdraw(stub);
    assert_true(bell_wait(&deaths.bell, 1));
    assert_int_equal(deaths.causes[0], VIA_WITHDRAWN);
    via_stub_unref(stub);
    via_node_destroy(client);
    via_node_destroy(service);
}

/* The next two oneways that come are refused. */
static void refuse_two(struct raw_client *owner, enum via_status status)
{
    for (int i = 0; i < 2; i++) {
        struct raw_record *oneway = raw_client_wait(owner, RAW_CALL);
        assert_true(oneway->frame.flags & FRAME_ONEWAY);
        peer_refuse(owner->peer, oneway->frame.id, oneway->frame.object, status);
        raw_record_free(oneway);
    }
    raw_client_flush(owner);
}

static void send_two(struct via_proxy *proxy)
{
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(via_proxy_send(proxy, i, NULL), VIA_OK);
}

static void a_close_watch_is_told_of_a_lost_oneway(void **state)
{
    (void)state;
    static char object;
    struct via_node *client = world_node(&gateway, 0);
    struct raw_client *owner = raw_client_open(gateway.socket);
    assert_int_equal(raw_publish(owner, "core", "deaf", &object, 0, 0), VIA_OK);
    struct via_proxy *proxy = world_find(client, "deaf");
    struct deaths deaths = {.bell = BELL_INIT};
    struct death watches[5];
    uint64_t ids[5];
    for (int i = 0; i < 5; i++)
        watches[i] = (struct death){.deaths = &deaths, .number = i};
    assert_int_equal(via_proxy_watch(proxy, on_death, &watches[0], &ids[0]), VIA_OK);
    for (int i = 1; i < 4; i++)
        assert_int_equal(via_proxy_watch_closely(proxy, on_death, &watches[i], &ids[i]), VIA_OK);
    assert_int_equal(via_proxy_unwatch(proxy, ids[2]), VIA_OK);
    send_two(proxy);
    refuse_two(owner, VIA_DEAD); /* that is for the death to tell */
    send_two(proxy);
    refuse_two(owner, VIA_BUSY);
    assert_true(bell_wait(&deaths.bell, 2));
    assert_int_equal(via_proxy_death(proxy), VIA_ALIVE);
    assert_int_equal(via_proxy_unwatch(proxy, ids[3]), VIA_NOT_FOUND);
    assert_int_equal(via_proxy_watch_closely(proxy, on_death, &watches[4], NULL), VIA_OK);
    raw_client_kill(owner);
    assert_true(bell_wait(&deaths.bell, 4));
    static const struct {
        int number;
        enum via_cause cause;
    } rows[] = {{1, VIA_ALIVE}, {3, VIA_ALIVE}, {0, VIA_CRASHED}, {4, VIA_CRASHED}};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(deaths.order[i], rows[i].number);
        assert_int_equal(deaths.causes[i], rows[i].cause);
    }
    via_proxy_unref(proxy);
    via_node_destroy(client);
    assert_int_equal(bell_count(&deaths.bell), 4);
}

struct caller_end {
    struct bell came, gone;
    enum via_cause cause;
    struct via_call *kept;
};

static void on_gone(void *user, enum via_cause cause)
{
    struct caller_end *end = user;
    end->cause = cause;
    bell_ring(&end->gone);
}

static void watch_caller(void *user, struct via_call *call)
{
    struct caller_end *end = user;
    assert_int_equal(via_call_watch(call, on_gone, end), VIA_OK);
    end->kept = via_call_keep(call);
    bell_ring(&end->came);
}

static void a_callee_hears_of_its_callers_end(void **state)
{
    (void)state;
    struct caller_end end = {.came = BELL_INIT, .gone = BELL_INIT};
    struct via_node *service = world_node(&gateway, 0), *client = world_node(&gateway, 0);
    struct via_stub *stub = world_publish(service, "watcher", watch_caller, &end);
    struct via_proxy *proxy = world_find(client, "watcher");
    assert_int_equal(via_proxy_send(proxy, 1, NULL), VIA_OK);
    assert_true(bell_wait(&end.came, 1));
    assert_false(via_call_is_cancelled(end.kept));
    via_node_destroy(client);
    assert_true(bell_wait(&end.gone, 1));
    assert_int_equal(end.cause, VIA_EXITED);
    assert_true(via_call_is_cancelled(end.kept));
    assert_int_equal(via_call_watch(end.kept, on_gone, &end), VIA_DEAD);
    via_call_unref(end.kept);
    via_proxy_unref(proxy);
    via_stub_unref(stub);
    via_node_destroy(service);
    assert_int_equal(bell_count(&end.gone), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_gives_each_client_its_own_object),
        cmocka_unit_test(opening_works_within_one_process),
        cmocka_unit_test(a_queue_is_served_by_the_programs_own_thread),
        cmocka_unit_test(a_find_waits_for_a_name),
        cmocka_unit_test(a_taken_name_is_refused_until_it_is_free),
        cmocka_unit_test(a_long_list_comes_whole_and_in_order),
        cmocka_unit_test(names_are_watched),
        cmocka_unit_test(a_ping_goes_to_the_gateway_and_back),
        cmocka_unit_test(events_reach_all_subscribers_in_order),
        cmocka_unit_test(a_late_subscriber_gets_the_latest),
        cmocka_unit_test(a_subscription_may_be_closed_from_within),
        cmocka_unit_test(an_object_subscribes_to_its_own_events_too),
        cmocka_unit_test(watches_are_told_once_in_order),
        cmocka_unit_test(a_watch_keeps_its_proxy),
        cmocka_unit_test(a_close_watch_is_told_of_a_lost_oneway),
        cmocka_unit_test(a_callee_hears_of_its_callers_end),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
