/*
 * The library and a broker that says what a test tells it: ports in what they say to each other,
 * tables, and what no broker or program should say.
 */
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/portfolio/senders.h"
#include "codecs/octets.h"
#include "codecs/portfolio_fields.h"
#include "codecs/portfolio_message.h"
#include "codecs/portfolio_pod.h"
#include "include/portfolio/device.h"
#include "include/portfolio/event.h"
#include "include/portfolio/kernel.h"
#include "include/portfolio/msgport.h"
#include "include/portfolio/operror.h"
#include "tests/integration/core_world.h"

static struct gateway_thread gateway;
static struct via_node *node; /* the broker's */
static struct via_stub *broker_stub, *nameless_stub;
static Item broker, mine, message;

/* What the broker answers to the next request, and what it was asked. */
static struct {
    struct portfolio_answer answer;
    enum via_layout layout;
    struct via_proxy *result, *in_data; /* references: of msg_Result, and in the data */
    size_t in_data_at;
    size_t cut;    /* octets that are left out at the end */
    uint32_t item; /* whose name was asked for */
    uint32_t code;
    Item reply_port;
    atomic_uint n_asked;
    struct via_proxy *listener, *focused; /* counts, of the reply port and of SetFocus */
} script;

static struct via_parcel *parcel_of(enum via_layout layout, const void *octets, size_t size)
{
    struct via_parcel *parcel;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, layout);
    assert_int_equal(via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL), VIA_OK);
    return parcel;
}

static void add_ref(struct via_parcel *parcel, size_t at, struct via_proxy *proxy)
{
    if (proxy != NULL)
        assert_int_equal(via_parcel_add_ref(parcel, at, proxy, 0), VIA_OK);
}

/* It is asked what an Item is called. */
static void on_item(struct via_call *call)
{
    struct via_parcel *request = via_call_request(call);
    uint8_t octets[2048];
    size_t size;
    assert_int_equal(portfolio_pod_get_number(via_parcel_data(request), via_parcel_size(request),
                                              &script.item, NULL),
                     VIA_OK);
    script.answer.kind = PORTFOLIO_PROVIDER;
    assert_int_equal(portfolio_answer_size(&script.answer, &size), VIA_OK);
    assert_true(size <= sizeof octets);
    portfolio_answer_encode(&script.answer, octets);
    struct via_parcel *reply = parcel_of(script.layout, octets, size - script.cut);
    atomic_fetch_add(&script.n_asked, 1);
    assert_int_equal(via_call_reply(call, 0, reply), VIA_OK);
    via_parcel_unref(reply);
}

/* As the broker, which runs on a worker of its node. */
static void on_request(void *user, struct via_call *call)
{
    struct via_parcel *request = via_call_request(call);
    struct portfolio_message said;
    uint8_t octets[2048];
    size_t size;
    (void)user;
    if (via_call_code(call) == PORTFOLIO_ITEM_NAME) {
        on_item(call);
        return;
    }
    assert_int_equal(
        portfolio_message_decode(via_parcel_data(request), via_parcel_size(request), &said, NULL),
        VIA_OK);
    script.code = via_call_code(call);
    script.reply_port = (Item)said.reply_port;
    struct via_proxy *proxy = via_parcel_ref_at(request, PORTFOLIO_MESSAGE_REPLY_PORT_AT, NULL);
    if (script.listener == NULL && proxy != NULL)
        script.listener = via_proxy_ref(proxy);
    size_t at = (size_t)((const uint8_t *)said.data - via_parcel_data(request));
    proxy = via_parcel_ref_at(request, at + offsetof(SetFocus, sf_DesiredFocusListener), NULL);
    script.focused = proxy != NULL ? via_proxy_ref(proxy) : NULL;
    script.answer.kind = said.kind;
    assert_int_equal(portfolio_answer_size(&script.answer, &size), VIA_OK);
    assert_true(size <= sizeof octets);
    portfolio_answer_encode(&script.answer, octets);
    struct via_parcel *reply = parcel_of(script.layout, octets, size - script.cut);
    add_ref(reply, PORTFOLIO_ANSWER_RESULT_AT, script.result);
    add_ref(reply, PORTFOLIO_ANSWER_HEAD_SIZE + script.in_data_at, script.in_data);
    atomic_fetch_add(&script.n_asked, 1);
    assert_int_equal(via_call_reply(call, 0, reply), VIA_OK);
    via_parcel_unref(reply);
}

