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
#include <unistd.h>

#include "bridge/passage.h"
#include "bridge/peer_handover.h"
#include "bridge/peer_state.h"

#define BLOCK_ROOM (FRAME_HEADER_SIZE + 8u) /* beside a piece: header and padding */

/* A handle that a frame names: whose it is and its number. */
#define OURS(number) ((uint64_t)(number))
#define THEIRS(number) ((uint64_t)1 << 32 | (number))

struct outgoing_frame {
    struct turn turn;
    struct peer *peer; /* borrowed */
    struct outgoing_frame *next, *previous;
    struct outgoing_frame *blocker; /* an earlier one; NULL for none */
    uint8_t kind;
    bool is_transfer, is_begun, is_cut, has_gone;
    bool is_two_way;  /* a CALL that is answered */
    uint32_t number;  /* of the CALL */
    uint32_t cause;   /* a REPLY's, when cut */
    uint32_t object;  /* CALL, EVENT: what it is for */
    uint32_t sender;  /* CALL: META's caller */
    uint64_t about;   /* DEATH, RELEASE */
    uint64_t expires; /* of a CALL that waits: when its time is up; 0 for never */
    size_t size;      /* counted as held, or as weight */

    /* until it begins: the frame, or the head of it */
    uint8_t *octets; /* owned */
    size_t octets_size;
    int *fds; /* owned */
    size_t n_fds;

    /* transfers */
    uint32_t id;
    uint64_t credit;
    uint64_t left;                            /* octets of the rest that are not in blocks yet */
    struct outbox_block *blocks, *last_block; /* owned; their room filled behind the header's */
    struct passage *passage;                  /* where the rest comes from; NULL: it is here */

    uint32_t n_introductions, n_named;
    uint64_t named[]; /* those introduced come first */
};

static struct outgoing_transfers *table_of(const struct outgoing_frame *out)
{
    return &out->peer->outgoing;
}

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

static void append(struct outgoing_transfers *table, struct outgoing_frame *out)
{
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

static void drop_blocks(struct outgoing_frame *out)
{
    while (out->blocks != NULL) {
        struct outbox_block *next = out->blocks->next;
        (void)outbox_block_destroy(out->blocks);
        out->blocks = next;
    }
    out->last_block = NULL;
}

static void close_fds(struct outgoing_frame *out)
{
    for (size_t i = 0; i < out->n_fds; i++)
        (void)close(out->fds[i]);
    free(out->fds);
    out->fds = NULL;
    out->n_fds = 0;
}

static void free_frame(struct outgoing_frame *out)
{
    drop_blocks(out);
    close_fds(out);
    free(out->octets);
    free(out);
}

/* Its octets are not kept any more. */
static void unweigh(struct outgoing_frame *out)
{
    if (out->is_transfer)
        table_of(out)->weight -= out->size;
    else
        table_of(out)->held_size -= out->size;
    out->size = 0;
}

static bool names(const struct outgoing_frame *out, uint64_t handle)
{
    for (uint32_t i = 0; i < out->n_named; i++)
        if (out->named[i] == handle)
            return true;
    return false;
}

/* Whether @later may not overtake @earlier. */
static bool is_behind(const struct outgoing_frame *later, const struct outgoing_frame *earlier)
{
    switch (later->kind) {
    case FRAME_CALL:
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

/* Who is the last of those up to @earlier that @out may not overtake. */
static struct outgoing_frame *find_blocker(const struct outgoing_frame *out,
                                           struct outgoing_frame *earlier)
{
    while (earlier != NULL && (earlier->has_gone || !is_behind(out, earlier)))
        earlier = earlier->previous;
    return earlier;
}

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
            name(out, ref.flags & FRAME_REF_YOURS ? THEIRS(ref.handle) : OURS(ref.handle));
    }
}

static void name_callers(struct outgoing_frame *out, const struct meta *meta)
{
    bool ours = out->peer->role == PEER_GATEWAY;
    if (meta->has_caller)
        name(out, ours ? OURS(meta->caller) : THEIRS(meta->caller));
    if (meta->has_first)
        name(out, ours ? OURS(meta->first) : THEIRS(meta->first));
}

/* What it is for or from. */
static void name_object(struct outgoing_frame *out, const struct frame *frame)
{
    const struct received_call *call;
    switch (frame->kind) {
    case FRAME_CALL:
        name(out, THEIRS(frame->object));
        break;
    case FRAME_EVENT:
        name(out, out->peer->role == PEER_GATEWAY ? THEIRS(frame->object) : OURS(frame->object));
        break;
    default:
        call = received_calls_find(&out->peer->received, frame->id);
        if (call != NULL)
            name(out, OURS(call->object));
    }
}

static struct outgoing_frame *create(struct peer *peer, const struct frame *frame,
                                     const struct meta *meta)
{
    uint32_t n_introductions = meta == NULL ? 0 : meta->n_introductions;
    size_t n = (size_t)frame->n_refs + n_introductions + 3;
    struct outgoing_frame *out = calloc(1, sizeof *out + n * sizeof *out->named);
    if (out == NULL)
        return NULL;
    out->peer = peer;
    out->kind = frame->kind;
    out->object = frame->object;
    if (frame->kind == FRAME_CALL) {
        out->number = frame->id;
        out->is_two_way = !(frame->flags & FRAME_ONEWAY);
        if (frame->time != FRAME_NO_DEADLINE)
            out->expires = peer_now(peer) + frame->time;
    }
    for (uint32_t i = 0; i < n_introductions; i++)
        name(out, OURS(meta->introductions[i].number));
    out->n_introductions = n_introductions;
    name_object(out, frame);
    name_references(out, frame);
    if (meta != NULL) {
        out->sender = meta->has_caller ? meta->caller : 0;
        name_callers(out, meta);
    }
    return out;
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
    turns_leave(&table_of(out)->turns, &out->turn);
    if (out->is_begun)
        table_of(out)->n_begun--;
    else
        table_of(out)->n_held--;
    if (out->is_transfer)
        table_of(out)->n_transfers--;
    unweigh(out);
    out->has_gone = true;
}

static bool may_write(const struct outgoing_frame *out)
{
    return out->is_begun && out->blocks != NULL &&
           out->credit >= out->blocks->size - FRAME_HEADER_SIZE;
}

static void join(struct outgoing_frame *out)
{
    if (may_write(out))
        turns_join(&table_of(out)->turns, &out->turn);
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
    struct outgoing_transfers *table = table_of(out);
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
    streams_begin(peer, out->octets, out->octets_size);
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
    join(out);
    return VIA_OK;
}

static bool may_begin(const struct outgoing_frame *out)
{
    return !out->is_transfer || table_of(out)->n_begun < table_of(out)->begun_max;
}

/* One has gone, or a place is free: whoever waited for that goes. */
static void sweep(struct outgoing_transfers *table)
{
    for (struct outgoing_frame *out = table->first; out != NULL; out = out->next) {
        if (out->is_begun || out->has_gone)
            continue;
        if (out->blocker != NULL && out->blocker->has_gone)
            out->blocker = find_blocker(out, out->blocker);
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
            free_frame(out);
        }
    }
}

