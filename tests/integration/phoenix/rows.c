/*
 * What messages mean, row by row: a server that does as it is told, and clients that look.
 *
 *     rows server
 *     rows client near|far        all that one client sees
 *     rows mortal hold|wait       waits for an answer until the server is gone
 *     rows opener                 opens, says so, and waits for its end
 *     rows closed PID|far         what was closed for an opener
 *     rows mirror OCTETS          so many there and back; what msgSend says if that is not 0
 *     rows hoarder N              opens N objects, says so, and waits for its end
 *     rows given N                N were closed for a hoarder, and no more
 *     rows ports THOUSANDS        so many ports, one after the other
 */
#include "rows.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- clients ---- */

static oid_t rows;

/* As programs compare oids, with what is between the members. */
static int isSame(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size) == 0;
}

static msg_t message(int type)
{
    return (msg_t){.type = type, .oid = rows};
}

static int tell(int type, unsigned value, unsigned answer[3])
{
    msg_t msg = message(type);
    memcpy(msg.i.raw, &value, sizeof value);
    CHECK_INT(msgSend(rows.port, &msg), EOK);
    if (answer != NULL)
        memcpy(answer, msg.o.raw, 3 * sizeof *answer);
    return msg.o.err;
}

/* The port that @nreceivers of the server's threads receive from. */
static uint32_t openAnother(unsigned nreceivers)
{
    oid_t oid;
    CHECK_INT(tell(OPEN_OTHER, nreceivers, NULL), EOK);
    CHECK_INT(lookup(OTHER_NAME, &oid, NULL), EOK);
    return oid.port;
}

static unsigned held(void)
{
    unsigned n[3];
    CHECK_INT(tell(COUNT, 0, n), EOK);
    return n[0];
}

static void untilHeld(unsigned n)
{
    while (held() < n)
        (void)poll(NULL, 0, 1);
}

static void checkWhatMoves(int isFar)
{
    unsigned char in[300], out[1000];
    msg_t msg = message(SEE), before;
    seen_t seen;
    memset(in, 'x', sizeof in);
    memset(out, 0xee, sizeof out);
    for (unsigned i = 0; i < 64; i++) {
        msg.i.raw[i] = (unsigned char)i;
        msg.o.raw[i] = (unsigned char)(100 + i);
    }
    msg.pid = 1;
    msg.priority = 99;
    msg.o.err = 4711;
    msg.i.data = in;
    msg.i.size = sizeof in;
    msg.o.data = out;
    msg.o.size = sizeof out;
    before = msg;
    CHECK_INT(priority(2), 2);
    CHECK_INT(msgSend(rows.port, &msg), EOK);
    CHECK_INT(priority(4), 4);
    memcpy(&seen, out, sizeof seen);
    CHECK_INT(seen.type, SEE);
    if (isFar)
        CHECK(seen.pid > FAR_PID);
    else
        CHECK_INT(seen.pid, getpid());
    CHECK_INT(seen.priority, 2);
    CHECK(isSame(&seen.oid, &rows, sizeof rows));
    CHECK(memcmp(seen.iraw, before.i.raw, 64) == 0 && memcmp(seen.oraw, before.o.raw, 64) == 0);
    CHECK(seen.isize == sizeof in);
    CHECK(seen.osize == sizeof out);
    CHECK_INT(seen.err, 4711);
    CHECK(seen.hasIn && seen.hasOut && seen.hasNul && seen.isZero);
    for (size_t i = sizeof seen; i < sizeof out - 1; i++)
        CHECK_INT(out[i], 0);
    CHECK_INT(out[sizeof out - 1], 0x77);
    CHECK_INT(msg.o.err, 0);
    for (unsigned i = 0; i < 64; i++)
        CHECK_INT(msg.o.raw[i], 0x5a);
    memcpy(msg.o.raw, before.o.raw, 64);
    msg.o.err = before.o.err;
    CHECK(isSame(&msg, &before, sizeof msg)); /* nothing else has changed */
}

