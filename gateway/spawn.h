/*
 * Child processes that clients have asked for: the configured helper program runs a library that
 * the configuration names, publishes what the library gives under a name that only it and the
 * gateway know, and reports. The gateway answers the asker with that object. A child ends with who
 * asked for it.
 *
 *   HELPER LIBRARY NAME, with VIADUCT_GATEWAY set to the local socket and descriptor 3 a Unix
 * socket: it writes an i32 there, 0 when NAME is published, else the family's own error; then it
 * reads one octet, which says that NAME has been found; end of file there tells it to end.
 */
#pragma once

#include "gateway/session.h"

struct child;

struct spawn {
    struct child *first; /* owned */
    unsigned n;
};

/*
 * Starts @library for call @call of @session, which is answered when the child has reported.
 * VIA_UNSUPPORTED: no library may be started here. VIA_DENIED: not this one. VIA_BUSY:
 * max_children.
 */
VIA_MUST_USE enum via_status spawn_start(struct session *session, uint32_t call,
                                         const char *library);
/* Its children are told to end. */
void spawn_session_ended(struct session *session);
/* From process to process (gateway/handover/). The other process is not their parent: it learns of
 * their end all the same, but not how it was. */
struct snapshot;
void spawn_state(struct snapshot *snapshot);
/* Children of sessions that are no more are told to end. */
void spawn_end_lost(struct gateway *gateway);
/* All children are told to end, and are forgotten. */
void spawn_deinit(struct gateway *gateway);
