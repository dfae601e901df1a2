/*
 * Message ports, and what becomes of their messages when they go.
 */
#include <cmocka.h>

#include "include/portfolio/operror.h"
#include "tests/unit/bridge/portfolio/correspondent.h"

#define NOTHING ((void *)0) /* as an argument of any number */
#define NOT_FOUND MakeKErr(ER_SEVERE, ER_C_STND, ER_NotFound)

static const MsgPort *look(Item port)
{
    return CheckItem(port, KERNELNODE, MSGPORTNODE);
}

static void a_port_has_a_signal_of_its_own(void **state)
{
    (void)state;
    const Item port = CreateMsgPort("A Port", 9, 0);
    assert_true(port > 0);
    assert_int_equal(look(port)->mp_Signal, 0x100);
    assert_int_equal(look(port)->mp.n_Flags & 0xf, MSGPORT_SIGNAL_ALLOCATED);
    assert_int_equal(look(port)->mp.n_Priority, 9);
    assert_true(IsEmptyList(&look(port)->mp_Msgs));
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, 0x1ff);
    assert_int_equal(FindMsgPort("a port"), port);
    assert_int_equal(DeleteMsgPort(port), 0);
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, 0xff);
    assert_int_equal(FindMsgPort("a port"), NOT_FOUND);
    assert_int_equal(DeleteMsgPort(port), BADITEM);
}

static void a_port_may_have_the_programs_signal(void **state)
{
    (void)state;
    const uint32 signal = (uint32)AllocSignal(0);
    int word;
    TagArg tags[] = {{CREATEPORT_TAG_SIGNAL, (void *)(uintptr_t)signal},
                     {CREATEPORT_TAG_USERDATA, &word},
                     {TAG_END, NULL}};
    const Item port = CreateItem(MKNODEID(KERNELNODE, MSGPORTNODE), tags);
    assert_int_equal(look(port)->mp_Signal, signal);
    assert_ptr_equal(look(port)->mp_UserData, &word);
    assert_null(look(port)->mp.n_Name);
    assert_int_equal(DeleteMsgPort(port), 0);
    assert_int_equal(FreeSignal(signal), 0); /* it was not the port's */
    assert_int_equal(CreateMsgPort(NULL, 0, 0x80), BADPRIV);
    assert_int_equal(CreateMsgPort(NULL, 0, 0x80000000), ILLEGALSIGNAL);
    assert_int_equal(CreateMsgPort("\x1b", 0, 0), BADNAME);
    assert_int_equal(CreateItemVA(MKNODEID(KERNELNODE, MSGPORTNODE), 12, NOTHING, TAG_END), BADTAG);
}

static void there_are_as_many_ports_as_signals(void **state)
{
    (void)state;
    enum { N = 23 };
    Item ports[N];
    for (int i = 0; i < N; i++)
        assert_true((ports[i] = CreateMsgPort(NULL, 0, 0)) > 0);
    assert_int_equal(CreateMsgPort(NULL, 0, 0), MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_NoSigs));
    const Item shared = CreateMsgPort(NULL, 0, look(ports[0])->mp_Signal);
    assert_true(shared > 0);
    assert_int_equal(DeleteMsgPort(shared), 0);
    for (int i = 0; i < N; i++)
        assert_int_equal(DeleteMsgPort(ports[i]), 0);
}

static void a_name_may_be_one_ports_alone(void **state)
{
    (void)state;
    const Item port = CreateUniqueMsgPort("broker", 0, 0);
    assert_true(port > 0);
    assert_int_equal(CreateMsgPort("Broker", 0, 0),
                     MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_UniqueItemExists));
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, 0x1ff); /* the signal was given back */
    assert_int_equal(DeleteMsgPort(port), 0);
}

static void ports_stay_with_their_task(void **state)
{
    (void)state;
    struct correspondent other;
    correspondent_begin(&other);
    const Item port = CreateMsgPort(NULL, 0, 0);
    assert_int_equal(SetItemOwner(port, other.task), NOSUPPORT);
    assert_int_equal(SetItemPri(port, 100), BADSUBTYPE);
    assert_int_equal(DeleteMsgPort(other.port), BADPRIV);
    assert_int_equal(FindMsgPort("CORRESPONDENT"), other.port);
    correspondent_end(&other);
    assert_null(look(other.port));
    assert_int_equal(DeleteMsgPort(port), 0);
}

/* ---- its end ---- */

static void delete_port(struct correspondent *other)
{
    other->err = DeleteMsgPort(other->port);
}

