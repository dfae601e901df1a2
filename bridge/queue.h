/*
 * Queues: calls that wait until the program takes them.
 */
#pragma once

#include <viaduct/object.h>

struct via_queue *queue_ref(struct via_queue *queue);   /* NULL is allowed */
struct via_queue *queue_unref(struct via_queue *queue); /* no lock held */
/* @call comes last; its count is taken. Lock held. */
void queue_put(struct via_queue *queue, struct via_call *call);
