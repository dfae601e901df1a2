/*
 * Every kind of descriptor, given and got, wherever the two ends are.
 *
 *     conduits server
 *     conduits client WHAT    kinds: all of them, with half close; wake: pipes that only wake
 *                             somebody up; stall: pipes that nobody reads until a line comes
 */
#include <termios.h>

#include "legato.h"

#define INTERFACE "conduits.api"
#define LARGE (1u << 20)
#define OFFSET 7 /* of a file, where it is read from */
#define N_WAKES 100u
#define N_STALLED 8u
#define STALLED_MAX (8u << 20) /* what is tried to be written into each of those */
#define QUIET_MS 200           /* behind which a pipe takes no more; too soon makes nothing fail */

enum what {
    SWALLOW = 1, /* reads the descriptor to its end */
    FILL,        /* n octets into it */
    RETURN,      /* reads it to its end, then as much goes back */
    SHOUT,       /* reads a line, writes it in capitals */
    TALLY,       /* answered when that is done: how much was read */
    GIVE_PIPE,   /* the answer has a descriptor, with n octets */
    GIVE_FILE,
    GIVE_SOCKET,
    HOLD,   /* keeps the descriptor */
    WAKE,   /* writes an octet into that */
    RESUME, /* reads those that are kept, to their ends */
    WATCH,  /* says WAKE for every octet out of it */
};

struct payload {
    uint32_t what, print;
    uint64_t n;
};

static le_msg_SessionRef_t session;

static struct payload *payload_of(le_msg_MessageRef_t message)
{
    return le_msg_GetPayloadPtr(message);
}

/* ---- octets ---- */

struct tally {
    uint64_t n;
    uint32_t print;
};

static uint8_t octet_at(uint64_t at)
{
    return (uint8_t)(at * 31 + at / 251);
}

static void add(struct tally *tally, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tally->print = (tally->print ^ octets[i]) * 16777619u;
    tally->n += n;
}

static void read_all(int fd, struct tally *tally)
{
    uint8_t octets[65536];
    ssize_t n;
    while ((n = read(fd, octets, sizeof octets)) > 0)
        add(tally, octets, (size_t)n);
    LE_ASSERT(n == 0);
}

static void write_all(int fd, uint64_t from, uint64_t to)
{
    uint8_t octets[4096];
    while (from < to) {
        size_t size = to - from < sizeof octets ? (size_t)(to - from) : sizeof octets;
        for (size_t i = 0; i < size; i++)
            octets[i] = octet_at(from + i);
        ssize_t n = write(fd, octets, size);
        LE_ASSERT(n > 0);
        from += (uint64_t)n;
    }
}

static struct tally tally_of(uint64_t from, uint64_t to)
{
    struct tally tally = {0};
    for (; from < to; from++) {
        uint8_t octet = octet_at(from);
        add(&tally, &octet, 1);
    }
    return tally;
}

static int make_file(void)
{
    char name[] = "/tmp/viaduct-conduits-XXXXXX";
    int fd = mkstemp(name);
    LE_ASSERT(fd >= 0 && unlink(name) == 0);
    write_all(fd, 0, LARGE);
    LE_ASSERT(lseek(fd, OFFSET, SEEK_SET) == OFFSET);
    return fd;
}

/* ---- server ---- */

static struct {
    le_thread_Ref_t main;
    enum what what;
    int fds[N_STALLED];
    size_t n_fds;
    uint64_t n; /* to be written */
    struct tally tally;
    bool is_done;
    le_msg_MessageRef_t asked; /* TALLY, until it is done */
} work;

static int held[N_STALLED];
static size_t n_held;
static le_fdMonitor_Ref_t watch;

static void answer_tally(void)
{
    if (!work.is_done || work.asked == NULL)
        return;
    payload_of(work.asked)->n = work.tally.n;
    payload_of(work.asked)->print = work.tally.print;
    le_msg_Respond(work.asked);
    work.asked = NULL;
}

static void note_done(void *param1, void *param2)
{
    LE_UNUSED(param1);
    LE_UNUSED(param2);
    work.is_done = true;
    answer_tally();
}

static void shout(int fd)
{
    char octet = 0;
    while (octet != '\n') {
        LE_ASSERT(read(fd, &octet, 1) == 1);
        char capital = (char)toupper(octet);
        LE_ASSERT(write(fd, &capital, 1) == 1);
    }
}

static void *do_work(void *context)
{
    for (size_t i = 0; i < work.n_fds; i++) {
        int fd = work.fds[i];
        if (work.what == SWALLOW || work.what == RETURN)
            read_all(fd, &work.tally);
        if (work.what == SHOUT)
            shout(fd);
        write_all(fd, 0, work.what == RETURN ? work.tally.n : work.n);
        LE_ASSERT(close(fd) == 0);
    }
    le_event_QueueFunctionToThread(work.main, note_done, NULL, NULL);
    return context;
}

