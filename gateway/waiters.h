/*
 * Finds that wait, for a name which is not there yet, or for what an interface is bound to; served
 * in order of arrival.
 */
#pragma once

#include "bridge/loop.h"
#include "gateway/bindings.h"
#include "gateway/directory.h"

struct waiter {
    struct loop_timer deadline;
    struct gateway *gateway;
    uint32_t session;  /* session_key of who waits */
    uint32_t call;     /* its call */
    uint32_t id;       /* its place, for cancelling */
    uint64_t sequence; /* of arrival */
    bool is_bound;     /* name is its own interface's: bindings say what it waits for */
    uint64_t hash;     /* of the name it waits for */
    char *family, *name, *protocol; /* in the waiter's own memory */
    struct waiter *next, **linkp;   /* in its bucket; linkp NULL: in none, no name would do */
    struct waiter *next_arrived, **arrived_linkp;
};

#define WAITERS_BUCKETS 256u
#define WAITERS_MOST (1u << 20) /* what config `max_waiting_finds` may be at most, about */

struct waiters {
    struct {
        struct waiter *first, **lastp;
    } buckets[WAITERS_BUCKETS];
    struct waiter *first, **lastp; /* all, in order of arrival */
    struct waiter **places;        /* owned; by id - 1 */
    uint32_t n_places, n, max, free_hint;
    uint64_t next_sequence;
};

/* What is waited for; texts are borrowed. */
struct waiters_wish {
    const char *family, *name, *protocol;
    bool is_bound;
};

void waiters_init(struct waiters *waiters, uint32_t max);
/* Answers all that still wait with VIA_DEAD. */
void waiters_deinit(struct waiters *waiters);

/* Call @call of @session waits at most @wait_ms (UINT32_MAX: for ever). *idp is for cancelling. */
VIA_MUST_USE enum via_status waiters_add(struct waiters *waiters, struct session *session,
                                         uint32_t call, const struct waiters_wish *wish,
                                         uint32_t wait_ms, uint32_t *idp);
/* One that waited in another process, under the id it had there; @limited: until deadline.at_ms.
 * What it is bound to is looked at by waiters_judge(). VIA_INVALID: that cannot be. */
VIA_MUST_USE enum via_status waiters_restore(struct waiters *waiters, struct gateway *gateway,
                                             const struct waiter *waiter, bool limited);
/* @call of @session no longer waits: it is answered CANCELLED. */
void waiters_cancel(struct waiters *waiters, struct session *session, uint32_t call, uint32_t id);
void waiters_session_ended(struct waiters *waiters, struct session *session);
/* A name has appeared or gone: who waits for it is looked at. */
void waiters_appeared(struct waiters *waiters, const struct directory_entry *entry);
void waiters_gone(struct waiters *waiters, const struct directory_entry *entry);
/* Bindings have changed: who waits for what they say is looked at. */
void waiters_judge(struct waiters *waiters);

/* ---- lists ---- */

/* One that waits, or is bound to what it has opened, for people; texts are borrowed. */
struct waiters_line {
    const char *family, *interface, *protocol;
    uint32_t uid; /* as bindings count it */
    int32_t pid;
    struct bindings_target target; /* state WAITING_PLAIN: for the name itself */
};
/* Walks those that wait, in order of arrival, then those that do no more, in order of opening. */
struct waiters_walk {
    const struct gateway *gateway;
    const char *family;
    const struct waiter *waiter; /* the next */
    const struct bound *bound;   /* then */
    uint64_t place;              /* of the last that was given */
};
/* Those of @family ("": all) behind @place, 0 at first. */
void waiters_walk_begin(struct waiters_walk *walk, const struct gateway *gateway,
                        const char *family, uint64_t place);
/* False: there are no more. */
bool waiters_walk_next(struct waiters_walk *walk, struct waiters_line *line);
