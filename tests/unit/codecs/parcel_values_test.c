/*
 * Typed values in raw layout: written, read, and refused.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <float.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/codecs/objects.h"
#include "tests/unit/codecs/seed.h"

static int set_up(void **state)
{
    struct via_parcel *parcel = NULL;
    if (via_parcel_create(&parcel) != VIA_OK)
        return 1;
    *state = parcel;
    return 0;
}

static int tear_down(void **state)
{
    via_parcel_unref(*state);
    parcel_pool_drain();
    return 0;
}

static void expect_octets(struct via_parcel *parcel, const void *octets, size_t size)
{
    assert_int_equal(via_parcel_size(parcel), size);
    assert_memory_equal(via_parcel_data(parcel), octets, size);
    via_parcel_clear(parcel);
}

static void each_value_stands_as_documented(void **state)
{
    struct via_parcel *parcel = *state;
    assert_int_equal(via_parcel_write_i8(parcel, -2), VIA_OK);
    expect_octets(parcel, "\xfe", 1);
    assert_int_equal(via_parcel_write_i16(parcel, -2), VIA_OK);
    expect_octets(parcel, "\xfe\xff", 2);
    assert_int_equal(via_parcel_write_i32(parcel, -2), VIA_OK);
    expect_octets(parcel, "\xfe\xff\xff\xff", 4);
    assert_int_equal(via_parcel_write_i64(parcel, -2), VIA_OK);
    expect_octets(parcel, "\xfe\xff\xff\xff\xff\xff\xff\xff", 8);
    assert_int_equal(via_parcel_write_u8(parcel, 0x81), VIA_OK);
    expect_octets(parcel, "\x81", 1);
    assert_int_equal(via_parcel_write_u16(parcel, 0x8182), VIA_OK);
    expect_octets(parcel, "\x82\x81", 2);
    assert_int_equal(via_parcel_write_u32(parcel, 0x81828384), VIA_OK);
    expect_octets(parcel, "\x84\x83\x82\x81", 4);
    assert_int_equal(via_parcel_write_u64(parcel, 0x8182838485868788), VIA_OK);
    expect_octets(parcel, "\x88\x87\x86\x85\x84\x83\x82\x81", 8);
    assert_int_equal(via_parcel_write_token(parcel, 1), VIA_OK);
    expect_octets(parcel, "\1\0\0\0\0\0\0\0", 8);
    assert_int_equal(via_parcel_write_f32(parcel, 1.0f), VIA_OK);
    expect_octets(parcel, "\0\0\x80\x3f", 4);
    assert_int_equal(via_parcel_write_f64(parcel, 1.0), VIA_OK);
    expect_octets(parcel, "\0\0\0\0\0\0\xf0\x3f", 8);
    assert_int_equal(via_parcel_write_bool(parcel, true), VIA_OK);
    expect_octets(parcel, "\1", 1);
    assert_int_equal(via_parcel_write_str(parcel, "ab"), VIA_OK);
    expect_octets(parcel, "\2\0\0\0ab\0", 7);
    assert_int_equal(via_parcel_write_str(parcel, NULL), VIA_OK);
    expect_octets(parcel, "\xff\xff\xff\xff", 4);
    assert_int_equal(via_parcel_write_str16(parcel, (const uint16_t[]){0x6162, 0x63}, 2), VIA_OK);
    expect_octets(parcel, "\2\0\0\0ba\x63\0", 8);
    assert_int_equal(via_parcel_write_bytes(parcel, "\xff", 1), VIA_OK);
    expect_octets(parcel, "\1\0\0\0\xff", 5);
    assert_int_equal(via_parcel_write_ref(parcel, NULL), VIA_OK);
    expect_octets(parcel, "\xff\xff\xff\xff", 4);
    struct counted object = {{&counted_ops}, 1};
    assert_int_equal(via_parcel_write_ref(parcel, counted_proxy(&object)), VIA_OK);
    expect_octets(parcel, "\0\0\0\0", 4);
}

static void what_was_written_is_read_again(void **state)
{
    struct via_parcel *parcel = *state;
    static const uint16_t units[] = {0xd83d, 0xde00, 0};
    assert_int_equal(via_parcel_write_i8(parcel, INT8_MIN), VIA_OK);
    assert_int_equal(via_parcel_write_i16(parcel, INT16_MIN), VIA_OK);
    assert_int_equal(via_parcel_write_i32(parcel, INT32_MIN), VIA_OK);
    assert_int_equal(via_parcel_write_i64(parcel, INT64_MIN), VIA_OK);
    assert_int_equal(via_parcel_write_u8(parcel, UINT8_MAX), VIA_OK);
    assert_int_equal(via_parcel_write_u16(parcel, UINT16_MAX), VIA_OK);
    assert_int_equal(via_parcel_write_u32(parcel, UINT32_MAX), VIA_OK);
    assert_int_equal(via_parcel_write_u64(parcel, UINT64_MAX), VIA_OK);
    assert_int_equal(via_parcel_write_f32(parcel, FLT_MIN), VIA_OK);
    assert_int_equal(via_parcel_write_f64(parcel, DBL_MAX), VIA_OK);
    assert_int_equal(via_parcel_write_bool(parcel, false), VIA_OK);
    assert_int_equal(via_parcel_write_token(parcel, UINT64_MAX), VIA_OK);
    assert_int_equal(via_parcel_write_str(parcel, ""), VIA_OK);
    assert_int_equal(via_parcel_write_str(parcel, NULL), VIA_OK);
    assert_int_equal(via_parcel_write_str16(parcel, units, 3), VIA_OK);
    assert_int_equal(via_parcel_write_str16(parcel, NULL, 5), VIA_OK);
    assert_int_equal(via_parcel_write_bytes(parcel, NULL, 0), VIA_OK);
    assert_int_equal(via_parcel_write_bytes(parcel, "\0\1", 2), VIA_OK);

    /* The same with the tape and without it. */
    for (unsigned round = 0; round < 2; round++) {
        assert_int_equal(via_parcel_seek(parcel, 0), VIA_OK);
        int8_t i8 = 0;
        int16_t i16 = 0;
        int32_t i32 = 0;
        int64_t i64 = 0;
        uint8_t u8 = 0;
        uint16_t u16 = 0;
        uint32_t u32 = 0;
        uint64_t u64 = 0, token = 0;
        float f32 = 0;
        double f64 = 0;
        bool boolean = true;
        const char *text = NULL;
        const void *octets = NULL;
        size_t size = 0;
        assert_int_equal(via_parcel_read_i8(parcel, &i8), VIA_OK);
        assert_int_equal(via_parcel_read_i16(parcel, &i16), VIA_OK);
        assert_int_equal(via_parcel_read_i32(parcel, &i32), VIA_OK);
        assert_int_equal(via_parcel_read_i64(parcel, &i64), VIA_OK);
        assert_int_equal(via_parcel_read_u8(parcel, &u8), VIA_OK);
        assert_int_equal(via_parcel_read_u16(parcel, &u16), VIA_OK);
        assert_int_equal(via_parcel_read_u32(parcel, &u32), VIA_OK);
        assert_int_equal(via_parcel_read_u64(parcel, &u64), VIA_OK);
        assert_int_equal(via_parcel_read_f32(parcel, &f32), VIA_OK);
        assert_int_equal(via_parcel_read_f64(parcel, &f64), VIA_OK);
        assert_int_equal(via_parcel_read_bool(parcel, &boolean), VIA_OK);
        assert_int_equal(via_parcel_read_token(parcel, &token), VIA_OK);
        assert_true(i8 == INT8_MIN && i16 == INT16_MIN && i32 == INT32_MIN && i64 == INT64_MIN);
        assert_true(u8 == UINT8_MAX && u16 == UINT16_MAX && u32 == UINT32_MAX);
        assert_true(u64 == UINT64_MAX && token == UINT64_MAX && !boolean);
        assert_memory_equal(&f32, &(float){FLT_MIN}, sizeof f32);
        assert_memory_equal(&f64, &(double){DBL_MAX}, sizeof f64);
        assert_int_equal(via_parcel_read_str(parcel, &text), VIA_OK);
        assert_string_equal(text, "");
        assert_int_equal(via_parcel_read_str(parcel, &text), VIA_OK);
        assert_null(text);
        assert_int_equal(via_parcel_read_str16(parcel, &octets, &size), VIA_OK);
        assert_int_equal(size, 3);
        assert_memory_equal(octets, units, sizeof units);
        assert_int_equal(via_parcel_read_str16(parcel, &octets, &size), VIA_OK);
        assert_null(octets);
        assert_int_equal(via_parcel_read_bytes(parcel, &octets, &size), VIA_OK);
        assert_int_equal(size, 0);
        assert_int_equal(via_parcel_read_bytes(parcel, &octets, &size), VIA_OK);
        assert_int_equal(size, 2);
        assert_memory_equal(octets, "\0\1", 2);
        assert_int_equal(via_parcel_tell(parcel), via_parcel_size(parcel));
        assert_int_equal(via_parcel_read_i8(parcel, &i8), VIA_END);
        via_parcel_drop_tape(parcel);
    }
}

