/*
 * Threads, which are Items of the task that starts them.
 */
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "include/portfolio/kernel.h"
#include "include/portfolio/operror.h"
#include "tests/include/bell.h"
#include "tests/unit/bridge/portfolio/waiting.h"

/* What the one that was started last has seen. */
static struct {
    struct bell bell;
    Item task, semaphore, child;
    Task *parent;
    uint8 priority;
    char name[32], system_name[16];
    atomic_int n_done;
} seen;

static int reset(void **state)
{
    static const struct bell silent = BELL_INIT;
    (void)state;
    memset(&seen, 0, sizeof seen);
    seen.bell = silent;
    return 0;
}

static void look_at_itself(void)
{
    seen.task = CURRENTTASK->t.n_Item;
    seen.parent = CURRENTTASK->t_ThreadTask;
    seen.priority = CURRENTTASK->t.n_Priority;
    (void)snprintf(seen.name, sizeof seen.name, "%s", CURRENTTASK->t.n_Name);
    (void)pthread_getname_np(pthread_self(), seen.system_name, sizeof seen.system_name);
    seen.semaphore = CreateSemaphore("threads", 0);
}

static void a_process_is_a_task_by_its_programs_name(void **state)
{
    (void)state;
    assert_string_equal(CURRENTTASK->t.n_Name, program_invocation_short_name);
    assert_int_equal(FindTask(program_invocation_short_name), CURRENTTASK->t.n_Item);
    assert_ptr_equal(LookupItem(CURRENTTASK->t.n_Item), CURRENTTASK);
    assert_null(CURRENTTASK->t_ThreadTask);
    assert_int_equal(CURRENTTASK->t.n_Owner, 0);
}

static void a_thread_runs_and_its_end_is_told(void **state)
{
    (void)state;
    const Item thread = CreateThread("a thread of this test", 42, look_at_itself, 4096);
    assert_true(thread > 0);
    until_one_ended();
    assert_int_equal(seen.task, thread);
    assert_ptr_equal(seen.parent, CURRENTTASK);
    assert_int_equal(seen.priority, 42);
    assert_string_equal(seen.name, "a thread of this test");
    assert_string_equal(seen.system_name, "a thread of thi");
    assert_null(LookupItem(thread));
    assert_null(LookupItem(seen.semaphore));
    assert_int_equal(DeleteThread(thread), BADITEM);
}

static void a_thread_has_its_parents_priority(void **state)
{
    (void)state;
    assert_true(CreateThread("thread", 0, look_at_itself, 0) > 0);
    until_one_ended();
    assert_int_equal(seen.priority, CURRENTTASK->t.n_Priority);
}

static void use_stack(void)
{
    char octets[12 << 20];
    memset(octets, 1, sizeof octets);
    seen.priority = (uint8)octets[sizeof octets - 1];
}

static void a_stack_is_as_large_as_asked(void **state)
{
    (void)state;
    const Item thread = CreateThread("stack", 0, use_stack, 13 << 20);
    assert_true(thread > 0);
    until_one_ended();
    assert_int_equal(seen.priority, 1);
}

static void bad_arguments_start_nothing(void **state)
{
    (void)state;
    assert_int_equal(CreateThread(NULL, 0, look_at_itself, 0), BADNAME);
    assert_int_equal(CreateThread("\n", 0, look_at_itself, 0), BADNAME);
    assert_int_equal(CreateThread("thread", 0, NULL, 0), BADPTR);
    assert_int_equal(CreateThread("thread", 0, look_at_itself, -1),
                     MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadStackSize));
    assert_int_equal(CreateThread("thread", 200, look_at_itself, 0),
                     MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadPriority));
}

static void wait_for_ever(void)
{
    look_at_itself();
    bell_ring(&seen.bell);
    (void)WaitSignal(SIGF_IODONE);
    atomic_fetch_add(&seen.n_done, 1);
}

static void a_thread_that_waits_is_deleted(void **state)
{
    (void)state;
    const Item thread = CreateThread("waits", 0, wait_for_ever, 0);
    assert_true(bell_wait(&seen.bell, 1));
    until_it_waits(thread);
    assert_int_equal(DeleteThread(thread), 0);
    assert_null(LookupItem(thread));
    until_one_ended();
    assert_null(LookupItem(seen.semaphore));
    assert_int_equal(seen.n_done, 0);
}

