/*
 * A list of the frames that were accepted and have not gone whole, in that order. Each stands
 * behind at most one earlier one, its blocker: the last that it may not overtake. When one has
 * gone, the list is gone through once and whoever stood behind it goes, or finds another to wait
 * for. While no transfer is under way the list is empty, and nothing here is asked.
 *
 * The head of a transfer is an ordinary frame: what it gives, introduces and names is at the other
 * end before whatever is sent next. The rest stands ready in blocks, each with room for the header
 * of its CHUNK, written when its turn comes.
 *
 * A transfer whose head has been accepted always sends it, even if it is cut short before: so what
 * it gave is counted at the other end, and given back from there.
 */
#include "bridge/outgoing_transfers.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/outgoing_frame.h"
#include "bridge/passage.h"
#include "bridge/peer_state.h"

static void refill(void *user, struct outbox *outbox)
{
    struct peer *peer = user;
    if (peer->state != PEER_ENDED && !peer->bye_sent)
        turns_refill(&peer->outgoing.turns, outbox);
}

void outgoing_transfers_init(struct peer *peer)
{
    turns_init(&peer->outgoing.turns);
    outbox_set_refill(peer->outbox, refill, peer);
}

void outgoing_transfers_limit(struct peer *peer)
{
    struct outgoing_transfers *table = &peer->outgoing;
    const struct hello *theirs = &peer->their_hello;
    table->begun_max = theirs->transfers_max;
    table->window = theirs->credit;
    /* Whoever waits for credit has nothing under way, and less than a quarter was kept back. */
    uint32_t most = (theirs->credit / 2) & ~7u;
    uint32_t piece = peer->limits.wire_max - FRAME_HEADER_SIZE;
    table->piece_max = most < piece ? most : piece;
}

/* ---- the list ---- */

static bool write_block(struct turn *turn, struct outbox *outbox);

void outgoing_append(struct outgoing_frame *out)
{
    struct outgoing_transfers *table = outgoing_table(out);
    out->turn.write = write_block;
    out->previous = table->last;
    if (table->last != NULL)
        table->last->next = out;
    else
        table->first = out;
    table->last = out;
}

static void take_out(struct outgoing_transfers *table, struct outgoing_frame *out)
{
    if (out->previous != NULL)
        out->previous->next = out->next;
    else
        table->first = out->next;
    if (out->next != NULL)
        out->next->previous = out->previous;
    else
        table->last = out->previous;
}

/* Its octets are not kept any more. */
static void unweigh(struct outgoing_frame *out)
{
    if (out->is_transfer)
        outgoing_table(out)->weight -= out->size;
    else
        outgoing_table(out)->held_size -= out->size;
    out->size = 0;
}

/* ---- going out ---- */

/* A CHUNK without octets that ends a transfer short. */
static void send_end(struct outgoing_frame *out)
{
    const struct frame chunk = {
        .kind = FRAME_CHUNK, .flags = FRAME_LAST, .id = out->id, .code = out->cause};
    peer_must_send(out->peer, &chunk);
}

static void send_cancel(struct outgoing_frame *out)
{
    const struct frame cancel = {.kind = FRAME_CANCEL, .id = out->number};
    peer_must_send(out->peer, &cancel);
}

static void leave(struct outgoing_frame *out)
{
    turns_leave(&outgoing_table(out)->turns, &out->turn);
    if (out->is_begun)
        outgoing_table(out)->n_begun--;
    else
        outgoing_table(out)->n_held--;
    if (out->is_transfer)
        outgoing_table(out)->n_transfers--;
    unweigh(out);
    out->has_gone = true;
}

static bool may_write(const struct outgoing_frame *out)
{
    return out->is_begun && out->blocks != NULL &&
           out->credit >= out->blocks->size - FRAME_HEADER_SIZE;
}

void outgoing_join(struct outgoing_frame *out)
{
    if (may_write(out))
        turns_join(&outgoing_table(out)->turns, &out->turn);
}

/* The time that is left of a frame that has waited. */
static void set_time(struct outgoing_frame *out)
{
    if (out->expires == 0)
        return;
    uint64_t now = peer_now(out->peer);
    frame_set_time(out->octets, now < out->expires ? (uint32_t)(out->expires - now) : 0);
}

