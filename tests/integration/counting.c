/*
 * Programs that notice what must not be noticed: each says "ready", works until its standard input
 * ends, and then says as JSON what it saw.
 *
 * counting serve NAME     publishes core:NAME; each call counts, and each eighth emits the count
 * counting use NAME [N]   calls it without pause, with N octets each way, and subscribes
 * counting find NAME      a find that waits for it
 * counting watch PATTERN  the names that come and go
 */
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/core_world.h"

#define CONNECT_MS 20000u
#define FIND_MS 60000u
#define COUNT 1u
#define EMIT_EACH 8u /* calls: more would be more than a slow subscriber is kept */

static atomic_bool stopping;

static void *read_to_the_end(void *unused)
{
    char c;
    (void)unused;
    while (read(STDIN_FILENO, &c, 1) > 0)
        continue;
    atomic_store(&stopping, true);
    return NULL;
}

static void ready(void)
{
    (void)puts("ready");
    (void)fflush(stdout);
}

static void wait_for_end_of_input(void)
{
    ready();
    (void)read_to_the_end(NULL);
}

static int complain(struct via_node *node, const char *doing, enum via_status status)
{
    char words[512];
    via_node_fault(node, words, sizeof words);
    (void)fprintf(stderr, "counting: %s: %s %s\n", doing, via_status_name(status), words);
    return 1;
}

/* ---- the service ---- */

struct counter {
    struct via_stub *stub;
    atomic_uint count;
};

static void count(void *user, struct via_call *call)
{
    struct counter *counter = user;
    const void *octets = NULL;
    uint64_t size = 0;
    (void)world_value(via_call_request(call));
    assert_int_equal(via_parcel_read_bytes(via_call_request(call), &octets, &size), VIA_OK);
    unsigned n = atomic_fetch_add(&counter->count, 1) + 1;
    if (n % EMIT_EACH == 0) {
        struct via_parcel *value = world_parcel(n);
        assert_int_equal(via_stub_emit(counter->stub, 1, value), VIA_OK);
        via_parcel_unref(value);
    }
    struct via_parcel *reply = world_parcel(n);
    assert_int_equal(via_parcel_write_bytes(reply, octets, size), VIA_OK);
    assert_int_equal(via_call_reply(call, 0, reply), VIA_OK);
    via_parcel_unref(reply);
}

static int serve(struct via_node *node, const char *name)
{
    static struct counter counter;
    const struct via_stub_ops ops = {.size = sizeof ops, .call = count};
    enum via_status status = via_stub_create(node, &ops, &counter, &counter.stub);
    if (status == VIA_OK)
        status = via_node_publish(node, "core", name, counter.stub, NULL);
    if (status != VIA_OK)
        return complain(node, "publishing", status);
    wait_for_end_of_input();
    printf("{\"calls\": %u}\n", atomic_load(&counter.count));
    return 0;
}

/* ---- who uses it ---- */

struct seen {
    uint64_t last;
    atomic_uint events, gaps, deaths;
    atomic_uint newest; /* count that an event told */
};

static void on_event(void *user, const struct via_event *event)
{
    struct seen *seen = user;
    bool next = seen->last == 0 || event->number == seen->last + 1;
    if (!next || event->lost > 0)
        (void)atomic_fetch_add(&seen->gaps, 1);
    seen->last = event->number;
    (void)atomic_fetch_add(&seen->events, 1);
    atomic_store(&seen->newest, world_value(event->data));
}

static void on_death(void *user, enum via_cause cause)
{
    struct seen *seen = user;
    (void)cause;
    (void)atomic_fetch_add(&seen->deaths, 1);
}

static uint8_t octets_sent[1u << 20];
static size_t n_octets;

static enum via_status call_once(struct via_proxy *proxy, uint32_t *countp)
{
    struct via_parcel *request = world_parcel(0), *reply = NULL;
    const void *octets = NULL;
    uint64_t size = 0;
    assert_int_equal(via_parcel_write_bytes(request, octets_sent, n_octets), VIA_OK);
    enum via_status status = via_proxy_call(proxy, COUNT, request, 0, NULL, &reply);
    if (status == VIA_OK) {
        *countp = world_value(reply);
        assert_int_equal(via_parcel_read_bytes(reply, &octets, &size), VIA_OK);
        assert_int_equal(size, n_octets);
        assert_true(size == 0 || memcmp(octets, octets_sent, n_octets) == 0);
    }
    via_parcel_unref(request);
    via_parcel_unref(reply);
    return status;
}

