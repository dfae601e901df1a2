/*
 * What the bridge does with parcels beyond <viaduct/parcel.h>: from a frame, to a frame, and the
 * pool.
 */
#pragma once

#include <viaduct/parcel.h>

#include "codecs/frame.h"
#include "codecs/object.h"
#include "codecs/payload.h"

/* How the bridge turns references into handles and back while a parcel crosses a link. */
struct parcel_crossing {
    void *user;
    /* The handle under which @object goes out; one count is taken where the handle is ours. */
    enum via_status (*put)(void *user, struct object *object, struct frame_ref *refp);
    /* The object that came in; sets a new count, or NULL for one that is gone. */
    enum via_status (*get)(void *user, const struct frame_ref *ref, struct object **objectp);
    /* Gives back what put() gave out, when the parcel does not go after all. */
    void (*take_back)(void *user, const struct frame_ref *ref);
};

/*
 * A parcel of a received frame: copies the octets, takes @fds (n_fds of the frame's, in order, -1
 * for one that did not come along; NULL for none) on VIA_OK only, turns its references. A tape that
 * disagrees with the octets is dropped.
 */
VIA_MUST_USE enum via_status parcel_from_frame(struct via_parcel **parcelp,
                                               const struct frame *frame, const int *fds,
                                               const struct parcel_crossing *crossing);

/*
 * Points @frame at @parcel's octets, tape, references and descriptor entries. @refs and @fds are
 * scratch the caller gives, n_refs * 16 and n_fds * 16 octets (via_parcel_n_refs()). Borrowed until
 * the parcel changes. On an error no count stays taken: what put() had given out is taken back.
 */
VIA_MUST_USE enum via_status parcel_to_frame(struct via_parcel *parcel, struct frame *frame,
                                             uint8_t *refs, uint8_t *fds,
                                             const struct parcel_crossing *crossing);

/* The parcel's payload for walking its values, borrowed until the parcel changes. The handles of
 * its references are 0. */
void parcel_payload(struct via_parcel *parcel, struct payload *payloadp);

/*
 * For the families' libraries, to which it is exported: what is sent or copied of @parcel ends with
 * @size octets of the caller's and as many zeros as make them @whole, which fits a parcel. They are
 * borrowed until the parcel is cleared, and are written to the link from where they stand: no other
 * function here sees them. Nothing is added to the parcel after that.
 */
void parcel_lend(struct via_parcel *parcel, const void *octets, size_t size,
                 size_t whole) __asm__("via_parcel_lend") __attribute__((visibility("default")));

/* Empties the calling thread's pool of parcels, for tests that count allocations and leaks. */
void parcel_pool_drain(void);
