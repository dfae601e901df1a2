/*
 * A transfer is judged by its first chunk, which has the head of the frame: there its size, its
 * id and whom it is for are known. What is put together counts as arrived when its last octet has:
 * only then is what it brings counted, so that whatever is given back meanwhile cannot take what is
 * still to come along. What is passed on counts as arrived at once.
 *
 * One that is not wanted, or no more, is asked to end (CREDIT with LAST) and dropped until it does:
 * its number is taken until its last chunk.
 */
#include "bridge/incoming_transfers.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/incoming_transfer.h"
#include "bridge/outgoing_transfers.h"
#include "bridge/peer_state.h"

enum via_status incoming_transfers_init(struct peer *peer)
{
    peer->incoming.spare = calloc(1, sizeof *peer->incoming.spare);
    return peer->incoming.spare != NULL ? VIA_OK : VIA_NO_MEMORY;
}

/* ---- the list ---- */

struct incoming_transfer *incoming_transfer_create(struct peer *peer, bool *sparep)
{
    struct incoming_transfers *table = &peer->incoming;
    struct incoming_transfer *transfer = calloc(1, sizeof *transfer);
    *sparep = transfer == NULL;
    if (transfer == NULL) {
        transfer = table->spare;
        table->spare = NULL;
    }
    if (transfer == NULL)
        return NULL;
    *transfer = (struct incoming_transfer){.peer = peer, .previous = table->last};
    transfer->passage.incoming = transfer;
    transfer->passage.window = peer->limits.credit;
    if (table->last != NULL)
        table->last->next = transfer;
    else
        table->first = transfer;
    table->last = transfer;
    table->n++;
    return transfer;
}

/* Room and descriptors, which it has no use for any more. */
static void empty(struct incoming_transfer *transfer)
{
    struct incoming_transfers *table = incoming_table(transfer);
    peer_close_fds(transfer->fds, transfer->n_fds);
    free(transfer->fds);
    transfer->fds = NULL;
    transfer->n_fds = 0;
    free(transfer->octets);
    transfer->octets = NULL;
    table->held -= transfer->capacity;
    transfer->capacity = 0;
    if (transfer->is_reserved)
        table->reserved -= transfer->size;
    transfer->is_reserved = false;
}

static void take_out(struct incoming_transfer *transfer)
{
    struct incoming_transfers *table = incoming_table(transfer);
    if (transfer->previous != NULL)
        transfer->previous->next = transfer->next;
    else
        table->first = transfer->next;
    if (transfer->next != NULL)
        transfer->next->previous = transfer->previous;
    else
        table->last = transfer->previous;
    table->n--;
}

static void destroy(struct incoming_transfer *transfer)
{
    struct incoming_transfers *table = incoming_table(transfer);
    empty(transfer);
    if (table->spare == NULL)
        table->spare = transfer;
    else
        free(transfer);
}

static struct incoming_transfer *find(const struct peer *peer, uint32_t id)
{
    struct incoming_transfer *transfer = peer->incoming.first;
    while (transfer != NULL && transfer->id != id)
        transfer = transfer->next;
    return transfer;
}

/* The one that is put together and is the CALL @number, or the REPLY to it. */
static struct incoming_transfer *find_whole(const struct peer *peer, uint8_t kind, uint32_t number)
{
    struct incoming_transfer *transfer = peer->incoming.first;
    while (transfer != NULL && !(transfer->fate == FATE_WHOLE && transfer->kind == kind &&
                                 !transfer->is_oneway && transfer->number == number))
        transfer = transfer->next;
    return transfer;
}

/* ---- credit ---- */

static void send_credit(const struct incoming_transfer *transfer, size_t n, uint8_t flags)
{
    const struct frame credit = {
        .kind = FRAME_CREDIT, .flags = flags, .id = transfer->id, .code = (uint32_t)n};
    peer_must_send_ready(transfer->peer, &credit);
}

