/*
 * Lists the pods, and the listeners with who has the focus, all with one message.
 */
#include "event.h"
#include "kernelnodes.h"
#include "msgport.h"
#include "stdio.h"
#include "types.h"

#define BUFFER_SIZE 2048

static const char *Categories[] = {"NoSeeUm", "FocusListener", "Observer", "FocusUI"};

static Item brokerPort, replyPort, msgItem;

/* The reply's message, whose result says whether it has what was asked for. */
static Message *Ask(enum EventBrokerFlavor flavor)
{
    EventBrokerHeader header;
    Message *msg = (Message *)LookupItem(msgItem);
    Err err;

    header.ebh_Flavor = flavor;
    err = SendMsg(brokerPort, msgItem, &header, sizeof(header));
    if (err >= 0)
        err = WaitPort(msg->msg_ReplyPort, msgItem);
    if (err < 0) {
        PrintfSysErr(err);
        exit(1);
    }
    return msg;
}

static void ShowPods(void)
{
    Message *msg = Ask(EB_DescribePods);
    PodDescriptionList *list = (PodDescriptionList *)msg->msg_DataPtr;
    int32 i;

    if ((int32)msg->msg_Result < 0) {
        PrintfSysErr((Err)msg->msg_Result);
        return;
    }
    printf("%d pods\n", list->pdl_PodCount);
    for (i = 0; i < list->pdl_PodCount; i++) {
        PodDescription *pod = &list->pdl_Pod[i];
        printf("pod %d at %d, type %02x, flags %08x", pod->pod_Number, pod->pod_Position,
               pod->pod_Type, pod->pod_Flags);
        if (pod->pod_Flags & POD_IsControlPad)
            printf(", pad %d", pod->pod_GenericNumber[GENERIC_ControlPad]);
        if (pod->pod_Flags & POD_IsMouse)
            printf(", mouse %d", pod->pod_GenericNumber[GENERIC_Mouse]);
        printf("\n");
    }
}

static void ShowListeners(void)
{
    Item focus = (Item)Ask(EB_GetFocus)->msg_Result;
    Message *msg = Ask(EB_GetListeners);
    ListenerList *list = (ListenerList *)msg->msg_DataPtr;
    MsgPort *port;
    Item item;
    int32 i;

    if ((int32)msg->msg_Result < 0) {
        PrintfSysErr((Err)msg->msg_Result);
        return;
    }
    for (i = 0; i < list->ll_Count; i++) {
        item = list->ll_Listener[i].li_PortItem;
        printf("port %x %s", item, Categories[list->ll_Listener[i].li_Category & 3]);
        port = (MsgPort *)CheckItem(item, KERNELNODE, MSGPORTNODE);
        if (port != NULL && port->mp.n_Name != NULL)
            printf(" '%s'", port->mp.n_Name);
        printf("%s\n", item == focus ? ", has the focus" : "");
    }
}

int main(void)
{
    brokerPort = FindMsgPort(EventPortName);
    replyPort = CreateMsgPort("topology", 0, 0);
    msgItem = CreateBufferedMsg("topology", 0, replyPort, BUFFER_SIZE);
    if (brokerPort < 0 || replyPort < 0 || msgItem < 0) {
        PrintfSysErr(brokerPort < 0 ? brokerPort : replyPort < 0 ? replyPort : msgItem);
        return 1;
    }
    ShowPods();
    ShowListeners();
    DeleteMsg(msgItem);
    DeleteMsgPort(replyPort);
    return 0;
}