static void checkSizes(void)
{
    static unsigned char out[2 * MEGABYTE];
    char empty;
    msg_t msg = message(SEE);
    seen_t seen;
    msg.o.data = out;
    msg.o.size = sizeof out;
    CHECK_INT(msgSend(rows.port, &msg), EOK);
    memcpy(&seen, out, sizeof seen);
    CHECK(!seen.hasIn && seen.hasOut && seen.isZero && out[sizeof out - 1] == 0x77);
    msg.i.data = &empty;
    msg.o.size = sizeof seen;
    CHECK_INT(msgSend(rows.port, &msg), EOK);
    memcpy(&seen, out, sizeof seen);
    CHECK(seen.hasIn && seen.hasNul && seen.isize == 0);

    msg = message(LEAVE); /* the client's own come back */
    msg.o.err = -77;
    msg.o.raw[63] = 9;
    CHECK_INT(msgSend(rows.port, &msg), EOK);
    CHECK(msg.o.err == -77 && msg.o.raw[63] == 9);
    msg.i.size = 1;
    CHECK_INT(msgSend(rows.port, &msg), -EINVAL);
    msg.i.size = 0;
    msg.o.size = 1;
    CHECK_INT(msgSend(rows.port, &msg), -EINVAL);
    msg.o.data = out;
    msg.o.size = LIMIT + 1u;
    CHECK_INT(msgSend(rows.port, &msg), -ENOMEM);
    msg.i.data = out;
    msg.i.size = LIMIT + 1u;
    CHECK_INT(msgSend(rows.port, &msg), -ENOMEM);
    msg.i.size = sizeof out;
    msg.o.size = sizeof out;
    CHECK_INT(msgSend(rows.port, &msg), EOK);
    CHECK_INT(msg.o.err, -77);
    for (size_t i = 0; i < sizeof out; i++)
        CHECK_INT(out[i], 0);
}

/* No octet is 0: all of them are sent, both ways. */
static int sendMirror(size_t size)
{
    unsigned char *in = malloc(size), *out = malloc(size);
    msg_t msg = message(MIRROR);
    CHECK(in != NULL && out != NULL);
    for (size_t i = 0; i < size; i++)
        in[i] = (unsigned char)(1 + i % 251);
    msg.i.data = in;
    msg.o.data = out;
    msg.i.size = msg.o.size = size;
    int result = msgSend(rows.port, &msg);
    CHECK(result < 0 || (msg.o.err == EOK && memcmp(in, out, size) == 0));
    free(in);
    free(out);
    return result;
}

static void checkLargest(void)
{
    CHECK_INT(sendMirror(LIMIT), EOK);
    CHECK_INT(sendMirror(LIMIT + 1u), -ENOMEM);
    CHECK_INT(sendMirror(LIMIT - 1u), EOK);
}

static void checkPorts(void)
{
    static const uint32_t none[] = {0, 1, 0x40000000u, 0x7fffffffu, 0x80000000u, 0xffffffffu};
    msg_t msg = message(COUNTED);
    msg_rid_t rid;
    oid_t oid;
    uint32_t port;
    for (unsigned i = 0; i < sizeof none / sizeof *none; i++) {
        CHECK_INT(msgSend(none[i], &msg), -EINVAL);
        CHECK_INT(msgPulse(none[i], &msg), -EINVAL);
        portDestroy(none[i]);
    }
    CHECK_INT(msgRecv(none[0], &msg, &rid), -EINVAL);
    CHECK_INT(msgRecv(rows.port, &msg, &rid), -EINVAL); /* it is not ours */
    CHECK_INT(msgRespond(rows.port, &msg, 0), -EINVAL);
    portDestroy(rows.port);
    CHECK_INT(tell(RELEASE, 0, NULL), EOK);
    CHECK_INT(msgSend(rows.port, NULL), -EFAULT);
    CHECK_INT(msgPulse(rows.port, NULL), -EFAULT);
    CHECK_INT(msgRecv(rows.port, NULL, &rid), -EFAULT);
    CHECK_INT(msgRecv(rows.port, &msg, NULL), -EFAULT);
    CHECK_INT(msgRespond(rows.port, NULL, 0), -EFAULT);
    CHECK_INT(portCreate(NULL), -EFAULT);
    CHECK_INT(lookup(NULL, &oid, NULL), -EINVAL);
    CHECK_INT(lookup(NAME, NULL, NULL), -EINVAL);
    CHECK_INT(portCreate(&port), EOK);
    CHECK(port >= 0x100000 && port <= 0x7ffffffe);
    portDestroy(port);
    CHECK_INT(msgSend(port, &msg), -EINVAL);
    CHECK_INT(msgRecv(port, &msg, &rid), -EINVAL);
    CHECK_INT(msgRespond(port, &msg, 0), -EINVAL);
}

