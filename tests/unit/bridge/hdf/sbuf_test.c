/*
 * Sbufs: life, ownership, positions and capacity, at every limit.
 */
#include <unistd.h>

#include "codecs/parcel.h"
#include "tests/unit/bridge/hdf/sbuf_case.h"

#define LIMIT 524288u

static bool is_zero(const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (octets[i] != 0)
            return false;
    return true;
}

/* ---- obtaining ---- */

static void a_capacity_is_between_one_and_the_limit(void **state)
{
    (void)state;
    static const size_t good[] = {1, 4, 10, 255, 256, 257, 4097, LIMIT - 1, LIMIT};
    static const size_t bad[] = {0, LIMIT + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct HdfSBuf *sbuf = HdfSbufObtain(good[i]);
        assert_non_null(sbuf);
        assert_int_equal(HdfSbufGetCapacity(sbuf), good[i]);
        assert_int_equal(HdfSbufGetDataSize(sbuf), 0);
        assert_true(is_zero(HdfSbufGetData(sbuf), good[i]));
        assert_int_equal((uintptr_t)HdfSbufGetData(sbuf) % _Alignof(max_align_t), 0);
        HdfSbufRecycle(sbuf);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(HdfSbufObtain(bad[i]));
        assert_null(HdfSbufTypedObtainCapacity(SBUF_RAW, bad[i]));
    }
}

static void the_default_size_is_256(void **state)
{
    (void)state;
    struct HdfSBuf *const sbufs[] = {HdfSbufObtainDefaultSize(), HdfSBufObtainDefaultSize(),
                                     HdfSbufTypedObtain(SBUF_RAW)};
    for (size_t i = 0; i < sizeof sbufs / sizeof *sbufs; i++) {
        assert_int_equal(HdfSbufGetCapacity(sbufs[i]), 256);
        HdfSBufRecycle(sbufs[i]);
    }
}

static void other_types_are_none(void **state)
{
    struct HdfSBuf *sbuf = *state;
    static uint32_t memory[2];
    for (uint32_t type = SBUF_IPC_HW; type < 5; type++) {
        assert_null(HdfSbufTypedObtain(type));
        assert_null(HdfSbufTypedObtainCapacity(type, 8));
        assert_null(HdfSbufTypedBind(type, (uintptr_t)memory, sizeof memory));
    }
    assert_null(HdfSbufTypedObtainInplace(SBUF_TYPE_MAX, HdfSbufGetImpl(sbuf)));
    assert_null(HdfSbufTypedObtainInplace(UINT32_MAX, HdfSbufGetImpl(sbuf)));
    assert_null(HdfSbufTypedObtainInplace(SBUF_RAW, NULL));
}

static void two_on_one_inside_are_recycled_in_any_order(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        struct HdfSBuf *sbufs[2] = {HdfSbufObtain(8), NULL};
        sbufs[1] = HdfSbufTypedObtainInplace(SBUF_RAW, HdfSbufGetImpl(sbufs[0]));
        assert_non_null(sbufs[1]);
        assert_true(HdfSbufWriteUint32(sbufs[0], 7));
        HdfSbufRecycle(sbufs[first]);
        uint32_t value = 0;
        assert_true(HdfSbufReadUint32(sbufs[1 - first], &value));
        assert_int_equal(value, 7);
        HdfSbufRecycle(sbufs[1 - first]);
    }
}

static void no_sbuf_is_left_alone(void **state)
{
    (void)state;
    HdfSbufRecycle(NULL);
    HdfSBufRecycle(NULL);
    HdfSbufFlush(NULL);
    HdfSbufSetDataSize(NULL, 4);
    HdfSbufTransDataOwnership(NULL);
    assert_null(HdfSbufGetImpl(NULL));
    assert_null(HdfSbufGetData(NULL));
    assert_int_equal(HdfSbufGetDataSize(NULL), 0);
    assert_int_equal(HdfSbufGetCapacity(NULL), 0);
    assert_null(HdfSbufCopy(NULL));
    assert_null(HdfSbufMove(NULL));
}

