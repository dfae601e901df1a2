/*
 * load serve NAME              the service
 * load call NAME HOW PART...   a client's load, each part on a thread of its own, until standard
 * input ends; "ready" is said when all have begun
 *
 * HOW is strict: nothing may fail; poor: a call may fail for want of memory or descriptors; loose:
 * a call may fail as the loss of a session lets it, and the part then finds the service anew;
 * scarce: both. But no answer is ever wrong, and nothing runs twice. For each line of its input,
 * and at the end, it prints what was done, in JSON on a line. The exit status is 1 when anything
 * was seen that may not be.
 *
 * PART is   counter   counted calls, one behind the other
 *           notes     counted oneways, 20 and a question how many came
 *           large     echoes of 1 KiB to 900,000 octets
 *           many      32 echoes of 64 octets at once
 *           objects   takes an object, calls it, ends it, and is told its death; or gives it back
 *           events    a subscription: what it misses it is told
 *           pipes     descriptors: pipes and sockets, to be read, to be written, and both
 */
#include "tests/faults/load.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/include/bell.h"

#define PARTS_MAX 32
#define FIND_MS 2000u
#define CALL_MS 60000u /* only what hangs takes so long */
#define WINDOW 32u
#define PAUSE_NS 20000000L
#define SAID_MAX 10u /* violations that are told, of many */
#define NOTED_TRIES 200u

struct part {
    const char *name;
    /* One step; a failure that the loss of a session explains ends it with that status. */
    enum via_status (*step)(struct part *part);
    void (*left)(
        struct part *part); /* before the service is found anew, and at the end; may be NULL */
    pthread_t thread;
    struct via_proxy *proxy; /* owned */
    uint64_t id;             /* of its count, 0: none */
    uint32_t n;
    unsigned turn;
    struct via_subscription *subscription; /* owned */
    uint64_t last_event;
    atomic_uint_fast64_t n_done, n_failed, n_busy, n_lost, longest_ms;
    uint64_t wanted;   /* done, before somebody who waits for it is told */
    atomic_uint cause; /* of the last death that it was told */
    atomic_bool ended; /* the subscription, as it was told */
};

static struct {
    struct via_node *node;
    const char *name;
    bool strict, scarce, poor;
    atomic_bool ending;
    atomic_uint n_begun, n_violations;
    pthread_mutex_t lock;
    pthread_cond_t ended;
} load = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

static void violation(const struct part *part, const char *what, uint64_t wanted, uint64_t got)
{
    if (atomic_fetch_add(&load.n_violations, 1) < SAID_MAX)
        (void)fprintf(stderr, "load: %s: %s: %llu, not %llu\n", part->name, what,
                      (unsigned long long)got, (unsigned long long)wanted);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Until the end, or a moment. */
static void pause_part(void)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PAUSE_NS;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    (void)pthread_mutex_lock(&load.lock);
    if (!atomic_load(&load.ending))
        (void)pthread_cond_timedwait(&load.ended, &load.lock, &until);
    (void)pthread_mutex_unlock(&load.lock);
}

/* ---- one call ---- */

/* A request of these, which may be 0, 0 and NULL. */
static enum via_status request(uint64_t id, uint32_t n, const void *octets, size_t size,
                               struct via_parcel **requestp)
{
    enum via_status status = via_parcel_create(requestp);
    if (status == VIA_OK && id != 0)
        status = via_parcel_write_u64(*requestp, id);
    if (status == VIA_OK && n != 0)
        status = via_parcel_write_u32(*requestp, n);
    if (status == VIA_OK && octets != NULL)
        status = via_parcel_write_bytes(*requestp, octets, size);
    if (status != VIA_OK)
        *requestp = via_parcel_unref(*requestp);
    return status;
}

static enum via_status call(struct via_proxy *proxy, enum load_code code, uint64_t id, uint32_t n,
                            struct via_parcel **replyp)
{
    struct via_parcel *asked = NULL;
    enum via_status status = request(id, n, NULL, 0, &asked);
    if (status == VIA_OK)
        status = via_proxy_call(proxy, code, asked, CALL_MS, NULL, replyp);
    via_parcel_unref(asked);
    return status;
}

