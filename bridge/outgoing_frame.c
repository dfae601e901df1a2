/*
 * A frame that was accepted: its named handles stand in one array, those it introduces first; a
 * frame stands behind an earlier one by them, or by whom both are for.
 */
#include "bridge/outgoing_frame.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/passage.h"
#include "bridge/peer_state.h"

/* ---- what a frame is for, and names ---- */

static void name(struct outgoing_frame *out, uint64_t handle)
{
    out->named[out->n_named++] = handle;
}

static void name_references(struct outgoing_frame *out, const struct frame *frame)
{
    for (uint32_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        if (ref.handle != 0)
            name(out, ref.flags & FRAME_REF_YOURS ? OUTGOING_THEIRS(ref.handle)
                                                  : OUTGOING_OURS(ref.handle));
    }
}

static void name_callers(struct outgoing_frame *out, const struct meta *meta)
{
    bool ours = out->peer->role == PEER_GATEWAY;
    if (meta->has_caller)
        name(out, ours ? OUTGOING_OURS(meta->caller) : OUTGOING_THEIRS(meta->caller));
    if (meta->has_first)
        name(out, ours ? OUTGOING_OURS(meta->first) : OUTGOING_THEIRS(meta->first));
}

/* What it is for or from. */
static void name_object(struct outgoing_frame *out, const struct frame *frame)
{
    const struct received_call *call;
    switch (frame->kind) {
    case FRAME_CALL:
        name(out, OUTGOING_THEIRS(frame->object));
        break;
    case FRAME_EVENT:
        name(out, out->peer->role == PEER_GATEWAY ? OUTGOING_THEIRS(frame->object)
                                                  : OUTGOING_OURS(frame->object));
        break;
    default:
        call = received_calls_find(&out->peer->received, frame->id);
        if (call != NULL)
            name(out, OUTGOING_OURS(call->object));
    }
}

uint32_t outgoing_frame_object(struct peer *peer, const struct frame *frame)
{
    if (frame->kind != FRAME_REPLY)
        return frame->object;
    const struct received_call *call = received_calls_find(&peer->received, frame->id);
    const struct exported *called =
        call != NULL ? exports_find(&peer->exports, call->object) : NULL;
    return called != NULL ? called->partner : 0;
}

struct outgoing_frame *outgoing_frame_alloc(struct peer *peer, size_t n_named)
{
    struct outgoing_frame *out = calloc(1, sizeof *out + n_named * sizeof *out->named);
    if (out != NULL)
        out->peer = peer;
    return out;
}

struct outgoing_frame *outgoing_frame_create(struct peer *peer, const struct frame *frame,
                                             const struct meta *meta)
{
    uint32_t n_introductions = meta == NULL ? 0 : meta->n_introductions;
    struct outgoing_frame *out =
        outgoing_frame_alloc(peer, (size_t)frame->n_refs + n_introductions + 3);
    if (out == NULL)
        return NULL;
    out->kind = frame->kind;
    out->object = outgoing_frame_object(peer, frame);
    if (frame->kind == FRAME_CALL) {
        out->number = frame->id;
        out->is_two_way = !(frame->flags & FRAME_ONEWAY);
        if (frame->time != FRAME_NO_DEADLINE)
            out->expires = peer_now(peer) + frame->time;
    }
    for (uint32_t i = 0; i < n_introductions; i++)
        name(out, OUTGOING_OURS(meta->introductions[i].number));
    out->n_introductions = n_introductions;
    name_object(out, frame);
    name_references(out, frame);
    if (meta != NULL) {
        out->sender = meta->has_caller ? meta->caller : 0;
        name_callers(out, meta);
    }
    return out;
}

static bool names(const struct outgoing_frame *out, uint64_t handle)
{
    for (uint32_t i = 0; i < out->n_named; i++)
        if (out->named[i] == handle)
            return true;
    return false;
}

/* What goes to one of a pair, and what the other answers, are in one order. */
static bool is_of_pair(const struct outgoing_frame *later, const struct outgoing_frame *earlier)
{
    return later->object != 0 && earlier->object == later->object &&
           (earlier->kind == FRAME_CALL || earlier->kind == FRAME_REPLY);
}

