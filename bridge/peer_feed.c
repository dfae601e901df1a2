/*
 * What a peer receives. Each kind of frame has a row: what it needs, and who handles it. A frame
 * that cannot come from an honest sender is a fault: the words are kept, a BYE carries them to the
 * sender, and nothing more is taken. What an honest sender can do in a race is no fault: a frame
 * for an id or a handle that has just ended is dropped, and what it brought is given back.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/peer_state.h"
#include "codecs/octets.h"

/* The largest frame before both ends have introduced themselves. */
#define GREETING_MAX (FRAME_HEADER_SIZE + HELLO_SIZE_MAX)

enum via_status peer_fail(struct peer *peer, enum via_status status)
{
    peer->fault = status;
    if (peer_bye(peer, FRAME_BYE_EVICTED, peer->words) == VIA_NO_MEMORY)
        peer->starved = true;
    peer->bye_sent = true;
    return status;
}

/* ---- descriptors ---- */

void peer_close_fds(const int *fds, size_t n_fds)
{
    for (size_t i = 0; i < n_fds; i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): n_fds have been set */
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
}

void peer_feed_fds(struct peer *peer, const int *fds, size_t n_fds, bool lost)
{
    if (peer->fault != VIA_OK) {
        peer_close_fds(fds, n_fds);
        return;
    }
    size_t n_before = peer->fds.n;
    if (fd_queue_put(&peer->fds, fds, n_fds, lost))
        return;
    /* Going on would give the next descriptors to the wrong frames. */
    peer_say(peer, "no room for %zu descriptors beside %zu that no frame has claimed", n_fds,
             n_before);
    (void)peer_fail(peer, VIA_BAD_REFERENCE);
}

/* @wanted, unless it turns out that some were lost; false: @fds are all -1. */
static bool claim(struct peer *peer, const struct frame *frame, int *fds, bool wanted)
{
    int passed[FRAME_FDS_MAX];
    size_t n_passed = 0;
    struct frame_fd entry;
    for (uint32_t i = 0; i < frame->n_fds; i++) {
        frame_fd_get(frame->fds, i, &entry);
        if (entry.stream == 0 && entry.kind != FRAME_FD_NONE)
            n_passed++;
    }
    wanted = fd_queue_take(&peer->fds, passed, n_passed) && wanted;
    n_passed = 0;
    for (uint32_t i = 0; i < frame->n_fds; i++) {
        frame_fd_get(frame->fds, i, &entry);
        fds[i] = -1;
        if (entry.stream == 0 && entry.kind != FRAME_FD_NONE)
            fds[i] = passed[n_passed++];
        else if (entry.stream != 0 && peer->fault == VIA_OK)
            wanted = streams_accept(peer, &entry, wanted, &fds[i]) && wanted;
    }
    if (wanted)
        return true;
    peer_close_fds(fds, frame->n_fds);
    for (uint32_t i = 0; i < frame->n_fds; i++)
        fds[i] = -1;
    return false;
}

bool peer_claim_fds(struct peer *peer, const struct frame *frame, int *fds)
{
    return frame->n_fds == 0 || claim(peer, frame, fds, true);
}

void peer_refuse_fds(struct peer *peer, const struct frame *frame)
{
    int fds[FRAME_FDS_MAX];
    (void)claim(peer, frame, fds, false);
}

/* ---- HELLO, WELCOME, BYE ---- */

static bool set_their_hello(struct peer *peer, struct hello *hello)
{
    if (hello->frame_max == 0)
        hello->frame_max = PEER_FRAME_MAX_DEFAULT;
    if (hello->calls_max == 0)
        hello->calls_max = PEER_CALLS_MAX_DEFAULT;
    if (hello->handles_max == 0)
        hello->handles_max = PEER_HANDLES_MAX_DEFAULT;
    if (hello->credit == 0)
        hello->credit = PEER_CREDIT_DEFAULT;
    if (hello->transfers_max == 0)
        hello->transfers_max = PEER_TRANSFERS_MAX_DEFAULT;
    if (hello->streams_max == 0)
        hello->streams_max = PEER_STREAMS_MAX_DEFAULT;
    if (hello->frame_max < PEER_FRAME_MAX_LEAST || hello->credit < PEER_CREDIT_LEAST)
        return false;
    peer->their_hello = *hello;
    outgoing_transfers_limit(peer);
    sent_calls_limit(&peer->sent, hello->calls_max);
    exports_limit(&peer->exports, hello->handles_max);
    return true;
}

