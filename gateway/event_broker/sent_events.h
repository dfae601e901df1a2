/*
 * EB_SendEvent: events that a client sends to all who listen.
 */
#pragma once

#include "gateway/event_broker/broker.h"

/* The result of the message; on 0 it has been told. */
int32_t sent_events_tell(struct broker *broker, const struct broker_request *request);
