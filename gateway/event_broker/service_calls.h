/*
 * Calls to the broker's object: messages of clients, and what providers of pods say.
 */
#pragma once

#include "gateway/event_broker/service.h"

/* For the op limited(): of the client that is being answered. */
void service_calls_limited(void *user, enum limit limit);
/* @call is borrowed. */
void service_calls_take(struct service *service, struct via_call *call);
/* Answers those that waited for listeners. */
void service_calls_settle(struct service *service);
/* For struct broker_ops. */
void service_calls_reply(void *user, void *handle, const struct broker_answer *answer);
bool service_calls_is_given_up(void *user, void *handle);
/* Who asks now was refused something. */
void service_calls_audit(struct service *service, const char *what, const char *why);
