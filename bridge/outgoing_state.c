/*
 * Frames that wait to go out, from process to process: what each is, what it names, its octets,
 * descriptors and pieces, in the order of the list.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/outgoing_frame.h"
#include "bridge/outgoing_transfers.h"
#include "bridge/passage.h"
#include "bridge/peer_handover.h"
#include "bridge/peer_state.h"

static void frame_state(struct outgoing_frame *out, struct state *state)
{
    state_u8(state, &out->kind);
    state_bool(state, &out->is_transfer);
    state_bool(state, &out->is_begun);
    state_bool(state, &out->is_cut);
    state_bool(state, &out->is_two_way);
    state_u32(state, &out->number);
    state_u32(state, &out->cause);
    state_u32(state, &out->object);
    state_u32(state, &out->sender);
    state_u64(state, &out->about);
    state_u64(state, &out->expires);
    state_size(state, &out->size);
    state_u32(state, &out->id);
    state_u64(state, &out->credit);
    state_u64(state, &out->left);
    (void)state_require(state, out->is_transfer || !out->is_begun, "a frame that waits");
}

static void octets_state(struct outgoing_frame *out, struct state *state)
{
    const uint8_t *octets = out->octets;
    size_t size = out->octets == NULL ? 0 : out->octets_size;
    state_run(state, &octets, &size);
    if (!state->loading ||
        !state_require(state, (size >= FRAME_HEADER_SIZE) != out->is_begun, "a frame that waits"))
        return;
    if (size == 0)
        return;
    out->octets = malloc(size);
    if (out->octets == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    memcpy(out->octets, octets, size);
    out->octets_size = size;
}

static void out_fds_state(struct outgoing_frame *out, struct state *state)
{
    uint32_t n = (uint32_t)out->n_fds;
    state_count(state, &n, OUTBOX_FDS_MAX);
    if (state->loading && n > 0) {
        out->fds = malloc(n * sizeof *out->fds);
        if (out->fds == NULL) {
            state->status = VIA_NO_MEMORY;
            return;
        }
    }
    for (uint32_t i = 0; i < n && state_is_good(state); i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): n of them have been set */
        int fd = state->loading ? -1 : out->fds[i];
        state_fd(state, &fd);
        if (state->loading && state_require(state, fd >= 0, "a descriptor"))
            out->fds[out->n_fds++] = fd;
    }
}

static void load_piece(struct outgoing_frame *out, struct state *state)
{
    const uint8_t *octets = NULL;
    size_t size = 0, most = outgoing_table(out)->piece_max;
    state_run(state, &octets, &size);
    if (!state_require(state, size > 0 && size <= most, "a piece"))
        return;
    struct outbox_block *block = outgoing_frame_add_block(out, most + FRAME_HEADER_SIZE);
    if (block == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    memcpy(block->octets + FRAME_HEADER_SIZE, octets, size);
    block->size += size;
}

static void pieces_state(struct outgoing_frame *out, struct state *state)
{
    uint32_t n = 0;
    for (struct outbox_block *block = out->blocks; block != NULL; block = block->next)
        n++;
    state_count(state, &n, UINT32_MAX);
    for (; state->loading && n > 0 && state_is_good(state); n--)
        load_piece(out, state);
    for (struct outbox_block *block = out->blocks; !state->loading && block != NULL;
         block = block->next) {
        const uint8_t *octets = block->octets + FRAME_HEADER_SIZE;
        size_t size = block->size - FRAME_HEADER_SIZE;
        state_run(state, &octets, &size);
    }
}

/* What it stands behind, by its place in the list, from 1. */
static void blocker_state(struct outgoing_frame *out, struct state *state)
{
    uint32_t place = 0;
    for (const struct outgoing_frame *at = out->blocker; at != NULL; at = at->previous)
        place++;
    state_u32(state, &place);
    if (!state->loading || place == 0)
        return;
    out->blocker = outgoing_table(out)->first;
    while (--place > 0 && out->blocker != out)
        out->blocker = out->blocker->next;
    if (!state_require(state, out->blocker != out && !out->is_begun, "a frame that waits"))
        out->blocker = NULL;
}

static void out_state(struct outgoing_frame *out, struct peer_handover *handover)
{
    struct state *state = handover->state;
    uint32_t number = 0;
    frame_state(out, state);
    for (uint32_t i = 0; i < out->n_named; i++)
        state_u64(state, &out->named[i]);
    blocker_state(out, state);
    octets_state(out, state);
    out_fds_state(out, state);
    pieces_state(out, state);
    peer_handover_passage(handover, out->passage, &number);
    if (!state->loading || number == 0)
        return;
    struct peer_handover_passage *ends = peer_handover_ends(handover, number);
    if (ends != NULL &&
        state_require(state, ends->outgoing == NULL && out->is_transfer, "a passage"))
        ends->outgoing = out;
}

/* A frame of @n_named handles at the end of the list, held. */
static struct outgoing_frame *restore(struct peer *peer, uint32_t n_introductions, uint32_t n_named)
{
    struct outgoing_frame *out = outgoing_frame_alloc(peer, n_named);
    if (out == NULL)
        return NULL;
    out->n_introductions = n_introductions;
    out->n_named = n_named;
    outgoing_append(out);
    return out;
}

void outgoing_transfers_state(struct peer *peer, struct peer_handover *handover)
{
    struct outgoing_transfers *table = &peer->outgoing;
    struct state *state = handover->state;
    uint32_t n = 0;
    for (const struct outgoing_frame *out = table->first; out != NULL; out = out->next)
        n++;
    state_u32(state, &table->last_id);
    state_count(state, &n, UINT32_MAX);
    struct outgoing_frame *out = table->first;
    for (; n > 0 && state_is_good(state); n--) {
        uint32_t n_introductions = out == NULL ? 0 : out->n_introductions;
        uint32_t n_named = out == NULL ? 0 : out->n_named;
        state_u32(state, &n_introductions);
        state_count(state, &n_named, UINT16_MAX);
        if (state->loading) {
            if (!state_require(state, n_introductions <= n_named && table->piece_max > 0,
                               "a frame that waits"))
                return;
            out = restore(peer, n_introductions, n_named);
            if (out == NULL) {
                state->status = VIA_NO_MEMORY;
                return;
            }
        }
        assert(out != NULL); /* there are as many as were counted */
        out_state(out, handover);
        if (state->loading) {
            outgoing_count_in(out);
            outgoing_join(out);
            out = NULL;
        } else {
            out = out->next;
        }
    }
}
