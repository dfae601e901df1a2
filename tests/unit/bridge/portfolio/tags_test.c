/*
 * Lists of arguments.
 */
#include <cmocka.h>

#include "bridge/portfolio/tags.h"
#include "include/portfolio/operror.h"

#define NOTHING ((void *)0) /* as an argument of any number */
#define LOOP 21

/* The tags that come, one digit each; then what ends them. */
static int32 sum_up(struct tags *tags, uint32 *digits)
{
    TagArg argument;
    int32 result;
    *digits = 0;
    while ((result = tags_next(tags, &argument)) > 0)
        *digits = *digits * 10 + argument.ta_Tag;
    return result;
}

static void an_array_ends_with_its_end(void **state)
{
    (void)state;
    const TagArg list[] = {{1, NULL}, {TAG_NOP, NULL}, {2, NULL}, {TAG_END, NULL}, {3, NULL}};
    struct tags tags;
    uint32 digits;
    tags_init(&tags, list);
    assert_int_equal(sum_up(&tags, &digits), 0);
    assert_int_equal(digits, 12);
    tags_init(&tags, NULL);
    assert_int_equal(sum_up(&tags, &digits), 0);
    assert_int_equal(digits, 0);
}

static void a_jump_goes_on_elsewhere(void **state)
{
    (void)state;
    TagArg second[] = {{2, NULL}, {TAG_JUMP, NULL}, {4, NULL}};
    const TagArg first[] = {{1, NULL}, {TAG_JUMP, second}, {3, NULL}};
    struct tags tags;
    uint32 digits;
    tags_init(&tags, first);
    assert_int_equal(sum_up(&tags, &digits), 0);
    assert_int_equal(digits, 12);
}

static void a_loop_of_jumps_is_found(void **state)
{
    (void)state;
    TagArg round[] = {{1, NULL}, {TAG_JUMP, NULL}};
    TagArg chain[LOOP + 1];
    struct tags tags;
    uint32 digits;
    round[1].ta_Arg = round;
    tags_init(&tags, round);
    assert_int_equal(sum_up(&tags, &digits), BADPTR);
    for (int i = 0; i < LOOP; i++)
        chain[i] = (TagArg){TAG_JUMP, &chain[i + 1]};
    chain[LOOP] = (TagArg){TAG_END, NULL};
    tags_init(&tags, &chain[1]);
    assert_int_equal(sum_up(&tags, &digits), 0); /* 20 of them */
    tags_init(&tags, chain);
    assert_int_equal(sum_up(&tags, &digits), BADPTR);
}

static int32 sum_up_rest(uint32 *digits, uint32 first, ...)
{
    struct tags tags;
    va_list rest;
    va_start(rest, first);
    tags_init_rest(&tags, first, &rest);
    int32 result = sum_up(&tags, digits);
    va_end(rest);
    return result;
}

static void a_calls_arguments_are_a_list_and_may_jump_out(void **state)
{
    (void)state;
    TagArg elsewhere[] = {{3, NULL}, {TAG_END, NULL}};
    uint32 digits;
    assert_int_equal(sum_up_rest(&digits, 1, NOTHING, TAG_NOP, NOTHING, 2, NOTHING, TAG_END), 0);
    assert_int_equal(digits, 12);
    assert_int_equal(sum_up_rest(&digits, TAG_END), 0);
    assert_int_equal(digits, 0);
    assert_int_equal(sum_up_rest(&digits, 1, NOTHING, TAG_JUMP, elsewhere), 0);
    assert_int_equal(digits, 13);
    assert_int_equal(sum_up_rest(&digits, 1, NOTHING, TAG_JUMP, NOTHING), 0);
    assert_int_equal(digits, 1);
}

static void numbers_travel_in_the_low_half(void **state)
{
    (void)state;
    TagArg argument = {1, (void *)(uintptr_t)0x123456789abcdef0u};
    assert_int_equal(tags_number(&argument), 0x9abcdef0u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_array_ends_with_its_end),
        cmocka_unit_test(a_jump_goes_on_elsewhere),
        cmocka_unit_test(a_loop_of_jumps_is_found),
        cmocka_unit_test(a_calls_arguments_are_a_list_and_may_jump_out),
        cmocka_unit_test(numbers_travel_in_the_low_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
