/*
 * Imports: counts and generations by the other end's numbers, and what a far number costs.
 */
#include <cmocka.h>

#include "bridge/imports.h"

static void counts_come_and_go(void **state)
{
    (void)state;
    struct imports imports;
    imports_init(&imports, 10);
    assert_null(imports_find(&imports, 5));
    assert_int_equal(imports_release(&imports, 5, 1), 0);
    assert_int_equal(imports_add(&imports, 5), VIA_OK);
    assert_int_equal(imports_add(&imports, 5), VIA_OK);
    assert_int_equal(imports_find(&imports, 5)->count, 2);
    assert_int_equal(imports_release(&imports, 5, 1), 1);
    assert_int_equal(imports_release(&imports, 5, UINT32_MAX), 1);
    assert_null(imports_find(&imports, 5));
    assert_int_equal(imports.n_live, 0);
    imports_deinit(&imports);
}

static void a_released_number_comes_back_as_a_new_import(void **state)
{
    (void)state;
    struct imports imports;
    imports_init(&imports, 10);
    assert_int_equal(imports_add(&imports, 5), VIA_OK);
    struct imported *imported = imports_find(&imports, 5);
    imported->attached = &imports;
    imported->dead = true;
    assert_int_equal(imports_release(&imports, 5, 1), 1);
    assert_int_equal(imports_add(&imports, 5), VIA_OK);
    imported = imports_find(&imports, 5);
    assert_null(imported->attached);
    assert_false(imported->dead);
    imports_deinit(&imports);
}

static void a_slot_is_held_under_one_generation(void **state)
{
    (void)state;
    struct imports imports;
    imports_init(&imports, 10);
    uint32_t old = handle_number(5, 1), new = handle_number(5, 2);
    assert_int_equal(imports_add(&imports, old), VIA_OK);
    assert_int_equal(imports_add(&imports, new), VIA_BAD_HANDLE);
    assert_null(imports_find(&imports, new));
    assert_int_equal(imports_release(&imports, new, 1), 0);
    assert_int_equal(imports_release(&imports, old, 1), 1);
    assert_int_equal(imports_add(&imports, new), VIA_OK);
    assert_null(imports_find(&imports, old));
    assert_non_null(imports_find(&imports, new));
    imports_deinit(&imports);
}

static void the_limit_and_the_count_are_kept(void **state)
{
    (void)state;
    struct imports imports;
    imports_init(&imports, 2);
    assert_int_equal(imports_add(&imports, 1), VIA_OK);
    assert_int_equal(imports_add(&imports, 2), VIA_OK);
    assert_int_equal(imports_add(&imports, 3), VIA_BAD_REFERENCE);
    assert_int_equal(imports_add(&imports, 2), VIA_OK);
    assert_int_equal(imports_release(&imports, 2, 2), 2);
    assert_int_equal(imports_add(&imports, 3), VIA_OK);
    imports_find(&imports, 3)->count = UINT32_MAX;
    assert_int_equal(imports_add(&imports, 3), VIA_BAD_REFERENCE);
    assert_int_equal(imports_release(&imports, 3, UINT32_MAX), UINT32_MAX);
    imports_deinit(&imports);
}

static void a_far_number_costs_one_chunk(void **state)
{
    (void)state;
    struct imports imports;
    imports_init(&imports, 10);
    assert_int_equal(imports_add(&imports, 0xfffff), VIA_OK);
    assert_int_equal(imports_add(&imports, 0xfff00001), VIA_OK);
    uint32_t n_made = 0;
    for (uint32_t chunk = 0; chunk < imports.n_chunks; chunk++)
        n_made += imports.chunks[chunk] != NULL;
    assert_int_equal(n_made, 2);
    assert_true(imports.n_chunks <= HANDLE_SLOTS / IMPORTS_CHUNK);
    imports_deinit(&imports);
}

static void all_are_visited_also_when_some_go_meanwhile(void **state)
{
    (void)state;
    struct imports imports;
    imports_init(&imports, 10);
    const uint32_t numbers[] = {1, 2, handle_number(255, 7), 256, 70000, 0xfffff};
    const size_t n_numbers = sizeof numbers / sizeof *numbers;
    for (size_t i = 0; i < n_numbers; i++)
        assert_int_equal(imports_add(&imports, numbers[i]), VIA_OK);
    uint32_t cursor = 0;
    uint32_t number;
    size_t n = 0;
    while (imports_next(&imports, &cursor, &number) != NULL) {
        assert_int_equal(number, numbers[n]);
        assert_int_equal(imports_release(&imports, number, 1), 1);
        n++;
        if (n < n_numbers && number == 256)
            assert_int_equal(imports_release(&imports, numbers[n++], 1), 1);
    }
    assert_int_equal(n, n_numbers);
    assert_int_equal(imports.n_live, 0);
    imports_deinit(&imports);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_come_and_go),
        cmocka_unit_test(a_released_number_comes_back_as_a_new_import),
        cmocka_unit_test(a_slot_is_held_under_one_generation),
        cmocka_unit_test(the_limit_and_the_count_are_kept),
        cmocka_unit_test(a_far_number_costs_one_chunk),
        cmocka_unit_test(all_are_visited_also_when_some_go_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
