/*
 * Mutexes.
 */
#include <cmocka.h>
#include <stdint.h>

#include "include/legato/le_mutex.h"
#include "include/legato/le_thread.h"
#include "tests/unit/bridge/legato/doomed.h"

LE_MUTEX_DECLARE_REF(ours);

static void *try_it(void *context)
{
    le_result_t result = le_mutex_TryLock(context);
    if (result == LE_OK)
        le_mutex_Unlock(context);
    return (void *)(intptr_t)result;
}

static le_result_t tried_elsewhere(le_mutex_Ref_t mutex)
{
    void *result = NULL;
    le_thread_Ref_t thread = le_thread_Create("trying", try_it, mutex);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    assert_int_equal(le_thread_Join(thread, &result), LE_OK);
    return (le_result_t)(intptr_t)result;
}

static void a_recursive_one_is_locked_as_often_as_one_likes(void **state)
{
    (void)state;
    le_mutex_Ref_t mutex = le_mutex_CreateRecursive("recursive");
    le_mutex_Lock(mutex);
    le_mutex_Lock(mutex);
    assert_int_equal(le_mutex_TryLock(mutex), LE_OK);
    le_mutex_Unlock(mutex);
    le_mutex_Unlock(mutex);
    assert_int_equal(tried_elsewhere(mutex), LE_WOULD_BLOCK);
    le_mutex_Unlock(mutex);
    assert_int_equal(tried_elsewhere(mutex), LE_OK);
    le_mutex_Delete(mutex);
}

static void another_one_once(void **state)
{
    (void)state;
    ours = le_mutex_CreateNonRecursive("plain");
    Lock();
    assert_int_equal(le_mutex_TryLock(ours), LE_WOULD_BLOCK);
    assert_int_equal(tried_elsewhere(ours), LE_WOULD_BLOCK);
    Unlock();
    assert_int_equal(tried_elsewhere(ours), LE_OK);
    le_mutex_Delete(ours);
}

static void lock_twice(void)
{
    le_mutex_Ref_t mutex = le_mutex_CreateNonRecursive("twice");
    le_mutex_Lock(mutex);
    le_mutex_Lock(mutex);
}

static void unlock_unlocked(void)
{
    le_mutex_Unlock(le_mutex_CreateRecursive("free"));
}

static void delete_locked(void)
{
    le_mutex_Ref_t mutex = le_mutex_CreateNonRecursive("held");
    le_mutex_Lock(mutex);
    le_mutex_Delete(mutex);
}

static void use_none(void)
{
    le_mutex_Lock(NULL);
}

static void misuse_is_fatal(void **state)
{
    (void)state;
    doomed(lock_twice, 1, "le_mutex_Lock: mutex 'twice': EDEADLK");
    if (!UNDER_THREAD_SANITIZER) /* it reports this itself */
        doomed(unlock_unlocked, 1, "le_mutex_Unlock: mutex 'free': EPERM");
    doomed(delete_locked, 1, "le_mutex_Delete: mutex 'held': EBUSY");
    doomed(use_none, 1, "le_mutex_Lock: NULL is no mutex");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_fatal),
        cmocka_unit_test(a_recursive_one_is_locked_as_often_as_one_likes),
        cmocka_unit_test(another_one_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
