/*
 * Events that are published.
 */
#include <cmocka.h>
#include <stdint.h>
#include <string.h>

#include "include/legato/le_mem.h"
#include "include/legato/le_semaphore.h"
#include "tests/unit/bridge/legato/doomed.h"
#include "tests/unit/bridge/legato/served.h"

static int n_reports;
static int last;
static void *last_context;

static void note(void *report)
{
    n_reports++;
    memcpy(&last, report, sizeof last);
    last_context = le_event_GetContextPtr();
}

static void note_layered(void *report, void *second)
{
    note(report);
    assert_ptr_equal(second, &last);
}

static void a_report_reaches_each_handler(void **state)
{
    (void)state;
    n_reports = 0;
    le_event_Id_t event = le_event_CreateId("numbers", sizeof(int));
    le_event_HandlerRef_t first = le_event_AddHandler("first", event, note);
    le_event_HandlerRef_t second = le_event_AddLayeredHandler("second", event, note_layered, &last);
    le_event_SetContextPtr(second, &n_reports);
    int number = 7;
    le_event_Report(event, &number, sizeof number);
    number = 8; /* it was copied */
    assert_int_equal(n_reports, 0);
    serve_all();
    assert_int_equal(n_reports, 2);
    assert_int_equal(last, 7);
    assert_ptr_equal(last_context, &n_reports);

    le_event_Report(event, &number, 1); /* the rest is zeros */
    le_event_RemoveHandler(second);
    serve_all();
    assert_int_equal(n_reports, 3);
    assert_int_equal(last, 8);
    assert_null(last_context);
    le_event_RemoveHandler(first);
    le_event_Report(event, NULL, 0);
    serve_all();
    assert_int_equal(n_reports, 3);
}

static le_event_HandlerRef_t self;

static void remove_itself(void *report)
{
    note(report);
    le_event_RemoveHandler(self);
}

static void a_handler_may_remove_itself(void **state)
{
    (void)state;
    n_reports = 0;
    le_event_Id_t event = le_event_CreateId("once", sizeof(int));
    self = le_event_AddHandler("self", event, remove_itself);
    int number = 1;
    le_event_Report(event, &number, sizeof number);
    le_event_Report(event, &number, sizeof number);
    serve_all();
    assert_int_equal(n_reports, 1);
}

static int n_destroyed;

static void destroy(void *object)
{
    (void)object;
    n_destroyed++;
}

static void release(void *report)
{
    n_reports++;
    le_mem_Release(report);
}

static void each_handler_gets_a_reference(void **state)
{
    (void)state;
    n_reports = 0;
    n_destroyed = 0;
    le_mem_PoolRef_t pool = le_mem_CreatePool("reported", 8);
    le_mem_SetDestructor(pool, destroy);
    le_event_Id_t event = le_event_CreateIdWithRefCounting("objects");
    le_event_HandlerRef_t one = le_event_AddHandler("one", event, release);
    le_event_HandlerRef_t two = le_event_AddHandler("two", event, release);
    le_event_ReportWithRefCounting(event, le_mem_ForceAlloc(pool));
    assert_int_equal(n_destroyed, 0);
    serve_all();
    assert_int_equal(n_reports, 2);
    assert_int_equal(n_destroyed, 1);
    le_event_ReportWithRefCounting(event, le_mem_ForceAlloc(pool));
    le_event_RemoveHandler(one);
    le_event_RemoveHandler(two);
    serve_all();
    assert_int_equal(n_reports, 2);
    assert_int_equal(n_destroyed, 2);
}

static le_sem_Ref_t ready;
static le_event_Id_t shared;

static void stop_at_3(void *report)
{
    note(report);
    if (last == 3)
        le_thread_Exit(NULL);
}

static void *listen(void *context)
{
    (void)le_event_AddHandler("listening", shared, stop_at_3);
    le_sem_Post(ready);
    le_event_RunLoop();
    return context;
}

static void another_thread_hears_it(void **state)
{
    (void)state;
    n_reports = 0;
    ready = le_sem_Create("ready", 0);
    shared = le_event_CreateId("shared", sizeof(int));
    le_thread_Ref_t thread = le_thread_Create("listener", listen, NULL);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    le_sem_Wait(ready);
    for (int i = 1; i <= 5; i++)
        le_event_Report(shared, &i, sizeof i);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    assert_int_equal(n_reports, 3);
    le_event_Report(shared, &last, sizeof last); /* nobody is there any more */
    le_sem_Delete(ready);
}

/* ---- misuse ---- */

static void report_too_much(void)
{
    int numbers[2] = {0};
    le_event_Report(le_event_CreateId("small", sizeof(int)), numbers, sizeof numbers);
}

static void report_an_object_as_octets(void)
{
    le_event_Report(le_event_CreateIdWithRefCounting("object"), NULL, 0);
}

static void report_nothing_known(void)
{
    le_event_Report(NULL, NULL, 0);
}

static void remove_twice(void)
{
    le_event_HandlerRef_t handler =
        le_event_AddHandler("twice", le_event_CreateId("event", 1), note);
    le_event_RemoveHandler(handler);
    le_event_RemoveHandler(handler);
}

static void ask_outside_of_a_handler(void)
{
    (void)le_event_GetContextPtr();
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(report_too_much, 1, "le_event_Report: event 'small' has no room for 8 octets");
    doomed(report_an_object_as_octets, 1, "le_event_Report: event 'object' has no room");
    doomed(report_nothing_known, 1, "le_event_Report: .* is no event");
    doomed(remove_twice, 1, "le_event_RemoveHandler: .* is no handler");
    doomed(ask_outside_of_a_handler, 1, "no event's handler runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        cmocka_unit_test(a_report_reaches_each_handler),
        cmocka_unit_test(a_handler_may_remove_itself),
        cmocka_unit_test(each_handler_gets_a_reference),
        cmocka_unit_test(another_thread_hears_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
