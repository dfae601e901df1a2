/*
 * Queues: calls, and outcomes of calls, that wait until the program takes them.
 */
#pragma once

#include <viaduct/object.h>

#include "bridge/job.h"

struct via_queue *queue_ref(struct via_queue *queue);   /* NULL is allowed */
struct via_queue *queue_unref(struct via_queue *queue); /* no lock held */
/* What is in it is guarded by its node's lock. */
bool queue_is_of(const struct via_queue *queue, const struct via_node *node);
bool queue_is_empty(const struct via_queue *queue); /* lock held */
/* @call comes last; its count is taken. Lock held. */
void queue_put(struct via_queue *queue, struct via_call *call);
/* The outcome of a via_pending of this job comes last. False: the queue is closed. Lock held. */
bool queue_put_outcome(struct via_queue *queue, struct job *outcome);

/* For the families' libraries, to which it is exported: via_queue_take() that waits, or else the
 * next one that would, gives VIA_TIMEOUT instead. Any thread. */
void queue_rouse(struct via_queue *queue) __asm__("via_queue_rouse")
    __attribute__((visibility("default")));