static void checkErrno(void)
{
    msg_t msg = message(LEAVE);
    msg_rid_t rid;
    oid_t oid;
    uint32_t port;
    errno = E2BIG;
    CHECK_INT(portCreate(&port), EOK);
    CHECK_INT(errno, E2BIG);
    CHECK_INT(portRegister(port, "/srv/errno", NULL), EOK);
    CHECK_INT(errno, E2BIG);
    CHECK_INT(lookup("/srv/errno", &oid, NULL), EOK);
    CHECK_INT(errno, E2BIG);
    CHECK_INT(portUnregister("/srv/errno"), EOK);
    CHECK_INT(errno, E2BIG);
    CHECK_INT(msgSend(rows.port, &msg), EOK);
    CHECK_INT(errno, E2BIG);
    CHECK_INT(msgPulse(rows.port, &msg), EOK);
    CHECK_INT(errno, E2BIG);
    portDestroy(port);
    CHECK_INT(msgRecv(port, &msg, &rid), -EINVAL);
    CHECK_INT(msgRespond(port, &msg, 0), -EINVAL);
    CHECK_INT(errno, E2BIG);
}

/* ---- a port of one's own ---- */

typedef struct {
    uint32_t port;
    int result, err;
} sending_t;

static void sendHold(void *arg)
{
    sending_t *sending = arg;
    msg_t msg = message(HOLD);
    sending->result = msgSend(sending->port, &msg);
    sending->err = msg.o.err;
    endthread();
}

static void checkRids(void)
{
    uint32_t ports[2];
    msg_t msg;
    msg_rid_t rid;
    handle_t thread;
    CHECK_INT(portCreate(&ports[0]), EOK);
    CHECK_INT(portCreate(&ports[1]), EOK);
    CHECK(ports[0] != ports[1]);
    msg_rid_t before = -1;
    for (int i = 0; i < 3; i++) {
        sending_t sending = {.port = ports[0]};
        CHECK_INT(beginthreadex(sendHold, 4, NULL, 512, &sending, &thread), EOK);
        CHECK_INT(msgRecv(ports[0], &msg, &rid), EOK);
        CHECK_INT(msg.pid, getpid());
        CHECK(rid >= 0 && rid != before);
        CHECK_INT(msgRespond(ports[1], &msg, rid), -ENOENT);
        CHECK_INT(msgRespond(ports[0], &msg, before), -ENOENT);
        CHECK_INT(msgRespond(ports[0], &msg, INT32_MAX), -ENOENT);
        msg.o.err = i;
        CHECK_INT(msgRespond(ports[0], &msg, rid), EOK);
        CHECK_INT(msgRespond(ports[0], &msg, rid), -ENOENT);
        CHECK_INT(threadJoin(thread, 0), thread);
        CHECK(sending.result == EOK && sending.err == i);
        before = rid;
    }
    portDestroy(ports[0]);
    portDestroy(ports[1]);
}

static void checkPulses(void)
{
    msg_t msg = message(ORDER);
    msg.o.data = &msg;
    msg.o.size = sizeof msg;
    for (int i = 0; i < 300; i++) {
        memcpy(msg.i.raw, &i, sizeof i);
        CHECK_INT(msgPulse(rows.port, &msg), EOK);
    }
    CHECK_INT(tell(ORDERED, 0, NULL), 300);
}