static void another_type_is_refused_and_the_cursor_stays(void **state)
{
    struct via_parcel *parcel = *state;
    assert_int_equal(via_parcel_write_i32(parcel, 5), VIA_OK);
    assert_int_equal(via_parcel_write_str(parcel, "x"), VIA_OK);
    uint32_t number = 77;
    int32_t value = 77;
    const char *text = NULL;
    assert_int_equal(via_parcel_read_u32(parcel, &number), VIA_BAD_TYPE);
    assert_int_equal(number, 77);
    assert_int_equal(via_parcel_read_str(parcel, &text), VIA_BAD_TYPE);
    assert_int_equal(via_parcel_tell(parcel), 0);
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_OK);
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_BAD_TYPE);
    assert_int_equal(via_parcel_read_str(parcel, &text), VIA_OK);
    via_parcel_drop_tape(parcel);
    assert_int_equal(via_parcel_seek(parcel, 0), VIA_OK);
    assert_int_equal(via_parcel_read_u32(parcel, &number), VIA_OK); /* nothing says otherwise */
    assert_int_equal(number, 5);
}

static void the_tape_is_found_again_after_a_seek(void **state)
{
    struct via_parcel *parcel = *state;
    for (int32_t i = 0; i < 10; i++)
        assert_int_equal(via_parcel_write_i32(parcel, i), VIA_OK);
    assert_int_equal(via_parcel_write_u8(parcel, 9), VIA_OK);
    int32_t value = 0;
    uint8_t small = 0;
    assert_int_equal(via_parcel_seek(parcel, 40), VIA_OK);
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_BAD_TYPE);
    assert_int_equal(via_parcel_read_u8(parcel, &small), VIA_OK);
    assert_int_equal(via_parcel_seek(parcel, 12), VIA_OK);
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_OK);
    assert_int_equal(value, 3);
    assert_int_equal(via_parcel_seek(parcel, 14), VIA_OK); /* inside a value */
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_BAD_TYPE);
}