static enum via_status ask_number(struct part *part, enum load_code code, uint64_t id, uint32_t n,
                                  uint32_t *numberp)
{
    struct via_parcel *reply = NULL;
    enum via_status status = call(part->proxy, code, id, n, &reply);
    if (status == VIA_OK)
        status = via_parcel_read_u32(reply, numberp);
    via_parcel_unref(reply);
    return status;
}

static enum via_status begin(struct part *part)
{
    struct via_parcel *reply = NULL;
    enum via_status status = call(part->proxy, LOAD_BEGIN, 0, 0, &reply);
    if (status == VIA_OK)
        status = via_parcel_read_u64(reply, &part->id);
    via_parcel_unref(reply);
    part->n = 0;
    return status;
}

static void check_echo(const struct part *part, struct via_parcel *reply, const uint8_t *sent,
                       size_t size)
{
    const void *octets = NULL;
    size_t got = 0;
    if (via_parcel_read_bytes(reply, &octets, &got) != VIA_OK || got != size)
        violation(part, "an echo's size", size, got);
    else if (memcmp(octets, sent, size) != 0)
        violation(part, "an echo's octets are others", 0, 1);
}

static enum via_status echo(const struct part *part, struct via_proxy *proxy, const uint8_t *octets,
                            size_t size)
{
    struct via_parcel *asked = NULL, *reply = NULL;
    enum via_status status = request(0, 0, octets, size, &asked);
    if (status == VIA_OK)
        status = via_proxy_call(proxy, LOAD_ECHO, asked, CALL_MS, NULL, &reply);
    if (status == VIA_OK)
        check_echo(part, reply, octets, size);
    via_parcel_unref(asked);
    via_parcel_unref(reply);
    return status;
}

/* ---- the parts ---- */

static enum via_status step_counter(struct part *part)
{
    uint32_t answer = 0;
    if (part->id == 0)
        return begin(part);
    enum via_status status = ask_number(part, LOAD_COUNT, part->id, part->n + 1, &answer);
    if (status == VIA_OK && answer != ++part->n)
        violation(part, "the count", part->n, answer);
    return status;
}

static enum via_status step_notes(struct part *part)
{
    uint32_t answer = 0;
    if (part->id == 0)
        return begin(part);
    for (unsigned i = 0; i < 20; i++) {
        struct via_parcel *asked = NULL;
        enum via_status status = request(part->id, part->n + 1, NULL, 0, &asked);
        if (status == VIA_OK)
            status = via_proxy_send(part->proxy, LOAD_NOTE, asked);
        via_parcel_unref(asked);
        if (status == VIA_BUSY)
            break;
        if (status != VIA_OK)
            return status;
        part->n++;
    }
    /* The last one has started before the question, but may still run beside it. */
    for (unsigned tries = 0; tries < NOTED_TRIES; tries++) {
        enum via_status status = ask_number(part, LOAD_NOTED, part->id, 0, &answer);
        if (status != VIA_OK || answer == part->n)
            return status;
        pause_part();
    }
    violation(part, "the oneways that came", part->n, answer);
    return VIA_OK;
}

static enum via_status step_large(struct part *part)
{
    static const size_t sizes[] = {1u << 10, 40000, 100000, 900000};
    static uint8_t octets[900000];
    size_t size = sizes[part->turn++ % 4];
    if (octets[1] == 0)
        for (size_t i = 0; i < sizeof octets; i++)
            octets[i] = load_octet(i);
    return echo(part, part->proxy, octets, size);
}

struct window {
    const struct part *part;
    struct bell bell;
    atomic_uint status; /* of one that failed */
    uint8_t octets[64];
};

static void on_echo(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct window *window = user;
    (void)result;
    if (status == VIA_OK)
        check_echo(window->part, reply, window->octets, sizeof window->octets);
    else
        atomic_store(&window->status, (unsigned)status);
    bell_ring(&window->bell);
}

