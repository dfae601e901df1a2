/*
 * Mutexes, between threads and against their time limits.
 */
#include <cmocka.h>
#include <pthread.h>

#include "include/hdf/osal_mutex.h"
#include "include/hdf/osal_time.h"

#define N_THREADS 4
#define N_ROUNDS 5000

static struct OsalMutex mutex;
static int guarded;

static void *count(void *argument)
{
    (void)argument;
    for (int i = 0; i < N_ROUNDS; i++) {
        int32_t locked = i % 2 == 0
                             ? OsalMutexLock(&mutex)
                             : OsalMutexTimedLock(&mutex, i % 4 == 1 ? HDF_WAIT_FOREVER : 1000000);
        assert_int_equal(locked, HDF_SUCCESS);
        guarded++;
        assert_int_equal(OsalMutexUnlock(&mutex), HDF_SUCCESS);
    }
    return NULL;
}

static void one_thread_at_a_time_holds_it(void **state)
{
    (void)state;
    assert_int_equal(OsalMutexInit(&mutex), HDF_SUCCESS);
    pthread_t threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(guarded, N_THREADS * N_ROUNDS);
    assert_int_equal(OsalMutexDestroy(&mutex), HDF_SUCCESS);
}

static void it_is_not_recursive_and_a_limit_ends_the_wait(void **state)
{
    (void)state;
    assert_int_equal(OsalMutexInit(&mutex), HDF_SUCCESS);
    assert_int_equal(OsalMutexTimedLock(&mutex, 0), HDF_SUCCESS);
    uint64_t start = OsalGetSysTimeMs();
    assert_int_equal(OsalMutexTimedLock(&mutex, 20), HDF_ERR_TIMEOUT);
    assert_true(OsalGetSysTimeMs() - start >= 19);
    assert_int_equal(OsalMutexTimedLock(&mutex, 0), HDF_ERR_TIMEOUT);
    assert_int_equal(OsalMutexUnlock(&mutex), HDF_SUCCESS);
    assert_int_equal(OsalMutexTimedLock(&mutex, UINT32_MAX - 1), HDF_SUCCESS);
    assert_int_equal(OsalMutexUnlock(&mutex), HDF_SUCCESS);
    assert_int_equal(OsalMutexDestroy(&mutex), HDF_SUCCESS);
}

static void what_nobody_holds_is_not_unlocked(void **state)
{
    (void)state;
    assert_int_equal(OsalMutexInit(&mutex), HDF_SUCCESS);
    assert_int_equal(OsalMutexUnlock(&mutex), HDF_FAILURE);
    assert_int_equal(OsalMutexLock(&mutex), HDF_SUCCESS);
    assert_int_equal(OsalMutexTimedLock(&mutex, 0), HDF_ERR_TIMEOUT);
    assert_int_equal(OsalMutexUnlock(&mutex), HDF_SUCCESS);
    assert_int_equal(OsalMutexDestroy(&mutex), HDF_SUCCESS);
}

static void what_is_held_is_not_destroyed(void **state)
{
    (void)state;
    assert_int_equal(OsalMutexInit(&mutex), HDF_SUCCESS);
    assert_int_equal(OsalMutexLock(&mutex), HDF_SUCCESS);
    assert_int_equal(OsalMutexDestroy(&mutex), HDF_FAILURE);
    assert_int_equal(OsalMutexUnlock(&mutex), HDF_SUCCESS);
    assert_int_equal(OsalMutexDestroy(&mutex), HDF_SUCCESS);
}

static void assert_refused(struct OsalMutex *none)
{
    assert_int_equal(OsalMutexLock(none), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalMutexTimedLock(none, 1), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalMutexTimedLock(none, HDF_WAIT_FOREVER), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalMutexUnlock(none), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalMutexDestroy(none), HDF_ERR_INVALID_PARAM);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    OSAL_DECLARE_MUTEX(none) = {NULL};
    assert_int_equal(OsalMutexInit(NULL), HDF_ERR_INVALID_PARAM);
    assert_refused(NULL);
    assert_refused(&none);
    assert_int_equal(OsalMutexInit(&none), HDF_SUCCESS);
    assert_int_equal(OsalMutexDestroy(&none), HDF_SUCCESS);
    assert_refused(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_at_a_time_holds_it),
        cmocka_unit_test(it_is_not_recursive_and_a_limit_ends_the_wait),
        cmocka_unit_test(what_nobody_holds_is_not_unlocked),
        cmocka_unit_test(what_is_held_is_not_destroyed),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
