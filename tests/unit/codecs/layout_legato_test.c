/*
 * Legato's messages octet by octet, and what they do not have.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/layout.h"
#include "codecs/parcel.h"

static struct via_parcel *empty_parcel(void)
{
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, VIA_LAYOUT_LEGATO);
    return parcel;
}

static void values_stand_one_after_the_other(void **state)
{
    (void)state;
    static const struct value values[] = {
        {.tag = VIA_TAG_U8, .u = 1},     {.tag = VIA_TAG_I16, .i = -2},
        {.tag = VIA_TAG_BOOL, .u = 1},   {.tag = VIA_TAG_U32, .u = 0x01020304},
        {.tag = VIA_TAG_I64, .i = -1},   {.tag = VIA_TAG_F32, .f32 = 1.0f},
        {.tag = VIA_TAG_F64, .f64 = -2}, {.tag = VIA_TAG_BYTES, .text = {"ab\0", 3}},
    };
    static const uint8_t octets[] = {
        1, 0xfe, 0xff, 1,    4, 3, 2, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0, 0,    0x80, 0x3f, 0, 0, 0, 0, 0,    0,    0,    0xc0, 'a',  'b',  0};
    struct via_parcel *parcel = empty_parcel();
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_int_equal(layout_legato.put(parcel, &values[i]), VIA_OK);
    assert_int_equal(via_parcel_size(parcel), sizeof octets);
    assert_memory_equal(via_parcel_data(parcel), octets, sizeof octets);
    via_parcel_unref(parcel);
}

static void it_is_the_layout_of_its_family(void **state)
{
    (void)state;
    assert_ptr_equal(layout_of_family("legato"), &layout_legato);
    assert_ptr_equal(layout_find(VIA_LAYOUT_LEGATO), &layout_legato);
}

static void values_it_does_not_have_are_refused(void **state)
{
    (void)state;
    static const struct value bad[] = {
        {.tag = VIA_TAG_TOKEN, .u = 1},          {.tag = VIA_TAG_STR, .text = {"a", 1}},
        {.tag = VIA_TAG_STR, .null = true},      {.tag = VIA_TAG_STR16, .text = {"a", 2}},
        {.tag = VIA_TAG_BYTES, .text = {"", 0}}, {.tag = VIA_TAG_U8, .u = 256},
        {.tag = VIA_TAG_BOOL, .u = 2},
    };
    struct via_parcel *parcel = empty_parcel();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(layout_legato.put(parcel, &bad[i]), VIA_BAD_TYPE);
    assert_int_equal(layout_legato.put_ref(parcel, NULL), VIA_BAD_TYPE);
    assert_int_equal(layout_legato.put_fd(parcel, 0), VIA_BAD_TYPE);
    assert_int_equal(via_parcel_size(parcel), 0);
    via_parcel_unref(parcel);
}

static enum via_status check(size_t size, uint8_t tag, uint8_t length)
{
    static const uint8_t octets[8] = {2, 2};
    const uint8_t tape[] = {tag, length};
    const struct payload payload = {
        .layout = VIA_LAYOUT_LEGATO,
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
    assert_int_equal(check(8, VIA_TAG_U64, 0), VIA_OK);
    assert_int_equal(check(8, VIA_TAG_BYTES, 8), VIA_OK);
    assert_int_equal(check(7, VIA_TAG_U64, 0), VIA_BAD_TAPE);
    assert_int_equal(check(8, VIA_TAG_BYTES, 9), VIA_BAD_TAPE);
    assert_int_equal(check(8, VIA_TAG_BYTES, 7), VIA_BAD_TAPE);
    assert_int_equal(check(8, VIA_TAG_BYTES, 0), VIA_BAD_TAPE);
    assert_int_equal(check(1, VIA_TAG_BOOL, 0), VIA_BAD_TAPE); /* 2 is neither */
    static const uint8_t others[] = {VIA_TAG_TOKEN, VIA_TAG_STR, VIA_TAG_STR16, VIA_TAG_REF,
                                     VIA_TAG_FD};
    for (size_t i = 0; i < sizeof others; i++)
        assert_int_equal(check(8, others[i], 0), VIA_BAD_TAPE);
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
        cmocka_unit_test(values_stand_one_after_the_other),
        cmocka_unit_test(it_is_the_layout_of_its_family),
        cmocka_unit_test(values_it_does_not_have_are_refused),
        cmocka_unit_test(octets_that_are_not_such_a_value_disagree),
    };
    return cmocka_run_group_tests(tests, NULL, drain);
}
