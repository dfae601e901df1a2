/*
 * Exports: handles, their generations, counts, and the hash behind them held against a plain list.
 */
#include <cmocka.h>
#include <stdlib.h>

#include "bridge/exports.h"

static char things[4096]; /* whose addresses are objects */

static uint32_t add(struct exports *exports, void *object)
{
    uint32_t number;
    bool is_new;
    assert_int_equal(exports_add(exports, object, &number, &is_new), VIA_OK);
    return number;
}

static void *take_back(struct exports *exports, uint32_t number, uint32_t n)
{
    void *object;
    assert_int_equal(exports_take_back(exports, number, n, &object), VIA_OK);
    return object;
}

static void an_object_keeps_its_handle_while_it_is_counted(void **state)
{
    (void)state;
    struct exports exports;
    exports_init(&exports, 100);
    uint32_t number, again;
    bool is_new = false;
    assert_int_equal(exports_add(&exports, &things[0], &number, &is_new), VIA_OK);
    assert_true(is_new);
    assert_int_equal(exports_add(&exports, &things[0], &again, &is_new), VIA_OK);
    assert_false(is_new);
    assert_int_equal(number, again);
    assert_int_equal(exports_find(&exports, number)->count, 2);
    assert_null(take_back(&exports, number, 1));
    assert_ptr_equal(take_back(&exports, number, 1), &things[0]);
    assert_null(exports_find(&exports, number));
    exports_deinit(&exports);
}

static void slot_0_is_never_given_out(void **state)
{
    (void)state;
    struct exports exports;
    exports_init(&exports, 100);
    assert_int_equal(handle_slot(add(&exports, &things[0])), 1);
    assert_null(exports_find(&exports, 0));
    assert_int_equal(exports_check(&exports, 0), VIA_BAD_HANDLE);
    assert_int_equal(exports_check(&exports, handle_number(0, 1)), VIA_BAD_HANDLE);
    exports_deinit(&exports);
}

static void a_stale_handle_is_told_from_one_never_given(void **state)
{
    (void)state;
    struct exports exports;
    exports_init(&exports, 100);
    uint32_t old = add(&exports, &things[0]);
    assert_int_equal(exports_check(&exports, old), VIA_OK);
    assert_int_equal(exports_check(&exports, old + 1), VIA_BAD_HANDLE);
    assert_int_equal(exports_check(&exports, handle_number(handle_slot(old), 1)), VIA_BAD_HANDLE);
    (void)take_back(&exports, old, 1);
    assert_int_equal(exports_check(&exports, old), VIA_NOT_FOUND);
    /* the next generation of the free slot has not been given yet */
    assert_int_equal(exports_check(&exports, handle_number(handle_slot(old), 1)), VIA_BAD_HANDLE);
    uint32_t new = add(&exports, &things[1]);
    assert_int_equal(handle_slot(new), handle_slot(old));
    assert_int_not_equal(new, old);
    assert_int_equal(exports_check(&exports, old), VIA_NOT_FOUND);
    assert_ptr_equal(exports_find(&exports, new)->object, &things[1]);
    exports_deinit(&exports);
}

static void more_counts_than_there_are_are_refused(void **state)
{
    (void)state;
    struct exports exports;
    exports_init(&exports, 100);
    uint32_t number = add(&exports, &things[0]);
    (void)add(&exports, &things[0]);
    void *object;
    assert_int_equal(exports_take_back(&exports, number, 3, &object), VIA_BAD_HANDLE);
    assert_int_equal(exports_take_back(&exports, number, UINT32_MAX, &object), VIA_BAD_HANDLE);
    assert_int_equal(exports_take_back(&exports, number + 1, 1, &object), VIA_BAD_HANDLE);
    assert_int_equal(exports_find(&exports, number)->count, 2);
    assert_null(take_back(&exports, number, 0));
    assert_ptr_equal(take_back(&exports, number, 2), &things[0]);
    assert_int_equal(exports_take_back(&exports, number, 1, &object), VIA_BAD_HANDLE);
    exports_deinit(&exports);
}

static void counts_do_not_wrap(void **state)
{
    (void)state;
    struct exports exports;
    exports_init(&exports, 100);
    uint32_t number = add(&exports, &things[0]);
    exports_find(&exports, number)->count = UINT32_MAX;
    bool is_new;
    assert_int_equal(exports_add(&exports, &things[0], &number, &is_new), VIA_BUSY);
    assert_ptr_equal(take_back(&exports, number, UINT32_MAX), &things[0]);
    exports_deinit(&exports);
}