/* ---- ends ---- */

#define SENDERS 40

static void checkDestroyed(unsigned nreceivers)
{
    sending_t sendings[SENDERS];
    handle_t threads[SENDERS];
    uint32_t port = openAnother(nreceivers);
    for (int i = 0; i < SENDERS; i++) {
        sendings[i] = (sending_t){.port = port, .result = 1};
        CHECK_INT(beginthreadex(sendHold, 4, NULL, 512, &sendings[i], &threads[i]), EOK);
    }
    CHECK_INT(tell(DESTROY_OTHER, nreceivers > 0 ? SENDERS : 0, NULL), EOK);
    for (int i = 0; i < SENDERS; i++) {
        CHECK_INT(threadJoin(threads[i], 0), threads[i]);
        CHECK_INT(sendings[i].result, -EINVAL);
        CHECK_INT(sendings[i].err, 0);
    }
    CHECK_INT(tell(RELEASE, 0, NULL), EOK);
    while (held() > 0)
        (void)poll(NULL, 0, 1);
}

#define OUTSTANDING 600

static void checkOutstanding(void)
{
    static sending_t sendings[OUTSTANDING];
    static handle_t threads[OUTSTANDING];
    static unsigned char came[OUTSTANDING];
    for (int i = 0; i < OUTSTANDING; i++) {
        sendings[i] = (sending_t){.port = rows.port, .result = 1};
        CHECK_INT(beginthreadex(sendHold, 4, NULL, 512, &sendings[i], &threads[i]), EOK);
    }
    untilHeld(OUTSTANDING);
    CHECK_INT(tell(RELEASE, 0, NULL), EOK);
    for (int i = 0; i < OUTSTANDING; i++) {
        CHECK_INT(threadJoin(threads[i], 0), threads[i]);
        CHECK_INT(sendings[i].result, EOK);
        CHECK(sendings[i].err >= 0 && sendings[i].err < OUTSTANDING);
        came[sendings[i].err]++;
    }
    for (int i = 0; i < OUTSTANDING; i++)
        CHECK_INT(came[i], 1);
}

/* ---- signals ---- */

static atomic_int nsignals, isOver;
static pthread_t target;

static void onSignal(int number)
{
    (void)number;
    (void)atomic_fetch_add(&nsignals, 1);
}

/* Until what it disturbs is over. */
static void *disturb(void *arg)
{
    (void)arg;
    while (!atomic_load(&isOver)) {
        (void)pthread_kill(target, SIGUSR1);
        (void)poll(NULL, 0, 1);
    }
    return NULL;
}

static pthread_t beginDisturbing(void)
{
    pthread_t thread;
    target = pthread_self();
    atomic_store(&isOver, 0);
    CHECK_INT(pthread_create(&thread, NULL, disturb, NULL), 0);
    return thread;
}

static void endDisturbing(pthread_t thread)
{
    atomic_store(&isOver, 1);
    CHECK_INT(pthread_join(thread, NULL), 0);
}

static void *releaseLater(void *arg)
{
    int before = atomic_load(&nsignals);
    (void)arg;
    untilHeld(1);
    while (atomic_load(&nsignals) < before + 20)
        (void)poll(NULL, 0, 1);
    CHECK_INT(tell(RELEASE, 0, NULL), EOK);
    return NULL;
}

