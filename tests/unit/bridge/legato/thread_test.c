/*
 * Threads: their beginnings, their ends, and what is left of them.
 */
#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "bridge/legato/thread.h"
#include "include/legato/le_eventLoop.h"
#include "include/legato/le_messaging.h"
#include "include/legato/le_semaphore.h"
#include "include/legato/le_thread.h"
#include "tests/unit/bridge/legato/doomed.h"

static void *give_back(void *context)
{
    return context;
}

static le_thread_Ref_t started(const char *name, le_thread_MainFunc_t function, void *context)
{
    le_thread_Ref_t thread = le_thread_Create(name, function, context);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    return thread;
}

static void a_join_gives_what_it_ended_with(void **state)
{
    (void)state;
    int value = 0;
    void *result = NULL;
    le_thread_Ref_t thread = started("one", give_back, &value);
    assert_int_equal(le_thread_Join(thread, &result), LE_OK);
    assert_ptr_equal(result, &value);
    assert_int_equal(le_thread_Join(thread, &result), LE_NOT_FOUND);
    thread = started("two", give_back, NULL);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
}

static void *exit_with(void *context)
{
    le_thread_Exit(context);
}

static void it_may_exit_from_anywhere(void **state)
{
    (void)state;
    int value = 0;
    void *result = NULL;
    assert_int_equal(le_thread_Join(started("one", exit_with, &value), &result), LE_OK);
    assert_ptr_equal(result, &value);
}

static void *join_main(void *context)
{
    return (void *)(intptr_t)le_thread_Join(context, NULL);
}

static void *join_itself(void *context)
{
    (void)context;
    return (void *)(intptr_t)le_thread_Join(le_thread_GetCurrent(), NULL);
}

static void what_cannot_be_joined_is_said(void **state)
{
    (void)state;
    void *result = NULL;
    assert_int_equal(le_thread_Join(NULL, NULL), LE_NOT_FOUND);
    assert_int_equal(le_thread_Join(le_thread_GetCurrent(), NULL), LE_DEADLOCK);
    assert_int_equal(le_thread_Join(le_thread_Create("never", give_back, NULL), NULL),
                     LE_NOT_FOUND);
    assert_int_equal(le_thread_Join(started("self", join_itself, NULL), &result), LE_OK);
    assert_int_equal((intptr_t)result, LE_DEADLOCK);
    /* main is not joinable */
    assert_int_equal(le_thread_Join(started("other", join_main, le_thread_GetCurrent()), &result),
                     LE_OK);
    assert_int_equal((intptr_t)result, LE_FAULT);
}

#if !UNDER_THREAD_SANITIZER
static le_sem_Ref_t seen;

static void *run_loop(void *context)
{
    (void)context;
    le_sem_Post(seen);
    le_event_RunLoop();
}

static void a_loop_can_be_cancelled(void **state)
{
    (void)state;
    seen = le_sem_Create("seen", 0);
    le_thread_Ref_t thread = le_thread_Create("looping", run_loop, NULL);
    assert_int_equal(le_thread_Cancel(thread), LE_NOT_FOUND);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    le_sem_Wait(seen);
    assert_int_equal(le_thread_Cancel(thread), LE_OK);
    void *result = NULL;
    assert_int_equal(le_thread_Join(thread, &result), LE_OK);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    assert_int_equal(le_thread_Cancel(thread), LE_NOT_FOUND);
    le_sem_Delete(seen);
}

static void *run_loop_with_messages(void *context)
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("cancelled", 8);
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, "cancelled");
    (void)le_msg_GetSessionInterface(session);
    return run_loop(context);
}

static void a_loop_that_waits_for_messages_can_be_cancelled(void **state)
{
    (void)state;
    seen = le_sem_Create("seen", 0);
    for (unsigned i = 0; i < 100; i++) {
        void *result = NULL;
        le_thread_Ref_t thread = started("looping", run_loop_with_messages, NULL);
        le_sem_Wait(seen);
        assert_int_equal(le_thread_Cancel(thread), LE_OK);
        assert_int_equal(le_thread_Join(thread, &result), LE_OK);
        assert_ptr_equal(result, PTHREAD_CANCELED);
    }
    le_sem_Delete(seen);
}
#endif

static void *give_name(void *context)
{
    char *name = context;
    memcpy(name, le_thread_GetMyName(), strlen(le_thread_GetMyName()) + 1);
    return NULL;
}

static void a_name_has_47_octets(void **state)
{
    (void)state;
    char long_name[80];
    memset(long_name, 'n', sizeof long_name);
    long_name[60] = '\0';
    char name[80] = "";
    le_thread_Ref_t thread = started(long_name, give_name, name);
    char asked[10];
    le_thread_GetName(thread, asked, sizeof asked);
    assert_string_equal(asked, "nnnnnnnnn");
    le_thread_GetName(thread, asked, 0);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    assert_int_equal(strlen(name), 47);
    assert_string_equal(le_thread_GetMyName(), "main");
}

/* ---- ends ---- */

static char order[32];

static void note(void *context)
{
    size_t size = strlen(order);
    order[size] = *(const char *)context;
    order[size + 1] = '\0';
}

static void add_one_more(void *context)
{
    note(context);
    (void)le_thread_AddDestructor(note, (void *)(uintptr_t) "x");
}

static void at_its_end(void *context)
{
    /* it is still itself */
    assert_string_equal(le_thread_GetMyName(), "ending");
    note(context);
}