static void start_work(enum what what, const int *fds, size_t n_fds, uint64_t n)
{
    work.main = le_thread_GetCurrent();
    work.what = what;
    memcpy(work.fds, fds, n_fds * sizeof *fds);
    work.n_fds = n_fds;
    work.n = n;
    work.tally = (struct tally){0};
    work.is_done = false;
    le_thread_Start(le_thread_Create("work", do_work, NULL));
}

static int make_pipe(uint64_t n)
{
    int ends[2];
    LE_ASSERT(pipe(ends) == 0);
    start_work(FILL, &ends[1], 1, n);
    return ends[0];
}

static int make_socket(void)
{
    int ends[2];
    LE_ASSERT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    start_work(RETURN, &ends[1], 1, 0);
    return ends[0];
}

static void pass_on(int fd, short events)
{
    uint8_t octet;
    LE_UNUSED(events);
    if (read(fd, &octet, 1) == 1) {
        le_msg_Send(le_msg_CreateMsg(le_fdMonitor_GetContextPtr()));
        return;
    }
    le_fdMonitor_Delete(watch);
    (void)close(fd);
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    struct payload *payload = payload_of(message);
    int fd = le_msg_GetFd(message);
    LE_UNUSED(context);
    switch ((enum what)payload->what) {
    case SWALLOW:
    case FILL:
    case RETURN:
    case SHOUT:
        start_work(payload->what, &fd, 1, payload->n);
        break;
    case TALLY:
        work.asked = message;
        answer_tally();
        return;
    case GIVE_PIPE:
        le_msg_SetFd(message, make_pipe(payload->n));
        break;
    case GIVE_FILE:
        le_msg_SetFd(message, make_file());
        break;
    case GIVE_SOCKET:
        le_msg_SetFd(message, make_socket());
        break;
    case HOLD:
        held[n_held++] = fd;
        break;
    case WAKE:
        LE_ASSERT(write(held[0], "", 1) == 1);
        break;
    case RESUME:
        start_work(SWALLOW, held, n_held, 0);
        n_held = 0;
        break;
    case WATCH:
        watch = le_fdMonitor_Create("watch", fd, pass_on, POLLIN);
        le_fdMonitor_SetContextPtr(watch, le_msg_GetSession(message));
        break;
    }
    if (le_msg_NeedsResponse(message))
        le_msg_Respond(message);
    else
        le_msg_ReleaseMsg(message);
}

static void forget(le_msg_SessionRef_t closed, void *context)
{
    LE_UNUSED(closed);
    LE_UNUSED(context);
    while (n_held > 0)
        (void)close(held[--n_held]);
    puts("closed");
}

/* ---- client ---- */

/* @fd: -1 for none. */
static le_msg_MessageRef_t ask(enum what what, uint64_t n, int fd)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    payload_of(message)->what = what;
    payload_of(message)->n = n;
    if (fd >= 0)
        le_msg_SetFd(message, fd);
    le_msg_MessageRef_t response = le_msg_RequestSyncResponse(message);
    LE_ASSERT(response != NULL);
    return response;
}

static void tell(enum what what, uint64_t n, int fd)
{
    le_msg_ReleaseMsg(ask(what, n, fd));
}

static int take(enum what what, uint64_t n)
{
    le_msg_MessageRef_t response = ask(what, n, -1);
    int fd = le_msg_GetFd(response);
    LE_ASSERT(fd > STDERR_FILENO && le_msg_GetFd(response) == -1);
    le_msg_ReleaseMsg(response);
    return fd;
}

static void expect(struct tally tally, uint64_t from, uint64_t to)
{
    struct tally expected = tally_of(from, to);
    LE_ASSERT(tally.n == expected.n && tally.print == expected.print);
}

static void expect_done(uint64_t from, uint64_t to)
{
    le_msg_MessageRef_t response = ask(TALLY, 0, -1);
    struct tally tally = {payload_of(response)->n, payload_of(response)->print};
    le_msg_ReleaseMsg(response);
    expect(tally, from, to);
}

static void expect_all(int fd, uint64_t from, uint64_t to)
{
    struct tally tally = {0};
    read_all(fd, &tally);
    LE_ASSERT(close(fd) == 0);
    expect(tally, from, to);
}

static void half_close(int fd)
{
    write_all(fd, 0, LARGE);
    LE_ASSERT(shutdown(fd, SHUT_WR) == 0);
    expect_all(fd, 0, LARGE);
    expect_done(0, LARGE);
}

static void try_pipes(void)
{
    int ends[2];
    LE_ASSERT(pipe(ends) == 0);
    tell(SWALLOW, 0, ends[0]);
    write_all(ends[1], 0, LARGE);
    LE_ASSERT(close(ends[1]) == 0);
    expect_done(0, LARGE);
    LE_ASSERT(pipe(ends) == 0);
    tell(FILL, LARGE, ends[1]);
    expect_all(ends[0], 0, LARGE);
    expect_all(take(GIVE_PIPE, LARGE), 0, LARGE);
}

