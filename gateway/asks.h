/*
 * Calls that the gateway makes by itself, on behalf of a session: who is called sees that session
 * as its caller. The answer comes back here, and not to the session.
 */
#pragma once

#include "gateway/objects.h"

struct ask;

#define ASKS_OF_SESSION 256u /* under way at once */

/* None of these ends a session. Each may free the ask, or send another with it. */
struct ask_ops {
    /* The reply, as router_reply() has it; VIA_DEAD is one too. Descriptors stay the caller's. */
    void (*answered)(struct ask *ask, const struct message *reply);
    /* The session has ended: nobody wants it. It has been dropped. */
    void (*ended)(struct ask *ask);
    /* Another process takes the gateway's place: whoever waits is told so, if the session goes with
     * it. It has not been dropped. May be NULL: the session stays here. */
    void (*moves)(struct ask *ask);
};

/* In its owner's storage. */
struct ask {
    const struct ask_ops *ops;
    struct session *session; /* borrowed */
    uint64_t context;        /* for router_cancel() */
    uint32_t id;             /* 0: it is not under way */
    struct ask *next, **linkp;
};

struct asks {
    struct ask **places; /* owned; from 1 */
    uint32_t n_places, n, generation;
};

void asks_deinit(struct asks *asks);

/* Sends @frame, a CALL without references and descriptors. On VIA_OK one of its functions is called
 * later. VIA_BUSY: as many as allowed; VIA_DEAD, ... */
VIA_MUST_USE enum via_status asks_send(struct ask *ask, struct gateway_object *object,
                                       const struct frame *frame);
/* The answer is no longer wanted, but waited for: it says whether its callee has seen it. */
void asks_cancel(struct ask *ask);
/* Nothing is heard of it any more. One that is not under way is left alone. */
void asks_drop(struct ask *ask);

/* router.c's: the reply to the ask with @id, if that is still under way. */
void asks_answered(struct asks *asks, uint32_t id, const struct message *reply);
/* On whose behalf; NULL: it is not under way any more. */
struct session *asks_session(const struct asks *asks, uint32_t id);

void asks_session_ended(struct session *session);
/* Before the state is saved: the other process knows nothing of them. */
void asks_move(struct asks *asks);
