/*
 * The headers as C++ sees them. Compiled, not run.
 */
#include <algorithm>
#include <cstring>
#include <semaphore.h>
#include <string>

#include "device.h"
#include "event.h"
#include "kernel.h"
#include "msgport.h"
#include "msgutils.h"
#include "types.h"

static_assert(sizeof(Message) == 96 && sizeof(EventFrame) == 32, "as in C");
static_assert(static_cast<uint32>(BADITEM) == 0xd57b9001, "as in C");
static_assert(sizeof(sem_t) > 0, "Linux's are there too");

Item find(const std::string &name)
{
    const Item port = FindMsgPort(name.c_str());
    if (port < 0)
        PrintError("cxx", "find", name.c_str(), port);
    return std::max<Item>(port, 0);
}

uint32 count(const MsgPort *port)
{
    uint32 n = 0;
    const Message *message;
    ScanList(&port->mp_Msgs, message, const Message) n++;
    return n + (GetCurrentSignals() & port->mp_Signal);
}

bool is_trigger(const EventFrame &frame)
{
    return frame.ef_Trigger != 0 && frame.ef_EventNumber == EVENTNUM_StickMoved;
}
