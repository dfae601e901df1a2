/*
 * A link over a connected Unix stream socket, the only one that can pass descriptors.
 */
#pragma once

#include <sys/socket.h>

#include "bridge/link.h"
#include "codecs/state.h"

/* Takes @fd, connected, on VIA_OK only. opened comes from the next turn of the loop. */
VIA_MUST_USE enum via_status unix_link_create(struct link **linkp, struct loop *loop, int fd,
                                              struct outbox *outbox,
                                              const struct link_events *events, void *user);

/* Whether @link, NULL allowed, is one of these and open. */
bool unix_link_is_open(const struct link *link);

/* From process to process: saves a link that is open, with what is left over of an unfinished
 * frame; its socket stays open here as well. False: it is not open. */
bool unix_link_save(struct link *link, struct state *state);
/* Loads one. opened does not come again. NULL after a failure. */
struct link *unix_link_load(struct loop *loop, struct state *state, struct outbox *outbox,
                            const struct link_events *events, void *user);

/* Connects to the socket at @path without blocking. VIA_NOT_CONNECTED with the reason logged when
 * nobody listens there. */
VIA_MUST_USE enum via_status unix_link_connect(struct link **linkp, struct loop *loop,
                                               const char *path, struct outbox *outbox,
                                               const struct link_events *events, void *user);

/* The kernel's word for who is at the other end (SO_PEERCRED). */
const struct ucred *unix_link_peer(const struct link *link);
