/*
 * What comes from elsewhere is taken in by the task it is for, also while that waits for a signal.
 * Here it comes from another thread: the core takes a local call the same way.
 */
#include <cmocka.h>
#include <pthread.h>
#include <viaduct/viaduct.h>

#include "include/portfolio/kernel.h"
#include "tests/include/bell.h"
#include "tests/unit/bridge/portfolio/waiting.h"

/* A port of its kind: a call raises a signal. */
struct doorbell {
    struct receiver receiver; /* first */
    struct task *task;
    struct via_stub *stub;
    uint32 signal;
    uint32 last_code;
    unsigned n_calls;
    struct bell destroyed;
};

static void arrived(struct receiver *receiver, struct via_call *call)
{
    struct doorbell *doorbell = (struct doorbell *)receiver;
    doorbell->last_code = via_call_code(call);
    doorbell->n_calls++;
    assert_int_equal(via_call_reply(call, 7, NULL), VIA_OK);
    items_lock();
    task_raise(doorbell->task, doorbell->signal);
    items_unlock();
}

static void destroyed(void *user)
{
    bell_ring(&((struct doorbell *)user)->destroyed);
}

static void install(struct doorbell *doorbell)
{
    static const struct bell silent = BELL_INIT;
    *doorbell =
        (struct doorbell){.receiver.arrived = arrived, .task = task_current(), .destroyed = silent};
    doorbell->signal = (uint32)AllocSignal(0);
    assert_int_equal(
        inbox_stub(&doorbell->task->inbox, &doorbell->receiver, destroyed, &doorbell->stub),
        VIA_OK);
}

static void remove_it(struct doorbell *doorbell)
{
    via_stub_unref(doorbell->stub);
    assert_true(bell_wait(&doorbell->destroyed, 1)); /* a worker may have a count still */
    assert_int_equal(FreeSignal(doorbell->signal), 0);
}

struct caller {
    struct bell answered;
    _Atomic enum via_status status; /* workers answer, several at once */
};

static void on_reply(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct caller *caller = user;
    (void)result;
    (void)reply;
    caller->status = status;
    bell_ring(&caller->answered);
}

static void a_look_takes_in_what_is_there(void **state)
{
    (void)state;
    struct doorbell doorbell;
    struct caller caller = {.answered = BELL_INIT};
    install(&doorbell);
    struct via_proxy *proxy = via_stub_proxy(doorbell.stub);
    for (uint32 code = 1; code <= 3; code++)
        assert_int_equal(via_proxy_call_async(proxy, code, NULL, 0, on_reply, &caller, NULL),
                         VIA_OK);
    assert_int_equal(doorbell.n_calls, 0);
    assert_int_equal(GetCurrentSignals(), doorbell.signal);
    assert_int_equal(doorbell.n_calls, 3);
    assert_int_equal(doorbell.last_code, 3);
    assert_int_equal(WaitSignal(doorbell.signal), doorbell.signal);
    assert_true(bell_wait(&caller.answered, 3));
    assert_int_equal(caller.status, VIA_OK);
    via_proxy_unref(proxy);
    remove_it(&doorbell);
}

struct visitor {
    struct via_proxy *proxy;
    Item task; /* to be rung when it waits */
    int32_t result;
};

static void *visit(void *user)
{
    struct visitor *visitor = user;
    until_it_waits(visitor->task);
    assert_int_equal(via_proxy_call(visitor->proxy, 5, NULL, 0, &visitor->result, NULL), VIA_OK);
    return NULL;
}

static void a_call_wakes_who_waits_for_its_signal(void **state)
{
    (void)state;
    struct doorbell doorbell;
    pthread_t thread;
    install(&doorbell);
    struct visitor visitor = {.proxy = via_stub_proxy(doorbell.stub),
                              .task = CURRENTTASK->t.n_Item};
    assert_int_equal(pthread_create(&thread, NULL, visit, &visitor), 0);
    assert_int_equal(WaitSignal(doorbell.signal), doorbell.signal);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(visitor.result, 7);
    assert_int_equal(doorbell.last_code, 5);
    via_proxy_unref(visitor.proxy);
    remove_it(&doorbell);
}

