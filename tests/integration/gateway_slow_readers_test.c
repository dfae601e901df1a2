/*
 * Readers that stop reading beside others that go on. These lose nothing; what the gateway keeps
 * for those is bounded, which is counted: every octet that its thread has allocated and not freed.
 */
#include <cmocka.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/control.h"
#include "codecs/event_filter.h"
#include "codecs/octets.h"
#include "tests/integration/gateway_thread.h"
#include "tests/integration/raw_client.h"

#define QUEUE_MAX 65536u
#define KEPT_MAX 32u
#define BODY_SIZE 4096u
#define HEALTHY 20u
#define STUCK 8u
#define N_IDS 4u
#define AT_ONCE 8u /* events that a healthy reader's socket and queue hold with ease */

static struct gateway_thread gateway;
static atomic_long live; /* octets of the gateway's thread */
static char source;

/* ---- counting ---- */

/* The linker puts these in the place of the allocator's (--wrap). */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *octets, size_t size);
void __real_free(void *octets);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *octets, size_t size);
void __wrap_free(void *octets);

static void count(void *octets, int sign)
{
    if (octets != NULL && pthread_equal(pthread_self(), gateway.thread))
        (void)atomic_fetch_add(&live, sign * (long)malloc_usable_size(octets));
}

void *__wrap_malloc(size_t size)
{
    void *octets = __real_malloc(size);
    count(octets, 1);
    return octets;
}

void *__wrap_calloc(size_t n, size_t size)
{
    void *octets = __real_calloc(n, size);
    count(octets, 1);
    return octets;
}

void *__wrap_realloc(void *octets, size_t size)
{
    count(octets, -1);
    void *moved = __real_realloc(octets, size);
    count(moved != NULL ? moved : octets, 1);
    return moved;
}

void __wrap_free(void *octets)
{
    count(octets, -1);
    __real_free(octets);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */

/* ---- readers ---- */

struct reader {
    struct raw_client *client;
    uint64_t n, lost, last;
};

static void open_reader(struct reader *reader, enum event_policy policy)
{
    const struct event_filter filter = {.policy = policy};
    struct our_handle ours;
    bool new;
    uint32_t handle;
    struct via_parcel *request;
    *reader = (struct reader){.client = raw_client_open(gateway.socket)};
    assert_int_equal(raw_find(reader->client, "core", "loud", &handle), VIA_OK);
    assert_int_equal(peer_export(reader->client->peer, reader, &ours, &new), VIA_OK);
    struct frame_ref refs[2] = {{.handle = handle, .flags = FRAME_REF_YOURS},
                                {.handle = ours.number}};
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    raw_put_slot(request, &refs[0]);
    raw_put_slot(request, &refs[1]);
    assert_int_equal(via_parcel_write_u8(request, 0), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, 0), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, 0), VIA_OK);
    assert_int_equal(event_filter_write(&filter, request), VIA_OK);
    struct raw_record *reply =
        raw_directory_wait(reader->client, DIRECTORY_SUBSCRIBE, request, refs, 2);
    assert_int_equal(reply->frame.code, VIA_OK);
    raw_record_free(reply);
    via_parcel_unref(request);
}

/* The next event; its numbers and what it says was lost must add up. */
static void read_event(struct reader *reader)
{
    struct raw_record *event = raw_client_wait(reader->client, RAW_EVENT);
    uint64_t gap = event->frame.flags & FRAME_GAP ? event->frame.lost : 0;
    uint64_t number = frame_number(&event->frame);
    assert_int_equal(number, reader->last + gap + 1);
    reader->last = number;
    reader->lost += gap;
    reader->n++;
    raw_record_free(event);
}

static void emit(struct raw_client *service, uint64_t number)
{
    static uint8_t body[BODY_SIZE];
    struct our_handle ours;
    assert_true(peer_is_exported(service->peer, &source, &ours));
    octets_put_u64(body, number);
    const struct frame frame = {.object = ours.number,
                                .code = (uint32_t)(number % N_IDS),
                                .body = body,
                                .body_size = sizeof body};
    assert_int_equal(peer_event(service->peer, &frame, NULL), VIA_OK);
    raw_client_flush(service);
}

/* Events up to @to; all of the healthy ones take each. */
static void emit_to(struct raw_client *service, struct reader *healthy, uint64_t to)
{
    while (healthy[0].last < to) {
        for (unsigned i = 1; i <= AT_ONCE; i++)
            emit(service, healthy[0].last + i);
        for (unsigned i = HEALTHY; i-- > 0;)
            for (unsigned n = 0; n < AT_ONCE; n++)
                read_event(&healthy[i]);
    }
}

