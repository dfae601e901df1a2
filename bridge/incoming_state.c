/*
 * Transfers that come in, from process to process: what has come of each that is put together, and
 * where those that are passed on go.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/incoming_transfer.h"
#include "bridge/incoming_transfers.h"
#include "bridge/peer_handover.h"
#include "bridge/peer_state.h"

static void transfer_state(struct incoming_transfer *transfer, struct state *state)
{
    transfer->fate = (enum fate)state_choice(state, transfer->fate, FATE_DROPPED);
    state_u32(state, &transfer->id);
    state_u8(state, &transfer->kind);
    state_bool(state, &transfer->is_oneway);
    state_bool(state, &transfer->is_reserved);
    state_u32(state, &transfer->number);
    state_size(state, &transfer->size);
    state_size(state, &transfer->received);
    state_size(state, &transfer->open);
    state_size(state, &transfer->unreported);
    state_u64(state, &transfer->begun);
    size_t most = (size_t)2 * transfer->peer->limits.frame_max + (8u << 20);
    (void)state_require(state,
                        transfer->received <= transfer->size && transfer->size <= most &&
                            transfer->open <= most &&
                            (transfer->fate == FATE_WHOLE || !transfer->is_reserved),
                        "a transfer");
}

static void transfer_fds_state(struct incoming_transfer *transfer, struct state *state)
{
    uint32_t n = (uint32_t)transfer->n_fds;
    state_count(state, &n, FRAME_FDS_MAX);
    if (state->loading && n > 0) {
        transfer->fds = malloc(n * sizeof *transfer->fds);
        if (transfer->fds == NULL) {
            state->status = VIA_NO_MEMORY;
            return;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): n of them have been set */
        int fd = state->loading ? -1 : transfer->fds[i];
        state_fd(state, &fd);
        if (!state->loading)
            continue;
        transfer->fds[i] = fd;
        transfer->n_fds = i + 1;
    }
}

/* Its octets so far, and the room for those to come. */
static void room_state(struct incoming_transfer *transfer, struct state *state)
{
    size_t capacity = transfer->capacity, size = transfer->received;
    const uint8_t *octets = transfer->octets;
    state_size(state, &capacity);
    state_run(state, &octets, &size);
    if (!state->loading)
        return;
    struct frame head;
    size_t used = 0, whole = 0;
    bool has_room = transfer->is_reserved
                        ? capacity == transfer->size
                        : capacity <= transfer->size && transfer->open <= capacity - size;
    if (!state_require(state,
                       size == transfer->received && size <= capacity && has_room &&
                           frame_decode_head(octets, size, &head, &used, &whole) == VIA_OK &&
                           used > 0 && whole == transfer->size && head.kind == transfer->kind &&
                           head.n_fds == transfer->n_fds,
                       "a transfer that is put together"))
        return;
    if (!incoming_transfer_grow(transfer, capacity)) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    memcpy(transfer->octets, octets, size);
    if (transfer->is_reserved)
        incoming_table(transfer)->reserved += transfer->size;
}

static void one_state(struct incoming_transfer *transfer, struct peer_handover *handover)
{
    struct state *state = handover->state;
    uint32_t number = 0;
    transfer_state(transfer, state);
    enum fate fate = transfer->fate;
    bool is_reserved = transfer->is_reserved;
    if (state->loading) { /* until all of it is there */
        transfer->fate = FATE_DROPPED;
        transfer->is_reserved = false;
    }
    transfer_fds_state(transfer, state);
    if (!state_is_good(state))
        return;
    if (fate == FATE_WHOLE) {
        transfer->is_reserved = is_reserved;
        room_state(transfer, state);
        if (state->loading && !state_is_good(state))
            transfer->is_reserved = false;
        else
            transfer->fate = fate;
    } else if (fate == FATE_PIECES) {
        peer_handover_passage(handover, &transfer->passage, &number);
        struct peer_handover_passage *ends =
            state->loading ? peer_handover_ends(handover, number) : NULL;
        if (ends != NULL && state_require(state, ends->incoming == NULL, "a passage"))
            ends->incoming = transfer;
    }
}

void incoming_transfers_state(struct peer *peer, struct peer_handover *handover)
{
    struct incoming_transfers *table = &peer->incoming;
    struct state *state = handover->state;
    uint32_t n = table->n;
    state_u32(state, &table->last_id);
    state_bool(state, &table->any);
    state_count(state, &n, UINT16_MAX);
    struct incoming_transfer *transfer = table->first;
    for (; n > 0 && state_is_good(state); n--) {
        bool is_spare = false;
        if (state->loading) {
            transfer = incoming_transfer_create(peer, &is_spare);
            if (transfer != NULL)
                transfer->fate = FATE_DROPPED;
            if (transfer == NULL || is_spare) {
                state->status = VIA_NO_MEMORY;
                return;
            }
        }
        one_state(transfer, handover);
        transfer = transfer->next;
    }
}
