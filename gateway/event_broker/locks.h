/*
 * Locks of pods: a port has one, and others may wait for it.
 */
#pragma once

#include "gateway/event_broker/broker.h"

/* A result, or nothing yet: the request waits. */
bool locks_lock(struct broker *broker, struct pod *pod, const struct broker_request *request,
                bool waits, int32_t *resultp);
int32_t locks_unlock(struct broker *broker, struct pod *pod, uint32_t port);
/* Whoever had it: the next one that waits has it now. */
void locks_release(struct broker *broker, struct pod *pod);
