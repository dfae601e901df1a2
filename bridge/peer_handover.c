/*
 * A peer on its way into another process: all that it knows of its session, with what waits to be
 * written. One that can be resumed is without a link there. What only this process needs (who is
 * told, where objects stand) is not part of it.
 */
#include "bridge/peer_handover.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/passage.h"
#include "bridge/peer_state.h"

#define PASSAGES_MAX (1u << 20)

static void hello_state(struct hello *hello, struct state *state)
{
    state_u32(state, &hello->version);
    state_u64(state, &hello->features);
    state_u32(state, &hello->frame_max);
    state_u32(state, &hello->calls_max);
    state_u32(state, &hello->handles_max);
    state_u64(state, &hello->epoch);
    state_text(state, hello->name, sizeof hello->name);
    state_i32(state, &hello->pid);
    state_u32(state, &hello->uid);
    state_u32(state, &hello->gid);
    state_u64(state, &hello->token);
    state_text(state, hello->identity, sizeof hello->identity);
    state_u64(state, &hello->session);
    state_octets(state, hello->secret, sizeof hello->secret);
    state_u64(state, &hello->received);
    state_u32(state, &hello->resumed);
    state_u32(state, &hello->grace_ms);
    state_u32(state, &hello->credit);
    state_u32(state, &hello->transfers_max);
    state_u32(state, &hello->streams_max);
}

static void limits_state(struct peer_limits *limits, struct state *state)
{
    state_u32(state, &limits->frame_max);
    state_u32(state, &limits->calls_max);
    state_u32(state, &limits->handles_max);
    state_size(state, &limits->queue_max);
    state_u32(state, &limits->wire_max);
    state_u32(state, &limits->credit);
    state_u32(state, &limits->transfers_max);
    state_u32(state, &limits->streams_max);
    state_size(state, &limits->transfers_size_max);
    state_size(state, &limits->assembly_max);
    state_size(state, &limits->window);
    (void)state_require(
        state,
        limits->frame_max >= PEER_FRAME_MAX_LEAST && limits->handles_max <= HANDLE_SLOTS &&
            limits->credit >= PEER_CREDIT_LEAST && limits->wire_max > FRAME_HEADER_SIZE,
        "limits of a link");
}

void peer_handover_passage(struct peer_handover *handover, const struct passage *passage,
                           uint32_t *numberp)
{
    struct state *state = handover->state;
    *numberp = 0;
    if (!state->loading && passage != NULL) {
        uint32_t i = 0;
        while (i < handover->n_passages && handover->passages[i].saved != passage)
            i++;
        struct peer_handover_passage *place = peer_handover_ends(handover, i + 1);
        if (place == NULL)
            return;
        place->saved = passage;
        *numberp = i + 1;
    }
    state_u32(state, numberp);
}

struct peer_handover_passage *peer_handover_ends(struct peer_handover *handover, uint32_t number)
{
    struct state *state = handover->state;
    if (!state_require(state, number > 0 && number <= PASSAGES_MAX, "a passage"))
        return NULL;
    if (number > handover->capacity) {
        uint32_t capacity = handover->capacity == 0 ? 64 : handover->capacity;
        while (capacity < number)
            capacity *= 2;
        struct peer_handover_passage *passages =
            realloc(handover->passages, capacity * sizeof *passages);
        if (passages == NULL) {
            state->status = VIA_NO_MEMORY;
            return NULL;
        }
        memset(passages + handover->capacity, 0,
               (capacity - handover->capacity) * sizeof *passages);
        handover->passages = passages;
        handover->capacity = capacity;
    }
    if (number > handover->n_passages)
        handover->n_passages = number;
    return &handover->passages[number - 1];
}

void peer_handover_end(struct peer_handover *handover)
{
    struct state *state = handover->state;
    for (uint32_t i = 0; state->loading && i < handover->n_passages; i++) {
        struct peer_handover_passage *ends = &handover->passages[i];
        if (ends->incoming != NULL && ends->outgoing != NULL)
            (void)state_require(state, incoming_connect(ends->incoming, ends->outgoing),
                                "a passage");
        else if (ends->incoming != NULL)
            incoming_refused(ends->incoming);
        else if (ends->outgoing != NULL)
            outgoing_orphan(ends->outgoing, VIA_LINK_LOST);
    }
    free(handover->passages);
    handover->passages = NULL;
    handover->n_passages = handover->capacity = 0;
}

void peer_hand_over(struct peer *peer, struct peer_handover *handover)
{
    struct state *state = handover->state;
    peer->state = (enum peer_state)state_choice(state, peer->state, PEER_READY);
    limits_state(&peer->limits, state);
    hello_state(&peer->their_hello, state);
    state_u32(state, &peer->oneway_number);
    state_u64(state, &peer->n_counted);
    state_u64(state, &peer->n_acknowledged);
    state_u64(state, &peer->session);
    state_octets(state, peer->secret, sizeof peer->secret);
    state_u32(state, &peer->grace_ms);
    uint32_t bye = peer->resumes ? 0 : peer->bye; /* the link's */
    state_u32(state, &bye);
    state_bool(state, &peer->bye_sent);
    state_bool(state, &peer->starved);
    if (state->loading) {
        peer->bye = bye;
        peer->detached = peer->resumes;
        (void)state_require(state, !peer->resumes || peer_is_resumable(peer), "a session");
    }
    sent_calls_state(&peer->sent, state);
    received_calls_state(&peer->received, state);
    fd_queue_state(&peer->fds, state);
    outbox_state(peer->outbox, state);
    imports_state(&peer->imports, state, handover->object, handover->user);
    exports_state(&peer->exports, state, handover->object, handover->user);
    streams_state(peer, handover);
    incoming_transfers_state(peer, handover);
    if (state->loading && state_is_good(state))
        outgoing_transfers_limit(peer);
    outgoing_transfers_state(peer, handover);
}

void peer_forget_exports(struct peer *peer)
{
    exports_deinit(&peer->exports);
}

void peer_forget_imports(struct peer *peer)
{
    imports_deinit(&peer->imports);
}

void *peer_next_export(struct peer *peer, uint32_t *cursorp)
{
    struct exported *exported = exports_next(&peer->exports, cursorp);
    return exported == NULL ? NULL : exported->object;
}

bool peer_next_sent(struct peer *peer, uint32_t *cursorp, uint32_t *idp, uint64_t *contextp)
{
    const struct sent_call *call = sent_calls_next(&peer->sent, cursorp);
    if (call == NULL)
        return false;
    *idp = call->id;
    *contextp = call->context;
    return true;
}

void *peer_next_attached(struct peer *peer, uint32_t *cursorp, uint32_t *numberp)
{
    struct imported *imported;
    while ((imported = imports_next(&peer->imports, cursorp, numberp)) != NULL)
        if (imported->attached != NULL)
            return imported->attached;
    return NULL;
}
