/*
 * Many things at once: threads that call, send, subscribe, pass objects along and let go, on nodes
 * that come and go, while the gateway is restarted under them. Whatever each call comes to, it
 * comes to something; every asynchronous one is told once; and at the end nothing is left.
 */
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/core_world.h"

#define THREADS 4u
#define RESTARTS 4u

enum code { DOUBLE = 1, CALL_BACK, NOTE, KEEP };

static char folder[64];
static char socket_path[96];
static atomic_ulong n_started, n_told, n_destroyed, n_created;
static struct bell handled = BELL_INIT;
static atomic_bool over;

struct server {
    struct via_gateway *gateway;
    pthread_t thread;
};

static void *run_server(void *user)
{
    struct server *server = user;
    return via_gateway_run(server->gateway) == VIA_OK ? server : NULL;
}

static void start_server(struct server *server)
{
    const struct via_gateway_options options = {.size = sizeof options, .socket = socket_path};
    char words[1024] = "";
    if (via_gateway_create(&options, words, sizeof words, &server->gateway) != VIA_OK)
        fail_msg("no gateway: %s", words);
    assert_int_equal(pthread_create(&server->thread, NULL, run_server, server), 0);
}

static void stop_server(struct server *server)
{
    void *ended;
    via_gateway_stop(server->gateway);
    assert_int_equal(pthread_join(server->thread, &ended), 0);
    assert_ptr_equal(ended, server);
    server->gateway = via_gateway_destroy(server->gateway);
}

static void on_destroyed(void *user)
{
    (void)user;
    (void)atomic_fetch_add(&n_destroyed, 1);
}

static void call_back(struct via_call *call)
{
    struct via_proxy *back = NULL;
    struct via_parcel *value = world_parcel(1);
    enum via_status status = via_parcel_read_ref(via_call_request(call), &back);
    if (status == VIA_OK && back != NULL)
        status = via_proxy_call(back, DOUBLE, value, 2000, NULL, NULL);
    if (status != VIA_OK)
        (void)via_call_fail(call, status);
    else
        (void)via_call_reply(call, 0, NULL);
    via_parcel_unref(value);
    via_proxy_unref(back);
}

static void *answer_later(void *user)
{
    struct via_call *call = user;
    (void)via_call_reply(call, 0, NULL);
    via_call_unref(call);
    return NULL;
}

static void keep(struct via_call *call)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer_later, via_call_keep(call)), 0);
    assert_int_equal(pthread_detach(thread), 0);
}

static void handle(void *user, struct via_call *call)
{
    (void)user;
    bell_ring(&handled);
    switch ((enum code)via_call_code(call)) {
    case DOUBLE:
        (void)via_call_reply(call, 0, via_call_request(call));
        break;
    case CALL_BACK:
        call_back(call);
        break;
    case NOTE:
        (void)!via_stub_emit(via_call_stub(call), 1, via_call_request(call));
        break;
    case KEEP:
        keep(call);
        break;
    }
}

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    (void)user;
    (void)status;
    (void)result;
    (void)reply;
    (void)atomic_fetch_add(&n_told, 1);
}

static void on_event(void *user, const struct via_event *event)
{
    (void)user;
    (void)event;
}

static void on_death(void *user, enum via_cause cause)
{
    assert_int_not_equal(cause, VIA_ALIVE);
    (void)atomic_fetch_add((atomic_ulong *)user, 1);
}

static struct via_stub *make_stub(struct via_node *node)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle, .destroyed = on_destroyed};
    struct via_stub *stub;
    assert_int_equal(via_stub_create(node, &ops, NULL, &stub), VIA_OK);
    (void)atomic_fetch_add(&n_created, 1);
    return stub;
}

