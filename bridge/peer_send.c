/*
 * What a peer sends. A frame is written once, straight into the outbox. Before that its references
 * are looked at: a handle that is not ours to send would cost the whole session at the other end.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bridge/peer_state.h"
#include "codecs/octets.h"

#define BYE_TEXT_MAX 1024u

void peer_say(struct peer *peer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(peer->words, sizeof peer->words, format, arguments);
    va_end(arguments);
}

/* Writes a frame without descriptors, once, where it stays until the link takes it. */
static enum via_status put(struct peer *peer, const struct frame *frame)
{
    uint8_t *place;
    enum via_status status = outbox_add(peer->outbox, frame_size(frame), NULL, 0, &place);
    if (status == VIA_OK)
        frame_encode(frame, place);
    return status;
}

/* ---- frames that are never refused ---- */

void peer_must_send(struct peer *peer, const struct frame *frame)
{
    if (peer->state == PEER_ENDED || peer->bye_sent)
        return;
    if (put(peer, frame) != VIA_OK)
        peer->starved = true;
}

void peer_must_send_ready(struct peer *peer, const struct frame *frame)
{
    if (peer_is_ready(peer))
        peer_must_send(peer, frame);
}

void peer_send_release(struct peer *peer, uint32_t number, uint32_t n)
{
    const struct frame release = {.kind = FRAME_RELEASE, .object = number, .code = n};
    if (peer_is_ready(peer))
        outgoing_transfers_tell(peer, &release);
}

void peer_turn_away(struct peer *peer, const struct frame *call, enum via_status status)
{
    struct frame reply = {
        .kind = FRAME_REPLY, .flags = call->flags & FRAME_ONEWAY, .id = call->id, .code = status};
    if (reply.flags != 0)
        reply.object = call->object;
    peer_must_send_ready(peer, &reply);
}

/* ---- beginning and end ---- */

/* Writes an uncounted frame that overtakes the others. */
static enum via_status put_urgent(struct peer *peer, const struct frame *frame)
{
    uint8_t *place;
    enum via_status status = outbox_add_urgent(peer->outbox, frame_size(frame), &place);
    if (status == VIA_OK)
        frame_encode(frame, place);
    return status;
}

void peer_send_ack(struct peer *peer, bool echo)
{
    if (peer->state == PEER_ENDED || peer->bye_sent)
        return;
    struct frame ack = {.kind = FRAME_ACK,
                        .flags = echo ? FRAME_ECHO : 0,
                        .id = (uint32_t)peer->n_counted,
                        .time = (uint32_t)(peer->n_counted >> 32)};
    /* One that still waits is brought up to date: a link that is stuck gathers no others. */
    uint8_t *waiting = outbox_urgent_end(peer->outbox, FRAME_HEADER_SIZE);
    if (waiting != NULL && waiting[FRAME_AT_KIND] == FRAME_ACK) {
        ack.flags |= waiting[FRAME_AT_FLAGS];
        frame_encode(&ack, waiting);
    } else if (put_urgent(peer, &ack) != VIA_OK) {
        peer->starved = true;
        return;
    }
    peer->n_acknowledged = peer->n_counted;
    peer->octets_since = 0;
}

enum via_status peer_greet(struct peer *peer, enum frame_kind kind, const struct hello *hello)
{
    if (peer->state == PEER_ENDED || peer->bye_sent || peer_is_leaving(peer))
        return VIA_DEAD;
    struct hello ours = *hello;
    ours.version = HELLO_VERSION;
    ours.frame_max = peer->limits.frame_max;
    ours.calls_max = peer->limits.calls_max;
    ours.handles_max = peer->limits.handles_max;
    ours.credit = peer->limits.credit;
    ours.transfers_max = peer->limits.transfers_max;
    ours.streams_max = peer->limits.streams_max;
    uint8_t body[HELLO_SIZE_MAX];
    const struct frame frame = {.kind = (uint8_t)kind,
                                .code = HELLO_VERSION,
                                .body = body,
                                .body_size = (uint32_t)hello_encode(&ours, body)};
    return put_urgent(peer, &frame);
}

enum via_status peer_hello(struct peer *peer, const struct hello *hello)
{
    if (peer->role != PEER_CLIENT || peer->state != PEER_NEW)
        return VIA_INVALID;
    enum via_status status = peer_greet(peer, FRAME_HELLO, hello);
    if (status == VIA_OK)
        peer->state = PEER_GREETED;
    return status;
}

