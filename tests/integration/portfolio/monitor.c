/*
 * Prints each event that comes, until so many records came. The reply to its own configuration is
 * one of the messages on its port.
 *
 * monitor [observer|focus|focusui] [records]
 */
#include "event.h"
#include "msgport.h"
#include "stdio.h"
#include "types.h"

static void PrintFrame(EventFrame *frame)
{
    printf("event %d pod %d place %d/%d %s", frame->ef_EventNumber, frame->ef_PodNumber,
           frame->ef_PodPosition, frame->ef_GenericPosition,
           frame->ef_Trigger ? "trigger" : "capture");
    switch (frame->ef_EventNumber) {
    case EVENTNUM_ControlButtonPressed:
    case EVENTNUM_ControlButtonReleased:
    case EVENTNUM_ControlButtonUpdate:
        printf(" buttons %08x", ((ControlPadEventData *)frame->ef_EventData)->cped_ButtonBits);
        break;
    case EVENTNUM_MouseMoved:
    case EVENTNUM_MouseUpdate: {
        MouseEventData *mouse = (MouseEventData *)frame->ef_EventData;
        printf(" buttons %08x at %d,%d", mouse->med_ButtonBits, mouse->med_HorizPosition,
               mouse->med_VertPosition);
        break;
    }
    default:
        break;
    }
    printf("\n");
}

static void PrintRecord(void *data)
{
    EventFrame *frame = (EventFrame *)((EventBrokerHeader *)data + 1);
    do {
        PrintFrame(frame);
        frame = (EventFrame *)((char *)frame + frame->ef_ByteCount);
    } while (frame->ef_ByteCount != 0);
}

int main(int argc, char **argv)
{
    Item brokerPort, myPort, myMsg, gotMsg;
    MsgPort *port;
    Message *msg;
    ConfigurationRequest config;
    int32 records = argc > 2 ? (int32)strtol(argv[2], NULL, 10) : 10;
    Err err;

    brokerPort = FindMsgPort(EventPortName);
    if (brokerPort < 0) {
        PrintError(0, "find port", EventPortName, brokerPort);
        return 1;
    }
    myPort = CreateMsgPort(NULL, 0, 0);
    if (myPort < 0) {
        PrintfSysErr(myPort);
        return 1;
    }
    myMsg = CreateMsg(NULL, 0, myPort);
    if (myMsg < 0) {
        PrintfSysErr(myMsg);
        return 1;
    }

    memset(&config, 0, sizeof(config));
    config.cr_Header.ebh_Flavor = EB_Configure;
    config.cr_Category = LC_Observer;
    if (argc > 1 && strcmp(argv[1], "focus") == 0)
        config.cr_Category = LC_FocusListener;
    else if (argc > 1 && strcmp(argv[1], "focusui") == 0)
        config.cr_Category = LC_FocusUI;
    config.cr_TriggerMask[0] = EVENTBIT0_ControlButtonPressed | EVENTBIT0_ControlButtonReleased |
                               EVENTBIT0_ControlButtonUpdate | EVENTBIT0_MouseUpdate |
                               EVENTBIT0_MouseMoved | EVENTBIT0_KeyboardKeyPressed |
                               EVENTBIT0_GivingFocus | EVENTBIT0_LosingFocus;
    config.cr_TriggerMask[2] = EVENTBIT2_DeviceOnline | EVENTBIT2_DeviceOffline |
                               EVENTBIT2_FilesystemMounted | EVENTBIT2_ControlPortChange;
    config.cr_QueueMax = EVENT_QUEUE_MAX_PERMITTED;

    err = SendMsg(brokerPort, myMsg, &config, sizeof(config));
    if (err < 0) {
        PrintfSysErr(err);
        return 1;
    }

    port = (MsgPort *)LookupItem(myPort);
    while (records > 0) {
        WaitSignal(port->mp_Signal);
        while ((gotMsg = GetMsg(myPort)) > 0) {
            msg = (Message *)LookupItem(gotMsg);
            if (gotMsg == myMsg) {
                if ((Err)msg->msg_Result < 0) {
                    PrintfSysErr((Err)msg->msg_Result);
                    return 1;
                }
                printf("listening\n");
                fflush(stdout);
                continue;
            }
            PrintRecord(msg->msg_DataPtr);
            fflush(stdout);
            ReplyMsg(gotMsg, 0, NULL, 0);
            records--;
        }
    }
    DeleteMsg(myMsg);
    DeleteMsgPort(myPort);
    return 0;
}
