/*
 * Threads that send to a port, each one message that is held, or many that are not. What a message
 * brought is looked at octet by octet; where it failed, that nothing of it has changed.
 */
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>

#include "puppet.h"

#define SENDINGS_MAX 4096u
#define ERRORS_MAX 16u
#define UNTOUCHED 0x3c
#define ECHO_MAX 3000u

typedef struct {
    oid_t oid;
    unsigned id;
    size_t size;
    pthread_t thread;
    int result;
    atomic_int isDone;
} sending_t;

static sending_t sendings[SENDINGS_MAX];
static unsigned nsendings;

static oid_t found; /* last */

static oid_t find(const char *name)
{
    wait_for(name, &found);
    return found;
}

static msg_t message(int type, const oid_t *oid)
{
    msg_t msg = {.type = type, .oid = *oid};
    return msg;
}

/* ---- one message of each thread ---- */

/* Of all that an answer changes. */
static int isAsBefore(const msg_t *msg, const msg_t *before)
{
    const unsigned char *out = msg->o.data;
    for (size_t i = 0; i < before->o.size; i++)
        if (out[i] != UNTOUCHED)
            return 0;
    return memcmp(msg->o.raw, before->o.raw, sizeof msg->o.raw) == 0 &&
           msg->o.err == before->o.err && msg->o.size == before->o.size &&
           msg->o.data == before->o.data;
}

static void checkAnswer(const sending_t *sending, const msg_t *msg, const unsigned char *out)
{
    unsigned complement;
    memcpy(&complement, msg->o.raw, sizeof complement);
    CHECK_INT(msg->o.err, sending->id);
    CHECK(complement == ~sending->id);
    for (size_t i = 0; i < sending->size; i++)
        CHECK_INT(out[i], pattern(sending->id, i));
}

static void *sendHeld(void *arg)
{
    sending_t *sending = arg;
    unsigned char *out = malloc(sending->size + 1);
    msg_t msg = message(HOLD, &sending->oid), before;
    CHECK(out != NULL);
    memset(out, UNTOUCHED, sending->size);
    memcpy(msg.i.raw, &sending->id, sizeof sending->id);
    msg.o.err = UNTOUCHED;
    msg.o.data = out;
    msg.o.size = sending->size;
    before = msg;
    sending->result = msgSend(sending->oid.port, &msg);
    if (sending->result == EOK)
        checkAnswer(sending, &msg, out);
    else
        CHECK(isAsBefore(&msg, &before));
    free(out);
    atomic_store(&sending->isDone, 1);
    return NULL;
}

static void send(const char *name, unsigned n, unsigned size)
{
    const oid_t oid = find(name);
    CHECK(nsendings + n <= SENDINGS_MAX);
    for (unsigned i = 0; i < n; i++) {
        sending_t *sending = &sendings[nsendings];
        sending->oid = oid;
        sending->id = nsendings++;
        sending->size = size;
        atomic_store(&sending->isDone, 0);
        sending->thread = beginAThread(sendHeld, sending);
    }
    say("ok");
}

static void interrupt(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < nsendings; i++) {
        if (atomic_load(&sendings[i].isDone))
            continue;
        n++;
        (void)pthread_kill(sendings[i].thread, SIGUSR1);
    }
    (void)printf("%u\n", n);
    (void)fflush(stdout);
}

static int compareInts(const void *first, const void *second)
{
    return *(const int *)second - *(const int *)first;
}

static void tellResults(void)
{
    static int results[SENDINGS_MAX];
    for (unsigned i = 0; i < nsendings; i++) {
        CHECK_INT(pthread_join(sendings[i].thread, NULL), 0);
        results[i] = sendings[i].result;
    }
    qsort(results, nsendings, sizeof *results, compareInts);
    for (unsigned i = 0, n = 1; i < nsendings; i++, n++) {
        if (i + 1 < nsendings && results[i + 1] == results[i])
            continue;
        (void)printf("%s%dx%u", i + 1 > n ? " " : "", results[i], n);
        n = 0;
    }
    (void)printf("\n");
    (void)fflush(stdout);
    nsendings = 0;
}

/* ---- one after another ---- */

/* Its result; the answer is looked at. */
static int sendEcho(const oid_t *oid, unsigned sender, unsigned n, uint32_t *state)
{
    unsigned char in[ECHO_MAX], out[ECHO_MAX];
    const size_t size = draw(state) % ECHO_MAX;
    const numbered_t numbered = {.sender = sender, .n = n};
    msg_t msg = message(ECHO, oid);
    for (size_t i = 0; i < size; i++)
        in[i] = (unsigned char)draw(state);
    memcpy(msg.i.raw, &numbered, sizeof numbered);
    msg.i.data = in;
    msg.i.size = size;
    msg.o.data = out;
    msg.o.size = size;
    int result = msgSend(oid->port, &msg);
    if (result != EOK)
        return result;
    CHECK_INT(msg.o.err, (long long)size);
    for (size_t i = 0; i < size; i++)
        CHECK_INT(out[i], in[i] ^ ECHO_KEY);
    return EOK;
}

