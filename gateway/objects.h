/*
 * Objects as the gateway sees them: one for each object that a session's process has handed in,
 * whatever the number of those who hold it. It is there while anyone holds it: a session it was
 * given out to, a name, a subscription, a kept event, a JSON reference. When the last lets go, the
 * counts go back to its owner.
 *
 * Whoever holds a reference is a watcher: each holding session is told of the death, once.
 */
#pragma once

#include <viaduct/status.h>

#include "codecs/object.h"
#include "gateway/session.h"

struct bound;
struct directory_entry;
struct event_log;

struct gateway_object {
    struct object base;      /* what parcels count */
    struct gateway *gateway; /* borrowed */
    uint32_t owner;          /* session_key */
    uint32_t handle;         /* the owner's number for it; 0: stands for the session itself */
    uint32_t counts;         /* who keeps it */
    enum via_cause death;    /* VIA_ALIVE */
    bool remote;             /* its owner is on another host */
    bool has_layout;         /* layout is what its owner or its callers last spoke */
    uint16_t layout;
    uint32_t number;      /* gateway-wide; 0: none */
    uint16_t number_mode; /* who on this host may find it by that */
    uint16_t *holders;    /* owned: slots of the sessions that hold it */
    unsigned n_holders, holders_capacity;
    struct gateway_object *service; /* an opened one's, one count; NULL for others */
    struct event_log *log;          /* its service's, or its own; NULL until first needed */
    struct directory_entry *names;  /* directory.c's: its entries, by next_of_owner */
    struct bound *bound;            /* owned: how a client came to open it; NULL: not by bindings */
    struct gateway_object *next_free;
    uint32_t saved_as; /* its number while the gateway is being saved; else 0 */
};

struct objects {
    struct gateway_object *free; /* owned: a pool, with their lists of holders */
    unsigned n, n_free;
    struct gateway_object *ending; /* nobody keeps them; is_ending: somebody lets them end */
    bool is_ending;
};

void objects_init(struct objects *objects);
void objects_deinit(struct objects *objects);

/* A new object of @owner with one count. @handle 0: the session itself, as a caller. */
VIA_MUST_USE enum via_status objects_create(struct objects *objects, struct session *owner,
                                            uint32_t handle, struct gateway_object **objectp);
/* One that another process saved: to be filled in, with one count. */
VIA_MUST_USE enum via_status objects_restore(struct gateway *gateway,
                                             struct gateway_object **objectp);
struct gateway_object *objects_ref(struct gateway_object *object);
/* NULL is allowed. */
void objects_unref(struct gateway_object *object);

/* @session holds it from now on: a count, and a place among those told of its death; a JSON session
 * may hold it several times, a binary one does so once.
 * There is room for one after objects_reserve_hold(). */
VIA_MUST_USE enum via_status objects_reserve_hold(struct gateway_object *object);
void objects_hold(struct gateway_object *object, struct session *session);
void objects_let_go(struct gateway_object *object, struct session *session);

/* It has died: names, subscriptions and holders learn of it, once. */
void objects_died(struct gateway_object *object, enum via_cause cause);

/* The session it belongs to, or NULL if that has ended. */
struct session *objects_owner(const struct gateway_object *object);

/* What stands for @session as a caller, borrowed from it; made at first use. */
VIA_MUST_USE enum via_status objects_self(struct session *session, struct gateway_object **selfp);

/* The object of a parcel's reference. */
static inline struct gateway_object *objects_of(struct object *base)
{
    return (struct gateway_object *)base;
}
