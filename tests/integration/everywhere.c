/*
 * A program that is service and client in one, and runs wherever its environment puts it. It
 * publishes core:stage, unless somebody has done so already, and uses whichever there is; what it
 * sees goes to its standard output, and must be the same everywhere.
 *
 * everywhere              plays
 * everywhere serve NAME   only publishes, core:NAME or FAMILY:NAME; says "ready", and goes when its
 * standard input ends
 */
#include <cmocka.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/core_world.h"
#include "tests/integration/stage.h"

/* ---- calls ---- */

static void play_calls(struct via_proxy *stage)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 200; i++)
        sum += world_ask(stage, STAGE_DOUBLE, i);
    printf("200 calls: %u\n", sum);
    printf("a failure: %s\n",
           via_status_name(via_proxy_call(stage, STAGE_FAIL, NULL, 0, NULL, NULL)));
    printf("no such code: %s\n", via_status_name(via_proxy_call(stage, 999, NULL, 0, NULL, NULL)));
    for (uint32_t i = 0; i < 300; i++) {
        struct via_parcel *value = world_parcel(i);
        assert_int_equal(via_proxy_send(stage, STAGE_NOTE, value), VIA_OK);
        via_parcel_unref(value);
    }
    printf("oneways in order: %u\n", world_ask(stage, STAGE_NOTED, 0));

    struct via_parcel *request, *reply;
    uint8_t *octets = calloc(1, 700000);
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_bytes(request, octets, 700000), VIA_OK);
    assert_int_equal(via_proxy_call(stage, STAGE_SIZE, request, 0, NULL, &reply), VIA_OK);
    printf("a large parcel: %u\n", world_value(reply));
    via_parcel_unref(request);
    via_parcel_unref(reply);
    free(octets);
}

struct outcomes {
    struct bell bell;
    atomic_uint statuses[64];
};

static void on_outcome(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct outcomes *outcomes = user;
    (void)result;
    (void)reply;
    (void)atomic_fetch_add(&outcomes->statuses[status], 1);
    bell_ring(&outcomes->bell);
}

static void play_endings(struct via_proxy *stage)
{
    struct outcomes many = {.bell = BELL_INIT};
    struct via_parcel *request = world_parcel(3);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(
            via_proxy_call_async(stage, STAGE_DOUBLE, request, 0, on_outcome, &many, NULL), VIA_OK);
    assert_true(bell_wait(&many.bell, 1000));
    via_parcel_unref(request);
    printf("at once: %u\n", atomic_load(&many.statuses[VIA_OK]));

    printf("deadline: %s\n",
           via_status_name(via_proxy_call(stage, STAGE_KEEP, NULL, 400, NULL, NULL)));
    printf("answered late: %s\n", via_status_name(world_ask(stage, STAGE_LATE, 0)));
}

/* The handler is told: it keeps the call until it is. */
static void play_cancel(struct via_proxy *stage)
{
    struct outcomes one = {.bell = BELL_INIT};
    struct via_pending *pending;
    assert_int_equal(via_proxy_call_async(stage, STAGE_KEEP, NULL, 0, on_outcome, &one, &pending),
                     VIA_OK);
    assert_int_equal(world_ask(stage, STAGE_KEPT, 0), 1);
    via_pending_cancel(pending);
    printf("its handler was told: %s\n", via_status_name(world_ask(stage, STAGE_CANCELLED, 0)));
    assert_true(bell_wait(&one.bell, 1));
    printf("cancelled: %u\n", atomic_load(&one.statuses[VIA_CANCELLED]));
    via_pending_unref(pending);
}

/* ---- references ---- */

static void handle_own(void *user, struct via_call *call)
{
    struct via_stub *self = *(struct via_stub **)user;
    struct via_parcel *request = via_call_request(call);
    uint32_t value = world_value(request);
    if (via_call_code(call) == STAGE_DOUBLE) {
        world_answer(call, 2 * value);
        return;
    }
    struct via_proxy *other;
    uint32_t answer = 1;
    assert_int_equal(via_call_code(call), STAGE_DIVE);
    assert_int_equal(via_parcel_read_ref(request, &other), VIA_OK);
    if (value > 0) {
        struct via_proxy *proxy = via_stub_proxy(self);
        struct via_parcel *next = world_parcel(value - 1), *reply;
        assert_int_equal(via_parcel_write_ref(next, proxy), VIA_OK);
        assert_int_equal(via_proxy_call(other, STAGE_DIVE, next, 0, NULL, &reply), VIA_OK);
        answer += world_value(reply);
        via_parcel_unref(next);
        via_parcel_unref(reply);
        via_proxy_unref(proxy);
    }
    via_proxy_unref(other);
    world_answer(call, answer);
}