static int use(struct via_node *node, const char *name)
{
    static struct seen seen;
    struct via_proxy *proxy = NULL;
    struct via_subscription *subscription = NULL;
    enum via_status status = via_node_find(node, "core", name, FIND_MS, &proxy);
    if (status == VIA_OK)
        status = via_proxy_subscribe(proxy, NULL, on_event, &seen, &subscription);
    if (status == VIA_OK)
        status = via_proxy_watch(proxy, on_death, &seen, NULL);
    if (status != VIA_OK)
        return complain(node, name, status);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_to_the_end, NULL), 0);
    ready();
    unsigned calls = 0, failed = 0, backwards = 0;
    uint32_t last = 0;
    while (!atomic_load(&stopping)) {
        uint32_t n = 0;
        status = call_once(proxy, &n);
        calls += status == VIA_OK ? 1 : 0;
        if (status != VIA_OK && failed++ == 0)
            (void)complain(node, "a call", status);
        backwards += status == VIA_OK && n <= last ? 1 : 0;
        last = n;
    }
    (void)pthread_join(thread, NULL);
    /* The event of the last call came before its reply. */
    printf("{\"calls\": %u, \"failed\": %u, \"backwards\": %u, \"events\": %u, \"gaps\": %u, "
           "\"deaths\": %u}\n",
           calls, failed, backwards, atomic_load(&seen.events), atomic_load(&seen.gaps),
           atomic_load(&seen.deaths));
    via_subscription_close(subscription);
    via_proxy_unref(proxy);
    return 0;
}

/* ---- names ---- */

static int find(struct via_node *node, const char *name)
{
    struct via_proxy *proxy = NULL;
    ready();
    enum via_status status = via_node_find(node, "core", name, FIND_MS, &proxy);
    if (status != VIA_OK)
        return complain(node, name, status);
    printf("{\"found\": \"%s\"}\n", name);
    (void)fflush(stdout);
    (void)read_to_the_end(NULL);
    via_proxy_unref(proxy);
    return 0;
}

struct names {
    pthread_mutex_t lock;
    char appeared[1024], gone[1024];
    struct bell bell;
};

static void add(char *list, size_t size, const char *name)
{
    size_t n = strlen(list);
    (void)snprintf(list + n, size - n, "%s\"%s\"", n == 0 ? "" : ", ", name);
}

static void on_name(void *user, enum via_notice notice, const struct via_entry *entry)
{
    struct names *names = user;
    (void)pthread_mutex_lock(&names->lock);
    if (notice == VIA_GONE)
        add(names->gone, sizeof names->gone, entry->name);
    else
        add(names->appeared, sizeof names->appeared, entry->name);
    (void)pthread_mutex_unlock(&names->lock);
    bell_ring(&names->bell);
}

static int watch(struct via_node *node, const char *pattern)
{
    static struct names names = {.lock = PTHREAD_MUTEX_INITIALIZER, .bell = BELL_INIT};
    struct via_subscription *watch = NULL;
    enum via_status status =
        via_node_watch_names(node, "core", pattern, NULL, on_name, &names, &watch);
    if (status != VIA_OK)
        return complain(node, "watching", status);
    wait_for_end_of_input();
    assert_true(bell_wait(&names.bell, 1));
    (void)pthread_mutex_lock(&names.lock);
    printf("{\"appeared\": [%s], \"gone\": [%s]}\n", names.appeared, names.gone);
    (void)pthread_mutex_unlock(&names.lock);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct via_node *node, const char *name);
    } roles[] = {{"serve", serve}, {"use", use}, {"find", find}, {"watch", watch}};
    struct via_node *node = via_node_default();
    enum via_status status = via_node_connect(node, CONNECT_MS);
    if (status != VIA_OK)
        return complain(node, "connecting", status);
    if (argc == 4 && strtoul(argv[3], NULL, 10) <= sizeof octets_sent) {
        n_octets = strtoul(argv[3], NULL, 10);
        for (size_t i = 0; i < n_octets; i++)
            octets_sent[i] = (uint8_t)(i * 7 ^ i >> 9);
    }
    for (size_t i = 0; (argc == 3 || n_octets > 0) && i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(argv[1], roles[i].name) == 0)
            return roles[i].run(node, argv[2]);
    (void)fputs("usage: counting serve NAME | use NAME [N] | find NAME | watch PATTERN\n", stderr);
    return 2;
}