/* @n octets make room for others; told in quarters of what may be under way. */
static void give_credit(struct incoming_transfer *transfer, size_t n)
{
    size_t to_come = transfer->size - transfer->received;
    transfer->unreported += n;
    if (transfer->unreported < transfer->peer->limits.credit / 4 || to_come <= transfer->open)
        return;
    transfer->open += transfer->unreported;
    send_credit(transfer, transfer->unreported, 0);
    transfer->unreported = 0;
}

void incoming_consumed(struct incoming_transfer *transfer, size_t n)
{
    give_credit(transfer, n);
    peer_stir(transfer->peer);
}

static void drop(struct incoming_transfer *transfer)
{
    empty(transfer);
    transfer->fate = FATE_DROPPED;
    send_credit(transfer, 0, FRAME_LAST);
}

void incoming_refused(struct incoming_transfer *transfer)
{
    drop(transfer);
    peer_stir(transfer->peer);
}

/* ---- what does not arrive ---- */

static void fail_call(struct peer *peer, const struct frame *head, enum via_status status)
{
    struct received_call *call = NULL;
    if (!(head->flags & FRAME_ONEWAY)) {
        call = received_calls_find(&peer->received, head->id);
        if (call == NULL)
            return;
        received_calls_remove(&peer->received, call);
    } else if (status == VIA_CANCELLED) {
        return;
    }
    peer_turn_away(peer, head, status);
}

static void fail_reply(struct peer *peer, const struct frame *head, enum via_status status,
                       uint32_t cause)
{
    struct sent_call *call = sent_calls_find(&peer->sent, head->id);
    if (call == NULL)
        return;
    uint64_t context = call->context;
    bool is_wanted = !call->forgotten;
    sent_calls_remove(&peer->sent, call);
    const struct frame instead = {
        .kind = FRAME_REPLY, .id = head->id, .code = status, .time = cause};
    if (is_wanted)
        peer->ops->reply(peer->user, context, &instead, NULL);
}

/* It will not be put together: what it brought is given back, who waits for it is told. */
static void fail(struct incoming_transfer *transfer, const struct frame *head,
                 enum via_status status, uint32_t cause)
{
    struct peer *peer = transfer->peer;
    peer_return_gifts(peer, head);
    switch (head->kind) {
    case FRAME_CALL:
        fail_call(peer, head, status);
        return;
    case FRAME_REPLY:
        fail_reply(peer, head, status, cause);
        return;
    default:
        peer_lose_event(peer, head);
    }
}

static void head_of(const struct incoming_transfer *transfer, struct frame *headp)
{
    size_t used;
    size_t size;
    enum via_status status =
        frame_decode_head(transfer->octets, transfer->received, headp, &used, &size);
    assert(status == VIA_OK); /* as it was when it came */
}

/* It is not wanted any more: no more of it is asked for. */
static void give_up(struct incoming_transfer *transfer, enum via_status status)
{
    struct frame head;
    head_of(transfer, &head);
    fail(transfer, &head, status, 0);
    drop(transfer);
}

/* ---- room ---- */

bool incoming_transfer_grow(struct incoming_transfer *transfer, size_t capacity)
{
    uint8_t *octets = realloc(transfer->octets, capacity);
    if (octets == NULL)
        return false;
    incoming_table(transfer)->held += capacity - transfer->capacity;
    transfer->octets = octets;
    transfer->capacity = capacity;
    return true;
}

static bool may_reserve(const struct incoming_transfer *transfer)
{
    const struct incoming_transfers *table = incoming_table(transfer);
    size_t most = transfer->peer->limits.assembly_max;
    return table->reserved == 0 ||
           (table->reserved < most && transfer->size <= most - table->reserved);
}

