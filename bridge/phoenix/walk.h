/*
 * Where a path leads, in one question to the gateway, which asks the servers. What it cannot say
 * lookup() finds out from one server after the other.
 */
#pragma once

#include <stdbool.h>
#include <sys/msg.h>

enum { WALK_UNDECIDED = 1 };

struct walk_end {
    oid_t fil, dev;    /* as lookup() sets them, if it does */
    bool is_decided;   /* the gateway says so */
    bool is_found;     /* some name leads there, so these are set, also with an error */
    int mode_result;   /* of asking for the mode: 0, or negative */
    unsigned int mode; /* of fil, with 0 */
};

/* As lookup(), which has checked @path; or WALK_UNDECIDED. @asks_mode: for the mode, too, if the
 * path is found. -EINTR as lookup(), also as mode_result. */
int walk_at_gateway(const char *path, bool asks_mode, struct walk_end *end);
