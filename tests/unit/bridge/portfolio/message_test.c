/*
 * Messages: what they are made of, and what they carry.
 */
#include <cmocka.h>
#include <string.h>

#include "include/portfolio/operror.h"
#include "tests/unit/bridge/portfolio/correspondent.h"

#define MESSAGE MKNODEID(KERNELNODE, MESSAGENODE)

static Item port, target;

static int set_up(void **state)
{
    (void)state;
    port = CreateMsgPort("reply", 0, 0);
    target = CreateMsgPort("target", 0, 0);
    return port < 0 || target < 0;
}

static int tear_down(void **state)
{
    (void)state;
    return DeleteMsgPort(port) < 0 || DeleteMsgPort(target) < 0;
}

static Message *look(Item message)
{
    return CheckItem(message, KERNELNODE, MESSAGENODE);
}

static void there_are_three_kinds(void **state)
{
    (void)state;
    const Item standard = CreateMsg("standard", 11, port);
    const Item small = CreateSmallMsg("small", 12, port);
    const Item buffered = CreateBufferedMsg("buffered", 13, port, 100);
    const Item none = CreateBufferedMsg(NULL, 0, port, 0);
    assert_int_equal(look(standard)->msg.n_Flags & 0xf, 0);
    assert_int_equal(look(small)->msg.n_Flags & 0xf, MESSAGE_SMALL);
    assert_int_equal(look(buffered)->msg.n_Flags & 0xf, MESSAGE_PASS_BY_VALUE);
    assert_int_equal(look(buffered)->msg_DataPtrSize, 100);
    assert_int_equal(look(standard)->msg_DataPtrSize, 0);
    assert_int_equal(look(none)->msg.n_Flags & 0xf, 0);
    assert_int_equal(look(small)->msg.n_Priority, 12);
    assert_string_equal(look(standard)->msg.n_Name, "standard");
    assert_int_equal(look(standard)->msg_ReplyPort, port);
    assert_int_equal(look(standard)->msg_MsgPort, CURRENTTASK->t.n_Item);
    assert_int_equal(FindNamedItem(MESSAGE, "standard"), BADSUBTYPE);
    assert_int_equal(SetItemOwner(standard, CURRENTTASK->t.n_Item), NOSUPPORT);
    assert_int_equal(SetItemPri(standard, 50), BADSUBTYPE);
    assert_int_equal(DeleteMsg(standard), 0);
    assert_int_equal(DeleteMsg(small), 0);
    assert_int_equal(DeleteMsg(buffered), 0);
    assert_int_equal(DeleteMsg(none), 0);
}

static void a_message_needs_a_port_of_its_own_task(void **state)
{
    (void)state;
    struct correspondent other;
    correspondent_begin(&other);
    assert_int_equal(CreateMsg(NULL, 0, 0), MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_ReplyPortNeeded));
    assert_int_equal(CreateMsg(NULL, 0, CURRENTTASK->t.n_Item), BADITEM);
    assert_int_equal(CreateMsg(NULL, 0, -1), BADITEM);
    assert_int_equal(CreateMsg(NULL, 0, other.port), NOTOWNER);
    assert_int_equal(CreateMsg("\n", 0, port), BADNAME);
    correspondent_end(&other);
}

static void bad_arguments_make_no_message(void **state)
{
    (void)state;
    TagArg tags[] = {{CREATEMSG_TAG_REPLYPORT, (void *)(uintptr_t)(uint32)port},
                     {CREATEMSG_TAG_MSG_IS_SMALL, NULL},
                     {CREATEMSG_TAG_DATA_SIZE, (void *)16},
                     {TAG_END, NULL}};
    assert_int_equal(CreateItem(MESSAGE, tags), BADTAGVAL);
    tags[1] = tags[2];
    assert_int_equal(CreateItem(MESSAGE, tags), BADTAGVAL); /* two buffers */
    tags[1].ta_Tag = TAG_NOP;
    tags[2].ta_Arg = (void *)(uintptr_t)0x80000000u;
    assert_int_equal(CreateItem(MESSAGE, tags), BADTAGVAL);
    tags[2].ta_Arg = (void *)(uintptr_t)0x7fffffffu;
    assert_int_equal(CreateItem(MESSAGE, tags), NOMEM);
    tags[2].ta_Tag = 13;
    assert_int_equal(CreateItem(MESSAGE, tags), BADTAG);
    tags[2] = (TagArg){TAG_ITEM_UNIQUE_NAME, NULL};
    static char name[] = "unique";
    tags[1] = (TagArg){TAG_ITEM_NAME, name};
    assert_int_equal(CreateItem(MESSAGE, tags), NOSUPPORT);
}

