/*
 * HdfSBuf inside: octets in a core parcel, with the type tags beside them, or in memory that was
 * bound; and what the family's client and driver sides do with it. What goes out is the parcel that
 * was written, what came in is read where it stands.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/parcel.h>

#include "include/hdf/hdf_sbuf.h"

#define SBUF_SIZE_DEFAULT 256u
#define SBUF_SIZE_MAX (512u << 10)
#define SBUF_GROWTH 256u
#define SBUF_STRING_MAX 32767u /* that can be read, with its NUL */
#define SBUF_IPC_SIZE_MAX 204800u
#define SBUF_UNIT 4u
#define SBUF_LENGTH_SIZE 4u
#define SBUF_SLOT_SIZE 4u

struct sbuf_service {
    size_t offset;                          /* where its slot starts */
    const struct HdfRemoteService *service; /* borrowed */
};

struct HdfSBuf {
    bool is_ipc;
    bool is_bound;              /* the memory is the caller's, and never grows */
    unsigned n_owners;          /* those who will recycle it */
    struct via_parcel *payload; /* owned; its size is ours; NULL: the octets stand elsewhere */
    uint8_t *data;              /* payload's octets, or other memory: owned unless bound; NULL: none
                                   yet (SBUF_IPC), or moved away */
    size_t capacity;            /* all of it can be written; what was never written is zero */
    size_t size;                /* the write position */
    size_t position;            /* the read position, never above the write position */
    struct sbuf_service *services; /* owned, ascending, SBUF_IPC alone */
    size_t n_services, services_capacity;
};

/* ---- for the client and driver sides ---- */

/* An sbuf of a received parcel, which it counts and reads where it stands; it may write into it.
 * NULL when out of memory. */
struct HdfSBuf *sbuf_wrap(struct via_parcel *payload);
/*
 * What goes out for @sbuf: a count of its own parcel, not to be changed and to be unref'd before
 * @sbuf is written again; for bound memory a copy, without a tape; for NULL an empty one.
 * VIA_NO_MEMORY, or VIA_BAD_TYPE for SBUF_IPC, which stays in its process.
 */
VIA_MUST_USE enum via_status sbuf_payload(const struct HdfSBuf *sbuf, struct via_parcel **payloadp);
/* Puts what @from holds in place of what @sbuf held, to be read from the start. @sbuf never grows:
 * VIA_TOO_LARGE leaves it empty, as do VIA_NO_MEMORY and VIA_BAD_TYPE (SBUF_IPC). */
VIA_MUST_USE enum via_status sbuf_fill(struct HdfSBuf *sbuf, struct via_parcel *from);

/* ---- for its own files ---- */

/* Makes room for @size octets behind the write position and @before octets more, growing as the
 * system does; false, with nothing written, when there is none. */
bool sbuf_make_room(struct HdfSBuf *sbuf, size_t before, size_t size);
/* Moves the write position past @size octets, for which there is room, to be filled in at once;
 * @tag is what they are, @value_size the length of BYTES. */
uint8_t *sbuf_extend(struct HdfSBuf *sbuf, size_t size, enum via_tag tag, size_t value_size);
/* Moves the write position to @size, within the capacity; the octets stay as they are. */
void sbuf_resize(struct HdfSBuf *sbuf, size_t size);
/* The @size octets at the read position, which passes them and their padding; NULL when they are
 * not all there. */
uint8_t *sbuf_take(struct HdfSBuf *sbuf, size_t size);
/* Forgets the services whose slots are not wholly below @size. */
void sbuf_drop_services(struct HdfSBuf *sbuf, size_t size);
