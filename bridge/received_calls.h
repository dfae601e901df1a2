/*
 * The two-way calls one end of a session has received and not answered yet.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "codecs/state.h"

struct received_call {
    uint64_t context; /* the owner's own; 0 at first */
    uint32_t id;
    uint32_t object; /* our handle that was called */
    bool taken;
    bool cancelled; /* the owner has been told */
};

#define RECEIVED_CALLS_MAX (1u << 20) /* what config `max_calls` may be at most */

struct received_calls {
    struct received_call *slots; /* owned; open addressing by id */
    uint64_t seed;               /* so that a sender cannot choose ids that collide */
    uint32_t capacity;           /* a power of two; 0 at first */
    uint32_t n_calls;
    uint32_t limit; /* of n_calls */
};

void received_calls_init(struct received_calls *calls, uint32_t limit, uint64_t seed);
void received_calls_deinit(struct received_calls *calls);
/* Forgets all of them, and what ids there were. */
void received_calls_clear(struct received_calls *calls);

/* VIA_BAD_KIND: @id is in flight; VIA_BUSY: over the limit; VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status received_calls_add(struct received_calls *calls, uint32_t id,
                                                uint32_t object);
/* NULL for an id that is not in flight. Valid until the next add or remove. */
struct received_call *received_calls_find(const struct received_calls *calls, uint32_t id);
void received_calls_remove(struct received_calls *calls, struct received_call *call);
/* Saves them, or loads them into empty ones. */
void received_calls_state(struct received_calls *calls, struct state *state);
