/*
 * A client's connection: one opening of a session, from the finding of its service to the end of
 * what was opened. All of it on the session's thread.
 */
#pragma once

#include "bridge/legato/client.h"
#include "bridge/legato/message.h"

/* Waits for the service if @wait. VIA_OK: the client has it. Others: VIA_NOT_FOUND: bound, but not
 * there; VIA_DENIED; VIA_NOT_CONNECTED ... Fatal where the service speaks another protocol. */
VIA_MUST_USE enum via_status connection_open(struct client *client, bool wait);
/* @opened, which may be NULL, is told from the loop when it is open. */
VIA_MUST_USE enum via_status
connection_open_later(struct client *client, le_msg_SessionEventHandler_t opened, void *context);
/* The client has none any more; callbacks that wait get NULL first. */
void connection_close(struct connection *connection);

/* Whether the program knows it is open. */
bool connection_is_open(const struct connection *connection);
/* What cannot be sent ends the connection, from the loop. */
void connection_send(struct connection *connection, struct message *message);
void connection_request(struct connection *connection, struct message *message,
                        le_msg_ResponseCallback_t callback, void *context);
/* NULL: there is no answer. */
struct message *connection_request_sync(struct connection *connection, struct message *message);