static void refuse(void *user, struct via_call *call)
{
    (void)user;
    (void)via_call_fail(call, VIA_UNSUPPORTED);
}

/* ---- asking it ---- */

static const Message *ask(Item how, const void *data, int32 size)
{
    assert_int_equal(SendMsg(broker, how, data, size), 0);
    assert_int_equal(WaitPort(mine, how), how);
    return LookupItem(how);
}

static void tell(int32 result, const void *data, size_t size)
{
    script.layout = VIA_LAYOUT_EVENT_BROKER;
    script.answer = (struct portfolio_answer){.result = result, .data = data, .size = size};
    script.result = script.in_data = NULL;
    script.cut = 0;
}

static void a_listener_that_is_focused_is_named_by_its_object(void **state)
{
    (void)state;
    const SetFocus focus = {{EB_SetFocus}, mine};
    struct via_proxy *nameless = via_stub_proxy(nameless_stub);
    tell(1, NULL, 0); /* the number alone is nobody's */
    const Message *back = ask(message, &focus, sizeof focus);
    assert_int_equal(back->msg_Result, 1);
    assert_int_equal(script.code, EB_SetFocus);
    assert_int_equal(script.reply_port, mine);
    assert_non_null(script.focused);
    assert_ptr_equal(script.focused, script.listener);
    tell(1, NULL, 0);
    script.result = script.focused;
    back = ask(message, &focus, sizeof focus);
    assert_int_equal(back->msg_Result, mine);
    script.result = via_proxy_unref(script.result);
    script.focused = via_proxy_unref(script.focused);

    const EventBrokerHeader get = {EB_GetFocus};
    tell(1, NULL, 0);
    script.result = nameless;
    back = ask(message, &get, sizeof get);
    const Item item = (Item)back->msg_Result;
    assert_true(item > 1 && item < 0x40000000); /* no gateway has given it a number */
    const MsgPort *port = CheckItem(item, KERNELNODE, MSGPORTNODE);
    assert_string_equal(port->mp.n_Name, "");
    assert_int_equal(port->mp.n_Item, item);
    back = ask(message, &get, sizeof get);
    assert_int_equal(back->msg_Result, item);
    via_proxy_unref(nameless);
}

static void listeners_have_their_names(void **state)
{
    (void)state;
    const EventBrokerHeader get = {EB_GetListeners};
    uint32_t number = 0;
    struct via_stub *stub;
    const struct via_stub_ops ops = {.size = sizeof ops, .call = refuse};
    assert_int_equal(via_stub_create(node, &ops, NULL, &stub), VIA_OK);
    assert_int_equal(via_stub_number(stub, 0600, &number), VIA_OK);
    const uint32_t list[] = {EB_GetListenersReply, 2, 77, LC_Observer, (uint32_t)mine, LC_FocusUI};
    const Item buffered = CreateBufferedMsg(NULL, 0, mine, 64);
    tell(0, list, sizeof list);
    script.answer.more = "another\0mine";
    script.answer.more_size = sizeof "another\0mine";
    script.in_data = via_stub_proxy(stub);
    script.in_data_at = 8;
    const Message *back = ask(buffered, &get, sizeof get);
    assert_int_equal(back->msg_DataSize, sizeof list);
    const uint32 *words = back->msg_DataPtr;
    assert_int_equal(words[2], number);
    assert_int_equal(words[4], mine);
    const MsgPort *port = CheckItem((Item)number, KERNELNODE, MSGPORTNODE);
    assert_string_equal(port->mp.n_Name, "another");
    assert_int_equal(DeleteMsg(buffered), 0);
    script.in_data = via_proxy_unref(script.in_data);
    via_stub_withdraw(stub);
    via_stub_unref(stub);
}