static enum via_status receive_hello(struct peer *peer, const struct frame *frame)
{
    if (frame->code != HELLO_VERSION) {
        peer_say(peer, "protocol version %" PRIu32 " is not spoken here, %u is", frame->code,
                 HELLO_VERSION);
        return peer_fail(peer, VIA_BAD_VERSION);
    }
    struct hello hello;
    enum via_status status = hello_decode(frame->body, frame->body_size, &hello);
    if (status != VIA_OK) {
        peer_say(peer, "the introduction does not parse");
        return peer_fail(peer, status);
    }
    hello.version = frame->code;
    bool is_fresh = true;
    if (peer->resuming)
        status = peer_come_back(peer, &hello, &is_fresh);
    if (status != VIA_OK)
        return peer_fail(peer, status);
    if (!is_fresh)
        return VIA_OK;
    if (!set_their_hello(peer, &hello)) {
        peer_say(peer,
                 "a max_frame_size of %" PRIu32 " and a credit of %" PRIu32
                 " are announced, the least are %u and %u",
                 hello.frame_max, hello.credit, PEER_FRAME_MAX_LEAST, PEER_CREDIT_LEAST);
        return peer_fail(peer, VIA_BAD_PAYLOAD);
    }
    if (peer->role == PEER_CLIENT)
        peer_keep_session(peer, &hello);
    peer->state = peer->role == PEER_GATEWAY ? PEER_GREETED : PEER_READY;
    peer->ops->hello(peer->user, &peer->their_hello);
    return VIA_OK;
}

/* Their words end up in logs and terminals: no control characters. */
static void keep_words(struct peer *peer, const uint8_t *text, uint32_t size)
{
    if (size >= sizeof peer->words)
        size = sizeof peer->words - 1;
    if (size > 0)
        memcpy(peer->words, text, size);
    peer->words[size] = '\0';
    for (uint32_t i = 0; i < size; i++) {
        if (text[i] < 0x20 || text[i] == 0x7f)
            peer->words[i] = '?';
    }
}

static enum via_status receive_bye(struct peer *peer, const struct frame *frame)
{
    if (frame->code < FRAME_BYE_EXITED || frame->code > FRAME_BYE_RESUME) {
        peer_say(peer, "BYE with the unknown code %" PRIu32, frame->code);
        return peer_fail(peer, VIA_BAD_KIND);
    }
    keep_words(peer, frame->body, frame->body_size);
    if (frame->code == FRAME_BYE_RESUME && peer->session == 0) {
        peer_say(peer, "BYE asks to resume what is no session to be resumed");
        return peer_fail(peer, VIA_BAD_KIND);
    }
    peer->bye = frame->code;
    peer->ops->bye(peer->user, frame->code);
    return VIA_OK;
}

/* ---- calls ---- */

static enum via_status find_callee(struct peer *peer, uint32_t number, void **objectp)
{
    *objectp = NULL;
    if (number == 0)
        return peer->role == PEER_GATEWAY ? VIA_OK : VIA_NOT_FOUND;
    return peer_exported(peer, number, objectp);
}

enum via_status peer_admit_call(struct peer *peer, const struct frame *frame, void **objectp)
{
    bool is_two_way = !(frame->flags & FRAME_ONEWAY);
    enum via_status status = VIA_OK;
    if (is_two_way)
        status = received_calls_add(&peer->received, frame->id, frame->object);
    if (status == VIA_BAD_KIND) {
        peer_say(peer, "call %" PRIu32 " has the id of one that is in flight", frame->id);
        return peer_fail(peer, status);
    }
    if (status != VIA_OK)
        return status;
    status = find_callee(peer, frame->object, objectp);
    if (status != VIA_OK && is_two_way)
        received_calls_remove(&peer->received, received_calls_find(&peer->received, frame->id));
    return status;
}

