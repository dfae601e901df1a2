/*
 * A walk: what a path of the family phoenix leads to, as a session would find out by asking one
 * server after the other. It is the same to them: they see that session ask.
 */
#pragma once

#include "codecs/phoenix_path.h"
#include "gateway/phoenix_ask.h"

#define PHOENIX_PATH_MAX 65536u /* octets of a path, with its NUL */

/* What became of a message: it was delivered with VIA_OK, and err is what its server says of it,
 * or what is wrong with the answer. */
struct phoenix_outcome {
    enum via_status status;
    enum via_cause cause;
    int32_t err;
};

struct phoenix_walk {
    struct phoenix_ask ask;         /* its first member; priority and until_ms may be set */
    struct phoenix_place fil, dev;  /* how far it has come */
    struct phoenix_outcome outcome; /* of the way */
    bool asks_mode;                 /* also for the mode of fil, where the way is known */
    struct phoenix_outcome mode_outcome;
    int64_t mode;
    const char *rest; /* not followed yet, in path; NULL: nothing */
    char *path;       /* owned */
    uint32_t n_hops;
    bool is_over;
    /* It is over; may deinit it. */
    void (*done)(struct phoenix_walk *walk);
};

/* On behalf of @session; then done, ask.ended and ask.moves are to be set, and what may be. */
void phoenix_walk_init(struct phoenix_walk *walk, struct session *session);
/* It can begin again, with another path. */
void phoenix_walk_renew(struct phoenix_walk *walk);
/* Does not go on, if it is under way. */
void phoenix_walk_deinit(struct phoenix_walk *walk);

/*
 * Begins. VIA_OK: its first answer is waited for, or is_over: then nothing else is told. Otherwise
 * no name leads there: VIA_NOT_FOUND, VIA_DENIED; VIA_TOO_LARGE, VIA_NO_MEMORY.
 */
VIA_MUST_USE enum via_status phoenix_walk_begin(struct phoenix_walk *walk, const char *path);
/* It is not wanted any more: over, unless the server asked now has seen the message. */
void phoenix_walk_cancel(struct phoenix_walk *walk);
