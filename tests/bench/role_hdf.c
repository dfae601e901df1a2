/*
 * HDF and the core in the same roles. The service is one process with both, and the sides' clients
 * are driven in turn, so that what differs is the family.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/driver.h"
#include "tests/bench/hdf_side.h"
#include "tests/bench/roles.h"

#define PATIENCE_S 30 /* for events, all of them */

/* ---- the service ---- */

static struct pace {
    pthread_mutex_t lock;
    pthread_cond_t asked;
    hdf_side_send_fn send;
    unsigned n, pace_us; /* n 0: nothing to do */
} pace = {.lock = PTHREAD_MUTEX_INITIALIZER, .asked = PTHREAD_COND_INITIALIZER};

static void *keep_pace(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&pace.lock);
        while (pace.n == 0)
            pthread_cond_wait(&pace.asked, &pace.lock);
        struct pace order = pace;
        pace.n = 0;
        pthread_mutex_unlock(&pace.lock);
        const struct timespec moment = {.tv_nsec = (long)order.pace_us * 1000};
        for (unsigned i = 0; i < order.n; i++) {
            (void)nanosleep(&moment, NULL);
            order.send(i);
        }
    }
    return NULL;
}

void hdf_side_send(hdf_side_send_fn send, unsigned n, unsigned pace_us)
{
    if (pace_us == 0) {
        for (unsigned i = 0; i < n; i++)
            send(i);
        return;
    }
    pthread_mutex_lock(&pace.lock);
    pace.send = send;
    pace.n = n;
    pace.pace_us = pace_us;
    pthread_mutex_unlock(&pace.lock);
    pthread_cond_signal(&pace.asked);
}

int role_hdf_service(int argc, char **argv)
{
    pthread_t thread;
    char line[16];
    (void)argc;
    (void)argv;
    if (hdf_side_publish_core() != 0 || hdf_side_publish_hdf() != 0 ||
        pthread_create(&thread, NULL, keep_pace, NULL) != 0)
        return 1;
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL)
        continue;
    fflush(NULL);
    _exit(0); /* the thread that keeps the pace is not joined */
}

/* ---- clients ---- */

static const struct hdf_side *side_of(const char *name)
{
    return strcmp(name, hdf_side_hdf.name) == 0 ? &hdf_side_hdf : &hdf_side_core;
}

static int run_calls(void *user, const struct order *order, uint64_t *ns)
{
    const struct hdf_side *side = user;
    return side->echo(order->size, order->n, ns);
}

int role_hdf_calls(int argc, char **argv)
{
    static struct hdf_side side;
    if (argc < 1)
        return 2;
    side = *side_of(argv[0]);
    if (side.open() != 0)
        return 1;
    int failed = driver_serve(run_calls, &side);
    side.close();
    return failed;
}

/* Events under way: those of one order. */
static struct hearing {
    struct hdf_side side;
    unsigned n_listeners;
    _Atomic(uint64_t *) ns; /* borrowed: of each event, until the last listener has it */
    unsigned base;          /* index of the burst's first */
    atomic_ulong n_left;    /* deliveries */
    pthread_mutex_t lock;
    pthread_cond_t done;
} hearing = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static void on_heard(uint64_t sent_ns, uint64_t index)
{
    /* The last one writes last, or as good as: its neighbours are a few ns away. */
    atomic_load(&hearing.ns)[hearing.base + index] = figures_now_ns() - sent_ns;
    if (atomic_fetch_sub(&hearing.n_left, 1) != 1)
        return;
    pthread_mutex_lock(&hearing.lock);
    pthread_cond_signal(&hearing.done);
    pthread_mutex_unlock(&hearing.lock);
}

static int hear(unsigned n, unsigned pace_us)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    atomic_store(&hearing.n_left, (unsigned long)n * hearing.n_listeners);
    if (hearing.side.ask(n, pace_us) != 0)
        return 1;
    int failed = 0;
    pthread_mutex_lock(&hearing.lock);
    while (atomic_load(&hearing.n_left) > 0 && failed == 0)
        failed = pthread_cond_timedwait(&hearing.done, &hearing.lock, &until);
    pthread_mutex_unlock(&hearing.lock);
    if (failed != 0)
        fprintf(stderr, "bench: %s: %lu events were lost\n", hearing.side.name,
                atomic_load(&hearing.n_left));
    return failed != 0;
}

/* order->size is a pace in microseconds, 0 for bursts of order->outstanding. */
static int run_events(void *user, const struct order *order, uint64_t *ns)
{
    (void)user;
    atomic_store(&hearing.ns, ns);
    hearing.base = 0;
    if (order->size > 0)
        return hear(order->n, (unsigned)order->size);
    for (unsigned done = 0; done < order->n; done += order->outstanding) {
        hearing.base = done;
        unsigned left = order->n - done;
        if (hear(left < order->outstanding ? left : order->outstanding, 0) != 0)
            return 1;
    }
    return 0;
}

int role_hdf_events(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    hearing.side = *side_of(argv[0]);
    hearing.n_listeners = (unsigned)strtoul(argv[1], NULL, 10);
    if (hearing.side.open() != 0 ||
        hearing.side.listen(hearing.n_listeners, argc > 2, on_heard) != 0)
        return 1;
    int failed = driver_serve(run_events, NULL);
    hearing.side.close();
    return failed;
}