static void a_call_is_taken_in_while_it_waits_for_something_else(void **state)
{
    (void)state;
    struct doorbell doorbell;
    pthread_t thread;
    install(&doorbell);
    const uint32 other = (uint32)AllocSignal(0);
    struct visitor visitor = {.proxy = via_stub_proxy(doorbell.stub),
                              .task = CURRENTTASK->t.n_Item};
    assert_int_equal(pthread_create(&thread, NULL, visit, &visitor), 0);
    doorbell.signal |= other; /* it comes with the call */
    assert_int_equal(WaitSignal(other), other);
    doorbell.signal &= ~other;
    assert_int_equal(GetCurrentSignals(), doorbell.signal);
    assert_int_equal(pthread_join(thread, NULL), 0);
    via_proxy_unref(visitor.proxy);
    assert_int_equal(FreeSignal(other), 0);
    remove_it(&doorbell);
}

struct tenant {
    struct doorbell doorbell;
    struct via_proxy *proxy;
    struct bell installed, leave;
};

static void *live(void *user)
{
    struct tenant *tenant = user;
    install(&tenant->doorbell);
    tenant->proxy = via_stub_proxy(tenant->doorbell.stub);
    bell_ring(&tenant->installed);
    assert_true(bell_wait(&tenant->leave, 1));
    return NULL;
}

static void the_calls_of_a_task_that_ends_are_answered(void **state)
{
    (void)state;
    struct tenant tenant = {.installed = BELL_INIT, .leave = BELL_INIT};
    struct caller caller = {.answered = BELL_INIT};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, live, &tenant), 0);
    assert_true(bell_wait(&tenant.installed, 1));
    assert_int_equal(via_proxy_call_async(tenant.proxy, 1, NULL, 0, on_reply, &caller, NULL),
                     VIA_OK);
    bell_ring(&tenant.leave);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(bell_wait(&caller.answered, 1));
    assert_int_equal(caller.status, VIA_DEAD);
    assert_int_equal(via_proxy_call(tenant.proxy, 1, NULL, 0, NULL, NULL), VIA_DEAD);
    assert_int_equal(tenant.doorbell.n_calls, 0);
    via_proxy_unref(tenant.proxy);
    via_stub_unref(tenant.doorbell.stub);
    assert_true(bell_wait(&tenant.doorbell.destroyed, 1));
}

/* ---- outcomes ---- */

struct question {
    struct expected expected; /* first */
    enum via_status status;
    bool is_over;
};

static void came(struct expected *expected, enum via_status status, struct via_parcel *reply)
{
    struct question *question = (struct question *)expected;
    assert_int_equal(via_parcel_size(reply), 0);
    question->status = status;
    question->is_over = true;
}

static void the_outcome_of_a_call_comes_to_its_task(void **state)
{
    (void)state;
    struct doorbell doorbell;
    install(&doorbell);
    struct question question = {.expected.came = came};
    struct via_proxy *proxy = via_stub_proxy(doorbell.stub);
    assert_int_equal(inbox_call(&doorbell.task->inbox, proxy, 1, NULL, 0, &question.expected, NULL),
                     VIA_OK);
    inbox_take_in(&doorbell.task->inbox);
    assert_true(question.is_over);
    assert_int_equal(question.status, VIA_OK);
    assert_int_equal(doorbell.n_calls, 1);
    via_proxy_unref(proxy);
    remove_it(&doorbell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_look_takes_in_what_is_there),
        cmocka_unit_test(a_call_wakes_who_waits_for_its_signal),
        cmocka_unit_test(a_call_is_taken_in_while_it_waits_for_something_else),
        cmocka_unit_test(the_calls_of_a_task_that_ends_are_answered),
        cmocka_unit_test(the_outcome_of_a_call_comes_to_its_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