/* ---- growing ---- */

static void small_items_grow_by_256(void **state)
{
    struct HdfSBuf *sbuf = *state;
    for (uint32_t i = 0; i < 64; i++)
        assert_true(HdfSbufWriteUint32(sbuf, i));
    assert_int_equal(HdfSbufGetCapacity(sbuf), 256);
    assert_true(HdfSbufWriteUint8(sbuf, 64));
    assert_int_equal(HdfSbufGetCapacity(sbuf), 512);
    assert_true(is_zero(HdfSbufGetData(sbuf) + 260, 512 - 260));
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t value = 0;
        assert_true(HdfSbufReadUint32(sbuf, &value));
        assert_int_equal(value, i);
    }
}

static void larger_items_grow_by_themselves_and_256(void **state)
{
    (void)state;
    static const uint8_t octets[600];
    static const struct {
        size_t first, item, capacity;
    } rows[] = {
        {4, 252, 4 + 256},       /* the length fits; 252 is no more than a step */
        {4, 256, 4 + 256},       /* 256 neither */
        {4, 257, 4 + 260 + 256}, /* 260 with its padding */
        {3, 8, 3 + 256 + 1},     /* the length does not fit, the sum is rounded up */
        {256, 600, 256 + 600 + 256}, {256, 252, 256}, {256, 253, 512},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct HdfSBuf *sbuf = HdfSbufObtain(rows[i].first);
        assert_true(HdfSbufWriteBuffer(sbuf, octets, (uint32_t)rows[i].item));
        assert_int_equal(HdfSbufGetCapacity(sbuf), rows[i].capacity);
        HdfSbufRecycle(sbuf);
    }
}

static void numbers_fill_it_to_the_limit(void **state)
{
    struct HdfSBuf *sbuf = *state;
    for (uint32_t i = 0; i < LIMIT / 4; i++)
        assert_true(HdfSbufWriteUint32(sbuf, i));
    assert_int_equal(HdfSbufGetCapacity(sbuf), LIMIT);
    assert_false(HdfSbufWriteUint8(sbuf, 1));
    assert_false(HdfSbufWriteUint64(sbuf, 1));
    assert_false(HdfSbufWriteString(sbuf, NULL));
    assert_int_equal(HdfSbufGetDataSize(sbuf), LIMIT);
    for (uint32_t i = 0; i < LIMIT / 4; i++) {
        uint32_t value = 0;
        assert_true(HdfSbufReadUint32(sbuf, &value));
        assert_int_equal(value, i);
    }
}

static void the_largest_buffer_of_a_default_sbuf(void **state)
{
    struct HdfSBuf *sbuf = *state;
    const void *data = NULL;
    uint32_t size = 0;
    uint8_t *octets = calloc(1, LIMIT);
    assert_non_null(octets);
    assert_false(HdfSbufWriteBuffer(sbuf, octets, 523777));
    assert_int_equal(HdfSbufGetDataSize(sbuf), 0);
    assert_true(HdfSbufWriteBuffer(sbuf, octets, 523776));
    assert_int_equal(HdfSbufGetCapacity(sbuf), LIMIT);
    assert_true(HdfSbufReadBuffer(sbuf, &data, &size));
    assert_int_equal(size, 523776);

    /* Obtained with room enough, it takes more. */
    struct HdfSBuf *large = HdfSbufObtain(LIMIT);
    assert_true(HdfSbufWriteBuffer(large, octets, LIMIT - 4));
    assert_int_equal(HdfSbufGetDataSize(large), LIMIT);
    HdfSbufFlush(large);
    assert_false(HdfSbufWriteBuffer(large, octets, LIMIT - 3));
    assert_int_equal(HdfSbufGetDataSize(large), 0);
    HdfSbufRecycle(large);
    free(octets);
}

