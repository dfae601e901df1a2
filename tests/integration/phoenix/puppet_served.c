/*
 * Ports, each with a list of what is held. Receivers do at once what a message says; what is held
 * is answered from the main thread, the last first, and by another msg_t.
 */
#include <inttypes.h>
#include <signal.h>

#include "puppet.h"

#define PORTS_MAX 16u
#define HELD_MAX 8192u
#define CLOSINGS_MAX 256u

typedef struct {
    unsigned id;
    msg_rid_t rid;
    unsigned char *out;
    size_t size;
} held_t;

typedef struct {
    id_t id;
    unsigned n;
} closing_t;

typedef struct {
    char name[64];
    uint32_t port;
    int takesTurns;
    pthread_mutex_t turn, lock;
    pthread_cond_t changed;
    held_t held[HELD_MAX];
    unsigned nheld, ncounted, nended, nreceivers;
    closing_t closings[CLOSINGS_MAX];
    unsigned nclosed;
    long long closer;
    uint8_t counts[SENDERS_MAX][NUMBERED_MAX];
    unsigned expected[SENDERS_MAX], ndisordered;
    int hasLate;
    msg_t late;
    msg_rid_t lateRid;
} served_t;

static served_t *ports[PORTS_MAX];
static unsigned nports;

static served_t *portOf(const char *name)
{
    for (unsigned i = 0; i < nports; i++)
        if (strcmp(ports[i]->name, name) == 0)
            return ports[i];
    CHECK(0);
    return NULL;
}

/* ---- messages ---- */

static void hold(served_t *port, const msg_t *msg, msg_rid_t rid)
{
    unsigned id;
    memcpy(&id, msg->i.raw, sizeof id);
    CHECK(port->nheld < HELD_MAX);
    port->held[port->nheld++] =
        (held_t){.id = id, .rid = rid, .out = msg->o.data, .size = msg->o.size};
}

static void note(served_t *port, const numbered_t *numbered)
{
    CHECK(numbered->sender < SENDERS_MAX && numbered->n < NUMBERED_MAX);
    port->counts[numbered->sender][numbered->n]++;
    port->ncounted++;
    port->ndisordered += numbered->n < port->expected[numbered->sender];
    port->expected[numbered->sender] = numbered->n + 1;
}

/* The port may be destroyed meanwhile. */
static void respond(const served_t *port, msg_t *msg, msg_rid_t rid)
{
    int err = msgRespond(port->port, msg, rid);
    CHECK(err == EOK || err == -EINVAL);
}

static void answerLate(served_t *port)
{
    if (port->hasLate)
        respond(port, &port->late, port->lateRid);
    port->hasLate = 0;
}

/* Whether it is answered now. */
static int count(served_t *port, msg_t *msg, msg_rid_t rid)
{
    numbered_t numbered;
    memcpy(&numbered, msg->i.raw, sizeof numbered);
    note(port, &numbered);
    numbered =
        (numbered_t){.sender = ~numbered.sender, .n = ~numbered.n, .isLate = numbered.isLate};
    memcpy(msg->o.raw, &numbered, sizeof numbered);
    msg->o.err = 0;
    if (!numbered.isLate)
        return 1;
    answerLate(port);
    port->late = *msg;
    port->lateRid = rid;
    port->hasLate = 1;
    return 0;
}

static void noteClosing(served_t *port, const msg_t *msg)
{
    unsigned i = 0;
    port->nclosed++;
    port->closer = (long long)msg->pid;
    while (port->closings[i].n > 0 && port->closings[i].id != msg->oid.id)
        i++;
    if (i == CLOSINGS_MAX - 1)
        return; /* more than can be told one by one */
    port->closings[i].id = msg->oid.id;
    port->closings[i].n++;
}

static void echo(msg_t *msg)
{
    const unsigned char *in = msg->i.data;
    unsigned char *out = msg->o.data;
    for (size_t i = 0; i < msg->i.size && i < msg->o.size; i++)
        out[i] = in[i] ^ ECHO_KEY;
    msg->o.err = (int)msg->i.size;
}

static void tellWho(msg_t *msg)
{
    const uint32_t who[] = {(uint32_t)msg->pid, msg->priority};
    memcpy(msg->o.raw, who, sizeof who);
    msg->o.err = 0;
}

