/*
 * Finds that wait for a name which is not there yet, served in order of arrival.
 */
#pragma once

#include "bridge/loop.h"
#include "gateway/directory.h"

struct waiter {
    struct loop_timer deadline;
    struct gateway *gateway;
    uint32_t session; /* session_key of who waits */
    uint32_t call;    /* its call */
    uint32_t id;      /* its place, for cancelling */
    uint64_t hash;
    char *family, *name;          /* in the waiter's own memory */
    struct waiter *next, **linkp; /* in its bucket */
};

#define WAITERS_BUCKETS 256u
#define WAITERS_MOST (1u << 20) /* what config `max_waiting_finds` may be at most, about */

struct waiters {
    struct {
        struct waiter *first, **lastp;
    } buckets[WAITERS_BUCKETS];
    struct waiter **places; /* owned; by id - 1 */
    uint32_t n_places, n, max, free_hint;
};

void waiters_init(struct waiters *waiters, uint32_t max);
/* Answers all that still wait with VIA_DEAD. */
void waiters_deinit(struct waiters *waiters);

/* Call @call of @session waits at most @wait_ms (UINT32_MAX: for ever). *idp is for cancelling. */
VIA_MUST_USE enum via_status waiters_add(struct waiters *waiters, struct session *session,
                                         uint32_t call, const char *family, const char *name,
                                         uint32_t wait_ms, uint32_t *idp);
/* One that waited in another process, under the id it had there; @limited: until deadline.at_ms.
 * VIA_INVALID: that cannot be. */
VIA_MUST_USE enum via_status waiters_restore(struct waiters *waiters, struct gateway *gateway,
                                             const struct waiter *waiter, bool limited);
/* @call of @session no longer waits: it is answered CANCELLED. */
void waiters_cancel(struct waiters *waiters, struct session *session, uint32_t call, uint32_t id);
void waiters_session_ended(struct waiters *waiters, struct session *session);
/* A name has appeared: who waits for it is answered. */
void waiters_appeared(struct waiters *waiters, const struct directory_entry *entry);