/* Whole rooms for the oldest that have none, as far as they go. */
static void reserve(struct peer *peer)
{
    struct incoming_transfer *transfer = peer->incoming.first;
    for (; transfer != NULL; transfer = transfer->next) {
        if (transfer->fate != FATE_WHOLE || transfer->is_reserved)
            continue;
        if (!may_reserve(transfer))
            return;
        if (!incoming_transfer_grow(transfer, transfer->size)) {
            give_up(transfer, VIA_NO_MEMORY);
            continue;
        }
        transfer->is_reserved = true;
        peer->incoming.reserved += transfer->size;
        give_credit(transfer, peer->limits.credit - transfer->open);
    }
}

/* ---- the first chunk ---- */

static enum via_status judge(struct peer *peer, const struct frame *chunk, struct frame *headp,
                             size_t *usedp, size_t *sizep)
{
    enum via_status status = frame_decode_head(chunk->body, chunk->body_size, headp, usedp, sizep);
    if (status != VIA_OK) {
        peer_say(peer, "the first chunk of transfer %" PRIu32 " begins no good frame: %s",
                 chunk->id, via_status_name(status));
        return peer_fail(peer, status);
    }
    if (headp->kind != FRAME_CALL && headp->kind != FRAME_REPLY && headp->kind != FRAME_EVENT) {
        peer_say(peer, "transfer %" PRIu32 " is a frame of kind %u, which does not go in chunks",
                 chunk->id, headp->kind);
        return peer_fail(peer, VIA_BAD_KIND);
    }
    if (headp->kind == FRAME_REPLY && headp->flags & FRAME_ONEWAY) {
        peer_say(peer, "transfer %" PRIu32 " refuses a oneway, which does not go in chunks",
                 chunk->id);
        return peer_fail(peer, VIA_BAD_FLAGS);
    }
    status = peer_check_payload(peer, headp);
    if (status != VIA_OK)
        return status;
    bool is_whole = chunk->body_size >= *sizep;
    if (chunk->body_size > *sizep || (is_whole && !(chunk->flags & FRAME_LAST))) {
        peer_say(peer, "the first chunk of transfer %" PRIu32 " goes on behind its frame of %zu",
                 chunk->id, *sizep);
        return peer_fail(peer, VIA_BAD_SIZE);
    }
    if (!is_whole && chunk->body_size - *usedp > peer->limits.credit) {
        peer_say(peer, "the first chunk of transfer %" PRIu32 " is over its credit of %" PRIu32,
                 chunk->id, peer->limits.credit);
        return peer_fail(peer, VIA_BAD_SIZE);
    }
    return VIA_OK;
}

/* A frame that came in one chunk is one like any other. */
static enum via_status receive_whole(struct peer *peer, const struct frame *chunk)
{
    struct frame frame;
    size_t used;
    enum via_status status =
        frame_decode(chunk->body, chunk->body_size, chunk->body_size, &frame, &used);
    if (status != VIA_OK) {
        peer_say(peer, "transfer %" PRIu32 " is no good frame: %s", chunk->id,
                 via_status_name(status));
        return peer_fail(peer, status);
    }
    int fds[FRAME_FDS_MAX];
    frame.fds_lost = !peer_claim_fds(peer, &frame, fds);
    return peer_take_frame(peer, &frame, fds, false);
}

/* Whoever it introduces is known from here on: frames that overtake the rest of it may name them.
 * VIA_NO_MEMORY, or a fault. */
static enum via_status introduce(struct peer *peer, const struct frame *head)
{
    struct meta meta;
    if (head->kind != FRAME_CALL)
        return VIA_OK;
    enum via_status status = peer_read_meta(peer, head, &meta);
    return status == VIA_OK ? peer_take_introductions(peer, &meta) : status;
}

/* Whether it is for somebody, and the owner wants it in pieces. Anything but VIA_OK refuses it; a
 * fault has been told. */