static void try_sockets(void)
{
    int ends[2];
    LE_ASSERT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    tell(RETURN, 0, ends[1]);
    half_close(ends[0]);
    half_close(take(GIVE_SOCKET, 0));
}

static void try_terminal(void)
{
    struct termios raw;
    char text[5];
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    LE_ASSERT(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    LE_ASSERT(slave >= 0 && tcgetattr(slave, &raw) == 0);
    cfmakeraw(&raw);
    LE_ASSERT(tcsetattr(slave, TCSANOW, &raw) == 0);
    tell(SHOUT, 0, slave);
    LE_ASSERT(write(master, "line\n", sizeof text) == (ssize_t)sizeof text);
    for (size_t n = 0; n < sizeof text;) {
        ssize_t got = read(master, text + n, sizeof text - n);
        LE_ASSERT(got > 0);
        n += (size_t)got;
    }
    LE_ASSERT(memcmp(text, "LINE\n", sizeof text) == 0);
    LE_ASSERT(close(master) == 0);
}

static void try_files(void)
{
    tell(SWALLOW, 0, make_file());
    expect_done(OFFSET, LARGE);
    expect_all(take(GIVE_FILE, 0), OFFSET, LARGE);
}

static _Noreturn void finish(void)
{
    le_msg_CloseSession(session);
    puts("done");
    exit(EXIT_SUCCESS);
}

/* ---- wake-ups ---- */

static unsigned n_woken;
static int to_server;

static void go_on(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    le_msg_ReleaseMsg(message);
    if (++n_woken == N_WAKES)
        finish();
    LE_ASSERT(write(to_server, "", 1) == 1);
}

static void wake_server(void)
{
    int ends[2];
    LE_ASSERT(pipe(ends) == 0);
    tell(WATCH, 0, ends[0]);
    to_server = ends[1];
    n_woken = 0;
    LE_ASSERT(write(to_server, "", 1) == 1);
}

static void ask_for_wake(void)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    payload_of(message)->what = WAKE;
    le_msg_Send(message);
}

static void woken(int fd, short events)
{
    uint8_t octet;
    LE_ASSERT((events & POLLIN) != 0 && read(fd, &octet, 1) == 1);
    if (++n_woken < N_WAKES) {
        ask_for_wake();
        return;
    }
    le_fdMonitor_Delete(le_fdMonitor_GetMonitor());
    (void)close(fd);
    wake_server();
}

static void start_waking(void)
{
    int ends[2];
    LE_ASSERT(pipe(ends) == 0);
    tell(HOLD, 0, ends[1]);
    (void)le_fdMonitor_Create("woken", ends[0], woken, POLLIN);
    ask_for_wake();
}

/* ---- what nobody reads ---- */

static uint64_t write_until_it_stalls(int fd)
{
    static const uint8_t zeros[65536];
    uint64_t n = 0;
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    LE_ASSERT(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    while (n < STALLED_MAX && poll(&room, 1, QUIET_MS) > 0) {
        ssize_t written = write(fd, zeros, sizeof zeros);
        LE_ASSERT(written > 0 || errno == EAGAIN);
        n += written > 0 ? (uint64_t)written : 0;
    }
    return n;
}

static void stall(void)
{
    uint64_t n = 0;
    int fds[N_STALLED];
    for (size_t i = 0; i < N_STALLED; i++) {
        int ends[2];
        LE_ASSERT(pipe(ends) == 0);
        tell(HOLD, 0, ends[0]);
        fds[i] = ends[1];
    }
    puts("ready");
    LE_ASSERT(getchar() == '\n');
    for (size_t i = 0; i < N_STALLED; i++)
        n += write_until_it_stalls(fds[i]);
    printf("%" PRIu64 "\n", n);
    LE_ASSERT(getchar() == '\n');
    for (size_t i = 0; i < N_STALLED; i++)
        LE_ASSERT(close(fds[i]) == 0);
    tell(RESUME, 0, -1);
    le_msg_MessageRef_t response = ask(TALLY, 0, -1);
    LE_ASSERT(payload_of(response)->n == n);
    le_msg_ReleaseMsg(response);
    finish();
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("conduits", sizeof(struct payload));
    const char *what = le_arg_GetArg(1);
    if (what == NULL) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        (void)le_msg_AddServiceCloseHandler(service, forget, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionRecvHandler(session, go_on, NULL);
    le_msg_OpenSessionSync(session);
    if (strcmp(what, "wake") == 0) {
        start_waking();
        return;
    }
    if (strcmp(what, "stall") == 0)
        stall();
    try_pipes();
    try_sockets();
    try_terminal();
    try_files();
    finish();
}