enum via_status peer_welcome(struct peer *peer, const struct hello *hello)
{
    if (peer->role != PEER_GATEWAY || peer->state != PEER_GREETED)
        return VIA_INVALID;
    enum via_status status = peer_greet(peer, FRAME_WELCOME, hello);
    if (status != VIA_OK)
        return status;
    peer_keep_session(peer, hello);
    peer->state = PEER_READY;
    return VIA_OK;
}

enum via_status peer_bye(struct peer *peer, enum frame_bye code, const char *text)
{
    if (peer->state == PEER_ENDED || peer->bye_sent)
        return VIA_DEAD;
    const struct frame frame = {.kind = FRAME_BYE,
                                .code = code,
                                .body = (const uint8_t *)text,
                                .body_size =
                                    text == NULL ? 0 : (uint32_t)strnlen(text, BYE_TEXT_MAX)};
    enum via_status status = put(peer, &frame);
    if (status == VIA_OK)
        peer->bye_sent = true;
    return status;
}

/* ---- frames with a payload ---- */

static enum via_status may_send(const struct peer *peer)
{
    if (peer->state == PEER_ENDED || peer->bye_sent || peer_is_leaving(peer))
        return VIA_DEAD;
    return peer->state == PEER_READY ? VIA_OK : VIA_NOT_CONNECTED;
}

/* What is to be sent beside the frame itself, and what was found out about it. */
struct dispatch {
    const struct meta *meta; /* NULL for none */
    const int *fds;
    bool is_bounded; /* refused when the queue is full */
    bool has_dead;   /* brings them a reference to what has died */
};

static bool check_given(struct peer *peer, uint32_t number, bool *deadp)
{
    const struct exported *exported = exports_find(&peer->exports, number);
    if (exported != NULL && exported->cause != VIA_ALIVE)
        *deadp = true;
    return exported != NULL;
}

static bool check_references(struct peer *peer, const struct frame *frame,
                             struct dispatch *dispatch)
{
    for (uint32_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        if (ref.handle == 0)
            continue;
        if (ref.flags & FRAME_REF_YOURS ? imports_find(&peer->imports, ref.handle) == NULL
                                        : !check_given(peer, ref.handle, &dispatch->has_dead))
            return false;
    }
    if (dispatch->meta == NULL || dispatch->meta->n_introductions == 0)
        return true;
    if (peer->role != PEER_GATEWAY)
        return false; /* nobody else names callers */
    for (uint8_t i = 0; i < dispatch->meta->n_introductions; i++) {
        if (!check_given(peer, dispatch->meta->introductions[i].number, &dispatch->has_dead))
            return false;
    }
    return true;
}

static void repeat_death(struct peer *peer, uint32_t number)
{
    const struct exported *exported = exports_find(&peer->exports, number);
    if (exported == NULL || exported->cause == VIA_ALIVE)
        return;
    const struct frame death = {.kind = FRAME_DEATH, .object = number, .code = exported->cause};
    outgoing_transfers_tell(peer, &death);
}

static void repeat_deaths(struct peer *peer, const struct frame *frame, const struct meta *meta)
{
    for (uint32_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        if (!(ref.flags & FRAME_REF_YOURS))
            repeat_death(peer, ref.handle);
    }
    for (uint8_t i = 0; meta != NULL && i < meta->n_introductions; i++)
        repeat_death(peer, meta->introductions[i].number);
}

static enum via_status check_payload(struct peer *peer, struct frame *frame)
{
    uint32_t most = peer->their_hello.frame_max;
    if (frame->body_size > most) {
        peer_say(peer,
                 "a payload of %" PRIu32
                 " octets is over the receiver's max_frame_size of %" PRIu32,
                 frame->body_size, most);
        return VIA_TOO_LARGE;
    }
    if (frame_size(frame) == SIZE_MAX || (frame->passage != NULL && frame->tape_size > most))
        return VIA_TOO_LARGE;
    if (frame->tape_size > most)
        frame->tape_size = 0; /* the payload can do without */
    return VIA_OK;
}

static enum via_status check_queue(struct peer *peer, size_t size)
{
    size_t waiting = outbox_size(peer->outbox);
    size_t bound = peer->limits.queue_max;
    if (waiting > 0 && (waiting >= bound || size > bound - waiting)) {
        peer_say(peer, "%zu octets wait for the link, %zu more are over max_queue_size, %zu",
                 waiting, size, bound);
        return VIA_BUSY;
    }
    return VIA_OK;
}

