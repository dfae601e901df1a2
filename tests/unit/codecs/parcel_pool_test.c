/*
 * Memory: a steady call allocates nothing, and any allocation may fail. The linker sends malloc and
 * realloc through the two functions here (-Wl,--wrap).
 */
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/layout.h"
#include "tests/unit/codecs/objects.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's names */
void *__real_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *block, size_t size);

static _Thread_local long n_allocations;
static _Thread_local long fail_at = -1; /* the so many-th from now fails; -1: none */

static bool fails(void)
{
    n_allocations++;
    return fail_at >= 0 && fail_at-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static struct counted object = {{&counted_ops}, 1};

static int tear_down(void **state)
{
    (void)state;
    fail_at = -1;
    parcel_pool_drain();
    assert_int_equal(object.count, 1);
    return 0;
}

/* A request of @size octets written, sent, received, read, answered: what a call does to parcels.
 */
static enum via_status call(size_t size)
{
    static const char text[4096];
    static uint8_t octets[16384];
    struct counted_link link = {&object, 1, 0, -1, -1};
    struct parcel_crossing crossing = counted_crossing(&link);
    uint8_t refs[FRAME_REF_SIZE];
    struct via_parcel *request = NULL, *received = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = via_parcel_write_i32(request, 7);
    if (status == VIA_OK)
        status = via_parcel_write_ref(request, counted_proxy(&object));
    if (status == VIA_OK)
        status = via_parcel_write_bytes(request, text, size);
    struct frame frame = {.kind = FRAME_CALL};
    if (status == VIA_OK)
        status = parcel_to_frame(request, &frame, refs, NULL, &crossing);
    if (status == VIA_OK) {
        size_t used = 0;
        size_t whole = frame_size(&frame);
        assert_true(whole <= sizeof octets);
        frame_encode(&frame, octets);
        assert_int_equal(frame_decode(octets, whole, sizeof octets, &frame, &used), VIA_OK);
        status = parcel_from_frame(&received, &frame, NULL, &crossing);
    }
    int32_t number = 0;
    if (status == VIA_OK) {
        assert_int_equal(via_parcel_read_i32(received, &number), VIA_OK);
        assert_int_equal(number, 7);
    }
    via_parcel_unref(received);
    via_parcel_unref(request);
    return status;
}

static void a_small_call_takes_one_allocation_a_parcel(void **state)
{
    (void)state;
    n_allocations = 0;
    assert_int_equal(call(200), VIA_OK);
    assert_int_equal(n_allocations, 2);
}

static void a_steady_call_takes_none(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 200, 1024, 2000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(call(sizes[i]), VIA_OK);
        n_allocations = 0;
        for (unsigned n = 0; n < 100; n++)
            assert_int_equal(call(sizes[i]), VIA_OK);
        assert_int_equal(n_allocations, 0);
    }
}

static void a_pool_is_bounded(void **state)
{
    (void)state;
    enum { PARCELS = 1000, KEPT = 64 };
    struct via_parcel *parcels[PARCELS];
    for (unsigned round = 0; round < 2; round++) {
        n_allocations = 0;
        for (size_t i = 0; i < PARCELS; i++)
            assert_int_equal(via_parcel_create(&parcels[i]), VIA_OK);
        assert_int_equal(n_allocations, round == 0 ? PARCELS : PARCELS - KEPT);
        for (size_t i = 0; i < PARCELS; i++)
            via_parcel_unref(parcels[i]);
    }
}

static void a_large_buffer_is_not_kept(void **state)
{
    (void)state;
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_reserve(parcel, 1u << 20), VIA_OK);
    via_parcel_unref(parcel);
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    n_allocations = 0;
    assert_int_equal(via_parcel_reserve(parcel, 256), VIA_OK);
    assert_int_equal(n_allocations, 0);
    assert_int_equal(via_parcel_reserve(parcel, 257), VIA_OK);
    assert_int_equal(n_allocations, 1);
    via_parcel_unref(parcel);
}

static void a_pooled_parcel_is_as_new(void **state)
{
    (void)state;
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, VIA_LAYOUT_OPENHARMONY);
    assert_int_equal(via_parcel_append(parcel, NULL, 300, VIA_TAG_PAD, NULL), VIA_OK);
    assert_int_equal(via_parcel_add_ref(parcel, 0, counted_proxy(&object), 0), VIA_OK);
    assert_int_equal(via_parcel_seek(parcel, 100), VIA_OK);
    via_parcel_unref(parcel);
    n_allocations = 0;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(n_allocations, 0);
    assert_int_equal(via_parcel_layout(parcel), VIA_LAYOUT_RAW);
    assert_int_equal(via_parcel_size(parcel), 0);
    assert_int_equal(via_parcel_tell(parcel), 0);
    assert_int_equal(via_parcel_n_refs(parcel), 0);
    assert_true(via_parcel_has_tape(parcel));
    via_parcel_unref(parcel);
}

/* Under the leak sanitizer: what a thread leaves in its pool is gone with it. */
static void *leave_parcels_behind(void *argument)
{
    (void)argument;
    struct via_parcel *parcels[8];
    for (size_t i = 0; i < 8; i++)
        if (via_parcel_create(&parcels[i]) != VIA_OK ||
            via_parcel_reserve(parcels[i], 600) != VIA_OK)
            abort();
    for (size_t i = 0; i < 8; i++)
        via_parcel_unref(parcels[i]);
    return NULL;
}

