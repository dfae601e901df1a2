/*
 * Reads that wait for writes: requests are received straight into memory of their own, and wait in
 * a list; a write answers the oldest read of its object, from another thread and with another
 * msg_t; what waits for too long is answered with -ETIME.
 *
 *     defer server
 *     defer client READERS
 */
#include <sys/list.h>
#include <sys/time.h>

#include "check.h"

#define NAME "/dev/defer"
#define READERS_MAX 1024
#define TEXT_SIZE 64

/* ---- server ---- */

typedef struct request {
    struct request *next, *prev;
    msg_t msg;
    msg_rid_t rid;
    time_t deadline; /* 0: none */
} request_t;

static struct {
    uint32_t port;
    handle_t lock, changed, written;
    request_t *reads, *writes; /* in the order in which they came */
} common;

static time_t now(void)
{
    time_t raw = 0;
    (void)gettime(&raw, NULL);
    return raw;
}

static void respond(request_t *request, int err)
{
    request->msg.o.err = err;
    (void)msgRespond(common.port, &request->msg, request->rid);
    free(request);
}

/* The next deadline, 0: none; those whose time is over are answered. */
static time_t expire(void)
{
    time_t next = 0;
    request_t *read = common.reads;
    while (read != NULL) {
        request_t *after = read->next != common.reads ? read->next : NULL;
        if (read->deadline != 0 && read->deadline <= now()) {
            LIST_REMOVE(&common.reads, read);
            respond(read, -ETIME);
        } else if (read->deadline != 0 && (next == 0 || read->deadline < next)) {
            next = read->deadline;
        }
        read = after;
    }
    return next;
}

static void watchTime(void *arg)
{
    (void)arg;
    (void)mutexLock(common.lock);
    for (;;) {
        time_t next = expire();
        time_t left = next - now();
        (void)condWait(common.changed, common.lock, next == 0 ? 0 : left > 0 ? left : 1);
    }
}

static request_t *firstFor(id_t id)
{
    request_t *read = common.reads;
    if (read == NULL)
        return NULL;
    do {
        if (read->msg.oid.id == id)
            return read;
        read = read->next;
    } while (read != common.reads);
    return NULL;
}

/* Another message than the one that came: its o.data alone is what is answered with. */
static void answerRead(request_t *read, const request_t *write)
{
    msg_t answer = {.type = mtRead};
    size_t size = write->msg.i.size < read->msg.o.size ? write->msg.i.size : read->msg.o.size;
    memcpy(read->msg.o.data, write->msg.i.data, size);
    answer.o.err = (int)size;
    CHECK_INT(msgRespond(common.port, &answer, read->rid), EOK);
    CHECK_INT(msgRespond(common.port, &answer, read->rid), -ENOENT);
    free(read);
}

static void handleWrites(void *arg)
{
    (void)arg;
    (void)mutexLock(common.lock);
    for (;;) {
        request_t *write, *read;
        while (common.writes == NULL)
            (void)condWait(common.written, common.lock, 0);
        write = common.writes;
        LIST_REMOVE(&common.writes, write);
        read = firstFor(write->msg.oid.id);
        if (read == NULL) {
            respond(write, -EAGAIN);
        } else {
            LIST_REMOVE(&common.reads, read);
            answerRead(read, write);
            respond(write, (int)write->msg.i.size);
        }
    }
}

static void take(request_t *request)
{
    (void)mutexLock(common.lock);
    switch (request->msg.type) {
    case mtOpen:
    case mtClose:
        respond(request, EOK);
        break;
    case mtRead:
        /* a server that takes io.len for a time, in microseconds */
        request->deadline = request->msg.i.io.len == 0 ? 0 : now() + (time_t)request->msg.i.io.len;
        LIST_ADD(&common.reads, request);
        (void)condSignal(common.changed);
        break;
    case mtWrite:
        LIST_ADD(&common.writes, request);
        (void)condSignal(common.written);
        break;
    default:
        respond(request, -ENOSYS);
        break;
    }
    (void)mutexUnlock(common.lock);
}

static void runServer(void)
{
    CHECK_INT(portCreate(&common.port), EOK);
    CHECK_INT(portRegister(common.port, NAME, NULL), EOK);
    CHECK_INT(mutexCreate(&common.lock), EOK);
    CHECK_INT(condCreate(&common.changed), EOK);
    CHECK_INT(condCreate(&common.written), EOK);
    CHECK_INT(beginthread(watchTime, 3, NULL, 512, NULL), EOK);
    CHECK_INT(beginthread(handleWrites, 4, NULL, 2048, NULL), EOK);
    say("ready");
    for (;;) {
        request_t *request = calloc(1, sizeof *request);
        CHECK(request != NULL);
        while (msgRecv(common.port, &request->msg, &request->rid) < 0)
            ;
        take(request);
    }
}

/* ---- client ---- */

static oid_t device;

static int readOne(id_t id, size_t timeout, char *data, size_t size)
{
    msg_t msg = {.type = mtRead, .oid = {.port = device.port, .id = id}};
    msg.i.io.len = timeout;
    msg.o.data = data;
    msg.o.size = size;
    CHECK_INT(msgSend(device.port, &msg), EOK);
    return msg.o.err;
}

static int writeOne(id_t id, const char *data, size_t size)
{
    msg_t msg = {.type = mtWrite, .oid = {.port = device.port, .id = id}};
    msg.i.data = data;
    msg.i.size = size;
    CHECK_INT(msgSend(device.port, &msg), EOK);
    return msg.o.err;
}

static void textFor(id_t id, char text[TEXT_SIZE])
{
    memset(text, 0, TEXT_SIZE);
    (void)snprintf(text, TEXT_SIZE, "for %llu", id);
}

static void readForEver(void *arg)
{
    const id_t id = *(const id_t *)arg;
    char data[TEXT_SIZE], expected[TEXT_SIZE];
    textFor(id, expected);
    CHECK_INT(readOne(id, 0, data, sizeof data), TEXT_SIZE);
    CHECK(memcmp(data, expected, sizeof data) == 0);
    endthread();
}

static void runClient(unsigned nreaders)
{
    static id_t numbers[READERS_MAX];
    static handle_t ids[READERS_MAX];
    const time_t start = now();
    char data[TEXT_SIZE];
    wait_for(NAME, &device);
    CHECK_INT(writeOne(1, "nobody", 6), -EAGAIN);
    CHECK_INT(readOne(1, 20000, data, sizeof data), -ETIME);
    CHECK(now() - start >= 20000);

    for (unsigned i = 0; i < nreaders; i++) {
        numbers[i] = 1000 + i;
        CHECK_INT(beginthreadex(readForEver, 4, NULL, 1024, &numbers[i], &ids[i]), EOK);
    }
    /* some that wait in vain, between those that do not */
    for (unsigned i = 0; i < 3; i++)
        CHECK_INT(readOne(2, 1000, data, sizeof data), -ETIME);
    for (unsigned i = nreaders; i-- > 0;) { /* the last one first */
        textFor(numbers[i], data);
        while (writeOne(numbers[i], data, sizeof data) == -EAGAIN)
            (void)poll(NULL, 0, 1); /* it has not come yet */
    }
    for (unsigned i = 0; i < nreaders; i++)
        CHECK_INT(threadJoin(ids[i], 0), ids[i]);
    CHECK_INT(writeOne(1000, "nobody", 6), -EAGAIN);
    say("done");
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    if (strcmp(argv[1], "server") == 0) {
        runServer();
    } else {
        CHECK(argc == 3 && number(argv[2]) <= READERS_MAX);
        runClient(number(argv[2]));
    }
    return EXIT_SUCCESS;
}