static void behind_an_answer_the_buffer_is_zero(void **state)
{
    (void)state;
    const uint32 list[] = {EB_GetListenersReply, 1, 77, LC_Observer};
    uint32 get[8] = {EB_GetListeners, 1, 2, 3, 4, 5, 6, 7};
    const Item buffered = CreateBufferedMsg(NULL, 0, mine, sizeof get);
    tell(0, list, sizeof list);
    const Message *back = ask(buffered, get, sizeof get);
    assert_int_equal(back->msg_DataSize, sizeof list);
    const uint32 *words = back->msg_DataPtr;
    assert_int_equal(words[3], LC_Observer);
    for (size_t i = 4; i < 8; i++)
        assert_int_equal(words[i], 0);
    /* where there is only a number it is what was asked */
    tell(0, NULL, 0);
    back = ask(buffered, get, sizeof get);
    assert_int_equal(back->msg_DataSize, 0);
    assert_memory_equal(back->msg_DataPtr, get, sizeof get);
    assert_int_equal(DeleteMsg(buffered), 0);
}

/* It knows the number of its parent, and no name. */
static int ask_in_child(void)
{
    const EventBrokerHeader get = {EB_GetFocus};
    const Item port = CreateMsgPort(NULL, 0, 0), one = CreateMsg(NULL, 0, port);
    if (SendMsg(broker, one, &get, sizeof get) != 0 || WaitPort(port, one) != one)
        return 1;
    return ((const Message *)LookupItem(one))->msg_Result == 7 ? 0 : 2;
}

static void a_broker_is_one_for_who_has_its_number(void **state)
{
    (void)state;
    const unsigned n = atomic_load(&script.n_asked);
    int status = 0;
    tell(7, NULL, 0);
    const pid_t child = fork();
    if (child == 0)
        _exit(ask_in_child());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(atomic_load(&script.n_asked), n + 1);
    assert_int_equal(script.code, EB_GetFocus);
}

/* ---- what comes by itself ---- */

static struct via_parcel *message_parcel(const void *data, size_t size, uint32_t reply_port)
{
    const struct portfolio_message said = {
        .kind = PORTFOLIO_STANDARD, .reply_port = reply_port, .data = data, .size = size};
    uint8_t octets[2048];
    size_t whole;
    assert_int_equal(portfolio_message_size(&said, &whole), VIA_OK);
    assert_true(whole <= sizeof octets);
    portfolio_message_encode(&said, octets);
    return parcel_of(VIA_LAYOUT_EVENT_BROKER, octets, whole);
}

static struct bell answered = BELL_INIT;
static _Atomic enum via_status last_status;
static unsigned n_sent;

static void on_answer(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    (void)user;
    (void)result;
    (void)reply;
    last_status = status;
    bell_ring(&answered);
}

static void send_to_listener(uint32_t code, struct via_parcel *parcel)
{
    assert_int_equal(via_proxy_call_async(script.listener, code, parcel, 0, on_answer, NULL, NULL),
                     VIA_OK);
    n_sent++;
    via_parcel_unref(parcel);
}

/* What the library answers by itself, as soon as it takes it in. */
static enum via_status until_answered(void)
{
    while (bell_count(&answered) < n_sent)
        (void)GetCurrentSignals();
    return last_status;
}