static uint32_t ask_with(struct via_proxy *stage, uint32_t code, const uint32_t *value,
                         struct via_stub *own)
{
    struct via_parcel *request, *reply;
    struct via_proxy *proxy = via_stub_proxy(own);
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    if (value != NULL)
        assert_int_equal(via_parcel_write_u32(request, *value), VIA_OK);
    assert_int_equal(via_parcel_write_ref(request, proxy), VIA_OK);
    assert_int_equal(via_proxy_call(stage, code, request, 0, NULL, &reply), VIA_OK);
    uint32_t answer = world_value(reply);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    via_proxy_unref(proxy);
    return answer;
}

static struct via_proxy *be_given(struct via_proxy *stage)
{
    struct via_proxy *given;
    struct via_parcel *request = world_parcel(5), *reply;
    assert_int_equal(via_proxy_call(stage, STAGE_GIVE, request, 0, NULL, &reply), VIA_OK);
    assert_int_equal(world_value(reply), 5);
    assert_int_equal(via_parcel_read_ref(reply, &given), VIA_OK);
    assert_non_null(given);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    return given;
}

/* One worker, and it is the first thing done: a chain has no thread here but the one that waits. */
static void play_references(struct via_node *node, struct via_proxy *stage)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle_own};
    struct via_stub *own = NULL;
    assert_int_equal(via_node_set_workers(node, 1), VIA_OK);
    assert_int_equal(via_stub_create(node, &ops, &own, &own), VIA_OK);
    printf("called back: %u\n", ask_with(stage, STAGE_CALL_BACK, NULL, own));
    const uint32_t depth = 20;
    printf("nested: %u\n", ask_with(stage, STAGE_DIVE, &depth, own));
    via_stub_unref(own);

    struct via_proxy *given = be_given(stage), *other = be_given(stage);
    assert_ptr_not_equal(given, other);
    printf("given: %u %u\n", world_ask(given, STAGE_DOUBLE, 4), world_ask(other, STAGE_DOUBLE, 5));
    via_proxy_unref(given);
    via_proxy_unref(other);
    assert_int_equal(via_node_set_workers(node, 4), VIA_OK);
}

static void handle_back(void *user, struct via_call *call)
{
    assert_int_equal(world_value(via_call_request(call)), 99);
    bell_ring(user);
}

static void play_opening(struct via_node *node, struct via_proxy *stage)
{
    struct bell greeted = BELL_INIT;
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle_back};
    struct via_stub *back;
    struct via_proxy *opened;
    struct via_parcel *request = world_parcel(5), *answer;
    assert_int_equal(via_stub_create(node, &ops, &greeted, &back), VIA_OK);
    printf("opening is refused: %s\n",
           via_status_name(via_proxy_open(stage, NULL, NULL, 0, &opened, NULL)));
    assert_int_equal(via_proxy_open(stage, request, back, 0, &opened, &answer), VIA_OK);
    assert_true(bell_wait(&greeted, 1));
    printf("opened: %u %u\n", world_value(answer), world_ask(opened, STAGE_DOUBLE, 7));
    via_parcel_unref(request);
    via_parcel_unref(answer);
    via_proxy_unref(opened);
    via_stub_unref(back);
}

/* ---- events ---- */

struct events {
    struct bell bell, ended;
    uint64_t epoch, last, lost;
    uint32_t first_value, last_value;
    bool gapless; /* but for what was said to be lost */
    atomic_uint cause;
};

static void on_event(void *user, const struct via_event *event)
{
    struct events *events = user;
    uint32_t value = world_value(event->data);
    if (bell_count(&events->bell) == 0)
        events->first_value = value;
    events->gapless = events->gapless && event->number == events->last + 1 + event->lost;
    events->last = event->number;
    events->epoch = event->epoch;
    events->lost += event->lost;
    events->last_value = value;
    bell_ring(&events->bell);
}

static void on_ended(void *user, enum via_cause cause)
{
    struct events *events = user;
    atomic_store(&events->cause, (unsigned)cause);
    bell_ring(&events->ended);
}

static void print_events(const char *which, struct events *events)
{
    printf("%s: %u events, %u to %u, %u lost, %s\n", which, bell_count(&events->bell),
           events->first_value, events->last_value, (unsigned)events->lost,
           events->gapless ? "no gap hidden" : "a gap hidden");
}

