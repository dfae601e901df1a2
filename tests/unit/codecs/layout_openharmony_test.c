/*
 * OpenHarmony's parcel octet by octet, and what it does not have.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "codecs/layout.h"
#include "tests/unit/codecs/objects.h"

static int null_fd = -1; /* any descriptor that is open */

struct expected {
    struct value value;
    size_t size;
    uint8_t octets[32];
};

static const struct expected table[] = {
    {{.tag = VIA_TAG_I8, .i = -1}, 4, {0xff, 0xff, 0xff, 0xff}},
    {{.tag = VIA_TAG_I16, .i = -2}, 4, {0xfe, 0xff, 0xff, 0xff}},
    {{.tag = VIA_TAG_I32, .i = 1}, 4, {1, 0, 0, 0}},
    {{.tag = VIA_TAG_I64, .i = -3}, 8, {0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {{.tag = VIA_TAG_U8, .u = 255}, 4, {0xff, 0, 0, 0}},
    {{.tag = VIA_TAG_U16, .u = 0x1234}, 4, {0x34, 0x12, 0, 0}},
    {{.tag = VIA_TAG_U32, .u = 0xffffffff}, 4, {0xff, 0xff, 0xff, 0xff}},
    {{.tag = VIA_TAG_U64, .u = 0x0102030405060708}, 8, {8, 7, 6, 5, 4, 3, 2, 1}},
    {{.tag = VIA_TAG_F32, .f32 = 1.0f}, 4, {0, 0, 0x80, 0x3f}},
    {{.tag = VIA_TAG_F64, .f64 = 1.0}, 8, {0, 0, 0, 0, 0, 0, 0xf0, 0x3f}},
    {{.tag = VIA_TAG_STR, .text = {"", 0}}, 4, {0}},
    {{.tag = VIA_TAG_STR, .text = {"abc", 3}}, 4, {'a', 'b', 'c', 0}},
    {{.tag = VIA_TAG_STR, .text = {"abcd", 4}}, 8, {'a', 'b', 'c', 'd', 0}},
    {{.tag = VIA_TAG_BYTES, .text = {"\0\1\2\3\4", 5}}, 8, {0, 1, 2, 3, 4}},
    {{.tag = VIA_TAG_STR16, .text = {"a\0b\0", 4}},
     20,
     {0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 'a', 0, 'b', 0}},
    {{.tag = VIA_TAG_STR16, .text = {"a\0b\0c\0", 6}},
     20,
     {0, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 'a', 0, 'b', 0, 'c', 0}},
};

static struct via_parcel *empty_parcel(void)
{
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, VIA_LAYOUT_OPENHARMONY);
    return parcel;
}

static void each_value_stands_as_openharmony_writes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct via_parcel *parcel = empty_parcel();
        assert_int_equal(layout_openharmony.put(parcel, &table[i].value), VIA_OK);
        assert_int_equal(via_parcel_size(parcel), table[i].size);
        assert_memory_equal(via_parcel_data(parcel), table[i].octets, table[i].size);
        via_parcel_unref(parcel);
    }
}

static void an_object_takes_a_slot_of_24_octets(void **state)
{
    (void)state;
    struct counted object = {{&counted_ops}, 1};
    struct via_parcel *parcel = empty_parcel();
    assert_int_equal(layout_openharmony.put_ref(parcel, counted_proxy(&object)), VIA_OK);
    assert_int_equal(layout_openharmony.put_fd(parcel, null_fd), VIA_OK);
    assert_int_equal(via_parcel_size(parcel), 48);
    static const uint8_t slots[48] = {[0] = 0x85, 0x2a, 0x68, 0x73, [24] = 0x85, 0x2a, 0x64, 0x66};
    assert_memory_equal(via_parcel_data(parcel), slots, sizeof slots);
    assert_ptr_equal(via_parcel_ref_at(parcel, 0, NULL), counted_proxy(&object));
    assert_true(via_parcel_fd_at(parcel, 24) >= 0);
    via_parcel_unref(parcel);
    assert_int_equal(object.count, 1);
}

