/*
 * What a service emits to all who opened it, and to one of them: through a real gateway, each
 * client a session of its own, over its socket.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/integration/core_world.h"

#define N_CLIENTS 3u
#define N_ROUNDS 200u

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

struct desk {
    struct via_node *node;
    struct via_stub *stub;
    struct via_stub *opened[N_CLIENTS];
    unsigned n_opened;
};

static enum via_status open_desk(void *user, const struct via_caller *caller,
                                 struct via_parcel *request, struct via_proxy *back,
                                 struct via_stub **openedp, struct via_parcel *answer)
{
    (void)caller;
    (void)request;
    (void)back;
    (void)answer;
    struct desk *desk = user;
    const struct via_stub_ops ops = {.size = sizeof ops};
    assert_true(desk->n_opened < N_CLIENTS);
    assert_int_equal(via_stub_create(desk->node, &ops, NULL, openedp), VIA_OK);
    desk->opened[desk->n_opened++] = via_stub_ref(*openedp);
    return VIA_OK;
}

struct client {
    struct via_node *node;
    struct via_proxy *proxy, *opened;
    struct via_subscription *subscription;
    struct bell heard, ended;
    uint32_t number; /* of the client */
    uint32_t n_all, n_own;
    uint64_t epoch, last;
    bool wrong;
};

/* Each round is one event to all, its number as the value, then one to each client. */
static void hear(void *user, const struct via_event *event)
{
    struct client *client = user;
    uint32_t value = world_value(event->data);
    if (event->id == 1) {
        client->wrong |= value != client->n_all || event->number != client->last + 1;
        client->last = event->number;
        client->n_all++;
    } else {
        client->wrong |= event->id != 2 || event->number != 0 ||
                         value != 1000 * client->number + client->n_own ||
                         client->n_own + 1 != client->n_all;
        client->n_own++;
    }
    client->wrong |= event->lost != 0;
    client->epoch = event->epoch;
    bell_ring(&client->heard);
}

static void on_ended(void *user, enum via_cause cause)
{
    struct client *client = user;
    client->wrong |= cause != VIA_WITHDRAWN;
    bell_ring(&client->ended);
}

static void begin(struct client *client, uint32_t number)
{
    const struct via_subscribe_options options = {.size = sizeof options, .ended = on_ended};
    *client = (struct client){.number = number, .heard = BELL_INIT, .ended = BELL_INIT};
    client->node = world_node(&gateway, 0);
    client->proxy = world_find(client->node, "desk");
    assert_int_equal(via_proxy_open(client->proxy, NULL, NULL, 0, &client->opened, NULL), VIA_OK);
    assert_int_equal(
        via_proxy_subscribe(client->opened, &options, hear, client, &client->subscription), VIA_OK);
}

static void emit(struct via_stub *stub, uint32_t id, uint32_t value)
{
    struct via_parcel *data = world_parcel(value);
    assert_int_equal(via_stub_emit(stub, id, data), VIA_OK);
    via_parcel_unref(data);
}

static void each_client_hears_all_and_its_own_in_order(void **state)
{
    (void)state;
    struct desk desk = {.node = world_node(&gateway, 0)};
    struct client clients[N_CLIENTS];
    const struct via_stub_ops ops = {.size = sizeof ops, .open = open_desk};
    assert_int_equal(via_stub_create(desk.node, &ops, &desk, &desk.stub), VIA_OK);
    assert_int_equal(via_node_publish(desk.node, "core", "desk", desk.stub, NULL), VIA_OK);
    for (uint32_t i = 0; i < N_CLIENTS; i++)
        begin(&clients[i], i);
    for (uint32_t round = 0; round < N_ROUNDS; round++) {
        emit(desk.stub, 1, round);
        for (uint32_t i = 0; i < N_CLIENTS; i++)
            emit(desk.opened[i], 2, 1000 * i + round);
    }
    for (uint32_t i = 0; i < N_CLIENTS; i++) {
        assert_true(bell_wait(&clients[i].heard, 2 * N_ROUNDS));
        assert_false(clients[i].wrong);
        assert_true(clients[i].epoch == clients[0].epoch);
    }
    /* What it was given ends for one, and for nobody else. */
    via_stub_withdraw(desk.opened[0]);
    assert_true(bell_wait(&clients[0].ended, 1));
    emit(desk.stub, 1, N_ROUNDS);
    assert_true(bell_wait(&clients[1].heard, 2 * N_ROUNDS + 1));
    assert_true(bell_wait(&clients[2].heard, 2 * N_ROUNDS + 1));
    assert_int_equal(bell_count(&clients[0].heard), 2 * N_ROUNDS);
    for (uint32_t i = 0; i < N_CLIENTS; i++) {
        assert_false(clients[i].wrong);
        assert_null(via_subscription_close(clients[i].subscription));
        via_proxy_unref(clients[i].opened);
        via_proxy_unref(clients[i].proxy);
        assert_null(via_node_destroy(clients[i].node));
        via_stub_unref(desk.opened[i]);
    }
    via_stub_unref(desk.stub);
    assert_null(via_node_destroy(desk.node));
}

/* ---- an opened object and its back reference ---- */

#define N_ASKED 60u
#define LARGE_SIZE 200000u

struct talker {
    struct via_node *node;
    struct via_proxy *back;
};

/* A parcel of which every third is large: @value first. */
static struct via_parcel *make_parcel(uint32_t value)
{
    static const uint8_t octets[LARGE_SIZE];
    struct via_parcel *parcel = world_parcel(value);
    if (value % 3 == 0)
        assert_int_equal(via_parcel_append(parcel, octets, sizeof octets, VIA_TAG_PAD, NULL),
                         VIA_OK);
    return parcel;
}