static enum via_status admit(struct peer *peer, const struct frame *head, bool *piecesp)
{
    void *object = NULL;
    uint64_t context = 0;
    if (head->kind == FRAME_CALL) {
        enum via_status status = peer_admit_call(peer, head, &object);
        if (status != VIA_OK)
            return status;
    } else if (head->kind == FRAME_REPLY) {
        const struct sent_call *call = sent_calls_find(&peer->sent, head->id);
        if (call == NULL || call->forgotten)
            return VIA_CANCELLED;
        context = call->context;
    }
    *piecesp = peer->ops->begins != NULL && peer->ops->begins(peer->user, object, head, context);
    return VIA_OK;
}

/* It is for nobody: nothing of it has been counted. Its descriptors go with what is left of it. */
static void turn_away(struct peer *peer, const struct frame *head, enum via_status status)
{
    peer_return_gifts(peer, head);
    peer_refuse_fds(peer, head);
    if (head->kind == FRAME_CALL)
        peer_turn_away(peer, head, status);
    else
        fail_reply(peer, head, status, 0);
}

static bool keep_fds(struct incoming_transfer *transfer, const struct frame *head)
{
    if (head->n_fds == 0)
        return true;
    int fds[FRAME_FDS_MAX];
    if (!peer_claim_fds(transfer->peer, head, fds))
        return false;
    transfer->fds = malloc(head->n_fds * sizeof *fds);
    if (transfer->fds == NULL) {
        peer_close_fds(fds, head->n_fds);
        return false;
    }
    memcpy(transfer->fds, fds, head->n_fds * sizeof *fds);
    transfer->n_fds = head->n_fds;
    return true;
}

static bool begin_whole(struct incoming_transfer *transfer, const struct frame *chunk, size_t head)
{
    size_t capacity = transfer->size - head > transfer->peer->limits.credit
                          ? head + transfer->peer->limits.credit
                          : transfer->size;
    if (!incoming_transfer_grow(transfer, capacity))
        return false;
    memcpy(transfer->octets, chunk->body, chunk->body_size);
    return true;
}

/* What has come goes on to whoever takes it. */
static void pass_on(struct incoming_transfer *transfer, const uint8_t *octets, size_t size)
{
    struct outgoing_frame *taker = transfer->passage.taker;
    if (taker == NULL || outgoing_push(taker, octets, size) == VIA_OK)
        return;
    outgoing_cut_short(taker, 0);
    drop(transfer);
}

static enum via_status begin_pieces(struct incoming_transfer *transfer, const struct frame *chunk,
                                    struct frame *head, size_t used)
{
    struct peer *peer = transfer->peer;
    int fds[FRAME_FDS_MAX];
    size_t n_fds = transfer->n_fds;
    if (n_fds > 0)
        memcpy(fds, transfer->fds, n_fds * sizeof *fds);
    transfer->n_fds = 0;
    transfer->fate = FATE_PIECES;
    head->passage = &transfer->passage;
    enum via_status status = peer_take_frame(peer, head, fds, true);
    if (status != VIA_OK)
        return status;
    if (transfer->fate == FATE_PIECES && transfer->passage.taker == NULL)
        drop(transfer);
    if (transfer->fate == FATE_PIECES)
        pass_on(transfer, chunk->body + used, chunk->body_size - used);
    return VIA_OK;
}

/* ---- the last chunk ---- */

/* A deadline runs from the first chunk. */
static void shorten(const struct incoming_transfer *transfer, struct frame *frame)
{
    if (frame->kind != FRAME_CALL || frame->time == FRAME_NO_DEADLINE)
        return;
    uint64_t passed = peer_now(transfer->peer) - transfer->begun;
    frame->time = passed < frame->time ? frame->time - (uint32_t)passed : 0;
}

