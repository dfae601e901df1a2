/*
 * A stream's two directions end on their own. The one we send in: by what fill() says, or because
 * the other end wants no more; either way a DATA with LAST says so, once. The one that comes: by
 * such a DATA. When both have ended the stream is out of the table, and its id is never used again.
 * What still comes for an id that has ended is dropped; for one that never was it is a fault.
 *
 * Ids count upward in the order in which frames go. One that waited behind a large message, and was
 * overtaken, gets other ids for its streams when it goes; what was to be told of them waits too.
 *
 * Sending takes turns with transfers: one DATA of a piece's size each, filled by its owner straight
 * into the block that goes out. Credit that is given back gathers until it is half of the window.
 */
#include "bridge/streams.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/peer_state.h"
#include "bridge/stream.h"

#define FIRST_CAPACITY 8u
#define PIECE_MAX FRAME_CHUNK_MAX
#define SMALL_PIECE 2048u      /* octets of one that would waste a large block */
#define IDS_BEHIND 0x40000000u /* ids this far behind are not old, but new */

/* ---- the table ---- */

static uint32_t place_of(const struct streams *streams, uint32_t id)
{
    uint32_t mask = streams->capacity - 1;
    uint32_t place = (id * UINT32_C(0x9e3779b1)) >> 16 & mask;
    while (streams->slots[place] != NULL && streams->slots[place]->id != id)
        place = (place + 1) & mask;
    return place;
}

struct stream *streams_find(const struct streams *streams, uint32_t id)
{
    return streams->n == 0 ? NULL : streams->slots[place_of(streams, id)];
}

static bool grow(struct streams *streams)
{
    uint32_t old_capacity = streams->capacity;
    uint32_t capacity = old_capacity == 0 ? FIRST_CAPACITY : old_capacity * 2;
    struct stream **slots = calloc(capacity, sizeof(struct stream *));
    if (slots == NULL)
        return false;
    struct stream **old = streams->slots;
    streams->slots = slots;
    streams->capacity = capacity;
    for (uint32_t i = 0; i < old_capacity; i++)
        if (old[i] != NULL)
            slots[place_of(streams, old[i]->id)] = old[i];
    free(old);
    return true;
}

/* Ids count in 31 bits, beside the bit that tells who opened it: how far @id is ahead of @last. */
static uint32_t ahead(uint32_t id, uint32_t last)
{
    return (id - last) & ~STREAM_OF_GATEWAY;
}

static bool is_next(uint32_t id, uint32_t last)
{
    return ahead(id, last) - 1 < IDS_BEHIND;
}

bool streams_is_ours(const struct peer *peer, uint32_t id)
{
    return ((id & STREAM_OF_GATEWAY) != 0) == (peer->role == PEER_GATEWAY);
}

static void vacate(struct stream *stream)
{
    struct streams *streams = &stream->peer->streams;
    uint32_t mask = streams->capacity - 1;
    uint32_t hole = place_of(streams, stream->id);
    for (uint32_t place = (hole + 1) & mask; streams->slots[place] != NULL;
         place = (place + 1) & mask) {
        /* what could have stood in the hole moves there, so that no search ends too early */
        uint32_t home = (streams->slots[place]->id * UINT32_C(0x9e3779b1)) >> 16 & mask;
        if (((place - home) & mask) < ((place - hole) & mask))
            continue;
        streams->slots[hole] = streams->slots[place];
        hole = place;
    }
    streams->slots[hole] = NULL;
}

static void take_out(struct stream *stream)
{
    struct peer *peer = stream->peer;
    struct streams *streams = &peer->streams;
    vacate(stream);
    streams->n--;
    if (streams_is_ours(peer, stream->id))
        streams->n_ours--;
    else
        streams->n_theirs--;
    turns_leave(&peer->outgoing.turns, &stream->turn);
}

/* Both directions have ended. */
static void settle(struct stream *stream)
{
    if (stream->sends || stream->receives)
        return;
    take_out(stream);
    stream->ops->gone(stream->user);
    free(stream);
}

/* ---- going out ---- */

static void send_last(struct stream *stream)
{
    const struct frame last = {.kind = FRAME_DATA, .flags = FRAME_LAST, .id = stream->id};
    stream->sends = false;
    turns_leave(&stream->peer->outgoing.turns, &stream->turn);
    peer_must_send_ready(stream->peer, &last);
    peer_stir(stream->peer);
}