/* Growth is by the item and 256, so an item may not fit that would without the 256. */
static void growth_fails_below_the_limit(void **state)
{
    (void)state;
    uint8_t *octets = calloc(1, LIMIT);
    struct HdfSBuf *sbuf = HdfSbufObtain(LIMIT - 300);
    assert_true(HdfSbufWriteBuffer(sbuf, octets, LIMIT - 304));
    assert_true(HdfSbufWriteUint32(sbuf, 1)); /* by 256 */
    assert_int_equal(HdfSbufGetCapacity(sbuf), LIMIT - 44);
    HdfSbufSetDataSize(sbuf, LIMIT - 44);
    assert_false(HdfSbufWriteUint32(sbuf, 1));
    assert_int_equal(HdfSbufGetDataSize(sbuf), LIMIT - 44);
    HdfSbufRecycle(sbuf);
    free(octets);
}

/* The length made room for itself; the octets then found none. */
static void a_buffer_that_does_not_fit_takes_its_length_back(void **state)
{
    struct HdfSBuf *sbuf = *state;
    static const uint8_t octets[4];
    HdfSbufSetDataSize(sbuf, 256);
    assert_false(HdfSbufWriteBuffer(sbuf, octets, UINT32_MAX));
    assert_false(HdfSbufWriteBuffer(sbuf, octets, UINT32_MAX - 3));
    assert_false(HdfSbufWriteBuffer(sbuf, octets, 0x80000000u));
    assert_int_equal(HdfSbufGetDataSize(sbuf), 256);
    assert_true(HdfSbufWriteBuffer(sbuf, octets, 4));
    assert_int_equal(HdfSbufGetDataSize(sbuf), 264);
}

/* ---- bound memory ---- */

static void a_bound_one_is_full_at_once(void **state)
{
    (void)state;
    uint32_t memory[3] = {7, 8, 9};
    uint32_t value = 0;
    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)memory, sizeof memory);
    assert_ptr_equal(HdfSbufGetData(sbuf), memory);
    assert_int_equal(HdfSbufGetCapacity(sbuf), 12);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 12);
    assert_true(HdfSbufReadUint32(sbuf, &value));
    assert_int_equal(value, 7);
    assert_false(HdfSbufWriteUint8(sbuf, 1));
    HdfSbufFlush(sbuf);
    assert_false(HdfSbufReadUint32(sbuf, &value));
    assert_true(HdfSbufWriteUint8(sbuf, 1));
    assert_true(HdfSbufWriteUint64(sbuf, 2));
    assert_false(HdfSbufWriteUint8(sbuf, 3));
    assert_int_equal(memory[0], 1);
    assert_int_equal(memory[1], 2);
    assert_int_equal(memory[2], 0);
    HdfSbufSetDataSize(sbuf, 4);
    assert_true(HdfSbufWriteString(sbuf, NULL));
    assert_false(HdfSbufWriteString(sbuf, "no"));
    assert_int_equal(HdfSbufGetDataSize(sbuf), 8);
    HdfSbufRecycle(sbuf);
    assert_int_equal(memory[0], 1); /* still ours */
}

static void memory_that_cannot_be_bound(void **state)
{
    (void)state;
    static uint32_t memory[2];
    uintptr_t base = (uintptr_t)memory;
    assert_null(HdfSbufBind(0, 4));
    assert_null(HdfSbufBind(base, 0));
    for (uintptr_t off = 1; off < 4; off++)
        assert_null(HdfSbufBind(base + off, 4));
}

static void the_last_octets_of_an_odd_size_are_unreadable(void **state)
{
    (void)state;
    static const uint8_t octets[8] = {1, 0, 0, 0, 2, 0};
    uint8_t *block = sbuf_case_block(octets, 6);
    uint32_t value = 0;
    uint8_t small = 0;
    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)block, 6);
    assert_true(HdfSbufReadUint32(sbuf, &value));
    assert_false(HdfSbufReadUint8(sbuf, &small));
    assert_false(HdfSbufReadUint32(sbuf, &value));
    HdfSbufFlush(sbuf);
    assert_true(HdfSbufWriteUint8(sbuf, 1));
    assert_false(HdfSbufWriteUint8(sbuf, 2));
    HdfSbufRecycle(sbuf);
    free(block);
}