static enum via_status take_call(struct peer *peer, const struct frame *frame, const int *fds,
                                 bool is_admitted)
{
    struct meta meta;
    enum via_status status = peer_read_meta(peer, frame, &meta);
    enum via_status introduced = VIA_OK;
    if (status == VIA_OK && !is_admitted)
        introduced = peer_take_introductions(peer, &meta);
    if (peer->fault != VIA_OK)
        return peer->fault;
    void *object = NULL;
    status = is_admitted ? find_callee(peer, frame->object, &object)
                         : peer_admit_call(peer, frame, &object);
    bool is_in_flight = !(frame->flags & FRAME_ONEWAY) && (is_admitted || status == VIA_OK);
    if (peer->fault != VIA_OK)
        return status;
    if (status == VIA_OK)
        status = introduced;
    if (status != VIA_OK)
        peer_return_gifts(peer, frame);
    else
        status = peer_take_gifts(peer, frame);
    if (peer->fault != VIA_OK)
        return status;
    if (status == VIA_OK) {
        peer->ops->call(peer->user, object, frame, &meta, fds);
        return VIA_OK;
    }
    if (is_in_flight)
        received_calls_remove(&peer->received, received_calls_find(&peer->received, frame->id));
    peer_close_fds(fds, frame->n_fds);
    peer_turn_away(peer, frame, status);
    return VIA_OK;
}

static enum via_status take_reply(struct peer *peer, const struct frame *frame, const int *fds)
{
    struct sent_call *call =
        frame->flags & FRAME_ONEWAY ? NULL : sent_calls_find(&peer->sent, frame->id);
    if (call == NULL || call->forgotten) {
        if (call != NULL)
            sent_calls_remove(&peer->sent, call);
        peer_return_gifts(peer, frame);
        peer_close_fds(fds, frame->n_fds);
        if (frame->flags & FRAME_ONEWAY)
            peer->ops->refused(peer->user, frame);
        return VIA_OK;
    }
    enum via_status status = peer_take_gifts(peer, frame);
    if (peer->fault != VIA_OK)
        return status;
    uint64_t context = call->context;
    sent_calls_remove(&peer->sent, call);
    if (status == VIA_OK) {
        peer->ops->reply(peer->user, context, frame, fds);
        return VIA_OK;
    }
    peer_close_fds(fds, frame->n_fds);
    const struct frame instead = {.kind = FRAME_REPLY, .id = frame->id, .code = status};
    peer->ops->reply(peer->user, context, &instead, NULL);
    return VIA_OK;
}

/* The object that an EVENT is for, at a client, or from. */
static enum via_status find_event(struct peer *peer, const struct frame *frame, void **sinkp)
{
    *sinkp = NULL;
    if (peer->role == PEER_CLIENT)
        return peer_exported(peer, frame->object, sinkp);
    return imports_find(&peer->imports, frame->object) == NULL ? VIA_NOT_FOUND : VIA_OK;
}

void peer_lose_event(struct peer *peer, const struct frame *frame)
{
    void *sink;
    if (peer->ops->lost == NULL || find_event(peer, frame, &sink) != VIA_OK)
        return;
    peer->ops->lost(peer->user, sink, (struct their_handle){sink == NULL ? frame->object : 0},
                    frame);
}

static enum via_status take_event(struct peer *peer, const struct frame *frame, const int *fds)
{
    void *sink;
    enum via_status status = find_event(peer, frame, &sink);
    if (status == VIA_BAD_HANDLE) {
        peer_say(peer, "EVENT for handle 0x%" PRIx32 ", which was never given out", frame->object);
        return peer_fail(peer, status);
    }
    if (status == VIA_OK)
        status = peer_take_gifts(peer, frame);
    else
        peer_return_gifts(peer, frame);
    if (peer->fault != VIA_OK)
        return status;
    if (status != VIA_OK) {
        peer_close_fds(fds, frame->n_fds);
        peer_lose_event(peer, frame);
        return VIA_OK;
    }
    struct their_handle from = {sink == NULL ? frame->object : 0};
    peer->ops->event(peer->user, sink, from, frame, fds);
    return VIA_OK;
}

enum via_status peer_check_payload(struct peer *peer, const struct frame *frame)
{
    uint32_t most = peer->limits.frame_max;
    if (frame->body_size <= most && frame->tape_size <= most)
        return VIA_OK;
    peer_say(peer,
             "a payload of %" PRIu32 " octets, with a tape of %" PRIu32
             ", is over max_frame_size, %" PRIu32,
             frame->body_size, frame->tape_size, most);
    return peer_fail(peer, VIA_TOO_LARGE);
}

