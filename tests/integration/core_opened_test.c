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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_client_hears_all_and_its_own_in_order),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
