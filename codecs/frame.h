/*
 * Binary frames: the unit of the protocol. docs/PROTOCOL.md has every octet. A decoded frame points
 * into the octets it came from; an encoded one copies what it points to.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#define FRAME_HEADER_SIZE 32u
/* Where some fields of an encoded frame stand. */
#define FRAME_AT_SIZE 0u
#define FRAME_AT_KIND 4u
#define FRAME_AT_FLAGS 5u
#define FRAME_AT_ID 8u
#define FRAME_AT_OBJECT 12u
#define FRAME_AT_TIME 20u
#define FRAME_REF_SIZE 16u
#define FRAME_FD_SIZE 16u
#define FRAME_REFS_MAX 1024u
#define FRAME_FDS_MAX 250u /* what SCM_RIGHTS takes at once, less a few */
#define FRAME_NO_DEADLINE 0xffffffffu
#define FRAME_WIRE_MAX 65536u /* octets of one frame on the wire; a larger one goes in CHUNKs */
#define FRAME_CHUNK_MAX (FRAME_WIRE_MAX - FRAME_HEADER_SIZE) /* what one CHUNK carries at most */
#define FRAME_FD_NONE 0xffffu /* kind of a missing descriptor's entry: none goes with it */

enum frame_kind {
    FRAME_HELLO = 1,
    FRAME_WELCOME = 2,
    FRAME_CALL = 3,
    FRAME_REPLY = 4,
    FRAME_CANCEL = 5,
    FRAME_EVENT = 6,
    FRAME_DEATH = 7,
    FRAME_RELEASE = 8,
    FRAME_CHUNK = 9,
    FRAME_DATA = 10,
    FRAME_CREDIT = 11,
    FRAME_ACK = 12,
    FRAME_BYE = 13
};

enum frame_flag {
    FRAME_ONEWAY = 0x01, /* CALL: no reply. REPLY: a hop refused a oneway */
    FRAME_META = 0x02,   /* a META section is there */
    FRAME_GAP = 0x04,    /* EVENT: the count of what was lost comes first */
    FRAME_LAST = 0x08,   /* CHUNK, DATA: no more comes. CREDIT: no more is wanted */
    FRAME_ECHO = 0x10    /* ACK: please answer */
};

enum frame_bye { FRAME_BYE_EXITED = 1, FRAME_BYE_EVICTED = 2, FRAME_BYE_RESUME = 3 };

enum frame_ref_flag {
    FRAME_REF_YOURS = 0x0001, /* the handle is the receiver's own; no count goes with it */
    FRAME_REF_REMOTE = 0x0002 /* its object is not on this host */
};

/* One reference, decoded: 16 octets on the wire. */
struct frame_ref {
    uint32_t offset; /* of its slot in the payload */
    uint32_t handle;
    uint16_t flags; /* enum frame_ref_flag */
    uint16_t kind;  /* the family's own */
};

/* One descriptor entry, decoded: 16 octets on the wire. */
struct frame_fd {
    uint32_t offset;     /* of its slot in the payload */
    uint32_t stream;     /* stream id on a WebSocket, 0 on a Unix link */
    uint16_t kind;       /* 0 unknown, 1 pipe, 2 socket, 3 tty, 4 regular file, FRAME_FD_NONE */
    uint16_t directions; /* 1 readable by the receiver, 2 writable by it, 4 it does not block */
};

struct passage; /* the bridge's: bridge/passage.h */

struct frame {
    uint8_t kind;  /* enum frame_kind */
    uint8_t flags; /* enum frame_flag */
    uint16_t layout;
    uint32_t id;
    uint32_t object;
    uint32_t code;
    uint32_t time;
    uint32_t body_size; /* octets, before padding */
    uint16_t n_refs;
    uint8_t n_fds;
    uint64_t lost;       /* with FRAME_GAP */
    const uint8_t *meta; /* the fields of META, without its size; NULL without FRAME_META */
    uint32_t meta_size;
    const uint8_t *refs; /* n_refs entries as on the wire: frame_ref_get() */
    const uint8_t *fds;  /* n_fds entries as on the wire: frame_fd_get() */
    const uint8_t *body;
    /* To be encoded alone: after tail_at octets of body come tail_size of these, then zeros. NULL:
     * body is whole. */
    const uint8_t *tail;
    uint32_t tail_at, tail_size;
    const uint8_t *tape; /* tape_size octets; when decoded with its padding zeros at the end */
    uint32_t tape_size;
    /* A frame of which only the head has come: its rest comes this way, and body and tape are NULL.
     * NULL for whole ones. Not on the wire. */
    struct passage *passage;
    bool fds_lost; /* its receiver had no room for its descriptors. Not on the wire */
};

/* The octets that @frame takes when encoded, a multiple of 8; SIZE_MAX if no frame can hold it. */
size_t frame_size(const struct frame *frame);

/* Writes frame_size() octets to @out. What the frame points to must not overlap @out. */
void frame_encode(const struct frame *frame, uint8_t *out);

/*
 * A frame in two parts, for those that travel in pieces: its head, from the header through the
 * descriptors' entries, and its rest, payload and tape, both padded. Both sizes are multiples of 8.
 */
size_t frame_head_size(const struct frame *frame);
void frame_encode_head(const struct frame *frame, uint8_t *out);
/* Octets @at to @at + @size of the rest of a frame that frame_size() can tell. */
void frame_encode_rest(const struct frame *frame, size_t at, size_t size, uint8_t *out);
/*
 * Decodes the head of the one frame that begins @octets; *usedp is its size, *sizep that of the
 * whole frame. Body and tape are NULL, their sizes those of the whole. VIA_BAD_SIZE: there is less
 * than the head. Checks what frame_decode() checks, but for the rest and the size.
 */
VIA_MUST_USE enum via_status frame_decode_head(const uint8_t *octets, size_t size,
                                               struct frame *framep, size_t *usedp, size_t *sizep);

/*
 * Decodes the first frame of @octets. *usedp is its size; 0 with VIA_OK when more octets are needed
 * (then *framep is not set, but a header that is there has been checked). A frame over @size_limit
 * is VIA_TOO_LARGE as soon as its header is there. Checks all that needs no tables: sizes, kind,
 * flags, reserved fields, reference offsets inside the payload and ascending. The tape is not
 * checked here.
 */
VIA_MUST_USE enum via_status frame_decode(const uint8_t *octets, size_t size, size_t size_limit,
                                          struct frame *framep, size_t *usedp);

/* Sets the time of an encoded frame, or of its head. */
void frame_set_time(uint8_t *octets, uint32_t time);

void frame_ref_get(const uint8_t *refs, size_t index, struct frame_ref *refp);
void frame_ref_put(uint8_t *refs, size_t index, const struct frame_ref *ref);
void frame_fd_get(const uint8_t *fds, size_t index, struct frame_fd *fdp);
void frame_fd_put(uint8_t *fds, size_t index, const struct frame_fd *fd);

/* The 64-bit number of an EVENT or ACK, from id (low) and time (high). */
static inline uint64_t frame_number(const struct frame *frame)
{
    return (uint64_t)frame->time << 32 | frame->id;
}
