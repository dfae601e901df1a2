/*
 * A client of hdf_load.c's driver with many handles, for tests of faults and scale: it does one
 * command a line of its standard input, and says one line for each.
 */
#include <hdf_base.h>
#include <hdf_io_service_if.h>
#include <hdf_sbuf.h>
#include <inttypes.h>
#include <osal_time.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct_hdf.h>

#define WORDS 4
#define LINE_SIZE 512
#define HANDLES_MAX 1024u
#define LOAD_COUNT 1
#define LOAD_TOLD 3
#define LOAD_EMIT 4

/* A handle, and what its listener has heard. */
struct handle {
    struct HdfIoService *service;
    struct HdfDevEventlistener listener;
    /* under the lock */
    bool is_held; /* its callback does not return */
    uint32_t n_heard, last;
    uint32_t n_disordered; /* that came twice, or after a later one */
    uint32_t n_missed;     /* gaps */
};

static struct handle handles[HANDLES_MAX];
static unsigned n_handles;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t heard = PTHREAD_COND_INITIALIZER; /* the one that is awaited; or called */
static pthread_cond_t let_go = PTHREAD_COND_INITIALIZER;
static uint32_t awaited;
static atomic_bool dies; /* in the next callback */

static int number_of(const char *word)
{
    return (int)strtol(word, NULL, 10); /* 0 for a word that is none */
}

/* ---- events ---- */

static int on_event(void *priv, uint32_t id, struct HdfSBuf *data)
{
    struct handle *handle = priv;
    uint32_t number = 0;
    (void)id;
    if (dies)
        (void)raise(SIGKILL);
    if (!HdfSbufReadUint32(data, &number))
        abort();
    (void)pthread_mutex_lock(&lock);
    while (handle->is_held)
        (void)pthread_cond_wait(&let_go, &lock);
    uint32_t due = handle->n_heard > 0 ? handle->last + 1 : 0;
    handle->n_heard++;
    if (number < due)
        handle->n_disordered++;
    else
        handle->n_missed += number - due;
    handle->last = number;
    if (number >= awaited)
        (void)pthread_cond_broadcast(&heard);
    (void)pthread_mutex_unlock(&lock);
    return 0;
}

static void listen_all(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < n_handles; i++) {
        handles[i].listener =
            (struct HdfDevEventlistener){.callBack = on_event, .priv = &handles[i]};
        n +=
            HdfDeviceRegisterEventListener(handles[i].service, &handles[i].listener) == HDF_SUCCESS;
    }
    printf("%u\n", n);
}

/* The callback of one listener does not return until it is let go. */
static void hold(unsigned number, bool is_held)
{
    (void)pthread_mutex_lock(&lock);
    handles[number].is_held = is_held;
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_cond_broadcast(&let_go);
    puts(is_held ? "held" : "let go");
}

/* Waits until all listeners that are not held have had event @last, and says what came. */
static void await(uint32_t last)
{
    uint64_t n_all = 0, n_missed = 0, n_disordered = 0, n_dropped = 0;
    uint32_t most_missed = 0, n_whole = 0, n_unaccounted = 0;
    (void)pthread_mutex_lock(&lock);
    awaited = last;
    for (unsigned i = 0; i < n_handles; i++) {
        const struct handle *handle = &handles[i];
        while (!handle->is_held && (handle->n_heard == 0 || handle->last < last))
            (void)pthread_cond_wait(&heard, &lock);
        uint64_t dropped = via_hdf_dropped_events(handle->service);
        n_all += handle->n_heard;
        n_missed += handle->n_missed;
        n_disordered += handle->n_disordered;
        n_dropped += dropped;
        n_whole += handle->n_missed == 0;
        n_unaccounted += dropped != handle->n_missed;
        most_missed = handle->n_missed > most_missed ? handle->n_missed : most_missed;
    }
    (void)pthread_mutex_unlock(&lock);
    printf("heard=%" PRIu64 " missed=%" PRIu64 " disordered=%" PRIu64 " dropped=%" PRIu64
           " whole=%u unaccounted=%u most=%u\n",
           n_all, n_missed, n_disordered, n_dropped, n_whole, n_unaccounted, most_missed);
}

/* ---- handles ---- */

static void bind_some(const char *name, unsigned n)
{
    unsigned n_bound = 0;
    for (unsigned i = 0; i < n && n_handles < HANDLES_MAX; i++) {
        struct HdfIoService *service = HdfIoServiceBind(name);
        if (service == NULL)
            continue;
        handles[n_handles++] = (struct handle){.service = service};
        n_bound++;
    }
    printf("%u\n", n_bound);
}

static void recycle_all(void)
{
    for (unsigned i = 0; i < n_handles; i++)
        HdfIoServiceRecycle(handles[i].service);
    n_handles = 0;
}

/* ---- commands ---- */

/* Sends @n words, and gives as many of the answer's in @answers. */
static int32_t ask(struct HdfIoService *service, int cmd, const uint32_t *words, unsigned n,
                   uint32_t *answers, unsigned n_answers)
{
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    for (unsigned i = 0; i < n; i++)
        (void)HdfSbufWriteUint32(data, words[i]);
    int32_t status = HdfIoServiceDispatch(service, cmd, data, reply);
    for (unsigned i = 0; i < n_answers; i++)
        (void)HdfSbufReadUint32(reply, &answers[i]);
    HdfSbufRecycle(reply);
    HdfSbufRecycle(data);
    return status;
}

