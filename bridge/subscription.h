/*
 * Subscriptions: to the events of an object, and to the coming and going of names. What comes is
 * put in a list of its own for each and handed to the user by one worker at a time.
 */
#pragma once

#include <viaduct/node.h>

#include "codecs/frame.h"

struct via_proxy;
struct via_parcel;

#define SUBSCRIPTION_EVENTS_MAX                                                                    \
    8192u /* that wait for the user; then the oldest go, and are told                              \
           */

/* All with the lock held. */

/* An event came to one of our sinks. Takes @fds. */
/* An event for the sink @object will not be there; @head is what came of it. */
void subscription_lost(void *object, const struct frame *head);
void subscription_received(struct via_node *node, void *object, const struct frame *frame,
                           const int *fds);
/* The object whose events these are is dead. */
void subscription_target_died(struct via_proxy *proxy, enum via_cause cause);
/* The session is over: those to objects end, or wait for their names; what names are known is to be
 * confirmed. */
void subscription_end_all(struct via_node *node, enum via_cause cause);
/* A new session, or what could not be asked is tried again: those that are to go on do. */
void subscription_restore(struct via_node *node);
/* Whether there are any that a new session would serve. */
bool subscription_any(const struct via_node *node);
