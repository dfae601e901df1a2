/*
 * Who takes which message from where, with waiting and without.
 */
#include <cmocka.h>

#include "include/portfolio/operror.h"
#include "tests/unit/bridge/portfolio/correspondent.h"
#include "tests/unit/bridge/portfolio/waiting.h"

#define N 4

static Item port, messages[N];
static struct correspondent other;

static int set_up(void **state)
{
    (void)state;
    correspondent_begin(&other);
    port = CreateMsgPort("port", 0, 0);
    for (int i = 0; i < N; i++)
        if ((messages[i] = CreateMsg(NULL, 100, port)) < 0)
            return 1;
    return port < 0;
}

static int tear_down(void **state)
{
    (void)state;
    correspondent_end(&other);
    for (int i = 0; i < N; i++)
        if (LookupItem(messages[i]) != NULL && DeleteMsg(messages[i]) < 0)
            return 1;
    return DeleteMsgPort(port) < 0;
}

static const Message *look(Item message)
{
    return LookupItem(message);
}

static uint32 signal_of(Item number)
{
    return ((const MsgPort *)LookupItem(number))->mp_Signal;
}

static void messages_come_by_priority_and_in_order(void **state)
{
    (void)state;
    const Item urgent = CreateMsg(NULL, 150, port);
    for (int i = 0; i < N; i++)
        assert_int_equal(SendMsg(port, messages[i], NULL, 0), 0);
    assert_int_equal(SendMsg(port, urgent, NULL, 0), 0);
    assert_int_equal(look(urgent)->msg.n_Flags & 0xf, MESSAGE_SENT);
    assert_int_equal(look(urgent)->msg_MsgPort, port);
    assert_int_equal(GetMsg(port), urgent);
    assert_int_equal(look(urgent)->msg.n_Flags & 0xf, 0);
    assert_int_equal(look(urgent)->msg_MsgPort, CURRENTTASK->t.n_Item);
    for (int i = 0; i < N; i++)
        assert_int_equal(GetMsg(port), messages[i]);
    assert_int_equal(GetMsg(port), 0);
    assert_int_equal(GetCurrentSignals(), signal_of(port)); /* GetMsg() leaves it */
    assert_int_equal(WaitSignal(signal_of(port)), signal_of(port));
    assert_int_equal(DeleteMsg(urgent), 0);
}

static void send_one(struct correspondent *sender)
{
    sender->err = SendMsg(port, sender->message, NULL, 0);
}

static void programs_see_what_is_on_their_ports(void **state)
{
    (void)state;
    const MsgPort *own = LookupItem(port);
    assert_true(IsEmptyList(&own->mp_Msgs));
    correspondent_do(&other, send_one);
    assert_ptr_equal(LookupItem(port), own);
    assert_false(IsEmptyList(&own->mp_Msgs));
    assert_ptr_equal(FirstNode(&own->mp_Msgs), look(other.message));
    assert_int_equal(GetMsg(port), other.message);
    assert_true(IsEmptyList(&own->mp_Msgs));
    assert_int_equal(ReplyMsg(other.message, 0, NULL, 0), 0);
}

/* ---- who may ---- */

static void get_from_mine(struct correspondent *thief)
{
    thief->item = GetMsg(port);
    thief->err = WaitPort(port, 0);
}

static void a_port_is_its_owners_to_read(void **state)
{
    (void)state;
    assert_int_equal(SendMsg(port, messages[0], NULL, 0), 0);
    correspondent_do(&other, get_from_mine);
    assert_int_equal(other.item, NOTOWNER);
    assert_int_equal(other.err, NOTOWNER);
    assert_int_equal(GetMsg(other.port), NOTOWNER);
    assert_int_equal(GetMsg(messages[0]), BADITEM);
    assert_int_equal(WaitPort(0, 0), BADITEM);
    assert_int_equal(WaitPort(port, port), BADITEM);
    assert_int_equal(GetMsg(port), messages[0]);
}

static void send_mine(struct correspondent *thief)
{
    thief->err = SendMsg(thief->port, messages[1], NULL, 0);
}

static void reply_mine(struct correspondent *helper)
{
    helper->err = ReplyMsg(messages[1], 77, NULL, 0);
}

static void get_this(struct correspondent *thief)
{
    thief->item = GetThisMsg(messages[1]);
}