static void bound_memory_has_no_limit(void **state)
{
    (void)state;
    size_t size = LIMIT + 8;
    uint8_t *memory = calloc(1, size);
    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)memory, size);
    assert_int_equal(HdfSbufGetDataSize(sbuf), size);
    assert_null(HdfSbufCopy(sbuf));
    HdfSbufFlush(sbuf);
    uint8_t *octets = calloc(1, size);
    assert_true(HdfSbufWriteBuffer(sbuf, octets, (uint32_t)size - 4));
    assert_int_equal(HdfSbufGetDataSize(sbuf), size);
    /* Given away, it still cannot grow above the limit. */
    HdfSbufTransDataOwnership(sbuf);
    assert_false(HdfSbufWriteUint8(sbuf, 1));
    HdfSbufRecycle(sbuf);
    free(octets);
}

static void memory_given_away_grows_and_is_freed(void **state)
{
    (void)state;
    static const uint32_t first[2] = {7, 8};
    struct HdfSBuf *kept = HdfSbufBind((uintptr_t)sbuf_case_block(first, 8), 8);
    HdfSbufTransDataOwnership(kept);
    HdfSbufRecycle(kept); /* and the block with it */

    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)sbuf_case_block(first, 8), 8);
    uint32_t value = 0;
    assert_null(HdfSbufMove(sbuf));
    HdfSbufTransDataOwnership(sbuf);
    assert_true(HdfSbufReadUint32(sbuf, &value));
    assert_true(HdfSbufWriteUint32(sbuf, 9));
    assert_int_equal(HdfSbufGetCapacity(sbuf), 8 + 256);
    assert_true(is_zero(HdfSbufGetData(sbuf) + 12, 252));
    assert_true(HdfSbufReadUint32(sbuf, &value) && value == 8);
    assert_true(HdfSbufReadUint32(sbuf, &value) && value == 9);
    HdfSbufRecycle(sbuf);

    struct HdfSBuf *source = HdfSbufBind((uintptr_t)sbuf_case_block(first, 8), 8);
    HdfSbufTransDataOwnership(source);
    struct HdfSBuf *moved = HdfSbufMove(source);
    sbuf_case_holds(moved, first, sizeof first);
    HdfSbufRecycle(source);
    HdfSbufRecycle(moved);
}

static void ownership_of_what_is_not_bound_stays(void **state)
{
    struct HdfSBuf *sbuf = *state;
    assert_true(HdfSbufWriteUint32(sbuf, 7));
    HdfSbufTransDataOwnership(sbuf);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 4);
}

/* ---- copying and moving ---- */

static void a_copy_has_the_whole_capacity(void **state)
{
    struct HdfSBuf *sbuf = *state;
    uint32_t value = 0;
    for (uint32_t i = 1; i <= 5; i++)
        assert_true(HdfSbufWriteUint32(sbuf, i));
    assert_true(HdfSbufReadUint32(sbuf, &value));
    HdfSbufSetDataSize(sbuf, 8);
    assert_true(HdfSbufReadUint32(sbuf, &value));
    struct HdfSBuf *copy = HdfSbufCopy(sbuf);
    assert_int_equal(HdfSbufGetCapacity(copy), 256);
    assert_int_equal(HdfSbufGetDataSize(copy), 8);
    assert_memory_equal(HdfSbufGetData(copy), HdfSbufGetData(sbuf), 256);
    assert_ptr_not_equal(HdfSbufGetData(copy), HdfSbufGetData(sbuf));
    assert_true(HdfSbufReadUint32(copy, &value));
    assert_int_equal(value, 1); /* from the start */
    assert_true(HdfSbufWriteUint32(copy, 99));
    assert_int_equal(HdfSbufGetDataSize(sbuf), 8);
    HdfSbufSetDataSize(copy, 20);
    assert_true(HdfSbufReadUint32(copy, &value) && HdfSbufReadUint32(copy, &value) &&
                HdfSbufReadUint32(copy, &value) && value == 99);
    assert_true(HdfSbufReadUint32(copy, &value) && value == 4);
    HdfSbufRecycle(copy);
}

