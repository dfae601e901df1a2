/*
 * Descriptors that a loop watches.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "include/legato/le_fdMonitor.h"
#include "include/legato/le_thread.h"
#include "tests/unit/bridge/legato/doomed.h"
#include "tests/unit/bridge/legato/served.h"

static int ends[2];
static le_fdMonitor_Ref_t monitor;
static int n_told;
static short told;

static bool was_told(void)
{
    return n_told > 0;
}

static void note(int fd, short events)
{
    n_told++;
    told = events;
    assert_int_equal(fd, le_fdMonitor_GetFd(le_fdMonitor_GetMonitor()));
}

static int open_pipe(void **state)
{
    (void)state;
    n_told = 0;
    told = 0;
    return pipe(ends);
}

static int close_pipe(void **state)
{
    (void)state;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return 0;
}

static void note_and_read(int fd, short events)
{
    char octet = 0;
    note(fd, events);
    assert_ptr_equal(le_fdMonitor_GetContextPtr(), &ends);
    assert_ptr_equal(le_fdMonitor_GetMonitor(), monitor);
    assert_int_equal(read(fd, &octet, 1), 1);
}

static void it_tells_as_long_as_it_is_so(void **state)
{
    (void)state;
    monitor = le_fdMonitor_Create("pipe", ends[0], note_and_read, POLLIN);
    le_fdMonitor_SetContextPtr(monitor, &ends);
    le_fdMonitor_SetDeferrable(monitor, true);
    serve_all();
    assert_int_equal(n_told, 0);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    serve_all();
    assert_int_equal(n_told, 3);
    assert_int_equal(told, POLLIN);
    le_fdMonitor_Delete(monitor);
}

static void what_is_disabled_is_not_told(void **state)
{
    (void)state;
    monitor = le_fdMonitor_Create("pipe", ends[0], note, 0);
    assert_int_equal(write(ends[1], "a", 1), 1);
    serve_all();
    assert_int_equal(n_told, 0);
    le_fdMonitor_Enable(monitor, POLLIN);
    serve_until(was_told);
    le_fdMonitor_Disable(monitor, POLLIN);
    n_told = 0;
    serve_all();
    assert_int_equal(n_told, 0);
    le_fdMonitor_Delete(monitor);
}

static void disable_other(void *param1, void *param2)
{
    (void)param2;
    le_fdMonitor_Disable(param1, POLLIN);
}

static void what_is_disabled_while_it_waits_is_not_told(void **state)
{
    (void)state;
    monitor = le_fdMonitor_Create("pipe", ends[0], note, POLLIN);
    assert_int_equal(write(ends[1], "a", 1), 1);
    le_event_QueueFunction(disable_other, monitor, NULL);
    serve_all();
    assert_int_equal(n_told, 0);
    le_fdMonitor_Delete(monitor);
}

static void an_end_is_told_unasked(void **state)
{
    (void)state;
    monitor = le_fdMonitor_Create("pipe", ends[0], note, 0);
    (void)close(ends[1]);
    serve_until(was_told);
    assert_int_equal(told, POLLHUP);
    le_fdMonitor_Delete(monitor);
    ends[1] = dup(ends[0]);
}

static void a_plain_file_is_always_ready(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    monitor = le_fdMonitor_Create("file", fileno(file), note, POLLIN);
    serve_until(was_told);
    assert_int_equal(told, POLLIN);
    le_fdMonitor_Disable(monitor, POLLIN);
    n_told = 0;
    serve_all();
    assert_int_equal(n_told, 0);
    le_fdMonitor_Enable(monitor, POLLOUT);
    serve_until(was_told);
    assert_int_equal(told, POLLOUT);
    le_fdMonitor_Delete(monitor);
    (void)fclose(file);
}

static void delete_it(int fd, short events)
{
    note(fd, events);
    le_fdMonitor_Delete(monitor);
}

static void delete_other(void *param1, void *param2)
{
    (void)param2;
    le_fdMonitor_Delete(param1);
}

static void it_may_be_deleted_in_its_handler(void **state)
{
    (void)state;
    monitor = le_fdMonitor_Create("pipe", ends[0], delete_it, POLLIN);
    assert_int_equal(write(ends[1], "a", 1), 1);
    serve_all();
    assert_int_equal(n_told, 1);
}

static void what_waits_of_a_deleted_one_is_dropped(void **state)
{
    (void)state;
    monitor = le_fdMonitor_Create("pipe", ends[0], note, POLLIN);
    assert_int_equal(write(ends[1], "a", 1), 1);
    /* it runs first: the descriptor enters the queue behind it */
    le_event_QueueFunction(delete_other, monitor, NULL);
    serve_all();
    assert_int_equal(n_told, 0);
}

static size_t n_descriptors(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void *leave_one_behind(void *context)
{
    (void)le_fdMonitor_Create("left", ends[0], note, POLLIN);
    return context;
}

static void a_thread_takes_its_monitors_along(void **state)
{
    (void)state;
    size_t before = n_descriptors();
    le_thread_Ref_t thread = le_thread_Create("leaving", leave_one_behind, NULL);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    assert_int_equal(n_descriptors(), before);
}

/* ---- misuse ---- */

static void *touch(void *context)
{
    le_fdMonitor_Enable(context, POLLIN);
    return NULL;
}

static void touch_from_elsewhere(void)
{
    (void)pipe(ends);
    le_thread_Ref_t thread =
        le_thread_Create("thief", touch, le_fdMonitor_Create("mine", ends[0], note, POLLIN));
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    (void)le_thread_Join(thread, NULL);
}

static void delete_twice(void)
{
    (void)pipe(ends);
    monitor = le_fdMonitor_Create("mine", ends[0], note, POLLIN);
    le_fdMonitor_Delete(monitor);
    le_fdMonitor_Delete(monitor);
}

static void use_none(void)
{
    (void)le_fdMonitor_GetFd(NULL);
}

static void ask_outside_of_a_handler(void)
{
    (void)le_fdMonitor_GetContextPtr();
}

static void watch_nothing(void)
{
    (void)le_fdMonitor_Create("closed", 250, note, POLLIN);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(delete_twice, 1, "le_fdMonitor_Delete: .* is no monitor");
    doomed(use_none, 1, "le_fdMonitor_GetFd: .* is no monitor");
    doomed(ask_outside_of_a_handler, 1, "no monitor's handler runs");
    doomed(watch_nothing, 1, "monitor 'closed' cannot watch descriptor 250: EBADF");
    doomed(touch_from_elsewhere, 1,
           "le_fdMonitor_Enable: monitor 'mine' belongs to thread 'main', this is 'thief'");
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, open_pipe, close_pipe)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        WITH_PIPE(it_tells_as_long_as_it_is_so),
        WITH_PIPE(what_is_disabled_is_not_told),
        WITH_PIPE(what_is_disabled_while_it_waits_is_not_told),
        WITH_PIPE(an_end_is_told_unasked),
        WITH_PIPE(a_plain_file_is_always_ready),
        WITH_PIPE(it_may_be_deleted_in_its_handler),
        WITH_PIPE(what_waits_of_a_deleted_one_is_dropped),
        WITH_PIPE(a_thread_takes_its_monitors_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
