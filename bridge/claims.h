/*
 * The gateway-wide numbers of objects of this process: blocks of them that the gateway has set
 * aside, and which stub has claimed which.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/object.h>

struct claim;
struct claim_block;

#define CLAIMS_WANTED_FIRST 16u  /* numbers asked for at first; then twice as many each time, */
#define CLAIMS_WANTED_MOST 1024u /* up to so many */

struct claims {
    struct claim *first, **last;       /* owned, the oldest first; each with a count of its stub */
    struct claim_block *blocks, **end; /* owned, of the session at hand */
    uint64_t session;                  /* in which these were given */
    uint32_t n_left;                   /* in all of them */
    uint32_t wanted;                   /* how many are asked for next */
    bool asking;                       /* more are, without waiting */
};

void claims_init(struct claims *claims);

/* All with the lock held. */

/* There is a session: what is not claimed in it yet is claimed. */
void claims_restore(struct via_node *node);
/* @stub, which has a number, is withdrawn: the gateway knows by itself. */
void claims_drop(struct via_stub *stub);
/* A claim of this session was refused. */
void claims_refused(enum via_status status);
/* The node is closed: all stubs are let go. */
void claims_end_all(struct via_node *node);
/* In the child of a fork: the numbers are the parent's. */
void claims_forget(struct via_node *node);
