/*
 * Roles of Phoenix's messages and of the core's calls: a service, and drivers of messages that wait
 * for their answers, of those that have none, and of many clients, each a process of its own.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/driver.h"
#include "tests/bench/phoenix_side.h"
#include "tests/bench/roles.h"

#define CLIENTS_MAX 256u

static const struct phoenix_side *side_of(const char *name)
{
    return strcmp(name, phoenix_side_phoenix.name) == 0 ? &phoenix_side_phoenix
                                                        : &phoenix_side_core;
}

int role_phoenix_service(int argc, char **argv)
{
    char line[16];
    if (argc < 3 || side_of(argv[0])->serve(argv[1], (unsigned)strtoul(argv[2], NULL, 10)) != 0)
        return 1;
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL)
        continue;
    return 0;
}

/* ---- one after the other ---- */

struct client {
    const struct phoenix_side *side;
    enum phoenix_side_shape shape;
};

static enum phoenix_side_shape shape_of(const char *name)
{
    if (strcmp(name, "echo") == 0)
        return PHOENIX_SIDE_ECHO;
    return strcmp(name, "take") == 0 ? PHOENIX_SIDE_TAKE : PHOENIX_SIDE_GIVE;
}

static int run_calls(void *user, const struct order *order, uint64_t *ns)
{
    const struct client *client = user;
    int failed = 0;
    for (unsigned i = 0; i < order->n && !failed; i++) {
        uint64_t start = figures_now_ns();
        failed = client->side->ask(client->shape, order->size);
        ns[i] = figures_now_ns() - start;
    }
    return failed;
}

int role_phoenix_calls(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    struct client client = {side_of(argv[0]), shape_of(argv[2])};
    if (client.side->open(argv[1]) != 0)
        return 1;
    return driver_serve(run_calls, &client);
}

/* ---- without answers ---- */

/* Bursts of order->outstanding, and one that is answered, when all before it have come. */
static int run_pulses(void *user, const struct order *order, uint64_t *ns)
{
    const struct phoenix_side *side = user;
    int failed = 0;
    for (unsigned i = 0; i < order->n && !failed; i++) {
        ns[i] = 0;
        failed = side->send(order->size);
        if (!failed && ((i + 1) % order->outstanding == 0 || i + 1 == order->n))
            failed = side->ask(PHOENIX_SIDE_TAKE, order->size);
    }
    return failed;
}

int role_phoenix_pulses(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    struct phoenix_side side = *side_of(argv[0]);
    if (side.open(argv[1]) != 0)
        return 1;
    return driver_serve(run_pulses, &side);
}

/* ---- many ---- */

/* Clients, and the pipes by which they are told to begin, and tell that they are done. */
static struct crowd_of_processes {
    pid_t pids[CLIENTS_MAX];
    unsigned n;
    int begin[2], done[2];
    struct order order; /* of each; what follows is in shared memory, too */
    uint64_t *ns;
} * crowd;

enum { NS_MAX = 1 << 20 };

static int take_octet(int fd)
{
    char octet;
    return read(fd, &octet, 1) != 1;
}

static int put_octets(int fd, unsigned n)
{
    char octets[CLIENTS_MAX] = {0};
    return write(fd, octets, n) != (ssize_t)n;
}

static int be_client(struct client *client, const char *name, unsigned index)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)close(crowd->begin[1]);
    if (client->side->open(name) != 0)
        return 1;
    int failed = put_octets(crowd->done[1], 1);
    while (!failed && take_octet(crowd->begin[0]) == 0)
        failed = run_calls(client, &crowd->order, crowd->ns + (size_t)index * crowd->order.n) ||
                 put_octets(crowd->done[1], 1);
    return failed;
}

static int wait_for_all(void)
{
    int failed = 0;
    for (unsigned i = 0; i < crowd->n && !failed; i++)
        failed = take_octet(crowd->done[0]);
    return failed;
}

static int run_crowd(void *user, const struct order *order, uint64_t *ns)
{
    (void)user;
    crowd->order = *order;
    crowd->order.n = order->n / crowd->n;
    if (order->n > NS_MAX || order->n % crowd->n != 0)
        return 1;
    int failed = put_octets(crowd->begin[1], crowd->n) || wait_for_all();
    memcpy(ns, crowd->ns, order->n * sizeof *ns);
    return failed;
}

static void *share(size_t size)
{
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared != MAP_FAILED ? shared : NULL;
}

static int make_crowd(unsigned n)
{
    crowd = share(sizeof *crowd);
    if (crowd == NULL || n == 0 || n > CLIENTS_MAX)
        return 1;
    crowd->n = n;
    crowd->ns = share(NS_MAX * sizeof *crowd->ns);
    return crowd->ns == NULL || pipe(crowd->begin) != 0 || pipe(crowd->done) != 0;
}

/* Nobody of this process connects, so that the children may. */
int role_phoenix_crowd(int argc, char **argv)
{
    if (argc < 3 || make_crowd((unsigned)strtoul(argv[2], NULL, 10)) != 0)
        return 2;
    struct client client = {side_of(argv[0]), PHOENIX_SIDE_ECHO};
    for (unsigned i = 0; i < crowd->n; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(be_client(&client, argv[1], i));
        if (pid < 0)
            return 1;
        crowd->pids[i] = pid;
    }
    (void)close(crowd->done[1]);
    int failed = wait_for_all() || driver_serve(run_crowd, NULL);
    (void)close(crowd->begin[1]);
    for (unsigned i = 0; i < crowd->n; i++)
        (void)waitpid(crowd->pids[i], NULL, 0);
    return failed;
}