static enum via_status arrive(struct incoming_transfer *transfer)
{
    struct peer *peer = transfer->peer;
    struct frame frame;
    size_t used;
    enum via_status status =
        frame_decode(transfer->octets, transfer->size, transfer->size, &frame, &used);
    if (status != VIA_OK) {
        peer_say(peer, "transfer %" PRIu32 " is no good frame: %s", transfer->id,
                 via_status_name(status));
        return peer_fail(peer, status);
    }
    shorten(transfer, &frame);
    int fds[FRAME_FDS_MAX];
    if (transfer->n_fds > 0)
        memcpy(fds, transfer->fds, transfer->n_fds * sizeof *fds);
    transfer->n_fds = 0;
    return peer_take_frame(peer, &frame, fds, true);
}

static void end_short(struct incoming_transfer *transfer, uint32_t cause)
{
    struct frame head;
    if (transfer->fate == FATE_PIECES) {
        outgoing_cut_short(transfer->passage.taker, cause);
    } else if (transfer->fate == FATE_WHOLE) {
        head_of(transfer, &head);
        fail(transfer, &head, transfer->kind == FRAME_REPLY ? VIA_DEAD : VIA_CANCELLED,
             cause >= VIA_EXITED && cause <= VIA_EVICTED ? cause : VIA_LINK_LOST);
    }
}

static enum via_status end(struct incoming_transfer *transfer, uint32_t cause)
{
    struct peer *peer = transfer->peer;
    enum via_status status = VIA_OK;
    take_out(transfer);
    if (transfer->received < transfer->size)
        end_short(transfer, cause);
    else if (transfer->fate == FATE_WHOLE)
        status = arrive(transfer);
    else if (transfer->fate == FATE_PIECES)
        outgoing_leave_passage(transfer->passage.taker);
    destroy(transfer);
    if (status == VIA_OK)
        reserve(peer);
    return status;
}

/* ---- chunks ---- */

static enum via_status receive_first(struct peer *peer, const struct frame *chunk)
{
    struct frame head;
    size_t used;
    size_t size;
    enum via_status status = judge(peer, chunk, &head, &used, &size);
    if (status != VIA_OK)
        return status;
    if (chunk->body_size == size)
        return receive_whole(peer, chunk);

    bool is_pieces = false;
    bool is_spare;
    enum via_status introduced = introduce(peer, &head);
    if (peer->fault != VIA_OK)
        return introduced;
    enum via_status admitted = admit(peer, &head, &is_pieces);
    if (peer->fault != VIA_OK)
        return admitted;
    struct incoming_transfer *transfer = incoming_transfer_create(peer, &is_spare);
    if (transfer == NULL) {
        peer_say(peer, "no memory for transfer %" PRIu32, chunk->id);
        return peer_fail(peer, VIA_NO_MEMORY);
    }
    transfer->id = chunk->id;
    transfer->kind = head.kind;
    transfer->is_oneway = (head.flags & FRAME_ONEWAY) != 0;
    transfer->number = head.id;
    transfer->size = size;
    transfer->received = chunk->body_size;
    transfer->open = peer->limits.credit - (chunk->body_size - used);
    transfer->begun = peer_now(peer);
    if (admitted != VIA_OK) {
        turn_away(peer, &head, admitted);
        drop(transfer);
    } else if (!keep_fds(transfer, &head) || is_spare || introduced != VIA_OK ||
               (!is_pieces && !begin_whole(transfer, chunk, used))) {
        fail(transfer, &head, VIA_NO_MEMORY, 0);
        drop(transfer);
    } else if (is_pieces) {
        status = begin_pieces(transfer, chunk, &head, used);
        if (status != VIA_OK)
            return status;
    }
    if (chunk->flags & FRAME_LAST)
        return end(transfer, chunk->code);
    reserve(peer);
    return VIA_OK;
}

