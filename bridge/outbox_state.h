/*
 * What the parts of an outbox share: outbox.c (its life and work) and outbox_handover.c (from
 * process to process).
 */
#pragma once

#include "bridge/outbox.h"

struct outbox {
    struct outbox_block *head, *tail;      /* owned: what waits */
    struct outbox_block *kept, *kept_tail; /* owned: written, not acknowledged */
    struct outbox_block *urgent;           /* owned; NULL while there is none */
    size_t size;                           /* that wait, urgent ones too */
    size_t kept_size, window;              /* window 0: nothing is kept */
    uint64_t n_frames;                     /* added so far */
    uint64_t n_given;                      /* of which a part may have been written */
    bool held;                             /* there is no link for what waits */
    outbox_refill_fn refill;               /* NULL for none */
    void *refill_user;                     /* borrowed */
};
