/*
 * What dev_mgr asks of the supervisor's children.
 */
#pragma once

#include "bridge/hdf/host_message.h"

/* Asks and waits for the answer, as long as it takes. HDF_FAILURE: the child does not run, or ends
 * meanwhile. Any thread. */
int32_t host_requests_ask(uint32_t host, enum host_message_kind kind, uint32_t id);

/* A child runs, and is spoken to by @socket, borrowed until it has ended. */
void host_requests_begin(uint32_t host, int socket);
void host_requests_end(uint32_t host);
/* No child answers any more. */
void host_requests_close(void);
void host_requests_take(uint32_t host, const struct host_message *answer);
