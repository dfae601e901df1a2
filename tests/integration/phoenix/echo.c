/*
 * What is sent comes back, every octet of it, whatever its size and wherever it lies.
 *
 *     echo server PORTS            echo0, echo1, ...: two threads each
 *     echo client PORTS THREADS MESSAGES
 *
 * The server gives i.data back in o.data and i.raw, reversed, in o.raw.
 */
#include "check.h"

#define PORTS_MAX 16
#define THREADS_MAX 128
#define PAGE 4096u
#define SIZE_MAX_SENT (4 * PAGE)
#define ROOM (SIZE_MAX_SENT + 2 * PAGE)
#define GUARD 0xa5
#define ECHO_TYPE 0x3ec0

/* ---- server ---- */

static void serve(void *arg)
{
    const uint32_t port = *(const uint32_t *)arg;
    for (;;) {
        msg_t msg;
        msg_rid_t rid;
        if (msgRecv(port, &msg, &rid) < 0)
            continue;
        if (msg.i.size != msg.o.size || msg.type != ECHO_TYPE) {
            msg.o.err = -EINVAL;
        } else {
            memcpy(msg.o.data, msg.i.data, msg.i.size);
            for (size_t i = 0; i < sizeof msg.o.raw; i++)
                msg.o.raw[i] = msg.i.raw[sizeof msg.i.raw - 1 - i];
            msg.o.err = (int)msg.i.size;
        }
        msgRespond(port, &msg, rid);
    }
}

static void nameOf(unsigned index, char name[16])
{
    (void)snprintf(name, 16, "echo%u", index);
}

static void runServer(unsigned nports)
{
    static uint32_t ports[PORTS_MAX];
    for (unsigned i = 0; i < nports; i++) {
        char name[16];
        oid_t oid = {.id = i + 1};
        nameOf(i, name);
        CHECK_INT(portCreate(&ports[i]), EOK);
        CHECK_INT(portRegister(ports[i], name, &oid), EOK);
        CHECK_INT(beginthread(serve, 4, NULL, 1024, &ports[i]), EOK);
    }
    say("ready");
    serve(&ports[0]);
}

/* ---- client ---- */

static unsigned nports, nmessages;
static oid_t oids[PORTS_MAX];

/* All of @data is the guard but for @size octets from @start. */
static void checkGuard(const unsigned char *data, size_t start, size_t size)
{
    for (size_t i = 0; i < ROOM; i++)
        CHECK((i >= start && i - start < size) || data[i] == GUARD);
}

static void sendOne(unsigned char *in, unsigned char *out, uint32_t *state)
{
    const oid_t oid = oids[draw(state) % nports];
    size_t inStart = draw(state) % PAGE, outStart = draw(state) % PAGE;
    size_t size = draw(state) % 4 == 0 ? draw(state) % 64 + 1 : draw(state) % SIZE_MAX_SENT + 1;
    msg_t msg = {.type = ECHO_TYPE, .oid = oid}, before;
    memset(out, GUARD, ROOM);
    for (size_t i = 0; i < size; i++)
        in[inStart + i] = (unsigned char)draw(state);
    for (size_t i = 0; i < sizeof msg.i.raw; i++)
        msg.i.raw[i] = (unsigned char)draw(state);
    msg.i.data = in + inStart;
    msg.i.size = size;
    msg.o.data = out + outStart;
    msg.o.size = size;
    before = msg;

    CHECK_INT(msgSend(oid.port, &msg), EOK);
    CHECK_INT(msg.o.err, (int)size);
    CHECK(memcmp(out + outStart, in + inStart, size) == 0);
    checkGuard(out, outStart, size);
    for (size_t i = 0; i < sizeof msg.o.raw; i++)
        CHECK(msg.o.raw[i] == msg.i.raw[sizeof msg.i.raw - 1 - i]);
    CHECK(msg.type == before.type && msg.o.size == size && msg.o.data == before.o.data);
    CHECK(msg.oid.port == oid.port && msg.oid.id == oid.id);
    CHECK(memcmp(msg.i.raw, before.i.raw, sizeof msg.i.raw) == 0);
    CHECK(msg.i.size == size && msg.i.data == before.i.data);
}

static void sendMany(void *arg)
{
    uint32_t state = *(const uint32_t *)arg;
    unsigned char *in = malloc(ROOM), *out = malloc(ROOM);
    CHECK(in != NULL && out != NULL);
    for (unsigned i = 0; i < nmessages; i++)
        sendOne(in, out, &state);
    free(in);
    free(out);
    endthread();
}

static void runClient(unsigned nthreads)
{
    static uint32_t seeds[THREADS_MAX];
    handle_t ids[THREADS_MAX];
    for (unsigned i = 0; i < nports; i++) {
        char name[16];
        nameOf(i, name);
        wait_for(name, &oids[i]);
        CHECK_INT((long long)oids[i].id, i + 1);
    }
    for (unsigned i = 0; i < nthreads; i++) {
        seeds[i] = (i + 1) * 2654435761u;
        CHECK_INT(beginthreadex(sendMany, 4, NULL, 4096, &seeds[i], &ids[i]), EOK);
    }
    for (unsigned i = 0; i < nthreads; i++)
        CHECK_INT(threadJoin(ids[i], 0), ids[i]);
    say("done");
}

int main(int argc, char **argv)
{
    CHECK(argc > 2);
    nports = number(argv[2]);
    CHECK(nports > 0 && nports <= PORTS_MAX);
    if (strcmp(argv[1], "server") == 0) {
        runServer(nports);
    } else {
        CHECK(argc == 5);
        nmessages = number(argv[4]);
        CHECK(number(argv[3]) <= THREADS_MAX);
        runClient(number(argv[3]));
    }
    return EXIT_SUCCESS;
}
