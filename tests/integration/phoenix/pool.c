/*
 * One receiver a port, workers that all of them share, and the whole of it stopped and started
 * again, as often as a message asks for it: the ports are destroyed, which ends their receivers.
 *
 *     pool server
 *     pool client THREADS MESSAGES
 *
 * A client that is told that the port is closed looks the name up again.
 */
#include <sys/list.h>

#include "check.h"

#define NPORTS 3
#define NWORKERS 4
#define THREADS_MAX 64
#define ADD_TYPE 0x7001
#define RESTART_TYPE 0x7002

typedef struct {
    uint32_t value;
    int32_t priority; /* the worker's, and what its message says */
    int32_t said;
} answer_t;

static void nameOf(unsigned index, char name[16])
{
    (void)snprintf(name, 16, "pool%u", index);
}

/* ---- server ---- */

typedef struct request {
    struct request *next, *prev;
    uint32_t port;
    msg_t msg;
    msg_rid_t rid;
} request_t;

static struct {
    handle_t lock, cond;
    request_t *requests;
    int stopping;
    semaphore_t restart;
    uint32_t ports[NPORTS];
    handle_t receivers[NPORTS], workers[NWORKERS];
} pool;

static void receive(void *arg)
{
    const uint32_t port = *(const uint32_t *)arg;
    for (;;) {
        request_t *request = calloc(1, sizeof *request);
        int err;
        CHECK(request != NULL);
        request->port = port;
        while ((err = msgRecv(port, &request->msg, &request->rid)) == -EINTR)
            ;
        if (err < 0) {
            CHECK_INT(err, -EINVAL);
            free(request);
            endthread();
        }
        (void)mutexLock(pool.lock);
        LIST_ADD(&pool.requests, request);
        (void)condSignal(pool.cond);
        (void)mutexUnlock(pool.lock);
    }
}

static void handle(request_t *request)
{
    msg_t *msg = &request->msg;
    answer_t answer = {0};
    uint32_t value;
    (void)priority((int)msg->priority);
    msg->o.err = EOK;
    switch (msg->type) {
    case ADD_TYPE:
        memcpy(&value, msg->i.raw, sizeof value);
        answer.value = value + 1;
        answer.priority = priority(-1);
        answer.said = (int)msg->priority;
        memcpy(msg->o.raw, &answer, sizeof answer);
        break;
    case RESTART_TYPE:
        break;
    default:
        msg->o.err = -ENOSYS;
        break;
    }
    (void)msgRespond(request->port, msg, request->rid); /* its port may be gone */
    if (msg->type == RESTART_TYPE)
        (void)semaphoreUp(&pool.restart);
    free(request);
}

static void work(void *arg)
{
    (void)arg;
    (void)mutexLock(pool.lock);
    for (;;) {
        request_t *request = pool.requests;
        if (request == NULL && pool.stopping)
            break;
        if (request == NULL) {
            (void)condWait(pool.cond, pool.lock, 0);
            continue;
        }
        LIST_REMOVE(&pool.requests, request);
        (void)mutexUnlock(pool.lock);
        handle(request);
        (void)mutexLock(pool.lock);
    }
    (void)condSignal(pool.cond); /* the next one hears of the end, too */
    (void)mutexUnlock(pool.lock);
    endthread();
}

static void start(void)
{
    pool.stopping = 0;
    for (unsigned i = 0; i < NWORKERS; i++)
        CHECK_INT(beginthreadex(work, 4, NULL, 2048, NULL, &pool.workers[i]), EOK);
    for (unsigned i = 0; i < NPORTS; i++) {
        char name[16];
        nameOf(i, name);
        CHECK_INT(portCreate(&pool.ports[i]), EOK);
        CHECK_INT(beginthreadex(receive, 4, NULL, 2048, &pool.ports[i], &pool.receivers[i]), EOK);
        CHECK_INT(portRegister(pool.ports[i], name, NULL), EOK);
        CHECK_INT(portRegister(pool.ports[i], name, NULL), -EEXIST);
    }
}

static void stop(void)
{
    for (unsigned i = 0; i < NPORTS; i++) {
        char name[16];
        nameOf(i, name);
        portDestroy(pool.ports[i]);
        portDestroy(pool.ports[i]);
        CHECK_INT(portUnregister(name), EOK);
        CHECK_INT(portUnregister(name), -ENOENT);
        CHECK_INT(threadJoin(pool.receivers[i], 0), pool.receivers[i]);
    }
    (void)mutexLock(pool.lock);
    pool.stopping = 1;
    (void)condBroadcast(pool.cond);
    (void)mutexUnlock(pool.lock);
    for (unsigned i = 0; i < NWORKERS; i++)
        CHECK_INT(threadJoin(pool.workers[i], 0), pool.workers[i]);
    CHECK(pool.requests == NULL);
}

static void runServer(void)
{
    CHECK_INT(mutexCreate(&pool.lock), EOK);
    CHECK_INT(condCreate(&pool.cond), EOK);
    CHECK_INT(semaphoreCreate(&pool.restart, 0), EOK);
    start();
    say("ready");
    for (;;) {
        CHECK_INT(semaphoreDown(&pool.restart, 0), EOK);
        stop();
        start();
        say("restarted");
    }
}

/* ---- client ---- */

static unsigned nmessages;

/* -EINVAL: the port is closed; whether the message was seen nobody knows. */
static void sendOne(oid_t *oid, const char *name, msg_t *msg)
{
    for (;;) {
        int err = msgSend(oid->port, msg);
        if (err == EOK)
            return;
        CHECK_INT(err, -EINVAL);
        wait_for(name, oid);
    }
}

static void sendMany(void *arg)
{
    const unsigned index = *(const unsigned *)arg;
    const int mine = (int)(index % 8);
    char name[16];
    oid_t oid;
    nameOf(index % NPORTS, name);
    wait_for(name, &oid);
    CHECK_INT(priority(mine), mine);
    for (unsigned i = 0; i < nmessages; i++) {
        const uint32_t value = index << 16 | i;
        answer_t answer;
        msg_t msg;
        memset(&msg, 0, sizeof msg);
        msg.type = ADD_TYPE;
        msg.priority = 77; /* it is the library that says which */
        memcpy(msg.i.raw, &value, sizeof value);
        sendOne(&oid, name, &msg);
        CHECK_INT(msg.o.err, EOK);
        memcpy(&answer, msg.o.raw, sizeof answer);
        CHECK_INT(answer.value, value + 1);
        CHECK_INT(answer.said, mine);
        CHECK_INT(answer.priority, mine);
        CHECK_INT(msg.priority, 77);
    }
    endthread();
}

static void runClient(unsigned nthreads)
{
    static unsigned numbers[THREADS_MAX];
    handle_t ids[THREADS_MAX];
    msg_t restart = {.type = RESTART_TYPE};
    oid_t oid;
    wait_for("pool0", &oid);
    for (unsigned i = 0; i < nthreads; i++) {
        numbers[i] = i;
        CHECK_INT(beginthreadex(sendMany, 4, NULL, 1024, &numbers[i], &ids[i]), EOK);
    }
    sendOne(&oid, "pool0", &restart);
    for (unsigned i = 0; i < nthreads; i++)
        CHECK_INT(threadJoin(ids[i], 0), ids[i]);
    say("done");
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    if (strcmp(argv[1], "server") == 0) {
        runServer();
    } else {
        CHECK(argc == 4 && number(argv[2]) <= THREADS_MAX);
        nmessages = number(argv[3]);
        runClient(number(argv[2]));
    }
    return EXIT_SUCCESS;
}