/* A signal while nobody has received it: it never will be. Afterwards: it goes on. */
static void checkSignals(void)
{
    const struct sigaction action = {.sa_handler = onSignal, .sa_flags = SA_RESTART};
    unsigned before[3], after[3];
    uint32_t own, other;
    msg_t msg;
    msg_rid_t rid;
    pthread_t releasing;
    CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_INT(portCreate(&own), EOK);
    pthread_t disturbing = beginDisturbing();
    CHECK_INT(msgRecv(own, &msg, &rid), -EINTR);
    msg = message(COUNTED);
    CHECK_INT(msgSend(own, &msg), -EINTR);
    endDisturbing(disturbing);
    sending_t sending = {.port = own};
    handle_t thread;
    CHECK_INT(beginthreadex(sendHold, 4, NULL, 512, &sending, &thread), EOK);
    CHECK_INT(msgRecv(own, &msg, &rid), EOK);
    CHECK_INT(msg.type, HOLD); /* and not the one that was interrupted */
    CHECK_INT(msgRespond(own, &msg, rid), EOK);
    CHECK_INT(threadJoin(thread, 0), thread);
    portDestroy(own);

    other = openAnother(0);
    CHECK_INT(tell(COUNT, 0, before), EOK);
    disturbing = beginDisturbing();
    msg = message(COUNTED);
    CHECK_INT(msgSend(other, &msg), -EINTR);
    endDisturbing(disturbing);
    CHECK_INT(tell(DESTROY_OTHER, 0, NULL), EOK);
    CHECK_INT(tell(COUNT, 0, after), EOK);
    CHECK_INT(after[1], before[1]);

    /* Held: twenty signals later it is answered, as if nothing had come. */
    msg = message(HOLD);
    CHECK_INT(pthread_create(&releasing, NULL, releaseLater, NULL), 0);
    int result;
    disturbing = beginDisturbing();
    while ((result = msgSend(rows.port, &msg)) == -EINTR)
        msg = message(HOLD);
    endDisturbing(disturbing);
    CHECK_INT(result, EOK);
    CHECK_INT(pthread_join(releasing, NULL), 0);
}

/* ---- names ---- */

/* Of 255 octets at most, and text. */
static void checkOddNames(void)
{
    static const char *const good[] = {"a b", "x/", "//", ".", "/..", "\xc3\xa9"};
    static const char *const bad[] = {"", "a\nb", "\x7f", "\xff"};
    char name[301];
    oid_t given = {.id = UINT64_MAX}, oid;
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_INT(portRegister(rows.port, good[i], &given), EOK);
        CHECK_INT(lookup(good[i], &oid, NULL), EOK);
        CHECK(oid.port == rows.port && oid.id == UINT64_MAX);
        CHECK_INT(portUnregister(good[i]), EOK);
    }
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(portRegister(rows.port, bad[i], NULL), -EINVAL);
        CHECK_INT(lookup(bad[i], &oid, NULL), -ENOENT);
        CHECK_INT(portUnregister(bad[i]), -ENOENT);
    }
    for (size_t size = 254; size < sizeof name; size += size < 256 ? 1 : 44) {
        int isGood = size <= 255;
        memset(name, 'n', size);
        name[size] = '\0';
        CHECK_INT(portRegister(rows.port, name, NULL), isGood ? EOK : -EINVAL);
        CHECK_INT(lookup(name, &oid, NULL), isGood ? EOK : -ENOENT);
        CHECK_INT(portUnregister(name), isGood ? EOK : -ENOENT);
    }
}