static void records_name_ports_by_their_objects(void **state)
{
    (void)state;
    const uint32_t record[] = {EB_EventRecord, 32, 0, 1, 12345, 0x00000080 /* a custom one */, 0, 0,
                               0x11,           0};
    struct via_parcel *parcel = message_parcel(record, sizeof record, 0);
    struct via_proxy *nameless = via_stub_proxy(nameless_stub);
    add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, nameless);
    add_ref(parcel, 32 + 4 + offsetof(EventFrameHeader, ef_Submitter), nameless);
    send_to_listener(EB_EventRecord, parcel);
    const Item item = WaitPort(mine, 0);
    const Message *came = LookupItem(item);
    const EventFrame *frame =
        (const void *)((const char *)came->msg_DataPtr + sizeof(EventBrokerHeader));
    assert_int_equal(frame->ef_EventNumber, 128);
    assert_true(came->msg_ReplyPort > 0);
    assert_int_equal(frame->ef_Submitter, came->msg_ReplyPort);
    assert_int_equal(ReplyMsg(item, 0, NULL, 0), 0);
    assert_true(bell_wait(&answered, n_sent));
    assert_int_equal(last_status, VIA_OK);
    via_proxy_unref(nameless);
}

/* ---- devices ---- */

#define DEVICE 0x7ffffff0 /* no walk of this gateway's comes by it */
#define STAND_INS 1024u

static void a_device_is_an_item_with_the_name_that_the_broker_has(void **state)
{
    (void)state;
    const unsigned n = atomic_load(&script.n_asked);
    tell(0, "sda1", sizeof "sda1");
    const Device *device = CheckItem(DEVICE, KERNELNODE, DEVICENODE);
    assert_non_null(device);
    assert_int_equal(script.item, DEVICE);
    assert_string_equal(device->dev.n_Name, "sda1");
    assert_int_equal(device->dev.n_Item, DEVICE);
    assert_int_equal(device->dev.n_Type, DEVICENODE);
    assert_int_equal(device->dev.n_SubsysType, KERNELNODE);
    assert_int_equal(device->dev.n_Owner, 0);
    tell(0, "another", sizeof "another");
    assert_ptr_equal(CheckItem(DEVICE, KERNELNODE, DEVICENODE), device);
    assert_ptr_equal(LookupItem(DEVICE), device);
    assert_null(CheckItem(DEVICE, KERNELNODE, MSGPORTNODE));
    assert_int_equal(SendMsg(DEVICE, message, NULL, 0), BADITEM);
    assert_int_equal(DeleteItem(DEVICE), BADPRIV);
    assert_int_equal(atomic_load(&script.n_asked), n + 1);
    device = LookupItem(DEVICE + 1);
    assert_string_equal(device->dev.n_Name, "another");
    assert_int_equal(atomic_load(&script.n_asked), n + 2);
}

static void what_the_broker_does_not_know_is_no_device(void **state)
{
    (void)state;
    static const struct {
        int32_t result;
        const char *name;
        size_t size, cut;
    } answers[] = {
        {(int32_t)0xf14cd001, NULL, 0, 0},
        {0, NULL, 0, 0},
        {0, "", 1, 0},
        {0, "sda1", 4, 0},
        {0, "sd\0a", 5, 0},
        {0, "sd\na", 5, 0},
        {1, "sda1", 5, 0},
        {-1, "sda1", 5, 0},
        {0, "sda1", 5, 1},
        {0, "sda1", 5, 21},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        tell(answers[i].result, answers[i].name, answers[i].size);
        script.cut = answers[i].cut;
        assert_null(CheckItem(DEVICE + 2, KERNELNODE, DEVICENODE));
        assert_null(LookupItem(DEVICE + 2));
    }
    tell(0, "sda1", sizeof "sda1");
    const unsigned n = atomic_load(&script.n_asked);
    assert_null(CheckItem(7, KERNELNODE, DEVICENODE)); /* numbers that it cannot have given */
    assert_null(CheckItem(-1, KERNELNODE, DEVICENODE));
    assert_null(CheckItem(mine, KERNELNODE, DEVICENODE));
    assert_null(CheckItem(broker, KERNELNODE, DEVICENODE));
    assert_int_equal(atomic_load(&script.n_asked), n);
}

