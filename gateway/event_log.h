/*
 * The log of an object's events: a ring of the last ones, and the newest of each event id. Both
 * count the same kept copies, which go back to the log's own pool, so that an object that emits
 * steadily takes no memory from the system.
 *
 * A kept event holds a count of each object it refers to (but for its own object, which would never
 * be let go then). Descriptors cannot be kept: they go with the live event only.
 */
#pragma once

#include "gateway/objects.h"

struct snapshot;
struct subscription;

struct kept_event {
    uint32_t counts;    /* ring, latest */
    struct frame frame; /* points into octets */
    uint64_t number, at_ms;
    size_t size, capacity;
    struct kept_event *next_free;
    struct gateway_object **objects; /* owned, with counts; NULL without references */
    uint8_t *octets;                 /* owned: references, body, tape */
};

struct event_log {
    uint64_t epoch, newest;
    struct kept_event **ring; /* by number % kept_max */
    uint64_t oldest;          /* in the ring; newest + 1 when it is empty */
    size_t kept_size;
    struct kept_event **latest; /* newest of each id, in no order */
    unsigned n_latest;
    struct subscription *subscriptions;
    struct kept_event *free;
    unsigned n_free;
    uint64_t n_dropped;  /* of its subscriptions, together */
    uint64_t spread_to;  /* the newest that its subscriptions have been given */
    size_t pending_size; /* octets of those behind it, encoded */
    bool is_unsettled;
    struct gateway_object *next_unsettled;
};

/* Whose log an object's events stand in: an opened object's in its service's. */
static inline struct gateway_object *event_log_home(struct gateway_object *object)
{
    return object->service != NULL ? object->service : object;
}
/* The log of @object, made when there is none; NULL: no memory. */
struct event_log *event_log_of(struct gateway_object *object);
/* These are for a log's home. Puts the event that has number log->newest into ring and table. NULL:
 * there was no memory. */
struct kept_event *event_log_keep(struct gateway_object *object, const struct message *message);
void event_log_drop_oldest(struct gateway_object *object);
/* All of them. */
void event_log_drop_kept(struct gateway_object *object);
/* Frees the log, if it is @object's own; nobody subscribes any more. */
void event_log_forget(struct gateway_object *object);

/* The newest event of @id, or NULL. */
const struct kept_event *event_log_latest_of(const struct event_log *log, uint32_t id);
/* Of the newest of each id that with the smallest number above @after, up to @to; or NULL. */
const struct kept_event *event_log_next_latest(const struct event_log *log, uint64_t after,
                                               uint64_t to);

/* From process to process: what is kept of @object, whose log is there. */
void event_log_state(struct snapshot *snapshot, struct gateway_object *object);