static void tellSeen(served_t *port, msg_t *msg)
{
    CHECK(msg->o.size == sizeof port->counts);
    memcpy(msg->o.data, port->counts, sizeof port->counts);
    msg->o.err = (int)port->ndisordered;
}

/* Whether it is answered now. Lock held. */
static int act(served_t *port, msg_t *msg, msg_rid_t rid)
{
    switch (msg->type) {
    case HOLD:
        hold(port, msg, rid);
        return 0;
    case NUMBERED:
        return count(port, msg, rid);
    case FLUSH:
        answerLate(port);
        msg->o.err = 0;
        return 1;
    case WHO:
        tellWho(msg);
        return 1;
    case SEEN:
        tellSeen(port, msg);
        return 1;
    case mtOpen:
        msg->o.err = 0;
        return 1;
    case mtClose:
        noteClosing(port, msg);
        msg->o.err = 0;
        return 1;
    default:
        msg->o.err = -ENOSYS;
        return 1;
    }
}

static void handle(served_t *port, msg_t *msg, msg_rid_t rid)
{
    int isAnswered = 1;
    if (msg->type == ECHO) {
        echo(msg);
    } else {
        (void)pthread_mutex_lock(&port->lock);
        isAnswered = act(port, msg, rid);
        (void)pthread_cond_broadcast(&port->changed);
        (void)pthread_mutex_unlock(&port->lock);
    }
    if (isAnswered)
        respond(port, msg, rid);
}

/* In turns, what comes is noted in the order in which it came. */
static int receiveOne(served_t *port, msg_t *msg, msg_rid_t *rid)
{
    numbered_t numbered;
    int err;
    if (!port->takesTurns)
        return msgRecv(port->port, msg, rid);
    (void)pthread_mutex_lock(&port->turn);
    do
        err = msgRecv(port->port, msg, rid);
    while (err == -EINTR);
    if (err == EOK && (msg->type == NUMBERED || msg->type == ECHO)) {
        memcpy(&numbered, msg->i.raw, sizeof numbered);
        (void)pthread_mutex_lock(&port->lock);
        note(port, &numbered);
        (void)pthread_mutex_unlock(&port->lock);
        if (msg->type == NUMBERED)
            msg->type = mtOpen; /* nothing but an answer */
    }
    (void)pthread_mutex_unlock(&port->turn);
    return err;
}

static void *receive(void *arg)
{
    served_t *port = arg;
    msg_t msg;
    msg_rid_t rid;
    int err;
    do {
        err = receiveOne(port, &msg, &rid);
        if (err == EOK)
            handle(port, &msg, rid);
    } while (err != -EINVAL);
    (void)pthread_mutex_lock(&port->lock);
    port->nended++;
    (void)pthread_cond_broadcast(&port->changed);
    (void)pthread_mutex_unlock(&port->lock);
    return NULL;
}

/* ---- commands ---- */

static void serve(const char *name, unsigned nreceivers, int takesTurns)
{
    served_t *port = calloc(1, sizeof *port);
    CHECK(port != NULL && nports < PORTS_MAX);
    (void)snprintf(port->name, sizeof port->name, "%s", name);
    (void)pthread_mutex_init(&port->turn, NULL);
    (void)pthread_mutex_init(&port->lock, NULL);
    (void)pthread_cond_init(&port->changed, NULL);
    port->takesTurns = takesTurns;
    port->nreceivers = nreceivers;
    CHECK_INT(portCreate(&port->port), EOK);
    ports[nports++] = port;
    for (unsigned i = 0; i < nreceivers; i++)
        (void)pthread_detach(beginAThread(receive, port));
    int err;
    while ((err = portRegister(port->port, name, NULL)) == -EAGAIN)
        (void)poll(NULL, 0, RETRY_MS); /* of one that was killed on another host */
    CHECK_INT(err, EOK);
    say("ok");
}

static void take(served_t *port, unsigned n)
{
    msg_t msg;
    msg_rid_t rid;
    for (unsigned i = 0; i < n; i++) {
        CHECK_INT(msgRecv(port->port, &msg, &rid), EOK);
        handle(port, &msg, rid);
    }
    say("ok");
}

static void awaitChange(served_t *port, const unsigned *value, unsigned n)
{
    (void)pthread_mutex_lock(&port->lock);
    while (*value < n)
        (void)pthread_cond_wait(&port->changed, &port->lock);
    (void)pthread_mutex_unlock(&port->lock);
}