static void a_standard_message_has_a_copy(void **state)
{
    (void)state;
    const Item message = CreateMsg(NULL, 0, port);
    char words[] = "question";
    assert_int_equal(SendMsg(target, message, words, sizeof words), 0);
    memset(words, 'x', sizeof words); /* the sender's again */
    assert_int_equal(GetMsg(target), message);
    assert_int_equal(look(message)->msg_DataSize, sizeof words);
    assert_string_equal(look(message)->msg_DataPtr, "question");
    /* some of it goes back */
    assert_int_equal(ReplyMsg(message, 1, (char *)look(message)->msg_DataPtr + 5, 4), 0);
    assert_int_equal(GetMsg(port), message);
    assert_int_equal(look(message)->msg_DataSize, 4);
    assert_string_equal(look(message)->msg_DataPtr, "ion");
    assert_int_equal(look(message)->msg_Result, 1);
    /* a number alone */
    assert_int_equal(SendMsg(target, message, "again", 6), 0);
    assert_int_equal(look(message)->msg_Result, 0);
    assert_int_equal(GetMsg(target), message);
    assert_int_equal(ReplyMsg(message, 2, NULL, 0), 0);
    assert_int_equal(GetMsg(port), message);
    assert_null(look(message)->msg_DataPtr);
    assert_int_equal(look(message)->msg_DataSize, 0);
    assert_int_equal(DeleteMsg(message), 0);
}

static void a_buffered_message_has_its_buffer_for_good(void **state)
{
    (void)state;
    const Item message = CreateBufferedMsg(NULL, 0, port, 8);
    char *buffer = look(message)->msg_DataPtr;
    assert_non_null(buffer);
    assert_int_equal(SendMsg(target, message, "12345678", 9), BADSIZE);
    assert_int_equal(SendMsg(target, message, "1234567", 8), 0);
    assert_int_equal(GetMsg(target), message);
    assert_ptr_equal(look(message)->msg_DataPtr, buffer);
    assert_string_equal(buffer, "1234567");
    assert_int_equal(ReplyMsg(message, 0, "12345678", 9), BADSIZE);
    assert_int_equal(ReplyMsg(message, 0, buffer + 2, 6), 0); /* over itself */
    assert_int_equal(GetMsg(port), message);
    assert_string_equal(buffer, "34567");
    assert_int_equal(look(message)->msg_DataSize, 6);
    /* a number alone leaves what was there */
    assert_int_equal(SendMsg(target, message, "abc", 4), 0);
    assert_int_equal(GetMsg(target), message);
    assert_int_equal(ReplyMsg(message, 0, NULL, 0), 0);
    assert_int_equal(GetMsg(port), message);
    assert_int_equal(look(message)->msg_DataSize, 0);
    assert_ptr_equal(look(message)->msg_DataPtr, buffer);
    assert_string_equal(buffer, "abc");
    assert_int_equal(DeleteMsg(message), 0);
}

static void a_small_message_has_two_words(void **state)
{
    (void)state;
    const Item message = CreateSmallMsg(NULL, 0, port);
    assert_int_equal(SendSmallMsg(target, message, 0xfffffffe, 0x80000001), 0);
    assert_int_equal(GetMsg(target), message);
    assert_int_equal((uintptr_t)look(message)->msg_DataPtr, 0xfffffffe);
    assert_int_equal(look(message)->msg_DataSize, (int32)0x80000001);
    assert_int_equal(ReplySmallMsg(message, -3, 7, 8), 0);
    assert_int_equal(GetMsg(port), message);
    assert_int_equal((uintptr_t)look(message)->msg_DataPtr, 7);
    assert_int_equal(look(message)->msg_DataSize, 8);
    assert_int_equal((int32)look(message)->msg_Result, -3);
    /* the other call is the same for it */
    assert_int_equal(SendMsg(target, message, NULL, 12), 0);
    assert_int_equal(GetMsg(target), message);
    assert_null(look(message)->msg_DataPtr);
    assert_int_equal(look(message)->msg_DataSize, 12);
    assert_int_equal(DeleteMsg(message), 0);
}