size_t peer_mark_fds(struct frame *frame, const int *fds, uint8_t *entries, int *present)
{
    size_t n_present = 0;
    for (uint8_t i = 0; i < frame->n_fds; i++) {
        struct frame_fd entry;
        frame_fd_get(frame->fds, i, &entry);
        if (fds[i] >= 0)
            present[n_present++] = fds[i];
        else if (entry.stream == 0)
            entry.kind = FRAME_FD_NONE;
        frame_fd_put(entries, i, &entry);
    }
    frame->fds = entries;
    return n_present;
}

static enum via_status put_with_fds(struct peer *peer, const struct frame *frame, const int *fds)
{
    uint8_t entries[OUTBOX_FDS_MAX * FRAME_FD_SIZE];
    int present[OUTBOX_FDS_MAX];
    struct frame marked = *frame;
    size_t n_present = peer_mark_fds(&marked, fds, entries, present);
    uint8_t *place;
    enum via_status status =
        outbox_add(peer->outbox, frame_size(frame), present, n_present, &place);
    if (status != VIA_OK)
        return status;
    frame_encode(&marked, place);
    streams_begin(peer, place, frame_size(&marked));
    return VIA_OK;
}

void peer_mark_introduced(struct peer *peer, uint32_t number)
{
    struct exported *exported = exports_find(&peer->exports, number);
    if (exported != NULL)
        exported->is_introduced = true;
}

/* A frame that goes at once, and whole. */
static enum via_status send_now(struct peer *peer, const struct frame *frame,
                                const struct dispatch *dispatch)
{
    enum via_status status = dispatch->is_bounded ? check_queue(peer, frame_size(frame)) : VIA_OK;
    if (status == VIA_OK)
        status = frame->n_fds == 0 ? put(peer, frame) : put_with_fds(peer, frame, dispatch->fds);
    if (status != VIA_OK || dispatch->meta == NULL)
        return status;
    for (uint8_t i = 0; i < dispatch->meta->n_introductions; i++)
        peer_mark_introduced(peer, dispatch->meta->introductions[i].number);
    return VIA_OK;
}

static enum via_status dispatch_frame(struct peer *peer, const struct frame *given,
                                      struct dispatch *dispatch)
{
    enum via_status status = may_send(peer);
    if (status != VIA_OK)
        return status;
    uint8_t meta_octets[META_SIZE_MAX];
    size_t meta_octets_size = dispatch->meta == NULL ? 0 : meta_size(dispatch->meta);
    if (meta_octets_size > sizeof meta_octets || given->n_fds > OUTBOX_FDS_MAX ||
        given->n_refs > FRAME_REFS_MAX || !check_references(peer, given, dispatch))
        return VIA_INVALID;
    struct frame frame = *given;
    if (meta_octets_size > 0) {
        meta_encode(dispatch->meta, meta_octets);
        frame.flags |= FRAME_META;
        frame.meta = meta_octets;
        frame.meta_size = (uint32_t)meta_octets_size;
    }
    status = check_payload(peer, &frame);
    if (status != VIA_OK)
        return status;
    if (outgoing_transfers_may_go(peer, &frame, dispatch->meta))
        status = send_now(peer, &frame, dispatch);
    else
        status = outgoing_transfers_send(peer, &frame, dispatch->meta, dispatch->fds,
                                         dispatch->is_bounded);
    if (status == VIA_OK && dispatch->has_dead)
        repeat_deaths(peer, &frame, dispatch->meta);
    return status;
}

/* A copy of @frame as @kind; of its flags only @flags are kept. */
static struct frame as_kind(const struct frame *frame, enum frame_kind kind, uint8_t flags)
{
    struct frame copy = *frame;
    copy.kind = (uint8_t)kind;
    copy.flags = frame->flags & flags;
    return copy;
}

enum via_status peer_call(struct peer *peer, const struct frame *frame, const struct meta *meta,
                          const int *fds, uint64_t context, uint32_t *idp)
{
    enum via_status status = may_send(peer);
    if (status != VIA_OK)
        return status;
    struct frame call = as_kind(frame, FRAME_CALL, 0);
    status = sent_calls_add(&peer->sent, context, &call.id);
    if (status == VIA_BUSY)
        peer_say(peer, "%u calls are in flight: max_calls is %u", peer->sent.n_waiting,
                 peer->sent.limit);
    if (status != VIA_OK)
        return status;
    struct dispatch dispatch = {.meta = meta, .fds = fds, .is_bounded = true};
    status = dispatch_frame(peer, &call, &dispatch);
    struct sent_call *sent = sent_calls_find(&peer->sent, call.id);
    if (status != VIA_OK) {
        sent_calls_remove(&peer->sent, sent);
        return status;
    }
    if (peer->session != 0 && frame->time != FRAME_NO_DEADLINE)
        sent->until_ms = peer->ops->now(peer->user) + frame->time;
    sent->object = frame->object;
    if (peer->ops->coarse_now != NULL)
        sent->since = peer->ops->coarse_now(peer->user);
    *idp = call.id;
    return VIA_OK;
}

