/*
 * Large messages between real processes' nodes, over a real viaductd, by its socket and over TLS:
 * they arrive whole, both ways and several at once; small ones go on beside them; a reader that
 * stops holds up its own; what is too large is refused and nothing else is lost.
 */
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bridge/peer.h"
#include "tests/integration/core_world.h"
#include "tests/integration/daemon.h"
#include "tests/integration/stage.h"

#define LARGEST PEER_FRAME_MAX_DEFAULT
#define RAISED (20u << 20) /* the gateway's, and of programs that say so */
#define LENGTH_SIZE 4u     /* stands before the octets in a parcel */
#define PATIENCE_MS 60000u
#define N_BESIDE 20u /* small calls that must be done while one large one is under way */

enum { ECHO = 50, DOUBLE, MEASURE };

static struct daemon daemon_;
static struct settings here, far;

static int start(void **state)
{
    (void)state;
    daemon_prepare(&daemon_);
    (void)snprintf(daemon_.limits, sizeof daemon_.limits, "\"max_frame_size\": %u,", RAISED);
    daemon_start(&daemon_);
    daemon_settings(&daemon_, false, &here);
    daemon_settings(&daemon_, true, &far);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    daemon_stop(&daemon_);
    daemon_clean(&daemon_);
    return 0;
}

static struct via_node *node_that_takes(const struct settings *where, uint32_t max_frame_size)
{
    struct via_node *node;
    struct via_node_options options = {.size = sizeof options,
                                       .connect_ms = 60000,
                                       .gateway = strchr(where->list[0], '=') + 1,
                                       .max_frame_size = max_frame_size};
    if (where == &far) {
        options.ca = strchr(where->list[1], '=') + 1;
        options.cert = strchr(where->list[2], '=') + 1;
        options.key = strchr(where->list[3], '=') + 1;
    }
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    return node;
}

static struct via_node *node_at(const struct settings *where)
{
    return node_that_takes(where, 0);
}

static const struct {
    const struct settings *service, *client;
} ways[] = {{&here, &here}, {&here, &far}, {&far, &here}, {&far, &far}};
#define N_WAYS (sizeof ways / sizeof *ways)

static void handle(void *user, struct via_call *call)
{
    (void)user;
    struct via_parcel *request = via_call_request(call);
    switch (via_call_code(call)) {
    case ECHO:
        (void)via_call_reply(call, 0, request);
        break;
    case MEASURE:
        world_answer(call, (uint32_t)via_parcel_size(request));
        break;
    default:
        world_answer(call, 2 * world_value(request));
    }
}

struct scene {
    struct via_node *service, *client; /* owned */
    struct via_stub *stub;
    struct via_proxy *large, *small;
    struct via_stub *other;
};

/* Two objects of one service, and a client that has both: all of it over one link each. */
static void open_scene(struct scene *scene, size_t way)
{
    scene->service = node_at(ways[way].service);
    scene->stub = world_publish(scene->service, "large", handle, NULL);
    scene->other = world_publish(scene->service, "small", handle, NULL);
    scene->client = node_at(ways[way].client);
    scene->large = world_find(scene->client, "large");
    scene->small = world_find(scene->client, "small");
}

static void close_scene(struct scene *scene)
{
    via_proxy_unref(scene->large);
    via_proxy_unref(scene->small);
    assert_null(via_node_destroy(scene->client));
    via_stub_unref(scene->stub);
    via_stub_unref(scene->other);
    assert_null(via_node_destroy(scene->service));
}

/* A parcel of @size octets in all, which differ from place to place. */
static struct via_parcel *make_parcel(size_t size)
{
    size_t n = size - LENGTH_SIZE;
    uint8_t *octets = malloc(n);
    assert_non_null(octets);
    uint32_t random = (uint32_t)size;
    for (size_t i = 0; i < n; i++) {
        random = random * 1664525u + 1013904223u;
        octets[i] = (uint8_t)(random >> 24);
    }
    struct via_parcel *parcel;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_write_bytes(parcel, octets, n), VIA_OK);
    assert_int_equal(via_parcel_size(parcel), size);
    free(octets);
    return parcel;
}

