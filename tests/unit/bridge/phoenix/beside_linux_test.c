/*
 * The headers beside Linux's, where it takes a process to see it.
 */
#include <assert.h> /* brings stdlib.h */
#include <cmocka.h>
#include <errno.h>
#include <stdint.h>
#include <sys/minmax.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void anonymous_memory_is_had_for_the_asking(void **state)
{
    (void)state;
    char *memory = mmap(NULL, _PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    memory[_PAGE_SIZE - 1] = 1;
    assert_int_equal(munmap(memory, _PAGE_SIZE), 0);
}

/* What a child writes to it, the parent reads. */
static int seen_by_the_parent(int flags)
{
    volatile int *memory = mmap(NULL, _PAGE_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    const pid_t child = fork();
    if (child == 0) {
        *memory = 7;
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    const int seen = *memory;
    assert_int_equal(munmap((void *)(uintptr_t)memory, _PAGE_SIZE), 0);
    return seen;
}

static void it_is_shared_if_one_says_so(void **state)
{
    (void)state;
    assert_int_equal(seen_by_the_parent(MAP_ANONYMOUS), 0);
    assert_int_equal(seen_by_the_parent(MAP_ANONYMOUS | MAP_PRIVATE), 0);
    assert_int_equal(seen_by_the_parent(MAP_ANONYMOUS | MAP_SHARED), 7);
}

static void physical_memory_is_not_to_be_had(void **state)
{
    (void)state;
    const int others[] = {0, MAP_PRIVATE, MAP_SHARED, MAP_ANONYMOUS, MAP_ANONYMOUS | MAP_SHARED};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        errno = 0;
        assert_ptr_equal(mmap(NULL, _PAGE_SIZE, PROT_READ, MAP_PHYSMEM | others[i], -1, 0x40000000),
                         MAP_FAILED);
        assert_int_not_equal(errno, 0);
    }
}

static void functions_that_take_an_id_t_still_work(void **state)
{
    (void)state;
    const id_t nobody = UINT32_MAX;
    errno = 0;
    (void)getpriority(PRIO_PROCESS, (id_t)getpid());
    assert_int_equal(errno, 0);
    assert_int_equal(getpriority(PRIO_PROCESS, nobody >> 1), -1);
    assert_int_equal(errno, ESRCH);

    const pid_t child = fork();
    if (child == 0)
        _exit(5);
    siginfo_t info = {.si_pid = 0};
    assert_int_equal(waitid(P_PID, (unsigned int)child, &info, WEXITED), 0);
    assert_int_equal(info.si_pid, child);
    assert_int_equal(info.si_status, 5);
}

static void a_negative_result_becomes_errno(void **state)
{
    (void)state;
    errno = EOK;
    assert_int_equal(set_errno(0), 0);
    assert_int_equal(set_errno(3), 3);
    assert_int_equal(errno, EOK);
    assert_int_equal(set_errno(-ENOENT), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(SET_ERRNO(-EIO), -1);
    assert_int_equal(errno, EIO);
}

static int n_evaluated;

static int evaluated(int value)
{
    n_evaluated++;
    return value;
}

static void the_lesser_and_the_greater_are_evaluated_once(void **state)
{
    (void)state;
    n_evaluated = 0;
    assert_int_equal(min(evaluated(-2), evaluated(1)), -2);
    assert_int_equal(max(evaluated(-2), evaluated(1)), 1);
    assert_int_equal(n_evaluated, 4);
    assert_int_equal(max(min(1, 2), 3), 3);
}

static void memory_is_allocated_without_more(void **state)
{
    (void)state;
    char *memory = malloc(3);
    assert(memory != NULL);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anonymous_memory_is_had_for_the_asking),
        cmocka_unit_test(it_is_shared_if_one_says_so),
        cmocka_unit_test(physical_memory_is_not_to_be_had),
        cmocka_unit_test(functions_that_take_an_id_t_still_work),
        cmocka_unit_test(a_negative_result_becomes_errno),
        cmocka_unit_test(the_lesser_and_the_greater_are_evaluated_once),
        cmocka_unit_test(memory_is_allocated_without_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
