/*
 * A gateway's whole state as octets and descriptors, from one process to the next. Each part has
 * one function that saves it or loads it. An object is a number in a table; a session is its slot.
 *
 * What does not move (JSON sessions, HTTP requests, WebSockets whose session cannot be resumed) is
 * left out; in the other process it has just ended.
 */
#pragma once

#include "bridge/peer_handover.h"
#include "codecs/state.h"
#include "gateway/gateway.h"

#define SNAPSHOT_VERSION 7u
#define SNAPSHOT_OBJECTS_MAX (1u << 28)

struct snapshot {
    struct state *state;     /* borrowed */
    struct gateway *gateway; /* borrowed */
    /* Saving: those met so far. Loading: all, one count each until snapshot_end(). */
    struct gateway_object **objects; /* owned */
    uint32_t n_objects, capacity;
    struct peer_handover peers;
};

/* Saves @gateway, which stays as it is. @state: state_save() before; deinit after. */
VIA_MUST_USE enum via_status snapshot_save(struct gateway *gateway, struct state *state);
/*
 * Loads it into @gateway, whose parts have just been made. Nothing is read from or written to a
 * link before the loop turns. VIA_INVALID, VIA_NO_MEMORY: state->fault may say why; the gateway is
 * only good for being destroyed, and has told nobody anything.
 */
VIA_MUST_USE enum via_status snapshot_load(struct snapshot *snapshot, struct gateway *gateway,
                                           struct state *state);
/* This process is the gateway now: what did not move ends here. Frees. */
void snapshot_end(struct snapshot *snapshot);
/* Frees without that. */
void snapshot_deinit(struct snapshot *snapshot);

/* ---- for the parts ---- */

/* state_object_fn for struct gateway_object; @user is the snapshot. Loading: borrowed. */
void snapshot_object(void *user, struct state *state, void **objectp);
struct gateway_object *snapshot_object_of(struct snapshot *snapshot, struct gateway_object *object);
/* One that must be there. */
struct gateway_object *snapshot_some_object(struct snapshot *snapshot,
                                            struct gateway_object *object);
/* A session that moves. */
struct session *snapshot_session(struct snapshot *snapshot, struct session *session);
/* Whether it does. */
bool snapshot_moves(const struct session *session);

/* sessions.c */
void snapshot_sessions(struct snapshot *snapshot);
/* names.c: directory, bindings, finds that wait, watches */
void snapshot_directory(struct snapshot *snapshot);
void snapshot_bindings(struct snapshot *snapshot);
void snapshot_waiters(struct snapshot *snapshot);
void snapshot_name_watches(struct snapshot *snapshot);
/* gateway/bound.c */
void snapshot_bounds(struct snapshot *snapshot);
/* sockets.c */
void snapshot_sockets(struct snapshot *snapshot);
