/*
 * Semaphores, between threads and against their bounds.
 */
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>

#include "include/hdf/osal_sem.h"
#include "include/hdf/osal_time.h"

#define N_ROUNDS 2000

static void it_counts(void **state)
{
    (void)state;
    OSAL_DECLARE_SEMAPHORE(sem);
    assert_int_equal(OsalSemInit(&sem, 2), HDF_SUCCESS);
    assert_int_equal(OsalSemWait(&sem, 0), HDF_SUCCESS);
    assert_int_equal(OsalSemWait(&sem, HDF_WAIT_FOREVER), HDF_SUCCESS);
    assert_int_equal(OsalSemWait(&sem, 0), HDF_ERR_TIMEOUT);
    assert_int_equal(OsalSemPost(&sem), HDF_SUCCESS);
    assert_int_equal(OsalSemWait(&sem, UINT32_MAX - 1), HDF_SUCCESS);
    uint64_t start = OsalGetSysTimeMs();
    assert_int_equal(OsalSemWait(&sem, 20), HDF_ERR_TIMEOUT);
    assert_true(OsalGetSysTimeMs() - start >= 19);
    assert_int_equal(OsalSemDestroy(&sem), HDF_SUCCESS);
}

static void it_has_a_bound(void **state)
{
    (void)state;
    struct OsalSem sem;
    assert_int_equal(OsalSemInit(&sem, (uint32_t)INT_MAX + 1), HDF_FAILURE);
    assert_null(sem.realSemaphore);
    assert_int_equal(OsalSemInit(&sem, INT_MAX - 1), HDF_SUCCESS);
    assert_int_equal(OsalSemPost(&sem), HDF_SUCCESS);
    assert_int_equal(OsalSemPost(&sem), HDF_FAILURE);
    assert_int_equal(OsalSemWait(&sem, 0), HDF_SUCCESS);
    assert_int_equal(OsalSemPost(&sem), HDF_SUCCESS);
    assert_int_equal(OsalSemDestroy(&sem), HDF_SUCCESS);
}

/* Two threads that pass one word to and fro. */
static struct OsalSem there, back;
static int passed;

static void *answer(void *argument)
{
    (void)argument;
    for (int i = 0; i < N_ROUNDS; i++) {
        assert_int_equal(OsalSemWait(&there, HDF_WAIT_FOREVER), HDF_SUCCESS);
        passed++;
        assert_int_equal(OsalSemPost(&back), HDF_SUCCESS);
    }
    return NULL;
}

static void a_post_wakes_who_waits(void **state)
{
    (void)state;
    assert_int_equal(OsalSemInit(&there, 0), HDF_SUCCESS);
    assert_int_equal(OsalSemInit(&back, 0), HDF_SUCCESS);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer, NULL), 0);
    for (int i = 0; i < N_ROUNDS; i++) {
        assert_int_equal(passed, i);
        assert_int_equal(OsalSemPost(&there), HDF_SUCCESS);
        uint32_t ms = i % 2 == 0 ? HDF_WAIT_FOREVER : 1000000;
        assert_int_equal(OsalSemWait(&back, ms), HDF_SUCCESS);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(OsalSemDestroy(&there), HDF_SUCCESS);
    assert_int_equal(OsalSemDestroy(&back), HDF_SUCCESS);
}

static void *post(void *argument)
{
    (void)OsalSemPost(argument);
    return NULL;
}

static void who_was_woken_may_destroy_it(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct OsalSem sem;
        assert_int_equal(OsalSemInit(&sem, 0), HDF_SUCCESS);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, post, &sem), 0);
        assert_int_equal(OsalSemWait(&sem, HDF_WAIT_FOREVER), HDF_SUCCESS);
        assert_int_equal(OsalSemDestroy(&sem), HDF_SUCCESS);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

static void assert_refused(struct OsalSem *none)
{
    assert_int_equal(OsalSemWait(none, 0), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSemWait(none, HDF_WAIT_FOREVER), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSemPost(none), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSemDestroy(none), HDF_ERR_INVALID_PARAM);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    struct OsalSem none = {NULL};
    assert_int_equal(OsalSemInit(NULL, 0), HDF_ERR_INVALID_PARAM);
    assert_refused(NULL);
    assert_refused(&none);
    assert_int_equal(OsalSemInit(&none, 0), HDF_SUCCESS);
    assert_int_equal(OsalSemDestroy(&none), HDF_SUCCESS);
    assert_refused(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_counts),
        cmocka_unit_test(it_has_a_bound),
        cmocka_unit_test(a_post_wakes_who_waits),
        cmocka_unit_test(who_was_woken_may_destroy_it),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