/* From another host only what one may call is given names. */
static void checkNames(int isFar)
{
    oid_t fil = {.port = 1}, dev = {.port = 1}, given = {.port = 3, .id = 33};
    CHECK_INT(lookup(NAME, &fil, &dev), EOK);
    CHECK(isSame(&fil, &dev, sizeof fil) && fil.port == rows.port && fil.id == OBJECT);
    CHECK_INT(lookup("/nowhere", &fil, &dev), -ENOENT);
    CHECK_INT(lookup("nowhere/x", &fil, &dev), -ENOENT);
    CHECK_INT(lookup("", &fil, &dev), -ENOENT);
    CHECK_INT(lookup("/", &fil, &dev), -ENOENT);
    CHECK_INT(portRegister(rows.port, NAME, NULL), -EEXIST);
    CHECK_INT(portRegister(rows.port, NULL, NULL), -EINVAL);
    CHECK_INT(portUnregister(NULL), -EINVAL);
    CHECK_INT(portUnregister("nobody"), -ENOENT);
    CHECK_INT(portUnregister("/"), EOK);
    checkOddNames();

    CHECK_INT(portRegister(NOBODYS, "stale", &given), isFar ? -EACCES : EOK);
    if (!isFar) {
        CHECK_INT(lookup("stale", &fil, NULL), EOK);
        CHECK(fil.port == NOBODYS && fil.id == 33);
        CHECK_INT(lookup("stale/x", &fil, NULL), -EINVAL);
        CHECK_INT(portUnregister("stale"), EOK);
        CHECK_INT(portUnregister("stale"), -ENOENT);
        CHECK_INT(lookup("stale", &fil, NULL), -ENOENT);
    }

    CHECK_INT(portRegister(rows.port, "/", &rows), EOK); /* anyone's port */
    CHECK_INT(lookup("/", &fil, NULL), EOK);
    CHECK_INT(fil.port, rows.port);
    CHECK_INT(lookup("/first", &fil, &dev), EOK);
    CHECK(fil.id == 1 && dev.id == 2);
    CHECK_INT(portRegister(rows.port, "/", &given), -EEXIST); /* one's own name, too */
    CHECK_INT(lookup("/", &fil, NULL), EOK);
    CHECK_INT((long long)fil.id, (long long)rows.id);
    CHECK_INT(portUnregister("/"), EOK);
    CHECK_INT(portRegister(rows.port, "/", &given), EOK);
    CHECK_INT(lookup("/", &fil, NULL), EOK);
    CHECK_INT((long long)fil.id, 33);
    CHECK_INT(portUnregister("/"), EOK);
}

/* A number that was guessed does not become a port one may call by being sent back. */
static void checkGuesses(int isFar)
{
    static const int types[] = {mtLookup, mtMountPoint, LEAVE};
    unsigned number[3];
    int result = isFar ? -EINVAL : EOK;
    CHECK_INT(tell(NUMBER, 0, number), EOK);
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        msg_t msg = message(types[i]);
        msg.o.lookup.fil.port = number[0];
        msg.o.lookup.dev.port = number[0];
        msg.i.data = "nothing";
        msg.i.size = sizeof "nothing";
        CHECK_INT(msgSend(rows.port, &msg), EOK);
        CHECK_INT(msg.o.lookup.dev.port, number[0]);
        msg = message(mtRead);
        CHECK_INT(msgSend(number[0], &msg), result);
    }
}

/* Wherever a message has a port; @name may be long. */
static void sendPorts(uint32_t port, const char *name, size_t size, int result)
{
    static const int types[] = {mtLink, mtUnlink, mtMount, mtSync};
    oid_t oid = {.port = port, .id = 6};
    msg_t msg = message(mtCreate);
    msg.i.create.dev = oid;
    msg.i.data = name;
    msg.i.size = size;
    CHECK_INT(msgSend(rows.port, &msg), result);
    msg = message(mtSetAttr);
    msg.i.attr.type = atDev;
    msg.i.data = &oid;
    msg.i.size = sizeof oid;
    CHECK_INT(msgSend(rows.port, &msg), result);
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        msg = message(types[i]);
        memcpy(msg.i.raw, &oid, sizeof oid);
        CHECK_INT(msgSend(rows.port, &msg), result);
    }
}