static void await(served_t *port, const unsigned *value, unsigned n)
{
    awaitChange(port, value, n);
    say("ok");
}

/* The last one that is held; whether there was one. */
static int answer(served_t *port, int *result)
{
    held_t held = {.out = NULL};
    (void)pthread_mutex_lock(&port->lock);
    const int isThere = port->nheld > 0;
    if (isThere)
        held = port->held[--port->nheld];
    (void)pthread_mutex_unlock(&port->lock);
    if (!isThere)
        return 0;
    msg_t msg = {.o.err = (int)held.id};
    unsigned complement = ~held.id;
    memcpy(msg.o.raw, &complement, sizeof complement);
    for (size_t i = 0; i < held.size; i++)
        held.out[i] = pattern(held.id, i);
    *result = msgRespond(port->port, &msg, held.rid);
    return 1;
}

static void release(served_t *port)
{
    unsigned nok = 0, ngone = 0;
    int err;
    while (answer(port, &err)) {
        CHECK(err == EOK || err == -EINVAL);
        nok += err == EOK;
        ngone += err == -EINVAL;
    }
    (void)printf("ok=%u gone=%u\n", nok, ngone);
    (void)fflush(stdout);
}

static void die(served_t *port, unsigned n)
{
    int err;
    while (n-- > 0)
        CHECK(answer(port, &err) && err == EOK);
    (void)raise(SIGKILL);
}

static void destroy(served_t *port)
{
    portDestroy(port->port);
    awaitChange(port, &port->nended, port->nreceivers);
    CHECK_INT(portUnregister(port->name), EOK);
    port->name[0] = '\0';
    (void)printf("ended=%u\n", port->nended);
    (void)fflush(stdout);
}

static int compareClosings(const void *first, const void *second)
{
    const closing_t *one = first, *two = second;
    return one->id < two->id ? -1 : one->id > two->id;
}

static void tellClosings(served_t *port, unsigned n)
{
    awaitChange(port, &port->nclosed, n);
    (void)pthread_mutex_lock(&port->lock);
    unsigned nids = 0;
    while (port->closings[nids].n > 0)
        nids++;
    qsort(port->closings, nids, sizeof *port->closings, compareClosings);
    for (unsigned i = 0; i < nids; i++)
        (void)printf("%" PRIu64 "x%u ", (uint64_t)port->closings[i].id, port->closings[i].n);
    (void)printf("from %lld\n", port->closer);
    (void)fflush(stdout);
    memset(port->closings, 0, sizeof port->closings);
    port->nclosed = 0;
    (void)pthread_mutex_unlock(&port->lock);
}

static void tellClosed(served_t *port, unsigned n)
{
    awaitChange(port, &port->nclosed, n);
    (void)pthread_mutex_lock(&port->lock);
    (void)printf("%u\n", port->nclosed);
    (void)fflush(stdout);
    memset(port->closings, 0, sizeof port->closings);
    port->nclosed = 0;
    (void)pthread_mutex_unlock(&port->lock);
}

int served(int argc, char *argv[])
{
    const char *verb = argv[0];
    const unsigned n = argc > 2 && argv[2][0] >= '0' && argv[2][0] <= '9' ? number(argv[2]) : 0;
    if (strcmp(verb, "serve") == 0)
        serve(argv[1], n, argc > 3);
    else if (strcmp(verb, "take") == 0)
        take(portOf(argv[1]), n);
    else if (strcmp(verb, "release") == 0)
        release(portOf(argv[1]));
    else if (strcmp(verb, "die") == 0)
        die(portOf(argv[1]), n);
    else if (strcmp(verb, "destroy") == 0)
        destroy(portOf(argv[1]));
    else if (strcmp(verb, "closings") == 0)
        tellClosings(portOf(argv[1]), n);
    else if (strcmp(verb, "closed") == 0)
        tellClosed(portOf(argv[1]), n);
    else if (strcmp(verb, "held") == 0)
        await(portOf(argv[1]), &portOf(argv[1])->nheld, n);
    else if (strcmp(verb, "counted") == 0)
        await(portOf(argv[1]), &portOf(argv[1])->ncounted, n);
    else
        return 0;
    return 1;
}