static void the_limit_is_kept(void **state)
{
    (void)state;
    struct exports exports;
    exports_init(&exports, 100);
    exports_limit(&exports, 2);
    exports_limit(&exports, 50); /* more than before: no change */
    uint32_t first = add(&exports, &things[0]);
    (void)add(&exports, &things[1]);
    uint32_t number;
    bool is_new;
    assert_int_equal(exports_add(&exports, &things[2], &number, &is_new), VIA_BUSY);
    assert_int_equal(exports_add(&exports, &things[1], &number, &is_new), VIA_OK);
    (void)take_back(&exports, first, 1);
    assert_int_equal(exports_add(&exports, &things[2], &number, &is_new), VIA_OK);
    exports_deinit(&exports);
}

static void a_slot_whose_generations_are_spent_is_retired(void **state)
{
    (void)state;
    struct exports exports;
    exports_init(&exports, 100);
    uint32_t number = 0;
    for (uint32_t generation = 0; generation < HANDLE_GENERATIONS; generation++) {
        number = add(&exports, &things[0]);
        assert_int_equal(number, handle_number(1, generation));
        (void)take_back(&exports, number, 1);
    }
    assert_int_equal(add(&exports, &things[0]), handle_number(2, 0));
    assert_int_equal(exports_check(&exports, number), VIA_NOT_FOUND);
    assert_int_equal(exports_check(&exports, handle_number(1, 0)), VIA_NOT_FOUND);
    assert_int_equal(exports_check(&exports, handle_number(2, 0)), VIA_OK);
    exports_deinit(&exports);
}

static void no_handle_is_left_when_every_slot_is_taken(void **state)
{
    (void)state;
    struct exports exports;
    exports_init(&exports, HANDLE_SLOTS);
    char *many = malloc(HANDLE_SLOTS);
    assert_non_null(many);
    for (uint32_t i = 1; i < HANDLE_SLOTS; i++)
        assert_int_equal(add(&exports, &many[i]), i);
    uint32_t number;
    bool is_new;
    assert_int_equal(exports_add(&exports, &many[0], &number, &is_new), VIA_BUSY);
    (void)take_back(&exports, 77, 1);
    assert_int_equal(add(&exports, &many[0]), handle_number(77, 1));
    exports_deinit(&exports);
    free(many);
}

static void an_object_is_found_whatever_came_and_went_beside_it(void **state)
{
    (void)state;
    struct exports exports;
    exports_init(&exports, HANDLE_SLOTS);
    uint32_t numbers[sizeof things] = {0}; /* 0: not given out */
    uint64_t random = 1;
    for (int step = 0; step < 60000; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        size_t i = (size_t)(random >> 33) % sizeof things;
        if (numbers[i] == 0) {
            numbers[i] = add(&exports, &things[i]);
        } else {
            assert_ptr_equal(take_back(&exports, numbers[i], 1), &things[i]);
            numbers[i] = 0;
        }
        size_t other = (size_t)(random >> 13) % sizeof things;
        uint32_t number = 0;
        struct exported *found = exports_find_object(&exports, &things[other], &number);
        assert_int_equal(found != NULL, numbers[other] != 0);
        assert_int_equal(number, numbers[other]);
    }
    uint32_t cursor = 0;
    uint32_t number;
    size_t n = 0;
    for (char *object; (object = exports_take_next(&exports, &cursor, &number)) != NULL; n++) {
        assert_int_equal(number, numbers[object - things]);
        numbers[object - things] = 0;
    }
    assert_true(n > 0);
    for (size_t i = 0; i < sizeof things; i++)
        assert_int_equal(numbers[i], 0);
    assert_int_equal(exports.n_live, 0);
    exports_deinit(&exports);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_keeps_its_handle_while_it_is_counted),
        cmocka_unit_test(slot_0_is_never_given_out),
        cmocka_unit_test(a_stale_handle_is_told_from_one_never_given),
        cmocka_unit_test(more_counts_than_there_are_are_refused),
        cmocka_unit_test(counts_do_not_wrap),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(a_slot_whose_generations_are_spent_is_retired),
        cmocka_unit_test(no_handle_is_left_when_every_slot_is_taken),
        cmocka_unit_test(an_object_is_found_whatever_came_and_went_beside_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