static void sayNumber(int value)
{
    (void)printf("%d\n", value);
    (void)fflush(stdout);
}

static void ask(const oid_t *oid)
{
    uint32_t state = 4711;
    sayNumber(sendEcho(oid, 0, 0, &state));
}

static void openOrClose(int type, const char *name, unsigned id)
{
    oid_t oid = find(name);
    const uint32_t port = oid.port;
    oid.id = id;
    msg_t msg = message(type, &oid);
    int result = msgSend(port, &msg);
    sayNumber(result < 0 ? result : msg.o.err);
}

/* ---- many of each thread ---- */

typedef struct {
    oid_t oid;
    unsigned sender, n;
    int8_t results[NUMBERED_MAX];
} storming_t;

static storming_t *storms[SENDERS_MAX];
static pthread_t storming[SENDERS_MAX];
static unsigned nstorming;
static atomic_uint nover;

/* What is answered belongs to this message. */
static int sendNumbered(const oid_t *oid, const numbered_t *numbered)
{
    msg_t msg = message(NUMBERED, oid);
    numbered_t answer;
    memcpy(msg.i.raw, numbered, sizeof *numbered);
    int result = msgSend(oid->port, &msg);
    memcpy(&answer, msg.o.raw, sizeof answer);
    if (result == EOK)
        CHECK(answer.sender == ~numbered->sender && answer.n == ~numbered->n && msg.o.err == 0);
    return result;
}

static void *storm(void *arg)
{
    storming_t *own = arg;
    for (unsigned i = 0; i < own->n; i++) {
        const numbered_t numbered = {.sender = own->sender, .n = i, .isLate = i % 3 == 0};
        int result = sendNumbered(&own->oid, &numbered);
        CHECK(result == EOK || result == -EINTR || result == -EINVAL || result == -EAGAIN);
        own->results[i] = (int8_t)result;
    }
    (void)atomic_fetch_add(&nover, 1);
    return NULL;
}

static void *crowd(void *arg)
{
    storming_t *own = arg;
    uint32_t state = (own->sender + 1) * 2654435761u;
    for (unsigned i = 0; i < own->n; i++) {
        const numbered_t numbered = {.sender = own->sender, .n = i};
        msg_t pulse = message(NUMBERED, &own->oid);
        memcpy(pulse.i.raw, &numbered, sizeof numbered);
        if (draw(&state) % 2 == 0)
            CHECK_INT(msgPulse(own->oid.port, &pulse), EOK);
        else
            CHECK_INT(sendEcho(&own->oid, own->sender, i, &state), EOK);
    }
    const numbered_t last = {.sender = own->sender, .n = own->n};
    msg_t msg = message(ECHO, &own->oid);
    memcpy(msg.i.raw, &last, sizeof last);
    CHECK_INT(msgSend(own->oid.port, &msg), EOK); /* after all its pulses */
    (void)atomic_fetch_add(&nover, 1);
    return NULL;
}

static void beginAll(const char *name, unsigned nthreads, unsigned n, void *(*run)(void *))
{
    const oid_t oid = find(name);
    CHECK(nthreads <= SENDERS_MAX && n < NUMBERED_MAX);
    atomic_store(&nover, 0);
    nstorming = nthreads;
    for (unsigned i = 0; i < nthreads; i++) {
        free(storms[i]);
        storms[i] = calloc(1, sizeof **storms);
        CHECK(storms[i] != NULL);
        storms[i]->oid = oid;
        storms[i]->sender = i;
        storms[i]->n = n;
        storming[i] = beginAThread(run, storms[i]);
    }
}

/* What is late is answered, also when no more comes; @disturbs: signals for all. */
static void awaitAll(int disturbs)
{
    while (atomic_load(&nover) < nstorming) {
        msg_t msg = message(FLUSH, &storms[0]->oid);
        int result = msgSend(msg.oid.port, &msg);
        CHECK(result == EOK || result == -EINVAL || result == -EAGAIN);
        for (unsigned i = 0; disturbs && i < nstorming; i++)
            (void)pthread_kill(storming[i], SIGUSR1);
        (void)poll(NULL, 0, 1);
    }
    for (unsigned i = 0; i < nstorming; i++)
        CHECK_INT(pthread_join(storming[i], NULL), 0);
}

typedef struct {
    unsigned nok, ninterrupted, ngone, nlost, ntwice, nwrong;
} tally_t;

/* One that was answered came once; one that was interrupted, never; one that failed, once at most.
 */
static void judge(tally_t *tally, int result, unsigned count)
{
    tally->nok += result == EOK;
    tally->ninterrupted += result == -EINTR;
    tally->ngone += result == -EINVAL || result == -EAGAIN;
    tally->nlost += result == EOK && count == 0;
    tally->ntwice += count > 1;
    tally->nwrong += result == -EINTR && count > 0;
}

