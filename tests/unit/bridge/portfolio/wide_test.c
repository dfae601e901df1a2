/*
 * Items by numbers that are the gateway's.
 */
#include <cmocka.h>
#include <viaduct/node.h>

#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/wide.h"
#include "include/portfolio/semaphore.h"

#define MANY 1000

static void numbers_are_in_their_range(void **state)
{
    (void)state;
    assert_true(wide_is((Item)VIA_NUMBER_FIRST) && wide_is((Item)VIA_NUMBER_LAST));
    assert_false(wide_is((Item)VIA_NUMBER_FIRST - 1) || wide_is((Item)VIA_NUMBER_LAST + 1));
    assert_false(wide_is(0) || wide_is(-1) || wide_is(1));
}

static struct item *make(Item number)
{
    struct item *item = item_create(&semaphore_kind, sizeof(Semaphore));
    item->node->n_Item = number;
    assert_int_equal(wide_put(item), 0);
    return item;
}

/* Next to each other, and such as fall into one bucket. */
static void each_is_found_by_its_own_and_by_no_other(void **state)
{
    static struct item *items[MANY];
    (void)state;
    assert_null(wide_get((Item)VIA_NUMBER_FIRST));
    for (int step = 1; step <= 4096; step *= 4096) {
        for (int i = 0; i < MANY; i++)
            items[i] = make((Item)VIA_NUMBER_FIRST + i * step);
        for (int i = 0; i < MANY; i++)
            assert_ptr_equal(wide_get((Item)VIA_NUMBER_FIRST + i * step), items[i]);
        assert_null(wide_get((Item)VIA_NUMBER_FIRST + MANY * step));
        for (int i = 0; i < MANY; i++) {
            wide_take_out(items[i]);
            assert_null(wide_get((Item)VIA_NUMBER_FIRST + i * step));
            if (i + 1 < MANY)
                assert_ptr_equal(wide_get((Item)VIA_NUMBER_FIRST + (MANY - 1) * step),
                                 items[MANY - 1]);
            item_destroy(items[i]);
        }
    }
}

static void in_a_child_there_are_none(void **state)
{
    (void)state;
    struct item *item = make((Item)VIA_NUMBER_FIRST);
    wide_forget();
    assert_null(wide_get((Item)VIA_NUMBER_FIRST));
    item_destroy(item);
    item = make((Item)VIA_NUMBER_FIRST);
    assert_ptr_equal(wide_get((Item)VIA_NUMBER_FIRST), item);
    wide_take_out(item);
    item_destroy(item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_in_their_range),
        cmocka_unit_test(each_is_found_by_its_own_and_by_no_other),
        cmocka_unit_test(in_a_child_there_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