/* What is sent is kept until it is acknowledged: a few octets should not keep a large block. */
static struct outbox_block *shrink(struct outbox_block *large, size_t n)
{
    struct outbox_block *small = outbox_block_create(FRAME_HEADER_SIZE + n + 8);
    if (small == NULL)
        return large;
    memcpy(small->octets + FRAME_HEADER_SIZE, large->octets + FRAME_HEADER_SIZE, n);
    (void)outbox_block_destroy(large);
    return small;
}

static bool write_turn(struct turn *turn, struct outbox *outbox)
{
    struct stream *stream = (struct stream *)turn;
    size_t room = stream->credit < PIECE_MAX ? stream->credit : PIECE_MAX;
    struct outbox_block *block = outbox_block_create(FRAME_HEADER_SIZE + room + 8);
    if (block == NULL) {
        stream->peer->starved = true;
        return false;
    }
    ssize_t n = stream->ops->fill(stream->user, block->octets + FRAME_HEADER_SIZE, room);
    stream->ready = n > 0;
    if (n <= 0)
        (void)outbox_block_destroy(block);
    if (n < 0) {
        send_last(stream);
        settle(stream);
    }
    if (n <= 0)
        return false;
    if (n <= (ssize_t)SMALL_PIECE)
        block = shrink(block, (size_t)n);
    const struct frame data = {.kind = FRAME_DATA, .id = stream->id, .body_size = (uint32_t)n};
    frame_encode_head(&data, block->octets);
    size_t size = frame_size(&data);
    memset(block->octets + FRAME_HEADER_SIZE + n, 0, size - FRAME_HEADER_SIZE - (size_t)n);
    block->size = size;
    outbox_append_block(outbox, block);
    stream->credit -= (uint32_t)n;
    return stream->credit > 0;
}

bool stream_queue(struct stream *stream)
{
    if (!stream->begun || !stream->sends || !stream->ready || stream->credit == 0)
        return false;
    turns_join(&stream->peer->outgoing.turns, &stream->turn);
    return true;
}

static void take_turn(struct stream *stream)
{
    if (stream_queue(stream))
        peer_stir(stream->peer);
}

void stream_ready(struct stream *stream)
{
    stream->ready = true;
    take_turn(stream);
}

static void send_credit(struct stream *stream, uint32_t n, bool is_last)
{
    const struct frame credit = {.kind = FRAME_CREDIT,
                                 .flags = is_last ? FRAME_LAST : 0,
                                 .id = stream->id,
                                 .object = 1,
                                 .code = n};
    peer_must_send_ready(stream->peer, &credit);
    peer_stir(stream->peer);
}

void stream_consumed(struct stream *stream, size_t n)
{
    stream->consumed += (uint32_t)n;
    if (!stream->receives || stream->refused || stream->consumed < stream->window / 2)
        return;
    stream->outstanding += stream->consumed;
    send_credit(stream, stream->consumed, false);
    stream->consumed = 0;
}

void stream_refuse(struct stream *stream)
{
    if (!stream->receives || stream->refused)
        return;
    stream->refused = true;
    if (stream->begun)
        send_credit(stream, 0, true);
}

/* ---- beginning ---- */

enum via_status streams_make(struct peer *peer, uint32_t id, const struct stream_ops *ops,
                             void *user, struct stream **streamp)
{
    struct streams *streams = &peer->streams;
    if (streams->n >= streams->capacity / 2 && !grow(streams))
        return VIA_NO_MEMORY;
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return VIA_NO_MEMORY;
    *stream = (struct stream){.turn.write = write_turn,
                              .peer = peer,
                              .ops = ops,
                              .user = user,
                              .id = id,
                              .credit = peer->their_hello.credit,
                              .window = peer->limits.credit,
                              .ready = true,
                              .outstanding = peer->limits.credit};
    streams->slots[place_of(streams, id)] = stream;
    streams->n++;
    *streamp = stream;
    return VIA_OK;
}

static uint32_t next_of_ours(const struct peer *peer)
{
    uint32_t side = peer->role == PEER_GATEWAY ? STREAM_OF_GATEWAY : 0;
    uint32_t id = peer->streams.last_ours;
    do
        id = (id + 1) & ~STREAM_OF_GATEWAY;
    while (id == 0 ||
           streams_find(&peer->streams, id | side) != NULL); /* one may be as old as all ids */
    return id | side;
}