/* Whether @later may not overtake @earlier. */
static bool is_behind(const struct outgoing_frame *later, const struct outgoing_frame *earlier)
{
    switch (later->kind) {
    case FRAME_REPLY:
        return is_of_pair(later, earlier);
    case FRAME_CALL:
        if (earlier->kind == FRAME_REPLY)
            return is_of_pair(later, earlier);
        return earlier->kind == FRAME_CALL && earlier->object == later->object &&
               earlier->sender == later->sender;
    case FRAME_EVENT:
        return earlier->kind == later->kind && earlier->object == later->object &&
               earlier->sender == later->sender;
    case FRAME_DEATH:
    case FRAME_RELEASE:
        return names(earlier, later->about);
    default:
        return false;
    }
}

struct outgoing_frame *outgoing_frame_blocker(const struct outgoing_frame *out,
                                              struct outgoing_frame *earlier)
{
    while (earlier != NULL && (earlier->has_gone || !is_behind(out, earlier)))
        earlier = earlier->previous;
    return earlier;
}

/* ---- its octets ---- */

struct outbox_block *outgoing_frame_add_block(struct outgoing_frame *out, size_t size)
{
    struct outbox_block *block = outbox_block_create(size + OUTGOING_BLOCK_ROOM);
    if (block == NULL)
        return NULL;
    block->size = FRAME_HEADER_SIZE;
    if (out->last_block != NULL)
        out->last_block->next = block;
    else
        out->blocks = block;
    out->last_block = block;
    return block;
}

void outgoing_frame_drop_blocks(struct outgoing_frame *out)
{
    while (out->blocks != NULL) {
        struct outbox_block *next = out->blocks->next;
        (void)outbox_block_destroy(out->blocks);
        out->blocks = next;
    }
    out->last_block = NULL;
}

/* The rest of @frame, which is here, as blocks. */
static enum via_status make_blocks(struct outgoing_frame *out, const struct frame *frame,
                                   size_t rest)
{
    size_t piece = outgoing_table(out)->piece_max;
    for (size_t at = 0; at < rest; at += piece) {
        size_t size = rest - at < piece ? rest - at : piece;
        struct outbox_block *block = outgoing_frame_add_block(out, size);
        if (block == NULL)
            return VIA_NO_MEMORY;
        frame_encode_rest(frame, at, size, block->octets + FRAME_HEADER_SIZE);
        block->size += size;
    }
    return VIA_OK;
}

enum via_status outgoing_frame_keep_octets(struct outgoing_frame *out, const struct frame *frame,
                                           size_t size)
{
    out->octets = malloc(size);
    if (out->octets == NULL)
        return VIA_NO_MEMORY;
    out->octets_size = size;
    if (out->is_transfer)
        frame_encode_head(frame, out->octets);
    else
        frame_encode(frame, out->octets);
    return VIA_OK;
}

static enum via_status keep_fds(struct outgoing_frame *out, const int *fds, size_t n_fds)
{
    if (n_fds == 0)
        return VIA_OK;
    out->fds = malloc(n_fds * sizeof *fds);
    if (out->fds == NULL)
        return VIA_NO_MEMORY;
    memcpy(out->fds, fds, n_fds * sizeof *fds);
    return VIA_OK;
}

enum via_status outgoing_frame_fill(struct outgoing_frame *out, const struct frame *frame,
                                    const int *fds, size_t n_fds)
{
    size_t size = frame_size(frame);
    size_t head = frame_head_size(frame);
    enum via_status status = outgoing_frame_keep_octets(out, frame, out->is_transfer ? head : size);
    if (status == VIA_OK)
        status = keep_fds(out, fds, n_fds);
    if (status == VIA_OK && out->is_transfer && frame->passage == NULL)
        status = make_blocks(out, frame, size - head);
    if (status != VIA_OK)
        return status;
    if (frame->passage != NULL)
        out->left = size - head;
    out->n_fds = n_fds; /* taken from here on */
    return VIA_OK;
}

/* ---- its end ---- */

static void close_fds(struct outgoing_frame *out)
{
    for (size_t i = 0; i < out->n_fds; i++)
        (void)close(out->fds[i]);
    free(out->fds);
    out->fds = NULL;
    out->n_fds = 0;
}

void outgoing_frame_destroy(struct outgoing_frame *out)
{
    outgoing_frame_drop_blocks(out);
    close_fds(out);
    free(out->octets);
    free(out);
}
