/*
 * What a broker says to each request, row by row: what it refuses and in which order, how long its
 * answers are, and who listens. It says what is not so, and at the end how much is. Nobody else is
 * at the broker, and there are no pods.
 */
#include "event.h"
#include "msgport.h"
#include "stdio.h"

#define BROKER_ERROR(n) ((uint32)MAKEEB(ER_SEVERE, ER_C_STND, n))
#define ROUNDS 50
#define BUFFER_SIZE 512

/* Standard and buffered, one of each. */
enum kind { STANDARD, BUFFERED, KINDS };

static Item broker, port, messages[KINDS], buffered;
static int n_wrong;

#define CHECK(what, wanted) check(__LINE__, #what, (uint32)(what), (uint32)(wanted))

static void check(int line, const char *what, uint32 is, uint32 wanted)
{
    if (is == wanted)
        return;
    printf("%d: %s is %x and not %x\n", line, what, is, wanted);
    n_wrong++;
}

/* ---- asking ---- */

static const Message *look(Item message)
{
    return LookupItem(message);
}

static uint32 ask(Item message, const void *data, int32 size)
{
    if (SendMsg(broker, message, data, size) < 0)
        return 1;
    if (WaitPort(look(message)->msg_ReplyPort, message) != message)
        return 2;
    return look(message)->msg_Result;
}

static uint32 ask_for(Item message, int flavor)
{
    const EventBrokerHeader header = {(enum EventBrokerFlavor)flavor};
    return ask(message, &header, sizeof header);
}

static uint32 configure(Item message, int category)
{
    ConfigurationRequest request;
    memset(&request, 0xa5, sizeof request); /* what nobody looks at is whatever it is */
    request.cr_Header.ebh_Flavor = EB_Configure;
    request.cr_Category = (enum ListenerCategory)category;
    memset(request.cr_TriggerMask, 0, sizeof request.cr_TriggerMask);
    memset(request.cr_CaptureMask, 0, sizeof request.cr_CaptureMask);
    return ask(message, &request, sizeof request);
}

static uint32 focus_on(Item listener)
{
    const SetFocus request = {{EB_SetFocus}, listener};
    return ask(messages[STANDARD], &request, sizeof request);
}

static int is_zero_behind(Item message, int32 size)
{
    const char *octets = look(message)->msg_DataPtr;
    for (int32 i = size; i < BUFFER_SIZE; i++)
        if (octets[i] != 0)
            return 0;
    return 1;
}

/* ---- what is refused ---- */

static void what_it_is_comes_first(void)
{
    Item small = CreateSmallMsg(NULL, 0, port);
    uint32 words[4] = {EB_NoOp, EB_NoOp, EB_NoOp, EB_NoOp};
    SendSmallMsg(broker, small, 4, 4);
    CHECK(WaitPort(port, small), small);
    CHECK(look(small)->msg_Result, BROKER_ERROR(ER_BadPtr));
    DeleteMsg(small);
    for (int i = 0; i < KINDS; i++) {
        CHECK(ask(messages[i], NULL, 0), BROKER_ERROR(ER_BadPtr));
        CHECK(ask(messages[i], words, 3), BROKER_ERROR(ER_BadPtr));
        CHECK(ask(messages[i], words, 4), 0);
    }
    /* A buffer is where it should be, whatever was copied into it. */
    for (int i = 1; i < 4; i++) {
        CHECK(ask(messages[STANDARD], (char *)words + i, 4), BROKER_ERROR(ER_BadPtr));
        CHECK(ask(messages[BUFFERED], (char *)words + i, 4), 0);
    }
}

static void then_its_flavor(void)
{
    static const int unknown[] = {2,  3,  4,  6,  7,  8,  10, 12,  14,    16, 18,
                                  20, 22, 24, 26, 28, 30, 31, 255, 0x101, -1};
    for (int i = 0; i < KINDS; i++)
        for (unsigned n = 0; n < sizeof unknown / sizeof *unknown; n++) {
            CHECK(ask_for(messages[i], unknown[n]), BROKER_ERROR(ER_NotSupported));
            CHECK(look(messages[i])->msg_DataSize, 0);
        }
}