static void the_last_stand_ins_of_devices_stay(void **state)
{
    (void)state;
    tell(0, "many", sizeof "many");
    for (int i = 0; i < (int)STAND_INS; i++)
        assert_non_null(CheckItem(DEVICE - 1 - i, KERNELNODE, DEVICENODE));
    const unsigned n = atomic_load(&script.n_asked);
    assert_non_null(CheckItem(DEVICE - 1, KERNELNODE, DEVICENODE));
    assert_int_equal(atomic_load(&script.n_asked), n);
    const Device *device = CheckItem(DEVICE, KERNELNODE, DEVICENODE); /* the first, anew */
    assert_int_equal(atomic_load(&script.n_asked), n + 1);
    assert_string_equal(device->dev.n_Name, "many");
}

/* ---- the table ---- */

static void change(uint32_t class, uint32_t ordinal, uint32_t field, uint32_t buttons)
{
    const uint32_t said[] = {EB_MakeTableReply, class, ordinal, field, buttons};
    send_to_listener(EB_MakeTableReply, message_parcel(said, sizeof said, 0));
    assert_int_equal(until_answered(), VIA_OK);
}

static void the_table_changes_when_nobody_has_it_locked(void **state)
{
    (void)state;
    const EventBrokerHeader make = {EB_MakeTable};
    const uint32_t header[] = {EB_MakeTableReply}, pads[] = {0, 2, 40, 0x80000000};
    send_to_listener(EB_MakeTableReply, message_parcel(header, sizeof header, 0));
    assert_int_equal(until_answered(), VIA_NOT_FOUND); /* nobody asked for one */
    tell(0, header, sizeof header);
    script.answer.more = pads;
    script.answer.more_size = sizeof pads;
    const Item small_one = CreateBufferedMsg(NULL, 0, mine, sizeof(MakeTableResponse) - 1);
    assert_int_equal(ask(small_one, &make, sizeof make)->msg_Result,
                     (uint32)MAKEEB(ER_SEVERE, ER_C_STND, ER_NoMem));
    assert_int_equal(DeleteMsg(small_one), 0);

    const Item large_one = CreateBufferedMsg(NULL, 0, mine, sizeof(MakeTableResponse));
    const Message *back = ask(large_one, &make, sizeof make);
    assert_int_equal(back->msg_DataSize, sizeof(MakeTableResponse));
    const PodStateTable *table = ((const MakeTableResponse *)back->msg_DataPtr)->mtr_PodStateTable;
    assert_non_null(table);
    back = ask(message, &make, sizeof make); /* it is the same */
    assert_int_equal(back->msg_DataSize, sizeof(MakeTableResponse));
    const MakeTableResponse *response = back->msg_DataPtr;
    assert_int_equal(response->mtr_Header.ebh_Flavor, EB_MakeTableReply);
    assert_ptr_equal(response->mtr_PodStateTable, table);

    const ControlPadTable *of_pads = &table->pst_ControlPadTable;
    assert_int_equal(of_pads->gt_HowMany, 10);
    assert_int_equal(of_pads->gt_ValidityTimeStamps[2], 40);
    assert_int_equal(of_pads->gt_EventSpecificData[2].cped_ButtonBits, 0x80000000);
    assert_int_equal(of_pads->gt_ValidityTimeStamps[1], 0);
    assert_int_equal(table->pst_MouseTable.gt_HowMany, 0);

    assert_int_equal(LockSemaphore(table->pst_SemaphoreItem, SEM_WAIT), 1);
    assert_int_equal(LockSemaphore(table->pst_SemaphoreItem, 0), 1);
    change(0, 2, 41, 7);
    change(0, 2, 42, 8);
    change(0, 10, 42, 8); /* there is no place for it */
    assert_int_equal(of_pads->gt_ValidityTimeStamps[2], 40);
    assert_int_equal(UnlockSemaphore(table->pst_SemaphoreItem), 0);
    assert_int_equal(of_pads->gt_ValidityTimeStamps[2], 40);
    assert_int_equal(UnlockSemaphore(table->pst_SemaphoreItem), 0);
    assert_int_equal(of_pads->gt_ValidityTimeStamps[2], 42);
    assert_int_equal(of_pads->gt_EventSpecificData[2].cped_ButtonBits, 8);
    change(0, 2, 0, 0);
    assert_int_equal(of_pads->gt_ValidityTimeStamps[2], 0);

    /* what no broker says changes nothing */
    change(16, 1, 1, 1);
    change(3, 1, 1, 1);
    change(0, 0, 50, 1);
    change(0, 256, 50, 1);
    change(1, 1, 50, 1); /* too short for a mouse */
    assert_int_equal(table->pst_MouseTable.gt_HowMany, 0);
    const uint32_t mouse[] = {EB_MakeTableReply, 1, 1, 60, 1, 2, (uint32_t)-3};
    send_to_listener(EB_MakeTableReply, message_parcel(mouse, sizeof mouse, 0));
    assert_int_equal(until_answered(), VIA_OK);
    assert_int_equal(table->pst_MouseTable.gt_HowMany, 9);
    const MouseEventData *mice = table->pst_MouseTable.gt_EventSpecificData;
    assert_non_null(mice);
    assert_int_equal(mice[1].med_VertPosition, -3);
    assert_int_equal(GetMsg(mine), 0); /* none of it was for the program */
    assert_int_equal(DeleteMsg(large_one), 0);
}

