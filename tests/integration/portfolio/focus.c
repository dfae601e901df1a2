/*
 * Gives the focus to a listener, by its port's name or the number that another program printed.
 *
 * focus name|number
 */
#include "event.h"
#include "kernelnodes.h"
#include "msgport.h"
#include "stdio.h"
#include "string.h"
#include "types.h"

static Item FindListener(ListenerList *list, const char *wanted)
{
    Item number = (Item)strtoul(wanted, NULL, 16);
    int32 i;

    for (i = 0; i < list->ll_Count; i++) {
        Item item = list->ll_Listener[i].li_PortItem;
        MsgPort *port = (MsgPort *)CheckItem(item, KERNELNODE, MSGPORTNODE);
        if (item == number || (port != NULL && strcmp(port->mp.n_Name, wanted) == 0))
            return item;
    }
    return -1;
}

int main(int argc, char **argv)
{
    Item brokerPort, replyPort, msgItem, listener;
    EventBrokerHeader header;
    SetFocus setFocus;
    Message *msg;
    Err err;

    if (argc < 2) {
        printf("focus name|number\n");
        return 1;
    }
    brokerPort = FindMsgPort(EventPortName);
    replyPort = CreateMsgPort("focus", 0, 0);
    msgItem = CreateBufferedMsg("focus", 0, replyPort, 2048);
    if (brokerPort < 0 || msgItem < 0) {
        PrintfSysErr(brokerPort < 0 ? brokerPort : msgItem);
        return 1;
    }
    msg = (Message *)LookupItem(msgItem);

    header.ebh_Flavor = EB_GetListeners;
    err = SendMsg(brokerPort, msgItem, &header, sizeof(header));
    if (err < 0 || (err = WaitPort(replyPort, msgItem)) < 0 || (err = (Err)msg->msg_Result) < 0) {
        PrintfSysErr(err);
        return 1;
    }
    listener = FindListener((ListenerList *)msg->msg_DataPtr, argv[1]);
    if (listener < 0) {
        printf("no listener '%s'\n", argv[1]);
        return 1;
    }

    setFocus.sf_Header.ebh_Flavor = EB_SetFocus;
    setFocus.sf_DesiredFocusListener = listener;
    err = SendMsg(brokerPort, msgItem, &setFocus, sizeof(setFocus));
    if (err < 0 || (err = WaitPort(replyPort, msgItem)) < 0 || (err = (Err)msg->msg_Result) < 0) {
        PrintfSysErr(err);
        return 1;
    }
    printf("focus %x\n", (Item)msg->msg_Result);
    return 0;
}