static void echo(struct via_proxy *proxy, struct via_parcel *request)
{
    struct via_parcel *reply;
    assert_int_equal(via_proxy_call(proxy, ECHO, request, PATIENCE_MS, NULL, &reply), VIA_OK);
    assert_int_equal(via_parcel_size(reply), via_parcel_size(request));
    assert_memory_equal(via_parcel_data(reply), via_parcel_data(request), via_parcel_size(request));
    via_parcel_unref(reply);
}

static void every_size_goes_there_and_back_every_way(void **state)
{
    (void)state;
    static const size_t sizes[] = {65536 - 48, 65536 - 40, 65536 - 32, 65536,
                                   65536 + 8,  131072,     1000004,    LARGEST};
    for (size_t way = 0; way < N_WAYS; way++) {
        struct scene scene;
        open_scene(&scene, way);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct via_parcel *request = make_parcel(sizes[i]);
            echo(scene.large, request);
            via_parcel_unref(request);
        }
        close_scene(&scene);
    }
}

static void one_octet_more_is_refused_and_nothing_is_lost(void **state)
{
    (void)state;
    for (size_t way = 0; way < N_WAYS; way++) {
        struct scene scene;
        open_scene(&scene, way);
        struct via_parcel *request = make_parcel(LARGEST + 4);
        assert_int_equal(via_proxy_call(scene.large, ECHO, request, 0, NULL, NULL), VIA_TOO_LARGE);
        via_parcel_unref(request);
        assert_int_equal(world_ask(scene.large, DOUBLE, 4), 8);
        close_scene(&scene);
    }
}

static void who_says_so_takes_more(void **state)
{
    (void)state;
    struct via_node *service = node_that_takes(&far, RAISED);
    struct via_stub *stub = world_publish(service, "raised", handle, NULL);
    struct via_node *client = node_that_takes(&here, RAISED), *other = node_at(&far);
    struct via_proxy *proxy = world_find(client, "raised"), *others = world_find(other, "raised");
    struct via_parcel *request = make_parcel(RAISED), *more = make_parcel(RAISED + 4), *reply;
    echo(proxy, request);
    assert_int_equal(via_proxy_call(proxy, ECHO, more, 0, NULL, NULL), VIA_TOO_LARGE);
    /* It may send that much, and cannot take it back. */
    assert_int_equal(via_proxy_call(others, MEASURE, request, PATIENCE_MS, NULL, &reply), VIA_OK);
    assert_int_equal(world_value(reply), RAISED);
    via_parcel_unref(reply);
    assert_int_equal(via_proxy_call(others, ECHO, request, PATIENCE_MS, NULL, NULL), VIA_TOO_LARGE);
    assert_int_equal(world_ask(others, DOUBLE, 4), 8);
    via_parcel_unref(request);
    via_parcel_unref(more);
    via_proxy_unref(proxy);
    via_proxy_unref(others);
    assert_null(via_node_destroy(other));
    assert_null(via_node_destroy(client));
    via_stub_unref(stub);
    assert_null(via_node_destroy(service));
}

/* ---- side by side ---- */

struct large_call {
    pthread_t thread;
    struct via_proxy *proxy;
    struct via_parcel *request;
    atomic_bool done;
};

static void *call_large(void *user)
{
    struct large_call *large = user;
    echo(large->proxy, large->request);
    atomic_store(&large->done, true);
    return NULL;
}

static void begin_large(struct large_call *large, struct via_proxy *proxy,
                        struct via_parcel *request)
{
    large->proxy = proxy;
    large->request = request;
    atomic_init(&large->done, false);
    assert_int_equal(pthread_create(&large->thread, NULL, call_large, large), 0);
}

static void small_calls_go_on_beside_a_large_one(void **state)
{
    (void)state;
    struct via_parcel *request = make_parcel(LARGEST);
    for (size_t way = 0; way < N_WAYS; way++) {
        struct scene scene;
        struct large_call large;
        open_scene(&scene, way);
        assert_int_equal(world_ask(scene.small, DOUBLE, 1), 2);
        begin_large(&large, scene.large, request);
        uint32_t n = 0;
        while (!atomic_load(&large.done)) {
            assert_int_equal(world_ask(scene.small, DOUBLE, n), 2 * n);
            n++;
        }
        assert_int_equal(pthread_join(large.thread, NULL), 0);
        if (n < N_BESIDE)
            fail_msg("way %zu: %u small calls beside a large one", way, n);
        close_scene(&scene);
    }
    via_parcel_unref(request);
}