static void a_copy_of_bound_memory_owns_its_own(void **state)
{
    (void)state;
    uint32_t memory[2] = {7, 8};
    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)memory, sizeof memory);
    HdfSbufSetDataSize(sbuf, 4);
    struct HdfSBuf *copy = HdfSbufCopy(sbuf);
    HdfSbufRecycle(sbuf);
    memory[0] = 0;
    uint32_t value = 0;
    assert_int_equal(HdfSbufGetCapacity(copy), 8);
    assert_int_equal(HdfSbufGetDataSize(copy), 4);
    assert_true(HdfSbufReadUint32(copy, &value));
    assert_int_equal(value, 7);
    assert_true(HdfSbufWriteUint64(copy, 1)); /* and grows */
    HdfSbufRecycle(copy);
}

static void what_was_moved_is_dead_but_there(void **state)
{
    struct HdfSBuf *sbuf = *state;
    uint32_t value = 0;
    const void *data = NULL;
    uint32_t size = 0;
    assert_true(HdfSbufWriteUint32(sbuf, 7));
    assert_true(HdfSbufWriteUint32(sbuf, 8));
    assert_true(HdfSbufReadUint32(sbuf, &value));
    const uint8_t *octets = HdfSbufGetData(sbuf);
    struct HdfSBuf *moved = HdfSbufMove(sbuf);
    assert_ptr_equal(HdfSbufGetData(moved), octets);
    assert_int_equal(HdfSbufGetCapacity(moved), 256);
    assert_true(HdfSbufReadUint32(moved, &value));
    assert_int_equal(value, 7); /* from the start */

    assert_null(HdfSbufGetData(sbuf));
    assert_int_equal(HdfSbufGetDataSize(sbuf), 0);
    assert_int_equal(HdfSbufGetCapacity(sbuf), 0);
    assert_false(HdfSbufWriteUint8(sbuf, 1));
    assert_false(HdfSbufWriteString(sbuf, NULL));
    assert_false(HdfSbufWriteBuffer(sbuf, NULL, 0));
    assert_false(HdfSbufReadUint32(sbuf, &value));
    assert_false(HdfSbufReadBuffer(sbuf, &data, &size));
    assert_null(HdfSbufReadString(sbuf));
    assert_null(HdfSbufCopy(sbuf));
    HdfSbufFlush(sbuf);
    HdfSbufSetDataSize(sbuf, 0);
    HdfSbufSetDataSize(sbuf, 4);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 0);
    HdfSbufRecycle(moved);
}

/* ---- positions ---- */

static void flush_keeps_capacity_and_octets(void **state)
{
    struct HdfSBuf *sbuf = *state;
    uint32_t value = 0;
    for (uint32_t i = 0; i < 65; i++)
        assert_true(HdfSbufWriteUint32(sbuf, 0x55555555));
    assert_true(HdfSbufReadUint32(sbuf, &value));
    HdfSbufFlush(sbuf);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 0);
    assert_int_equal(HdfSbufGetCapacity(sbuf), 512);
    assert_false(HdfSbufReadUint32(sbuf, &value));
    assert_int_equal(HdfSbufGetData(sbuf)[259], 0x55);
    assert_true(HdfSbufWriteUint8(sbuf, 1)); /* over what was there */
    assert_memory_equal(HdfSbufGetData(sbuf), "\1\0\0\0\x55", 5);
}

static void the_data_size_is_set_within_the_capacity(void **state)
{
    struct HdfSBuf *sbuf = *state;
    uint32_t value = 1;
    assert_true(HdfSbufWriteUint32(sbuf, 7));
    assert_true(HdfSbufReadUint32(sbuf, &value));
    HdfSbufSetDataSize(sbuf, 257);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 4);
    assert_false(HdfSbufReadUint32(sbuf, &value)); /* nothing was changed */
    HdfSbufSetDataSize(sbuf, SIZE_MAX);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 4);
    HdfSbufSetDataSize(sbuf, 256);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 256);
    assert_true(HdfSbufReadUint32(sbuf, &value) && value == 7);
    assert_true(HdfSbufReadUint32(sbuf, &value) && value == 0);
    HdfSbufSetDataSize(sbuf, 3);
    assert_false(HdfSbufReadUint32(sbuf, &value));
}