static void the_table_goes_with_the_last_port_that_asked(void **state)
{
    (void)state;
    const EventBrokerHeader make = {EB_MakeTable};
    const uint32_t header[] = {EB_MakeTableReply};
    tell(0, header, sizeof header);
    const Message *back = ask(message, &make, sizeof make);
    const Item semaphore =
        ((const MakeTableResponse *)back->msg_DataPtr)->mtr_PodStateTable->pst_SemaphoreItem;
    const Item other = CreateMsgPort(NULL, 0, 0), from_other = CreateMsg(NULL, 0, other);
    assert_int_equal(SendMsg(broker, from_other, &make, sizeof make), 0);
    assert_int_equal(WaitPort(other, from_other), from_other);
    assert_int_equal(DeleteMsg(from_other), 0);
    assert_int_equal(DeleteMsg(message), 0);
    assert_int_equal(DeleteMsgPort(mine), 0);
    assert_non_null(LookupItem(semaphore));
    assert_int_equal(DeleteMsgPort(other), 0);
    assert_null(LookupItem(semaphore));
    mine = CreateMsgPort("mine", 0, 0);
    message = CreateMsg(NULL, 0, mine);
    script.listener = via_proxy_unref(script.listener);
    tell(0, NULL, 0);
    (void)ask(message, &make, sizeof make); /* the broker knows the new port */
}

/* ---- what nobody should say ---- */

static void answers_that_are_none_are_errors(void **state)
{
    (void)state;
    const EventBrokerHeader get = {EB_GetFocus};
    const uint32_t data[] = {1, 2};
    for (size_t cut = 1; cut <= PORTFOLIO_ANSWER_HEAD_SIZE + sizeof data; cut++) {
        tell(5, data, sizeof data);
        script.cut = cut;
        const Message *back = ask(message, &get, sizeof get);
        assert_int_equal(back->msg_Result, (uint32)BADITEM);
        assert_int_equal(back->msg_DataSize, 0);
    }
    tell(5, data, sizeof data);
    script.layout = VIA_LAYOUT_PHOENIX;
    assert_int_equal(ask(message, &get, sizeof get)->msg_Result, (uint32)BADITEM);
    const Item buffered = CreateBufferedMsg(NULL, 0, mine, 7);
    tell(5, data, sizeof data);
    assert_int_equal(ask(buffered, &get, sizeof get)->msg_Result, (uint32)BADITEM);
    assert_int_equal(DeleteMsg(buffered), 0);
}

