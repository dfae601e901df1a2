/*
 * The inside of a parcel, for the files that write and read its values. Everyone else uses
 * <viaduct/parcel.h> and codecs/parcel.h.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "codecs/frame.h"
#include "codecs/object.h"
#include "codecs/payload.h"
#include "codecs/tape.h"

#define PARCEL_INLINE_SIZE 256u
#define PARCEL_INLINE_TAPE 64u
#define PARCEL_INLINE_REFS 4u
#define PARCEL_INLINE_FDS 4u
#define PARCEL_ENTRY_SIZE 16u /* of a reference or descriptor, as in a frame */

/* How raw values stand in the octets. */
#define PARCEL_LENGTH_SIZE 4u
#define PARCEL_LENGTH_NULL UINT32_MAX
#define PARCEL_SLOT_SIZE 4u
#define PARCEL_SLOT_NONE UINT32_MAX

/* Where on the tape the read cursor stands. */
struct parcel_reader {
    uint32_t at; /* the cursor it belongs to; READER_LOST: to none */
    uint32_t tape_position;
    uint32_t run; /* values of this entry still to come */
    uint32_t length;
    enum via_tag tag;
};
#define READER_LOST UINT32_MAX

struct via_parcel {
    atomic_uint n_owners;
    enum via_layout layout;
    bool has_tape; /* tags describe all of it */
    uint16_t n_refs, refs_capacity;
    uint16_t n_fds, fds_capacity;
    uint32_t size, capacity;
    uint32_t position; /* the read cursor; beyond size after a truncation */
    uint32_t tape_capacity;
    struct parcel_reader reader;
    struct tape tape;

    /* Each is the array inline below, or an owned block. Entries are as in a frame, with handle 0;
     * they stand in the same block behind what they describe. */
    uint8_t *octets;
    struct object **objects;
    uint8_t *ref_entries;
    int *fds;
    uint8_t *fd_entries;

    /* parcel_lend(): octets of somebody's behind those, then zeros, @lent_whole together. */
    const uint8_t *lent;
    uint32_t lent_size, lent_whole;

    struct via_parcel *next; /* in the pool */

    struct object *inline_objects[PARCEL_INLINE_REFS];
    int inline_fds[PARCEL_INLINE_FDS];
    uint8_t inline_ref_entries[PARCEL_INLINE_REFS * PARCEL_ENTRY_SIZE];
    uint8_t inline_fd_entries[PARCEL_INLINE_FDS * PARCEL_ENTRY_SIZE];
    uint8_t inline_tape[PARCEL_INLINE_TAPE];
    /* Programs read structures in place: as aligned as a block of malloc() would be. */
    _Alignas(max_align_t) uint8_t inline_octets[PARCEL_INLINE_SIZE];
};

/*
 * Adds @size octets, to be filled in at *atp, and @tag with the length @value_size of BYTES; PAD
 * drops the tape. VIA_NO_MEMORY or VIA_TOO_LARGE, the parcel then is as it was. The tape alone is
 * no reason to fail: without memory for it, it is dropped.
 */
VIA_MUST_USE enum via_status parcel_extend(struct via_parcel *parcel, size_t size, enum via_tag tag,
                                           size_t value_size, uint8_t **atp);
/* The same with a slot for a reference (@proxy is counted; NULL: the slot stays empty) or for a
 * duplicate of @fd. */
VIA_MUST_USE enum via_status parcel_extend_ref(struct via_parcel *parcel, size_t slot_size,
                                               struct via_proxy *proxy, uint8_t **atp);
VIA_MUST_USE enum via_status parcel_extend_fd(struct via_parcel *parcel, size_t slot_size, int fd,
                                              uint8_t **atp);
/* A descriptor of our own for what @fd is: VIA_INVALID if it is not open, VIA_BUSY when there are
 * too many. */
VIA_MUST_USE enum via_status parcel_dup_fd(int fd, int *fdp);
/* A raw STR (@octets without NUL), STR16 (two octets a unit) or BYTES. */
VIA_MUST_USE enum via_status parcel_write_text(struct via_parcel *parcel, enum via_tag tag,
                                               const void *octets, size_t size);

/* ---- parcel.c ---- */

/* A capacity for @needed items: the double of what there is, within @limit. */
size_t parcel_next_capacity(size_t capacity, size_t needed, size_t limit);
/* Room for @more octets. */
VIA_MUST_USE enum via_status parcel_reserve_octets(struct via_parcel *parcel, size_t more);
VIA_MUST_USE bool parcel_reserve_tape(struct via_parcel *parcel, size_t more);
/* No tags: because there are no values (@has_tape), or because they are not known. */
void parcel_forget_tape(struct via_parcel *parcel, bool has_tape);
/* Drops the references and descriptors from the @n_refs-th and @n_fds-th on. */
void parcel_drop_from(struct via_parcel *parcel, size_t n_refs, size_t n_fds);
/* Frees an empty parcel. */
void parcel_free(struct via_parcel *parcel);

/* ---- parcel_objects.c ---- */

VIA_MUST_USE enum via_status parcel_reserve_refs(struct via_parcel *parcel, size_t more);
VIA_MUST_USE enum via_status parcel_reserve_fds(struct via_parcel *parcel, size_t more);
/* Into reserved room; takes one count of @object, or @fd. */
void parcel_push_ref(struct via_parcel *parcel, size_t offset, struct object *object,
                     uint16_t kind);
void parcel_push_fd(struct via_parcel *parcel, const struct frame_fd *entry, int fd);
/* The first of @n entries that stands at @offset or behind it. */
size_t parcel_find_entry(const uint8_t *entries, size_t n, size_t offset);

/* ---- parcel_pool.c ---- */

/* An empty parcel of this thread's pool, or NULL. */
struct via_parcel *parcel_pool_take(void);
/* Takes an empty parcel; false if the pool has no room for it. */
VIA_MUST_USE bool parcel_pool_give(struct via_parcel *parcel);
