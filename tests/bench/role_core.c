/*
 * Viaduct's own paths, through the core API: an echo service, and a driver that calls it. Where
 * they meet is the environment's business: a Unix socket, or TLS WebSockets.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <viaduct/viaduct.h>

#include "tests/bench/driver.h"
#include "tests/bench/roles.h"

enum code { CODE_ECHO = 1, CODE_READ /* the descriptor, to its end */ };

#define PIECE 65536u

static void read_all(struct via_parcel *request)
{
    static _Thread_local uint8_t octets[PIECE];
    int fd = -1;
    if (via_parcel_read_fd(request, &fd) != VIA_OK)
        return;
    while (read(fd, octets, sizeof octets) > 0)
        continue;
    close(fd);
}

static void echo(void *user, struct via_call *call)
{
    (void)user;
    struct via_parcel *request = via_call_request(call);
    if (via_call_code(call) == CODE_READ)
        read_all(request);
    (void)via_call_reply(call, 0, via_call_code(call) == CODE_READ ? NULL : request);
}

int role_core_service(int argc, char **argv)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = echo};
    struct via_stub *stub = NULL;
    if (argc < 1)
        return 2;
    enum via_status status = via_stub_create(via_node_default(), &ops, NULL, &stub);
    if (status == VIA_OK)
        status = via_node_publish(via_node_default(), "core", argv[0], stub, NULL);
    if (status != VIA_OK) {
        char words[256];
        via_node_fault(via_node_default(), words, sizeof words);
        fprintf(stderr, "bench: service: %s: %s\n", via_status_name(status), words);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    char line[16];
    while (fgets(line, sizeof line, stdin) != NULL)
        continue;
    via_stub_unref(stub);
    return 0;
}

/* Calls under way at once, for orders with more than one. */
struct window {
    pthread_mutex_t lock;
    pthread_cond_t done;
    struct via_proxy *proxy;
    struct via_parcel *request;
    uint64_t *ns;
    unsigned n, started, ended, failed, n_parked, n_slots, n_idle;
    struct slot *parked; /* whose call met a full link: sent again when another has ended */
};

struct slot {
    struct window *window;
    struct slot *next;
    unsigned index;
};

/* NOLINTNEXTLINE(misc-no-recursion): only where a call could not be sent at all */
static void ended(void *user, enum via_status status, int32_t result, struct via_parcel *reply);