static void then_its_size_and_what_it_asks(void)
{
    static const int longer[] = {EB_Configure,    EB_RegisterEvent, EB_SetFocus,  EB_ReadPodData,
                                 EB_WritePodData, EB_LockPod,       EB_UnlockPod, EB_IssuePodCmd};
    PodData pod = {.pd_PodNumber = 1};
    for (int i = 0; i < KINDS; i++) {
        for (unsigned n = 0; n < sizeof longer / sizeof *longer; n++)
            CHECK(ask_for(messages[i], longer[n]), BROKER_ERROR(ER_ParamError));
        for (unsigned n = 3; n < sizeof longer / sizeof *longer; n++) {
            pod.pd_Header.ebh_Flavor = (enum EventBrokerFlavor)longer[n];
            CHECK(ask(messages[i], &pod, 15), BROKER_ERROR(ER_ParamError));
            if (longer[n] == EB_LockPod || longer[n] == EB_UnlockPod)
                CHECK(ask(messages[i], &pod, 16), BROKER_ERROR(ER_BadUnit));
        }
        CHECK(configure(messages[i], LC_FocusUI + 1), BROKER_ERROR(ER_ParamError));
        CHECK(configure(messages[i], -1), BROKER_ERROR(ER_ParamError));
        CHECK(look(messages[i])->msg_DataSize, 0);
    }
    CHECK(focus_on(port), BROKER_ERROR(ER_BadItem));
    CHECK(focus_on(broker), BROKER_ERROR(ER_BadItem));
    CHECK(focus_on(0), BROKER_ERROR(ER_BadItem));
    CHECK(focus_on(-1), BROKER_ERROR(ER_BadItem));
}

/* ---- answers ---- */

static void a_list_is_for_a_buffer_that_has_room(void)
{
    CHECK(configure(messages[STANDARD], LC_Observer), 0);
    CHECK(ask_for(messages[STANDARD], EB_GetListeners), BROKER_ERROR(ER_NoMem));
    CHECK(look(messages[STANDARD])->msg_DataPtr == NULL, TRUE);
    CHECK(ask_for(messages[STANDARD], EB_DescribePods), BROKER_ERROR(ER_NoMem));
    for (uint32 room = 4; room <= 20; room++) {
        Item message = CreateBufferedMsg(NULL, 0, port, room);
        const int32 lists[2] = {EB_GetListeners, EB_DescribePods}, sizes[2] = {16, 8};
        for (int i = 0; i < 2; i++) {
            const uint32 result = ask_for(message, lists[i]);
            CHECK(result, (int32)room >= sizes[i] ? 0 : BROKER_ERROR(ER_NoMem));
            CHECK(look(message)->msg_DataSize, result == 0 ? sizes[i] : 0);
        }
        DeleteMsg(message);
    }
}

static void what_answers_say_and_no_more(void)
{
    CHECK(ask_for(buffered, EB_GetListeners), 0);
    const ListenerList *list = look(buffered)->msg_DataPtr;
    CHECK(list->ll_Header.ebh_Flavor, EB_GetListenersReply);
    CHECK(list->ll_Count, 1);
    CHECK(list->ll_Listener[0].li_PortItem, port);
    CHECK(list->ll_Listener[0].li_Category, LC_Observer);
    CHECK(is_zero_behind(buffered, 16), TRUE);
    CHECK(ask_for(buffered, EB_MakeTable), 0);
    CHECK(look(buffered)->msg_DataSize, sizeof(MakeTableResponse));
    CHECK(is_zero_behind(buffered, sizeof(MakeTableResponse)), TRUE);
    for (int i = 0; i < KINDS; i++) {
        CHECK(configure(messages[i], LC_NoSeeUm), 0);
        CHECK(look(messages[i])->msg_DataSize, sizeof(EventBrokerHeader));
        CHECK(*(const uint32 *)look(messages[i])->msg_DataPtr, EB_ConfigureReply);
    }
    CHECK(is_zero_behind(messages[BUFFERED], sizeof(EventBrokerHeader)), TRUE);
    /* A number alone: the request is still there in a buffer. */
    CHECK(ask_for(messages[BUFFERED], EB_GetFocus), 0);
    CHECK(look(messages[BUFFERED])->msg_DataSize, 0);
    CHECK(*(const uint32 *)look(messages[BUFFERED])->msg_DataPtr, EB_GetFocus);
}

/* ---- listeners ---- */

