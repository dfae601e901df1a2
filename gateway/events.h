/*
 * Events: an owner emits each once; the gateway numbers it, keeps the last ones, and passes it to
 * the object's subscriptions. A subscription remembers the next number it wants. Where its session
 * is full it falls behind, and goes on from the kept events when there is room again: so the kept
 * ones are its queue, and no subscriber costs memory by being slow. What becomes of the rest is its
 * policy: what is no longer kept was dropped from its front, and it is told how many; or only the
 * newest of each id goes on; or its link is closed.
 */
#pragma once

#include "bridge/loop.h"
#include "codecs/event_filter.h"
#include "gateway/objects.h"
#include "gateway/sieve.h"

enum events_from { EVENTS_NOW = 0, EVENTS_LATEST = 1, EVENTS_SINCE = 2 };

struct subscription {
    uint32_t id;                      /* what the subscriber names it by */
    struct session *session;          /* borrowed: the subscriber, which closes it at its end */
    struct gateway_object *target;    /* one count */
    struct gateway_object *sink;      /* one count; the subscriber's own */
    uint64_t next;                    /* number of the next event it wants */
    uint64_t lost;                    /* before that, not yet told */
    uint64_t latest_after, latest_to; /* while it is given the latest of each id: from, to */
    enum event_policy policy;
    struct sieve *sieve;   /* owned; NULL: it wants all */
    struct loop_timer due; /* while events wait for their time */
    uint64_t dropped;      /* not yet told to the operator */
    uint64_t n_dropped;    /* in all */
    uint64_t told_ms;      /* when the operator was; 0: never */
    bool skips;            /* what is not among the latest is lost to it */
    bool started;          /* its reply has gone, and its target lives: events may go */
    bool behind;           /* its session was full */
    enum via_cause death;  /* to be told once it has caught up */
    struct subscription *next_of_target, *next_of_session;
};

/* Where a subscription stands when it begins. */
struct events_start {
    uint64_t epoch, number; /* the newest so far */
    bool recovered;         /* with SINCE: nothing in between was lost */
};

/* Events of one object, one behind the other, encoded for whoever wants them as they are: what
 * differs for each is the handle in them. */
#define EVENT_RUN_MAX 64u
#define EVENT_RUN_SIZE 32768u
struct event_run {
    uint8_t *octets; /* owned; EVENT_RUN_SIZE */
    size_t size;
    uint32_t n, largest; /* largest: octets of a payload, or a tape */
};

#define EVENTS_PLACE_BITS 20u

struct events {
    struct subscription **places; /* owned; by the low EVENTS_PLACE_BITS of id */
    unsigned n_places, n, max;
    uint32_t next_place; /* where to look for a free one first */
    uint32_t generation;
    struct gateway_object *unsettled; /* owned, with counts: they have events to be spread */
    struct loop_task settle;
    struct event_run run;
    struct loop_task evict;     /* closes sessions that did not keep up and asked for that */
    unsigned kept_max, ids_max; /* each object */
    size_t kept_size_max;       /* octets, each object */
    uint64_t n_dropped;         /* events that subscribers did not keep up with, counted for each */
};

VIA_MUST_USE enum via_status events_init(struct events *events, unsigned max, unsigned kept_max,
                                         unsigned ids_max, size_t kept_size_max);
void events_deinit(struct events *events);

/* An event of @object: numbered, kept, passed on by the end of the turn. Descriptors stay the
 * caller's. */
void events_publish(struct gateway_object *object, const struct message *message);
/* Passes on what has been published. Whatever else goes through the gateway asks for it first, so
 * that nothing overtakes an event. */
void events_settle_all(struct events *events);
static inline void events_settle(struct events *events)
{
    if (events->unsettled != NULL)
        events_settle_all(events);
}
/* One of @object's that did not come whole: it has its number, and everybody misses it. */
void events_lost(struct gateway_object *object);

/* What a subscriber asks for. */
struct events_wish {
    enum events_from from;
    uint64_t epoch, number;            /* with EVENTS_SINCE */
    const struct event_filter *filter; /* borrowed; its policy is not ANY */
};

/* A subscription of @session; its events begin with events_begin(), after it has been told @startp.
 * VIA_DEAD: @target is dead. VIA_BUSY: too many. */
VIA_MUST_USE enum via_status
events_subscribe(struct session *session, struct gateway_object *target,
                 struct gateway_object *sink, const struct events_wish *wish,
                 struct events_start *startp, struct subscription **subscriptionp);
void events_begin(struct subscription *subscription);
/* Frees one that stands in no list any more, or not yet. */
void events_free(struct subscription *subscription);
/* Ends it, freeing it. */
void events_unsubscribe(struct subscription *subscription);
/* The subscription of @session with @id, or NULL. */
struct subscription *events_find(struct session *session, uint32_t id);

/* The epoch of an object's events; 0 when it has none yet. */
uint64_t events_epoch(const struct gateway_object *object);

void events_session_drained(struct session *session);
void events_session_ended(struct session *session);
/* Whether @session has events of @object still to come. */
bool events_is_behind(const struct gateway_object *object, const struct session *session);
/* The object died: what is kept goes once all have it. If it was a sink, what it served ends. */
void events_object_died(struct gateway_object *object);
/* From process to process (gateway/handover/): the subscriptions of sessions that move, and an
 * object's log. */
struct snapshot;
void events_state(struct snapshot *snapshot);
void events_state_log(struct snapshot *snapshot, struct gateway_object *object);