/* Each with a listener and a command. */
static void cycle(const char *name, unsigned n)
{
    struct handle handle = {.service = NULL};
    unsigned n_whole = 0;
    for (unsigned i = 0; i < n; i++) {
        const uint32_t one = 1;
        uint32_t n_wrong = 1;
        handle.listener = (struct HdfDevEventlistener){.callBack = on_event, .priv = &handle};
        handle.service = HdfIoServiceBind(name);
        n_whole +=
            handle.service != NULL &&
            HdfDeviceRegisterEventListener(handle.service, &handle.listener) == HDF_SUCCESS &&
            ask(handle.service, LOAD_COUNT, &one, 1, &n_wrong, 1) == HDF_SUCCESS && n_wrong == 0;
        HdfIoServiceRecycle(handle.service);
    }
    printf("%u\n", n_whole);
}

static void told(const char *name)
{
    struct HdfIoService *service = HdfIoServiceBind(name);
    uint32_t counts[3] = {0};
    int32_t status = ask(service, LOAD_TOLD, NULL, 0, counts, 3);
    HdfIoServiceRecycle(service);
    printf("%d opened=%u released=%u running=%u\n", status, counts[0], counts[1], counts[2]);
}

static void emit(unsigned n, unsigned per_second, unsigned first)
{
    const uint32_t words[] = {n, per_second, first};
    printf("%d\n", ask(handles[0].service, LOAD_EMIT, words, 3, NULL, 0));
}

/* ---- one command after the other ---- */

static struct caller {
    pthread_t thread;
    struct HdfIoService *service;
    atomic_bool stops;
    unsigned n; /* under the lock */
    unsigned n_failed;
    int32_t first_failure;
    uint32_t n_wrong;
    uint64_t slowest_us;
} caller;

static uint64_t now_us(void)
{
    OsalTimespec now;
    (void)OsalGetTime(&now);
    return now.sec * 1000000u + now.usec;
}

static void *call(void *user)
{
    (void)user;
    for (uint32_t number = 1; !caller.stops; number++) {
        uint64_t began = now_us();
        int32_t status = ask(caller.service, LOAD_COUNT, &number, 1, &caller.n_wrong, 1);
        uint64_t took = now_us() - began;
        if (status != HDF_SUCCESS && caller.n_failed++ == 0)
            caller.first_failure = status;
        if (took > caller.slowest_us)
            caller.slowest_us = took;
        (void)pthread_mutex_lock(&lock);
        caller.n++;
        (void)pthread_cond_broadcast(&heard);
        (void)pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void begin_calls(const char *name)
{
    caller.service = HdfIoServiceBind(name);
    bool runs = caller.service != NULL && pthread_create(&caller.thread, NULL, call, NULL) == 0;
    puts(runs ? "begun" : "failed");
}

static void end_calls(void)
{
    caller.stops = true;
    (void)pthread_join(caller.thread, NULL);
    HdfIoServiceRecycle(caller.service);
    printf("n=%u failed=%u first=%d wrong=%u slowest_ms=%" PRIu64 "\n", caller.n, caller.n_failed,
           caller.first_failure, caller.n_wrong, caller.slowest_us / 1000u);
}

/* Until it has made @n more. */
static void await_calls(unsigned n)
{
    (void)pthread_mutex_lock(&lock);
    for (unsigned until = caller.n + n; (int)(caller.n - until) < 0;)
        (void)pthread_cond_wait(&heard, &lock);
    printf("%u\n", caller.n);
    (void)pthread_mutex_unlock(&lock);
}

/* ---- lines ---- */

static void act(char *words[WORDS])
{
    unsigned number = (unsigned)number_of(words[1]);
    unsigned more = (unsigned)number_of(words[2]);
    if (strcmp(words[0], "bind") == 0)
        bind_some(words[1], more);
    else if (strcmp(words[0], "listen") == 0)
        listen_all();
    else if (strcmp(words[0], "hold") == 0 || strcmp(words[0], "go") == 0)
        hold(number, words[0][0] == 'h');
    else if (strcmp(words[0], "emit") == 0)
        emit(number, more, (unsigned)number_of(words[3]));
    else if (strcmp(words[0], "await") == 0)
        await(number);
    else if (strcmp(words[0], "cycle") == 0)
        cycle(words[1], more);
    else if (strcmp(words[0], "told") == 0)
        told(words[1]);
    else if (strcmp(words[0], "calls") == 0)
        begin_calls(words[1]);
    else if (strcmp(words[0], "more") == 0)
        await_calls(number);
    else if (strcmp(words[0], "called") == 0)
        end_calls();
    else if (strcmp(words[0], "die") == 0) {
        dies = true;
        puts("dying");
    } else if (strcmp(words[0], "recycle") == 0) {
        recycle_all();
        puts("recycled");
    } else
        puts("what?");
}

int main(void)
{
    char line[LINE_SIZE];
    static char nothing[] = "";
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[WORDS] = {nothing, nothing, nothing, nothing};
        char *rest = line, *word;
        for (int i = 0; i < WORDS && (word = strtok_r(rest, " \n", &rest)) != NULL; i++)
            words[i] = word;
        act(words);
    }
    recycle_all();
    return EXIT_SUCCESS;
}
