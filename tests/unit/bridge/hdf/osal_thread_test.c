/*
 * Threads: how they are started, and that nothing of the program's is needed by them afterwards.
 */
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "include/hdf/osal_sem.h"
#include "include/hdf/osal_thread.h"

static struct OsalSem is_done;

static struct {
    void *argument;
    char name[32];
    size_t stack_size;
    int policy;
    int priority;
    int detach_state;
} seen;

static int look(void *argument)
{
    pthread_attr_t attributes;
    struct sched_param priority;
    seen.argument = argument;
    (void)pthread_getname_np(pthread_self(), seen.name, sizeof seen.name);
    (void)pthread_getattr_np(pthread_self(), &attributes);
    (void)pthread_attr_getstacksize(&attributes, &seen.stack_size);
    (void)pthread_attr_getdetachstate(&attributes, &seen.detach_state);
    (void)pthread_attr_destroy(&attributes);
    (void)pthread_getschedparam(pthread_self(), &seen.policy, &priority);
    seen.priority = priority.sched_priority;
    (void)OsalSemPost(&is_done);
    return 77;
}

static void start_and_wait(const struct OsalThreadParam *param)
{
    OSAL_DECLARE_THREAD(thread);
    int argument;
    memset(&seen, 0, sizeof seen);
    assert_int_equal(OsalThreadCreate(&thread, look, &argument), HDF_SUCCESS);
    assert_int_equal(OsalThreadStart(&thread, param), HDF_SUCCESS);
    /* at once: it may not have run yet */
    assert_int_equal(OsalThreadDestroy(&thread), HDF_SUCCESS);
    assert_null(thread.realThread);
    assert_int_equal(OsalSemWait(&is_done, HDF_WAIT_FOREVER), HDF_SUCCESS);
    assert_ptr_equal(seen.argument, &argument);
}

static void it_runs_detached_under_its_name(void **state)
{
    (void)state;
    char name[] = "listener";
    struct OsalThreadParam param = {.name = name};
    start_and_wait(&param);
    assert_string_equal(seen.name, "listener");
    assert_int_equal(seen.detach_state, PTHREAD_CREATE_DETACHED);
    assert_int_equal(seen.policy, SCHED_OTHER);
}

static void a_name_is_cut(void **state)
{
    (void)state;
    char fits[] = "0123456789abcde", is_cut[] = "0123456789abcdef", none[] = "";
    struct OsalThreadParam param = {.name = fits, .priority = OSAL_THREAD_PRI_DEFAULT};
    start_and_wait(&param);
    assert_string_equal(seen.name, "0123456789abcde");
    param.name = is_cut;
    start_and_wait(&param);
    assert_string_equal(seen.name, "0123456789abcde");
    char own[32];
    (void)pthread_getname_np(pthread_self(), own, sizeof own);
    param.name = none;
    start_and_wait(&param);
    assert_string_equal(seen.name, own);
    param.name = NULL;
    start_and_wait(&param);
    assert_string_equal(seen.name, own);
}

static void a_stack_is_large_enough(void **state)
{
    (void)state;
    struct OsalThreadParam param = {.stackSize = 1};
    start_and_wait(&param);
    assert_true(seen.stack_size >= (size_t)128 * 1024);
    param.stackSize = (size_t)3 * 1024 * 1024 + 1; /* whole pages are the system's affair */
    start_and_wait(&param);
    assert_true(seen.stack_size >= (size_t)3 * 1024 * 1024);
    param.stackSize = 0;
    start_and_wait(&param);
    assert_true(seen.stack_size >= (size_t)128 * 1024);
}

/* Real time where the process may, and SCHED_OTHER where not; never a refusal. */
static void a_policy_is_taken_where_it_may_be(void **state)
{
    (void)state;
    static const int numbers[] = {10, 50, 90, 99};
    static const int policies[] = {SCHED_FIFO, SCHED_RR};
    for (size_t i = 0; i < HDF_ARRAY_SIZE(policies); i++)
        for (int priority = OSAL_THREAD_PRI_LOW; priority <= OSAL_THREAD_PRI_HIGHEST; priority++) {
            struct OsalThreadParam param = {.priority = (OSAL_THREAD_PRIORITY)priority,
                                            .policy = policies[i]};
            start_and_wait(&param);
            if (seen.policy == policies[i])
                assert_int_equal(seen.priority, numbers[priority]);
            else
                assert_int_equal(seen.policy, SCHED_OTHER);
        }
    struct OsalThreadParam odd = {.policy = 0x5a5a5a5a, .priority = (OSAL_THREAD_PRIORITY)99};
    start_and_wait(&odd);
    assert_int_equal(seen.policy, SCHED_OTHER);
}

static void what_the_system_refuses_is_destroyed(void **state)
{
    (void)state;
    struct OsalThread thread;
    struct OsalThreadParam param = {.stackSize = SIZE_MAX / 4};
    assert_int_equal(OsalThreadCreate(&thread, look, NULL), HDF_SUCCESS);
    assert_int_equal(OsalThreadStart(&thread, &param), HDF_FAILURE);
    assert_null(thread.realThread);
    assert_int_equal(OsalThreadStart(&thread, &param), HDF_ERR_INVALID_PARAM);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    struct OsalThread thread = {NULL};
    struct OsalThreadParam param = {.stackSize = 0};
    assert_int_equal(OsalThreadCreate(NULL, look, NULL), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalThreadCreate(&thread, NULL, NULL), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalThreadStart(NULL, &param), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalThreadStart(&thread, &param), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalThreadDestroy(NULL), HDF_SUCCESS);
    assert_int_equal(OsalThreadDestroy(&thread), HDF_SUCCESS);
    assert_int_equal(OsalThreadCreate(&thread, look, NULL), HDF_SUCCESS);
    assert_int_equal(OsalThreadStart(&thread, NULL), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalThreadDestroy(&thread), HDF_SUCCESS);
    assert_int_equal(OsalThreadDestroy(&thread), HDF_SUCCESS);
}

static int begin(void **state)
{
    (void)state;
    return OsalSemInit(&is_done, 0);
}

static int end(void **state)
{
    (void)state;
    return OsalSemDestroy(&is_done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_runs_detached_under_its_name),
        cmocka_unit_test(a_name_is_cut),
        cmocka_unit_test(a_stack_is_large_enough),
        cmocka_unit_test(a_policy_is_taken_where_it_may_be),
        cmocka_unit_test(what_the_system_refuses_is_destroyed),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