static void requests_go_back_when_a_port_goes(void **state)
{
    (void)state;
    struct correspondent other;
    const Item port = CreateMsgPort(NULL, 0, 0);
    const Item message = CreateBufferedMsg(NULL, 0, port, 16);
    correspondent_begin(&other);
    assert_int_equal(SendMsg(other.port, message, "request", 8), 0);
    correspondent_do(&other, delete_port);
    assert_int_equal(other.err, 0);
    assert_int_equal(WaitPort(port, message), message);
    const Message *returned = LookupItem(message);
    assert_int_equal((Err)returned->msg_Result, BADITEM);
    assert_int_equal(returned->msg_DataSize, 0);
    assert_int_equal(SendMsg(other.port, message, NULL, 0), BADITEM);
    correspondent_end(&other);
    assert_int_equal(DeleteMsg(message), 0);
    assert_int_equal(DeleteMsgPort(port), 0);
}

static void replies_are_free_when_a_port_goes(void **state)
{
    (void)state;
    const Item port = CreateMsgPort(NULL, 0, 0);
    const Item target = CreateMsgPort(NULL, 0, 0);
    const Item message = CreateMsg(NULL, 0, port);
    const Item to_itself = CreateMsg(NULL, 0, port);
    assert_int_equal(SendMsg(target, message, NULL, 0), 0);
    assert_int_equal(GetMsg(target), message);
    assert_int_equal(ReplyMsg(message, 5, NULL, 0), 0);
    assert_int_equal(SendMsg(port, to_itself, NULL, 0), 0);
    assert_int_equal(DeleteMsgPort(port), 0);
    /* they can be sent, though nothing comes back */
    assert_int_equal(SendMsg(target, message, NULL, 0), 0);
    assert_int_equal(SendMsg(target, to_itself, NULL, 0), 0);
    assert_int_equal(GetMsg(target), message);
    assert_int_equal(ReplyMsg(message, 0, NULL, 0),
                     MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_NoReplyPort));
    /* one that waits where its reply cannot go is its owner's when that port goes, too */
    assert_int_equal(DeleteMsgPort(target), 0);
    assert_int_equal(GetThisMsg(to_itself), -1);
    assert_int_equal(((const Message *)LookupItem(to_itself))->msg_MsgPort, CURRENTTASK->t.n_Item);
    assert_int_equal(DeleteMsg(message), 0);
    assert_int_equal(DeleteMsg(to_itself), 0);
}

static void take_one(struct correspondent *other)
{
    other->item = WaitPort(other->port, 0);
}

static void a_task_that_ends_gives_back_what_it_holds(void **state)
{
    (void)state;
    struct correspondent other;
    const Item port = CreateMsgPort(NULL, 0, 0);
    const Item held = CreateMsg(NULL, 0, port);
    const Item queued = CreateMsg(NULL, 0, port);
    correspondent_begin(&other);
    assert_int_equal(SendMsg(other.port, held, "a", 2), 0);
    correspondent_do(&other, take_one);
    assert_int_equal(other.item, held);
    assert_int_equal(SendMsg(other.port, queued, "b", 2), 0);
    correspondent_end(&other);
    for (int i = 0; i < 2; i++) {
        const Item item = WaitPort(port, 0);
        assert_true(item == held || item == queued);
        assert_int_equal((Err)((const Message *)LookupItem(item))->msg_Result, BADITEM);
    }
    assert_int_equal(GetMsg(port), 0);
    assert_int_equal(DeleteMsg(held), 0);
    assert_int_equal(DeleteMsg(queued), 0);
    assert_int_equal(DeleteMsgPort(port), 0);
}

static void send_own(struct correspondent *other)
{
    other->err = SendMsg(other->item, other->message, NULL, 0);
}

static void what_it_sent_itself_is_gone(void **state)
{
    (void)state;
    struct correspondent other;
    const Item port = CreateMsgPort(NULL, 0, 0);
    correspondent_begin(&other);
    other.item = port;
    correspondent_do(&other, send_own);
    assert_int_equal(other.err, 0);
    assert_false(IsEmptyList(&look(port)->mp_Msgs));
    correspondent_end(&other);
    assert_true(IsEmptyList(&look(port)->mp_Msgs));
    assert_int_equal(GetMsg(port), 0);
    assert_int_equal(DeleteMsgPort(port), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_has_a_signal_of_its_own),
        cmocka_unit_test(a_port_may_have_the_programs_signal),
        cmocka_unit_test(there_are_as_many_ports_as_signals),
        cmocka_unit_test(a_name_may_be_one_ports_alone),
        cmocka_unit_test(ports_stay_with_their_task),
        cmocka_unit_test(requests_go_back_when_a_port_goes),
        cmocka_unit_test(replies_are_free_when_a_port_goes),
        cmocka_unit_test(a_task_that_ends_gives_back_what_it_holds),
        cmocka_unit_test(what_it_sent_itself_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