static void messages_that_are_none_are_refused(void **state)
{
    (void)state;
    const uint32_t record[] = {EB_EventRecord, 28, 0, 1, 0, 3, 0, 0, 0};
    struct via_parcel *whole = message_parcel(record, sizeof record, 0);
    const size_t size = via_parcel_size(whole);
    uint8_t octets[256];
    memcpy(octets, via_parcel_data(whole), size);
    via_parcel_unref(whole);
    for (size_t n = 0; n < size; n++) {
        send_to_listener(EB_EventRecord, parcel_of(VIA_LAYOUT_EVENT_BROKER, octets, n));
        assert_int_equal(until_answered(), VIA_BAD_PAYLOAD);
    }
    send_to_listener(EB_EventRecord, parcel_of(VIA_LAYOUT_RAW, octets, size));
    assert_int_equal(until_answered(), VIA_BAD_PAYLOAD);
    for (size_t i = 0; i < 20; i++) {
        uint8_t kept = octets[i];
        octets[i] = 0xff;
        send_to_listener(EB_EventRecord, parcel_of(VIA_LAYOUT_EVENT_BROKER, octets, size));
        octets[i] = kept;
        for (Item item = 0; bell_count(&answered) < n_sent;) {
            item = GetMsg(mine); /* some of these are messages still */
            if (item > 0)
                (void)ReplyMsg(item, 0, NULL, 0);
        }
    }
    assert_int_equal(GetMsg(mine), 0);
}

static void whose_the_reply_port_is_the_sender_does_not_say(void **state)
{
    (void)state;
    struct via_proxy *nameless = via_stub_proxy(nameless_stub);
    struct via_parcel *parcel = message_parcel("lie", 4, (uint32_t)mine);
    add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, nameless);
    send_to_listener(0, parcel);
    Item item = WaitPort(mine, 0);
    const Message *came = LookupItem(item);
    assert_true(came->msg_ReplyPort != mine && came->msg_ReplyPort > 0);
    assert_int_equal(ReplyMsg(item, 0, NULL, 0), 0);
    send_to_listener(0, message_parcel("lie", 4, (uint32_t)mine));
    item = WaitPort(mine, 0);
    came = LookupItem(item);
    assert_int_equal(came->msg_ReplyPort, 0);
    assert_int_equal(ReplyMsg(item, 0, NULL, 0), 0);
    assert_true(bell_wait(&answered, n_sent));
    via_proxy_unref(nameless);
}

static void a_oneway_is_a_message_too(void **state)
{
    (void)state;
    struct via_parcel *parcel = message_parcel("oneway", 7, 0);
    assert_int_equal(via_proxy_send(script.listener, 0, parcel), VIA_OK);
    via_parcel_unref(parcel);
    const Item item = WaitPort(mine, 0);
    assert_string_equal(((const Message *)LookupItem(item))->msg_DataPtr, "oneway");
    assert_int_equal(ReplyMsg(item, 1, "answer", 7), 0);
}

/* Others go on, and so does who sent too much, when that is answered. */
static void one_process_has_its_share_and_no_more(void **state)
{
    (void)state;
    const unsigned before = n_sent;
    for (unsigned i = 0; i <= SENDER_MESSAGES_MAX; i++) {
        send_to_listener(0, message_parcel("much", 5, 0));
        if (i % 256 == 0)
            (void)GetCurrentSignals();
    }
    while (bell_count(&answered) == before)
        (void)GetCurrentSignals();
    assert_int_equal(last_status, VIA_BUSY);
    const Item own = CreateMsg(NULL, 0, mine);
    assert_true(own > 0);
    assert_int_equal(DeleteMsg(own), 0);
    for (unsigned i = 0; i < SENDER_MESSAGES_MAX; i++) {
        const Item item = WaitPort(mine, 0);
        assert_int_equal(ReplyMsg(item, 0, NULL, 0), 0);
    }
    assert_int_equal(GetMsg(mine), 0);
    assert_true(bell_wait(&answered, n_sent));
    send_to_listener(0, message_parcel("again", 6, 0));
    const Item item = WaitPort(mine, 0);
    assert_int_equal(ReplyMsg(item, 0, NULL, 0), 0);
    assert_true(bell_wait(&answered, n_sent));
}