/* All that were begun end, whatever happens, or the limit of a call is of no use. */
static enum via_status step_many(struct part *part)
{
    struct window window = {.part = part, .bell = BELL_INIT};
    struct via_parcel *asked = NULL;
    unsigned n_begun = 0;
    for (size_t i = 0; i < sizeof window.octets; i++)
        window.octets[i] = load_octet(part->turn + i);
    part->turn++;
    enum via_status status = request(0, 0, window.octets, sizeof window.octets, &asked);
    while (status == VIA_OK && n_begun < WINDOW) {
        status =
            via_proxy_call_async(part->proxy, LOAD_ECHO, asked, CALL_MS, on_echo, &window, NULL);
        if (status == VIA_OK)
            n_begun++;
    }
    via_parcel_unref(asked);
    for (unsigned tries = 0; !bell_wait(&window.bell, n_begun); tries++)
        if (tries == 2 * CALL_MS / 1000 / BELL_LIMIT_S) {
            violation(part, "callbacks that ran", n_begun, bell_count(&window.bell));
            abort(); /* they have pointers into this frame */
        }
    (void)atomic_fetch_add(&part->n_done, n_begun == 0 ? 0 : n_begun - 1);
    return status != VIA_OK ? status : (enum via_status)atomic_load(&window.status);
}

static void on_death(void *user, enum via_cause cause)
{
    struct window *window = user;
    atomic_store(&window->status, (unsigned)cause);
    bell_ring(&window->bell);
}

static enum via_status step_objects(struct part *part)
{
    struct window window = {.part = part, .bell = BELL_INIT};
    struct via_parcel *reply = NULL;
    struct via_proxy *given = NULL;
    bool ends = part->turn++ % 2 == 0, watched = false;
    enum via_status status = call(part->proxy, LOAD_GIVE, 0, 0, &reply);
    if (status == VIA_OK)
        status = via_parcel_read_ref(reply, &given);
    via_parcel_unref(reply);
    for (size_t i = 0; i < sizeof window.octets; i++)
        window.octets[i] = load_octet(i);
    if (status == VIA_OK && ends) {
        status = via_proxy_watch(given, on_death, &window, NULL);
        watched = status == VIA_OK;
    }
    if (status == VIA_OK)
        status = echo(part, given, window.octets, sizeof window.octets);
    if (status == VIA_OK && ends)
        status = call(given, LOAD_BEGIN, 0, 0, NULL);
    if (watched && status != VIA_OK && via_proxy_death(given) == VIA_ALIVE) {
        /* the call failed alone: nobody has ended the object, so nobody tells its death */
        via_proxy_unref(part->proxy);
        part->proxy = NULL;
    }
    bool expected = watched && (status == VIA_OK || via_proxy_death(given) != VIA_ALIVE);
    if (expected && !bell_wait(&window.bell, 1)) {
        violation(part, "deaths told", 1, bell_count(&window.bell));
        abort();
    }
    if (expected && status == VIA_OK && load.strict && atomic_load(&window.status) != VIA_WITHDRAWN)
        violation(part, "the cause of a death", VIA_WITHDRAWN, atomic_load(&window.status));
    via_proxy_unref(given);
    return status;
}

static void on_event(void *user, const struct via_event *event)
{
    struct part *part = user;
    uint64_t number = 0;
    if (via_parcel_read_u64(event->data, &number) != VIA_OK)
        violation(part, "an event without its number", 1, 0);
    else if (part->last_event != 0 && number != part->last_event + 1 + event->lost)
        violation(part, "an event's number", part->last_event + 1 + event->lost, number);
    part->last_event = number;
    (void)atomic_fetch_add(&part->n_done, 1);
    (void)atomic_fetch_add(&part->n_lost, event->lost);
}

static void on_events_end(void *user, enum via_cause cause)
{
    struct part *part = user;
    atomic_store(&part->cause, (unsigned)cause);
    atomic_store(&part->ended, true);
}

/* Others' counting makes the events; this only looks after the subscription. It is over when it has
 * been told so, and not when the service is known to be dead, which comes first: who closes it then
 * is told nothing. */
static enum via_status step_events(struct part *part)
{
    if (part->subscription == NULL) {
        const struct via_subscribe_options options = {.size = sizeof options,
                                                      .ended = on_events_end};
        atomic_store(&part->ended, false);
        enum via_status status =
            via_proxy_subscribe(part->proxy, &options, on_event, part, &part->subscription);
        if (status != VIA_OK)
            return status;
    }
    pause_part();
    return atomic_load(&part->ended) ? VIA_DEAD : VIA_OK;
}