static void what_cannot_be_sent_is_not(void **state)
{
    (void)state;
    const Item message = CreateMsg(NULL, 0, port);
    const Item buffered = CreateBufferedMsg(NULL, 0, port, 8);
    int somewhere;
    assert_int_equal(SendMsg(target, message, NULL, 1), BADPTR);
    assert_int_equal(SendMsg(target, message, &somewhere, -1), BADSIZE);
    assert_int_equal(SendMsg(target, buffered, NULL, 1), BADPTR);
    assert_int_equal(SendMsg(target, buffered, &somewhere, -1), BADSIZE);
    assert_int_equal(SendSmallMsg(target, message, 0x1000, 4), BADPTR);
    assert_int_equal(SendSmallMsg(target, buffered, 0x1000, 0x80000000), BADPTR);
    assert_int_equal(SendMsg(message, message, NULL, 0), BADITEM);
    assert_int_equal(SendMsg(target, target, NULL, 0), BADITEM);
    assert_int_equal(SendMsg(0, message, NULL, 0), BADITEM);
    assert_int_equal(SendMsg(0x40000001, message, NULL, 0), BADITEM);
    assert_int_equal(GetMsg(target), 0);
    assert_int_equal(ReplyMsg(message, 0, NULL, 1), BADPTR);
    assert_int_equal(ReplyMsg(message, 0, &somewhere, -1), BADSIZE);
    assert_int_equal(ReplyMsg(target, 0, NULL, 0), BADITEM);
    assert_int_equal(GetMsg(port), 0);
    /* a size of 0 makes any pointer fine */
    assert_int_equal(SendMsg(target, message, (void *)(uintptr_t)8, 0), 0);
    assert_int_equal(GetMsg(target), message);
    assert_int_equal(SendSmallMsg(target, buffered, 9, 0), 0);
    assert_int_equal(GetMsg(target), buffered);
    assert_int_equal(DeleteMsg(message), 0);
    assert_int_equal(DeleteMsg(buffered), 0);
}

static void a_message_in_flight_is_pulled_back_when_deleted(void **state)
{
    (void)state;
    const Item first = CreateMsg(NULL, 0, port);
    const Item second = CreateMsg(NULL, 0, port);
    assert_int_equal(SendMsg(target, first, NULL, 0), 0);
    assert_int_equal(SendMsg(target, second, NULL, 0), 0);
    assert_int_equal(DeleteMsg(first), 0);
    assert_int_equal(GetMsg(target), second);
    assert_int_equal(GetMsg(target), 0);
    assert_int_equal(ReplyMsg(first, 0, NULL, 0), BADITEM);
    assert_int_equal(DeleteMsg(second), 0);
}

#define PAGES (1 << 20)

static void a_large_message_is_copied_too(void **state)
{
    (void)state;
    static char octets[PAGES];
    const Item message = CreateMsg(NULL, 0, port);
    memset(octets, 'o', sizeof octets);
    assert_int_equal(SendMsg(target, message, octets, sizeof octets), 0);
    assert_int_equal(GetMsg(target), message);
    assert_memory_equal(look(message)->msg_DataPtr, octets, sizeof octets);
    assert_ptr_not_equal(look(message)->msg_DataPtr, octets);
    assert_int_equal(DeleteMsg(message), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_three_kinds),
        cmocka_unit_test(a_message_needs_a_port_of_its_own_task),
        cmocka_unit_test(bad_arguments_make_no_message),
        cmocka_unit_test(a_standard_message_has_a_copy),
        cmocka_unit_test(a_buffered_message_has_its_buffer_for_good),
        cmocka_unit_test(a_small_message_has_two_words),
        cmocka_unit_test(what_cannot_be_sent_is_not),
        cmocka_unit_test(a_message_in_flight_is_pulled_back_when_deleted),
        cmocka_unit_test(a_large_message_is_copied_too),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