static void four_clients_call_at_once(void **state)
{
    (void)state;
    enum { N_CLIENTS = 4 };
    struct via_parcel *request = make_parcel(LARGEST);
    for (size_t way = 0; way < N_WAYS; way++) {
        struct via_node *service = node_at(ways[way].service);
        struct via_stub *stub = world_publish(service, "large", handle, NULL);
        struct via_node *clients[N_CLIENTS];
        struct large_call calls[N_CLIENTS];
        for (size_t i = 0; i < N_CLIENTS; i++) {
            clients[i] = node_at(ways[way].client);
            begin_large(&calls[i], world_find(clients[i], "large"), request);
        }
        for (size_t i = 0; i < N_CLIENTS; i++) {
            assert_int_equal(pthread_join(calls[i].thread, NULL), 0);
            via_proxy_unref(calls[i].proxy);
            assert_null(via_node_destroy(clients[i]));
        }
        via_stub_unref(stub);
        assert_null(via_node_destroy(service));
    }
    via_parcel_unref(request);
}

/* ---- a reader that stops ---- */

static void start_stage(struct process *process, const char *name, const struct settings *where)
{
    char line[64];
    char path[256];
    const char *const argv[] = {process_program(path, "../tests/integration/everywhere"), "serve",
                                name, NULL};
    process_start(process, argv, where->list);
    process_line(process, line, sizeof line);
    assert_string_equal(line, "ready");
}

static void a_reader_that_stops_holds_up_its_own_messages_alone(void **state)
{
    (void)state;
    for (size_t way = 0; way < N_WAYS; way++) {
        struct process stage;
        struct scene scene;
        start_stage(&stage, "stopped", ways[way].service);
        open_scene(&scene, way);
        struct via_proxy *stopped = world_find(scene.client, "stopped");
        struct via_parcel *request = make_parcel(LARGEST);
        assert_int_equal(kill(stage.pid, SIGSTOP), 0);
        struct via_parcel *reply;
        /* it cannot arrive: its own time is up, and what was under way of it is cut short */
        assert_int_equal(via_proxy_call(stopped, STAGE_SIZE, request, 300, NULL, &reply),
                         VIA_TIMEOUT);
        echo(scene.large, request);
        assert_int_equal(world_ask(scene.small, DOUBLE, 5), 10);
        assert_int_equal(kill(stage.pid, SIGCONT), 0);
        assert_int_equal(via_proxy_call(stopped, STAGE_SIZE, request, PATIENCE_MS, NULL, &reply),
                         VIA_OK);
        assert_int_equal(world_value(reply), LARGEST - LENGTH_SIZE);
        via_parcel_unref(reply);
        via_parcel_unref(request);
        via_proxy_unref(stopped);
        close_scene(&scene);
        process_release(&stage);
        int status = process_wait(&stage);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

static void who_dies_in_the_middle_is_dead_to_its_caller(void **state)
{
    (void)state;
    struct process stage;
    struct scene scene;
    start_stage(&stage, "dying", &here);
    open_scene(&scene, 1);
    struct via_proxy *dying = world_find(scene.client, "dying");
    struct via_parcel *request = make_parcel(LARGEST);
    assert_int_equal(kill(stage.pid, SIGSTOP), 0);
    struct via_parcel *reply;
    assert_int_equal(via_proxy_call(dying, STAGE_SIZE, request, 200, NULL, &reply), VIA_TIMEOUT);
    process_kill(&stage, SIGKILL);
    assert_true(WIFSIGNALED(process_wait(&stage)));
    assert_int_equal(via_proxy_call(dying, STAGE_SIZE, request, PATIENCE_MS, NULL, &reply),
                     VIA_DEAD);
    echo(scene.large, request);
    via_parcel_unref(request);
    via_proxy_unref(dying);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_goes_there_and_back_every_way),
        cmocka_unit_test(one_octet_more_is_refused_and_nothing_is_lost),
        cmocka_unit_test(who_says_so_takes_more),
        cmocka_unit_test(small_calls_go_on_beside_a_large_one),
        cmocka_unit_test(four_clients_call_at_once),
        cmocka_unit_test(a_reader_that_stops_holds_up_its_own_messages_alone),
        cmocka_unit_test(who_dies_in_the_middle_is_dead_to_its_caller),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
