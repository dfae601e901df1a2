/*
 * What listeners are told: when a record is due to one, and what stands in it.
 */
#pragma once

#include "gateway/event_broker/broker.h"

/* In a field, where pods' frames come in; or with @frames that somebody sent. */
void telling_field(struct broker *broker);
void telling_frames(struct broker *broker, const struct portfolio_frame *frames, unsigned n);
/* An event that is no pod's is lost to who would have been told of it. */
void telling_lose(struct broker *broker, uint8_t event);
/* Whether a listener is to be told something, if that has happened and no more. */
bool telling_is_due(const struct broker *broker, const struct listener *listener,
                    const struct event_mask *happened);
/* @pod goes: listeners forget what it said. */
void telling_forget(struct broker *broker, const struct pod *pod);