static void who_holds_it_sends_it(void **state)
{
    (void)state;
    correspondent_do(&other, send_mine);
    assert_int_equal(other.err, NOTOWNER);
    correspondent_do(&other, get_this);
    assert_int_equal(other.item, BADPRIV);
    assert_int_equal(GetThisMsg(messages[1]), -1);
    assert_int_equal(GetThisMsg(port), BADITEM);

    assert_int_equal(SendMsg(other.port, messages[1], NULL, 0), 0);
    assert_int_equal(SendMsg(other.port, messages[1], NULL, 0), NOTOWNER); /* it is sent already */
    assert_int_equal(ReplyMsg(messages[1], 0, NULL, 0), BADPRIV);
    assert_int_equal(GetThisMsg(messages[1]), messages[1]); /* pulled back */
    assert_int_equal(SendMsg(other.port, messages[1], NULL, 0), 0);
    correspondent_do(&other, get_this);
    assert_int_equal(other.item, messages[1]);
    correspondent_do(&other, get_this);
    assert_int_equal(other.item, -1); /* it holds what is another's */
    assert_int_equal(SendMsg(other.port, messages[1], NULL, 0), NOTOWNER);
    assert_int_equal(GetThisMsg(messages[1]), -1);
    /* a thread of the program may answer for it */
    assert_int_equal(ReplyMsg(messages[1], 5, NULL, 0), 0);
    assert_int_equal(WaitPort(port, messages[1]), messages[1]);
    assert_int_equal(look(messages[1])->msg_Result, 5);
}

static void forward(struct correspondent *station)
{
    station->item = WaitPort(station->port, 0);
    station->err = SendMsg(port, station->item, "on", 3);
}

static void what_was_received_may_be_sent_on(void **state)
{
    (void)state;
    assert_int_equal(SendMsg(other.port, messages[1], "from", 5), 0);
    correspondent_do(&other, forward);
    assert_int_equal(other.err, 0);
    assert_int_equal(GetMsg(port), messages[1]);
    assert_string_equal(look(messages[1])->msg_DataPtr, "on");
    correspondent_do(&other, reply_mine); /* any thread of the program */
    assert_int_equal(other.err, 0);
    assert_int_equal(GetMsg(port), messages[1]);
    assert_int_equal(look(messages[1])->msg_Result, 77);
}

static void ones_own_returned_message_comes_again(void **state)
{
    (void)state;
    assert_int_equal(SendMsg(other.port, messages[1], NULL, 0), 0);
    correspondent_do(&other, get_this);
    correspondent_do(&other, reply_mine);
    assert_int_equal(GetMsg(port), messages[1]);
    assert_int_equal(ReplyMsg(messages[1], 78, NULL, 0), 0);
    assert_int_equal(GetMsg(port), messages[1]);
    assert_int_equal(look(messages[1])->msg_Result, 78);
    assert_int_equal(GetMsg(port), 0);
}

/* ---- waiting ---- */

static void a_message_to_oneself_arrives(void **state)
{
    (void)state;
    assert_int_equal(SendMsg(port, messages[2], "me", 3), 0);
    assert_int_equal(WaitPort(port, messages[2]), messages[2]);
    assert_int_equal(look(messages[2])->msg_Result, 0);
}

static void answer_slowly(struct correspondent *server)
{
    until_it_waits(server->item);
    server->err = SendMsg(port, server->message, NULL, 0);
    until_it_waits(server->item);
    const Item request = GetMsg(server->port);
    server->err |= ReplyMsg(request, 9, "answer", 7);
}

static void a_certain_message_is_waited_for_and_others_stay(void **state)
{
    (void)state;
    other.item = CURRENTTASK->t.n_Item;
    assert_int_equal(SendMsg(other.port, messages[3], "question", 9), 0);
    correspondent_tell(&other, answer_slowly);
    assert_int_equal(WaitPort(port, messages[3]), messages[3]);
    assert_true(correspondent_done(&other));
    assert_int_equal(other.err, 0);
    assert_string_equal(look(messages[3])->msg_DataPtr, "answer");
    /* the other one is there, and says so */
    assert_int_equal(WaitSignal(signal_of(port)), signal_of(port));
    assert_int_equal(GetMsg(port), other.message);
    assert_int_equal(ReplyMsg(other.message, 0, NULL, 0), 0);
}

/* To the port that has the same signal, and then the answer. */
static void answer_with_another(struct correspondent *server)
{
    until_it_waits(server->waiter);
    server->err = SendMsg(server->item, server->message, NULL, 0);
    until_it_waits(server->waiter);
    server->err |= ReplyMsg(GetMsg(server->port), 9, NULL, 0);
}

static void a_signal_that_two_ports_have_is_for_both(void **state)
{
    (void)state;
    const Item twin = CreateMsgPort("twin", 0, signal_of(port));
    other.waiter = CURRENTTASK->t.n_Item;
    other.item = twin;
    assert_int_equal(SendMsg(other.port, messages[3], NULL, 0), 0);
    correspondent_tell(&other, answer_with_another);
    assert_int_equal(WaitPort(port, messages[3]), messages[3]);
    assert_true(correspondent_done(&other));
    assert_int_equal(other.err, 0);
    assert_int_equal(GetCurrentSignals() & signal_of(port), signal_of(port));
    assert_int_equal(WaitPort(twin, 0), other.message);
    assert_int_equal(ReplyMsg(other.message, 0, NULL, 0), 0);
    (void)ClearCurrentSignals(signal_of(port));
    assert_int_equal(DeleteMsgPort(twin), 0);
}