static void wait_for_semaphore(void)
{
    seen.task = CURRENTTASK->t.n_Item;
    (void)LockSemaphore(seen.semaphore, SEM_WAIT);
    atomic_fetch_add(&seen.n_done, 1);
}

static void one_that_waits_for_a_semaphore_too(void **state)
{
    (void)state;
    seen.semaphore = CreateSemaphore(NULL, 0);
    assert_int_equal(LockSemaphore(seen.semaphore, 0), 1);
    const Item thread = CreateThread("waits", 0, wait_for_semaphore, 0);
    until_they_wait(seen.semaphore, 1);
    assert_int_equal(DeleteThread(thread), 0);
    until_one_ended();
    assert_int_equal(seen.n_done, 0);
    assert_int_equal(UnlockSemaphore(seen.semaphore), 0);
    assert_int_equal(LockSemaphore(seen.semaphore, 0), 1);
    assert_int_equal(DeleteSemaphore(seen.semaphore), 0);
}

static void go_on_until_deleted(void)
{
    bell_ring(&seen.bell);
    for (;;)
        Yield();
}

static void one_that_runs_ends_at_its_next_call(void **state)
{
    (void)state;
    const Item thread = CreateThread("runs", 0, go_on_until_deleted, 0);
    assert_true(bell_wait(&seen.bell, 1));
    assert_int_equal(DeleteItem(thread), 0);
    until_one_ended();
}

static void delete_itself(void)
{
    (void)DeleteThread(CURRENTTASK->t.n_Item);
    atomic_fetch_add(&seen.n_done, 1);
}

static void a_thread_deletes_itself(void **state)
{
    (void)state;
    assert_true(CreateThread("itself", 0, delete_itself, 0) > 0);
    until_one_ended();
    assert_int_equal(seen.n_done, 0);
    assert_int_equal(DeleteThread(CURRENTTASK->t.n_Item), BADPRIV);
    const Item semaphore = CreateSemaphore(NULL, 0);
    assert_int_equal(DeleteThread(semaphore), BADITEM);
    assert_int_equal(DeleteItem(semaphore), 0);
}

static void begin_a_child(void)
{
    seen.child = CreateThread("child", 0, wait_for_ever, 0);
    until_it_waits(seen.child);
}

static void threads_go_with_their_parent(void **state)
{
    (void)state;
    assert_true(CreateThread("parent", 0, begin_a_child, 0) > 0);
    until_one_ended();
    assert_true(seen.child > 0);
    assert_null(LookupItem(seen.child));
    assert_int_equal(DeleteThread(seen.child), BADITEM);
    assert_int_equal(seen.n_done, 0);
}

static void its_parent_has_it_for_good(void **state)
{
    (void)state;
    const Item waits = CreateThread("waits", 0, wait_for_ever, 0);
    until_it_waits(waits);
    assert_int_equal(SetItemOwner(waits, CURRENTTASK->t.n_Item), NOSUPPORT);
    assert_int_equal(SetItemPri(waits, 11), CURRENTTASK->t.n_Priority);
    assert_int_equal(DeleteThread(waits), 0);
    until_one_ended();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_process_is_a_task_by_its_programs_name, reset),
        cmocka_unit_test_setup(a_thread_runs_and_its_end_is_told, reset),
        cmocka_unit_test_setup(a_thread_has_its_parents_priority, reset),
        cmocka_unit_test_setup(a_stack_is_as_large_as_asked, reset),
        cmocka_unit_test_setup(bad_arguments_start_nothing, reset),
        cmocka_unit_test_setup(a_thread_that_waits_is_deleted, reset),
        cmocka_unit_test_setup(one_that_waits_for_a_semaphore_too, reset),
        cmocka_unit_test_setup(one_that_runs_ends_at_its_next_call, reset),
        cmocka_unit_test_setup(a_thread_deletes_itself, reset),
        cmocka_unit_test_setup(threads_go_with_their_parent, reset),
        cmocka_unit_test_setup(its_parent_has_it_for_good, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
