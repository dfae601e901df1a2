/*
 * The server of the program `rows`, which does as it is told: it keeps messages, answers them from
 * another thread, and says what it saw of them.
 */
#include <pthread.h>
#include <sys/file.h>

#include "rows.h"

typedef struct {
    uint32_t port;
    msg_t msg;
    msg_rid_t rid;
} held_t;

static struct {
    uint32_t port, other, hidden;
    pthread_mutex_t lock;
    held_t held[HELD_MAX];
    unsigned nheld, nother, ncounted, nended, nreceivers;
    closed_t closed[CLOSED_MAX];
    unsigned nclosed;
    int norder;
    oid_t made;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void hold(uint32_t port, const msg_t *msg, msg_rid_t rid)
{
    (void)pthread_mutex_lock(&server.lock);
    CHECK(server.nheld < HELD_MAX);
    server.held[server.nheld++] = (held_t){.port = port, .msg = *msg, .rid = rid};
    (void)pthread_mutex_unlock(&server.lock);
}

static void receiveOther(void *arg)
{
    msg_t msg;
    msg_rid_t rid;
    int err;
    (void)arg;
    while ((err = msgRecv(server.other, &msg, &rid)) == EOK) {
        (void)pthread_mutex_lock(&server.lock);
        server.held[server.nheld++] = (held_t){.port = server.other, .msg = msg, .rid = rid};
        server.nother++;
        (void)pthread_mutex_unlock(&server.lock);
    }
    CHECK_INT(err, -EINVAL);
    (void)pthread_mutex_lock(&server.lock);
    server.nended++;
    (void)pthread_mutex_unlock(&server.lock);
}

static void see(msg_t *msg)
{
    seen_t seen = {.type = (uint32_t)msg->type,
                   .pid = (uint32_t)msg->pid,
                   .priority = msg->priority,
                   .oid = msg->oid,
                   .isize = msg->i.size,
                   .osize = msg->o.size,
                   .err = msg->o.err,
                   .hasIn = msg->i.data != NULL,
                   .hasOut = msg->o.data != NULL,
                   .isZero = 1};
    const char *in = msg->i.data;
    const unsigned char *out = msg->o.data;
    memcpy(seen.iraw, msg->i.raw, sizeof seen.iraw);
    memcpy(seen.oraw, msg->o.raw, sizeof seen.oraw);
    seen.hasNul = in != NULL && in[msg->i.size] == '\0';
    for (size_t i = 0; out != NULL && i < msg->o.size; i++)
        seen.isZero &= out[i] == 0;
    msg->o.err = 0;
    if (out != NULL && msg->o.size >= sizeof seen)
        memcpy(msg->o.data, &seen, sizeof seen);
    if (out != NULL && msg->o.size > sizeof seen)
        ((unsigned char *)msg->o.data)[msg->o.size - 1] = 0x77;
    memset(msg->o.raw, 0x5a, sizeof msg->o.raw);
    msg->type = -1; /* none of this goes back */
    msg->o.size = 1;
    msg->o.data = NULL;
    msg->i.size = 3;
}

static void mirror(msg_t *msg)
{
    memcpy(msg->o.data, msg->i.data, msg->i.size < msg->o.size ? msg->i.size : msg->o.size);
    msg->o.err = EOK;
}

/* With a msg_t of its own; a second answer finds nothing. */
static void release(void *arg)
{
    (void)arg;
    (void)pthread_mutex_lock(&server.lock);
    while (server.nheld > 0) {
        held_t *held = &server.held[--server.nheld];
        msg_t answer = {.o.err = (int)server.nheld};
        memcpy(answer.o.raw, held->msg.i.raw, sizeof answer.o.raw);
        int isOver = held->port != server.port;
        CHECK_INT(msgRespond(held->port, &answer, held->rid), isOver ? -EINVAL : EOK);
        CHECK_INT(msgRespond(held->port, &answer, held->rid), isOver ? -EINVAL : -ENOENT);
    }
    (void)pthread_mutex_unlock(&server.lock);
}

static void releaseAll(msg_t *msg)
{
    handle_t thread;
    CHECK_INT(beginthreadex(release, 4, NULL, 512, NULL, &thread), EOK);
    CHECK_INT(threadJoin(thread, 0), thread);
    msg->o.err = EOK;
}

static void openOther(msg_t *msg)
{
    CHECK_INT(portCreate(&server.other), EOK);
    CHECK_INT(portRegister(server.other, OTHER_NAME, NULL), EOK);
    server.nother = server.nended = 0;
    server.nreceivers = msg->i.raw[0];
    for (unsigned i = 0; i < server.nreceivers; i++)
        CHECK_INT(beginthread(receiveOther, 4, NULL, 512, NULL), EOK);
    msg->o.err = EOK;
}

static unsigned locked(const unsigned *count)
{
    (void)pthread_mutex_lock(&server.lock);
    unsigned n = *count;
    (void)pthread_mutex_unlock(&server.lock);
    return n;
}

static void destroyOther(msg_t *msg)
{
    unsigned n;
    memcpy(&n, msg->i.raw, sizeof n);
    while (locked(&server.nother) < n)
        (void)poll(NULL, 0, 1);
    portDestroy(server.other);
    portDestroy(server.other);
    CHECK_INT(portUnregister(OTHER_NAME), EOK);
    while (locked(&server.nended) < server.nreceivers)
        (void)poll(NULL, 0, 1);
    msg->o.err = EOK;
}

static void lookUp(msg_t *msg)
{
    const char *path = msg->i.data;
    if (strncmp(path, "first", 5) == 0 && msg->oid.id == OBJECT) {
        msg->o.lookup.fil = (oid_t){.port = server.port, .id = 1};
        msg->o.lookup.dev = (oid_t){.port = server.port, .id = 2};
        msg->o.err = 5;
    } else if (strcmp(path, "second/third") == 0 && msg->oid.id == 2) {
        msg->o.lookup.fil = (oid_t){.port = server.port, .id = 3};
        msg->o.lookup.dev = (oid_t){.port = server.port, .id = 4};
        msg->o.err = 12;
    } else if (strcmp(path, "hidden") == 0) {
        msg->o.lookup.fil = (oid_t){.port = server.port, .id = 5};
        msg->o.lookup.dev = (oid_t){.port = server.hidden, .id = 6};
        msg->o.err = 6;
    } else if (strcmp(path, "made") == 0) {
        msg->o.lookup.fil = (oid_t){.port = server.port, .id = 7};
        msg->o.lookup.dev = server.made;
        msg->o.err = 4;
    } else if (strcmp(path, "toofar") == 0) {
        msg->o.err = 7;
    } else {
        msg->o.lookup.fil.id = 99;
        msg->o.err = -ENOTDIR;
    }
}

static void close_(const msg_t *msg)
{
    server.closed[server.nclosed++ % CLOSED_MAX] = (closed_t){
        .pid = (uint32_t)msg->pid, .flags = (int)msg->i.openclose.flags, .oid = msg->oid};
}

static void tellClosed(msg_t *msg)
{
    unsigned n = server.nclosed < CLOSED_MAX ? server.nclosed : CLOSED_MAX;
    CHECK(msg->o.size == sizeof server.closed);
    memcpy(msg->o.data, server.closed, n * sizeof *server.closed);
    msg->o.err = (int)n;
}

static void count(msg_t *msg)
{
    unsigned n[] = {locked(&server.nheld), server.ncounted, server.nclosed};
    memcpy(msg->o.raw, n, sizeof n);
    msg->o.err = EOK;
}

static void checkOrder(msg_t *msg)
{
    int n;
    memcpy(&n, msg->i.raw, sizeof n);
    server.norder = server.norder == n ? n + 1 : -1;
    msg->o.err = EOK;
    CHECK(msg->o.size == 0);
}

/* Whether it is to be answered. */
static int act(msg_t *msg, msg_rid_t rid)
{
    switch (msg->type) {
    case SEE:
        see(msg);
        return 1;
    case LEAVE:
        return 1;
    case MIRROR:
        mirror(msg);
        return 1;
    case HOLD:
        hold(server.port, msg, rid);
        say("held");
        return 0;
    case RELEASE:
        releaseAll(msg);
        return 1;
    case COUNT:
        count(msg);
        return 1;
    case COUNTED:
        server.ncounted++;
        return 1;
    case OPEN_OTHER:
        openOther(msg);
        return 1;
    case DESTROY_OTHER:
        destroyOther(msg);
        return 1;
    case mtLookup:
        lookUp(msg);
        return 1;
    case mtOpen:
        msg->o.err = msg->oid.id == 8 ? 80 : msg->oid.id == 9 ? -EBUSY : EOK;
        return 1;
    case mtClose:
        close_(msg);
        msg->o.err = EOK;
        return 1;
    case CLOSED:
        tellClosed(msg);
        return 1;
    case ORDER:
        checkOrder(msg);
        return 1;
    case ORDERED:
        msg->o.err = server.norder;
        return 1;
    case NUMBER:
        memcpy(msg->o.raw, &server.hidden, sizeof server.hidden);
        return 1;
    case mtCreate: /* a node that stands for whatever it was told */
        server.made = msg->i.create.dev;
        msg->o.create.oid = (oid_t){.port = server.port, .id = 7};
        msg->o.err = EOK;
        return 1;
    case mtMountPoint: /* leaves o.raw as it is */
        msg->o.err = EOK;
        return 1;
    default:
        msg->o.err = -ENOSYS;
        return 1;
    }
}

/* A port without a name: it is found in an answer, or not at all. */
static void serveHidden(void *arg)
{
    (void)arg;
    for (;;) {
        msg_t msg;
        msg_rid_t rid;
        CHECK_INT(msgRecv(server.hidden, &msg, &rid), EOK);
        msg.o.err = (int)msg.oid.id;
        CHECK_INT(msgRespond(server.hidden, &msg, rid), EOK);
    }
}

void runServer(void)
{
    oid_t oid = {.port = 7, .id = OBJECT};
    CHECK_INT(portCreate(&server.hidden), EOK);
    CHECK_INT(beginthread(serveHidden, 4, NULL, 512, NULL), EOK);
    CHECK_INT(portCreate(&server.port), EOK);
    CHECK_INT(portRegister(server.port, NAME, &oid), EOK);
    CHECK_INT(oid.port, 7);
    say("ready");
    for (;;) {
        msg_t msg;
        msg_rid_t rid;
        errno = E2BIG; /* which is nobody's */
        CHECK_INT(msgRecv(server.port, &msg, &rid), EOK);
        CHECK_INT(errno, E2BIG);
        CHECK(rid >= 0);
        if (!act(&msg, rid))
            continue;
        errno = E2BIG;
        CHECK_INT(msgRespond(server.port, &msg, rid), EOK);
        CHECK_INT(errno, E2BIG);
    }
}
