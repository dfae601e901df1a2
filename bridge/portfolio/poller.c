/*
 * A listener that keeps of each pad and mouse what it last said, and whether the program has seen
 * that. Others may send to its port what they like: what is no record is replied to and forgotten.
 */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "include/portfolio/event.h"
#include "include/portfolio/kernel.h"
#include "include/portfolio/msgport.h"
#include "include/portfolio/operror.h"

#define DEVICES_MAX 255 /* of a class */
#define IS_FOCUSED 1    /* any other number is not */
#define NO_SUCH_DEVICE (-1)

struct pad {
    bool is_fresh; /* the program has not seen it */
    ControlPadEventData data;
};

struct mouse {
    bool is_fresh;
    MouseEventData data;
};

static struct poller {
    pid_t process; /* whose Items they are; 0: there are none */
    Item port, message;
    Err refusal; /* the broker's; 0: none */
    int32 n_pads, n_mice;
    struct pad pads[DEVICES_MAX];
    struct mouse mice[DEVICES_MAX];
} poller;

/* ---- its begin and end ---- */

static Err configure(Item broker, enum ListenerCategory category)
{
    ConfigurationRequest request = {.cr_Header = {EB_Configure}, .cr_Category = category};
    request.cr_TriggerMask[0] =
        EVENTBIT0_ControlButtonUpdate | EVENTBIT0_MouseUpdate | EVENTBIT0_MouseMoved;
    return SendMsg(broker, poller.message, &request, sizeof request);
}

static Err begin(enum ListenerCategory category)
{
    const Item broker = FindMsgPort(EventPortName);
    if (broker < 0)
        return broker;
    poller.port = CreateMsgPort(CURRENTTASK->t.n_Name, 0, 0);
    if (poller.port < 0)
        return poller.port;
    poller.message = CreateMsg(NULL, 0, poller.port);
    return poller.message < 0 ? poller.message : configure(broker, category);
}

/* In a child of fork() the numbers are others' Items, or nobody's. */
static bool has_begun(void)
{
    return poller.process == getpid();
}

/* 1 to DEVICES_MAX. */
static int32 limit(int32 number)
{
    if (number < 1)
        return 1;
    return number < DEVICES_MAX ? number : DEVICES_MAX;
}

Err InitEventUtility(int32 numControlPads, int32 numMice, int32 focusListener)
{
    (void)KillEventUtility();
    poller.process = getpid();
    poller.n_pads = limit(numControlPads);
    poller.n_mice = limit(numMice);
    Err err = begin(focusListener == IS_FOCUSED ? LC_FocusListener : LC_Observer);
    if (err < 0)
        (void)KillEventUtility();
    return err;
}

Err KillEventUtility(void)
{
    if (has_begun()) {
        (void)DeleteMsg(poller.message);
        (void)DeleteMsgPort(poller.port);
    }
    memset(&poller, 0, sizeof poller);
    return 0;
}

/* ---- records ---- */

static void keep_pad(const EventFrame *frame, size_t size)
{
    const int32 index = frame->ef_GenericPosition - 1;
    if (index < 0 || index >= poller.n_pads || size < sizeof(ControlPadEventData))
        return;
    memcpy(&poller.pads[index].data, frame->ef_EventData, sizeof(ControlPadEventData));
    poller.pads[index].is_fresh = true;
}

static void keep_mouse(const EventFrame *frame, size_t size)
{
    const int32 index = frame->ef_GenericPosition - 1;
    if (index < 0 || index >= poller.n_mice || size < sizeof(MouseEventData))
        return;
    memcpy(&poller.mice[index].data, frame->ef_EventData, sizeof(MouseEventData));
    poller.mice[index].is_fresh = true;
}

static void keep_frame(const EventFrame *frame, size_t data_size)
{
    switch (frame->ef_EventNumber) {
    case EVENTNUM_ControlButtonUpdate:
        keep_pad(frame, data_size);
        return;
    case EVENTNUM_MouseUpdate:
    case EVENTNUM_MouseMoved:
        keep_mouse(frame, data_size);
        return;
    default: /* of other classes, when events were lost */
        return;
    }
}

/* Up to the first frame that is none, which in a good record is the end. */
static void keep_frames(const uint8 *next, size_t n_left)
{
    while (n_left >= sizeof(EventFrameHeader)) {
        const EventFrame *frame = (const EventFrame *)(const void *)next;
        const uint32 size = frame->ef_ByteCount;
        if (size < sizeof(EventFrameHeader) || size > n_left || size % sizeof(uint32) != 0)
            return;
        keep_frame(frame, size - sizeof(EventFrameHeader));
        next += size;
        n_left -= size;
    }
}

static void keep_record(const Message *message)
{
    const EventBrokerHeader *header = message->msg_DataPtr;
    if ((message->msg.n_Flags & MESSAGE_SMALL) != 0 || header == NULL)
        return;
    if (message->msg_DataSize < (int32)sizeof *header || header->ebh_Flavor != EB_EventRecord)
        return;
    keep_frames((const uint8 *)(header + 1), (size_t)message->msg_DataSize - sizeof *header);
}

/* ---- what programs ask ---- */

static Err take_in(Item item)
{
    const Message *message = LookupItem(item);
    if (message == NULL)
        return 0; /* whose it was has deleted it */
    if (item == poller.message) {
        poller.refusal = (Err)message->msg_Result < 0 ? (Err)message->msg_Result : 0;
        return poller.refusal;
    }
    keep_record(message);
    (void)ReplyMsg(item, 0, NULL, 0); /* whoever sent it may be gone */
    return 0;
}

static Err wait_for_more(void)
{
    const MsgPort *port = LookupItem(poller.port);
    if (port == NULL)
        return BADITEM;
    const int32 came = WaitSignal(port->mp_Signal);
    if (came < 0)
        return came;
    return (came & SIGF_ABORT) != 0 ? ABORTED : 0;
}

/* 1: *is_freshp, of one of ours; 0: nothing more has come; or an error. */
static Err look(const bool *is_freshp, bool may_wait)
{
    Err err = poller.refusal;
    while (err == 0 && !*is_freshp) {
        const Item item = GetMsg(poller.port);
        if (item == 0 && !may_wait)
            return 0;
        if (item < 0)
            return item;
        err = item > 0 ? take_in(item) : wait_for_more();
    }
    return err < 0 ? err : 1;
}

Err GetControlPad(int32 padNumber, int32 wait, ControlPadEventData *data)
{
    if (padNumber < 1 || padNumber > poller.n_pads || !has_begun())
        return NO_SUCH_DEVICE;
    struct pad *pad = &poller.pads[padNumber - 1];
    const Err result = look(&pad->is_fresh, wait != 0);
    if (result < 0)
        return result;
    pad->is_fresh = false;
    *data = pad->data;
    return result;
}

Err GetMouse(int32 mouseNumber, int32 wait, MouseEventData *data)
{
    if (mouseNumber < 1 || mouseNumber > poller.n_mice || !has_begun())
        return NO_SUCH_DEVICE;
    struct mouse *mouse = &poller.mice[mouseNumber - 1];
    const Err result = look(&mouse->is_fresh, wait != 0);
    if (result < 0)
        return result;
    mouse->is_fresh = false;
    *data = mouse->data;
    return result;
}