/* The server, which may send to any port, does not lend that to whoever tells it a number. */
static void checkLent(int isFar)
{
    static const char large[MEGABYTE]; /* a message that goes in pieces */
    const int denied = isFar ? -EACCES : EOK;
    unsigned number[3];
    uint32_t own;
    oid_t fil, dev;
    msg_t msg;
    CHECK_INT(portCreate(&own), EOK);
    sendPorts(own, "made", sizeof "made", EOK);
    CHECK_INT(lookup(NAME "/made", &fil, &dev), EOK);
    CHECK_INT(dev.port, own);
    CHECK_INT(tell(NUMBER, 0, number), EOK);
    sendPorts(number[0], "made", sizeof "made", denied);
    sendPorts(number[0], large, sizeof large, denied);
    CHECK_INT(lookup(NAME "/made", &fil, &dev), EOK);
    CHECK_INT(dev.port, isFar ? own : number[0]);
    msg = message(mtRead);
    CHECK_INT(msgSend(number[0], &msg), isFar ? -EINVAL : EOK);
    CHECK_INT(lookup(NAME "/hidden", &fil, &dev), EOK); /* with the right to it */
    CHECK_INT(dev.port, number[0]);
    sendPorts(number[0], "made", sizeof "made", EOK);
    sendPorts(number[0], large, sizeof large, EOK);
    portDestroy(own);
    sendPorts(own, "made", sizeof "made", EOK);
    sendPorts(0, "made", sizeof "made", EOK);
}

static void checkPaths(void)
{
    oid_t fil, dev;
    CHECK_INT(lookup(NAME "/first", &fil, &dev), EOK);
    CHECK(fil.port == rows.port && fil.id == 1 && dev.id == 2);
    CHECK_INT(lookup(NAME "/first/second/third", &fil, &dev), EOK);
    CHECK(fil.id == 3 && dev.id == 4);
    msg_t msg = {.type = mtRead};
    CHECK_INT(lookup(NAME "/hidden", &fil, &dev), EOK);
    msg.oid = dev;
    CHECK_INT(msgSend(dev.port, &msg), EOK);
    CHECK_INT(msg.o.err, 6);
    CHECK_INT(lookup(NAME "/toofar", &fil, &dev), -EINVAL);
    CHECK_INT(lookup(NAME "/firstly", &fil, &dev), -EINVAL);
    CHECK_INT(lookup(NAME "/first/other", &fil, &dev), -ENOTDIR);
    CHECK(fil.id == 99); /* also where it is an error */
}

/* ---- forks ---- */

static void checkFork(void)
{
    uint32_t own, other;
    msg_t msg;
    msg_rid_t rid;
    int status;
    CHECK_INT(portCreate(&own), EOK);
    pid_t child = fork();
    if (child == 0) {
        CHECK_INT(msgRecv(own, &msg, &rid), -EINVAL);
        CHECK_INT(msgRespond(own, &msg, 0), -EINVAL);
        portDestroy(own);
        CHECK_INT(portCreate(&other), EOK);
        CHECK(other != own);
        CHECK_INT(tell(RELEASE, 0, NULL), EOK);
        portDestroy(other);
        _exit(EXIT_SUCCESS); /* the parent's memory is not looked after here */
    }
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    sending_t sending = {.port = own};
    handle_t thread;
    CHECK_INT(beginthreadex(sendHold, 4, NULL, 512, &sending, &thread), EOK);
    CHECK_INT(msgRecv(own, &msg, &rid), EOK);
    CHECK_INT(msgRespond(own, &msg, rid), EOK);
    CHECK_INT(threadJoin(thread, 0), thread);
    portDestroy(own);
}

static void runClient(int isFar)
{
    checkWhatMoves(isFar);
    checkSizes();
    checkLargest();
    checkPorts();
    checkErrno();
    checkRids();
    checkPulses();
    checkDestroyed(0);
    checkDestroyed(3);
    checkOutstanding();
    checkSignals();
    checkNames(isFar);
    checkGuesses(isFar);
    checkLent(isFar);
    checkPaths();
    checkFork();
}

/* ---- for tests that end programs ---- */

static void runMortal(const char *how)
{
    msg_t msg = message(HOLD);
    uint32_t port = strcmp(how, "wait") == 0 ? openAnother(0) : rows.port;
    say("sending");
    CHECK_INT(msgSend(port, &msg), -EINVAL);
    CHECK_INT(msgSend(rows.port, &msg), -EINVAL);
}

static void runMirror(const char *octets)
{
    int result = sendMirror(strtoul(octets, NULL, 10));
    if (result < 0)
        say(strerror(-result));
}

