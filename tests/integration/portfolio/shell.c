/*
 * A library for programs with pads of several classes, and a small program around it. It listens to
 * nothing, then to one class after the other; when pods come or go it asks for them, and waits for
 * that answer with the record that told it still in its hands.
 *
 * shell [changes]: ends after so many changes of pods.
 */
#include "event.h"
#include "kernel.h"
#include "msgport.h"
#include "stdio.h"
#include "task.h"
#include "types.h"

typedef struct BrokerShell {
    Item broker;
    Item port;
    Item configMsg;
    Item podMsg;
    ConfigurationRequest config;
    int32 changes;
    void (*padFunc)(int32 number, uint32 buttons);
    void (*stickFunc)(int32 number, StickEventData *stick);
} BrokerShell;

static Err Configure(BrokerShell *bs)
{
    Message *msg = (Message *)LookupItem(bs->configMsg);
    Err err = SendMsg(bs->broker, bs->configMsg, &bs->config, sizeof(bs->config));

    if (err >= 0)
        err = WaitPort(bs->port, bs->configMsg);
    return err < 0 ? err : (Err)msg->msg_Result;
}

static Err Connect(BrokerShell *bs)
{
    bs->broker = FindMsgPort(EventPortName);
    if (bs->broker < 0)
        return bs->broker;
    if ((bs->port = CreateMsgPort("broker shell", 0, 0)) < 0)
        return bs->port;
    if ((bs->configMsg = CreateMsg("configure", 0, bs->port)) < 0)
        return bs->configMsg;
    if ((bs->podMsg = CreateBufferedMsg("pods", 0, bs->port, 1024)) < 0)
        return bs->podMsg;
    bs->config.cr_Header.ebh_Flavor = EB_Configure;
    bs->config.cr_Category = LC_Observer;
    bs->config.cr_QueueMax = 10;
    return Configure(bs);
}

static Err WatchPads(BrokerShell *bs, void (*func)(int32, uint32))
{
    bs->padFunc = func;
    bs->config.cr_TriggerMask[0] |= EVENTBIT0_ControlButtonUpdate;
    bs->config.cr_TriggerMask[2] |= EVENTBIT2_ControlPortChange;
    return Configure(bs);
}

static Err WatchSticks(BrokerShell *bs, void (*func)(int32, StickEventData *))
{
    bs->stickFunc = func;
    bs->config.cr_TriggerMask[0] |= EVENTBIT0_StickUpdate | EVENTBIT0_StickMoved;
    bs->config.cr_TriggerMask[2] |= EVENTBIT2_ControlPortChange;
    return Configure(bs);
}

static void PodsChanged(BrokerShell *bs)
{
    EventBrokerHeader header;
    Message *msg = (Message *)LookupItem(bs->podMsg);
    PodDescriptionList *list;
    Err err;

    header.ebh_Flavor = EB_DescribePods;
    err = SendMsg(bs->broker, bs->podMsg, &header, sizeof(header));
    if (err >= 0)
        err = WaitPort(bs->port, bs->podMsg);
    if (err >= 0)
        err = (Err)msg->msg_Result;
    if (err < 0) {
        PrintfSysErr(err);
        return;
    }
    list = (PodDescriptionList *)msg->msg_DataPtr;
    bs->changes++;
    printf("%d pods now\n", list->pdl_PodCount);
    fflush(stdout);
}

static void HandleRecord(BrokerShell *bs, Message *msg)
{
    EventFrame *frame = (EventFrame *)((EventBrokerHeader *)msg->msg_DataPtr + 1);

    for (; frame->ef_ByteCount != 0; frame = (EventFrame *)((char *)frame + frame->ef_ByteCount)) {
        switch (frame->ef_EventNumber) {
        case EVENTNUM_ControlPortChange:
            PodsChanged(bs);
            break;
        case EVENTNUM_ControlButtonUpdate:
            bs->padFunc(frame->ef_GenericPosition,
                        ((ControlPadEventData *)frame->ef_EventData)->cped_ButtonBits);
            break;
        case EVENTNUM_StickUpdate:
        case EVENTNUM_StickMoved:
            bs->stickFunc(frame->ef_GenericPosition, (StickEventData *)frame->ef_EventData);
            break;
        case EVENTNUM_EventQueueOverflow:
            printf("events were lost\n");
            break;
        default:
            break;
        }
    }
}

static void Dispatch(BrokerShell *bs)
{
    Item item;

    while ((item = GetMsg(bs->port)) > 0) {
        HandleRecord(bs, (Message *)LookupItem(item));
        ReplyMsg(item, 0, NULL, 0);
    }
}

static void Disconnect(BrokerShell *bs)
{
    bs->config.cr_Category = LC_NoSeeUm;
    SendMsg(bs->port, bs->configMsg, &bs->config, sizeof(bs->config)); /* to the wrong port */
    WaitPort(bs->port, bs->configMsg);
    DeleteMsg(bs->podMsg);
    DeleteMsg(bs->configMsg);
    DeleteMsgPort(bs->port);
}

static void ShowPad(int32 number, uint32 buttons)
{
    printf("pad %d: %08x\n", number, buttons);
    fflush(stdout);
}

static void ShowStick(int32 number, StickEventData *stick)
{
    printf("stick %d: %08x %d,%d,%d\n", number, stick->stk_ButtonBits & StickButtons,
           stick->stk_HorizPosition, stick->stk_VertPosition, stick->stk_DepthPosition);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static BrokerShell bs;
    int32 changes = argc > 1 ? (int32)strtol(argv[1], NULL, 10) : 1;
    Err err = Connect(&bs);

    if (err >= 0)
        err = WatchPads(&bs, ShowPad);
    if (err >= 0)
        err = WatchSticks(&bs, ShowStick);
    if (err < 0) {
        PrintError("shell", "connect to", EventPortName, err);
        return 1;
    }
    while (bs.changes < changes) {
        WaitSignal(CURRENTTASK->t_AllocatedSigs);
        Dispatch(&bs);
    }
    Disconnect(&bs);
    printf("bye\n");
    return 0;
}