enum via_status peer_take_frame(struct peer *peer, const struct frame *frame, const int *fds,
                                bool is_admitted)
{
    enum via_status status;
    switch (frame->kind) {
    case FRAME_CALL:
        status = take_call(peer, frame, fds, is_admitted);
        break;
    case FRAME_REPLY:
        status = take_reply(peer, frame, fds);
        break;
    default:
        status = take_event(peer, frame, fds);
    }
    if (status != VIA_OK)
        peer_close_fds(fds, frame->n_fds);
    return status;
}

/* ---- frames with a payload ---- */

static enum via_status receive_payload(struct peer *peer, const struct frame *frame)
{
    enum via_status status = peer_check_payload(peer, frame);
    if (status != VIA_OK)
        return status;
    int fds[FRAME_FDS_MAX];
    struct frame without;
    if (!peer_claim_fds(peer, frame, fds)) {
        without = *frame;
        without.fds_lost = true;
        frame = &without;
    }
    if (peer->fault != VIA_OK) {
        peer_close_fds(fds, frame->n_fds);
        return peer->fault;
    }
    return peer_take_frame(peer, frame, fds, false);
}

static enum via_status receive_chunk(struct peer *peer, const struct frame *frame)
{
    return incoming_transfers_receive(peer, frame);
}

static enum via_status receive_credit(struct peer *peer, const struct frame *frame)
{
    if (frame->object == 1)
        return streams_receive_credit(peer, frame);
    if (frame->object != 0) {
        peer_say(peer, "CREDIT for %" PRIu32 ", which is no kind of thing that has any",
                 frame->object);
        return peer_fail(peer, VIA_BAD_HANDLE);
    }
    if (!outgoing_transfers_credit(peer, frame->id, frame->code,
                                   (frame->flags & FRAME_LAST) != 0)) {
        peer_say(peer, "CREDIT for transfer %" PRIu32 ", which has never begun", frame->id);
        return peer_fail(peer, VIA_BAD_KIND);
    }
    return VIA_OK;
}

static enum via_status receive_cancel(struct peer *peer, const struct frame *frame)
{
    struct received_call *call = received_calls_find(&peer->received, frame->id);
    if (call == NULL || call->cancelled)
        return VIA_OK;
    if (incoming_transfers_cancel(peer, frame->id))
        return VIA_OK;
    call->cancelled = true;
    peer->ops->cancel(peer->user, frame->id, call->context);
    return VIA_OK;
}

/* ---- events, deaths, counts ---- */

static enum via_status receive_death(struct peer *peer, const struct frame *frame)
{
    if (frame->code < VIA_EXITED || frame->code > VIA_EVICTED) {
        peer_say(peer, "DEATH with the unknown cause %" PRIu32, frame->code);
        return peer_fail(peer, VIA_BAD_KIND);
    }
    struct imported *imported = imports_find(&peer->imports, frame->object);
    if (imported == NULL || imported->dead)
        return VIA_OK;
    imported->dead = true;
    peer->ops->death(peer->user, (struct their_handle){frame->object}, imported->attached,
                     (enum via_cause)frame->code);
    return VIA_OK;
}

static enum via_status receive_release(struct peer *peer, const struct frame *frame)
{
    void *object;
    enum via_status status = exports_take_back(&peer->exports, frame->object, frame->code, &object);
    if (status != VIA_OK) {
        peer_say(peer, "RELEASE of %" PRIu32 " counts of handle 0x%" PRIx32 ": it has fewer",
                 frame->code, frame->object);
        return peer_fail(peer, status);
    }
    if (object != NULL)
        peer->ops->unexported(peer->user, object, (struct our_handle){frame->object});
    return VIA_OK;
}

static enum via_status receive_ack(struct peer *peer, const struct frame *frame)
{
    if (!peer_is_acknowledged(peer, frame_number(frame))) {
        peer_say(peer, "ACK of %" PRIu64 " frames: so many have not been sent",
                 frame_number(frame));
        return peer_fail(peer, VIA_BAD_SIZE);
    }
    if (frame->flags & FRAME_ECHO)
        peer_send_ack(peer, false);
    return VIA_OK;
}

/* ---- octets ---- */

#define IN(state) (1u << (state))
#define READY IN(PEER_READY)
#define GREETED (IN(PEER_GREETED) | IN(PEER_READY))