/* Everything at once with one service; statuses are as the moment has it. */
static void use(struct via_node *node, struct via_proxy *proxy)
{
    struct via_parcel *value = world_parcel(3), *refs, *reply;
    struct via_stub *own = make_stub(node);
    struct via_proxy *own_proxy = via_stub_proxy(own);
    struct via_subscription *subscription = NULL;
    struct via_pending *pending = NULL;
    assert_int_equal(via_parcel_create(&refs), VIA_OK);
    assert_int_equal(via_parcel_write_ref(refs, own_proxy), VIA_OK);
    if (via_proxy_subscribe(proxy, NULL, on_event, NULL, &subscription) != VIA_OK)
        subscription = NULL;
    for (unsigned i = 0; i < 20; i++) {
        (void)!via_proxy_send(proxy, NOTE, value);
        if (via_proxy_call_async(proxy, i % 2 == 0 ? DOUBLE : KEEP, value, 3000, on_reply, NULL,
                                 i % 5 == 0 ? &pending : NULL) == VIA_OK) {
            (void)atomic_fetch_add(&n_started, 1);
            if (i % 5 == 0) {
                via_pending_cancel(pending);
                via_pending_unref(pending);
            }
        }
        if (via_proxy_call(proxy, DOUBLE, value, 3000, NULL, &reply) == VIA_OK)
            via_parcel_unref(reply);
        if (via_proxy_call(proxy, CALL_BACK, refs, 3000, NULL, &reply) == VIA_OK)
            via_parcel_unref(reply);
    }
    via_subscription_close(subscription);
    via_parcel_unref(refs);
    via_parcel_unref(value);
    via_proxy_unref(own_proxy);
    via_stub_unref(own);
}

static void *use_and_go(void *user)
{
    (void)user;
    for (unsigned round = 0; !atomic_load(&over); round++) {
        struct via_node *node = world_node_at(socket_path, 2);
        struct via_proxy *proxy;
        atomic_ulong n_deaths = 0;
        unsigned long n_watched = 0;
        if (via_node_find(node, "core", "stressed", 2000, &proxy) == VIA_OK) {
            uint64_t id;
            bool taken_back;
            assert_int_equal(via_proxy_watch(proxy, on_death, &n_deaths, NULL), VIA_OK);
            assert_int_equal(via_proxy_watch(proxy, on_death, &n_deaths, &id), VIA_OK);
            use(node, proxy);
            taken_back = via_proxy_unwatch(proxy, id) == VIA_OK;
            n_watched = taken_back ? 1 : 2;
            if (round % 2 == 0)
                via_proxy_unref(proxy);
            via_node_destroy(node);
            if (round % 2 != 0)
                via_proxy_unref(proxy);
        } else {
            via_node_destroy(node);
        }
        /* The node's end is the death of all that it held. */
        assert_int_equal(atomic_load(&n_deaths), n_watched);
    }
    return NULL;
}

static void whatever_happens_all_is_told_and_nothing_is_left(void **state)
{
    (void)state;
    struct server server;
    pthread_t threads[THREADS];
    start_server(&server);
    struct via_node *service = world_node_at(socket_path, 3);
    struct via_stub *stub = make_stub(service);
    assert_int_equal(via_node_publish(service, "core", "stressed", stub, NULL), VIA_OK);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_and_go, NULL), 0);
    for (unsigned i = 1; i <= RESTARTS; i++) {
        assert_true(bell_wait(&handled, bell_count(&handled) + 1000));
        stop_server(&server);
        start_server(&server);
    }
    atomic_store(&over, true);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    via_stub_unref(stub);
    via_node_destroy(service);
    stop_server(&server);
    assert_int_equal(atomic_load(&n_told), atomic_load(&n_started));
    assert_int_equal(atomic_load(&n_destroyed), atomic_load(&n_created));
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/viaduct-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(socket_path, sizeof socket_path, "%s/sock", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char lock[112];
    (void)snprintf(lock, sizeof lock, "%s.lock", socket_path);
    (void)unlink(lock);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_all_is_told_and_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
