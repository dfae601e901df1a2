/*
 * The table, fed with what a broker says, and with what none would say.
 */
#include <cmocka.h>
#include <string.h>

#include "bridge/portfolio/port.h"
#include "bridge/portfolio/table.h"
#include "codecs/octets.h"
#include "include/portfolio/msgport.h"
#include "include/portfolio/semaphore.h"

static Item port_number;
static const PodStateTable *table;

static struct port *port(void)
{
    return port_find(port_number);
}

static void change(const uint32 *words, size_t n)
{
    uint8_t octets[256];
    for (size_t i = 0; i < n; i++)
        octets_put_u32(octets + 4 * i, words[i]);
    items_lock();
    table_change(octets, 4 * n);
    items_unlock();
}

static int open_it(void **state)
{
    (void)state;
    port_number = CreateMsgPort(NULL, 0, 0);
    items_lock();
    table = table_open(port(), 0, NULL, 0);
    items_unlock();
    return table != NULL ? 0 : 1;
}

static int close_it(void **state)
{
    (void)state;
    return DeleteMsgPort(port_number);
}

static void it_is_empty_at_first(void **state)
{
    (void)state;
    static const size_t sizes[] = {PODSTATETABLEARRAYSIZES};
    const PodStateTableOverlay *overlay = (const void *)table;
    assert_int_equal(sizeof sizes / sizeof *sizes, 16);
    assert_int_equal(sizeof *overlay, 392);
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(overlay->psto_Array[i].gt_HowMany, 0);
        assert_null(overlay->psto_Array[i].gt_ValidityTimeStamps);
        assert_null(overlay->psto_Array[i].gt_EventSpecificData);
    }
}

static void a_class_has_places_for_the_highest_and_eight_more(void **state)
{
    (void)state;
    const uint32 sticks[] = {7, 3, 9, 1, 512, 513, 514, 7, 1, 9, 2, 0, 0, 0};
    change(sticks, sizeof sticks / sizeof *sticks);
    const StickTable *of_sticks = &table->pst_StickTable;
    assert_int_equal(of_sticks->gt_HowMany, 11);
    assert_int_equal(of_sticks->gt_EventSpecificData[3].stk_DepthPosition, 514);
    assert_int_equal(of_sticks->gt_EventSpecificData[1].stk_ButtonBits, 2);
    assert_int_equal(of_sticks->gt_ValidityTimeStamps[2], 0);
    const StickEventData *where = of_sticks->gt_EventSpecificData;
    const uint32 more[] = {7, 10, 10, 5, 1, 1, 1, 7, 11, 10, 5, 1, 1, 1};
    change(more, sizeof more / sizeof *more);
    assert_ptr_equal(of_sticks->gt_EventSpecificData, where);
    assert_int_equal(of_sticks->gt_HowMany, 11);
    assert_int_equal(of_sticks->gt_ValidityTimeStamps[10], 10);
}

static void what_is_cut_or_of_no_class_changes_nothing(void **state)
{
    (void)state;
    const uint32 gun[] = {2, 1, 9, 1, 2, 3};
    uint8_t octets[sizeof gun];
    for (size_t i = 0; i < sizeof gun / 4; i++)
        octets_put_u32(octets + 4 * i, gun[i]);
    items_lock();
    for (size_t cut = 0; cut < sizeof octets; cut++)
        table_change(octets, cut);
    items_unlock();
    static const uint32 bad[][4] = {{5, 1, 1, 1},   {8, 1, 1, 1}, {9, 1, 1, 1},   {16, 1, 1, 1},
                                    {~0u, 1, 1, 1}, {0, 0, 1, 1}, {0, 256, 1, 1}, {0, ~0u, 1, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        change(bad[i], 4);
    it_is_empty_at_first(state);
    items_lock();
    table_change(octets, sizeof octets);
    items_unlock();
    assert_int_equal(table->pst_GunTable.gt_HowMany, 9);
}

static void it_stays_as_it_is_while_it_is_locked(void **state)
{
    (void)state;
    const uint32 first[] = {0, 1, 1, 1}, second[] = {0, 1, 2, 2}, third[] = {0, 2, 3, 3};
    change(first, 4);
    assert_int_equal(LockSemaphore(table->pst_SemaphoreItem, SEM_WAIT), 1);
    change(second, 4);
    change(third, 4);
    const ControlPadTable *pads = &table->pst_ControlPadTable;
    assert_int_equal(pads->gt_ValidityTimeStamps[1], 1);
    assert_int_equal(pads->gt_ValidityTimeStamps[2], 0);
    assert_int_equal(UnlockSemaphore(table->pst_SemaphoreItem), 0);
    assert_int_equal(pads->gt_ValidityTimeStamps[1], 2);
    assert_int_equal(pads->gt_EventSpecificData[2].cped_ButtonBits, 3);
}

/* Its memory is gone, too: the sanitizers look. */
static void it_goes_while_it_is_locked(void **state)
{
    const uint32 first[] = {0, 1, 1, 1};
    const Item semaphore = table->pst_SemaphoreItem;
    assert_int_equal(LockSemaphore(semaphore, SEM_WAIT), 1);
    change(first, 4);
    assert_int_equal(DeleteMsgPort(port_number), 0);
    change(first, 4);
    assert_true(UnlockSemaphore(semaphore) < 0);
    assert_int_equal(open_it(state), 0);
    assert_true(table->pst_SemaphoreItem != semaphore);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_empty_at_first, open_it, close_it),
        cmocka_unit_test_setup_teardown(a_class_has_places_for_the_highest_and_eight_more, open_it,
                                        close_it),
        cmocka_unit_test_setup_teardown(what_is_cut_or_of_no_class_changes_nothing, open_it,
                                        close_it),
        cmocka_unit_test_setup_teardown(it_stays_as_it_is_while_it_is_locked, open_it, close_it),
        cmocka_unit_test_setup_teardown(it_goes_while_it_is_locked, open_it, close_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
