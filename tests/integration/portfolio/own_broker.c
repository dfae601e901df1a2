/*
 * A broker inside of a program, which so needs no other: a pad, a mouse, and a listener that has
 * the focus, once and for all. Each line of standard input is an event: its number, which of its
 * class it is of, and its data in hexadecimal words. One that nobody listens to yet waits until
 * somebody does.
 */
#include <pthread.h>

#include "event.h"
#include "kernelnodes.h"
#include "msgport.h"
#include "semaphore.h"
#include "stdio.h"
#include "types.h"

#define LISTENERS_MAX 8
#define WORDS_MAX 16
#define RECORD_SIZE 256
#define BROKER_ERROR(n) MAKEEB(ER_SEVERE, ER_C_STND, n)

typedef struct Listener {
    Item port;
    ConfigurationRequest config;
} Listener;

static sem_t isOpen;
static Item broker;  /* its port */
static Item waiting; /* an event that nobody listens to yet; 0: none */
static Listener listeners[LISTENERS_MAX];
static int32 listenerCount;
static Item focus;

/* ---- events ---- */

static int Triggers(const Listener *listener, uint32 number)
{
    uint32 index = number < 64 ? number - 1 : number;
    return listener->config.cr_Category != LC_NoSeeUm &&
           (listener->config.cr_TriggerMask[index >> 5] & 0x80000000u >> (index & 31)) != 0;
}

/* One record, with what an EB_SendEvent has. */
static void SendRecord(const Listener *listener, const Message *event)
{
    Item item = CreateBufferedMsg(NULL, 0, broker, RECORD_SIZE);
    Message *message = (Message *)LookupItem(item);
    SendEvent *record;

    memcpy(message->msg_DataPtr, event->msg_DataPtr, (size_t)event->msg_DataSize);
    record = (SendEvent *)message->msg_DataPtr;
    record->se_Header.ebh_Flavor = EB_EventRecord;
    record->se_FirstFrame.ef_Trigger = 1;
    SendMsg(listener->port, item, message->msg_DataPtr, event->msg_DataSize);
}

/* Whether somebody listens to it. */
static int Deliver(const Message *event)
{
    uint32 number = ((SendEvent *)event->msg_DataPtr)->se_FirstFrame.ef_EventNumber;
    int isHeard = 0;
    int32 i;

    for (i = 0; i < listenerCount; i++) {
        if (Triggers(&listeners[i], number)) {
            SendRecord(&listeners[i], event);
            isHeard = 1;
        }
    }
    return isHeard;
}

static void DeliverOrKeep(Item item)
{
    if (Deliver((Message *)LookupItem(item))) {
        waiting = 0;
        ReplyMsg(item, 0, NULL, 0);
    } else {
        waiting = item;
    }
}

/* ---- requests ---- */

static Listener *FindListener(Item port)
{
    int32 i;
    for (i = 0; i < listenerCount && listeners[i].port != port; i++) {
    }
    return i < listenerCount ? &listeners[i] : NULL;
}

static Listener *AddListener(Item port)
{
    Listener *listener = FindListener(port);
    if (listener == NULL && listenerCount < LISTENERS_MAX)
        listener = &listeners[listenerCount++];
    if (listener != NULL)
        listener->port = port;
    return listener;
}

static void Configure(Item item, const Message *message)
{
    static const EventBrokerHeader reply = {EB_ConfigureReply};
    Listener *listener = AddListener(message->msg_ReplyPort);

    if (listener == NULL || message->msg_DataSize != sizeof(ConfigurationRequest)) {
        ReplyMsg(item, BROKER_ERROR(ER_SoftErr), NULL, 0);
        return;
    }
    listener->config = *(ConfigurationRequest *)message->msg_DataPtr;
    ReplyMsg(item, 0, &reply, sizeof(reply));
    if (waiting != 0)
        DeliverOrKeep(waiting);
}

static void DescribePods(Item item, const Message *message)
{
    struct {
        PodDescriptionList list;
        PodDescription second;
    } reply = {{{EB_DescribePodsReply}, 2, {{0}}}, {0}};
    PodDescription *pad = &reply.list.pdl_Pod[0], *mouse = &reply.second;

    pad->pod_Number = 1;
    pad->pod_Position = 1;
    pad->pod_Type = PODID_3DO_BASIC_CONTROL_PAD;
    pad->pod_Flags = POD_IsControlPad | POD_IsAudioCtlr;
    pad->pod_GenericNumber[GENERIC_ControlPad] = 1;
    pad->pod_GenericNumber[GENERIC_AudioCtlr] = 1;
    mouse->pod_Number = 2;
    mouse->pod_Position = 2;
    mouse->pod_Type = PODID_3DO_MOUSE;
    mouse->pod_Flags = POD_IsMouse;
    mouse->pod_GenericNumber[GENERIC_Mouse] = 1;
    if (message->msg_DataPtrSize < sizeof(reply))
        ReplyMsg(item, BROKER_ERROR(ER_NoMem), NULL, 0);
    else
        ReplyMsg(item, 0, &reply, sizeof(reply));
}

