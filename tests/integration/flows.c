/*
 * Streams that flow for as long as they are let, so that others may do to the links in between
 * whatever they like: pipes and sockets, each way, also when one way has ended, and one that nobody
 * reads. At the end both sides must have counted the same octets.
 *
 * flows serve NAME             says "ready"; runs until its input ends
 * flows use NAME               says "ready"; then does what its input says, line by line:
 *   move                       says "moved" once each has moved MOVED octets more
 *   end                        ends all, compares, says "ok" or what is wrong, and exits
 * flows leave NAME N           passes a pipe with N octets that nobody reads; says its number, and
 *                              goes with a goodbye
 * flows reap NAME NUMBER N     has them read, compares, says "ok"
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <viaduct/viaduct.h>

#define MOVED (2u << 20) /* more than credits, pipes and links hold */
#define CALL_MS 60000    /* only a failing test reaches it */
#define JOBS_MAX 64u

enum code {
    CODE_START = 1, /* u32 enum kind, a descriptor: the number of the job */
    CODE_FINISH,    /* u32 number: octets in all, and their print, when it has come to its end */
    CODE_NOTHING    /* u32 */
};

enum kind {
    KIND_DRAIN,      /* reads to the end */
    KIND_HALF_DRAIN, /* the same, but ends its own direction before */
    KIND_POUR,       /* writes until it is to finish */
    KIND_ECHO,       /* what comes goes back, to the end */
    KIND_HOLD        /* reads, but not before it is to finish */
};

static _Noreturn void wrong(const char *what, const char *detail)
{
    printf("%s: %s\n", what, detail);
    exit(1);
}

static void must(const char *what, enum via_status status)
{
    if (status != VIA_OK)
        wrong(what, via_status_name(status));
}

static void check(bool holds, const char *what)
{
    if (!holds)
        wrong(what, strerror(errno));
}

/* ---- jobs: both sides have them ---- */

struct tally {
    uint64_t n;
    uint32_t print;
};

struct job {
    enum kind kind;
    int fd;
    pthread_t thread;
    atomic_bool finishes;
    struct tally tally; /* its thread's, but for n, which is locked */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct job jobs[JOBS_MAX];
static atomic_uint n_jobs;

static uint8_t octet_at(uint64_t at)
{
    return (uint8_t)(at * 31 + at / 251);
}

static void add(struct job *job, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        job->tally.print = (job->tally.print ^ octets[i]) * 16777619u;
    (void)pthread_mutex_lock(&lock);
    job->tally.n += n;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void write_whole(int fd, const uint8_t *octets, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = write(fd, octets + at, size - at);
        check(n > 0, "write");
        at += (size_t)n;
    }
}

static void read_on(struct job *job)
{
    uint8_t octets[16384];
    ssize_t n;
    while ((n = read(job->fd, octets, sizeof octets)) > 0) {
        add(job, octets, (size_t)n);
        if (job->kind == KIND_ECHO)
            write_whole(job->fd, octets, (size_t)n);
    }
    check(n == 0, "read");
}

static void pour(struct job *job)
{
    uint8_t octets[16384];
    while (!atomic_load(&job->finishes)) {
        for (size_t i = 0; i < sizeof octets; i++)
            octets[i] = octet_at(job->tally.n + i);
        write_whole(job->fd, octets, sizeof octets);
        add(job, octets, sizeof octets);
    }
}

static void *work(void *user)
{
    struct job *job = user;
    switch (job->kind) {
    case KIND_HOLD:
        (void)pthread_mutex_lock(&lock);
        while (!atomic_load(&job->finishes))
            (void)pthread_cond_wait(&changed, &lock);
        (void)pthread_mutex_unlock(&lock);
        read_on(job);
        break;
    case KIND_HALF_DRAIN:
        check(shutdown(job->fd, SHUT_WR) == 0, "half close");
        read_on(job);
        break;
    case KIND_DRAIN:
    case KIND_ECHO:
        read_on(job);
        break;
    case KIND_POUR:
        pour(job);
        break;
    }
    (void)close(job->fd);
    return NULL;
}

/* Takes @fd. */
static uint32_t start(enum kind kind, int fd)
{
    uint32_t number = atomic_fetch_add(&n_jobs, 1);
    if (number >= JOBS_MAX || fd < 0)
        wrong("start", "no room, or no descriptor");
    struct job *job = &jobs[number];
    job->kind = kind;
    job->fd = fd;
    check(pthread_create(&job->thread, NULL, work, job) == 0, "thread");
    return number;
}

static void let_finish(uint32_t number)
{
    (void)pthread_mutex_lock(&lock);
    atomic_store(&jobs[number].finishes, true);
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static struct tally finish(uint32_t number)
{
    let_finish(number);
    (void)pthread_join(jobs[number].thread, NULL);
    return jobs[number].tally;
}

/* ---- the service ---- */

static struct via_node *the_node(void)
{
    static struct via_node *node;
    if (node == NULL)
        must("node", via_node_create(NULL, &node));
    return node;
}

static void handle(void *user, struct via_call *call)
{
    struct via_parcel *request = via_call_request(call), *reply;
    struct tally tally;
    uint32_t number = 0;
    int fd = -1;
    (void)user;
    must("request", via_parcel_read_u32(request, &number));
    must("reply", via_parcel_create(&reply));
    switch ((enum code)via_call_code(call)) {
    case CODE_START:
        must("descriptor", via_parcel_read_fd(request, &fd));
        must("reply", via_parcel_write_u32(reply, start((enum kind)number, fd)));
        break;
    case CODE_FINISH:
        tally = finish(number);
        must("reply", via_parcel_write_u64(reply, tally.n));
        must("reply", via_parcel_write_u32(reply, tally.print));
        break;
    case CODE_NOTHING:
        break;
    }
    (void)via_call_reply(call, 0, reply);
    (void)via_parcel_unref(reply);
}

static int serve(const char *name)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    struct via_stub *stub;
    char line[16];
    must("stub", via_stub_create(the_node(), &ops, NULL, &stub));
    must("publish", via_node_publish(the_node(), "core", name, stub, NULL));
    puts("ready");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL)
        continue;
    return 0;
}