static void leave_events(struct part *part)
{
    part->subscription = via_subscription_close(part->subscription);
    part->last_event = 0;
}

static enum via_status step_pipes(struct part *part)
{
    struct load_pipe_finding finding;
    enum via_status status = load_pipe(part->proxy, part->turn++, &finding);
    /* What it told may have died with a service that answered first: it had not left its host. */
    if (finding.is_short && !load.strict) {
        status = call(part->proxy, LOAD_TICKET, 0, 0, NULL);
        if (status != VIA_OK)
            return status;
    }
    if (finding.what != NULL)
        violation(part, finding.what, finding.wanted, finding.got);
    return status;
}

/* ---- running them ---- */

static const struct part kinds[] = {
    {.name = "counter", .step = step_counter},
    {.name = "notes", .step = step_notes},
    {.name = "large", .step = step_large},
    {.name = "many", .step = step_many},
    {.name = "objects", .step = step_objects},
    {.name = "events", .step = step_events, .left = leave_events},
    {.name = "pipes", .step = step_pipes},
};

/* What the loss of a session, or its return, may give. */
static bool is_explained(enum via_status status)
{
    if (load.poor)
        return status == VIA_NO_MEMORY;
    return status == VIA_DEAD || status == VIA_NOT_CONNECTED || status == VIA_NOT_FOUND ||
           status == VIA_TIMEOUT || status == VIA_CANCELLED ||
           (load.scarce && (status == VIA_NO_MEMORY || status == VIA_IO));
}

static void leave(struct part *part)
{
    if (part->left != NULL)
        part->left(part);
    part->proxy = via_proxy_unref(part->proxy);
    part->id = 0;
}

static void *run_part(void *user)
{
    struct part *part = user;
    bool begun = false;
    while (!atomic_load(&load.ending)) {
        uint64_t since = now_ms();
        enum via_status status = VIA_OK;
        if (part->proxy == NULL)
            status = via_node_find(load.node, "core", load.name, FIND_MS, &part->proxy);
        if (status == VIA_OK)
            status = part->step(part);
        uint64_t took = now_ms() - since;
        if (took > atomic_load(&part->longest_ms))
            atomic_store(&part->longest_ms, took);
        if (status == VIA_OK) {
            if (part->subscription == NULL)
                (void)atomic_fetch_add(&part->n_done, 1);
            if (!begun)
                (void)atomic_fetch_add(&load.n_begun, 1);
            begun = true;
        } else if (status == VIA_BUSY) {
            (void)atomic_fetch_add(&part->n_busy, 1);
            pause_part();
        } else if (!atomic_load(&load.ending) || !is_explained(status)) {
            (void)atomic_fetch_add(&part->n_failed, 1);
            if (load.strict || !is_explained(status)) {
                char words[512];
                via_node_fault(load.node, words, sizeof words);
                violation(part, via_status_name(status), VIA_OK, (uint64_t)status);
                (void)fprintf(stderr, "load: the node says: %s\n", words);
                return NULL;
            }
            leave(part);
            pause_part();
        }
    }
    leave(part);
    return NULL;
}

static void report(const struct part *parts, size_t n_parts)
{
    printf("{");
    for (size_t i = 0; i < n_parts; i++)
        printf("\"%s\": {\"done\": %llu, \"failed\": %llu, \"busy\": %llu, \"lost\": %llu, "
               "\"longest_ms\": %llu, "
               "\"cause\": %u}, ",
               parts[i].name, (unsigned long long)atomic_load(&parts[i].n_done),
               (unsigned long long)atomic_load(&parts[i].n_failed),
               (unsigned long long)atomic_load(&parts[i].n_busy),
               (unsigned long long)atomic_load(&parts[i].n_lost),
               (unsigned long long)atomic_load(&parts[i].longest_ms), atomic_load(&parts[i].cause));
    printf("\"violations\": %u}\n", atomic_load(&load.n_violations));
    (void)fflush(stdout);
}