static void play_events(struct via_proxy *stage)
{
    struct events now = {.bell = BELL_INIT, .ended = BELL_INIT, .gapless = true};
    struct events latest = {.bell = BELL_INIT, .ended = BELL_INIT};
    struct events since = {.bell = BELL_INIT, .ended = BELL_INIT, .gapless = true, .last = 100};
    struct via_subscription *subscriptions[3];
    struct via_subscribe_options options = {.size = sizeof options, .ended = on_ended};
    struct via_proxy *source = be_given(stage);
    assert_int_equal(via_proxy_subscribe(source, &options, on_event, &now, &subscriptions[0]),
                     VIA_OK);
    (void)world_ask(source, STAGE_EMIT, 400);
    assert_true(bell_wait(&now.bell, 400));
    print_events("from now", &now);

    options.from = VIA_FROM_LATEST;
    assert_int_equal(via_proxy_subscribe(source, &options, on_event, &latest, &subscriptions[1]),
                     VIA_OK);
    assert_true(bell_wait(&latest.bell, 2));
    print_events("latest of two ids", &latest);

    options.from = VIA_FROM_SINCE;
    options.epoch = now.epoch;
    options.number = 100;
    assert_int_equal(via_proxy_subscribe(source, &options, on_event, &since, &subscriptions[2]),
                     VIA_OK);
    assert_true(bell_wait(&since.bell, 128));
    print_events("since the hundredth", &since);

    assert_int_equal(world_ask(source, STAGE_END, 0), 1);
    assert_true(bell_wait(&now.ended, 1));
    assert_true(bell_wait(&latest.ended, 1));
    assert_true(bell_wait(&since.ended, 1));
    printf("subscriptions end: %s\n", via_cause_name((enum via_cause)atomic_load(&now.cause)));
    printf("and the object: %s\n", via_cause_name(via_proxy_death(source)));
    for (size_t i = 0; i < 3; i++)
        via_subscription_close(subscriptions[i]);
    via_proxy_unref(source);
}

/* ---- names ---- */

struct finder {
    struct via_node *node;
    enum via_status status;
};

static void *find_late(void *user)
{
    struct finder *finder = user;
    struct via_proxy *proxy = NULL;
    finder->status = via_node_find(finder->node, "core", "stage, late", UINT32_MAX, &proxy);
    via_proxy_unref(proxy);
    return NULL;
}

static void play_names(struct via_node *node, struct via_proxy *stage)
{
    struct finder finder = {.node = node};
    struct via_proxy *proxy;
    pthread_t thread;
    printf("not there: %s\n",
           via_status_name(via_node_find(node, "core", "stage, late", 30, &proxy)));
    assert_int_equal(pthread_create(&thread, NULL, find_late, &finder), 0);
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_str(request, "stage, late"), VIA_OK);
    assert_int_equal(via_proxy_call(stage, STAGE_PUBLISH, request, 0, NULL, NULL), VIA_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    printf("waited for: %s\n", via_status_name(finder.status));
    via_parcel_unref(request);
}

/* ---- whoever calls may go ---- */

static void play_farewell(struct via_proxy *stage)
{
    struct via_node *node;
    assert_int_equal(via_node_create(NULL, &node), VIA_OK);
    struct via_proxy *proxy = world_find(node, "stage");
    (void)world_ask(proxy, STAGE_WATCH_ME, 0);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    printf("a caller's end: %s\n", via_cause_name((enum via_cause)world_ask(stage, STAGE_GONE, 0)));
}

/* ---- the programme ---- */

static int play(struct via_node *node)
{
    static struct stage *own; /* as long as the process: somebody may call to the last */
    enum via_status status = stage_open(&own, node, "core", "stage");
    if (status != VIA_OK && status != VIA_EXISTS) {
        char words[512];
        via_node_fault(node, words, sizeof words);
        (void)fprintf(stderr, "everywhere: %s: %s\n", via_status_name(status), words);
        return 1;
    }
    struct via_proxy *stage = world_find(node, "stage");
    (void)fprintf(stderr, "(%s, %s)\n", via_proxy_local(stage) != NULL ? "one process" : "two",
                  via_proxy_is_remote(stage) ? "on another host" : "on this host");
    play_references(node, stage);
    play_calls(stage);
    play_endings(stage);
    play_cancel(stage);
    play_opening(node, stage);
    play_events(stage);
    play_names(node, stage);
    play_farewell(stage);
    printf("returned: %u\n", world_ask(stage, STAGE_RETURNED, 0));
    via_proxy_unref(stage);
    return 0;
}

static int serve(struct via_node *node, char *name)
{
    static struct stage *stage; /* as long as the process */
    char c;
    char *colon = strchr(name, ':');
    if (colon != NULL)
        *colon = '\0';
    enum via_status status =
        stage_open(&stage, node, colon != NULL ? name : "core", colon != NULL ? colon + 1 : name);
    if (status != VIA_OK) {
        (void)fprintf(stderr, "everywhere: %s\n", via_status_name(status));
        return 1;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &c, 1) > 0)
        continue;
    return 0;
}

int main(int argc, char **argv)
{
    struct via_node *node = via_node_default();
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(node, argv[2]);
    if (argc == 1)
        return play(node);
    (void)fputs("usage: everywhere [serve NAME]\n", stderr);
    return 2;
}