/* Says 2n to the back reference, then answers 2n + 1. */
static void talk(void *user, struct via_call *call)
{
    const struct talker *talker = user;
    uint32_t value = world_value(via_call_request(call));
    struct via_parcel *said = make_parcel(2 * value), *answer = make_parcel(2 * value + 1);
    assert_int_equal(via_proxy_send(talker->back, 1, said), VIA_OK);
    assert_int_equal(via_call_reply(call, 0, answer), VIA_OK);
    via_parcel_unref(said);
    via_parcel_unref(answer);
}

static enum via_status open_talker(void *user, const struct via_caller *caller,
                                   struct via_parcel *request, struct via_proxy *back,
                                   struct via_stub **openedp, struct via_parcel *answer)
{
    struct talker *talker = user;
    (void)caller;
    (void)request;
    (void)answer;
    const struct via_stub_ops ops = {.size = sizeof ops, .call = talk};
    talker->back = via_proxy_ref(back);
    return via_stub_create(talker->node, &ops, talker, openedp);
}

static void answers_and_calls_back_come_in_one_order(void **state)
{
    (void)state;
    struct talker talker = {.node = world_node(&gateway, 0)};
    struct via_node *client = world_node(&gateway, 0);
    const struct via_stub_ops ops = {.size = sizeof ops, .open = open_talker};
    const struct via_stub_ops queued = {.size = sizeof queued};
    struct via_stub *service, *back;
    struct via_queue *queue;
    struct via_proxy *opened;
    assert_int_equal(via_node_set_workers(talker.node, 1), VIA_OK); /* so that it talks in order */
    assert_int_equal(via_stub_create(talker.node, &ops, &talker, &service), VIA_OK);
    assert_int_equal(via_node_publish(talker.node, "core", "talker", service, NULL), VIA_OK);
    assert_int_equal(via_queue_create(client, NULL, NULL, &queue), VIA_OK);
    assert_int_equal(via_stub_create(client, &queued, NULL, &back), VIA_OK);
    via_stub_set_queue(back, queue);
    struct via_proxy *proxy = world_find(client, "talker");
    assert_int_equal(via_proxy_open(proxy, NULL, back, 0, &opened, NULL), VIA_OK);
    for (uint32_t i = 0; i < N_ASKED; i++) {
        struct via_parcel *request = world_parcel(i);
        assert_int_equal(via_proxy_call_queued(opened, 1, request, 0, queue, NULL, NULL), VIA_OK);
        via_parcel_unref(request);
    }
    for (uint32_t i = 0; i < 2 * N_ASKED; i++) {
        struct via_arrival arrival;
        assert_int_equal(via_queue_take(queue, -1, &arrival), VIA_OK);
        assert_int_equal(arrival.call == NULL, i % 2);
        assert_int_equal(arrival.status, VIA_OK);
        assert_int_equal(
            world_value(arrival.call != NULL ? via_call_request(arrival.call) : arrival.reply), i);
        via_parcel_unref(arrival.reply);
        via_call_unref(arrival.call);
    }
    via_proxy_unref(opened);
    via_proxy_unref(proxy);
    via_stub_unref(back);
    assert_null(via_queue_destroy(queue));
    assert_null(via_node_destroy(client));
    via_proxy_unref(talker.back);
    via_stub_unref(service);
    assert_null(via_node_destroy(talker.node));
}

/* ---- an open whose caller has gone ---- */

struct late {
    struct via_node *node;
    struct bell given_up, unreferenced;
};

static void ring_unreferenced(void *user)
{
    struct late *late = user;
    bell_ring(&late->unreferenced);
}

static enum via_status open_late(void *user, const struct via_caller *caller,
                                 struct via_parcel *request, struct via_proxy *back,
                                 struct via_stub **openedp, struct via_parcel *answer)
{
    struct late *late = user;
    (void)caller;
    (void)request;
    (void)back;
    (void)answer;
    const struct via_stub_ops ops = {.size = sizeof ops, .unreferenced = ring_unreferenced};
    assert_true(bell_wait(&late->given_up, 1));
    return via_stub_create(late->node, &ops, late, openedp);
}

static void an_opened_object_that_nobody_gets_is_unreferenced(void **state)
{
    (void)state;
    struct late late = {
        .node = world_node(&gateway, 0), .given_up = BELL_INIT, .unreferenced = BELL_INIT};
    struct via_node *client = world_node(&gateway, 0);
    const struct via_stub_ops ops = {.size = sizeof ops, .open = open_late};
    struct via_stub *service;
    struct via_proxy *opened;
    assert_int_equal(via_stub_create(late.node, &ops, &late, &service), VIA_OK);
    assert_int_equal(via_node_publish(late.node, "core", "late", service, NULL), VIA_OK);
    struct via_proxy *proxy = world_find(client, "late");
    assert_int_equal(via_proxy_open(proxy, NULL, NULL, 50, &opened, NULL), VIA_TIMEOUT);
    bell_ring(&late.given_up);
    assert_true(bell_wait(&late.unreferenced, 1));
    via_proxy_unref(proxy);
    assert_null(via_node_destroy(client));
    via_stub_unref(service);
    assert_null(via_node_destroy(late.node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_client_hears_all_and_its_own_in_order),
        cmocka_unit_test(answers_and_calls_back_come_in_one_order),
        cmocka_unit_test(an_opened_object_that_nobody_gets_is_unreferenced),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
