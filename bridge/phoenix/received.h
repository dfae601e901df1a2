/*
 * Messages that were received and have no answer yet, by their rids; and the memory that belongs to
 * them until they have.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/msg.h>
#include <viaduct/object.h>

#include "codecs/phoenix_convert.h"

#define RECEIVED_BITS 20u /* of a rid that say which it is */
#define RECEIVED_MAX                                                                               \
    (1u << RECEIVED_BITS) /* without an answer at one time; then senders get -ENOMEM */

struct port;

struct received {
    struct received *next, **linkp; /* in its port's list, or among the spares */
    struct port *port;              /* borrowed; NULL once it is over */
    uint32_t port_number;
    msg_rid_t rid;
    struct via_call *call; /* a count */
    int type;
    int flags; /* of mtOpen */
    oid_t oid;
    bool has_out;
    size_t out_size;
    uint8_t *out_data;         /* @small, or @block */
    uint8_t *block;            /* owned; kept with the spares if it is not large, else mapped */
    size_t block_size;         /* octets of it; 0: none */
    struct phoenix_room *room; /* owned; NULL: nothing was converted */
    const uint8_t *given_raw;  /* o.raw as it came, in the call or the room; NULL: zeros */
    _Alignas(max_align_t) uint8_t small[1024];
};

/* Takes @call, on VIA_OK only; its o.data are @out_size octets 0, and one more. VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status received_create(struct via_call *call, bool has_out, size_t out_size,
                                             struct received **receivedp);
/* Gives back its memory and its call, which is answered VIA_UNSUPPORTED if it is not yet. */
void received_destroy(struct received *received);

/* It is @port's from now on, and has a rid. VIA_DEAD: the port is over; VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status received_enter(struct received *received, struct port *port);
/* The message @rid of port @number, which is the caller's then; its port is NULL if that is over.
 * NULL: there is none. */
struct received *received_take(uint32_t number, msg_rid_t rid);
/* @port is over: senders of all that it received get VIA_DEAD. Their memory stays, for the program
 * may still write there, until it answers. */
void received_end(struct port *port);

void received_before_fork(void);
void received_after_fork(bool in_child);
