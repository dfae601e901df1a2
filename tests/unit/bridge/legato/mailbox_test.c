/*
 * What arrives in a thread's mailbox, in which order, and what becomes of it when the thread ends.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <viaduct/node.h>

#include "bridge/legato/mailbox.h"
#include "include/legato/legato.h"
#include "tests/unit/bridge/legato/doomed.h"
#include "tests/unit/bridge/legato/served.h"

#define N_SENT (3 * MAILBOX_TURN_MAX)

struct box {
    struct receiver receiver; /* first */
    uint32_t n_arrived, n_before_mark;
    bool is_destroyed;
};

static struct box box;

static void count(struct receiver *receiver, struct via_call *call)
{
    struct box *at = (struct box *)receiver;
    assert_true(mailbox_is_here(receiver->mailbox));
    assert_int_equal(via_call_code(call), at->n_arrived);
    at->n_arrived++;
    if (!via_call_is_oneway(call))
        assert_int_equal(via_call_reply(call, 0, NULL), VIA_OK);
}

static void destroyed(void *user)
{
    ((struct box *)user)->is_destroyed = true;
}

static struct via_stub *new_stub(void (*arrived)(struct receiver *, struct via_call *))
{
    struct via_stub *stub = NULL;
    box = (struct box){.receiver = {.arrived = arrived}};
    assert_int_equal(mailbox_stub(mailbox_here(), &box.receiver, NULL, destroyed, &stub), VIA_OK);
    return stub;
}

static bool all_have_arrived(void)
{
    return box.n_arrived == N_SENT;
}

static void mark(void *param1, void *param2)
{
    (void)param1;
    (void)param2;
    box.n_before_mark = box.n_arrived;
}

static void calls_arrive_in_order_and_leave_room_for_others(void **state)
{
    (void)state;
    struct via_stub *stub = new_stub(count);
    struct via_proxy *proxy = via_stub_proxy(stub);
    assert_ptr_equal(mailbox_receiver(proxy), &box.receiver);
    for (uint32_t i = 0; i < N_SENT; i++)
        assert_int_equal(via_proxy_send(proxy, i, NULL), VIA_OK);
    assert_true(legato_thread_queue(legato_thread_here(), mark, NULL, NULL));
    assert_int_equal(box.n_arrived, 0); /* only from the loop */
    serve_until(all_have_arrived);
    assert_in_range(box.n_before_mark, 1, MAILBOX_TURN_MAX);
    via_proxy_unref(proxy);
    assert_null(via_stub_unref(stub));
    assert_true(box.is_destroyed);
}

static void other_stubs_have_no_receiver(void **state)
{
    (void)state;
    const struct via_stub_ops ops = {.size = sizeof ops};
    struct via_stub *stub = NULL;
    assert_int_equal(via_stub_create(via_node_default(), &ops, &box, &stub), VIA_OK);
    struct via_proxy *proxy = via_stub_proxy(stub);
    assert_null(mailbox_receiver(proxy));
    via_proxy_unref(proxy);
    assert_null(via_stub_unref(stub));
}

/* ---- outcomes ---- */

struct answer {
    struct expected expected; /* first */
    enum via_status status;
    uint32_t number;
};

static uint32_t n_came;
static enum via_status outcomes[4];

static void came(struct expected *expected, enum via_status status, struct via_parcel *reply)
{
    struct answer *answer = (struct answer *)expected;
    assert_true(status == VIA_DEAD || answer->number == n_came);
    assert_true((status == VIA_OK) || reply == NULL);
    outcomes[n_came++] = status;
    free(answer);
}

static void fail_every_other(struct receiver *receiver, struct via_call *call)
{
    (void)receiver;
    if (box.n_arrived++ % 2 == 0)
        assert_int_equal(via_call_reply(call, 0, NULL), VIA_OK);
    else
        assert_int_equal(via_call_fail(call, VIA_DENIED), VIA_OK);
}

static void ask(struct via_proxy *proxy, uint32_t number)
{
    struct answer *answer = calloc(1, sizeof *answer);
    assert_non_null(answer);
    *answer = (struct answer){.expected = {.came = came}, .number = number};
    assert_int_equal(mailbox_call(mailbox_here(), proxy, NULL, &answer->expected), VIA_OK);
}

static bool all_have_come(void)
{
    return n_came == 4;
}

static void each_call_has_one_outcome_in_order(void **state)
{
    (void)state;
    struct via_stub *stub = new_stub(fail_every_other);
    struct via_proxy *proxy = via_stub_proxy(stub);
    n_came = 0;
    for (uint32_t i = 0; i < 4; i++)
        ask(proxy, i);
    serve_until(all_have_come);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(outcomes[i], i % 2 == 0 ? VIA_OK : VIA_DENIED);
    via_proxy_unref(proxy);
    assert_null(via_stub_unref(stub));
}

/* ---- threads that end ---- */

static struct owned owned[3];
static unsigned n_ended;

static void note_end(struct owned *ended)
{
    assert_null(ended->linkp);
    n_ended += 1u << (ended - owned);
}

static void never_answer(struct receiver *receiver, struct via_call *call)
{
    (void)receiver;
    (void)call;
}

static void *own_and_ask(void *proxy)
{
    for (int i = 0; i < 3; i++) {
        owned[i].end = note_end;
        mailbox_own(mailbox_here(), &owned[i]);
    }
    mailbox_disown(&owned[1]);
    mailbox_disown(&owned[1]); /* nothing */
    ask(proxy, 0);
    ask(proxy, 1);
    return NULL;
}

static void what_a_thread_has_ends_with_it(void **state)
{
    (void)state;
    struct via_stub *stub = new_stub(never_answer);
    struct via_proxy *proxy = via_stub_proxy(stub);
    n_came = n_ended = 0;
    le_thread_Ref_t thread = le_thread_Create("short", own_and_ask, proxy);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    assert_int_equal(n_ended, 1u << 0 | 1u << 2);
    assert_int_equal(n_came, 2);
    assert_int_equal(outcomes[0], VIA_DEAD);
    assert_int_equal(outcomes[1], VIA_DEAD);
    serve_all();
    via_proxy_unref(proxy);
    assert_null(via_stub_unref(stub));
}

static struct mailbox *others;

static void *check_it(void *unused)
{
    (void)unused;
    mailbox_check(others, "le_msg_Something", "some.interface");
    return NULL;
}

static void check_elsewhere(void)
{
    others = mailbox_here();
    mailbox_check(others, "le_msg_Something", "some.interface"); /* its own: nothing */
    le_thread_Ref_t thread = le_thread_Create("other", check_it, NULL);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    (void)le_thread_Join(thread, NULL);
}

static void anothers_mailbox_is_fatal_with_both_names(void **state)
{
    (void)state;
    if (UNDER_THREAD_SANITIZER)
        return;
    doomed(check_elsewhere, EXIT_FAILURE,
           "le_msg_Something: interface 'some.interface' is of thread 'main'; .* thread 'other'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anothers_mailbox_is_fatal_with_both_names), /* before there is a node */
        cmocka_unit_test(calls_arrive_in_order_and_leave_room_for_others),
        cmocka_unit_test(other_stubs_have_no_receiver),
        cmocka_unit_test(each_call_has_one_outcome_in_order),
        cmocka_unit_test(what_a_thread_has_ends_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
