/*
 * A message goes to the broker's port and comes back to ours, with a result and data. Where other
 * messages come to that port as well, waiting for this one leaves them there.
 */
#include "broker.h"

#include "stdio.h"
#include "string.h"

Err OpenBroker(Broker *broker, const char *name, int32 bufferSize)
{
    memset(broker, 0, sizeof(*broker));
    broker->port = FindMsgPort(EventPortName);
    if (broker->port < 0)
        return broker->port;
    broker->replyPort = CreateMsgPort(name, 0, 0);
    if (broker->replyPort < 0)
        return broker->replyPort;
    broker->msgItem = CreateBufferedMsg(NULL, 0, broker->replyPort, (uint32)bufferSize);
    if (broker->msgItem < 0)
        return broker->msgItem;
    broker->msg = (Message *)LookupItem(broker->msgItem);
    return 0;
}

int32 AskBroker(Broker *broker, const void *request, int32 size)
{
    Err err = SendMsg(broker->port, broker->msgItem, request, size);
    if (err < 0)
        return err;
    err = WaitPort(broker->replyPort, broker->msgItem);
    if (err < 0)
        return err;
    return (int32)broker->msg->msg_Result;
}

int32 NumberOfEvent(Broker *broker, const char *name)
{
    RegisterEvent request;

    memset(&request, 0, sizeof(request));
    request.re_Header.ebh_Flavor = EB_RegisterEvent;
    request.re_IsUserInterfaceEvent = FALSE;
    snprintf(request.re_EventName, sizeof(request.re_EventName), "%s", name);
    return AskBroker(broker, &request, sizeof(request));
}

void CloseBroker(Broker *broker)
{
    DeleteMsg(broker->msgItem);
    DeleteMsgPort(broker->replyPort);
}
