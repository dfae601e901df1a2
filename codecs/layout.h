/*
 * Layouts: one file and one row a layout. A layout knows how each typed value stands in the octets.
 * No function here blocks, keeps what it was given, or looks past the payload's end.
 */
#pragma once

#include "codecs/payload.h"

struct layout {
    enum via_layout number;
    const char *name;
    size_t ref_slot; /* octets a reference takes */

    /* Reads the value of @cursor->tag at @cursor->position and moves the position past it, padding
     * included. @size is the tape's length for BYTES (and what else the layout puts there).
     * VIA_BAD_TAPE when it does not fit. */
    enum via_status (*get)(struct payload_cursor *cursor, size_t size, struct value *valuep);

    /* Adds @value at the end of @parcel, with its tag. REF and FD are not put here: the caller adds
     * the object itself with put_ref / put_fd. VIA_BAD_TYPE: this layout has no such value. */
    enum via_status (*put)(struct via_parcel *parcel, const struct value *value);
    enum via_status (*put_ref)(struct via_parcel *parcel, struct via_proxy *proxy);
    enum via_status (*put_fd)(struct via_parcel *parcel, int fd);
};

/* The row of layout @number, or NULL: then its payloads are octets without a natural form. */
const struct layout *layout_find(enum via_layout number);