/* ---- the client ---- */

static struct via_proxy *service;

static struct via_parcel *call(enum code code, uint32_t number, int fd)
{
    struct via_parcel *request, *reply;
    must("request", via_parcel_create(&request));
    must("request", via_parcel_write_u32(request, number));
    if (fd >= 0)
        must("descriptor", via_parcel_write_fd(request, fd));
    must("call", via_proxy_call(service, code, request, CALL_MS, NULL, &reply));
    (void)via_parcel_unref(request);
    return reply;
}

/* Takes @fd: it is the service's alone. */
static uint32_t start_there(enum kind kind, int fd)
{
    uint32_t number = 0;
    struct via_parcel *reply = call(CODE_START, (uint32_t)kind, fd);
    must("reply", via_parcel_read_u32(reply, &number));
    (void)via_parcel_unref(reply);
    (void)close(fd);
    return number;
}

static struct tally finish_there(uint32_t number)
{
    struct tally tally = {0, 0};
    struct via_parcel *reply = call(CODE_FINISH, number, -1);
    must("reply", via_parcel_read_u64(reply, &tally.n));
    must("reply", via_parcel_read_u32(reply, &tally.print));
    (void)via_parcel_unref(reply);
    return tally;
}

static void expect_same(struct tally one, struct tally other, const char *what)
{
    char detail[128];
    (void)snprintf(detail, sizeof detail, "%llu octets here, %llu there, prints %08x and %08x",
                   (unsigned long long)one.n, (unsigned long long)other.n, (unsigned)one.print,
                   (unsigned)other.print);
    if (one.n != other.n || one.print != other.print)
        wrong(what, detail);
}

/* One stream, and who works on it. */
struct flow {
    const char *name;
    enum kind there, here;
    bool is_socket;
    bool is_still; /* it does not move */
    uint32_t job_there, job_here;
    uint32_t job_back; /* what comes back of an echo; 0: none */
    uint64_t until;
};

static struct flow flows[] = {
    {.name = "a pipe out", .there = KIND_DRAIN, .here = KIND_POUR},
    {.name = "a pipe in", .there = KIND_POUR, .here = KIND_DRAIN},
    {.name = "a socket both ways", .there = KIND_ECHO, .here = KIND_POUR, .is_socket = true},
    {.name = "a socket in", .there = KIND_POUR, .here = KIND_HALF_DRAIN, .is_socket = true},
    {.name = "a socket out", .there = KIND_HALF_DRAIN, .here = KIND_POUR, .is_socket = true},
    {.name = "a pipe that is held", .there = KIND_HOLD, .here = KIND_POUR, .is_still = true},
};

#define N_FLOWS (sizeof flows / sizeof flows[0])

