/*
 * Tells a pod with a loudspeaker which channels it plays.
 *
 * podcmd pod channels
 */
#include "event.h"
#include "mem.h"
#include "msgport.h"
#include "stdio.h"
#include "types.h"

int main(int argc, char **argv)
{
    Item brokerPort, replyPort, msgItem;
    PodData command;
    Message *msg;
    Err err;

    brokerPort = FindMsgPort(EventPortName);
    replyPort = CreateMsgPort("podcmd", 0, 0);
    msgItem = CreateBufferedMsg("podcmd", 0, replyPort, 256);
    if (argc < 3 || brokerPort < 0 || msgItem < 0)
        return 1;

    command.pd_Header.ebh_Flavor = EB_IssuePodCmd;
    command.pd_PodNumber = (int32)strtol(argv[1], NULL, 10);
    command.pd_WaitFlag = 1;
    command.pd_DataByteCount = 3;
    command.pd_Data[0] = GENERIC_AudioCtlr;
    command.pd_Data[1] = GENERIC_AUDIO_SetChannels;
    command.pd_Data[2] = (uint8)strtol(argv[2], NULL, 10);

    err = SendMsg(brokerPort, msgItem, &command, sizeof(command));
    if (err >= 0)
        err = WaitPort(replyPort, msgItem);
    if (err >= 0) {
        msg = (Message *)LookupItem(msgItem);
        err = (Err)msg->msg_Result;
    }
    if (err < 0)
        PrintfSysErr(err);
    else
        printf("done\n");
    DeleteMsg(msgItem);
    DeleteMsgPort(replyPort);
    return err < 0;
}