static void mark_introduced(struct peer *peer, const struct outgoing_frame *out)
{
    for (uint32_t i = 0; i < out->n_introductions; i++)
        peer_mark_introduced(peer, (uint32_t)out->named[i]);
}

/* The frame, or the head of it, goes out. VIA_NO_MEMORY: it did not. */
static enum via_status begin(struct outgoing_frame *out)
{
    struct outgoing_transfers *table = outgoing_table(out);
    struct peer *peer = out->peer;
    uint8_t *place;
    size_t header = out->is_transfer ? FRAME_HEADER_SIZE : 0;
    enum via_status status =
        outbox_add(peer->outbox, header + out->octets_size, out->fds, out->n_fds, &place);
    if (status != VIA_OK)
        return status;
    free(out->fds);
    out->fds = NULL;
    out->n_fds = 0;
    set_time(out);
    if (out->is_transfer) {
        out->id = ++table->last_id;
        const struct frame chunk = {.kind = FRAME_CHUNK,
                                    .id = out->id,
                                    .object = out->kind,
                                    .body_size = (uint32_t)out->octets_size};
        frame_encode_head(&chunk, place);
    }
    memcpy(place + header, out->octets, out->octets_size);
    streams_begin(peer, place + header, out->octets_size);
    free(out->octets);
    out->octets = NULL;
    mark_introduced(peer, out);
    if (!out->is_transfer) {
        if (out->is_cut)
            send_cancel(out);
        leave(out);
        return VIA_OK;
    }
    table->n_held--;
    table->n_begun++;
    out->is_begun = true;
    out->credit = table->window;
    if (out->is_cut) {
        send_end(out);
        leave(out);
        return VIA_OK;
    }
    outgoing_join(out);
    return VIA_OK;
}

static bool may_begin(const struct outgoing_frame *out)
{
    return !out->is_transfer || outgoing_table(out)->n_begun < outgoing_table(out)->begun_max;
}

/* One has gone, or a place is free: whoever waited for that goes. */
static void sweep(struct outgoing_transfers *table)
{
    for (struct outgoing_frame *out = table->first; out != NULL; out = out->next) {
        if (out->is_begun || out->has_gone)
            continue;
        if (out->blocker != NULL && out->blocker->has_gone)
            out->blocker = outgoing_frame_blocker(out, out->blocker);
        if (out->blocker != NULL || !may_begin(out) || begin(out) == VIA_OK)
            continue;
        out->peer->starved = true;
        leave(out);
    }
    struct outgoing_frame *next;
    for (struct outgoing_frame *out = table->first; out != NULL; out = next) {
        next = out->next;
        if (out->has_gone) {
            take_out(table, out);
            outgoing_frame_destroy(out);
        }
    }
}

static void finish(struct outgoing_frame *out)
{
    struct outgoing_transfers *table = outgoing_table(out);
    leave(out);
    sweep(table);
}

static struct outgoing_frame *of_turn(struct turn *turn)
{
    return (struct outgoing_frame *)((char *)turn - offsetof(struct outgoing_frame, turn));
}

/* Its turn: the first block goes, as a CHUNK. */
static bool write_block(struct turn *turn, struct outbox *outbox)
{
    struct outgoing_frame *out = of_turn(turn);
    if (!may_write(out))
        return false;
    struct outbox_block *block = out->blocks;
    out->blocks = block->next;
    if (out->blocks == NULL)
        out->last_block = NULL;
    block->next = NULL;
    uint32_t size = (uint32_t)(block->size - FRAME_HEADER_SIZE);
    bool is_last = out->blocks == NULL && out->left == 0;
    const struct frame chunk = {
        .kind = FRAME_CHUNK, .flags = is_last ? FRAME_LAST : 0, .id = out->id, .body_size = size};
    frame_encode_head(&chunk, block->octets);
    while (block->size % 8 != 0)
        block->octets[block->size++] = 0;
    outbox_append_block(outbox, block);
    out->credit -= size;
    if (out->passage != NULL) {
        incoming_consumed(out->passage->incoming, size);
    } else if (out->size > size) {
        out->size -= size;
        outgoing_table(out)->weight -= size;
    }
    if (is_last) {
        finish(out);
        return false;
    }
    return may_write(out);
}

/* ---- accepting ---- */

static bool is_transfer(const struct peer *peer, const struct frame *frame)
{
    return frame->passage != NULL || frame_size(frame) > peer->limits.wire_max;
}

