/*
 * Buffers: growth, the room in front, and failures that stick.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/buffer.h"

static void keeps_its_content_as_it_grows(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX);
    for (unsigned i = 0; i < 10000; i++)
        buffer_add_octet(&buffer, (uint8_t)i);
    assert_int_equal(buffer.status, VIA_OK);
    assert_int_equal(buffer.size, 10000);
    for (unsigned i = 0; i < 10000; i++)
        assert_int_equal(buffer.data[i], (uint8_t)i);
    buffer_deinit(&buffer);
}

static void has_room_in_front_that_may_be_written(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX);
    buffer_add(&buffer, "x", 1);
    memset(buffer.data - BUFFER_HEADROOM, 0xff, BUFFER_HEADROOM);
    assert_int_equal(buffer.data[0], 'x');
    buffer_deinit(&buffer);
}

static void a_failure_sticks_until_it_is_cut(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 4);
    buffer_add(&buffer, "abc", 3);
    buffer_add(&buffer, "de", 2);
    assert_int_equal(buffer.status, VIA_TOO_LARGE);
    buffer_add(&buffer, "d", 1); /* would fit */
    assert_int_equal(buffer.size, 3);
    buffer_cut(&buffer, 2);
    assert_int_equal(buffer.status, VIA_OK);
    buffer_add(&buffer, "de", 2);
    assert_int_equal(buffer.status, VIA_OK);
    assert_memory_equal(buffer.data, "abde", 4);
    buffer_deinit(&buffer);
}

static void an_impossible_size_is_no_memory(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX);
    buffer_add(&buffer, "x", 1);
    assert_null(buffer_room(&buffer, SIZE_MAX - 1));
    assert_int_equal(buffer.status, VIA_NO_MEMORY);
    assert_int_equal(buffer.size, 1);
    buffer_deinit(&buffer);
}

static void nothing_is_added_as_nothing(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 0);
    buffer_add(&buffer, NULL, 0);
    assert_int_equal(buffer.status, VIA_OK);
    assert_int_equal(buffer.size, 0);
    buffer_deinit(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_its_content_as_it_grows),
        cmocka_unit_test(has_room_in_front_that_may_be_written),
        cmocka_unit_test(a_failure_sticks_until_it_is_cut),
        cmocka_unit_test(an_impossible_size_is_no_memory),
        cmocka_unit_test(nothing_is_added_as_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
