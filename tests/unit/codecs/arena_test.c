/*
 * Memory in pieces: aligned, zero, bounded, given back as a whole.
 */
#include <cmocka.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "codecs/arena.h"

static void pieces_are_zero_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    static const size_t sizes[] = {1, 0, 15, 16, 17, 8191, 8192, 8193, 100000, 3};
    unsigned char *pieces[sizeof sizes / sizeof *sizes];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pieces[i] = arena_take(&arena, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pieces[i][at], 0);
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pieces[i][at], i + 1);
    arena_deinit(&arena);
}

static void the_limit_is_for_all_pieces(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64);
    assert_non_null(arena_take(&arena, 48));
    assert_null(arena_take(&arena, 17));
    assert_int_equal(arena.status, VIA_TOO_LARGE);
    assert_non_null(arena_take(&arena, 16));
    assert_null(arena_take(&arena, 1));
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_copy(&arena, "", SIZE_MAX));
    arena_deinit(&arena);
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_take(&arena, SIZE_MAX - 15));
    assert_int_equal(arena.status, VIA_TOO_LARGE);
    arena_deinit(&arena);
}

static void a_copy_ends_with_a_nul(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024);
    assert_string_equal(arena_copy(&arena, "viaduct", 3), "via");
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zero_aligned_and_apart),
        cmocka_unit_test(the_limit_is_for_all_pieces),
        cmocka_unit_test(a_copy_ends_with_a_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
