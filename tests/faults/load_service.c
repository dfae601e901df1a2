/*
 * The service: counts are kept in a ring, so that it takes no more memory however often clients
 * begin anew. One lock is around everything; an event is numbered and sent under it, so that the
 * numbers are in the order of the events.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/faults/load.h"

#define COUNTS 16384u

static struct {
    pthread_mutex_t lock;
    struct via_stub *stub;
    uint64_t n_begun; /* also the newest count's id; its place is id % COUNTS */
    uint32_t counts[COUNTS];
    uint64_t n_counted, n_events, n_tickets;
    uint32_t n_violations;
} service = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void violation_locked(const char *what, uint64_t id, uint32_t had, uint32_t got)
{
    service.n_violations++;
    (void)fprintf(stderr, "load: %s: count %llu had %u, then came %u\n", what,
                  (unsigned long long)id, had, got);
}

static void emit_locked(void)
{
    struct via_parcel *data;
    if (via_parcel_create(&data) != VIA_OK)
        return;
    if (via_parcel_write_u64(data, service.n_events + 1) == VIA_OK &&
        via_stub_emit(service.stub, LOAD_EVENT, data) == VIA_OK)
        service.n_events++;
    via_parcel_unref(data);
}

/* The count after it, 0 for one that is no longer kept. */
static uint32_t count(uint64_t id, uint32_t n, const char *what)
{
    (void)pthread_mutex_lock(&service.lock);
    uint32_t now = 0;
    if (id != 0 && id <= service.n_begun && service.n_begun - id < COUNTS) {
        uint32_t *at = &service.counts[id % COUNTS];
        if (n != *at + 1)
            violation_locked(what, id, *at, n);
        *at = n;
        now = n;
        if (++service.n_counted % LOAD_EACH == 0)
            emit_locked();
    }
    (void)pthread_mutex_unlock(&service.lock);
    return now;
}

static uint64_t begin(void)
{
    (void)pthread_mutex_lock(&service.lock);
    uint64_t id = ++service.n_begun;
    service.counts[id % COUNTS] = 0;
    (void)pthread_mutex_unlock(&service.lock);
    return id;
}

static uint64_t ticket(void)
{
    (void)pthread_mutex_lock(&service.lock);
    uint64_t number = ++service.n_tickets;
    (void)pthread_mutex_unlock(&service.lock);
    return number;
}

static uint32_t noted(uint64_t id)
{
    (void)pthread_mutex_lock(&service.lock);
    uint32_t n = id <= service.n_begun && service.n_begun - id < COUNTS
                     ? service.counts[id % COUNTS]
                     : UINT32_MAX;
    (void)pthread_mutex_unlock(&service.lock);
    return n;
}

/* ---- answers ---- */

static void answer(struct via_call *call, enum via_status status, struct via_parcel *reply)
{
    if (status == VIA_OK)
        (void)via_call_reply(call, 0, reply); /* a caller that is gone needs none */
    else
        (void)via_call_fail(call, status);
}

static void answer_number(struct via_call *call, enum via_status status, uint64_t number, bool wide)
{
    struct via_parcel *reply = NULL;
    if (status == VIA_OK)
        status = via_parcel_create(&reply);
    if (status == VIA_OK)
        status = wide ? via_parcel_write_u64(reply, number)
                      : via_parcel_write_u32(reply, (uint32_t)number);
    answer(call, status, reply);
    via_parcel_unref(reply);
}

static void answer_echo(struct via_call *call)
{
    const void *octets;
    size_t size;
    struct via_parcel *reply = NULL;
    enum via_status status = via_parcel_read_bytes(via_call_request(call), &octets, &size);
    if (status == VIA_OK)
        status = via_parcel_create(&reply);
    if (status == VIA_OK)
        status = via_parcel_write_bytes(reply, octets, size);
    answer(call, status, reply);
    via_parcel_unref(reply);
}

static void handle_given(void *user, struct via_call *call)
{
    (void)user;
    if (via_call_code(call) == LOAD_BEGIN) {
        via_stub_withdraw(via_call_stub(call));
        answer_number(call, VIA_OK, 0, false);
    } else {
        answer_echo(call);
    }
}

static void answer_give(struct via_call *call, struct via_node *node)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle_given};
    struct via_stub *stub = NULL;
    struct via_proxy *proxy = NULL;
    struct via_parcel *reply = NULL;
    enum via_status status = via_stub_create(node, &ops, NULL, &stub);
    if (status == VIA_OK) {
        proxy = via_stub_proxy(stub);
        status = via_parcel_create(&reply);
    }
    if (status == VIA_OK)
        status = via_parcel_write_ref(reply, proxy);
    answer(call, status, reply);
    via_parcel_unref(reply);
    via_proxy_unref(proxy);
    via_stub_unref(stub);
}

static void answer_pipe(struct via_call *call)
{
    struct via_parcel *reply = NULL;
    enum via_status status = load_pipe_answer(via_call_request(call), &reply);
    answer(call, status, reply);
    via_parcel_unref(reply);
}

static void handle(void *user, struct via_call *call)
{
    struct via_parcel *request = via_call_request(call);
    uint64_t id = 0;
    uint32_t n = 0;
    enum via_status status = VIA_OK;
    switch ((enum load_code)via_call_code(call)) {
    case LOAD_BEGIN:
        answer_number(call, VIA_OK, begin(), true);
        break;
    case LOAD_COUNT:
    case LOAD_NOTE:
        status = via_parcel_read_u64(request, &id);
        if (status == VIA_OK)
            status = via_parcel_read_u32(request, &n);
        if (status == VIA_OK)
            n = count(id, n, via_call_is_oneway(call) ? "oneway" : "call");
        answer_number(call, status, n, false);
        break;
    case LOAD_NOTED:
        status = via_parcel_read_u64(request, &id);
        answer_number(call, status, noted(id), false);
        break;
    case LOAD_ECHO:
        answer_echo(call);
        break;
    case LOAD_GIVE:
        answer_give(call, user);
        break;
    case LOAD_PIPE:
        answer_pipe(call);
        break;
    case LOAD_VIOLATIONS:
        answer_number(call, VIA_OK, service.n_violations, false);
        break;
    case LOAD_TICKET:
        answer_number(call, VIA_OK, ticket(), true);
        break;
    default:
        (void)via_call_fail(call, VIA_UNSUPPORTED);
    }
}

int load_serve(struct via_node *node, const char *name)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    char line[64];
    enum via_status status = via_stub_create(node, &ops, node, &service.stub);
    if (status == VIA_OK)
        status = via_node_publish(node, "core", name, service.stub, NULL);
    if (status != VIA_OK) {
        (void)fprintf(stderr, "load: publishing: %s\n", via_status_name(status));
        return 1;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        printf("{\"counted\": %llu, \"events\": %llu, \"violations\": %u}\n",
               (unsigned long long)service.n_counted, (unsigned long long)service.n_events,
               service.n_violations);
        (void)fflush(stdout);
    }
    uint32_t n_violations = service.n_violations;
    via_stub_unref(service.stub);
    return n_violations == 0 ? 0 : 1;
}
