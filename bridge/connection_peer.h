/*
 * The ear of a connection: what its peer tells.
 */
#pragma once

#include "bridge/peer.h"

struct connection;
struct via_node;

/* The user is the node. */
extern const struct peer_ops connection_peer_ops;

/* What bridge/connection.c does for it; lock held. */

/* Wakes those that wait for a change of state, or for the outbox to run empty. */
void connection_changed(struct connection *connection);
/* There was a session, and all that belonged to it has ended: tells so. */
void connection_session_ended(struct via_node *node);
