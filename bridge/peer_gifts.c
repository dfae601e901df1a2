/*
 * What a frame brings: references to objects of its sender, and, with a CALL at a client,
 * introductions of callers. References are counted when the frame is taken, and given back at once
 * when it is not. A caller is introduced once, and later frames name it: so introductions are
 * counted, and told, as soon as they come, whatever becomes of the frame that brought them.
 */
#include <inttypes.h>
#include <viaduct/parcel.h>

#include "bridge/peer_state.h"

/* ---- references ---- */

/* The handle that reference @i gives; 0 for one that gives none. */
static uint32_t given(const struct frame *frame, uint32_t i)
{
    struct frame_ref ref;
    frame_ref_get(frame->refs, i, &ref);
    return ref.flags & FRAME_REF_YOURS ? 0 : ref.handle;
}

void peer_return_gifts(struct peer *peer, const struct frame *frame)
{
    for (uint32_t i = 0; i < frame->n_refs; i++) {
        uint32_t number = given(frame, i);
        if (number != 0)
            peer_send_release(peer, number, 1);
    }
}

/* The sender names objects of ours only while it holds them. */
static bool are_ours_held(struct peer *peer, const struct frame *frame)
{
    for (uint32_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        if (!(ref.flags & FRAME_REF_YOURS) || ref.handle == 0 ||
            exports_find(&peer->exports, ref.handle) != NULL)
            continue;
        peer_say(peer,
                 "reference %" PRIu32 " of a frame is our handle 0x%" PRIx32
                 ", which its sender does not hold",
                 i, ref.handle);
        return false;
    }
    return true;
}

/* One that was given cannot be: anything but VIA_NO_MEMORY is a fault. */
static enum via_status refuse(struct peer *peer, uint32_t number, enum via_status status)
{
    if (status == VIA_NO_MEMORY)
        return status;
    peer_say(peer,
             status == VIA_BAD_HANDLE
                 ? "handle 0x%" PRIx32 " came while an older one of its slot is held (%u)"
                 : "handle 0x%" PRIx32 " is one reference too many: max_handles is %u",
             number, peer->limits.handles_max);
    return peer_fail(peer, status);
}

/* A Legato program asks each message whether there is a descriptor, so it gets it without. */
static bool can_do_without(const struct frame *frame)
{
    return frame->layout == VIA_LAYOUT_LEGATO;
}

enum via_status peer_take_gifts(struct peer *peer, const struct frame *frame)
{
    if (!are_ours_held(peer, frame))
        return peer_fail(peer, VIA_BAD_HANDLE);
    enum via_status status = frame->fds_lost && !can_do_without(frame) ? VIA_NO_MEMORY : VIA_OK;
    uint32_t number = 0;
    uint32_t n_taken = 0;
    while (status == VIA_OK && n_taken < frame->n_refs) {
        number = given(frame, n_taken);
        status = number == 0 ? VIA_OK : imports_add(&peer->imports, number);
        if (status == VIA_OK)
            n_taken++;
    }
    if (status == VIA_OK)
        return VIA_OK;
    while (n_taken-- > 0) {
        uint32_t taken = given(frame, n_taken);
        if (taken != 0)
            (void)imports_release(&peer->imports, taken, 1);
    }
    status = refuse(peer, number, status);
    if (status == VIA_NO_MEMORY)
        peer_return_gifts(peer, frame);
    return status;
}

/* ---- introductions ---- */

enum via_status peer_read_meta(struct peer *peer, const struct frame *frame, struct meta *metap)
{
    *metap = (struct meta){.n_introductions = 0};
    if (!(frame->flags & FRAME_META))
        return VIA_OK;
    enum via_status status = meta_decode(frame->meta, frame->meta_size, metap);
    if (status != VIA_OK) {
        peer_say(peer, "META of a call does not parse");
        return peer_fail(peer, status);
    }
    if (peer->role == PEER_GATEWAY && metap->n_introductions > 0) {
        peer_say(peer, "META introduces a caller: only gateways do");
        return peer_fail(peer, VIA_BAD_META);
    }
    return VIA_OK;
}

enum via_status peer_take_introductions(struct peer *peer, const struct meta *meta)
{
    bool starved = false;
    if (meta->n_introductions == 0)
        return VIA_OK;
    for (uint8_t i = 0; i < meta->n_introductions; i++) {
        uint32_t number = meta->introductions[i].number;
        enum via_status status = imports_add(&peer->imports, number);
        if (status == VIA_OK)
            continue;
        status = refuse(peer, number, status);
        if (status != VIA_NO_MEMORY)
            return status;
        peer_send_release(peer, number, 1);
        starved = true;
    }
    if (peer->ops->introduced != NULL)
        peer->ops->introduced(peer->user, meta);
    return starved ? VIA_NO_MEMORY : VIA_OK;
}
