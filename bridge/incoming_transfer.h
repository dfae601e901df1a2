/*
 * A transfer that comes in: what is known of it, and what of it has come. For incoming_*.c alone.
 */
#pragma once

#include <stdbool.h>

#include "bridge/passage.h"
#include "bridge/peer_state.h"

enum fate {
    FATE_WHOLE,  /* put together */
    FATE_PIECES, /* passed on */
    FATE_DROPPED
};

struct incoming_transfer {
    struct peer *peer; /* borrowed */
    struct incoming_transfer *next, *previous;
    enum fate fate;
    uint32_t id;
    uint8_t kind;
    bool is_oneway;
    bool is_reserved;       /* its whole room is there */
    uint32_t number;        /* of the CALL, or the one replied to */
    size_t size, received;  /* of the whole frame */
    size_t open;            /* octets its sender may still send */
    size_t unreported;      /* octets that have gone on, and no credit for them yet */
    uint64_t begun;         /* when, by the owner's clock */
    struct passage passage; /* FATE_PIECES */
    uint8_t *octets;        /* owned; FATE_WHOLE */
    size_t capacity;
    int *fds; /* owned, n_fds of them; -1 for none */
    size_t n_fds;
};

static inline struct incoming_transfers *incoming_table(const struct incoming_transfer *transfer)
{
    return &transfer->peer->incoming;
}

/* At the end of the list. Where there is no memory it is the spare one, which is there to be
 * dropped, so that a lack of memory costs one message only. NULL: not even that. */
struct incoming_transfer *incoming_transfer_create(struct peer *peer, bool *sparep);
/* Room for @capacity octets, those that are there kept. False: no memory. */
VIA_MUST_USE bool incoming_transfer_grow(struct incoming_transfer *transfer, size_t capacity);