/* As a program does that has octets of its own to send. */
static void octets_written_in_place_become_data(void **state)
{
    struct HdfSBuf *sbuf = *state;
    const char *text = "\5\0\0\0test\0\0\0";
    memcpy(HdfSbufGetData(sbuf), text, 12);
    HdfSbufSetDataSize(sbuf, 12);
    assert_string_equal(HdfSbufReadString(sbuf), "test");
}

/* No octet of another's parcel is ever to be seen. */
static void fresh_memory_is_zero_whatever_was_there(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct HdfSBuf *sbuf = HdfSbufObtain(3000);
        assert_true(is_zero(HdfSbufGetData(sbuf), 3000));
        memset(HdfSbufGetData(sbuf), 0xaa, 3000);
        HdfSbufSetDataSize(sbuf, 3000);
        assert_true(HdfSbufWriteUint8(sbuf, 0xaa));
        assert_true(is_zero(HdfSbufGetData(sbuf) + 3004, HdfSbufGetCapacity(sbuf) - 3004));
        memset(HdfSbufGetData(sbuf), 0xaa, HdfSbufGetCapacity(sbuf));
        HdfSbufRecycle(sbuf);
    }
}

/* ---- parcels ---- */

static struct via_parcel *payload_of(const struct HdfSBuf *sbuf)
{
    struct via_parcel *payload = NULL;
    assert_int_equal(sbuf_payload(sbuf, &payload), VIA_OK);
    assert_int_equal(via_parcel_layout(payload), VIA_LAYOUT_SBUF);
    return payload;
}

static void what_goes_out_is_what_was_written(void **state)
{
    struct HdfSBuf *sbuf = *state;
    assert_true(HdfSbufWriteString(sbuf, "hello"));
    struct via_parcel *payload = payload_of(sbuf);
    assert_ptr_equal(via_parcel_data(payload), HdfSbufGetData(sbuf));
    assert_int_equal(via_parcel_size(payload), 12);
    assert_true(via_parcel_has_tape(payload));
    via_parcel_unref(payload);

    payload = payload_of(NULL);
    assert_int_equal(via_parcel_size(payload), 0);
    via_parcel_unref(payload);
}

static void bound_memory_goes_out_as_a_copy_without_a_tape(void **state)
{
    (void)state;
    uint32_t memory[2] = {7, 8};
    struct HdfSBuf *sbuf = HdfSbufBind((uintptr_t)memory, sizeof memory);
    struct via_parcel *payload = payload_of(sbuf);
    assert_int_equal(via_parcel_size(payload), 8);
    assert_memory_equal(via_parcel_data(payload), memory, 8);
    assert_false(via_parcel_has_tape(payload));
    via_parcel_unref(payload);
    HdfSbufFlush(sbuf);
    payload = payload_of(sbuf);
    assert_int_equal(via_parcel_size(payload), 0);
    via_parcel_unref(payload);
    HdfSbufRecycle(sbuf);
}

static void what_came_in_is_read_where_it_stands(void **state)
{
    struct HdfSBuf *sbuf = *state;
    assert_true(HdfSbufWriteString(sbuf, "hello"));
    assert_true(HdfSbufWriteUint64(sbuf, 7));
    struct via_parcel *payload = payload_of(sbuf);
    struct HdfSBuf *received = sbuf_wrap(payload);
    assert_ptr_equal(HdfSbufGetData(received), via_parcel_data(payload));
    assert_int_equal(HdfSbufGetDataSize(received), 20);
    assert_int_equal(HdfSbufGetCapacity(received), 20);
    assert_ptr_equal(HdfSbufReadString(received), via_parcel_data(payload) + 4);
    struct via_parcel *on = payload_of(received);
    assert_ptr_equal(on, payload); /* and goes on as it came */
    via_parcel_unref(on);
    HdfSbufRecycle(received);
    via_parcel_unref(payload);
}

