/*
 * A counter and bits, from one thread and from several.
 */
#include <cmocka.h>
#include <pthread.h>

#include "include/hdf/osal_atomic.h"

#define N_THREADS 4
#define N_ROUNDS 10000

static void a_counter_counts(void **state)
{
    (void)state;
    OsalAtomic counter;
    OsalAtomicSet(&counter, 5);
    assert_int_equal(OsalAtomicRead(&counter), 5);
    OsalAtomicInc(&counter);
    assert_int_equal(OsalAtomicIncReturn(&counter), 7);
    OsalAtomicDec(&counter);
    assert_int_equal(OsalAtomicDecReturn(&counter), 5);
    OsalAtomicSet(&counter, INT32_MIN);
    assert_int_equal(OsalAtomicRead(&counter), INT32_MIN);
}

static void bits_are_set_and_cleared(void **state)
{
    (void)state;
    unsigned long word = 0;
    for (int nr = 0; nr < 32; nr++) {
        assert_int_equal(OsalTestBit(nr, &word), 0);
        assert_int_equal(OsalTestSetBit(nr, &word), 0);
        assert_int_equal(word, 1UL << nr);
        assert_int_equal(OsalTestBit(nr, &word), 1);
        assert_int_equal(OsalTestSetBit(nr, &word), 1);
        assert_int_equal(OsalTestClearBit(nr, &word), 1);
        assert_int_equal(OsalTestClearBit(nr, &word), 0);
        (void)OsalTestSetBit(nr, &word);
        assert_int_equal(OsalClearBit(nr, &word), 0);
        assert_int_equal(word, 0);
    }
}

static void there_are_32_bits(void **state)
{
    (void)state;
    unsigned long word = 5;
    static const int wrong[] = {-1, 32, INT_MAX, INT_MIN};
    for (size_t i = 0; i < HDF_ARRAY_SIZE(wrong); i++) {
        assert_int_equal(OsalTestBit(wrong[i], &word), HDF_ERR_INVALID_PARAM);
        assert_int_equal(OsalTestSetBit(wrong[i], &word), HDF_ERR_INVALID_PARAM);
        assert_int_equal(OsalTestClearBit(wrong[i], &word), HDF_ERR_INVALID_PARAM);
        assert_int_equal(OsalClearBit(wrong[i], &word), HDF_ERR_INVALID_PARAM);
    }
    assert_int_equal(word, 5);
}

static OsalAtomic shared;
static unsigned long lock_word;
static int guarded; /* by bit 3 of lock_word */

static void *count(void *argument)
{
    (void)argument;
    for (int i = 0; i < N_ROUNDS; i++) {
        OsalAtomicInc(&shared);
        while (OsalTestSetBit(3, &lock_word) != 0)
            (void)sched_yield();
        guarded++;
        (void)OsalClearBit(3, &lock_word);
    }
    return NULL;
}

static void threads_lose_no_count(void **state)
{
    (void)state;
    pthread_t threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(OsalAtomicRead(&shared), N_THREADS * N_ROUNDS);
    assert_int_equal(guarded, N_THREADS * N_ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_counts),
        cmocka_unit_test(bits_are_set_and_cleared),
        cmocka_unit_test(there_are_32_bits),
        cmocka_unit_test(threads_lose_no_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
