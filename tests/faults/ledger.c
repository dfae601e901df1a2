/*
 * A service whose calls must not run twice, and a client that finds out whether any did, or was
 * lost: for links that break under load.
 *
 * ledger serve NAME        says "ready"; runs until its input ends
 * ledger use NAME CALLS    calls from several threads at once, subscribes, passes references; says
 *                          "begun", and then "ok ..." or what is wrong
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/viaduct.h>

#define THREADS 4u
#define CALLBACK_EACH 16u /* calls */
#define WAIT_S 60u

enum code {
    CODE_ADD = 1,  /* counts, emits the count, returns it */
    CODE_NOTE,     /* oneway, u32 thread, u32 number: they come as 1, 2, 3, ... */
    CODE_NOTED,    /* u32 thread: how many notes came, if they came so; else UINT32_MAX */
    CODE_CALL_BACK /* reference: is called with CODE_ADD; its answer */
};

static void die(const char *what, enum via_status status)
{
    char words[256];
    via_node_fault(via_node_default(), words, sizeof words);
    printf("%s: %s: %s\n", what, via_status_name(status), words);
    exit(1);
}

static void must(const char *what, enum via_status status)
{
    if (status != VIA_OK)
        die(what, status);
}

/* ---- the service ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t count, notes[THREADS];
static struct via_stub *service;

static void answer_u32(struct via_call *call, uint32_t number)
{
    struct via_parcel *reply;
    must("reply", via_parcel_create(&reply));
    must("reply", via_parcel_write_u32(reply, number));
    (void)via_call_reply(call, 0, reply);
    (void)via_parcel_unref(reply);
}

static void add(struct via_call *call)
{
    struct via_parcel *event;
    must("event", via_parcel_create(&event));
    (void)pthread_mutex_lock(&lock);
    uint32_t now = ++count;
    must("event", via_parcel_write_u32(event, now));
    enum via_status status = via_stub_emit(service, 1, event);
    (void)pthread_mutex_unlock(&lock);
    (void)via_parcel_unref(event);
    must("emit", status);
    answer_u32(call, now);
}

static void note(struct via_parcel *request)
{
    uint32_t thread, number;
    must("note", via_parcel_read_u32(request, &thread));
    must("note", via_parcel_read_u32(request, &number));
    (void)pthread_mutex_lock(&lock);
    if (thread < THREADS)
        notes[thread] = notes[thread] + 1 == number ? number : UINT32_MAX;
    (void)pthread_mutex_unlock(&lock);
}

static void tell_noted(struct via_call *call)
{
    uint32_t thread;
    must("noted", via_parcel_read_u32(via_call_request(call), &thread));
    (void)pthread_mutex_lock(&lock);
    uint32_t noted = notes[thread % THREADS];
    (void)pthread_mutex_unlock(&lock);
    answer_u32(call, noted);
}

static void call_back(struct via_call *call)
{
    struct via_proxy *proxy;
    struct via_parcel *reply;
    must("reference", via_parcel_read_ref(via_call_request(call), &proxy));
    enum via_status status = via_proxy_call(proxy, CODE_ADD, NULL, 0, NULL, &reply);
    (void)via_proxy_unref(proxy);
    if (status != VIA_OK) {
        (void)via_call_fail(call, status);
        return;
    }
    uint32_t number = 0;
    must("callback", via_parcel_read_u32(reply, &number));
    (void)via_parcel_unref(reply);
    answer_u32(call, number);
}

static void handle(void *user, struct via_call *call)
{
    (void)user;
    switch ((enum code)via_call_code(call)) {
    case CODE_ADD:
        add(call);
        return;
    case CODE_NOTE:
        note(via_call_request(call));
        return;
    case CODE_NOTED:
        tell_noted(call);
        return;
    case CODE_CALL_BACK:
        call_back(call);
        return;
    }
}

static int serve(const char *name)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    char line[16];
    must("stub", via_stub_create(via_node_default(), &ops, NULL, &service));
    must("publish", via_node_publish(via_node_default(), "core", name, service, NULL));
    puts("ready");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL)
        continue;
    return 0;
}

/* ---- the client ---- */

static struct via_proxy *ledger;
static uint32_t n_calls;
static uint8_t *seen; /* by number: how often ADD gave it */
static atomic_uint n_wrong, n_callbacks, n_unreferenced;

static pthread_cond_t event_came = PTHREAD_COND_INITIALIZER;
static uint32_t n_events;
static uint64_t last_event, n_lost;

static void on_event(void *user, const struct via_event *event)
{
    (void)user;
    uint32_t number = 0;
    must("event", via_parcel_read_u32(event->data, &number));
    (void)pthread_mutex_lock(&lock);
    n_events++;
    n_lost += event->lost;
    if (number != last_event + 1 + event->lost)
        (void)atomic_fetch_add(&n_wrong, 1);
    last_event = number;
    (void)pthread_cond_signal(&event_came);
    (void)pthread_mutex_unlock(&lock);
}