static struct via_parcel *received_parcel(size_t size)
{
    struct via_parcel *payload = NULL;
    assert_int_equal(via_parcel_create(&payload), VIA_OK);
    via_parcel_set_layout(payload, VIA_LAYOUT_SBUF);
    for (uint32_t i = 0; i < size / 4; i++)
        assert_int_equal(via_parcel_append(payload, &i, 4, VIA_TAG_U32, NULL), VIA_OK);
    return payload;
}

static void what_came_in_can_be_written_on(void **state)
{
    (void)state;
    struct via_parcel *payload = received_parcel(4);
    struct HdfSBuf *received = sbuf_wrap(payload);
    via_parcel_unref(payload);
    assert_true(HdfSbufWriteUint8(received, 5));
    assert_int_equal(HdfSbufGetCapacity(received), 260);
    assert_true(is_zero(HdfSbufGetData(received) + 8, 252));
    sbuf_case_holds(received, "\0\0\0\0\5\0\0\0", 8);
    payload = payload_of(received);
    assert_true(via_parcel_has_tape(payload));
    via_parcel_unref(payload);
    HdfSbufRecycle(received);

    payload = received_parcel(LIMIT);
    received = sbuf_wrap(payload);
    via_parcel_unref(payload);
    assert_int_equal(HdfSbufGetDataSize(received), LIMIT);
    assert_false(HdfSbufWriteUint8(received, 5));
    HdfSbufFlush(received);
    assert_true(HdfSbufWriteUint8(received, 5));
    HdfSbufRecycle(received);
}

static void nothing_comes_in_as_an_empty_sbuf(void **state)
{
    (void)state;
    struct via_parcel *payload = received_parcel(0);
    struct HdfSBuf *received = sbuf_wrap(payload);
    assert_int_equal(HdfSbufGetDataSize(received), 0);
    assert_int_equal(HdfSbufGetCapacity(received), 256);
    assert_true(HdfSbufWriteUint8(received, 5));
    assert_int_equal(via_parcel_size(payload), 0);
    HdfSbufRecycle(received);
    via_parcel_unref(payload);
}

static void octets_of_another_layout_come_in_without_their_types(void **state)
{
    (void)state;
    struct via_parcel *payload = NULL;
    assert_int_equal(via_parcel_create(&payload), VIA_OK);
    assert_int_equal(via_parcel_write_i32(payload, 7), VIA_OK);
    struct HdfSBuf *received = sbuf_wrap(payload);
    int32_t value = 0;
    assert_true(HdfSbufReadInt32(received, &value));
    assert_int_equal(value, 7);
    assert_true(HdfSbufWriteInt8(received, 1));
    struct via_parcel *on = payload_of(received);
    assert_false(via_parcel_has_tape(on));
    via_parcel_unref(on);
    HdfSbufRecycle(received);
    via_parcel_unref(payload);
}

static void descriptors_do_not_reach_a_driver(void **state)
{
    (void)state;
    struct via_parcel *payload = received_parcel(8);
    int ends[2] = {-1, -1};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(via_parcel_add_fd(payload, 0, ends[0]), VIA_OK);
    struct HdfSBuf *received = sbuf_wrap(payload);
    sbuf_case_holds(received, via_parcel_data(payload), 8);
    struct via_parcel *on = payload_of(received);
    assert_int_equal(via_parcel_n_fds(on), 0);
    assert_false(via_parcel_has_tape(on));
    via_parcel_unref(on);
    HdfSbufRecycle(received);

    struct HdfSBuf *reply = HdfSbufObtain(8);
    assert_int_equal(sbuf_fill(reply, payload), VIA_OK);
    on = payload_of(reply);
    assert_int_equal(via_parcel_n_fds(on), 0);
    via_parcel_unref(on);
    HdfSbufRecycle(reply);
    via_parcel_unref(payload);
    assert_int_equal(close(ends[1]), 0);
}

