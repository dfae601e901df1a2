/*
 * The two-way calls one end of a session has sent and that await their reply.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "codecs/state.h"

struct sent_call {
    uint64_t context;  /* the owner's own */
    uint64_t until_ms; /* its deadline, by the owner's clock; 0: none */
    uint32_t id;
    uint32_t object; /* their handle that was called */
    uint32_t since;  /* when, by the owner's coarse clock; 0: it has none */
    bool waiting;    /* the slot is taken */
    bool forgotten;  /* nobody wants the reply */
    bool cancelled;  /* its CANCEL has been sent */
};

#define SENT_CALLS_MAX (1u << 20) /* what config `max_calls` may be at most */

struct sent_calls {
    struct sent_call *slots; /* owned; call @id stands at id & (capacity - 1) */
    uint32_t capacity;       /* a power of two; 0 at first */
    uint32_t n_waiting;
    uint32_t limit; /* of n_waiting */
    uint32_t last_id;
};

void sent_calls_init(struct sent_calls *calls, uint32_t limit);
void sent_calls_deinit(struct sent_calls *calls);
/* What the other end takes, where that is less. */
void sent_calls_limit(struct sent_calls *calls, uint32_t limit);

/* VIA_BUSY: as many as the limit wait already; VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status sent_calls_add(struct sent_calls *calls, uint64_t context,
                                            uint32_t *idp);
/* NULL for an id that waits for nothing. Valid until the next sent_calls_add(). */
struct sent_call *sent_calls_find(struct sent_calls *calls, uint32_t id);
void sent_calls_remove(struct sent_calls *calls, struct sent_call *call);
/* The next one that waits, in no order, from *cursorp, 0 at first; NULL after the last. */
struct sent_call *sent_calls_next(struct sent_calls *calls, uint32_t *cursorp);
/* Saves them, or loads them into empty ones. */
void sent_calls_state(struct sent_calls *calls, struct state *state);
