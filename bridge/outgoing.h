/*
 * Calls of ours under way, to the link or to a stub of this process. Lock held throughout.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/object.h>

#include "codecs/frame.h"

struct via_call;
struct via_node;
struct meta;

struct outgoing {
    struct via_node *node; /* borrowed */
    /* Its outcome is there, exactly once; may free it. */
    void (*finished)(struct outgoing *outgoing);
    bool wants_reply;
    bool under_way;
    enum via_status status;
    int32_t result;
    enum via_cause cause;     /* of VIA_DEAD */
    struct via_parcel *reply; /* owned; NULL: empty, or not wanted */
    uint32_t id;              /* in @session, if it went to the link */
    uint64_t session;
    struct via_call *local; /* borrowed until it is answered, if it went to a stub of ours */
    uint64_t chain;
    uint32_t depth;
};

/* Where a call goes. */
struct target {
    uint32_t number;        /* their handle; 0: the directory */
    enum via_layout layout; /* VIA_LAYOUT_CONTROL for a verb of the core's, else the parcel's */
    uint32_t code;
    uint32_t time_ms; /* FRAME_NO_DEADLINE: none */
};

/* Sends it; finished() comes later, never from here. @chained: this thread is going to wait. */
VIA_MUST_USE enum via_status outgoing_send(struct outgoing *outgoing, const struct target *target,
                                           struct via_parcel *request, bool chained);
/* A oneway. */
VIA_MUST_USE enum via_status outgoing_send_oneway(struct via_node *node,
                                                  const struct target *target,
                                                  struct via_parcel *request);
/* A call of this process's to @stub: made, not yet dispatched. @outgoing: NULL for a oneway. The
 * request is copied. */
VIA_MUST_USE enum via_status outgoing_make_local(struct outgoing *outgoing, struct via_stub *stub,
                                                 const struct target *target,
                                                 struct via_parcel *request,
                                                 struct via_call **callp);

void outgoing_replied(struct via_node *node, uint64_t context, const struct frame *frame,
                      const int *fds);
/* Sets the outcome and tells it. Takes @reply. */
void outgoing_finish(struct outgoing *outgoing, enum via_status status, int32_t result,
                     struct via_parcel *reply);
/* Nobody waits for it any more: finished() does not come. */
void outgoing_abandon(struct outgoing *outgoing);
/* Asks the callee to stop; finished() still comes. */
void outgoing_cancel(struct outgoing *outgoing);

VIA_MUST_USE enum via_status outgoing_copy(struct via_parcel *parcel, struct via_parcel **copyp);