static void reading_goes_on_while_writing(void **state)
{
    struct via_parcel *parcel = *state;
    for (int32_t i = 0; i < 300; i++) {
        int32_t value = -1;
        assert_int_equal(via_parcel_write_i32(parcel, i), VIA_OK);
        assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_OK);
        assert_int_equal(value, i);
        assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_END);
    }
}

static void a_parcel_cut_anywhere_ends(void **state)
{
    struct via_parcel *parcel = *state;
    assert_int_equal(via_parcel_write_str(parcel, "four"), VIA_OK);
    for (size_t cut = 0; cut < 9; cut++) {
        struct via_parcel *part = NULL;
        const char *text = NULL;
        assert_int_equal(via_parcel_create(&part), VIA_OK);
        assert_int_equal(via_parcel_append(part, via_parcel_data(parcel), cut, VIA_TAG_PAD, NULL),
                         VIA_OK);
        assert_int_equal(via_parcel_read_str(part, &text), VIA_END);
        assert_int_equal(via_parcel_tell(part), 0);
        via_parcel_unref(part);
    }
}

static struct via_parcel *untaped(const void *octets, size_t size)
{
    struct via_parcel *parcel = NULL;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    assert_int_equal(via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL), VIA_OK);
    return parcel;
}

static void lengths_next_to_the_end_of_numbers_end(void **state)
{
    (void)state;
    static const char *const lengths[] = {"\xfe\xff\xff\xff", "\xfb\xff\xff\xff",
                                          "\xff\xff\xff\x7f", "\0\0\0\x80", "\x5\0\0\0"};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t octets[8] = {0};
        memcpy(octets, lengths[i], 4);
        struct via_parcel *parcel = untaped(octets, sizeof octets);
        const char *text = NULL;
        const void *found = NULL;
        size_t size = 0;
        assert_int_equal(via_parcel_read_str(parcel, &text), VIA_END);
        assert_int_equal(via_parcel_read_str16(parcel, &found, &size), VIA_END);
        assert_int_equal(via_parcel_read_bytes(parcel, &found, &size), VIA_END);
        assert_int_equal(via_parcel_tell(parcel), 0);
        via_parcel_unref(parcel);
    }
    struct via_parcel *parcel = untaped("\xff\xff\xff\xff", 4); /* no bytes are null */
    const void *found = NULL;
    size_t size = 0;
    assert_int_equal(via_parcel_read_bytes(parcel, &found, &size), VIA_END);
    via_parcel_unref(parcel);
}

