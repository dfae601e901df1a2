/*
 * HDF's sbuf octet by octet, and what it does not have.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/layout.h"
#include "codecs/parcel.h"

struct expected {
    struct value value;
    size_t size;
    uint8_t octets[16];
};

static const struct expected table[] = {
    {{.tag = VIA_TAG_I8, .i = -1}, 4, {0xff, 0, 0, 0}},
    {{.tag = VIA_TAG_I16, .i = -1}, 4, {0xff, 0xff, 0, 0}},
    {{.tag = VIA_TAG_I32, .i = -2}, 4, {0xfe, 0xff, 0xff, 0xff}},
    {{.tag = VIA_TAG_I64, .i = -3}, 8, {0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {{.tag = VIA_TAG_U8, .u = 0xab}, 4, {0xab, 0, 0, 0}},
    {{.tag = VIA_TAG_U16, .u = 0x1234}, 4, {0x34, 0x12, 0, 0}},
    {{.tag = VIA_TAG_U32, .u = 0xffffffff}, 4, {0xff, 0xff, 0xff, 0xff}},
    {{.tag = VIA_TAG_U64, .u = 1}, 8, {1, 0, 0, 0, 0, 0, 0, 0}},
    {{.tag = VIA_TAG_STR, .text = {"test", 4}}, 12, {5, 0, 0, 0, 't', 'e', 's', 't', 0}},
    {{.tag = VIA_TAG_STR, .text = {"abc", 3}}, 8, {4, 0, 0, 0, 'a', 'b', 'c', 0}},
    {{.tag = VIA_TAG_STR, .text = {"", 0}}, 8, {1, 0, 0, 0, 0, 0, 0, 0}},
    {{.tag = VIA_TAG_STR, .null = true}, 4, {0, 0, 0, 0}},
    {{.tag = VIA_TAG_BYTES, .text = {"\0\1\2\3\4", 5}}, 12, {5, 0, 0, 0, 0, 1, 2, 3, 4}},
    {{.tag = VIA_TAG_BYTES, .text = {"abcd", 4}}, 8, {4, 0, 0, 0, 'a', 'b', 'c', 'd'}},
    {{.tag = VIA_TAG_BYTES, .text = {NULL, 0}}, 4, {0, 0, 0, 0}},
};

static struct via_parcel *empty_parcel(void)
{
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, VIA_LAYOUT_SBUF);
    return parcel;
}

static void each_value_stands_as_hdf_writes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct via_parcel *parcel = empty_parcel();
        assert_int_equal(layout_hdf.put(parcel, &table[i].value), VIA_OK);
        assert_int_equal(via_parcel_size(parcel), table[i].size);
        assert_memory_equal(via_parcel_data(parcel), table[i].octets, table[i].size);
        via_parcel_unref(parcel);
    }
}

static void it_is_the_layout_of_its_family(void **state)
{
    (void)state;
    assert_ptr_equal(layout_of_family("hdf"), &layout_hdf);
    assert_ptr_equal(layout_find(VIA_LAYOUT_SBUF), &layout_hdf);
}

static void values_it_does_not_have_are_refused(void **state)
{
    (void)state;
    static const struct value bad[] = {
        {.tag = VIA_TAG_BOOL, .u = 1},
        {.tag = VIA_TAG_TOKEN, .u = 1},
        {.tag = VIA_TAG_F32, .f32 = 1.5f},
        {.tag = VIA_TAG_F64, .f64 = 1.5},
        {.tag = VIA_TAG_STR16, .text = {"a", 2}},
    };
    struct via_parcel *parcel = empty_parcel();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(layout_hdf.put(parcel, &bad[i]), VIA_BAD_TYPE);
    assert_int_equal(layout_hdf.put_ref(parcel, NULL), VIA_BAD_TYPE);
    assert_int_equal(layout_hdf.put_fd(parcel, 0), VIA_BAD_TYPE);
    assert_int_equal(via_parcel_size(parcel), 0);
    via_parcel_unref(parcel);
}

static void what_a_parcel_cannot_hold_is_too_large(void **state)
{
    (void)state;
    struct via_parcel *parcel = empty_parcel();
    const struct value bytes = {.tag = VIA_TAG_BYTES, .text = {"", SIZE_MAX}};
    const struct value most = {.tag = VIA_TAG_BYTES, .text = {"", VIA_PARCEL_SIZE_MAX}};
    assert_int_equal(layout_hdf.put(parcel, &bytes), VIA_TOO_LARGE);
    assert_int_equal(layout_hdf.put(parcel, &most), VIA_TOO_LARGE);
    assert_int_equal(via_parcel_size(parcel), 0);
    via_parcel_unref(parcel);
}

static enum via_status check(const uint8_t *octets, size_t size, uint8_t tag, uint8_t length)
{
    const uint8_t tape[] = {tag, length};
    const struct payload payload = {
        .layout = VIA_LAYOUT_SBUF,
        .octets = octets,
        .size = size,
        .tape = tape,
        .tape_size = sizeof tape,
    };
    return payload_check(&payload);
}

static void octets_that_are_not_such_a_value_disagree(void **state)
{
    (void)state;
    static const struct {
        uint8_t octets[12];
        size_t size;
        uint8_t tag;
        uint8_t length;
    } rows[] = {
        {{1, 0, 0}, 3, VIA_TAG_U8, 0},                                 /* padding cut */
        {{1, 0, 0, 0, 0, 0, 0}, 7, VIA_TAG_I64, 0},                    /* cut */
        {{1, 0, 0}, 3, VIA_TAG_STR, 0},                                /* length cut */
        {{2, 0, 0, 0, 'a', 'b', 0, 0}, 8, VIA_TAG_STR, 0},             /* no NUL */
        {{3, 0, 0, 0, 'a', 0, 0, 0}, 8, VIA_TAG_STR, 0},               /* an inner one */
        {{5, 0, 0, 0, 'a', 'b', 'c', 0}, 8, VIA_TAG_STR, 0},           /* too long */
        {{4, 0, 0, 0, 'a', 'b', 'c'}, 7, VIA_TAG_STR, 0},              /* cut */
        {{2, 0, 0, 0, 'a', 0, 0}, 7, VIA_TAG_STR, 0},                  /* padding cut */
        {{0xff, 0xff, 0xff, 0xff, 'a', 0, 0, 0}, 8, VIA_TAG_STR, 0},   /* negative */
        {{0, 0, 0, 0x80, 'a', 0, 0, 0}, 8, VIA_TAG_STR, 0},            /* -2^31 */
        {{2, 0, 0, 0, 'a', 'b', 0, 0}, 8, VIA_TAG_BYTES, 1},           /* the tape's */
        {{0xff, 0xff, 0xff, 0xff, 'a', 0, 0, 0}, 8, VIA_TAG_BYTES, 1}, /* negative */
        {{0xfe, 0xff, 0xff, 0x7f, 'a', 0, 0, 0}, 8, VIA_TAG_BYTES, 1}, /* 2^31 - 2 */
        {{1, 0, 0, 0}, 4, VIA_TAG_BOOL, 0},
        {{0}, 4, VIA_TAG_F32, 0},
        {{0}, 8, VIA_TAG_F64, 0},
        {{0}, 8, VIA_TAG_TOKEN, 0},
        {{0}, 8, VIA_TAG_STR16, 0},
        {{0}, 4, VIA_TAG_REF, 0},
        {{0}, 4, VIA_TAG_FD, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(check(rows[i].octets, rows[i].size, rows[i].tag, rows[i].length),
                         VIA_BAD_TAPE);
}

static void padding_is_not_looked_at(void **state)
{
    (void)state;
    static const uint8_t number[] = {0xab, 1, 2, 3};
    static const uint8_t text[] = {2, 0, 0, 0, 'a', 0, 7, 7};
    static const uint8_t bytes[] = {1, 0, 0, 0, 'a', 9, 9, 9};
    assert_int_equal(check(number, sizeof number, VIA_TAG_U8, 0), VIA_OK);
    assert_int_equal(check(number, sizeof number, VIA_TAG_I16, 0), VIA_OK);
    assert_int_equal(check(text, sizeof text, VIA_TAG_STR, 0), VIA_OK);
    assert_int_equal(check(bytes, sizeof bytes, VIA_TAG_BYTES, 1), VIA_OK);
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
        cmocka_unit_test(each_value_stands_as_hdf_writes_it),
        cmocka_unit_test(it_is_the_layout_of_its_family),
        cmocka_unit_test(values_it_does_not_have_are_refused),
        cmocka_unit_test(what_a_parcel_cannot_hold_is_too_large),
        cmocka_unit_test(octets_that_are_not_such_a_value_disagree),
        cmocka_unit_test(padding_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, drain);
}