static void finish(struct outgoing_frame *out)
{
    struct outgoing_transfers *table = table_of(out);
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
        table_of(out)->weight -= size;
    }
    if (is_last) {
        finish(out);
        return false;
    }
    return may_write(out);
}

/* ---- accepting ---- */

/* The rest of @frame, which is here, as blocks. */
static enum via_status make_blocks(struct outgoing_frame *out, const struct frame *frame,
                                   size_t rest)
{
    size_t piece = table_of(out)->piece_max;
    for (size_t at = 0; at < rest; at += piece) {
        size_t size = rest - at < piece ? rest - at : piece;
        struct outbox_block *block = outbox_block_create(size + BLOCK_ROOM);
        if (block == NULL)
            return VIA_NO_MEMORY;
        frame_encode_rest(frame, at, size, block->octets + FRAME_HEADER_SIZE);
        block->size = FRAME_HEADER_SIZE + size;
        if (out->last_block != NULL)
            out->last_block->next = block;
        else
            out->blocks = block;
        out->last_block = block;
    }
    return VIA_OK;
}

static enum via_status keep_octets(struct outgoing_frame *out, const struct frame *frame,
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

static enum via_status fill(struct outgoing_frame *out, const struct frame *frame, const int *fds,
                            size_t n_fds)
{
    size_t size = frame_size(frame);
    size_t head = frame_head_size(frame);
    enum via_status status = keep_octets(out, frame, out->is_transfer ? head : size);
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

static void accept(struct peer *peer, struct outgoing_frame *out)
{
    struct outgoing_transfers *table = &peer->outgoing;
    table->n_held++;
    if (out->is_transfer) {
        table->n_transfers++;
        table->weight += out->size;
    } else {
        table->held_size += out->size;
    }
    append(table, out);
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
    out->turn.write = write_block;
    out->is_transfer = is_transfer(peer, frame);
    out->size = out->is_transfer ? weigh(frame) : frame_size(frame);
    out->blocker = find_blocker(out, peer->outgoing.last);
    enum via_status status = is_bounded ? check_room(peer, out) : VIA_OK;
    if (status == VIA_OK)
        status = fill(out, &marked, present, n_fds);
    if (status != VIA_OK)
        return status;
    accept(peer, out);
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
    const struct outgoing_frame out = {.kind = frame->kind,
                                       .object = frame->object,
                                       .sender =
                                           meta != NULL && meta->has_caller ? meta->caller : 0};
    return find_blocker(&out, peer->outgoing.last) == NULL;
}

enum via_status outgoing_transfers_send(struct peer *peer, const struct frame *frame,
                                        const struct meta *meta, const int *fds, bool is_bounded)
{
    struct outgoing_frame *out = create(peer, frame, meta);
    if (out == NULL)
        return VIA_NO_MEMORY;
    enum via_status status = send_through(peer, out, frame, fds, is_bounded);
    if (status != VIA_OK)
        free_frame(out);
    return status;
}

void outgoing_transfers_tell(struct peer *peer, const struct frame *frame)
{
    struct outgoing_transfers *table = &peer->outgoing;
    struct outgoing_frame told = {.kind = frame->kind,
                                  .about = frame->kind == FRAME_DEATH ? OURS(frame->object)
                                                                      : THEIRS(frame->object)};
    struct outgoing_frame *blocker = find_blocker(&told, table->last);
    if (blocker == NULL) {
        peer_must_send(peer, frame);
        return;
    }
    struct outgoing_frame *out = calloc(1, sizeof *out);
    if (out == NULL) {
        peer->starved = true;
        return;
    }
    *out = told;
    out->peer = peer;
    out->blocker = blocker;
    out->size = frame_size(frame);
    if (keep_octets(out, frame, out->size) != VIA_OK) {
        peer->starved = true;
        free_frame(out);
        return;
    }
    accept(peer, out);
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
    drop_blocks(out);
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
        join(out);
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
    size_t piece = table_of(out)->piece_max + FRAME_HEADER_SIZE;
    assert(size <= out->left);
    while (size > 0) {
        struct outbox_block *block = out->last_block;
        if (block == NULL || block->size >= piece) {
            block = outbox_block_create(piece + BLOCK_ROOM);
            if (block == NULL)
                return VIA_NO_MEMORY;
            block->size = FRAME_HEADER_SIZE;
            if (out->last_block != NULL)
                out->last_block->next = block;
            else
                out->blocks = block;
            out->last_block = block;
        }
        size_t n = piece - block->size < size ? piece - block->size : size;
        memcpy(block->octets + block->size, octets, n);
        block->size += n;
        octets += n;
        size -= n;
        out->left -= n;
    }
    join(out);
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
        assert(out->previous == NULL);
        drop_passage(out);
        leave(out);
        take_out(table, out);
        free_frame(out);
    }
    table->last_id = 0;
}

/* ---- from process to process ---- */

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
        int fd = state->loading ? -1 : out->fds[i];
        state_fd(state, &fd);
        if (state->loading && state_require(state, fd >= 0, "a descriptor"))
            out->fds[out->n_fds++] = fd;
    }
}

