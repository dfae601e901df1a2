/*
 * What every layout must keep: a value that it takes comes back as it was, at the same octets when
 * put again; one that it does not take leaves the parcel as it was; and no octets make it read
 * beyond them.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/layout.h"
#include "tests/unit/codecs/objects.h"
#include "tests/unit/codecs/values.h"

static int null_fd = -1; /* any descriptor that is open */

static const enum via_layout numbers[] = {VIA_LAYOUT_RAW, VIA_LAYOUT_OPENHARMONY, VIA_LAYOUT_SBUF,
                                          VIA_LAYOUT_LEGATO, VIA_LAYOUT_CONTROL};
#define N_LAYOUTS (sizeof numbers / sizeof *numbers)

static struct via_parcel *parcel_of(enum via_layout number)
{
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, number);
    return parcel;
}

static void each_has_its_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LAYOUTS; i++) {
        assert_non_null(layout_find(numbers[i]));
        assert_int_equal(layout_find(numbers[i])->number, numbers[i]);
    }
    assert_string_equal(layout_find(VIA_LAYOUT_RAW)->name, "raw");
    assert_string_equal(layout_find(VIA_LAYOUT_OPENHARMONY)->name, "openharmony");
    assert_string_equal(layout_find(VIA_LAYOUT_SBUF)->name, "hdf");
    assert_string_equal(layout_find(VIA_LAYOUT_LEGATO)->name, "legato");
    assert_string_equal(layout_find(VIA_LAYOUT_CONTROL)->name, "control");
    assert_null(layout_find((enum via_layout)0x1234));
}

/* Fills a parcel with up to @n values that its layout takes; keeps them in @values. */
static size_t fill(struct seed *seed, struct via_parcel *parcel, const struct layout *layout,
                   struct value *values, uint8_t (*stores)[VALUES_TEXT_MAX], size_t n,
                   struct counted *object)
{
    size_t n_values = 0;
    for (size_t i = 0; i < n; i++) {
        enum via_tag tag = (enum via_tag)(1 + seed_below(seed, TAPE_TAGS - 1));
        struct value value = values_random(seed, tag, stores[n_values]);
        size_t before = via_parcel_size(parcel);
        enum via_status status = VIA_OK;
        if (tag == VIA_TAG_REF) {
            value.null = seed_below(seed, 4) == 0;
            value.index = (uint32_t)via_parcel_n_refs(parcel);
            status = layout->put_ref(parcel, value.null ? NULL : counted_proxy(object));
        } else if (tag == VIA_TAG_FD) {
            value.index = (uint32_t)via_parcel_n_fds(parcel);
            status = layout->put_fd(parcel, null_fd);
        } else {
            status = layout->put(parcel, &value);
        }
        if (status == VIA_OK) {
            values[n_values++] = value;
            continue;
        }
        assert_int_equal(status, VIA_BAD_TYPE);
        assert_int_equal(via_parcel_size(parcel), before);
    }
    return n_values;
}

static void any_values_survive_the_round_trip(void **state)
{
    (void)state;
    struct seed seed = seed_start("layout round trip");
    enum { VALUES = 50 };
    static struct value values[VALUES];
    static uint8_t stores[VALUES][VALUES_TEXT_MAX];
    for (unsigned round = 0; round < 2000; round++) {
        const struct layout *layout = layout_find(numbers[round % N_LAYOUTS]);
        struct counted object = {{&counted_ops}, 1};
        struct via_parcel *parcel = parcel_of(layout->number);
        struct via_parcel *again = parcel_of(layout->number);
        size_t n = fill(&seed, parcel, layout, values, stores, VALUES, &object);
        assert_true(via_parcel_has_tape(parcel));

        struct payload payload;
        struct payload_cursor cursor;
        parcel_payload(parcel, &payload);
        payload_start(&cursor, &payload);
        for (size_t i = 0; i < n; i++) {
            struct value value;
            assert_int_equal(payload_next(&cursor, &value), VIA_OK);
            assert_true(values_are_equal(&value, &values[i]));
            enum via_status status = VIA_OK;
            if (value.tag == VIA_TAG_REF)
                status = layout->put_ref(again, value.null ? NULL : counted_proxy(&object));
            else if (value.tag == VIA_TAG_FD)
                status = layout->put_fd(again, null_fd);
            else
                status = layout->put(again, &value);
            assert_int_equal(status, VIA_OK);
        }
        struct value none;
        assert_int_equal(payload_next(&cursor, &none), VIA_END);
        assert_int_equal(payload_check(&payload), VIA_OK);

        struct payload payload_again;
        parcel_payload(again, &payload_again);
        assert_int_equal(payload_again.size, payload.size);
        assert_memory_equal(payload_again.octets, payload.octets, payload.size);
        assert_int_equal(payload_again.tape_size, payload.tape_size);
        assert_memory_equal(payload_again.tape, payload.tape, payload.tape_size);
        via_parcel_unref(parcel);
        via_parcel_unref(again);
        assert_int_equal(object.count, 1);
    }
}

/* In a block of exactly its size, so that the address sanitizer sees an octet read beyond it. */
static uint8_t *exactly(const uint8_t *octets, size_t size)
{
    uint8_t *copy = malloc(size != 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, octets, size);
    return copy;
}

