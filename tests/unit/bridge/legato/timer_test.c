/*
 * Timers. What is checked of time is that nothing comes too early, and what comes first.
 */
#include <cmocka.h>
#include <stdint.h>
#include <string.h>

#include "include/legato/le_thread.h"
#include "include/legato/le_timer.h"
#include "tests/unit/bridge/legato/doomed.h"
#include "tests/unit/bridge/legato/served.h"

static char order[64];
static size_t n_wanted;

static bool have_all(void)
{
    return strlen(order) >= n_wanted;
}

static void note(le_timer_Ref_t timer)
{
    size_t size = strlen(order);
    order[size] = *(const char *)le_timer_GetContextPtr(timer);
    order[size + 1] = '\0';
}

static int forget(void **state)
{
    (void)state;
    order[0] = '\0';
    return 0;
}

static le_timer_Ref_t made(const char *name, uint32_t interval_ms, uint32_t repeat)
{
    le_timer_Ref_t timer = le_timer_Create(name);
    assert_int_equal(le_timer_SetMsInterval(timer, interval_ms), LE_OK);
    assert_int_equal(le_timer_SetRepeat(timer, repeat), LE_OK);
    assert_int_equal(le_timer_SetHandler(timer, note), LE_OK);
    assert_int_equal(le_timer_SetContextPtr(timer, (void *)(uintptr_t)name), LE_OK);
    return timer;
}

static void the_next_to_run_out_is_first(void **state)
{
    (void)state;
    le_timer_Ref_t late = made("l", 30, 1);
    le_timer_Ref_t early = made("e", 2, 1);
    le_clk_Time_t start = le_clk_GetRelativeTime();
    assert_int_equal(le_timer_Start(late), LE_OK);
    assert_int_equal(le_timer_Start(early), LE_OK);
    n_wanted = 2;
    serve_until(have_all);
    le_clk_Time_t elapsed = le_clk_Sub(le_clk_GetRelativeTime(), start);
    assert_string_equal(order, "el");
    assert_true(elapsed.sec > 0 || elapsed.usec >= 30000);
    assert_false(le_timer_IsRunning(early));
    le_timer_Delete(early);
    le_timer_Delete(late);
}

static void it_repeats_as_often_as_it_was_told(void **state)
{
    (void)state;
    le_timer_Ref_t timer = made("r", 1, 5);
    assert_int_equal(le_timer_Start(timer), LE_OK);
    n_wanted = 5;
    serve_until(have_all);
    assert_int_equal(le_timer_GetExpiryCount(timer), 5);
    assert_false(le_timer_IsRunning(timer));
    assert_int_equal(le_timer_Start(timer), LE_OK);
    assert_int_equal(le_timer_GetExpiryCount(timer), 0);
    assert_int_equal(le_timer_Stop(timer), LE_OK);
    le_timer_Delete(timer);
}

static void an_interval_of_0_starves_nobody(void **state)
{
    (void)state;
    le_timer_Ref_t busy = made("b", 0, 0);
    le_timer_Ref_t other = made("o", 1, 1);
    assert_int_equal(le_timer_Start(busy), LE_OK);
    assert_int_equal(le_timer_Start(other), LE_OK);
    n_wanted = sizeof order;
    while (strchr(order, 'o') == NULL) {
        if (strlen(order) == sizeof order - 2)
            order[0] = '\0';
        (void)le_event_ServiceLoop();
    }
    le_timer_Delete(busy);
    le_timer_Delete(other);
}

static void what_cannot_be_now_is_said(void **state)
{
    (void)state;
    le_timer_Ref_t timer = made("w", 60000, 1);
    assert_int_equal(le_timer_Stop(timer), LE_FAULT);
    assert_int_equal(le_timer_SetWakeup(timer, false), LE_OK);
    assert_int_equal(le_timer_GetMsTimeRemaining(timer), 0);
    assert_int_equal(le_timer_Start(timer), LE_OK);
    assert_int_equal(le_timer_Start(timer), LE_BUSY);
    assert_int_equal(le_timer_SetHandler(timer, note), LE_BUSY);
    assert_int_equal(le_timer_SetRepeat(timer, 2), LE_BUSY);
    assert_int_equal(le_timer_SetWakeup(timer, false), LE_BUSY);
    assert_in_range(le_timer_GetMsTimeRemaining(timer), 1, 60000);
    assert_int_equal(le_timer_GetMsInterval(timer), 60000);
    assert_int_equal(le_timer_GetInterval(timer).sec, 60);
    assert_true(le_timer_IsRunning(timer));
    assert_int_equal(le_timer_Stop(timer), LE_OK);
    assert_false(le_timer_IsRunning(timer));
    le_timer_Delete(timer);
}