static void *end_with_destructors(void *context)
{
    legato_thread_at_end(legato_thread_here(), at_its_end, (void *)(uintptr_t) "1");
    legato_thread_at_end(legato_thread_here(), at_its_end, (void *)(uintptr_t) "2");
    (void)le_thread_AddDestructor(note, (void *)(uintptr_t) "a");
    le_thread_DestructorRef_t removed = le_thread_AddDestructor(note, (void *)(uintptr_t) "r");
    (void)le_thread_AddDestructor(add_one_more, (void *)(uintptr_t) "b");
    le_thread_RemoveDestructor(removed);
    return context;
}

static void the_newest_destructor_runs_first(void **state)
{
    (void)state;
    order[0] = '\0';
    le_thread_Ref_t thread = le_thread_Create("ending", end_with_destructors, NULL);
    le_thread_AddChildDestructor(thread, note, (void *)(uintptr_t) "c");
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    assert_string_equal(order, "bxac21");
}

static struct legato_thread *kept;

static void run_never(void *param1, void *param2)
{
    (void)param1;
    (void)param2;
    fail_msg("it ran");
}

static void *keep_itself(void *context)
{
    kept = legato_thread_ref(legato_thread_here());
    assert_true(legato_thread_is_here(kept));
    return context;
}

static void a_thread_that_ended_takes_nothing(void **state)
{
    (void)state;
    assert_int_equal(le_thread_Join(started("gone", keep_itself, NULL), NULL), LE_OK);
    assert_false(legato_thread_is_here(kept));
    assert_string_equal(legato_thread_name(kept), "gone");
    assert_false(legato_thread_queue(kept, run_never, NULL, NULL));
    assert_false(legato_thread_unqueue(kept, run_never, NULL, NULL));
    kept = legato_thread_unref(kept);
}

/* ---- foreign pthreads ---- */

static void *be_one_for_a_while(void *context)
{
    assert_null(legato_thread_find());
    le_thread_InitLegatoThreadData("guest");
    assert_string_equal(le_thread_GetMyName(), "guest");
    (void)le_thread_AddDestructor(note, (void *)(uintptr_t) "g");
    le_thread_CleanupLegatoThreadData();
    assert_null(legato_thread_find());
    assert_string_equal(order, "g");
    le_thread_InitLegatoThreadData("again");
    (void)le_thread_AddDestructor(note, (void *)(uintptr_t) "h");
    return context;
}

static void a_foreign_pthread_can_be_one(void **state)
{
    (void)state;
    order[0] = '\0';
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, be_one_for_a_while, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(order, "gh"); /* without a clean-up too */
}

/* ---- misuse ---- */

static void *wait_for_ever(void *context)
{
    le_sem_Wait(context);
    return NULL;
}

static void start_twice(void)
{
    le_thread_Ref_t thread = le_thread_Create("twice", wait_for_ever, le_sem_Create("ever", 0));
    le_thread_Start(thread);
    le_thread_Start(thread);
}

static void *ask_for_itself(void *context)
{
    (void)le_thread_GetCurrent();
    return context;
}

static void ask_without_being_one(void)
{
    pthread_t thread;
    (void)pthread_create(&thread, NULL, ask_for_itself, NULL);
    (void)pthread_join(thread, NULL);
}

static void set_up_after_start(void)
{
    le_thread_SetJoinable(le_thread_GetCurrent());
}

static void remove_unknown_destructor(void)
{
    le_thread_RemoveDestructor(NULL);
}

static void name_no_thread(void)
{
    char name[8];
    le_thread_GetName((le_thread_Ref_t)(uintptr_t)12345, name, sizeof name);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(set_up_after_start, 1, "le_thread_SetJoinable: thread 'main' has been started");
    doomed(remove_unknown_destructor, 1, "is no destructor of thread 'main'");
    doomed(name_no_thread, 1, "le_thread_GetName: .* is no thread");
    doomed(start_twice, 1, "le_thread_Start: thread 'twice' has been started");
    doomed(ask_without_being_one, 1, "this pthread is no Legato thread");
}

static void limits_are_said(void **state)
{
    (void)state;
    le_thread_Ref_t thread = le_thread_Create("limits", give_back, NULL);
    assert_int_equal(le_thread_SetPriority(thread, LE_THREAD_PRIORITY_RT_32), LE_OK);
    assert_int_equal(le_thread_SetPriority(thread, LE_THREAD_PRIORITY_MEDIUM), LE_OK);
    assert_int_equal(le_thread_SetPriority(thread, (le_thread_Priority_t)36), LE_OUT_OF_RANGE);
    assert_int_equal(le_thread_SetPriority(thread, LE_THREAD_PRIORITY_LOW), LE_OK);
    assert_int_equal(le_thread_SetStackSize(thread, 16), LE_OVERFLOW);
    assert_int_equal(le_thread_SetStackSize(thread, SIZE_MAX), LE_OUT_OF_RANGE);
    assert_int_equal(le_thread_SetStackSize(thread, (size_t)1 << 20), LE_OK);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal), /* forks: before there are threads */
        cmocka_unit_test(a_join_gives_what_it_ended_with),
        cmocka_unit_test(it_may_exit_from_anywhere),
        cmocka_unit_test(what_cannot_be_joined_is_said),
#if !UNDER_THREAD_SANITIZER /* it does not see that epoll_wait() was left */
        cmocka_unit_test(a_loop_can_be_cancelled),
        cmocka_unit_test(a_loop_that_waits_for_messages_can_be_cancelled),
#endif
        cmocka_unit_test(a_name_has_47_octets),
        cmocka_unit_test(the_newest_destructor_runs_first),
        cmocka_unit_test(a_thread_that_ended_takes_nothing),
        cmocka_unit_test(a_foreign_pthread_can_be_one),
        cmocka_unit_test(limits_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