static void send_when_it_waits(struct correspondent *sender)
{
    until_it_waits(sender->item);
    sender->err = SendMsg(port, sender->message, "late", 5);
}

static void the_next_message_is_waited_for(void **state)
{
    (void)state;
    other.item = CURRENTTASK->t.n_Item;
    correspondent_tell(&other, send_when_it_waits);
    assert_int_equal(WaitPort(port, 0), other.message);
    assert_string_equal(look(other.message)->msg_DataPtr, "late");
    assert_true(correspondent_done(&other));
    assert_int_equal(ReplyMsg(other.message, 0, NULL, 0), 0);
}

static void wait_for_mine(struct correspondent *waiter)
{
    waiter->err = WaitPort(waiter->port, messages[0]);
}

static void who_waits_for_a_message_that_goes_is_told(void **state)
{
    (void)state;
    correspondent_tell(&other, wait_for_mine);
    until_it_waits(other.task);
    assert_int_equal(DeleteMsg(messages[0]), 0);
    assert_true(correspondent_done(&other));
    assert_int_equal(other.err, BADITEM);
    assert_int_equal(WaitPort(port, messages[0]), BADITEM);
}

static void wait_for_any(struct correspondent *waiter)
{
    waiter->err = WaitPort(waiter->port, 0);
}

static void an_abort_ends_the_wait(void **state)
{
    (void)state;
    correspondent_tell(&other, wait_for_any);
    until_it_waits(other.task);
    items_lock();
    task_raise((struct task *)items_find_kind(other.task, &task_kind), SIGF_ABORT);
    items_unlock();
    assert_true(correspondent_done(&other));
    assert_int_equal(other.err, ABORTED);
}

static void abort_behind_a_message(struct correspondent *sender)
{
    until_it_waits(sender->waiter);
    sender->err = SendMsg(port, sender->message, NULL, 0);
    until_it_waits(sender->waiter);
    items_lock();
    task_raise((struct task *)items_find_kind(sender->waiter, &task_kind), SIGF_ABORT);
    items_unlock();
}

static void what_came_before_an_abort_says_so(void **state)
{
    (void)state;
    other.waiter = CURRENTTASK->t.n_Item;
    correspondent_tell(&other, abort_behind_a_message);
    assert_int_equal(WaitPort(port, messages[0]), ABORTED);
    assert_true(correspondent_done(&other));
    assert_int_equal(other.err, 0);
    assert_int_equal(WaitSignal(signal_of(port)), signal_of(port));
    assert_int_equal(GetMsg(port), other.message);
    assert_int_equal(ReplyMsg(other.message, 0, NULL, 0), 0);
}

/* ---- many ---- */

#define ROUNDS 2000

static void serve(struct correspondent *server)
{
    server->err = 0;
    for (int n = 0; n < N * ROUNDS;) {
        if ((WaitSignal(signal_of(server->port)) & SIGF_ABORT) != 0)
            return;
        Item request;
        while ((request = GetMsg(server->port)) > 0) {
            server->err |=
                ReplyMsg(request, *(const int32 *)look(request)->msg_DataPtr + 1, NULL, 0);
            n++;
        }
    }
}

static void every_request_is_answered_once(void **state)
{
    (void)state;
    int32 sent[N] = {0}, n_left = N * ROUNDS;
    correspondent_tell(&other, serve);
    for (int i = 0; i < N; i++)
        assert_int_equal(SendMsg(other.port, messages[i], &sent[i], sizeof sent[i]), 0);
    while (n_left > 0) {
        const Item item = WaitPort(port, 0);
        for (int i = 0; i < N; i++) {
            if (messages[i] != item)
                continue;
            assert_int_equal(look(item)->msg_Result, ++sent[i]);
            if (--n_left >= N)
                assert_int_equal(SendMsg(other.port, item, &sent[i], sizeof sent[i]), 0);
        }
        assert_true(item > 0);
    }
    assert_true(correspondent_done(&other));
    assert_int_equal(other.err, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_come_by_priority_and_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(programs_see_what_is_on_their_ports, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_port_is_its_owners_to_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_holds_it_sends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_received_may_be_sent_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ones_own_returned_message_comes_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_to_oneself_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_certain_message_is_waited_for_and_others_stay, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_signal_that_two_ports_have_is_for_both, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_next_message_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_waits_for_a_message_that_goes_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_abort_ends_the_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_came_before_an_abort_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_request_is_answered_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