static void its_interval_may_change_while_it_runs(void **state)
{
    (void)state;
    le_timer_Ref_t timer = made("i", 3600000, 1);
    assert_int_equal(le_timer_Start(timer), LE_OK);
    assert_int_equal(le_timer_SetMsInterval(timer, 1), LE_OK);
    n_wanted = 1;
    serve_until(have_all);
    le_timer_Delete(timer);
}

static void a_restart_counts_from_now(void **state)
{
    (void)state;
    le_timer_Ref_t timer = made("s", 3600000, 1);
    le_timer_Restart(timer);
    assert_true(le_timer_IsRunning(timer));
    le_timer_Restart(timer);
    assert_true(le_timer_GetTimeRemaining(timer).sec > 3000);
    le_timer_Delete(timer); /* while it runs */
    serve_all();
    assert_string_equal(order, "");
}

static void delete_itself(le_timer_Ref_t timer)
{
    note(timer);
    le_timer_Delete(timer);
}

static void restart_itself(le_timer_Ref_t timer)
{
    note(timer);
    if (strlen(order) < n_wanted)
        le_timer_Restart(timer);
}

static void its_handler_may_do_what_it_likes(void **state)
{
    (void)state;
    le_timer_Ref_t gone = made("d", 1, 0);
    assert_int_equal(le_timer_SetHandler(gone, delete_itself), LE_OK);
    assert_int_equal(le_timer_Start(gone), LE_OK);
    n_wanted = 1;
    serve_until(have_all);
    assert_string_equal(order, "d");

    order[0] = '\0';
    le_timer_Ref_t again = made("a", 0, 1);
    assert_int_equal(le_timer_SetHandler(again, restart_itself), LE_OK);
    assert_int_equal(le_timer_Start(again), LE_OK);
    n_wanted = 4;
    serve_until(have_all);
    assert_string_equal(order, "aaaa");
    assert_false(le_timer_IsRunning(again));
    le_timer_Delete(again);
}

static void *start_and_end(void *context)
{
    assert_int_equal(le_timer_Start(context), LE_OK);
    return NULL;
}

static void a_timer_stops_with_its_thread(void **state)
{
    (void)state;
    le_timer_Ref_t timer = made("t", 0, 0);
    le_thread_Ref_t thread = le_thread_Create("short", start_and_end, timer);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    assert_false(le_timer_IsRunning(timer));
    le_timer_Delete(timer);
    assert_string_equal(order, "");
}

/* ---- misuse ---- */

static void *stop_it(void *context)
{
    (void)le_timer_Stop(context);
    return NULL;
}

static void stop_from_elsewhere(void)
{
    le_timer_Ref_t timer = made("mine", 60000, 1);
    (void)le_timer_Start(timer);
    le_thread_Ref_t thread = le_thread_Create("thief", stop_it, timer);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    (void)le_thread_Join(thread, NULL);
}

static void use_deleted(void)
{
    le_timer_Ref_t timer = le_timer_Create("gone");
    le_timer_Delete(timer);
    (void)le_timer_Start(timer);
}

static void use_none(void)
{
    (void)le_timer_IsRunning(NULL);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(use_deleted, 1, "le_timer_Start: .* is no timer");
    doomed(use_none, 1, "le_timer_IsRunning: .* is no timer");
    doomed(stop_from_elsewhere, 1,
           "le_timer_Stop: timer 'mine' runs in thread 'main', this is 'thief'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        cmocka_unit_test_setup(the_next_to_run_out_is_first, forget),
        cmocka_unit_test_setup(it_repeats_as_often_as_it_was_told, forget),
        cmocka_unit_test_setup(an_interval_of_0_starves_nobody, forget),
        cmocka_unit_test_setup(what_cannot_be_now_is_said, forget),
        cmocka_unit_test_setup(its_interval_may_change_while_it_runs, forget),
        cmocka_unit_test_setup(a_restart_counts_from_now, forget),
        cmocka_unit_test_setup(its_handler_may_do_what_it_likes, forget),
        cmocka_unit_test_setup(a_timer_stops_with_its_thread, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