enum via_status peer_oneway(struct peer *peer, const struct frame *frame, const struct meta *meta,
                            const int *fds, uint32_t *numberp)
{
    struct frame call = as_kind(frame, FRAME_CALL, 0);
    call.flags = FRAME_ONEWAY;
    call.id = peer->oneway_number + 1;
    struct dispatch dispatch = {.meta = meta, .fds = fds, .is_bounded = true};
    enum via_status status = dispatch_frame(peer, &call, &dispatch);
    if (status != VIA_OK)
        return status;
    peer->oneway_number = call.id;
    *numberp = call.id;
    return VIA_OK;
}

enum via_status peer_reply(struct peer *peer, uint32_t id, const struct frame *frame,
                           const int *fds)
{
    struct received_call *received = received_calls_find(&peer->received, id);
    if (received == NULL)
        return VIA_NOT_FOUND;
    struct frame reply = as_kind(frame, FRAME_REPLY, 0);
    reply.id = id;
    reply.object = 0;
    struct dispatch dispatch = {.fds = fds};
    enum via_status status = dispatch_frame(peer, &reply, &dispatch);
    if (status == VIA_DEAD)
        return status;
    received_calls_remove(&peer->received, received);
    if (status != VIA_OK) {
        const struct frame instead = {.kind = FRAME_REPLY, .id = id, .code = status};
        peer_must_send(peer, &instead);
    }
    return status;
}

enum via_status peer_answer(struct peer *peer, uint32_t id, enum via_status status, uint32_t result)
{
    const struct frame reply = {.code = status, .time = result};
    return peer_reply(peer, id, &reply, NULL);
}

void peer_refuse(struct peer *peer, uint32_t number, uint32_t object, enum via_status status)
{
    const struct frame refusal = {
        .kind = FRAME_REPLY, .flags = FRAME_ONEWAY, .id = number, .object = object, .code = status};
    peer_must_send_ready(peer, &refusal);
}

enum via_status peer_event(struct peer *peer, const struct frame *frame, const int *fds)
{
    struct frame event = as_kind(frame, FRAME_EVENT, FRAME_GAP);
    struct dispatch dispatch = {.fds = fds, .is_bounded = true};
    return dispatch_frame(peer, &event, &dispatch);
}

enum via_status peer_event_run(struct peer *peer, const uint8_t *octets, size_t size, uint32_t n,
                               uint32_t largest, uint32_t handle)
{
    enum via_status status = may_send(peer);
    if (status != VIA_OK)
        return status;
    const struct frame any = {.kind = FRAME_EVENT, .object = handle};
    if (largest > peer->their_hello.frame_max || size > OUTBOX_COALESCE_MAX ||
        !outgoing_transfers_may_go(peer, &any, NULL))
        return VIA_UNSUPPORTED;
    uint8_t *place;
    status = check_queue(peer, size);
    if (status == VIA_OK)
        status = outbox_add_frames(peer->outbox, size, n, &place);
    if (status != VIA_OK)
        return status;
    memcpy(place, octets, size);
    for (size_t at = 0; at < size; at += octets_get_u32(octets + at + FRAME_AT_SIZE))
        octets_put_u32(place + at + FRAME_AT_OBJECT, handle);
    return VIA_OK;
}

void peer_cancel(struct peer *peer, uint32_t id)
{
    struct sent_call *call = sent_calls_find(&peer->sent, id);
    if (call == NULL || call->cancelled)
        return;
    call->cancelled = true;
    if (outgoing_transfers_cancel(peer, id))
        return;
    const struct frame cancel = {.kind = FRAME_CANCEL, .id = id};
    peer_must_send_ready(peer, &cancel);
}

void peer_forget(struct peer *peer, uint32_t id)
{
    struct sent_call *call = sent_calls_find(&peer->sent, id);
    if (call == NULL)
        return;
    call->forgotten = true;
    incoming_transfers_forget(peer, id);
}