static int openObject(id_t id, int flags)
{
    msg_t msg = message(mtOpen);
    msg.oid.id = id;
    memcpy(msg.i.raw, &flags, sizeof flags);
    CHECK_INT(msgSend(rows.port, &msg), EOK);
    return msg.o.err;
}

static void runOpener(void)
{
    msg_t msg = message(mtClose);
    CHECK_INT(openObject(5, 0x101), EOK);
    CHECK_INT(openObject(5, 0x101), EOK);
    CHECK_INT(openObject(8, 2), 80);
    CHECK_INT(openObject(9, 2), -EBUSY);
    CHECK_INT(openObject(6, 4), EOK);
    msg.oid.id = 6;
    CHECK_INT(msgSend(rows.port, &msg), EOK);
    (void)printf("%d\n", getpid());
    (void)fflush(stdout);
    (void)getchar();
}

/* Each twice. */
static void runHoarder(unsigned n)
{
    for (unsigned i = 0; i < 2 * n; i++)
        CHECK_INT(openObject(100 + i / 2, 1), EOK);
    say("opened");
    (void)getchar();
}

static void runGiven(unsigned n)
{
    unsigned counts[3];
    do {
        (void)poll(NULL, 0, 1);
        CHECK_INT(tell(COUNT, 0, counts), EOK);
    } while (counts[2] < n);
    CHECK_INT(counts[2], n);
}

/* 6 by itself, 5 twice and 80. */
static void runClosed(const char *who)
{
    static closed_t closed[CLOSED_MAX];
    unsigned n5 = 0, n80 = 0;
    msg_t msg;
    do {
        (void)poll(NULL, 0, 1);
        msg = message(CLOSED);
        msg.o.data = closed;
        msg.o.size = sizeof closed;
        CHECK_INT(msgSend(rows.port, &msg), EOK);
    } while (msg.o.err < 4);
    CHECK_INT(msg.o.err, 4);
    CHECK(closed[0].oid.id == 6);
    for (int i = 0; i < 4; i++) {
        n5 += closed[i].oid.id == 5 && closed[i].flags == 1;
        n80 += closed[i].oid.id == 80 && closed[i].flags == 2;
        CHECK_INT(closed[i].oid.port, rows.port);
        CHECK_INT(closed[i].pid, closed[0].pid);
    }
    CHECK(n5 == 2 && n80 == 1);
    if (strcmp(who, "far") == 0)
        CHECK(closed[0].pid > FAR_PID);
    else
        CHECK_INT(closed[0].pid, strtol(who, NULL, 10));
}

/* Each has a number that none of those before it had. */
static void runPorts(unsigned thousands)
{
    uint32_t first = 0, port = 0;
    for (unsigned i = 0; i < thousands * 1000; i++) {
        uint32_t before = port;
        CHECK_INT(portCreate(&port), EOK);
        CHECK(i == 0 || (port != before && port != first));
        if (i == 0)
            first = port;
        portDestroy(port);
    }
}

int main(int argc, char *argv[])
{
    CHECK(argc >= 2);
    if (strcmp(argv[1], "server") == 0)
        runServer();
    if (strcmp(argv[1], "ports") == 0) {
        runPorts(number(argv[2]));
        say("done");
        return EXIT_SUCCESS;
    }
    wait_for(NAME, &rows);
    if (strcmp(argv[1], "client") == 0)
        runClient(strcmp(argv[2], "far") == 0);
    else if (strcmp(argv[1], "mortal") == 0)
        runMortal(argv[2]);
    else if (strcmp(argv[1], "opener") == 0)
        runOpener();
    else if (strcmp(argv[1], "mirror") == 0)
        runMirror(argv[2]);
    else if (strcmp(argv[1], "hoarder") == 0)
        runHoarder(number(argv[2]));
    else if (strcmp(argv[1], "given") == 0)
        runGiven(number(argv[2]));
    else
        runClosed(argv[2]);
    say("done");
    return EXIT_SUCCESS;
}