static void those_that_read_lose_nothing_and_memory_is_bounded(void **state)
{
    (void)state;
    char config[256];
    (void)snprintf(config, sizeof config,
                   "\"limits\": {\"max_queue_size\": %u, \"max_kept_events\": %u}", QUEUE_MAX,
                   KEPT_MAX);
    gateway_thread_start(&gateway, config);
    struct raw_client *service = raw_client_open(gateway.socket);
    static struct reader healthy[HEALTHY], stuck[STUCK];
    assert_int_equal(raw_publish(service, "core", "loud", &source, 0, 0), VIA_OK);
    for (unsigned i = 0; i < HEALTHY; i++)
        open_reader(&healthy[i], EVENT_POLICY_OLDEST);
    for (unsigned i = 0; i < STUCK; i++)
        open_reader(&stuck[i], i % 2 == 0 ? EVENT_POLICY_OLDEST : EVENT_POLICY_NEWEST);

    emit_to(service, healthy, 8);
    long before = atomic_load(&live);
    emit_to(service, healthy, 400); /* far more than sockets, queues and the ring hold */
    long full = atomic_load(&live);
    emit_to(service, healthy, 2000);
    long later = atomic_load(&live);
    print_message("%ld octets before, %ld with %u full links, %ld after 1,600 events more\n",
                  before, full, STUCK, later);
    long most = STUCK * 2L * QUEUE_MAX + KEPT_MAX * (BODY_SIZE + 512L) + (256L << 10);
    assert_true(full - before <= most);
    /* It does not grow with what they miss, some 50 MB by now: a few blocks come and go. */
    assert_true(later - full <= 4L * QUEUE_MAX);
    for (unsigned i = 0; i < HEALTHY; i++) {
        assert_int_equal(healthy[i].n, 2000);
        assert_int_equal(healthy[i].lost, 0);
    }

    /* Those that were stuck are told what they missed, and miss nothing more. */
    for (unsigned i = 0; i < STUCK; i++) {
        while (stuck[i].last < 2000)
            read_event(&stuck[i]);
        assert_int_equal(stuck[i].n + stuck[i].lost, 2000);
        assert_true(stuck[i].lost > 1000);
    }
    assert_true(stuck[1].n < stuck[0].n); /* the newest of four ids are fewer than are kept */
    emit_to(service, healthy, 2008);
    for (unsigned i = 0; i < STUCK; i++) {
        uint64_t lost = stuck[i].lost;
        for (unsigned n = 0; n < AT_ONCE; n++)
            read_event(&stuck[i]);
        assert_int_equal(stuck[i].lost, lost);
        raw_client_close(stuck[i].client);
    }
    for (unsigned i = 0; i < HEALTHY; i++)
        raw_client_close(healthy[i].client);
    raw_client_close(service);
    gateway_thread_stop(&gateway);
}

static void who_asked_for_it_is_disconnected_and_nobody_else(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, "\"limits\": {\"max_queue_size\": 65536}");
    struct raw_client *service = raw_client_open(gateway.socket);
    static struct reader healthy[HEALTHY], leaving;
    assert_int_equal(raw_publish(service, "core", "loud", &source, 0, 0), VIA_OK);
    for (unsigned i = 0; i < HEALTHY; i++)
        open_reader(&healthy[i], EVENT_POLICY_OLDEST);
    open_reader(&leaving, EVENT_POLICY_DISCONNECT);
    emit_to(service, healthy, 400);
    struct raw_record *bye = raw_client_wait(leaving.client, RAW_BYE);
    assert_int_equal(bye->handle, FRAME_BYE_EVICTED);
    assert_non_null(strstr(peer_fault(leaving.client->peer), "its policy is to be disconnected"));
    raw_record_free(bye);
    char *audit = gateway_thread_audit(&gateway);
    assert_non_null(strstr(audit, "its policy is to be disconnected"));
    free(audit);
    emit_to(service, healthy, 408);
    raw_client_kill(leaving.client);
    for (unsigned i = 0; i < HEALTHY; i++) {
        assert_int_equal(healthy[i].lost, 0);
        raw_client_close(healthy[i].client);
    }
    raw_client_close(service);
    gateway_thread_stop(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_that_read_lose_nothing_and_memory_is_bounded),
        cmocka_unit_test(who_asked_for_it_is_disconnected_and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
