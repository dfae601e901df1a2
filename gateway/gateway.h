/*
 * What the parts of a gateway share. The embedding API is <viaduct/gateway.h>.
 */
#pragma once

#include <viaduct/gateway.h>

#include "bridge/loop.h"
#include "gateway/audit.h"
#include "gateway/config.h"
#include "gateway/directory.h"
#include "gateway/events.h"
#include "gateway/local.h"
#include "gateway/name_watches.h"
#include "gateway/objects.h"
#include "gateway/session.h"
#include "gateway/waiters.h"

struct binary;

struct gateway {
    struct loop *loop; /* owned */
    struct config config;
    struct audit audit;
    uint64_t epoch; /* random, new at each start */
    struct sessions sessions;
    struct objects objects;
    struct directory directory;
    struct waiters waiters;
    struct name_watches name_watches;
    struct events events;
    struct local local;
    struct binary *binaries; /* owned: all there are, also those whose goodbye is being written */
    unsigned n_links;
    /* For one message on its way, at most one at a time: nothing that crosses is kept there. */
    struct {
        struct gateway_object *objects[FRAME_REFS_MAX];
        uint8_t refs[FRAME_REFS_MAX * FRAME_REF_SIZE];
        uint8_t fds[UINT8_MAX * FRAME_FD_SIZE];
    } scratch;
};

/* What ends with every session, whatever its kind: called once, when it takes no more. */
void gateway_session_ended(struct session *session, enum via_cause cause);
/* Its link has room again. It must not end it. */
void gateway_session_drained(struct session *session);
