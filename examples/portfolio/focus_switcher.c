/*
 * Says who listens, and gives the focus to one of them:
 *
 *     focus_switcher [NAME|NUMBER]
 *
 * It is held by a port. A port's number is the same in every process of the gateway, so the number
 * that this prints is one that another may give.
 */
#include "broker.h"
#include "kernelnodes.h"
#include "stdio.h"
#include "string.h"

#define BUFFER_SIZE 4096 /* of the list of listeners, 8 octets each */

static const char *const Categories[] = {"NoSeeUm", "FocusListener", "Observer", "FocusUI"};

/* NULL: it has none, or is gone. */
static const char *NameOf(Item port)
{
    const MsgPort *found = (const MsgPort *)CheckItem(port, KERNELNODE, MSGPORTNODE);
    return found != NULL ? found->mp.n_Name : NULL;
}

static int IsWanted(Item port, const char *wanted)
{
    const char *name = NameOf(port);
    char *end;
    Item number = (Item)strtoul(wanted, &end, 16);

    if (name != NULL && strcmp(name, wanted) == 0)
        return TRUE;
    return *end == '\0' && number == port;
}

static int32 Ask(Broker *broker, enum EventBrokerFlavor flavor)
{
    EventBrokerHeader request;
    request.ebh_Flavor = flavor;
    return AskBroker(broker, &request, sizeof(request));
}

/* The list is in the message, until that is used again: so the focus is asked for first. */
static Err ShowListeners(Broker *broker)
{
    int32 focus = Ask(broker, EB_GetFocus);
    int32 err = focus < 0 ? focus : Ask(broker, EB_GetListeners);
    const ListenerList *list;
    const char *name;
    int32 i;

    if (err < 0)
        return err;
    list = (const ListenerList *)broker->msg->msg_DataPtr;
    for (i = 0; i < list->ll_Count; i++) {
        name = NameOf(list->ll_Listener[i].li_PortItem);
        printf("%x '%s': %s%s\n", (uint32)list->ll_Listener[i].li_PortItem,
               name != NULL ? name : "", Categories[list->ll_Listener[i].li_Category & 3],
               list->ll_Listener[i].li_PortItem == focus ? ", has the focus" : "");
    }
    return 0;
}

static Err GiveFocus(Broker *broker, const char *wanted)
{
    const ListenerList *list;
    SetFocus request;
    int32 err = Ask(broker, EB_GetListeners);
    int32 i;

    if (err < 0)
        return err;
    list = (const ListenerList *)broker->msg->msg_DataPtr;
    for (i = 0; i < list->ll_Count; i++)
        if (IsWanted(list->ll_Listener[i].li_PortItem, wanted))
            break;
    if (i == list->ll_Count) {
        printf("there is no listener '%s'\n", wanted);
        return MAKEEB(ER_SEVERE, ER_C_STND, ER_NotFound);
    }
    request.sf_Header.ebh_Flavor = EB_SetFocus;
    request.sf_DesiredFocusListener = list->ll_Listener[i].li_PortItem;
    err = AskBroker(broker, &request, sizeof(request));
    if (err > 0)
        printf("'%s' has the focus\n", wanted);
    return err;
}

int main(int argc, char **argv)
{
    Broker broker;
    Err err = OpenBroker(&broker, NULL, BUFFER_SIZE);

    if (err >= 0)
        err = argc > 1 ? GiveFocus(&broker, argv[1]) : ShowListeners(&broker);
    if (err < 0)
        PrintfSysErr(err);
    CloseBroker(&broker);
    return err < 0;
}
