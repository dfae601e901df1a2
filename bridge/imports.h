/*
 * The references one end of a session has been given, by the other end's own numbers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "bridge/handle.h"
#include "codecs/state.h"

#define IMPORTS_CHUNK_BITS 5u
#define IMPORTS_CHUNK (1u << IMPORTS_CHUNK_BITS) /* slots whose memory comes together */

struct imported {
    void *attached;      /* the owner's own; NULL at first */
    uint32_t count;      /* what we hold; 0: no import */
    uint16_t generation; /* under which it was given */
    bool dead;
};

struct imports {
    struct imported **chunks; /* owned, each of IMPORTS_CHUNK slots or NULL */
    uint32_t n_chunks;
    uint32_t n_live;
    uint32_t limit; /* of n_live */
};

void imports_init(struct imports *imports, uint32_t limit);
void imports_deinit(struct imports *imports);
/* Forgets all of them. */
void imports_clear(struct imports *imports);

/*
 * One count more of @number. VIA_BAD_HANDLE: its slot is held under another generation;
 * VIA_BAD_REFERENCE: more references, or more counts of one, than we take; VIA_NO_MEMORY.
 */
VIA_MUST_USE enum via_status imports_add(struct imports *imports, uint32_t number);
/* NULL for what is no import. Stays where it is until its last count is gone. */
struct imported *imports_find(struct imports *imports, uint32_t number);
/* Gives up to @n counts back and returns how many there were. */
uint32_t imports_release(struct imports *imports, uint32_t number, uint32_t n);
/* The next import from slot *cursorp, 0 at first; NULL after the last. Others may be released
 * meanwhile. */
struct imported *imports_next(struct imports *imports, uint32_t *cursorp, uint32_t *numberp);
/* Saves them, or loads them into empty ones. */
void imports_state(struct imports *imports, struct state *state, state_object_fn object,
                   void *user);