/* One row a kind. Kinds without a row are those of features that nobody has announced. */
static const struct row {
    enum via_status (*receive)(struct peer *peer, const struct frame *frame);
    unsigned at_client; /* states in which it may come */
    unsigned at_gateway;
    bool is_counted; /* by ACK */
} rows[] = {
    [FRAME_HELLO] = {receive_hello, 0, IN(PEER_NEW), false},
    [FRAME_WELCOME] = {receive_hello, IN(PEER_GREETED) | IN(PEER_READY), 0, false},
    [FRAME_CALL] = {receive_payload, READY, READY, true},
    [FRAME_REPLY] = {receive_payload, READY, READY, true},
    [FRAME_CANCEL] = {receive_cancel, READY, READY, true},
    [FRAME_EVENT] = {receive_payload, READY, READY, true},
    [FRAME_DEATH] = {receive_death, READY, READY, true},
    [FRAME_RELEASE] = {receive_release, READY, READY, true},
    [FRAME_CHUNK] = {receive_chunk, READY, READY, true},
    [FRAME_DATA] = {streams_receive_data, READY, READY, true},
    [FRAME_CREDIT] = {receive_credit, READY, READY, true},
    [FRAME_ACK] = {receive_ack, GREETED, GREETED, false},
    [FRAME_BYE] = {receive_bye, GREETED, GREETED, false},
};

/* A client that comes back has its WELCOME before all else, and it alone has a second one. */
static bool is_out_of_turn(const struct peer *peer, const struct frame *frame)
{
    if (peer->resuming)
        return frame->kind != FRAME_WELCOME && frame->kind != FRAME_BYE;
    return frame->kind == FRAME_WELCOME && peer->state == PEER_READY;
}

static enum via_status receive(struct peer *peer, const struct frame *frame, size_t size)
{
    const struct row *row = frame->kind < sizeof rows / sizeof *rows ? &rows[frame->kind] : NULL;
    unsigned states = 0;
    if (row != NULL)
        states = peer->role == PEER_CLIENT ? row->at_client : row->at_gateway;
    if ((states & IN(peer->state)) == 0 || is_out_of_turn(peer, frame) ||
        (peer->bye != 0 && row->receive != receive_ack)) {
        peer_say(peer, "a frame of kind %u may not come %s", frame->kind,
                 peer->bye != 0              ? "after BYE"
                 : peer->resuming            ? "before WELCOME"
                 : peer->state == PEER_READY ? "now"
                 : peer->state == PEER_NEW   ? "before HELLO"
                                             : "before WELCOME");
        return peer_fail(peer, VIA_BAD_KIND);
    }
    if (row->is_counted)
        peer_count(peer, size);
    return row->receive(peer, frame);
}

static size_t size_limit(const struct peer *peer)
{
    return peer->state == PEER_READY ? FRAME_WIRE_MAX : GREETING_MAX;
}

static enum via_status refuse_octets(struct peer *peer, enum via_status status,
                                     const uint8_t *header)
{
    if (status == VIA_TOO_LARGE)
        peer_say(peer, "a frame of %" PRIu32 " octets is over %zu, the most that goes in one",
                 octets_get_u32(header), size_limit(peer));
    else
        peer_say(peer, "the octets after %" PRIu64 " frames are no good frame: %s", peer->n_counted,
                 via_status_name(status));
    return peer_fail(peer, status);
}

enum via_status peer_feed(struct peer *peer, const uint8_t *octets, size_t size, size_t *usedp)
{
    assert(peer->state != PEER_ENDED);
    size_t at = 0;
    while (peer->fault == VIA_OK && at < size) {
        struct frame frame;
        size_t used;
        enum via_status status =
            frame_decode(octets + at, size - at, size_limit(peer), &frame, &used);
        if (status != VIA_OK)
            return refuse_octets(peer, status, octets + at);
        if (used == 0)
            break;
        at += used;
        status = receive(peer, &frame, used);
        if (status != VIA_OK)
            return status;
    }
    if (peer->fault != VIA_OK)
        return peer->fault;
    if (at == size && peer->fds.n > 0) {
        peer_say(peer, "%zu descriptors came with no frame that has them", peer->fds.n);
        return peer_fail(peer, VIA_BAD_REFERENCE);
    }
    *usedp = at;
    return VIA_OK;
}