static void values_it_does_not_have_are_refused(void **state)
{
    (void)state;
    static const struct value bad[] = {
        {.tag = VIA_TAG_BOOL, .u = 1},           {.tag = VIA_TAG_TOKEN, .u = 1},
        {.tag = VIA_TAG_STR, .null = true},      {.tag = VIA_TAG_STR16, .null = true},
        {.tag = VIA_TAG_BYTES, .text = {"", 0}},
    };
    struct via_parcel *parcel = empty_parcel();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(layout_openharmony.put(parcel, &bad[i]), VIA_BAD_TYPE);
    assert_int_equal(via_parcel_size(parcel), 0);
    via_parcel_unref(parcel);
}

static void expect_bad(const uint8_t *octets, size_t size, uint8_t tag, uint8_t length)
{
    const uint8_t tape[] = {tag, length};
    struct payload payload = {
        .layout = VIA_LAYOUT_OPENHARMONY,
        .octets = octets,
        .size = size,
        .tape = tape,
        .tape_size = sizeof tape,
    };
    assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
}

static void octets_that_are_not_such_a_value_disagree(void **state)
{
    (void)state;
    expect_bad((const uint8_t[]){0x80, 0, 0, 0}, 4, VIA_TAG_I8, 0);       /* 128 */
    expect_bad((const uint8_t[]){0, 1, 0, 0}, 4, VIA_TAG_U8, 0);          /* 256 */
    expect_bad((const uint8_t[]){0, 0, 1, 0}, 4, VIA_TAG_U16, 0);         /* 65536 */
    expect_bad((const uint8_t[]){0, 0x80, 0, 0}, 4, VIA_TAG_I16, 0);      /* 32768 */
    expect_bad((const uint8_t[]){'a', 'b', 'c', 'd'}, 4, VIA_TAG_STR, 0); /* no NUL */
    expect_bad((const uint8_t[]){'a', 0, 1, 0}, 4, VIA_TAG_STR, 0);       /* padding set */
    expect_bad((const uint8_t[]){'a', 0, 0}, 3, VIA_TAG_STR, 0);          /* padding missing */
    expect_bad((const uint8_t[]){1, 0, 1, 0}, 4, VIA_TAG_BYTES, 1);       /* padding set */
    expect_bad((const uint8_t[]){1, 0, 0, 0}, 4, VIA_TAG_BYTES, 5);       /* too long */
    expect_bad((const uint8_t[]){1, 0, 0, 0}, 4, VIA_TAG_BYTES, 0);
    expect_bad((const uint8_t[]){1, 0, 0, 0}, 4, VIA_TAG_BOOL, 0);
    expect_bad((const uint8_t[]){1, 0, 0, 0, 0, 0, 0, 0}, 8, VIA_TAG_TOKEN, 0);
}

static void a_token_that_is_none_disagrees(void **state)
{
    (void)state;
    static const uint8_t good[16] = {0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 'a', 0, 0, 0};
    static const struct {
        size_t at;
        uint8_t octet;
    } changes[] = {
        {0, 1},     /* the first number */
        {4, 1},     /* the second */
        {8, 2},     /* a unit more than there is, so that the zero is missing */
        {8, 0},     /* one less: a zero is where it should not be */
        {11, 0x80}, /* 2^31 units and one */
        {14, 1},    /* the zero */
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        uint8_t octets[sizeof good];
        memcpy(octets, good, sizeof good);
        octets[changes[i].at] = changes[i].octet;
        expect_bad(octets, sizeof octets, VIA_TAG_STR16, 0);
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
        cmocka_unit_test(each_value_stands_as_openharmony_writes_it),
        cmocka_unit_test(an_object_takes_a_slot_of_24_octets),
        cmocka_unit_test(values_it_does_not_have_are_refused),
        cmocka_unit_test(octets_that_are_not_such_a_value_disagree),
        cmocka_unit_test(a_token_that_is_none_disagrees),
    };
    return cmocka_run_group_tests(tests, open_null, drain);
}