static uint32_t ask(enum code code, struct via_parcel *request)
{
    struct via_parcel *reply;
    uint32_t number = 0;
    must("call", via_proxy_call(ledger, code, request, 0, NULL, &reply));
    must("reply", via_parcel_read_u32(reply, &number));
    (void)via_parcel_unref(reply);
    return number;
}

static void on_callback(void *user, struct via_call *call)
{
    (void)user;
    answer_u32(call, atomic_fetch_add(&n_callbacks, 1) + 1);
}

static void on_unreferenced(void *user)
{
    (void)user;
    (void)atomic_fetch_add(&n_unreferenced, 1);
}

static void be_called_back(void)
{
    const struct via_stub_ops ops = {
        .size = sizeof ops, .call = on_callback, .unreferenced = on_unreferenced};
    struct via_stub *stub;
    struct via_parcel *request;
    must("stub", via_stub_create(via_node_default(), &ops, NULL, &stub));
    must("parcel", via_parcel_create(&request));
    struct via_proxy *proxy = via_stub_proxy(stub);
    must("reference", via_parcel_write_ref(request, proxy));
    (void)ask(CODE_CALL_BACK, request);
    (void)via_proxy_unref(proxy);
    (void)via_parcel_unref(request);
    (void)via_stub_unref(stub);
}

static void send_note(uint32_t thread, uint32_t number)
{
    struct via_parcel *request;
    must("parcel", via_parcel_create(&request));
    must("parcel", via_parcel_write_u32(request, thread));
    must("parcel", via_parcel_write_u32(request, number));
    must("oneway", via_proxy_send(ledger, CODE_NOTE, request));
    (void)via_parcel_unref(request);
}

static void *call_on(void *user)
{
    uint32_t thread = *(const uint32_t *)user;
    for (uint32_t i = 1; i <= n_calls / THREADS; i++) {
        send_note(thread, i);
        uint32_t number = ask(CODE_ADD, NULL);
        (void)pthread_mutex_lock(&lock);
        if (number > n_calls || seen[number]++ != 0)
            (void)atomic_fetch_add(&n_wrong, 1);
        (void)pthread_mutex_unlock(&lock);
        if (i % CALLBACK_EACH == 0)
            be_called_back();
    }
    return NULL;
}

static void wait_for_events(void)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    (void)pthread_mutex_lock(&lock);
    while (n_events + n_lost < n_calls && pthread_cond_timedwait(&event_came, &lock, &until) == 0)
        continue;
    (void)pthread_mutex_unlock(&lock);
}

static void check_notes(uint32_t thread)
{
    struct via_parcel *request;
    must("parcel", via_parcel_create(&request));
    must("parcel", via_parcel_write_u32(request, thread));
    uint32_t noted = ask(CODE_NOTED, request);
    (void)via_parcel_unref(request);
    if (noted == n_calls / THREADS)
        return;
    printf("oneways of thread %u: %u, in order\n", thread, noted);
    exit(1);
}

static int use(const char *name, uint32_t calls)
{
    struct via_subscription *subscription;
    pthread_t threads[THREADS];
    uint32_t numbers[THREADS];
    n_calls = calls / THREADS * THREADS;
    seen = calloc((size_t)n_calls + 1, 1);
    if (seen == NULL)
        return 1;
    must("find", via_node_find(via_node_default(), "core", name, 20000, &ledger));
    must("subscribe", via_proxy_subscribe(ledger, NULL, on_event, NULL, &subscription));
    puts("begun");
    (void)fflush(stdout);
    for (uint32_t i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, call_on, &numbers[i]) != 0)
            return 1;
    }
    for (uint32_t i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < THREADS; i++)
        check_notes(i);
    wait_for_events();
    (void)via_subscription_close(subscription);
    unsigned wrong = atomic_load(&n_wrong);
    unsigned unreferenced = atomic_load(&n_unreferenced);
    printf("%s calls=%u events=%u lost=%u callbacks=%u unreferenced=%u wrong=%u\n",
           wrong == 0 && n_events == n_calls && unreferenced <= atomic_load(&n_callbacks) ? "ok"
                                                                                          : "wrong",
           n_calls, n_events, (unsigned)n_lost, atomic_load(&n_callbacks), unreferenced, wrong);
    free(seen);
    (void)via_proxy_unref(ledger);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2]);
    if (argc == 4 && strcmp(argv[1], "use") == 0)
        return use(argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
    (void)fprintf(stderr, "usage: ledger serve NAME | ledger use NAME CALLS\n");
    return 2;
}