static void tellTally(void)
{
    static uint8_t counts[SENDERS_MAX][NUMBERED_MAX];
    tally_t tally = {.nok = 0};
    msg_t msg = message(SEEN, &storms[0]->oid);
    msg.o.data = counts;
    msg.o.size = sizeof counts;
    int result = msgSend(msg.oid.port, &msg);
    for (unsigned i = 0; i < nstorming; i++) {
        for (unsigned j = 0; j < storms[i]->n; j++)
            judge(&tally, storms[i]->results[j], result == EOK ? counts[i][j] : 0);
    }
    if (result == EOK)
        (void)printf("ok=%u interrupted=%u gone=%u lost=%u twice=%u wrong=%u disordered=%d\n",
                     tally.nok, tally.ninterrupted, tally.ngone, tally.nlost, tally.ntwice,
                     tally.nwrong, msg.o.err);
    else
        (void)printf("ok=%u interrupted=%u gone=%u result=%d\n", tally.nok, tally.ninterrupted,
                     tally.ngone, result);
    (void)fflush(stdout);
}

/* ---- whatever is answered ---- */

/* In a block of just its size, so that what is written behind it does not go unseen. */
static int probeOne(const oid_t *oid, unsigned n)
{
    static const int types[] = {mtOpen,   mtClose,   mtRead,      mtWrite,   mtTruncate,   mtDevCtl,
                                mtCreate, mtDestroy, mtSetAttr,   mtGetAttr, mtLookup,     mtLink,
                                mtUnlink, mtReaddir, mtMount,     mtUmount,  mtGetAttrAll, mtSync,
                                mtStat,   WHO,       mtMountPoint};
    static const size_t sizes[] = {0, 1, 16, 79, 80, 88, 180, 240, 272, 1000, 70000};
    const size_t size = sizes[n / 21 % 11];
    msg_t msg = message(types[n % 21], oid), before;
    unsigned char *out = malloc(size > 0 ? size : 1);
    CHECK(out != NULL);
    memset(out, UNTOUCHED, size);
    msg.o.data = out;
    msg.o.size = size;
    before = msg;
    int result = msgSend(oid->port, &msg);
    CHECK(result == EOK || (result < 0 && isAsBefore(&msg, &before)));
    free(out);
    return result;
}

static void probe(const char *name, unsigned n)
{
    const oid_t oid = find(name);
    unsigned nok = 0;
    for (unsigned i = 0; i < n; i++)
        nok += probeOne(&oid, i) == EOK;
    (void)printf("ok=%u failed=%u\n", nok, n - nok);
    (void)fflush(stdout);
}

/* ---- names and ports ---- */

static void makeNames(const char *name, unsigned n)
{
    char path[128];
    oid_t oid;
    uint32_t port;
    CHECK_INT(portCreate(&port), EOK);
    for (unsigned i = 0; i < n; i++) {
        oid.id = i;
        (void)snprintf(path, sizeof path, "%s%u", name, i);
        CHECK_INT(portRegister(port, path, &oid), EOK);
    }
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(path, sizeof path, "%s%u", name, i);
        CHECK_INT(lookup(path, NULL, &oid), EOK);
        CHECK(oid.port == port && oid.id == i);
    }
    say("ok");
}

static void lookUp(const char *path, unsigned n)
{
    oid_t oid;
    for (unsigned i = 0; i < n; i++)
        CHECK_INT(lookup(path, NULL, &oid), -ENOENT);
    say("ok");
}

static void makePorts(unsigned thousands)
{
    uint32_t port;
    for (unsigned i = 0; i < thousands * 1000; i++) {
        CHECK_INT(portCreate(&port), EOK);
        portDestroy(port);
    }
    say("ok");
}

int asked(int argc, char *argv[])
{
    const char *verb = argv[0], *name = argc > 1 ? argv[1] : "";
    const unsigned n = argc > 2 ? number(argv[2]) : 0;
    const unsigned m = argc > 3 ? number(argv[3]) : 0;
    if (strcmp(verb, "find") == 0) {
        (void)find(name);
        say("ok");
    } else if (strcmp(verb, "ask") == 0) {
        (void)find(name);
        ask(&found);
    } else if (strcmp(verb, "again") == 0) {
        ask(&found);
    } else if (strcmp(verb, "send") == 0) {
        send(name, n, m);
    } else if (strcmp(verb, "interrupt") == 0) {
        interrupt();
    } else if (strcmp(verb, "results") == 0) {
        tellResults();
    } else if (strcmp(verb, "open") == 0) {
        openOrClose(mtOpen, name, n);
    } else if (strcmp(verb, "close") == 0) {
        openOrClose(mtClose, name, n);
    } else if (strcmp(verb, "storm") == 0) {
        beginAll(name, n, m, storm);
        awaitAll(argc < 5);
        tellTally();
    } else if (strcmp(verb, "tally") == 0) {
        (void)find(name);
        tellTally();
    } else if (strcmp(verb, "crowd") == 0) {
        beginAll(name, n, m, crowd);
        awaitAll(0);
        tellTally();
    } else if (strcmp(verb, "probe") == 0) {
        probe(name, n);
    } else if (strcmp(verb, "names") == 0) {
        makeNames(name, n);
    } else if (strcmp(verb, "lookups") == 0) {
        lookUp(name, n);
    } else if (strcmp(verb, "ports") == 0) {
        makePorts(number(name));
    } else {
        return 0;
    }
    return 1;
}