static void a_reply_is_filled_within_its_capacity(void **state)
{
    struct HdfSBuf *sbuf = *state;
    static const size_t sizes[] = {252, 256, 0, 4};
    const uint8_t *octets = HdfSbufGetData(sbuf);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct via_parcel *payload = received_parcel(sizes[i]);
        uint32_t value = 0;
        assert_int_equal(sbuf_fill(sbuf, payload), VIA_OK);
        sbuf_case_holds(sbuf, via_parcel_data(payload), sizes[i]);
        assert_ptr_equal(HdfSbufGetData(sbuf), octets);
        assert_int_equal(HdfSbufGetCapacity(sbuf), 256);
        assert_int_equal(HdfSbufReadUint32(sbuf, &value), sizes[i] != 0);
        struct via_parcel *on = payload_of(sbuf);
        assert_true(via_parcel_has_tape(on));
        via_parcel_unref(on);
        via_parcel_unref(payload);
    }
    struct via_parcel *large = received_parcel(260);
    assert_int_equal(sbuf_fill(sbuf, large), VIA_TOO_LARGE);
    assert_int_equal(HdfSbufGetDataSize(sbuf), 0);

    uint32_t memory[65] = {0};
    struct HdfSBuf *bound = HdfSbufBind((uintptr_t)memory, sizeof memory);
    assert_int_equal(sbuf_fill(bound, large), VIA_OK);
    sbuf_case_holds(bound, via_parcel_data(large), 260);
    assert_int_equal(memory[64], 64);
    HdfSbufRecycle(bound);
    bound = HdfSbufBind((uintptr_t)memory, sizeof memory - 4);
    assert_int_equal(sbuf_fill(bound, large), VIA_TOO_LARGE);
    assert_int_equal(HdfSbufGetDataSize(bound), 0);
    HdfSbufRecycle(bound);
    via_parcel_unref(large);
}

static int drain(void **state)
{
    (void)state;
    parcel_pool_drain();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_capacity_is_between_one_and_the_limit),
        cmocka_unit_test(the_default_size_is_256),
        sbuf_test(other_types_are_none),
        cmocka_unit_test(two_on_one_inside_are_recycled_in_any_order),
        cmocka_unit_test(no_sbuf_is_left_alone),
        sbuf_test(small_items_grow_by_256),
        cmocka_unit_test(larger_items_grow_by_themselves_and_256),
        sbuf_test(numbers_fill_it_to_the_limit),
        sbuf_test(the_largest_buffer_of_a_default_sbuf),
        cmocka_unit_test(growth_fails_below_the_limit),
        sbuf_test(a_buffer_that_does_not_fit_takes_its_length_back),
        cmocka_unit_test(a_bound_one_is_full_at_once),
        cmocka_unit_test(memory_that_cannot_be_bound),
        cmocka_unit_test(the_last_octets_of_an_odd_size_are_unreadable),
        cmocka_unit_test(bound_memory_has_no_limit),
        cmocka_unit_test(memory_given_away_grows_and_is_freed),
        sbuf_test(ownership_of_what_is_not_bound_stays),
        sbuf_test(a_copy_has_the_whole_capacity),
        cmocka_unit_test(a_copy_of_bound_memory_owns_its_own),
        sbuf_test(what_was_moved_is_dead_but_there),
        sbuf_test(flush_keeps_capacity_and_octets),
        sbuf_test(the_data_size_is_set_within_the_capacity),
        sbuf_test(octets_written_in_place_become_data),
        cmocka_unit_test(fresh_memory_is_zero_whatever_was_there),
        sbuf_test(what_goes_out_is_what_was_written),
        cmocka_unit_test(bound_memory_goes_out_as_a_copy_without_a_tape),
        sbuf_test(what_came_in_is_read_where_it_stands),
        cmocka_unit_test(what_came_in_can_be_written_on),
        cmocka_unit_test(nothing_comes_in_as_an_empty_sbuf),
        cmocka_unit_test(octets_of_another_layout_come_in_without_their_types),
        cmocka_unit_test(descriptors_do_not_reach_a_driver),
        sbuf_test(a_reply_is_filled_within_its_capacity),
    };
    return cmocka_run_group_tests(tests, NULL, drain);
}
