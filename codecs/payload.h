/*
 * A payload as a frame or a parcel holds it, borrowed, and a cursor that walks its values along the
 * tape. How values stand in the octets is the layout's: codecs/layout.h.
 */
#pragma once

#include "codecs/value.h"

struct payload {
    enum via_layout layout;
    const uint8_t *octets;
    size_t size;
    const uint8_t *tape; /* NULL or empty: no tape */
    size_t tape_size;
    const uint8_t *refs; /* entries as on the wire (frame_ref_get), or NULL */
    size_t n_refs;
    const uint8_t *fds; /* entries as on the wire (frame_fd_get), or NULL */
    size_t n_fds;
};

struct layout;

struct payload_cursor {
    const struct payload *payload; /* borrowed */
    const struct layout *layout;   /* NULL if it has no natural form */
    size_t position;               /* in the octets */
    size_t tape_position;
    size_t entry;     /* where the tape's current entry starts */
    uint64_t run;     /* values of this run still to come */
    enum via_tag tag; /* of the run */
    uint32_t length;  /* of BYTES, by the tape */
    size_t ref;       /* references passed so far */
    size_t fd;        /* descriptors passed so far */
};

void payload_start(struct payload_cursor *cursor, const struct payload *payload);

/* The next value; VIA_END after the last, VIA_BAD_TAPE where tape and octets disagree (also when
 * octets or references are left over at the end). */
VIA_MUST_USE enum via_status payload_next(struct payload_cursor *cursor, struct value *valuep);

/* Passes values until one starts at @position, or everything ends there; VIA_BAD_TAPE if none
 * does. */
VIA_MUST_USE enum via_status payload_skip(struct payload_cursor *cursor, size_t position);

/* For layouts: whether a reference or descriptor of the payload's list stands at the cursor's
 * position; passes it and tells its place in the list. */
bool payload_take_ref(struct payload_cursor *cursor, uint32_t *indexp);
bool payload_take_fd(struct payload_cursor *cursor, uint32_t *indexp);

/* Whether tape and octets agree from end to end: VIA_OK, or VIA_BAD_TAPE. No tape is VIA_BAD_TAPE
 * unless the payload is empty. */
VIA_MUST_USE enum via_status payload_check(const struct payload *payload);
