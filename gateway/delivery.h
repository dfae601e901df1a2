/*
 * What one subscription is given: live events, or those that are kept, as its filter and its policy
 * have it. A subscription whose session is full falls behind, and goes on from the kept events when
 * there is room again.
 */
#pragma once

#include "gateway/events.h"

/* Gives it what is kept and it has not had, until it has all or its session is full. */
void delivery_catch_up(struct subscription *subscription);
/* The kept ones from its next on, in order. False: its session is full. */
bool delivery_rest(struct subscription *subscription);
/* An event that has just come, unless it is left out. */
void delivery_live(struct subscription *subscription, const struct message *message,
                   uint64_t number);

/* What became of it while it was behind is told to the operator: its last chance. */
void delivery_end(struct subscription *subscription);
/* Its timer: the newest of each id whose time is up. */
void delivery_due(struct loop_timer *timer);
/* The newest of each id, due or not: there will be no more. */
void delivery_last(struct subscription *subscription);
/* Closes the sessions that are to be. */
void delivery_evict(struct loop_task *task);

/* One that came from an opened object: for the subscription to that alone, unless it is left out.
 */
void delivery_alone(struct subscription *subscription, const struct message *message);
/* What is kept may refer to objects that refer back: it must not keep the dead. So it goes once
 * nobody is behind any more. */
void delivery_let_kept_go(struct gateway_object *target);
/* A subscription of @session no longer holds up the news that @target has died. */
void delivery_tell_death(struct gateway_object *target, struct session *session);