enum via_status stream_open(struct peer *peer, const struct stream_ops *ops, void *user,
                            struct frame_fd *entry, struct stream **streamp)
{
    struct streams *streams = &peer->streams;
    if (!peer_is_ready(peer))
        return VIA_DEAD;
    if (streams->n_ours >= peer->their_hello.streams_max) {
        peer_say(peer, "%u streams are open: the receiver's max_streams is %u", streams->n_ours,
                 peer->their_hello.streams_max);
        return VIA_BUSY;
    }
    uint32_t number = next_of_ours(peer);
    enum via_status status = streams_make(peer, number, ops, user, streamp);
    if (status != VIA_OK)
        return status;
    streams->last_ours = number & ~STREAM_OF_GATEWAY;
    streams->n_ours++;
    (*streamp)->sends = (entry->directions & STREAM_READS) != 0;
    (*streamp)->receives = (entry->directions & STREAM_WRITES) != 0;
    entry->stream = number;
    return VIA_OK;
}

void *stream_forget(struct peer *peer, uint32_t id)
{
    struct stream *stream = streams_find(&peer->streams, id);
    if (stream == NULL)
        return NULL;
    void *user = stream->user;
    stream_abandon(stream);
    return user;
}

void stream_abandon(struct stream *stream)
{
    take_out(stream);
    free(stream);
}

enum via_status stream_join(struct peer *peer, const struct stream_ops *ops, void *user,
                            const struct frame_fd *entry, struct stream **streamp)
{
    enum via_status status = streams_make(peer, entry->stream, ops, user, streamp);
    if (status != VIA_OK)
        return status;
    peer->streams.n_theirs++;
    (*streamp)->begun = true;
    (*streamp)->sends = (entry->directions & STREAM_WRITES) != 0;
    (*streamp)->receives = (entry->directions & STREAM_READS) != 0;
    take_turn(*streamp);
    return VIA_OK;
}

/* Its frame goes; one that was opened later may have gone before it. */
static void number(struct stream *stream)
{
    struct streams *streams = &stream->peer->streams;
    if (!is_next(stream->id & ~STREAM_OF_GATEWAY, streams->last_begun)) {
        uint32_t id = next_of_ours(stream->peer);
        vacate(stream);
        stream->id = id;
        streams->slots[place_of(streams, id)] = stream;
        streams->last_ours = id & ~STREAM_OF_GATEWAY;
    }
    streams->last_begun = stream->id & ~STREAM_OF_GATEWAY;
}

void streams_begin(struct peer *peer, uint8_t *octets, size_t size)
{
    struct frame frame;
    size_t used;
    size_t whole;
    if (peer->streams.n == 0 || frame_decode_head(octets, size, &frame, &used, &whole) != VIA_OK)
        return;
    uint8_t *entries = octets + (frame.fds - octets); /* ours to change */
    for (uint8_t i = 0; i < frame.n_fds; i++) {
        struct frame_fd entry;
        frame_fd_get(entries, i, &entry);
        struct stream *stream =
            entry.stream == 0 ? NULL : streams_find(&peer->streams, entry.stream);
        if (stream == NULL)
            continue;
        number(stream);
        entry.stream = stream->id;
        frame_fd_put(entries, i, &entry);
        stream->begun = true;
        if (stream->refused)
            send_credit(stream, 0, true);
        take_turn(stream);
    }
}

/* Nothing is here to take it: both directions end. */
static void turn_away(struct peer *peer, const struct frame_fd *entry)
{
    const struct frame credit = {
        .kind = FRAME_CREDIT, .flags = FRAME_LAST, .id = entry->stream, .object = 1};
    const struct frame last = {.kind = FRAME_DATA, .flags = FRAME_LAST, .id = entry->stream};
    if (entry->directions & STREAM_READS)
        peer_must_send_ready(peer, &credit);
    if (entry->directions & STREAM_WRITES)
        peer_must_send_ready(peer, &last);
}

/* A stream of theirs begins. False: a fault. */
static bool admit(struct peer *peer, const struct frame_fd *entry)
{
    struct streams *streams = &peer->streams;
    uint32_t id = entry->stream & ~STREAM_OF_GATEWAY;
    if (streams_is_ours(peer, entry->stream) || id == 0 || !is_next(id, streams->last_theirs) ||
        streams_find(streams, entry->stream) != NULL)
        peer_say(peer, "stream 0x%" PRIx32 " is not the sender's next", entry->stream);
    else if (streams->n_theirs >= peer->limits.streams_max)
        peer_say(peer, "stream 0x%" PRIx32 " is one too many: max_streams is %u", entry->stream,
                 peer->limits.streams_max);
    else {
        streams->last_theirs = id;
        return true;
    }
    enum via_status fault = peer_fail(peer, VIA_BAD_REFERENCE);
    return fault == VIA_OK;
}