static void the_table_says_so_when_the_broker_is_gone(void **state)
{
    (void)state;
    const EventBrokerHeader make = {EB_MakeTable};
    const uint32_t header[] = {EB_MakeTableReply}, pads[] = {0, 1, 40, 1};
    tell(0, header, sizeof header);
    script.answer.more = pads;
    script.answer.more_size = sizeof pads;
    const Message *back = ask(message, &make, sizeof make);
    const PodStateTable *table = ((const MakeTableResponse *)back->msg_DataPtr)->mtr_PodStateTable;
    assert_non_null(table);
    assert_int_equal(table->pst_ControlPadTable.gt_ValidityTimeStamps[1], 40);
    via_stub_withdraw(broker_stub);
    uint32 field;
    do {
        assert_int_equal(LockSemaphore(table->pst_SemaphoreItem, SEM_WAIT), 1);
        field = table->pst_ControlPadTable.gt_ValidityTimeStamps[1];
        assert_int_equal(UnlockSemaphore(table->pst_SemaphoreItem), 0);
    } while (field != 0);
    assert_int_equal(SendMsg(broker, message, &make, sizeof make), BADITEM);
}

/* ---- */

static int set_up(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    char address[128];
    (void)snprintf(address, sizeof address, "unix:%s", gateway.socket);
    (void)setenv("VIADUCT_GATEWAY", address, 1);
    uint32_t number = 0;
    node = world_node(&gateway, 1);
    const struct via_stub_ops broker_ops = {.size = sizeof broker_ops, .call = on_request};
    const struct via_stub_ops ops = {.size = sizeof ops, .call = refuse};
    const struct via_publish_options options = {.size = sizeof options,
                                                .flags = VIA_PUBLISH_CASELESS};
    if (via_stub_create(node, &broker_ops, NULL, &broker_stub) != VIA_OK ||
        via_stub_create(node, &ops, NULL, &nameless_stub) != VIA_OK ||
        via_stub_number(broker_stub, 0, &number) != VIA_OK ||
        via_node_publish(node, "portfolio", "EventBroker", broker_stub, &options) != VIA_OK)
        return 1;
    broker = FindMsgPort(EventPortName);
    mine = CreateMsgPort("mine", 0, 0);
    message = CreateMsg(NULL, 0, mine);
    return broker > 0 && message > 0 ? 0 : 1;
}

static int clean_up(void **state)
{
    (void)state;
    (void)DeleteMsg(message);
    (void)DeleteMsgPort(mine);
    script.listener = via_proxy_unref(script.listener);
    via_stub_unref(broker_stub);
    via_stub_unref(nameless_stub);
    via_node_destroy(node);
    via_node_close(via_node_default());
    gateway_thread_stop(&gateway);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_that_is_focused_is_named_by_its_object),
        cmocka_unit_test(listeners_have_their_names),
        cmocka_unit_test(behind_an_answer_the_buffer_is_zero),
        cmocka_unit_test(a_broker_is_one_for_who_has_its_number),
        cmocka_unit_test(records_name_ports_by_their_objects),
        cmocka_unit_test(a_device_is_an_item_with_the_name_that_the_broker_has),
        cmocka_unit_test(what_the_broker_does_not_know_is_no_device),
        cmocka_unit_test(the_last_stand_ins_of_devices_stay),
        cmocka_unit_test(the_table_changes_when_nobody_has_it_locked),
        cmocka_unit_test(the_table_goes_with_the_last_port_that_asked),
        cmocka_unit_test(answers_that_are_none_are_errors),
        cmocka_unit_test(messages_that_are_none_are_refused),
        cmocka_unit_test(whose_the_reply_port_is_the_sender_does_not_say),
        cmocka_unit_test(a_oneway_is_a_message_too),
        cmocka_unit_test(one_process_has_its_share_and_no_more),
        cmocka_unit_test(the_table_says_so_when_the_broker_is_gone),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