/* Sends @slot's call. A full link is no failure: the call waits its turn, its clock running. */
/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void send_call(struct window *window, struct slot *slot)
{
    enum via_status status =
        via_proxy_call_async(window->proxy, CODE_ECHO, window->request, 0, ended, slot, NULL);
    if (status != VIA_OK)
        ended(slot, status, 0, NULL);
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void start_next(struct window *window, struct slot *slot)
{
    pthread_mutex_lock(&window->lock);
    bool more = window->started < window->n;
    if (more)
        slot->index = window->started++;
    else if (++window->n_idle == window->n_slots)
        pthread_cond_signal(&window->done);
    pthread_mutex_unlock(&window->lock); /* idle slots, and the window with the last, are gone */
    if (!more)
        return;
    window->ns[slot->index] = figures_now_ns();
    send_call(window, slot);
}

/* NOLINTNEXTLINE(misc-no-recursion): only where a call could not be sent at all */
static void ended(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    (void)result;
    (void)reply;
    struct slot *slot = user;
    struct window *window = slot->window;
    struct slot *again = NULL;
    pthread_mutex_lock(&window->lock);
    if (status == VIA_BUSY && window->started > window->ended + window->n_parked + 1) {
        slot->next = window->parked;
        window->parked = slot;
        window->n_parked++;
        pthread_mutex_unlock(&window->lock);
        return;
    }
    window->ns[slot->index] = figures_now_ns() - window->ns[slot->index];
    window->ended++;
    if (status != VIA_OK)
        window->failed++;
    if (window->parked != NULL) {
        again = window->parked;
        window->parked = again->next;
        window->n_parked--;
    }
    pthread_mutex_unlock(&window->lock);
    if (again != NULL)
        send_call(window, again);
    start_next(window, slot);
}

static int run_many(struct via_proxy *proxy, struct via_parcel *request, const struct order *order,
                    uint64_t *ns)
{
    struct window window = {.lock = PTHREAD_MUTEX_INITIALIZER,
                            .done = PTHREAD_COND_INITIALIZER,
                            .proxy = proxy,
                            .request = request,
                            .ns = ns,
                            .n = order->n,
                            .n_slots = order->outstanding};
    struct slot *slots = calloc(order->outstanding, sizeof *slots);
    if (slots == NULL)
        return 1;
    for (unsigned i = 0; i < order->outstanding; i++) {
        slots[i].window = &window;
        start_next(&window, &slots[i]);
    }
    pthread_mutex_lock(&window.lock);
    while (window.n_idle < window.n_slots)
        pthread_cond_wait(&window.done, &window.lock);
    pthread_mutex_unlock(&window.lock);
    free(slots);
    if (window.failed != 0)
        fprintf(stderr, "bench: %u of %u calls failed\n", window.failed, window.n);
    return window.failed != 0;
}

static int run_alone(struct via_proxy *proxy, struct via_parcel *request, const struct order *order,
                     uint64_t *ns)
{
    for (unsigned i = 0; i < order->n; i++) {
        struct via_parcel *reply = NULL;
        uint64_t start = figures_now_ns();
        enum via_status status = via_proxy_call(proxy, CODE_ECHO, request, 0, NULL, &reply);
        ns[i] = figures_now_ns() - start;
        if (status != VIA_OK || via_parcel_size(reply) != via_parcel_size(request)) {
            fprintf(stderr, "bench: call %u: %s\n", i, via_status_name(status));
            return 1;
        }
        via_parcel_unref(reply);
    }
    return 0;
}

static int run(void *user, const struct order *order, uint64_t *ns)
{
    struct via_proxy *proxy = user;
    struct via_parcel *request = NULL;
    if (via_parcel_create(&request) != VIA_OK)
        return 1;
    int failed = 1;
    uint8_t *octets = calloc(1, order->size);
    if (octets != NULL && via_parcel_write_bytes(request, octets, order->size) == VIA_OK)
        failed = order->outstanding == 1 ? run_alone(proxy, request, order, ns)
                                         : run_many(proxy, request, order, ns);
    free(octets);
    via_parcel_unref(request);
    return failed;
}

static struct via_proxy *find(const char *name)
{
    struct via_proxy *proxy = NULL;
    enum via_status status = via_node_find(via_node_default(), "core", name, 5000, &proxy);
    if (status == VIA_OK)
        return proxy;
    char words[256];
    via_node_fault(via_node_default(), words, sizeof words);
    fprintf(stderr, "bench: client: %s: %s\n", via_status_name(status), words);
    return NULL;
}

int role_core_client(int argc, char **argv)
{
    if (argc < 1)
        return 2;
    struct via_proxy *proxy = find(argv[0]);
    if (proxy == NULL)
        return 1;
    int failed = driver_serve(run, proxy);
    via_proxy_unref(proxy);
    return failed;
}

/* ---- streams ---- */

struct writer {
    int fd;
    size_t size;
};

static void *write_all(void *user)
{
    static const uint8_t octets[PIECE];
    struct writer *writer = user;
    for (size_t left = writer->size; left > 0;) {
        ssize_t n = write(writer->fd, octets, left < sizeof octets ? left : sizeof octets);
        if (n <= 0)
            break;
        left -= (size_t)n;
    }
    close(writer->fd);
    return NULL;
}

/* A pipe with order->size octets, which the service reads to their end before it answers. */
static int stream_one(struct via_proxy *proxy, size_t size)
{
    int ends[2];
    pthread_t thread;
    struct via_parcel *request = NULL, *reply = NULL;
    if (pipe(ends) != 0 || via_parcel_create(&request) != VIA_OK)
        return 1;
    struct writer writer = {ends[1], size};
    enum via_status status = via_parcel_write_fd(request, ends[0]);
    close(ends[0]);
    if (status != VIA_OK || pthread_create(&thread, NULL, write_all, &writer) != 0)
        return 1;
    status = via_proxy_call(proxy, CODE_READ, request, 0, NULL, &reply);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    (void)pthread_join(thread, NULL);
    if (status != VIA_OK)
        fprintf(stderr, "bench: stream: %s\n", via_status_name(status));
    return status != VIA_OK;
}

static int run_streams(void *user, const struct order *order, uint64_t *ns)
{
    for (unsigned i = 0; i < order->n; i++) {
        uint64_t start = figures_now_ns();
        if (stream_one(user, order->size) != 0)
            return 1;
        ns[i] = figures_now_ns() - start;
    }
    return 0;
}

int role_core_stream(int argc, char **argv)
{
    if (argc < 1)
        return 2;
    struct via_proxy *proxy = find(argv[0]);
    if (proxy == NULL)
        return 1;
    int failed = driver_serve(run_streams, proxy);
    via_proxy_unref(proxy);
    return failed;
}

/* ---- beside large calls ---- */

struct beside {
    struct via_proxy *proxy;
    atomic_bool over;
    int failed;
};

/* One large call after another, until it is over. */
static void *call_large(void *user)
{
    struct beside *beside = user;
    const struct order order = {.size = BENCH_LARGE, .outstanding = 1, .n = 1};
    uint64_t ns;
    while (!atomic_load(&beside->over) && beside->failed == 0)
        beside->failed = run(beside->proxy, &order, &ns);
    return NULL;
}

int role_core_beside(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    struct via_proxy *proxy = find(argv[0]);
    struct beside beside = {.proxy = find(argv[1])};
    pthread_t thread;
    int failed = proxy == NULL || beside.proxy == NULL ||
                 pthread_create(&thread, NULL, call_large, &beside) != 0;
    if (!failed) {
        failed = driver_serve(run, proxy);
        atomic_store(&beside.over, true);
        (void)pthread_join(thread, NULL);
        failed = failed || beside.failed;
    }
    via_proxy_unref(proxy);
    via_proxy_unref(beside.proxy);
    return failed;
}
