/*
 * Memory, which is malloc's.
 */
#include <cmocka.h>
#include <stdlib.h>

#include "include/hdf/osal_mem.h"

/* More than there can be; volatile, so that the compiler does not warn of it. */
static volatile size_t far_too_much = SIZE_MAX / 2;

static void memory_is_mallocs(void **state)
{
    (void)state;
    char *memory = OsalMemAlloc(100);
    assert_non_null(memory);
    memset(memory, 1, 100);
    free(memory);
    OsalMemFree(malloc(1));
    OsalMemFree(NULL);
}

static void cleared_memory_is_zero(void **state)
{
    (void)state;
    static const char zero[4096];
    char *memory = OsalMemCalloc(sizeof zero);
    assert_non_null(memory);
    assert_memory_equal(memory, zero, sizeof zero);
    OsalMemFree(memory);
}

static void aligned_memory_is_aligned(void **state)
{
    (void)state;
    for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        char *memory = OsalMemAllocAlign(alignment, 3);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignment, 0);
        memset(memory, 1, 3);
        OsalMemFree(memory);
    }
    assert_null(OsalMemAllocAlign(0, 1));
    assert_null(OsalMemAllocAlign(24, 1));
}

static void nothing_gives_null(void **state)
{
    (void)state;
    assert_null(OsalMemAlloc(0));
    assert_null(OsalMemCalloc(0));
    assert_null(OsalMemAllocAlign(8, 0));
}

static void too_much_gives_null(void **state)
{
    (void)state;
    const char *sanitizers = getenv("VIADUCT_TEST_SANITIZE");
    if (sanitizers != NULL && *sanitizers != '\0')
        skip(); /* they end the program at such a size */
    assert_null(OsalMemAlloc(far_too_much));
    assert_null(OsalMemCalloc(far_too_much));
    assert_null(OsalMemAllocAlign(8, far_too_much));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_mallocs),         cmocka_unit_test(cleared_memory_is_zero),
        cmocka_unit_test(aligned_memory_is_aligned), cmocka_unit_test(nothing_gives_null),
        cmocka_unit_test(too_much_gives_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
