/*
 * Semaphores.
 */
#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "include/legato/le_semaphore.h"
#include "include/legato/le_thread.h"
#include "tests/unit/bridge/legato/doomed.h"

static void it_counts(void **state)
{
    (void)state;
    le_sem_Ref_t sem = le_sem_Create("count", 1);
    assert_int_equal(le_sem_GetValue(sem), 1);
    le_sem_Wait(sem);
    assert_int_equal(le_sem_TryWait(sem), LE_WOULD_BLOCK);
    le_sem_Post(sem);
    le_sem_Post(sem);
    assert_int_equal(le_sem_GetValue(sem), 2);
    assert_int_equal(le_sem_TryWait(sem), LE_OK);
    assert_int_equal(le_sem_WaitWithTimeOut(sem, (le_clk_Time_t){0}), LE_OK);
    le_sem_Delete(sem);
}

static void a_wait_ends_at_its_limit(void **state)
{
    (void)state;
    le_sem_Ref_t sem = le_sem_Create("limit", 0);
    le_clk_Time_t start = le_clk_GetRelativeTime();
    assert_int_equal(le_sem_WaitWithTimeOut(sem, (le_clk_Time_t){.usec = 20000}), LE_TIMEOUT);
    le_clk_Time_t elapsed = le_clk_Sub(le_clk_GetRelativeTime(), start);
    assert_true(elapsed.sec > 0 || elapsed.usec >= 20000);
    assert_int_equal(le_sem_GetValue(sem), 0);
    le_sem_Delete(sem);
}

static void the_newest_of_a_name_is_found(void **state)
{
    (void)state;
    assert_null(le_sem_FindSemaphore("twin"));
    le_sem_Ref_t older = le_sem_Create("twin", 0);
    le_sem_Ref_t newer = le_sem_Create("twin", 0);
    assert_ptr_equal(le_sem_FindSemaphore("twin"), newer);
    le_sem_Delete(newer);
    assert_ptr_equal(le_sem_FindSemaphore("twin"), older);
    le_sem_Delete(older);
    assert_null(le_sem_FindSemaphore("twin"));
}

static void *answer(void *context)
{
    le_sem_Ref_t *pair = context;
    for (int i = 0; i < 1000; i++) {
        le_sem_Wait(pair[0]);
        le_sem_Post(pair[1]);
    }
    le_sem_Wait(pair[0]); /* until it is cancelled */
    return NULL;
}

static void threads_wait_for_each_other(void **state)
{
    (void)state;
    le_sem_Ref_t pair[] = {le_sem_Create("there", 0), le_sem_Create("back", 0)};
    le_thread_Ref_t thread = le_thread_Create("answering", answer, pair);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    for (int i = 0; i < 1000; i++) {
        le_sem_Post(pair[0]);
        le_sem_Wait(pair[1]);
    }
    /* whoever is cancelled while it waits does not count as waiting any more */
    assert_int_equal(le_thread_Cancel(thread), LE_OK);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    le_sem_Delete(pair[0]);
    le_sem_Delete(pair[1]);
}

static void *wait_for_ever(void *context)
{
    le_sem_Wait(context);
    return NULL;
}

static pid_t waiting_tid;

static void *tell_and_wait(void *context)
{
    le_sem_Ref_t *pair = context;
    waiting_tid = gettid();
    le_sem_Post(pair[1]);
    return wait_for_ever(pair[0]);
}

/* Whether the kernel says that the thread sleeps: it has nothing else to sleep for. */
static bool sleeps(pid_t tid)
{
    char path[64];
    char line[256] = "";
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    (void)fgets(line, sizeof line, file);
    (void)fclose(file);
    const char *behind_name = strrchr(line, ')');
    return behind_name != NULL && behind_name[2] == 'S';
}

static void delete_awaited(void)
{
    le_sem_Ref_t pair[] = {le_sem_Create("awaited", 0), le_sem_Create("told", 0)};
    le_thread_Start(le_thread_Create("waiting", tell_and_wait, pair));
    le_sem_Wait(pair[1]);
    while (!sleeps(waiting_tid))
        sched_yield();
    le_sem_Delete(pair[0]);
}

static void use_none(void)
{
    le_sem_Post(NULL);
}

static void delete_twice(void)
{
    le_sem_Ref_t sem = le_sem_Create("once", 0);
    le_sem_Delete(sem);
    le_sem_Delete(sem);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(use_none, 1, "le_sem_Post: NULL is no semaphore");
    doomed(delete_twice, 1, "le_sem_Delete: .* is no semaphore");
    doomed(delete_awaited, 1, "le_sem_Delete: 1 threads wait for semaphore 'awaited'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        cmocka_unit_test(it_counts),
        cmocka_unit_test(a_wait_ends_at_its_limit),
        cmocka_unit_test(the_newest_of_a_name_is_found),
        cmocka_unit_test(threads_wait_for_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