static void a_port_that_is_deleted_is_no_listener_at_once(void)
{
    CHECK(configure(messages[STANDARD], LC_FocusUI), 0);
    for (int i = 0; i < ROUNDS; i++) {
        Item other = CreateMsgPort(NULL, 0, 0), message = CreateMsg(NULL, 0, other);
        CHECK(configure(message, LC_FocusListener), 0);
        DeleteMsgPort(other);
        if (i % 3 == 0) {
            CHECK(ask_for(buffered, EB_GetListeners), 0);
            CHECK(((const ListenerList *)look(buffered)->msg_DataPtr)->ll_Count, 1);
        } else if (i % 3 == 1) {
            CHECK(ask_for(messages[STANDARD], EB_GetFocus), port);
        } else {
            CHECK(focus_on(other), BROKER_ERROR(ER_BadItem));
        }
        DeleteMsg(message);
    }
}

/* Waits for a record there: the number of its first event. */
static Item wait_for_record(Item listener, uint32 *eventp)
{
    Item record = WaitPort(listener, 0);
    *eventp = record > 0
                  ? ((const SendEvent *)look(record)->msg_DataPtr)->se_FirstFrame.ef_EventNumber
                  : 0;
    return record;
}

static void tell_everybody(int event)
{
    SendEvent sent = {.se_Header = {EB_SendEvent}};
    sent.se_FirstFrame.ef_ByteCount = sizeof(EventFrameHeader);
    sent.se_FirstFrame.ef_EventNumber = (uint8)event;
    CHECK(ask(messages[STANDARD], &sent, sizeof sent.se_Header + sizeof(EventFrameHeader)), 0);
}

/* One record at a time: each answer is seen by the next one that comes. */
static void a_record_is_a_message_like_others(void)
{
    Item other = CreateMsgPort(NULL, 0, 0), listener = CreateMsgPort(NULL, 0, 0);
    Item message = CreateMsg(NULL, 0, listener), record;
    ConfigurationRequest request = {{EB_Configure}, LC_Observer, {0}, {0}, 1, {0}};
    uint32 event;
    request.cr_TriggerMask[200 / 32] = 0x80000000u >> 200 % 32;
    CHECK(ask(message, &request, sizeof request), 0);
    tell_everybody(200);
    record = wait_for_record(listener, &event);
    CHECK(event, 200);
    CHECK(DeleteMsg(record), BADPRIV);
    CHECK(GetThisMsg(record), -1);
    CHECK(SendMsg(other, record, look(record)->msg_DataPtr, look(record)->msg_DataSize), 0);
    CHECK(wait_for_record(other, &event), record);
    CHECK(event, 200);
    CHECK(ReplyMsg(record, 7, "whatever", 8), 0);
    CHECK(ReplyMsg(record, 7, NULL, 0), BADITEM);
    tell_everybody(200);
    record = wait_for_record(listener, &event);
    CHECK(event, 200);
    tell_everybody(200); /* is lost */
    CHECK(ReplyMsg(record, 0, NULL, 0), 0);
    record = wait_for_record(listener, &event);
    CHECK(event, EVENTNUM_EventQueueOverflow);
    DeleteMsgPort(listener);
    CHECK(ReplyMsg(record, 0, NULL, 0), 0); /* it is there until that */
    DeleteMsg(message);
    DeleteMsgPort(other);
}

static void only_who_can_have_the_focus_has_it(void)
{
    for (int category = LC_NoSeeUm; category <= LC_FocusUI; category++) {
        const int can = category == LC_FocusListener || category == LC_FocusUI;
        CHECK(configure(messages[STANDARD], category), 0);
        CHECK(ask_for(messages[STANDARD], EB_GetFocus), can ? port : 0);
        CHECK(focus_on(port), can ? (uint32)port : BROKER_ERROR(ER_BadItem));
    }
}

int main(void)
{
    broker = FindMsgPort(EventPortName);
    if (broker < 0) {
        PrintfSysErr(broker);
        return 1;
    }
    port = CreateMsgPort(NULL, 0, 0);
    messages[STANDARD] = CreateMsg(NULL, 0, port);
    messages[BUFFERED] = CreateBufferedMsg(NULL, 0, port, BUFFER_SIZE);
    buffered = CreateBufferedMsg(NULL, 0, port, BUFFER_SIZE);
    what_it_is_comes_first();
    then_its_flavor();
    then_its_size_and_what_it_asks();
    a_list_is_for_a_buffer_that_has_room();
    what_answers_say_and_no_more();
    a_port_that_is_deleted_is_no_listener_at_once();
    a_record_is_a_message_like_others();
    only_who_can_have_the_focus_has_it();
    if (n_wrong == 0)
        printf("all is so\n");
    return n_wrong != 0;
}