static void begin(struct flow *flow)
{
    int ends[2];
    uint8_t octet;
    if (flow->is_socket) {
        check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    } else {
        check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
        if (flow->there == KIND_POUR) { /* it gets the end that is written */
            int reads = ends[0];
            ends[0] = ends[1];
            ends[1] = reads;
        }
    }
    flow->job_there = start_there(flow->there, ends[0]);
    if (flow->there == KIND_HALF_DRAIN)
        check(read(ends[1], &octet, 1) == 0, "the end of one direction");
    if (flow->there == KIND_ECHO)
        flow->job_back = start(KIND_DRAIN, fcntl(ends[1], F_DUPFD_CLOEXEC, 0));
    flow->job_here = start(flow->here, ends[1]);
}

static void move_on(void)
{
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < N_FLOWS; i++)
        flows[i].until = jobs[flows[i].job_here].tally.n + MOVED;
    for (size_t i = 0; i < N_FLOWS; i++)
        while (!flows[i].is_still && jobs[flows[i].job_here].tally.n < flows[i].until)
            (void)pthread_cond_wait(&changed, &lock);
    (void)pthread_mutex_unlock(&lock);
    puts("moved");
    (void)fflush(stdout);
}

/* What comes back of an echo ends when all has come back. */
static void finish_echo(const struct flow *flow, struct tally here)
{
    check(shutdown(jobs[flow->job_back].fd, SHUT_WR) == 0, "half close");
    expect_same(here, finish(flow->job_back), "what was echoed");
}

static void finish_flow(const struct flow *flow)
{
    struct tally here, there;
    if (flow->there == KIND_POUR) { /* it stops first, and we read to the end */
        there = finish_there(flow->job_there);
        here = finish(flow->job_here);
    } else if (flow->there == KIND_HOLD) { /* ours goes on when that reads */
        let_finish(flow->job_here);
        there = finish_there(flow->job_there);
        here = finish(flow->job_here);
    } else {
        here = finish(flow->job_here);
        if (flow->there == KIND_ECHO)
            finish_echo(flow, here);
        there = finish_there(flow->job_there);
    }
    expect_same(here, there, flow->name);
}

static int use(void)
{
    char line[16];
    for (size_t i = 0; i < N_FLOWS; i++)
        begin(&flows[i]);
    puts("ready");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "move\n") == 0)
        move_on();
    for (size_t i = 0; i < N_FLOWS; i++)
        finish_flow(&flows[i]);
    puts("ok");
    return 0;
}

/* ---- what is left behind ---- */

static struct tally tally_of(uint32_t n)
{
    static struct job job;
    for (uint32_t at = 0; at < n; at++) {
        uint8_t octet = octet_at(at);
        add(&job, &octet, 1);
    }
    return job.tally;
}

static int leave(uint32_t n)
{
    int ends[2], kept, waiting = 1;
    uint8_t octets[4096];
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    kept = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
    uint32_t number = start_there(KIND_HOLD, ends[0]);
    for (uint32_t at = 0; at < n;) {
        uint32_t size = n - at < sizeof octets ? n - at : (uint32_t)sizeof octets;
        for (uint32_t i = 0; i < size; i++)
            octets[i] = octet_at(at + i);
        write_whole(ends[1], octets, size);
        at += size;
    }
    (void)close(ends[1]);
    while (waiting > 0) { /* each call is a round trip, behind what has been taken out */
        check(ioctl(kept, FIONREAD, &waiting) == 0, "pipe");
        (void)via_parcel_unref(call(CODE_NOTHING, 0, -1));
    }
    printf("%u\n", (unsigned)number);
    (void)via_proxy_unref(service);
    (void)via_node_destroy(the_node());
    return 0;
}

static int reap(uint32_t number, uint32_t n)
{
    expect_same(tally_of(n), finish_there(number), "what was left");
    puts("ok");
    return 0;
}

static uint32_t number_of(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2]);
    if (argc < 3) {
        (void)fprintf(stderr, "usage: flows serve|use|leave|reap NAME ...\n");
        return 2;
    }
    must("find", via_node_find(the_node(), "core", argv[2], CALL_MS, &service));
    if (argc == 3 && strcmp(argv[1], "use") == 0)
        return use();
    if (argc == 4 && strcmp(argv[1], "leave") == 0)
        return leave(number_of(argv[3]));
    if (argc == 5 && strcmp(argv[1], "reap") == 0)
        return reap(number_of(argv[3]), number_of(argv[4]));
    return 2;
}