static void octets_cut_anywhere_are_not_read_beyond(void **state)
{
    (void)state;
    struct seed seed = seed_start("layout cuts");
    enum { VALUES = 12 };
    struct value values[VALUES];
    uint8_t stores[VALUES][VALUES_TEXT_MAX];
    for (unsigned round = 0; round < 60; round++) {
        const struct layout *layout = layout_find(numbers[round % N_LAYOUTS]);
        struct counted object = {{&counted_ops}, 1};
        struct via_parcel *parcel = parcel_of(layout->number);
        (void)fill(&seed, parcel, layout, values, stores, VALUES, &object);
        struct payload payload;
        parcel_payload(parcel, &payload);
        const uint8_t *octets = payload.octets;
        size_t whole = payload.size;
        for (size_t cut = 0; cut < whole; cut++) {
            uint8_t *copy = exactly(octets, cut);
            payload.octets = copy;
            payload.size = cut;
            assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
            free(copy);
        }
        via_parcel_unref(parcel);
    }
}

static void hostile_octets_are_walked_to_an_end(void **state)
{
    (void)state;
    struct seed seed = seed_start("layout mutations");
    enum { VALUES = 12 };
    struct value values[VALUES];
    uint8_t stores[VALUES][VALUES_TEXT_MAX];
    for (unsigned round = 0; round < 20000; round++) {
        const struct layout *layout = layout_find(numbers[round % N_LAYOUTS]);
        struct counted object = {{&counted_ops}, 1};
        struct via_parcel *parcel = parcel_of(layout->number);
        (void)fill(&seed, parcel, layout, values, stores, VALUES, &object);
        struct payload payload;
        parcel_payload(parcel, &payload);
        uint8_t *octets = exactly(payload.octets, payload.size);
        uint8_t *tape = exactly(payload.tape, payload.tape_size);
        for (unsigned n = seed_below(&seed, 4); n > 0 && payload.size != 0; n--)
            octets[seed_below(&seed, (uint32_t)payload.size)] = (uint8_t)seed_next(&seed);
        for (unsigned n = seed_below(&seed, 3); n > 0 && payload.tape_size != 0; n--)
            tape[seed_below(&seed, (uint32_t)payload.tape_size)] = (uint8_t)seed_next(&seed);
        payload.octets = octets;
        payload.tape = tape;

        /* Walking and checking come to the same verdict. */
        struct payload_cursor cursor;
        struct value value;
        payload_start(&cursor, &payload);
        enum via_status status = VIA_OK;
        while (status == VIA_OK)
            status = payload_next(&cursor, &value);
        assert_int_equal(payload_check(&payload), status == VIA_END ? VIA_OK : VIA_BAD_TAPE);
        free(octets);
        free(tape);
        via_parcel_unref(parcel);
    }
}

static void numbers_out_of_their_range_are_refused(void **state)
{
    (void)state;
    static const struct value bad[] = {
        {.tag = VIA_TAG_I8, .i = 128},
        {.tag = VIA_TAG_I8, .i = -129},
        {.tag = VIA_TAG_I16, .i = 32768},
        {.tag = VIA_TAG_I32, .i = 2147483648},
        {.tag = VIA_TAG_I32, .i = -2147483649},
        {.tag = VIA_TAG_U8, .u = 256},
        {.tag = VIA_TAG_U16, .u = 65536},
        {.tag = VIA_TAG_U32, .u = 4294967296},
        {.tag = VIA_TAG_BOOL, .u = 2},
        {.tag = VIA_TAG_PAD},
        {.tag = VIA_TAG_REF},
        {.tag = VIA_TAG_FD},
    };
    for (size_t i = 0; i < N_LAYOUTS; i++) {
        struct via_parcel *parcel = parcel_of(numbers[i]);
        for (size_t n = 0; n < sizeof bad / sizeof *bad; n++)
            assert_int_equal(layout_find(numbers[i])->put(parcel, &bad[n]), VIA_BAD_TYPE);
        struct value nul = {.tag = VIA_TAG_STR, .text = {"a\0b", 3}};
        assert_int_equal(layout_find(numbers[i])->put(parcel, &nul), VIA_BAD_TYPE);
        assert_int_equal(via_parcel_size(parcel), 0);
        via_parcel_unref(parcel);
    }
}

static void a_descriptor_that_is_not_open_is_refused(void **state)
{
    (void)state;
    int fd = dup(null_fd);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    for (size_t i = 0; i < N_LAYOUTS; i++) {
        /* These take none at all. */
        bool has_none = numbers[i] == VIA_LAYOUT_SBUF || numbers[i] == VIA_LAYOUT_LEGATO;
        enum via_status refusal = has_none ? VIA_BAD_TYPE : VIA_INVALID;
        struct via_parcel *parcel = parcel_of(numbers[i]);
        assert_int_equal(layout_find(numbers[i])->put_fd(parcel, fd), refusal);
        assert_int_equal(layout_find(numbers[i])->put_fd(parcel, -1), refusal);
        assert_int_equal(via_parcel_size(parcel), 0);
        via_parcel_unref(parcel);
    }
}

static int open_null(void **state)
{
    (void)state;
    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    return null_fd < 0;
}

static int drain(void **state)
{
    (void)state;
    parcel_pool_drain();
    return close(null_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_row),
        cmocka_unit_test(any_values_survive_the_round_trip),
        cmocka_unit_test(octets_cut_anywhere_are_not_read_beyond),
        cmocka_unit_test(hostile_octets_are_walked_to_an_end),
        cmocka_unit_test(numbers_out_of_their_range_are_refused),
        cmocka_unit_test(a_descriptor_that_is_not_open_is_refused),
    };
    return cmocka_run_group_tests(tests, open_null, drain);
}
