/*
 * A client's attachment: one opening of a session, from the finding of its service to the end of
 * what was opened. All of it on the session's thread.
 */
#pragma once

#include "bridge/legato/client.h"
#include "bridge/legato/message.h"

/* Waits for the service if @wait. VIA_OK: the client has it. Others: VIA_NOT_FOUND: bound, but not
 * there; VIA_DENIED; VIA_NOT_CONNECTED ... Fatal where the service speaks another protocol. */
VIA_MUST_USE enum via_status attachment_open(struct client *client, bool wait);
/* @opened, which may be NULL, is told from the loop when it is open. */
VIA_MUST_USE enum via_status
attachment_open_later(struct client *client, le_msg_SessionEventHandler_t opened, void *context);
/* The client has none any more; callbacks that wait get NULL first. */
void attachment_close(struct attachment *attachment);

/* Whether the program knows it is open. */
bool attachment_is_open(const struct attachment *attachment);
/* What cannot be sent ends the attachment, from the loop. */
void attachment_send(struct attachment *attachment, struct message *message);
void attachment_request(struct attachment *attachment, struct message *message,
                        le_msg_ResponseCallback_t callback, void *context);
/* NULL: there is no answer. */
struct message *attachment_request_sync(struct attachment *attachment, struct message *message);