bool streams_accept(struct peer *peer, const struct frame_fd *entry, bool wanted, int *fdp)
{
    const struct streams *streams = &peer->streams;
    enum via_status status = VIA_OK;
    *fdp = -1;
    if (!admit(peer, entry))
        return true;
    if (wanted && entry->directions != 0 && peer->ops->accept_stream != NULL)
        status = peer->ops->accept_stream(peer->user, entry, fdp);
    if (*fdp < 0 && streams_find(streams, entry->stream) == NULL)
        turn_away(peer, entry);
    return status == VIA_OK;
}

/* ---- coming in ---- */

/* The stream of a frame; *endedp: it was there, and is no more. A fault otherwise. */
static struct stream *find_for(struct peer *peer, const struct frame *frame, bool *endedp)
{
    const struct streams *streams = &peer->streams;
    struct stream *stream = streams_find(streams, frame->id);
    uint32_t last = streams_is_ours(peer, frame->id) ? streams->last_ours : streams->last_theirs;
    uint32_t id = frame->id & ~STREAM_OF_GATEWAY;
    *endedp = stream == NULL && id != 0 && last != 0 && ahead(last, id) < IDS_BEHIND;
    if (stream == NULL && !*endedp)
        peer_say(peer, "stream 0x%" PRIx32 " has never been opened", frame->id);
    return stream;
}

static void end_theirs(struct stream *stream)
{
    const struct peer *peer = stream->peer;
    uint32_t id = stream->id;
    stream->receives = false;
    stream->ops->ended(stream->user);
    stream = streams_find(&peer->streams, id); /* it may have finished ours */
    if (stream != NULL)
        settle(stream);
}

enum via_status streams_receive_data(struct peer *peer, const struct frame *frame)
{
    bool has_ended;
    struct stream *stream = find_for(peer, frame, &has_ended);
    if (has_ended)
        return VIA_OK;
    if (stream == NULL)
        return peer_fail(peer, VIA_BAD_REFERENCE);
    if (!stream->receives) {
        peer_say(peer, "DATA of stream 0x%" PRIx32 " in a direction that it does not have",
                 frame->id);
        return peer_fail(peer, VIA_BAD_KIND);
    }
    if (frame->body_size > stream->outstanding) {
        peer_say(peer, "%" PRIu32 " octets of stream 0x%" PRIx32 ", %" PRIu32 " are its credit",
                 frame->body_size, frame->id, stream->outstanding);
        return peer_fail(peer, VIA_TOO_LARGE);
    }
    stream->outstanding -= frame->body_size;
    bool is_last = (frame->flags & FRAME_LAST) != 0;
    if (frame->body_size > 0 && !stream->refused) {
        stream->ops->take(stream->user, frame->body, frame->body_size);
        stream = is_last ? streams_find(&peer->streams, frame->id) : NULL;
    }
    if (is_last && stream != NULL && stream->receives)
        end_theirs(stream);
    return VIA_OK;
}

enum via_status streams_receive_credit(struct peer *peer, const struct frame *frame)
{
    bool has_ended;
    struct stream *stream = find_for(peer, frame, &has_ended);
    if (has_ended)
        return VIA_OK;
    if (stream == NULL)
        return peer_fail(peer, VIA_BAD_REFERENCE);
    if (frame->code > UINT32_MAX - stream->credit) {
        peer_say(peer, "CREDIT of %" PRIu32 " octets for stream 0x%" PRIx32 " beside %" PRIu32,
                 frame->code, frame->id, stream->credit);
        return peer_fail(peer, VIA_BAD_SIZE);
    }
    stream->credit += frame->code;
    if (!(frame->flags & FRAME_LAST)) {
        take_turn(stream);
        return VIA_OK;
    }
    if (!stream->sends)
        return VIA_OK;
    send_last(stream);
    stream->ops->unwanted(stream->user);
    settle(stream);
    return VIA_OK;
}

void streams_end(struct peer *peer)
{
    struct streams *streams = &peer->streams;
    for (uint32_t i = 0; i < streams->capacity; i++) {
        struct stream *stream = streams->slots[i];
        if (stream == NULL)
            continue;
        turns_leave(&peer->outgoing.turns, &stream->turn);
        stream->ops->gone(stream->user);
        free(stream);
    }
    free(streams->slots);
    *streams = (struct streams){.slots = NULL};
}