static void octets_that_are_no_such_value_are_refused(void **state)
{
    (void)state;
    const char *text = NULL;
    bool boolean = false;
    struct via_proxy *proxy = NULL;
    int fd = -1;
    struct via_parcel *parcel = untaped("\3\0\0\0a\0b\0", 8); /* an inner NUL */
    assert_int_equal(via_parcel_read_str(parcel, &text), VIA_BAD_PAYLOAD);
    via_parcel_unref(parcel);
    parcel = untaped("\3\0\0\0abcd", 8); /* no NUL behind */
    assert_int_equal(via_parcel_read_str(parcel, &text), VIA_BAD_PAYLOAD);
    via_parcel_unref(parcel);
    parcel = untaped("\2", 1);
    assert_int_equal(via_parcel_read_bool(parcel, &boolean), VIA_BAD_PAYLOAD);
    via_parcel_unref(parcel);
    parcel = untaped("\1\0\0\0", 4); /* neither a slot nor none */
    assert_int_equal(via_parcel_read_ref(parcel, &proxy), VIA_BAD_PAYLOAD);
    assert_int_equal(via_parcel_read_fd(parcel, &fd), VIA_BAD_PAYLOAD);
    assert_int_equal(via_parcel_tell(parcel), 0);
    via_parcel_unref(parcel);
}

static void objects_and_descriptors_are_read_as_often_as_wanted(void **state)
{
    struct via_parcel *parcel = *state;
    struct counted object = {{&counted_ops}, 1};
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_true(null_fd >= 0);
    assert_int_equal(via_parcel_write_ref(parcel, counted_proxy(&object)), VIA_OK);
    assert_int_equal(via_parcel_write_ref(parcel, NULL), VIA_OK);
    assert_int_equal(via_parcel_write_fd(parcel, null_fd), VIA_OK);
    assert_int_equal(close(null_fd), 0);
    for (unsigned i = 0; i < 2; i++) {
        struct via_proxy *proxy = NULL;
        int fd = -1;
        assert_int_equal(via_parcel_seek(parcel, 0), VIA_OK);
        assert_int_equal(via_parcel_read_ref(parcel, &proxy), VIA_OK);
        assert_ptr_equal(proxy, counted_proxy(&object));
        counted_unref(&object.object);
        assert_int_equal(via_parcel_read_ref(parcel, &proxy), VIA_OK);
        assert_null(proxy);
        assert_int_equal(via_parcel_read_fd(parcel, &fd), VIA_OK);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        assert_int_equal(close(fd), 0);
    }
    assert_int_equal(object.count, 2);
    via_parcel_clear(parcel);
    assert_int_equal(object.count, 1);
}

static void a_parcel_of_another_layout_has_no_such_values(void **state)
{
    struct via_parcel *parcel = *state;
    via_parcel_set_layout(parcel, VIA_LAYOUT_OPENHARMONY);
    assert_int_equal(via_parcel_write_i32(parcel, 1), VIA_INVALID);
    assert_int_equal(via_parcel_write_str(parcel, "x"), VIA_INVALID);
    assert_int_equal(via_parcel_write_ref(parcel, NULL), VIA_INVALID);
    assert_int_equal(via_parcel_write_fd(parcel, 0), VIA_INVALID);
    assert_int_equal(via_parcel_size(parcel), 0);
    int32_t value = 0;
    assert_int_equal(via_parcel_append(parcel, NULL, 4, VIA_TAG_I32, NULL), VIA_OK);
    assert_int_equal(via_parcel_read_i32(parcel, &value), VIA_INVALID);
}

static void text_over_the_limit_is_refused(void **state)
{
    struct via_parcel *parcel = *state;
    static const size_t sizes[] = {VIA_PARCEL_SIZE_MAX - 3, VIA_PARCEL_SIZE_MAX, 0xfffffffc,
                                   SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(via_parcel_write_bytes(parcel, "", sizes[i]), VIA_TOO_LARGE);
        assert_int_equal(via_parcel_write_str16(parcel, (const uint16_t[]){0}, sizes[i]),
                         VIA_TOO_LARGE);
    }
    assert_int_equal(via_parcel_size(parcel), 0);
}

#define values_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        values_test(each_value_stands_as_documented),
        values_test(what_was_written_is_read_again),
        values_test(another_type_is_refused_and_the_cursor_stays),
        values_test(the_tape_is_found_again_after_a_seek),
        values_test(reading_goes_on_while_writing),
        values_test(a_parcel_cut_anywhere_ends),
        values_test(lengths_next_to_the_end_of_numbers_end),
        values_test(octets_that_are_no_such_value_are_refused),
        values_test(objects_and_descriptors_are_read_as_often_as_wanted),
        values_test(a_parcel_of_another_layout_has_no_such_values),
        values_test(text_over_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
