/*
 * A passage: how the rest of a frame gets from the session where it arrives to the one where it
 * goes out, piece by piece, without being put together. It belongs to the transfer that comes in,
 * and stands in the frame that this begins (frame->passage); whoever sends that frame on becomes
 * its taker. Both ends have their own peer; neither frees the other's.
 */
#pragma once

#include <stdint.h>

struct incoming_transfer;
struct outgoing_frame;

struct passage {
    struct incoming_transfer *incoming; /* where it comes from */
    struct outgoing_frame *taker;       /* where it goes; NULL: nobody takes it, or no more */
    uint32_t window;                    /* octets that may be under way at once */
};