static void a_thread_gives_its_pool_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, leave_parcels_behind, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

static void a_reserve_lets_no_write_of_octets_fail(void **state)
{
    (void)state;
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_reserve(parcel, 3000), VIA_OK);
    fail_at = 0;
    /* Two kinds in turn: no runs, so that the tape outgrows its place too. */
    for (unsigned i = 0; i < 600; i++) {
        assert_int_equal(via_parcel_write_i32(parcel, 1), VIA_OK);
        assert_int_equal(via_parcel_write_u8(parcel, 1), VIA_OK);
        if (fail_at < 0)
            fail_at = 0;
    }
    fail_at = -1;
    assert_int_equal(via_parcel_size(parcel), 3000);
    assert_false(via_parcel_has_tape(parcel)); /* it had no memory, and nothing else failed */
    via_parcel_unref(parcel);
}

/* Runs @act again and again, failing another allocation each time, until none is left to fail. */
static void fail_each(enum via_status (*act)(void), void (*expect_nothing_done)(void))
{
    for (long n = 0;; n++) {
        parcel_pool_drain();
        fail_at = n;
        enum via_status status = act();
        bool has_failed = fail_at < 0;
        fail_at = -1;
        if (status != VIA_OK) {
            assert_int_equal(status, VIA_NO_MEMORY);
            assert_true(has_failed);
        }
        expect_nothing_done();
        if (!has_failed) {
            assert_true(n > 0);
            return;
        }
    }
}

static void expect_no_count(void)
{
    assert_int_equal(object.count, 1);
}

static enum via_status large_call(void)
{
    return call(3000);
}

static void a_call_survives_each_failed_allocation(void **state)
{
    (void)state;
    fail_each(large_call, expect_no_count);
}

/* Grows everything there is, and sees that a failed write leaves the parcel as it was. */
static enum via_status grow_all(void)
{
    struct via_parcel *parcel = NULL;
    enum via_status status = via_parcel_create(&parcel);
    for (unsigned i = 0; i < 12 && status == VIA_OK; i++) {
        size_t size = via_parcel_size(parcel);
        size_t n_refs = via_parcel_n_refs(parcel), n_fds = via_parcel_n_fds(parcel);
        status = via_parcel_write_ref(parcel, counted_proxy(&object));
        if (status == VIA_OK) {
            size += 4;
            n_refs++;
            status = via_parcel_write_fd(parcel, STDERR_FILENO);
        }
        if (status == VIA_OK) {
            size += 4;
            n_fds++;
            status = via_parcel_write_bytes(parcel, "0123456789abcdef0123456789abcdef", 32);
        }
        if (status == VIA_OK)
            size += 36;
        assert_int_equal(via_parcel_size(parcel), size);
        assert_int_equal(via_parcel_n_refs(parcel), n_refs);
        assert_int_equal(via_parcel_n_fds(parcel), n_fds);
        assert_int_equal(object.count, 1 + (int)n_refs);
    }
    via_parcel_unref(parcel);
    return status;
}

static void growing_survives_each_failed_allocation(void **state)
{
    (void)state;
    fail_each(grow_all, expect_no_count);
}

static enum via_status join(void)
{
    struct via_parcel *parcel = NULL;
    enum via_status status = via_parcel_create(&parcel);
    for (unsigned i = 0; i < 3 && status == VIA_OK; i++) {
        status = via_parcel_write_ref(parcel, counted_proxy(&object));
        if (status == VIA_OK)
            status = via_parcel_write_fd(parcel, STDERR_FILENO);
        if (status == VIA_OK)
            status = via_parcel_write_bytes(parcel, "0123456789abcdef0123456789abcdef", 32);
    }
    for (unsigned i = 0; i < 4 && status == VIA_OK; i++) {
        size_t size = via_parcel_size(parcel), n_refs = via_parcel_n_refs(parcel);
        status = via_parcel_append_parcel(parcel, parcel);
        size_t times = status == VIA_OK ? 2 : 1;
        assert_int_equal(via_parcel_size(parcel), times * size);
        assert_int_equal(via_parcel_n_refs(parcel), times * n_refs);
        assert_int_equal(via_parcel_n_fds(parcel), times * n_refs);
        assert_int_equal(object.count, 1 + (int)(times * n_refs));
    }
    via_parcel_unref(parcel);
    return status;
}

static void joining_survives_each_failed_allocation(void **state)
{
    (void)state;
    fail_each(join, expect_no_count);
}

#define pool_test(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(a_small_call_takes_one_allocation_a_parcel),
        pool_test(a_steady_call_takes_none),
        pool_test(a_pool_is_bounded),
        pool_test(a_large_buffer_is_not_kept),
        pool_test(a_pooled_parcel_is_as_new),
        pool_test(a_thread_gives_its_pool_up),
        pool_test(a_reserve_lets_no_write_of_octets_fail),
        pool_test(a_call_survives_each_failed_allocation),
        pool_test(growing_survives_each_failed_allocation),
        pool_test(joining_survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
