/*
 * Spin locks.
 */
#include <cmocka.h>
#include <pthread.h>

#include "include/hdf/osal_spinlock.h"

#define N_THREADS 2
#define N_ROUNDS 2000

static OSAL_DECLARE_SPINLOCK(spinlock);
static int guarded;

static void *count(void *argument)
{
    (void)argument;
    for (int i = 0; i < N_ROUNDS; i++) {
        assert_int_equal(OsalSpinLock(&spinlock), HDF_SUCCESS);
        guarded++;
        assert_int_equal(OsalSpinUnlock(&spinlock), HDF_SUCCESS);
        assert_int_equal(OsalSpinLockIrq(&spinlock), HDF_SUCCESS);
        guarded++;
        assert_int_equal(OsalSpinUnlockIrq(&spinlock), HDF_SUCCESS);
        uint32_t flags = 99;
        assert_int_equal(OsalSpinLockIrqSave(&spinlock, &flags), HDF_SUCCESS);
        guarded++;
        assert_int_equal(OsalSpinUnlockIrqRestore(&spinlock, &flags), HDF_SUCCESS);
        assert_int_equal(flags, 0);
    }
    return NULL;
}

static void one_thread_at_a_time_holds_it(void **state)
{
    (void)state;
    assert_int_equal(OsalSpinInit(&spinlock), HDF_SUCCESS);
    pthread_t threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(guarded, N_THREADS * N_ROUNDS * 3);
    assert_int_equal(OsalSpinDestroy(&spinlock), HDF_SUCCESS);
}

static void assert_refused(OsalSpinlock *none)
{
    uint32_t flags = 99;
    assert_int_equal(OsalSpinLock(none), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSpinUnlock(none), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSpinLockIrq(none), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSpinUnlockIrq(none), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSpinLockIrqSave(none, &flags), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSpinUnlockIrqRestore(none, &flags), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSpinDestroy(none), HDF_ERR_INVALID_PARAM);
    assert_int_equal(flags, 99);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    OsalSpinlock none = {NULL};
    assert_int_equal(OsalSpinInit(NULL), HDF_ERR_INVALID_PARAM);
    assert_refused(NULL);
    assert_refused(&none);
    assert_int_equal(OsalSpinInit(&none), HDF_SUCCESS);
    assert_int_equal(OsalSpinLockIrqSave(&none, NULL), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSpinUnlockIrqRestore(&none, NULL), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalSpinDestroy(&none), HDF_SUCCESS);
    assert_refused(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_at_a_time_holds_it),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