/* Until each part has done so much more, it takes too long, or it is over. */
static void wait_for_more(struct part *parts, size_t n_parts, uint64_t n)
{
    uint64_t until = now_ms() + CALL_MS;
    for (size_t i = 0; i < n_parts; i++)
        parts[i].wanted = atomic_load(&parts[i].n_done) + n;
    for (size_t i = 0; i < n_parts;) {
        if (now_ms() > until || atomic_load(&load.n_violations) != 0)
            return;
        if (atomic_load(&parts[i].n_done) >= parts[i].wanted)
            i++;
        else
            pause_part();
    }
}

/* Until a call of part @name has failed, or found everything full, since now. */
static void wait_for_failure(const struct part *parts, size_t n_parts, const char *name)
{
    uint64_t until = now_ms() + CALL_MS, before[PARTS_MAX];
    for (size_t i = 0; i < n_parts; i++)
        before[i] = atomic_load(&parts[i].n_failed) + atomic_load(&parts[i].n_busy);
    while (now_ms() < until && atomic_load(&load.n_violations) == 0) {
        for (size_t i = 0; i < n_parts; i++)
            if (strcmp(parts[i].name, name) == 0 &&
                atomic_load(&parts[i].n_failed) + atomic_load(&parts[i].n_busy) > before[i])
                return;
        pause_part();
    }
}

static bool choose(struct part *part, const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *part = kinds[i];
            return true;
        }
    }
    return false;
}

static int call_all(char **names, size_t n_parts)
{
    static struct part parts[PARTS_MAX];
    char line[64];
    for (size_t i = 0; i < n_parts; i++)
        if (!choose(&parts[i], names[i])) {
            (void)fprintf(stderr, "load: no part is called %s\n", names[i]);
            return 2;
        }
    for (size_t i = 0; i < n_parts; i++)
        if (pthread_create(&parts[i].thread, NULL, run_part, &parts[i]) != 0)
            abort(); /* nothing has been proved yet */
    while (atomic_load(&load.n_begun) < n_parts && atomic_load(&load.n_violations) == 0)
        pause_part();
    (void)puts("ready");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strncmp(line, "more ", 5) == 0)
            wait_for_more(parts, n_parts, strtoull(line + 5, NULL, 10));
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "failed ", 7) == 0)
            wait_for_failure(parts, n_parts, line + 7);
        report(parts, n_parts);
    }
    (void)pthread_mutex_lock(&load.lock);
    atomic_store(&load.ending, true);
    (void)pthread_cond_broadcast(&load.ended);
    (void)pthread_mutex_unlock(&load.lock);
    for (size_t i = 0; i < n_parts; i++)
        (void)pthread_join(parts[i].thread, NULL);
    report(parts, n_parts);
    return atomic_load(&load.n_violations) == 0 ? 0 : 1;
}

/* $LOAD_SILENCE_MS: how long a gateway may be silent before it is asked, and then has to answer. */
static struct via_node *make_node(void)
{
    const char *silence = getenv("LOAD_SILENCE_MS");
    uint32_t ms = silence == NULL ? 0 : (uint32_t)strtoul(silence, NULL, 10);
    const struct via_node_options options = {
        .size = sizeof options, .keepalive_ms = ms, .timeout_ms = ms, .n_workers = 8};
    struct via_node *node;
    return via_node_create(&options, &node) == VIA_OK ? node : NULL;
}

int main(int argc, char **argv)
{
    int result = 2;
    (void)signal(SIGPIPE, SIG_IGN);
    load.node = make_node();
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        result = load_serve(load.node, argv[2]);
    else if (argc > 4 && argc - 4 <= PARTS_MAX && strcmp(argv[1], "call") == 0) {
        load.name = argv[2];
        load.strict = strcmp(argv[3], "strict") == 0;
        load.scarce = strcmp(argv[3], "scarce") == 0;
        load.poor = strcmp(argv[3], "poor") == 0;
        result = call_all(argv + 4, (size_t)argc - 4);
    } else {
        (void)fputs("usage: load serve NAME | load call NAME strict|poor|loose|scarce PART...\n",
                    stderr);
    }
    (void)via_node_destroy(load.node);
    return result;
}
