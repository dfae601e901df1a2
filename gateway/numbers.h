/*
 * Numbers that mean the same object to everyone at this gateway, for families whose programs carry
 * them inside their payloads. They are given out in blocks, so that whoever needs one need not wait
 * for it, and walked round, so that one that is free is not used again for long; never while
 * anybody holds the object that had it.
 *
 * A number is no right: numbers_find() gives an object to who may call it, and to nobody else.
 */
#pragma once

#include <viaduct/node.h>

#include "gateway/name_hash.h"
#include "gateway/session.h"

#define NUMBERS_FIRST VIA_NUMBER_FIRST
#define NUMBERS_LAST VIA_NUMBER_LAST
#define NUMBERS_RANGE (NUMBERS_LAST - NUMBERS_FIRST + 1u)
#define NUMBERS_BLOCK_MOST 65536u /* what config `max_number_block` may be at most */

struct number {
    uint32_t number;               /* 0: a free place */
    struct number_block *block;    /* with which it is set aside; NULL: it is not */
    struct gateway_object *object; /* that has it, a count while it lives; NULL: none */
    struct directory_entry *names; /* that stand for it, borrowed */
};

/* What a session has been given and has not used up. */
struct number_block {
    struct number_block *next, **linkp;
    uint32_t session; /* session_key */
    uint32_t first, n, n_left;
};

/* What proves that a number was given to who has it: what came with its block. */
struct number_proof {
    uint32_t first, n;
    uint64_t seal;
};

struct numbers {
    struct number *places; /* owned; a hash of open places */
    size_t n_places, n;    /* a power of two, at most half of it taken; 0 at first */
    uint64_t factor;       /* odd, nobody's to foresee */
    struct name_seed seed; /* of seals */
    uint32_t start; /* where the walk began: at random, away from what an earlier gateway gave */
    uint64_t n_walked;
    uint32_t max;       /* of one session */
    uint32_t max_block; /* given at once */
};

void numbers_init(struct numbers *numbers, uint32_t max, uint32_t max_block);
void numbers_deinit(struct numbers *numbers);

/* Sets up to @wanted aside for @session, 0: as many as there may be at once. VIA_BUSY: it has as
 * many as allowed. */
VIA_MUST_USE enum via_status numbers_give(struct numbers *numbers, struct session *session,
                                          uint32_t wanted, struct number_proof *blockp);
/*
 * @number is @object's from now on, which is @session's own; @mode says who on this host may find
 * it. One that was @session's in an earlier session, or at an earlier gateway, is taken again with
 * @proof, or NULL.
 * VIA_INVALID: no such number; VIA_EXISTS: another object has it, or the object another;
 * VIA_DENIED: it was given to somebody else; VIA_BUSY: as many as allowed; VIA_DEAD.
 */
VIA_MUST_USE enum via_status numbers_claim(struct numbers *numbers, struct session *session,
                                           uint32_t number, struct gateway_object *object,
                                           uint32_t mode, const struct number_proof *proof);
/* The object that has @number, if @session may call it; borrowed. VIA_NOT_FOUND: there is none, or
 * @session is on another host and has no right to it; VIA_DENIED. */
VIA_MUST_USE enum via_status numbers_find(const struct session *session, uint32_t number,
                                          struct gateway_object **objectp);
/* Who has @number, or had it and is still held; borrowed, NULL: nobody. */
struct gateway_object *numbers_holder(const struct numbers *numbers, uint32_t number);
/* Whether @session may call @object by what that is itself: as its owner, by a reference, by its
 * mode, or by one of its names. */
bool numbers_may_call(const struct session *session, const struct gateway_object *object);

/* ---- names that stand for a number alone; directory.c's ---- */

/* There is room for one. */
VIA_MUST_USE enum via_status numbers_reserve_name(struct numbers *numbers);
void numbers_add_name(struct numbers *numbers, struct directory_entry *entry);
void numbers_remove_name(struct numbers *numbers, struct directory_entry *entry);
/* The last that came to stand for @number; borrowed, NULL: there is none. */
struct directory_entry *numbers_name_of(const struct numbers *numbers, uint32_t number);
/* The object that @entry, which has none of its own, stands for: if it lives, and whoever published
 * the entry may call it. Borrowed; NULL: none. */
struct gateway_object *numbers_stands_for(const struct gateway *gateway,
                                          const struct directory_entry *entry);

/* ---- ends ---- */

/* It can be found no more; its number stays its own while somebody holds it. */
void numbers_object_died(struct numbers *numbers, struct gateway_object *object);
/* Nobody holds it. */
void numbers_object_ended(struct numbers *numbers, struct gateway_object *object);
/* What was set aside for it is free. Its objects have died. */
void numbers_session_ended(struct numbers *numbers, struct session *session);

/* ---- from process to process ---- */

void numbers_state(struct numbers *numbers, struct state *state);
/* What is set aside for a session. */
void numbers_state_of(struct numbers *numbers, struct state *state, struct session *session);
/* An object has been loaded, with its number. VIA_INVALID: it cannot have it. */
VIA_MUST_USE enum via_status numbers_restore(struct numbers *numbers,
                                             struct gateway_object *object);
