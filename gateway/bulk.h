/*
 * Bulk: what events have put into many links at once is written a few links a turn, so that calls
 * go on between them. Meanwhile those who emitted are not read from: what they would send has
 * nowhere to go but memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "bridge/loop.h"

/* A link to be written, or a source that is held. Embedded by its owner; zeroed at first. */
struct bulk_item {
    struct bulk_item *next;
    void (*run)(struct bulk_item *item); /* writes it; or lets it go on. May destroy its owner */
    bool queued;
};

struct bulk_queue {
    struct bulk_item *first, **last;
};

struct bulk {
    struct loop *loop; /* borrowed */
    struct loop_timer timer;
    struct bulk_queue links, sources;
    bool is_spreading; /* what is put into links now comes from events */
    unsigned n_direct; /* links that events of this turn have not come to the queue with */
};

void bulk_init(struct bulk *bulk, struct loop *loop);
/* Nothing may be queued any more. */
void bulk_deinit(struct bulk *bulk);

/* Events are being spread, until false. */
void bulk_spreading(struct bulk *bulk, bool is_spreading);
/* A new turn. */
void bulk_next_turn(struct bulk *bulk);
/* Queues @link's writing; false: it is to be written with this turn like all else. */
bool bulk_takes(struct bulk *bulk, struct bulk_item *link);
/* Whether anything waits to be written; then @source is run once it has been. */
bool bulk_holds(struct bulk *bulk, struct bulk_item *source);
/* Its owner goes. */
void bulk_drop(struct bulk *bulk, struct bulk_item *item);
