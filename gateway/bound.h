/*
 * Clients that have opened the service to which one of their interfaces is bound: for the operator,
 * who sees whose session is with whom, also when the binding says something else by now, or the
 * service is no longer published.
 */
#pragma once

#include "gateway/directory.h"

#define BOUND_FINDS_MAX 64u /* that are remembered of one session; then the oldest is forgotten */

/* What a session has found through its bindings; then, a copy of that, what it opened there. */
struct bound {
    struct bound *next, **linkp;    /* in the list of its session, or of all; linkp NULL: in none */
    const char *family, *interface; /* the client's */
    const char *protocol, *name;    /* the service's, in its own memory like the others */
    uint32_t server_uid;            /* as bindings count it */
    uint32_t client;                /* session_key */
    uint32_t owner, handle;         /* which object the service was */
    bool is_fresh;                  /* it has not been opened since it was found */
    uint64_t sequence;              /* of opening */
    struct gateway_object *opened;  /* borrowed: it knows of us */
};

/* Those that are open. */
struct bounds {
    struct bound *first, **lastp; /* in order of opening */
    uint64_t next_sequence;
};

void bounds_init(struct bounds *bounds);

/* @client has found @entry by the name of its own @interface. */
void bounds_found(struct session *client, const struct directory_entry *entry,
                  const char *interface, const char *protocol);
/* Forgets what @client has found. */
void bounds_session_ended(struct session *client);
/* Before @client opens @service: what is to be said of that, owned by the caller. NULL: it did not
 * find it so, or there is no memory to say it with. */
struct bound *bounds_opening(struct session *client, const struct gateway_object *service);
/* It has been given @opened; takes @bound. */
void bounds_opened(struct bounds *bounds, struct bound *bound, struct gateway_object *opened);
/* @object is dead, or nobody keeps it: if it was opened so, it is no longer. */
void bounds_object_ended(struct gateway_object *object);
/* Frees one that has not been opened. NULL is allowed. */
void bound_destroy(struct bound *bound);

/* The first that was opened after the one with @sequence; 0: the first of all. */
const struct bound *bounds_after(const struct bounds *bounds, uint64_t sequence);

/* From process to process. One that is being opened, or NULL, owned by the caller. */
struct snapshot;
struct bound *bound_state(struct snapshot *snapshot, struct bound *bound);
void bounds_state_found(struct snapshot *snapshot, struct session *session);
