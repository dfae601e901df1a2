/*
 * Items, messages, tasks, tables of handlers and the listener that polls when memory runs out, or
 * threads: the one call fails, and nothing is left of it.
 */
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>

#include "bridge/portfolio/task.h"
#include "include/portfolio/event.h"
#include "include/portfolio/kernel.h"
#include "include/portfolio/msgutils.h"
#include "include/portfolio/operror.h"
#include "include/portfolio/semaphore.h"
#include "tests/unit/bridge/scarce_memory.h"

/* What a step of a scenario gave, as the scenario's result. */
static enum via_status status_of(int32 result)
{
    if (result != NOMEM)
        assert_true(result >= 0);
    return result == NOMEM ? VIA_NO_MEMORY : VIA_OK;
}

static void drop(Item item)
{
    if (item > 0)
        assert_int_equal(DeleteItem(item), 0);
}

static enum via_status semaphores(void)
{
    const Item plain = CreateSemaphore(NULL, 0);
    const Item named = CreateUniqueSemaphore("named", 0);
    enum via_status status = status_of(plain) != VIA_OK ? VIA_NO_MEMORY : status_of(named);
    drop(plain);
    drop(named);
    return status;
}

static enum via_status send_around(Item port, Item message)
{
    enum via_status status = status_of(SendMsg(port, message, "question", 9));
    if (status != VIA_OK) /* it is held as before */
        return ((const Message *)LookupItem(message))->msg_DataSize == 0 ? status : VIA_INVALID;
    assert_int_equal(WaitPort(port, message), message);
    status = status_of(ReplyMsg(message, 1, "answer", 7));
    if (status == VIA_OK)
        assert_int_equal(WaitPort(port, message), message);
    return status;
}

static enum via_status messages(void)
{
    const Item port = CreateMsgPort("port", 0, 0);
    const uint32 allocated = CURRENTTASK->t_AllocatedSigs;
    assert_int_equal(allocated, port > 0 ? 0x1ff : 0xff);
    if (port < 0)
        return status_of(port);
    const Item standard = CreateMsg("message", 0, port);
    const Item buffered = CreateBufferedMsg(NULL, 0, port, 64);
    enum via_status status = status_of(standard) != VIA_OK ? VIA_NO_MEMORY : status_of(buffered);
    if (status == VIA_OK)
        status = send_around(port, standard);
    if (status == VIA_OK)
        status = send_around(port, buffered);
    drop(standard);
    drop(buffered);
    drop(port);
    return status;
}

static enum via_status tasks(void)
{
    struct task *task = task_create("task");
    if (task == NULL)
        return VIA_NO_MEMORY;
    item_destroy(&task->item);
    return VIA_OK;
}

static int32 nothing(MSEventData *event, void *context)
{
    (void)event;
    (void)context;
    return 0;
}

static enum via_status tables(void)
{
    static char name[] = "table's";
    MSEventData events[] = {{.handler = nothing}, {.name = name, .handler = nothing}};
    const uint32 allocated = CURRENTTASK->t_AllocatedSigs;
    const MSEventHandle handle = SetupMSEvents(events, 2, 0);
    enum via_status status = status_of(handle);
    CleanupMSEvents(handle);
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, allocated);
    assert_int_equal(events[0].signal, 0);
    return status;
}

static enum via_status polling(void)
{
    const Item broker = CreateMsgPort(EventPortName, 0, 0);
    enum via_status status = status_of(broker);
    if (status == VIA_OK)
        status = status_of(InitEventUtility(1, 1, 0));
    assert_int_equal(KillEventUtility(), 0);
    drop(broker);
    return status;
}

static void each_call_fails_alone(void **state)
{
    (void)state;
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, 0xff); /* this task and the table are there */
    drop(CreateMsgPort(NULL, 0, 0)); /* and what looks for a gateway, of which there is none */
    assert_true(memory_fail_each(semaphores) >= 3);
    assert_true(memory_fail_each(messages) >= 7);
    assert_true(memory_fail_each(tasks) >= 3);
    assert_true(memory_fail_each(tables) >= 4);
    assert_true(memory_fail_each(polling) >= 5);
}

/* ---- threads ---- */

static bool has_threads = true;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's name */
int __real_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *arg);

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *arg)
{
    return has_threads ? __real_pthread_create(id, attributes, run, arg) : EAGAIN;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static void run_nothing(void)
{
}

static void a_thread_that_is_not_started_leaves_nothing(void **state)
{
    (void)state;
    const size_t n_live = memory_n_live();
    has_threads = false;
    assert_int_equal(CreateThread("thread", 0, run_nothing, 0), NOMEM);
    has_threads = true;
    assert_int_equal(memory_n_live(), n_live);
    assert_int_equal(FindTask("thread"), MakeKErr(ER_SEVERE, ER_C_STND, ER_NotFound));
    assert_int_equal(GetCurrentSignals(), 0);
}

static void *call_everything(void *user)
{
    bool *was_refused = user;
    memory_fail(0, 1);
    const Task *nobody = CURRENTTASK;
    *was_refused = nobody != NULL && nobody->t.n_Item == 0 && AllocSignal(0) == 0 &&
                   FreeSignal(0x100) == NOMEM && SendSignal(0, 0) == NOMEM &&
                   WaitSignal(SIGF_ABORT) == NOMEM && CreateMsgPort(NULL, 0, 0) == NOMEM &&
                   CreateThread("thread", 0, run_nothing, 0) == NOMEM && DeleteItem(1) == NOMEM &&
                   SetItemPri(1, 50) == NOMEM && SetItemOwner(1, 1) == NOMEM &&
                   SendMsg(1, 1, NULL, 0) == NOMEM && ReplyMsg(1, 0, NULL, 0) == NOMEM &&
                   GetMsg(1) == NOMEM && GetThisMsg(1) == NOMEM && WaitPort(1, 0) == NOMEM &&
                   LockSemaphore(1, 0) == NOMEM && UnlockSemaphore(1) == NOMEM &&
                   DeleteThread(1) == BADITEM && LookupItem(1) == NULL;
    memory_fail(MEMORY_ENOUGH, 0);
    return NULL;
}

static void a_thread_without_memory_is_no_task(void **state)
{
    (void)state;
    bool was_refused = false;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, call_everything, &was_refused), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(was_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_fails_alone),
        cmocka_unit_test(a_thread_that_is_not_started_leaves_nothing),
        cmocka_unit_test(a_thread_without_memory_is_no_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
