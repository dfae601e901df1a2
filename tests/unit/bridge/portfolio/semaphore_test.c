/*
 * Semaphores.
 */
#include <cmocka.h>
#include <pthread.h>

#include "include/portfolio/kernel.h"
#include "include/portfolio/operror.h"
#include "tests/include/bell.h"
#include "tests/unit/bridge/portfolio/waiting.h"

static Item semaphore;

static int set_up(void **state)
{
    (void)state;
    semaphore = CreateSemaphore("semaphore", 0);
    return semaphore < 0;
}

static int tear_down(void **state)
{
    (void)state;
    return DeleteSemaphore(semaphore) < 0;
}

static const Semaphore *look(void)
{
    return CheckItem(semaphore, KERNELNODE, SEMA4NODE);
}

static void a_new_one_is_nobodys(void **state)
{
    (void)state;
    assert_int_equal(look()->sem_Owner, -1);
    assert_int_equal(look()->sem_bit, 0);
    assert_true(IsEmptyList(&look()->sem_TaskWaitingList));
    assert_int_equal(UnlockSemaphore(semaphore), NOTOWNER);
}

static void locks_nest(void **state)
{
    (void)state;
    assert_int_equal(LockSemaphore(semaphore, 0), 1);
    assert_int_equal(LockSemaphore(semaphore, SEM_WAIT), 1);
    assert_int_equal(look()->sem_Owner, CURRENTTASK->t.n_Item);
    assert_int_equal(look()->sem_NestCnt, 2);
    assert_int_equal(UnlockSemaphore(semaphore), 0);
    assert_int_equal(look()->sem_bit, 1);
    assert_int_equal(UnlockSemaphore(semaphore), 0);
    assert_int_equal(look()->sem_bit, 0);
    assert_int_equal(UnlockSemaphore(semaphore), NOTOWNER);
}

static void bad_arguments_lock_nothing(void **state)
{
    (void)state;
    assert_int_equal(LockSemaphore(semaphore, 2),
                     MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadLockArg));
    assert_int_equal(LockSemaphore(CURRENTTASK->t.n_Item, 0), BADITEM);
    assert_int_equal(UnlockSemaphore(CURRENTTASK->t.n_Item), BADITEM);
    assert_int_equal(look()->sem_bit, 0);
}

/* ---- several tasks ---- */

#define N 3

struct rival {
    pthread_t thread;
    int32 at_once, locked;
    Err unlocked;
    int turn;
};

static int n_turns;

static void *compete(void *user)
{
    struct rival *rival = user;
    rival->at_once = LockSemaphore(semaphore, 0);
    rival->unlocked = UnlockSemaphore(semaphore);
    rival->locked = LockSemaphore(semaphore, SEM_WAIT);
    if (rival->locked == 1) {
        rival->turn = ++n_turns;
        assert_int_equal(UnlockSemaphore(semaphore), 0);
    }
    return NULL;
}

static void begin(struct rival *rivals)
{
    n_turns = 0;
    assert_int_equal(LockSemaphore(semaphore, 0), 1);
    for (int i = 0; i < N; i++) {
        rivals[i] = (struct rival){.turn = 0};
        assert_int_equal(pthread_create(&rivals[i].thread, NULL, compete, &rivals[i]), 0);
        until_they_wait(semaphore, i + 1);
    }
}

static void end(struct rival *rivals)
{
    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_join(rivals[i].thread, NULL), 0);
}

static void who_waits_longest_is_next(void **state)
{
    (void)state;
    struct rival rivals[N];
    begin(rivals);
    assert_int_equal(UnlockSemaphore(semaphore), 0);
    end(rivals);
    for (int i = 0; i < N; i++) {
        assert_int_equal(rivals[i].at_once, 0);
        assert_int_equal(rivals[i].unlocked, NOTOWNER);
        assert_int_equal(rivals[i].locked, 1);
        assert_int_equal(rivals[i].turn, i + 1);
    }
    assert_int_equal(look()->sem_Owner, -1);
}

static void who_waits_for_one_that_goes_is_told(void **state)
{
    (void)state;
    struct rival rivals[N];
    begin(rivals);
    assert_int_equal(DeleteSemaphore(semaphore), 0);
    end(rivals);
    for (int i = 0; i < N; i++)
        assert_int_equal(rivals[i].locked, BADITEM);
    assert_int_equal(set_up(state), 0);
}

static void *lock_and_go(void *user)
{
    (void)LockSemaphore(semaphore, 0);
    (void)LockSemaphore(semaphore, 0);
    bell_ring(user);
    until_they_wait(semaphore, 1);
    return NULL;
}

static void a_task_that_ends_leaves_none_locked(void **state)
{
    (void)state;
    struct bell locked = BELL_INIT;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, lock_and_go, &locked), 0);
    assert_true(bell_wait(&locked, 1));
    assert_int_equal(LockSemaphore(semaphore, SEM_WAIT), 1);
    assert_int_equal(look()->sem_NestCnt, 1);
    assert_int_equal(UnlockSemaphore(semaphore), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

#define ROUNDS 3000

static int counted; /* with the semaphore locked */

static void *count(void *user)
{
    (void)user;
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(LockSemaphore(semaphore, SEM_WAIT), 1);
        counted++;
        assert_int_equal(UnlockSemaphore(semaphore), 0);
    }
    return NULL;
}

static void one_at_a_time_has_it(void **state)
{
    (void)state;
    pthread_t threads[N];
    counted = 0;
    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(counted, N * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_one_is_nobodys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(locks_nest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_arguments_lock_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_waits_longest_is_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_waits_for_one_that_goes_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_task_that_ends_leaves_none_locked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_at_a_time_has_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
