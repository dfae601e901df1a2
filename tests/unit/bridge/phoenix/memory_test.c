/*
 * Threads, handles and semaphores when memory runs out: the one thing fails, and nothing is left.
 */
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sys/threads.h>

#include "tests/unit/bridge/scarce_memory.h"

#define BLOCK_SIZE 256 /* handles that are allocated at once; the first has no number */

static void a_handle_needs_memory_once_a_block(void **state)
{
    (void)state;
    handle_t handle = 7;
    memory_fail(0, 1);
    assert_int_equal(mutexCreate(&handle), -ENOMEM);
    assert_int_equal(condCreate(&handle), -ENOMEM);
    assert_int_equal(handle, 7);
    memory_fail(1, 1);
    for (int i = 1; i < BLOCK_SIZE - 1; i++) {
        assert_int_equal(mutexCreate(&handle), 0);
        assert_int_equal(handle, i);
    }
    memory_fail(MEMORY_ENOUGH, 0);
}

static void a_semaphore_with_half_of_it_is_none(void **state)
{
    (void)state;
    semaphore_t semaphore;
    memory_fail(0, 1);
    assert_int_equal(semaphoreCreate(&semaphore, 1), -ENOMEM); /* there is one handle, not two */
    handle_t last = 0;
    assert_int_equal(mutexCreate(&last), 0); /* it was given back */
    assert_int_equal(mutexCreate(&last), -ENOMEM);
    memory_fail(MEMORY_ENOUGH, 0);
    for (handle_t handle = 1; handle < BLOCK_SIZE - 1; handle++)
        assert_int_equal(resourceDestroy(handle), 0);
    assert_int_equal(resourceDestroy(last), 0);
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's name */
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *arg);

/* The system gives no more threads. */
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *arg)
{
    (void)id;
    (void)attributes;
    (void)run;
    (void)arg;
    return EAGAIN;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static void run_nothing(void *arg)
{
    (void)arg;
}

static void a_thread_that_is_not_begun_leaves_nothing(void **state)
{
    (void)state;
    const size_t n_live = memory_n_live();
    int id = 7;
    memory_fail(0, 0);
    assert_int_equal(beginthreadex(run_nothing, 4, NULL, 0, NULL, &id), -ENOMEM);
    memory_fail(MEMORY_ENOUGH, 0);
    assert_int_equal(beginthreadex(run_nothing, 4, NULL, 0, NULL, &id), -EAGAIN);
    assert_int_equal(id, 7);
    assert_int_equal(memory_n_live(), n_live);
    assert_int_equal(threadJoin(-1, 1), -ETIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_needs_memory_once_a_block), /* in this order: they count */
        cmocka_unit_test(a_semaphore_with_half_of_it_is_none),
        cmocka_unit_test(a_thread_that_is_not_begun_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