static void load_piece(struct outgoing_frame *out, struct state *state)
{
    const uint8_t *octets = NULL;
    size_t size = 0, most = table_of(out)->piece_max;
    state_run(state, &octets, &size);
    if (!state_require(state, size > 0 && size <= most, "a piece"))
        return;
    struct outbox_block *block = outbox_block_create(most + FRAME_HEADER_SIZE + BLOCK_ROOM);
    if (block == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    memcpy(block->octets + FRAME_HEADER_SIZE, octets, size);
    block->size = FRAME_HEADER_SIZE + size;
    if (out->last_block != NULL)
        out->last_block->next = block;
    else
        out->blocks = block;
    out->last_block = block;
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
    out->blocker = table_of(out)->first;
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
    struct outgoing_transfers *table = &peer->outgoing;
    struct outgoing_frame *out = calloc(1, sizeof *out + n_named * sizeof *out->named);
    if (out == NULL)
        return NULL;
    out->peer = peer;
    out->turn.write = write_block;
    out->n_introductions = n_introductions;
    out->n_named = n_named;
    append(table, out);
    return out;
}

/* What was read counts, as it did there. */
static void count_in(struct outgoing_frame *out)
{
    struct outgoing_transfers *table = table_of(out);
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
    join(out);
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
        out_state(out, handover);
        if (state->loading) {
            count_in(out);
            out = NULL;
        } else {
            out = out->next;
        }
    }
}

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