/* What it may come to keep in memory. */
static size_t weigh(const struct frame *frame)
{
    size_t size = frame_size(frame);
    if (frame->passage != NULL && size > frame->passage->window)
        return frame->passage->window;
    return size;
}

static enum via_status check_room(struct peer *peer, const struct outgoing_frame *out)
{
    const struct outgoing_transfers *table = &peer->outgoing;
    size_t bound = peer->limits.transfers_size_max;
    if (out->is_transfer && table->n_transfers > 0 &&
        (table->weight >= bound || out->size > bound - table->weight)) {
        peer_say(peer,
                 "large messages of %zu octets wait for the link, %zu more are over "
                 "max_transfers_size, %zu",
                 table->weight, out->size, bound);
        return VIA_BUSY;
    }
    bound = peer->limits.queue_max;
    if (!out->is_transfer && (table->n_held >= OUTGOING_HELD_MAX || table->held_size >= bound ||
                              out->size > bound - table->held_size)) {
        peer_say(peer,
                 "%u frames of %zu octets wait behind large messages: %u frames or max_queue_size, "
                 "%zu octets, is the most",
                 table->n_held, table->held_size, OUTGOING_HELD_MAX, bound);
        return VIA_BUSY;
    }
    return VIA_OK;
}

void outgoing_count_in(struct outgoing_frame *out)
{
    struct outgoing_transfers *table = outgoing_table(out);
    if (out->is_begun)
        table->n_begun++;
    else
        table->n_held++;
    if (out->is_transfer) {
        table->n_transfers++;
        table->weight += out->size;
    } else {
        table->held_size += out->size;
    }
}

static void accept(struct outgoing_frame *out)
{
    outgoing_count_in(out);
    outgoing_append(out);
}

static enum via_status send_through(struct peer *peer, struct outgoing_frame *out,
                                    const struct frame *frame, const int *fds, bool is_bounded)
{
    size_t n_fds = 0;
    int present[FRAME_FDS_MAX];
    uint8_t entries[FRAME_FDS_MAX * FRAME_FD_SIZE];
    struct frame marked = *frame;
    if (frame->n_fds > 0)
        n_fds = peer_mark_fds(&marked, fds, entries, present);
    out->is_transfer = is_transfer(peer, frame);
    out->size = out->is_transfer ? weigh(frame) : frame_size(frame);
    out->blocker = outgoing_frame_blocker(out, peer->outgoing.last);
    enum via_status status = is_bounded ? check_room(peer, out) : VIA_OK;
    if (status == VIA_OK)
        status = outgoing_frame_fill(out, &marked, present, n_fds);
    if (status != VIA_OK)
        return status;
    accept(out);
    if (out->blocker == NULL && may_begin(out))
        status = begin(out);
    if (status != VIA_OK) {
        leave(out);
        take_out(&peer->outgoing, out);
        out->n_fds = 0; /* they are still the caller's */
        return status;
    }
    out->passage = frame->passage;
    if (out->passage != NULL)
        out->passage->taker = out;
    return VIA_OK;
}

bool outgoing_transfers_may_go(struct peer *peer, const struct frame *frame,
                               const struct meta *meta)
{
    if (is_transfer(peer, frame))
        return false;
    if (peer->outgoing.last == NULL)
        return true;
    const struct outgoing_frame out = {.kind = frame->kind,
                                       .object = outgoing_frame_object(peer, frame),
                                       .sender =
                                           meta != NULL && meta->has_caller ? meta->caller : 0};
    return outgoing_frame_blocker(&out, peer->outgoing.last) == NULL;
}

enum via_status outgoing_transfers_send(struct peer *peer, const struct frame *frame,
                                        const struct meta *meta, const int *fds, bool is_bounded)
{
    struct outgoing_frame *out = outgoing_frame_create(peer, frame, meta);
    if (out == NULL)
        return VIA_NO_MEMORY;
    enum via_status status = send_through(peer, out, frame, fds, is_bounded);
    if (status != VIA_OK)
        outgoing_frame_destroy(out);
    return status;
}

