/*
 * The objects one end of a session has given out: handle to object by array, object to handle by
 * hash, and how many counts the other end holds of each.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "bridge/handle.h"
#include "codecs/state.h"

struct exported {
    void *object;        /* borrowed; NULL while the slot is free */
    uint32_t count;      /* of the other end; in a free slot the next free one */
    uint32_t partner;    /* their object that is in one order with it; 0: none */
    uint16_t generation; /* of what is there, or of what comes next; HANDLE_GENERATIONS: spent */
    bool is_introduced;  /* as a caller, by a frame that has gone out */
    uint8_t cause;       /* enum via_cause; not VIA_ALIVE once its DEATH has been sent */
};

struct exports {
    struct exported *slots; /* owned; slot 0 stays unused */
    uint32_t *index;        /* owned; twice as many as slots; slot numbers by hash of the object */
    uint32_t capacity;      /* of slots, a power of two; 0 at first */
    uint32_t n_slots;       /* ever used, with slot 0 */
    uint32_t n_live;
    uint32_t limit;      /* of n_live */
    uint32_t first_free; /* 0 when none */
};

void exports_init(struct exports *exports, uint32_t limit);
void exports_deinit(struct exports *exports);
/* What the other end takes, where that is less. */
void exports_limit(struct exports *exports, uint32_t limit);

/* One count more of @object. VIA_BUSY: the limit, or no handle is left; VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status exports_add(struct exports *exports, void *object, uint32_t *numberp,
                                         bool *newp);
/* NULL for what is not given out. Valid until the next exports_add(). */
struct exported *exports_find(struct exports *exports, uint32_t number);
struct exported *exports_find_object(struct exports *exports, const void *object,
                                     uint32_t *numberp);
/* VIA_OK: given out; VIA_NOT_FOUND: was, but is no more; VIA_BAD_HANDLE: never was. */
enum via_status exports_check(struct exports *exports, uint32_t number);

/* Takes @n counts back; sets *objectp to the object with its last one, else to NULL.
 * VIA_BAD_HANDLE: there are not so many. */
VIA_MUST_USE enum via_status exports_take_back(struct exports *exports, uint32_t number, uint32_t n,
                                               void **objectp);
/* Takes back one object whole, for the end of a session; NULL when there is none left. *cursorp is
 * 0 at first. */
void *exports_take_next(struct exports *exports, uint32_t *cursorp, uint32_t *numberp);
/* The next one given out from slot *cursorp + 1; NULL after the last. */
struct exported *exports_next(struct exports *exports, uint32_t *cursorp);
/* Saves them, or loads them into empty ones. */
void exports_state(struct exports *exports, struct state *state, state_object_fn object,
                   void *user);