static enum via_status receive_more(struct incoming_transfer *transfer, const struct frame *chunk)
{
    struct peer *peer = transfer->peer;
    size_t size = chunk->body_size;
    bool is_last = (chunk->flags & FRAME_LAST) != 0;
    bool is_too_much = size > transfer->size - transfer->received;
    if (is_too_much || (!is_last && size == transfer->size - transfer->received)) {
        peer_say(peer, "transfer %" PRIu32 " goes on behind its frame of %zu octets", transfer->id,
                 transfer->size);
        return peer_fail(peer, VIA_BAD_SIZE);
    }
    if (size > transfer->open) {
        peer_say(peer, "transfer %" PRIu32 " goes on with %zu octets, its credit is %zu",
                 transfer->id, size, transfer->open);
        return peer_fail(peer, VIA_BAD_SIZE);
    }
    transfer->open -= size;
    if (transfer->fate == FATE_WHOLE && size > 0)
        memcpy(transfer->octets + transfer->received, chunk->body, size);
    transfer->received += size;
    if (transfer->fate == FATE_PIECES)
        pass_on(transfer, chunk->body, size);
    if (is_last)
        return end(transfer, chunk->code);
    if (transfer->is_reserved)
        give_credit(transfer, size);
    return VIA_OK;
}

enum via_status incoming_transfers_receive(struct peer *peer, const struct frame *chunk)
{
    struct incoming_transfers *table = &peer->incoming;
    struct incoming_transfer *transfer = find(peer, chunk->id);
    if (transfer != NULL)
        return receive_more(transfer, chunk);
    if (table->any && (chunk->id == table->last_id || chunk->id - table->last_id > INT32_MAX)) {
        peer_say(peer, "transfer %" PRIu32 " does not count upward from %" PRIu32, chunk->id,
                 table->last_id);
        return peer_fail(peer, VIA_BAD_KIND);
    }
    if (table->n >= peer->limits.transfers_max) {
        peer_say(peer, "transfer %" PRIu32 " is one too many: max_transfers is %" PRIu32, chunk->id,
                 peer->limits.transfers_max);
        return peer_fail(peer, VIA_TOO_LARGE);
    }
    table->last_id = chunk->id;
    table->any = true;
    return receive_first(peer, chunk);
}

void incoming_transfers_forget(struct peer *peer, uint32_t id)
{
    struct incoming_transfer *transfer = find_whole(peer, FRAME_REPLY, id);
    if (transfer == NULL)
        return;
    give_up(transfer, VIA_CANCELLED);
    reserve(peer);
}

bool incoming_transfers_cancel(struct peer *peer, uint32_t id)
{
    struct incoming_transfer *transfer = find_whole(peer, FRAME_CALL, id);
    if (transfer == NULL)
        return false;
    give_up(transfer, VIA_CANCELLED);
    reserve(peer);
    return true;
}

/* ---- the end ---- */

void incoming_transfers_end(struct peer *peer, uint32_t cause)
{
    while (peer->incoming.first != NULL) {
        struct incoming_transfer *transfer = peer->incoming.first;
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): take_out() unlinks what is freed */
        assert(transfer->previous == NULL);
        take_out(transfer);
        if (transfer->fate == FATE_PIECES)
            outgoing_cut_short(transfer->passage.taker, cause);
        destroy(transfer);
    }
    peer->incoming.any = false;
}

void incoming_transfers_deinit(struct peer *peer)
{
    while (peer->incoming.first != NULL) {
        struct incoming_transfer *transfer = peer->incoming.first;
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): take_out() unlinks what is freed */
        assert(transfer->previous == NULL);
        take_out(transfer);
        if (transfer->fate == FATE_PIECES)
            outgoing_leave_passage(transfer->passage.taker);
        destroy(transfer);
    }
    free(peer->incoming.spare);
    peer->incoming.spare = NULL;
}

/* ---- passages that are connected again ---- */

bool incoming_connect(struct incoming_transfer *transfer, struct outgoing_frame *out)
{
    if (!outgoing_take_passage(out, &transfer->passage, transfer->size - transfer->received))
        return false;
    transfer->passage.taker = out;
    transfer->fate = FATE_PIECES;
    return true;
}
