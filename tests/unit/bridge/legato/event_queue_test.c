/*
 * The queue of a thread and its loop.
 */
#include <cmocka.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "bridge/legato/thread.h"
#include "include/legato/le_fdMonitor.h"
#include "include/legato/le_semaphore.h"
#include "tests/unit/bridge/legato/doomed.h"
#include "tests/unit/bridge/legato/served.h"

static char order[32];

static void note(void *param1, void *param2)
{
    size_t size = strlen(order);
    assert_null(param2);
    order[size] = *(const char *)param1;
    order[size + 1] = '\0';
}

static void *text(const char *character)
{
    return (void *)(uintptr_t)character;
}

static void functions_run_in_their_order(void **state)
{
    (void)state;
    order[0] = '\0';
    le_event_QueueFunction(note, text("a"), NULL);
    le_event_QueueFunctionToThread(NULL, note, text("b"), NULL);
    le_event_QueueFunctionToThread(le_thread_GetCurrent(), note, text("c"), NULL);
    assert_string_equal(order, "");
    assert_int_equal(le_event_ServiceLoop(), LE_OK);
    assert_string_equal(order, "a");
    serve_all();
    assert_string_equal(order, "abc");
    assert_int_equal(le_event_ServiceLoop(), LE_WOULD_BLOCK);
}

static void only_one_of_the_same_is_taken(void **state)
{
    (void)state;
    static const char a[] = "a";
    static const char b[] = "b";
    order[0] = '\0';
    le_thread_Ref_t self = le_thread_GetCurrent();
    assert_int_equal(le_event_QueueFunctionToThreadUnique(self, note, text(a), NULL), LE_OK);
    assert_int_equal(le_event_QueueFunctionToThreadUnique(NULL, note, text(a), NULL), LE_DUPLICATE);
    assert_int_equal(le_event_QueueFunctionToThreadUnique(self, note, text(b), NULL), LE_OK);
    serve_all();
    assert_int_equal(le_event_QueueFunctionToThreadUnique(self, note, text(a), NULL), LE_OK);
    serve_all();
    assert_string_equal(order, "aba");
}

static void what_waits_can_be_taken_back(void **state)
{
    (void)state;
    static const char a[] = "a";
    static const char b[] = "b";
    order[0] = '\0';
    struct legato_thread *here = legato_thread_here();
    for (int i = 0; i < 2; i++) {
        assert_true(legato_thread_queue(here, note, text(b), NULL));
        assert_true(legato_thread_queue(here, note, text(a), NULL));
    }
    assert_true(legato_thread_unqueue(here, note, text(a), NULL));
    assert_false(legato_thread_unqueue(here, note, text(a), NULL));
    le_event_QueueFunction(note, text("c"), NULL); /* the end of the queue is where it was */
    serve_all();
    assert_string_equal(order, "bbc");
    assert_true(legato_thread_queue(here, note, text(a), NULL));
    assert_true(legato_thread_unqueue(here, note, text(a), NULL));
    assert_int_equal(le_event_ServiceLoop(), LE_WOULD_BLOCK);
}

static bool is_readable(void)
{
    struct pollfd loop = {.fd = le_event_GetFd(), .events = POLLIN};
    return poll(&loop, 1, 0) == 1;
}

static void its_descriptor_says_that_something_waits(void **state)
{
    (void)state;
    assert_false(is_readable());
    le_event_QueueFunction(note, text("a"), NULL);
    le_event_QueueFunction(note, text("a"), NULL);
    assert_true(is_readable());
    assert_int_equal(le_event_ServiceLoop(), LE_OK);
    assert_true(is_readable());
    assert_int_equal(le_event_ServiceLoop(), LE_OK);
    assert_false(is_readable());
}

/* ---- other threads ---- */

static le_sem_Ref_t done;
static int pipe_ends[2];
static int n_requeued;

static void finish(void *param1, void *param2)
{
    (void)param1;
    (void)param2;
    le_sem_Post(done);
}

static void stop(void *param1, void *param2)
{
    (void)param2;
    le_thread_Exit(param1);
}

static void *run_loop(void *context)
{
    (void)context;
    le_event_RunLoop();
}

static void what_was_queued_before_the_start_runs(void **state)
{
    (void)state;
    order[0] = '\0';
    done = le_sem_Create("done", 0);
    le_thread_Ref_t thread = le_thread_Create("late", run_loop, NULL);
    le_thread_SetJoinable(thread);
    le_event_QueueFunctionToThread(thread, note, text("e"), NULL);
    le_event_QueueFunctionToThread(thread, finish, NULL, NULL);
    le_thread_Start(thread);
    le_sem_Wait(done);
    /* asleep, or about to be */
    for (int i = 0; i < 1000; i++) {
        le_event_QueueFunctionToThread(thread, finish, NULL, NULL);
        le_sem_Wait(done);
    }
    le_event_QueueFunctionToThread(thread, stop, &done, NULL);
    void *result = NULL;
    assert_int_equal(le_thread_Join(thread, &result), LE_OK);
    assert_ptr_equal(result, &done);
    assert_string_equal(order, "e");
    le_sem_Delete(done);
}

static void requeue(void *param1, void *param2)
{
    n_requeued++;
    le_event_QueueFunction(requeue, param1, param2);
}

static void note_readable(int fd, short events)
{
    (void)fd;
    assert_int_equal(events, POLLIN);
    assert_true(n_requeued > 0);
    le_thread_Exit(NULL);
}

static void *requeue_and_watch(void *context)
{
    (void)context;
    (void)le_fdMonitor_Create("pipe", pipe_ends[0], note_readable, POLLIN);
    le_event_QueueFunction(requeue, NULL, NULL);
    le_event_RunLoop();
}

static void a_function_that_requeues_itself_starves_nobody(void **state)
{
    (void)state;
    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(write(pipe_ends[1], "x", 1), 1);
    le_thread_Ref_t thread = le_thread_Create("busy", requeue_and_watch, NULL);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    (void)close(pipe_ends[0]);
    (void)close(pipe_ends[1]);
}

/* ---- misuse ---- */

static void run_twice(void *param1, void *param2)
{
    (void)param1;
    (void)param2;
    le_event_RunLoop();
}

static void run_a_loop_in_itself(void)
{
    le_event_QueueFunction(run_twice, NULL, NULL);
    le_event_RunLoop();
}

static void queue_to_nobody(void)
{
    le_event_QueueFunctionToThread((le_thread_Ref_t)(uintptr_t)99, note, NULL, NULL);
}

static void queue_nothing(void)
{
    le_event_QueueFunction(NULL, NULL, NULL);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(run_a_loop_in_itself, 1, "the event loop of thread 'main' runs already");
    doomed(queue_to_nobody, 1, "le_event_QueueFunctionToThread: .* is no thread");
    doomed(queue_nothing, 1, "le_event_QueueFunction: no function");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        cmocka_unit_test(functions_run_in_their_order),
        cmocka_unit_test(only_one_of_the_same_is_taken),
        cmocka_unit_test(what_waits_can_be_taken_back),
        cmocka_unit_test(its_descriptor_says_that_something_waits),
        cmocka_unit_test(what_was_queued_before_the_start_runs),
        cmocka_unit_test(a_function_that_requeues_itself_starves_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
