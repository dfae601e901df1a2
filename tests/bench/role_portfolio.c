/*
 * Roles of the event broker and of the core's relay: the relay, and a driver of listeners, each a
 * process of its own, and of one more that reports states to them. The reporter is on the gateway's
 * own host, wherever the listeners are.
 *
 * A state is known to a listener once it has a record of that state or a newer one. A call's time
 * is that from the state's report until the last listener knew it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/driver.h"
#include "tests/bench/portfolio_side.h"
#include "tests/bench/roles.h"

#define LISTENERS_MAX 64u
#define STATES_MAX 20000u /* of one order */
#define OCTETS_MAX 256u   /* of a pipe at one time */

/* In memory that all share. Numbers of states go on from one order to the next, from 1. */
static struct world {
    struct order order;
    uint32_t first;            /* the order's */
    uint64_t sent[STATES_MAX]; /* when */
    struct {
        atomic_uint known; /* the newest state */
        atomic_uint n;     /* records of this order */
        uint64_t at[STATES_MAX];
    } listeners[LISTENERS_MAX];
} * world;

static const struct portfolio_side *side;
static unsigned n_listeners, pace_us;
static int begin[2], progress[2], done[2]; /* pipes */

static int take_octets(int fd)
{
    char octets[OCTETS_MAX];
    return read(fd, octets, sizeof octets) <= 0;
}

/* Others wait for it, so it is told how it went. */
static int tell(int fd, int failed)
{
    const char octet = failed ? 1 : 0;
    return write(fd, &octet, 1) != 1 || failed;
}

static int wait_to_be_told(int fd)
{
    char octet;
    return read(fd, &octet, 1) != 1 || octet != 0;
}

/* ---- a listener ---- */

static void know(unsigned index, uint32_t number)
{
    const uint64_t now = figures_now_ns();
    const uint32_t known = atomic_load(&world->listeners[index].known);
    uint32_t i = known + 1 > world->first ? known + 1 : world->first;
    for (; i <= number; i++)
        world->listeners[index].at[i - world->first] = now;
    atomic_fetch_add(&world->listeners[index].n, 1);
    atomic_store(&world->listeners[index].known, number);
    (void)tell(progress[1], 0); /* a full pipe wakes the reporter as well */
}

static int be_listener(unsigned index, const char *service)
{
    uint32_t number;
    int failed = tell(done[1], side->listen(service));
    while (!failed && side->hear(&number) == 0)
        know(index, number);
    return tell(done[1], 1);
}

/* ---- the reporter ---- */

static uint32_t known_to_all(void)
{
    uint32_t least = UINT32_MAX;
    for (unsigned i = 0; i < n_listeners; i++) {
        const uint32_t known = atomic_load(&world->listeners[i].known);
        least = known < least ? known : least;
    }
    return least;
}

/* Until all know @number. */
static int wait_for(uint32_t number)
{
    int failed = 0;
    while (!failed && known_to_all() < number)
        failed = take_octets(progress[0]);
    return failed;
}

/* One each pace_us, whatever became of those before. */
static void wait_for_turn(uint64_t start_ns, unsigned i)
{
    const uint64_t due = start_ns + (uint64_t)i * pace_us * 1000u;
    const struct timespec until = {.tv_sec = (time_t)(due / 1000000000u),
                                   .tv_nsec = (long)(due % 1000000000u)};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static int report_all(void)
{
    const uint64_t start_ns = figures_now_ns();
    const uint32_t first = world->first, window = world->order.outstanding;
    int failed = 0;
    for (unsigned i = 0; i < world->order.n && !failed; i++) {
        if (pace_us != 0)
            wait_for_turn(start_ns, i);
        else if (i >= window)
            failed = wait_for(first + i - window);
        world->sent[i] = figures_now_ns();
        failed = failed || side->report(first + i);
    }
    return failed || wait_for(first + world->order.n - 1);
}

static int be_reporter(const char *service, const char *gateway)
{
    (void)setenv("VIADUCT_GATEWAY", gateway, 1);
    (void)unsetenv("VIADUCT_CA");
    (void)unsetenv("VIADUCT_CERT");
    (void)unsetenv("VIADUCT_KEY");
    int failed = tell(done[1], side->attach(service));
    while (!failed && wait_to_be_told(begin[0]) == 0)
        failed = tell(done[1], report_all());
    return failed;
}

/* ---- the driver ---- */

/* The share of records that came, of those that could have, in thousandths. */
static void count_records(const struct order *order, uint64_t *ns)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < n_listeners; i++)
        n += atomic_load(&world->listeners[i].n);
    const uint64_t n_all = (uint64_t)n_listeners * world->order.n;
    const uint64_t share = n_all > 0 ? n * 1000u * 1000u / n_all : 0; /* it is printed as us */
    for (unsigned i = 0; i < order->n; i++)
        ns[i] = share;
}

static uint64_t time_of(unsigned i)
{
    uint64_t last = 0;
    for (unsigned k = 0; k < n_listeners; k++)
        last = world->listeners[k].at[i] > last ? world->listeners[k].at[i] : last;
    return last - world->sent[i];
}

static int run(void *user, const struct order *order, uint64_t *ns)
{
    (void)user;
    if (order->size == PORTFOLIO_SHARE) {
        count_records(order, ns);
        return 0;
    }
    if (order->n > STATES_MAX)
        return 1;
    world->first += world->order.n;
    world->order = *order;
    for (unsigned i = 0; i < n_listeners; i++)
        atomic_store(&world->listeners[i].n, 0);
    int failed = tell(begin[1], 0) || wait_to_be_told(done[0]);
    for (unsigned i = 0; i < order->n && !failed; i++)
        ns[i] = time_of(i);
    return failed;
}

static int open_pipes(void)
{
    world = mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (world == MAP_FAILED)
        return 1;
    world->first = 1;
    return pipe(begin) != 0 || pipe(progress) != 0 || pipe(done) != 0 ||
           fcntl(progress[1], F_SETFL, O_NONBLOCK) != 0;
}

/* @index: of the listeners, which are there first; then comes the reporter. */
static int start_process(unsigned index, char **argv)
{
    const pid_t pid = fork();
    if (pid < 0)
        return 1;
    if (pid > 0)
        return wait_to_be_told(done[0]);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)close(begin[1]);
    (void)close(done[0]);
    _exit(index < n_listeners ? be_listener(index, argv[1]) : be_reporter(argv[1], argv[2]));
}

/* Nobody of this process connects, so that the children may. */
int role_portfolio_listeners(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    side = strcmp(argv[0], portfolio_side_core.name) == 0 ? &portfolio_side_core
                                                          : &portfolio_side_portfolio;
    n_listeners = (unsigned)strtoul(argv[3], NULL, 10);
    pace_us = (unsigned)strtoul(argv[4], NULL, 10);
    if (n_listeners == 0 || n_listeners > LISTENERS_MAX || open_pipes() != 0)
        return 2;
    int failed = 0;
    for (unsigned i = 0; i <= n_listeners && !failed; i++)
        failed = start_process(i, argv);
    return failed ? failed : driver_serve(run, NULL);
}

/* ---- the relay ---- */

static void *relay(void *unused)
{
    portfolio_side_relay();
    return unused;
}

int role_portfolio_relay(int argc, char **argv)
{
    char line[16];
    pthread_t thread;
    if (argc < 1 || portfolio_side_open_relay(argv[0]) != 0 ||
        pthread_create(&thread, NULL, relay, NULL) != 0)
        return 1;
    (void)pthread_detach(thread);
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL)
        continue;
    return 0;
}