static void GetListeners(Item item, const Message *message)
{
    uint32 reply[2 + 2 * LISTENERS_MAX] = {0};
    ListenerList *list = (ListenerList *)reply;
    int32 size = (int32)(8 + (size_t)listenerCount * sizeof(list->ll_Listener[0]));
    int32 i;

    list->ll_Header.ebh_Flavor = EB_GetListenersReply;
    list->ll_Count = listenerCount;
    for (i = 0; i < listenerCount; i++) {
        list->ll_Listener[i].li_PortItem = listeners[i].port;
        list->ll_Listener[i].li_Category = listeners[i].config.cr_Category;
    }
    if (message->msg_DataPtrSize < (uint32)size)
        ReplyMsg(item, BROKER_ERROR(ER_NoMem), NULL, 0);
    else
        ReplyMsg(item, 0, list, size);
}

static void GiveFocus(Item item, const Message *message)
{
    Item port = ((SetFocus *)message->msg_DataPtr)->sf_DesiredFocusListener;
    Listener *listener = FindListener(port);

    if (listener == NULL || listener->config.cr_Category == LC_Observer) {
        ReplyMsg(item, BROKER_ERROR(ER_BadItem), NULL, 0);
        return;
    }
    focus = port;
    ReplyMsg(item, focus, NULL, 0);
}

static void IssuePodCmd(Item item, const Message *message)
{
    PodData *command = (PodData *)message->msg_DataPtr;

    if (command->pd_PodNumber < 1 || command->pd_PodNumber > 2)
        ReplyMsg(item, BROKER_ERROR(ER_BadUnit), NULL, 0);
    else if (command->pd_PodNumber != 1 || command->pd_Data[0] != GENERIC_AudioCtlr)
        ReplyMsg(item, BROKER_ERROR(ER_NotSupported), NULL, 0);
    else
        ReplyMsg(item, 0, NULL, 0);
}

static void Answer(Item item)
{
    const Message *message = (Message *)LookupItem(item);

    if (message->msg_ReplyPort == broker) { /* a record, and its slot is free */
        DeleteMsg(item);
        return;
    }
    switch (((EventBrokerHeader *)message->msg_DataPtr)->ebh_Flavor) {
    case EB_Configure:
        Configure(item, message);
        return;
    case EB_SendEvent:
        DeliverOrKeep(item);
        return;
    case EB_GetListeners:
        GetListeners(item, message);
        return;
    case EB_GetFocus:
        ReplyMsg(item, focus, NULL, 0);
        return;
    case EB_SetFocus:
        GiveFocus(item, message);
        return;
    case EB_DescribePods:
        DescribePods(item, message);
        return;
    case EB_IssuePodCmd:
        IssuePodCmd(item, message);
        return;
    default:
        ReplyMsg(item, BROKER_ERROR(ER_NotSupported), NULL, 0);
        return;
    }
}

/* ---- its threads ---- */

static void *Serve(void *unused)
{
    Listener *painter;

    broker = CreateMsgPort(EventPortName, 0, 0);
    painter = AddListener(CreateMsgPort("painter", 0, 0));
    painter->config.cr_Category = LC_FocusListener;
    focus = painter->port;
    sem_post(&isOpen);
    for (;;)
        Answer(WaitPort(broker, 0));
    return unused;
}

/* Words of a line, as an event. 0: there is none. */
static int32 ReadEvent(SendEvent *event, char *line)
{
    EventFrame *frame = &event->se_FirstFrame;
    uint32 *data = frame->ef_EventData;
    char *next = line;

    event->se_Header.ebh_Flavor = EB_SendEvent;
    frame->ef_EventNumber = (uint8)strtoul(next, &next, 10);
    frame->ef_GenericPosition = (uint8)strtoul(next, &next, 10);
    while (*next == ' ' && data < frame->ef_EventData + WORDS_MAX)
        *data++ = (uint32)strtoul(next, &next, 16);
    *data = 0; /* the end of the frames */
    frame->ef_ByteCount = (uint32)((char *)data - (char *)frame);
    return (int32)((char *)(data + 1) - (char *)event);
}

static void *ReadEvents(void *unused)
{
    static struct {
        SendEvent event;
        uint32 rest[WORDS_MAX];
    } sent;
    Item port = CreateMsgPort(NULL, 0, 0);
    Item item = CreateMsg(NULL, 0, port);
    char line[256];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        memset(&sent, 0, sizeof(sent));
        SendMsg(broker, item, &sent, ReadEvent(&sent.event, line));
        WaitPort(port, item);
    }
    return unused;
}

__attribute__((constructor)) static void BeginBroker(void)
{
    pthread_t thread;

    sem_init(&isOpen, 0, 0);
    pthread_create(&thread, NULL, Serve, NULL);
    pthread_detach(thread);
    sem_wait(&isOpen);
    pthread_create(&thread, NULL, ReadEvents, NULL);
    pthread_detach(thread);
}
