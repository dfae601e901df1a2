/*
 * Handles: which are there, and what becomes of them in a child.
 */
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/phoenix/handle.h"
#include "tests/unit/bridge/phoenix/waiting.h"

static bool is_there(handle_t handle, enum handle_kind kind)
{
    struct place *place = handle_enter(handle, kind);
    if (place != NULL)
        handle_leave(place);
    return place != NULL;
}

static void they_are_small_numbers_and_of_one_kind(void **state)
{
    (void)state;
    handle_t mutex = 0;
    handle_t condition = 0;
    assert_int_equal(handle_create(HANDLE_MUTEX, &mutex), 0);
    assert_int_equal(handle_create(HANDLE_CONDITION, &condition), 0);
    assert_int_equal(mutex, 1);
    assert_int_equal(condition, 2);
    assert_true(is_there(mutex, HANDLE_MUTEX));
    assert_false(is_there(mutex, HANDLE_CONDITION));
    assert_true(is_there(condition, HANDLE_CONDITION));
    assert_int_equal(handle_destroy(mutex), 0);
    assert_int_equal(handle_destroy(mutex), -EINVAL);
    assert_false(is_there(mutex, HANDLE_MUTEX));
    assert_int_equal(handle_destroy(condition), 0);
}

static void no_other_number_is_one(void **state)
{
    (void)state;
    const handle_t others[] = {0, -1, 3, 255, 256, 0xfffff, 0x100000, 0x7fffffff, -0x7fffffff};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(is_there(others[i], HANDLE_MUTEX));
        assert_int_equal(handle_destroy(others[i]), -EINVAL);
    }
}

static void an_old_one_does_not_come_back_soon(void **state)
{
    (void)state;
    handle_t first = 0;
    assert_int_equal(handle_create(HANDLE_MUTEX, &first), 0);
    assert_int_equal(handle_destroy(first), 0);
    for (int i = 0; i < 2000; i++) {
        handle_t handle = 0;
        assert_int_equal(handle_create(HANDLE_MUTEX, &handle), 0);
        assert_true(handle > 0);
        assert_int_not_equal(handle, first);
        assert_false(is_there(first, HANDLE_MUTEX));
        assert_int_equal(handle_destroy(handle), 0);
    }
}

static void thousands_at_a_time(void **state)
{
    (void)state;
    enum { N_HANDLES = 5000 };
    handle_t *handles = calloc(N_HANDLES, sizeof *handles);
    for (int i = 0; i < N_HANDLES; i++)
        assert_int_equal(mutexCreate(&handles[i]), 0);
    for (int i = 0; i < N_HANDLES; i++)
        assert_int_equal(mutexLock(handles[i]), 0);
    for (int i = 0; i < N_HANDLES; i++)
        assert_int_equal(resourceDestroy(handles[i]), 0);
    free(handles);
}

struct shared {
    handle_t mutex;
    handle_t condition;
};

static void wait_once(void *arg)
{
    const struct shared *shared = arg;
    assert_int_equal(mutexLock(shared->mutex), 0);
    assert_int_equal(condWait(shared->condition, shared->mutex, 0), 0);
    assert_int_equal(mutexUnlock(shared->mutex), 0);
}

/* The child's, whose exit status it is: what failed. */
static int look_around(const struct shared *shared, handle_t locked)
{
    if (mutexTry(locked) != 0) /* the parent has it, the child has not */
        return 1;
    if (mutexLock(shared->mutex) != 0)
        return 2;
    if (condSignal(shared->condition) != 0) /* nobody waits here */
        return 3;
    if (condWait(shared->condition, shared->mutex, 0) != 0)
        return 4;
    handle_t another = 0;
    if (mutexCreate(&another) != 0 || mutexLock(another) != 0)
        return 5;
    return resourceDestroy(shared->condition) == 0 ? 0 : 6;
}

static void a_child_has_them_all_and_they_are_free(void **state)
{
    (void)state;
    struct shared shared;
    handle_t locked = 0;
    int tid = 0;
    assert_int_equal(mutexCreate(&shared.mutex), 0);
    assert_int_equal(condCreate(&shared.condition), 0);
    assert_int_equal(mutexCreate(&locked), 0);
    assert_int_equal(mutexLock(locked), 0);
    assert_int_equal(beginthreadex(wait_once, 4, NULL, 0, &shared, &tid), 0);
    until_waiting(shared.condition, HANDLE_CONDITION, 1);

    const pid_t child = fork();
    if (child == 0)
        _exit(look_around(&shared, locked));
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);

    assert_int_equal(mutexTry(locked), -EBUSY); /* the parent's are as they were */
    assert_int_equal(condSignal(shared.condition), 0);
    assert_int_equal(threadJoin(tid, 0), tid);
    assert_int_equal(resourceDestroy(shared.condition), 0);
    assert_int_equal(resourceDestroy(shared.mutex), 0);
    assert_int_equal(resourceDestroy(locked), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_small_numbers_and_of_one_kind), /* the first two */
        cmocka_unit_test(no_other_number_is_one),
        cmocka_unit_test(an_old_one_does_not_come_back_soon),
        cmocka_unit_test(thousands_at_a_time),
        cmocka_unit_test(a_child_has_them_all_and_they_are_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
