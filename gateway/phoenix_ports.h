/*
 * Ports in what comes from another host: a number in a message's octets is no right to what has it,
 * and the receiver, who may send to any port, is not to make one of it.
 */
#pragma once

#include "gateway/session.h"

/* Whether @frame, of which only the head may have come, is to be looked into before it goes on. */
bool phoenix_ports_concern(const struct session *from, const struct frame *frame);
/* VIA_DENIED, which is audited: @message has the number of an object that its sender may not call,
 * where messages of its type have a port. Anything else but VIA_OK: it is no message. */
VIA_MUST_USE enum via_status phoenix_ports_judge(const struct message *message);
