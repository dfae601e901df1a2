/*
 * A service and a client that pass descriptors to each other, wherever they are: what a program may
 * do with a descriptor that it was given must work the same on one host and on two.
 *
 * streamer serve NAME    says "ready"; runs until its input ends
 * streamer use NAME      says "found", does all of it; says "ok", or what is wrong
 * streamer idle NAME     a single octet there and back, again and again, when nothing else moves
 * streamer leave NAME    passes a pipe that nobody reads yet, fills it, and goes
 * streamer collect NAME  has what was left read; says "ok" if it is all of it
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <viaduct/viaduct.h>

#define LARGE (3u << 20)
#define LEFT 200000u /* within a stream's credit, and more than a pipe takes */
#define MANY 100u
#define HELD_MAX 512u
#define KEEPALIVE_MS 3600000u
#define N_IDLE 8u
#define IDLE_MS 300      /* behind the last acknowledgement */
#define LOST_MS 20000    /* by when only a failing test has no answer */
#define BOUND (4u << 20) /* what a pipe, a stream's credits and the links may hold together */

enum code {
    CODE_COUNT = 1, /* descriptors: reads each to its end; octets in all, and their print */
    CODE_GIVE,      /* u32 n: a pipe out of which n octets come */
    CODE_ECHO,      /* a socket: what comes goes back, to the end */
    CODE_FILL,      /* u32 n, a descriptor: n octets go into it */
    CODE_HOLD,      /* descriptors: kept, and left alone */
    CODE_DROP,      /* closes them */
    CODE_COLLECT,   /* reads each of them to its end, as CODE_COUNT */
    CODE_BROKEN     /* how many writers have found nobody reading */
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

/* One whose own keepalive sets nothing going that would otherwise stand still. */
static struct via_node *the_node(void)
{
    static struct via_node *node;
    const struct via_node_options options = {.size = sizeof options, .keepalive_ms = KEEPALIVE_MS};
    if (node == NULL)
        must("node", via_node_create(&options, &node));
    return node;
}

/* ---- octets ---- */

static uint8_t octet_at(size_t at)
{
    return (uint8_t)(at * 31 + at / 251);
}

struct tally {
    uint32_t n, print;
};

static void add(struct tally *tally, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tally->print = (tally->print ^ octets[i]) * 16777619u;
    tally->n += (uint32_t)n;
}

static struct tally tally_of(size_t from, size_t to)
{
    struct tally tally = {0, 0};
    for (size_t at = from; at < to; at++) {
        uint8_t octet = octet_at(at);
        add(&tally, &octet, 1);
    }
    return tally;
}

static void read_all(int fd, struct tally *tally)
{
    static _Thread_local uint8_t octets[65536];
    ssize_t n;
    while ((n = read(fd, octets, sizeof octets)) != 0) {
        check(n > 0, "read");
        add(tally, octets, (size_t)n);
    }
}

/* False: nobody reads. */
static bool write_all(int fd, size_t size)
{
    uint8_t octets[4096];
    for (size_t at = 0; at < size;) {
        size_t n = size - at < sizeof octets ? size - at : sizeof octets;
        for (size_t i = 0; i < n; i++)
            octets[i] = octet_at(at + i);
        ssize_t done = write(fd, octets, n);
        if (done < 0 && errno == EPIPE)
            return false;
        check(done > 0, "write");
        at += (size_t)done;
    }
    return true;
}

struct writer {
    int fd;
    size_t size;
};

static atomic_uint n_broken;

static void *write_and_close(void *user)
{
    struct writer *writer = user;
    if (!write_all(writer->fd, writer->size))
        (void)atomic_fetch_add(&n_broken, 1);
    (void)close(writer->fd);
    free(writer);
    return NULL;
}

static void start_writer(int fd, size_t size)
{
    pthread_t thread;
    struct writer *writer = malloc(sizeof *writer);
    check(writer != NULL, "memory");
    *writer = (struct writer){fd, size};
    check(pthread_create(&thread, NULL, write_and_close, writer) == 0, "thread");
    (void)pthread_detach(thread);
}

/* ---- the service ---- */

static void *echo(void *user)
{
    int fd = *(int *)user;
    uint8_t octets[8192];
    ssize_t n;
    free(user);
    while ((n = read(fd, octets, sizeof octets)) > 0)
        for (ssize_t at = 0; at < n;) {
            ssize_t done = write(fd, octets + at, (size_t)(n - at));
            check(done > 0, "echo");
            at += done;
        }
    (void)close(fd);
    return NULL;
}

static void start_echo(int fd)
{
    pthread_t thread;
    int *place = malloc(sizeof *place);
    check(place != NULL, "memory");
    *place = fd;
    check(pthread_create(&thread, NULL, echo, place) == 0, "thread");
    (void)pthread_detach(thread);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int held[HELD_MAX];
static unsigned n_held;

/* The next descriptor, which is ours then; -1: there is none. */
static int next_fd(struct via_parcel *request)
{
    int fd = -1;
    return via_parcel_read_fd(request, &fd) == VIA_OK ? fd : -1;
}

static void handle(void *user, struct via_call *call)
{
    struct via_parcel *request = via_call_request(call), *reply;
    struct tally tally = {0, 0};
    uint32_t n = 0;
    int fd, ends[2];
    (void)user;
    must("reply", via_parcel_create(&reply));
    switch ((enum code)via_call_code(call)) {
    case CODE_COUNT:
        while ((fd = next_fd(request)) >= 0) {
            read_all(fd, &tally);
            (void)close(fd);
        }
        must("reply", via_parcel_write_u32(reply, tally.n));
        must("reply", via_parcel_write_u32(reply, tally.print));
        break;
    case CODE_GIVE:
        must("request", via_parcel_read_u32(request, &n));
        check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
        must("reply", via_parcel_write_fd(reply, ends[0]));
        (void)close(ends[0]);
        start_writer(ends[1], n);
        break;
    case CODE_ECHO:
        start_echo(next_fd(request));
        break;
    case CODE_FILL:
        must("request", via_parcel_read_u32(request, &n));
        start_writer(next_fd(request), n);
        break;
    case CODE_HOLD:
        (void)pthread_mutex_lock(&lock);
        while (n_held < HELD_MAX && (fd = next_fd(request)) >= 0)
            held[n_held++] = fd;
        (void)pthread_mutex_unlock(&lock);
        break;
    case CODE_DROP:
        (void)pthread_mutex_lock(&lock);
        while (n_held > 0)
            (void)close(held[--n_held]);
        (void)pthread_mutex_unlock(&lock);
        break;
    case CODE_COLLECT:
        (void)pthread_mutex_lock(&lock);
        for (; n_held > 0; (void)close(held[n_held]))
            read_all(held[--n_held], &tally);
        (void)pthread_mutex_unlock(&lock);
        must("reply", via_parcel_write_u32(reply, tally.n));
        must("reply", via_parcel_write_u32(reply, tally.print));
        break;
    case CODE_BROKEN:
        must("reply", via_parcel_write_u32(reply, atomic_load(&n_broken)));
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

static struct via_parcel *parcel(void)
{
    struct via_parcel *parcel;
    must("parcel", via_parcel_create(&parcel));
    return parcel;
}

/* Takes @request. */
static struct via_parcel *call(enum code code, struct via_parcel *request)
{
    struct via_parcel *reply;
    must("call", via_proxy_call(service, code, request, 60000, NULL, &reply));
    (void)via_parcel_unref(request);
    return reply;
}

static void call_with(enum code code, int fd)
{
    struct via_parcel *request = parcel();
    must("descriptor", via_parcel_write_fd(request, fd));
    (void)via_parcel_unref(call(code, request));
}

static void expect_reply(struct via_parcel *reply, struct tally expected, const char *what)
{
    struct tally tally;
    must("reply", via_parcel_read_u32(reply, &tally.n));
    must("reply", via_parcel_read_u32(reply, &tally.print));
    (void)via_parcel_unref(reply);
    errno = 0;
    check(tally.n == expected.n && tally.print == expected.print, what);
}

static void expect_count(struct via_parcel *request, struct tally expected, const char *what)
{
    expect_reply(call(CODE_COUNT, request), expected, what);
}

static void a_pipe_is_read_to_its_end(void)
{
    int ends[2];
    struct via_parcel *request = parcel();
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    must("descriptor", via_parcel_write_fd(request, ends[0]));
    (void)close(ends[0]);
    start_writer(ends[1], LARGE);
    expect_count(request, tally_of(0, LARGE), "a pipe");
}

static void one_whose_writer_is_gone_is_empty(void)
{
    int ends[2];
    struct via_parcel *request = parcel();
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    (void)close(ends[1]);
    must("descriptor", via_parcel_write_fd(request, ends[0]));
    must("descriptor", via_parcel_write_fd(request, ends[0])); /* the same twice */
    (void)close(ends[0]);
    expect_count(request, tally_of(0, 0), "an ended pipe");
}

static void a_file_is_read_from_where_it_stands(void)
{
    char path[] = "/tmp/viaduct-streamer-XXXXXX";
    int fd = mkstemp(path);
    check(fd >= 0 && unlink(path) == 0, "file");
    check(write_all(fd, LARGE), "file");
    (void)lseek(fd, 1000, SEEK_SET);
    char name[64];
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int reading = open(name, O_RDONLY | O_CLOEXEC);
    check(reading >= 0 && lseek(reading, 1000, SEEK_SET) == 1000, "file");
    struct via_parcel *request = parcel();
    must("descriptor", via_parcel_write_fd(request, reading));
    expect_count(request, tally_of(1000, LARGE), "a file");
    (void)close(reading);
    (void)close(fd);
}

static void a_pipe_comes_back(void)
{
    int fd = -1;
    struct tally tally = {0, 0}, expected = tally_of(0, LARGE);
    struct via_parcel *request = parcel();
    must("request", via_parcel_write_u32(request, LARGE));
    struct via_parcel *reply = call(CODE_GIVE, request);
    must("descriptor", via_parcel_read_fd(reply, &fd));
    (void)via_parcel_unref(reply);
    read_all(fd, &tally);
    (void)close(fd);
    check(tally.n == expected.n && tally.print == expected.print, "a pipe that came back");
}

static void a_socket_goes_both_ways_and_closes_each_on_its_own(void)
{
    int ends[2];
    struct tally tally = {0, 0}, expected = tally_of(0, LARGE);
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    call_with(CODE_ECHO, ends[0]);
    (void)close(ends[0]);
    int writing = dup(ends[1]);
    struct writer *writer = malloc(sizeof *writer);
    check(writer != NULL, "memory");
    *writer = (struct writer){writing, LARGE};
    pthread_t thread;
    check(pthread_create(&thread, NULL, write_and_close, writer) == 0, "thread");
    static uint8_t octets[65536];
    while (tally.n < LARGE) {
        ssize_t n = read(ends[1], octets, sizeof octets);
        check(n > 0, "echoed");
        add(&tally, octets, (size_t)n);
    }
    (void)pthread_join(thread, NULL);
    check(tally.print == expected.print, "what was echoed");
    check(shutdown(ends[1], SHUT_WR) == 0, "half close");
    check(read(ends[1], octets, 1) == 0, "the other half");
    (void)close(ends[1]);
}

static void a_pipe_is_written_from_afar(void)
{
    int ends[2];
    struct tally tally = {0, 0}, expected = tally_of(0, LARGE);
    struct via_parcel *request = parcel();
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    must("request", via_parcel_write_u32(request, LARGE));
    must("descriptor", via_parcel_write_fd(request, ends[1]));
    (void)close(ends[1]);
    (void)via_parcel_unref(call(CODE_FILL, request));
    read_all(ends[0], &tally);
    (void)close(ends[0]);
    check(tally.n == expected.n && tally.print == expected.print, "a pipe written from afar");
}

static uint32_t count_broken(void)
{
    uint32_t n = 0;
    struct via_parcel *reply = call(CODE_BROKEN, parcel());
    must("reply", via_parcel_read_u32(reply, &n));
    (void)via_parcel_unref(reply);
    return n;
}

static void a_reader_that_goes_breaks_the_pipe(void)
{
    uint32_t before = count_broken();
    int fd = -1;
    uint8_t octet;
    struct via_parcel *request = parcel();
    must("request", via_parcel_write_u32(request, 64 * LARGE));
    struct via_parcel *reply = call(CODE_GIVE, request);
    must("descriptor", via_parcel_read_fd(reply, &fd));
    (void)via_parcel_unref(reply);
    check(read(fd, &octet, 1) == 1, "read");
    (void)close(fd);
    while (count_broken() == before) /* each call is a round trip of its own */
        continue;
}

/* What is not read stops its writer and nobody else; and a holder that goes breaks the pipe. */
static void who_never_reads_holds_up_only_that(void)
{
    int ends[2];
    size_t taken = 0;
    static uint8_t octets[65536];
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    call_with(CODE_HOLD, ends[0]);
    (void)close(ends[0]);
    (void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
    for (unsigned quiet = 0; quiet < 20;) {
        ssize_t n = write(ends[1], octets, sizeof octets);
        if (n > 0) {
            taken += (size_t)n;
            quiet = 0;
            continue;
        }
        check(errno == EAGAIN, "a held pipe");
        one_whose_writer_is_gone_is_empty(); /* others go on meanwhile */
        quiet++;
    }
    errno = 0;
    check(taken < BOUND, "as much as is written is kept");
    (void)via_parcel_unref(call(CODE_DROP, parcel()));
    struct pollfd broken = {.fd = ends[1]};
    while (poll(&broken, 1, -1) != 1 || (broken.revents & POLLERR) == 0)
        continue;
    check(write(ends[1], octets, 1) < 0 && errno == EPIPE, "a pipe nobody holds");
    (void)close(ends[1]);
}

static void many_go_at_once(void)
{
    int ends[2];
    struct via_parcel *request = parcel();
    for (unsigned i = 0; i < MANY; i++) {
        check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
        must("descriptor", via_parcel_write_fd(request, ends[0]));
        (void)close(ends[0]);
        check(write(ends[1], "x", 1) == 1, "write");
        (void)close(ends[1]);
    }
    struct tally expected = {0, 0};
    for (unsigned i = 0; i < MANY; i++)
        add(&expected, (const uint8_t *)"x", 1);
    expect_count(request, expected, "many pipes");
}

/* What the service does with a socket that it shares is its own business. */
static void a_shared_socket_stays_when_its_holder_goes(void)
{
    int ends[2];
    char octets[8];
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    call_with(CODE_HOLD, ends[0]);
    (void)via_parcel_unref(call(CODE_DROP, parcel()));
    one_whose_writer_is_gone_is_empty(); /* the end of the other one has come before */
    errno = 0;
    check(write(ends[0], "out", 3) == 3 && read(ends[1], octets, 8) == 3, "a shared socket");
    check(write(ends[1], "in", 2) == 2 && read(ends[0], octets, 8) == 2, "a shared socket");
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static int idle(const char *name)
{
    int ends[2];
    must("find", via_node_find(the_node(), "core", name, 20000, &service));
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    call_with(CODE_ECHO, ends[0]);
    (void)close(ends[0]);
    for (unsigned i = 0; i < N_IDLE; i++) {
        char octet = 'x';
        struct pollfd answer = {.fd = ends[1], .events = POLLIN};
        check(poll(&answer, 1, IDLE_MS) == 0, "idle");
        check(write(ends[1], &octet, 1) == 1, "write");
        errno = ETIMEDOUT;
        check(poll(&answer, 1, LOST_MS) == 1 && read(ends[1], &octet, 1) == 1, "an idle stream");
    }
    (void)close(ends[1]);
    (void)via_proxy_unref(service);
    puts("ok");
    return 0;
}

static int leave(const char *name)
{
    int ends[2];
    int waiting = 1;
    must("find", via_node_find(the_node(), "core", name, 20000, &service));
    check(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    call_with(CODE_HOLD, ends[0]);
    check(write_all(ends[1], LEFT), "write");
    while (waiting > 0) /* what has left the pipe goes before the next call */
        check(ioctl(ends[0], FIONREAD, &waiting) == 0, "ioctl");
    (void)via_parcel_unref(call(CODE_BROKEN, parcel()));
    (void)via_proxy_unref(service);
    (void)via_node_destroy(the_node());
    puts("ok");
    return 0;
}

static int collect(const char *name)
{
    must("find", via_node_find(the_node(), "core", name, 20000, &service));
    expect_reply(call(CODE_COLLECT, parcel()), tally_of(0, LEFT), "what was left");
    (void)via_proxy_unref(service);
    puts("ok");
    return 0;
}

static int use(const char *name)
{
    must("find", via_node_find(the_node(), "core", name, 20000, &service));
    puts("found");
    (void)fflush(stdout);
    a_pipe_is_read_to_its_end();
    one_whose_writer_is_gone_is_empty();
    a_file_is_read_from_where_it_stands();
    a_pipe_comes_back();
    a_socket_goes_both_ways_and_closes_each_on_its_own();
    a_shared_socket_stays_when_its_holder_goes();
    a_pipe_is_written_from_afar();
    a_reader_that_goes_breaks_the_pipe();
    who_never_reads_holds_up_only_that();
    many_go_at_once();
    (void)via_proxy_unref(service);
    puts("ok");
    return 0;
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2]);
    if (argc == 3 && strcmp(argv[1], "use") == 0)
        return use(argv[2]);
    if (argc == 3 && strcmp(argv[1], "idle") == 0)
        return idle(argv[2]);
    if (argc == 3 && strcmp(argv[1], "leave") == 0)
        return leave(argv[2]);
    if (argc == 3 && strcmp(argv[1], "collect") == 0)
        return collect(argv[2]);
    (void)fprintf(stderr, "usage: streamer serve|use|idle|leave|collect NAME\n");
    return 2;
}