void outgoing_transfers_tell(struct peer *peer, const struct frame *frame)
{
    struct outgoing_transfers *table = &peer->outgoing;
    struct outgoing_frame told = {.kind = frame->kind,
                                  .about = frame->kind == FRAME_DEATH
                                               ? OUTGOING_OURS(frame->object)
                                               : OUTGOING_THEIRS(frame->object)};
    struct outgoing_frame *blocker = outgoing_frame_blocker(&told, table->last);
    if (blocker == NULL) {
        peer_must_send(peer, frame);
        return;
    }
    struct outgoing_frame *out = outgoing_frame_alloc(peer, 0);
    if (out == NULL) {
        peer->starved = true;
        return;
    }
    *out = told;
    out->peer = peer;
    out->blocker = blocker;
    out->size = frame_size(frame);
    if (outgoing_frame_keep_octets(out, frame, out->size) != VIA_OK) {
        peer->starved = true;
        outgoing_frame_destroy(out);
        return;
    }
    accept(out);
}

/* ---- while it goes ---- */

static void drop_passage(struct outgoing_frame *out)
{
    struct passage *passage = out->passage;
    out->passage = NULL;
    if (passage == NULL)
        return;
    passage->taker = NULL;
    incoming_refused(passage->incoming);
}

/* No more of it is sent than its end. */
static void cut(struct outgoing_frame *out, uint32_t cause)
{
    out->is_cut = true;
    out->cause = cause;
    outgoing_frame_drop_blocks(out);
    if (!out->is_begun)
        return;
    send_end(out);
    finish(out);
}

bool outgoing_transfers_credit(struct peer *peer, uint32_t id, uint32_t n, bool no_more)
{
    struct outgoing_transfers *table = &peer->outgoing;
    struct outgoing_frame *out = table->first;
    while (out != NULL && !(out->is_begun && out->id == id))
        out = out->next;
    if (out == NULL) /* one that has ended, or has never been */
        return id != 0 && table->last_id - id <= INT32_MAX;
    out->credit += n;
    if (no_more) {
        drop_passage(out);
        cut(out, 0);
    } else {
        outgoing_join(out);
    }
    peer_stir(peer);
    return true;
}

bool outgoing_transfers_cancel(struct peer *peer, uint32_t id)
{
    struct outgoing_frame *out = peer->outgoing.first;
    while (out != NULL && !(out->is_two_way && out->number == id))
        out = out->next;
    if (out == NULL)
        return false;
    if (!out->is_transfer) {
        out->is_cut = true; /* its CANCEL follows it */
    } else if (!out->is_cut) {
        drop_passage(out);
        cut(out, 0); /* which may free it */
    }
    return true;
}

enum via_status outgoing_push(struct outgoing_frame *out, const uint8_t *octets, size_t size)
{
    size_t piece = outgoing_table(out)->piece_max + FRAME_HEADER_SIZE;
    assert(size <= out->left);
    while (size > 0) {
        struct outbox_block *block = out->last_block;
        if (block == NULL || block->size >= piece) {
            block = outgoing_frame_add_block(out, piece);
            if (block == NULL)
                return VIA_NO_MEMORY;
        }
        size_t n = piece - block->size < size ? piece - block->size : size;
        memcpy(block->octets + block->size, octets, n);
        block->size += n;
        octets += n;
        size -= n;
        out->left -= n;
    }
    outgoing_join(out);
    peer_stir(out->peer);
    return VIA_OK;
}

void outgoing_cut_short(struct outgoing_frame *out, uint32_t cause)
{
    struct peer *peer = out->peer;
    outgoing_leave_passage(out);
    cut(out, cause);
    peer_stir(peer);
}

void outgoing_leave_passage(struct outgoing_frame *out)
{
    out->passage->taker = NULL;
    out->passage = NULL;
}

void outgoing_transfers_end(struct peer *peer)
{
    struct outgoing_transfers *table = &peer->outgoing;
    while (table->first != NULL) {
        struct outgoing_frame *out = table->first;
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): take_out() unlinks what is freed */
        assert(out->previous == NULL);
        drop_passage(out);
        leave(out);
        take_out(table, out);
        outgoing_frame_destroy(out);
    }
    table->last_id = 0;
}

/* ---- passages that are connected again ---- */

bool outgoing_take_passage(struct outgoing_frame *out, struct passage *passage, size_t left)
{
    if (out->left != left || out->is_cut || out->passage != NULL)
        return false;
    out->passage = passage;
    return true;
}

void outgoing_orphan(struct outgoing_frame *out, uint32_t cause)
{
    if (!out->is_cut)
        cut(out, cause);
}
