/*
 * Nothing here allocates once a caller is known to the callee: references go into the gateway's
 * scratch, META into the crossing itself, and the encoder copies both and the payload, once, into
 * the receiver's outbox.
 */
#include "gateway/crossing.h"

#include <string.h>

#include "bridge/pump.h"
#include "gateway/gateway.h"
#include "gateway/objects.h"

/* ---- descriptors ---- */

static void withdraw(struct binary *to, const uint8_t *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct frame_fd entry;
        frame_fd_get(entries, i, &entry);
        if (entry.stream != 0)
            pump_withdraw(to->peer, &entry);
    }
}

/* A WebSocket has streams in their place; one that is missing, or that nobody can read, arrives
 * empty. */
static enum via_status put_fds(struct crossing *crossing)
{
    struct binary *to = crossing->to;
    struct frame *frame = &crossing->frame;
    const struct message *message = crossing->message;
    uint8_t *entries = to->session.gateway->scratch.fds;
    bool remote = to->session.principal.remote;
    for (size_t i = 0; i < frame->n_fds; i++) {
        struct frame_fd entry;
        frame_fd_get(message->frame->fds, i, &entry);
        entry.stream = 0; /* it was the other link's */
        enum via_status status = VIA_OK;
        if (remote) {
            crossing->no_fds[i] = -1;
            if (message->fds[i] >= 0)
                status = pump_offer(&to->session.gateway->pumps, to->peer, message->fds[i], &entry);
            /* An event cannot be refused: it would wait for a stream to end, if ever one does. */
            if (status == VIA_BUSY && message->frame->kind == FRAME_EVENT)
                status = VIA_OK;
        }
        if (status != VIA_OK) {
            withdraw(to, entries, i);
            return status;
        }
        frame_fd_put(entries, i, &entry);
    }
    if (frame->n_fds > 0)
        frame->fds = entries;
    crossing->fds = remote ? crossing->no_fds : message->fds;
    return VIA_OK;
}

/* Gives @object out, or once more. */
static enum via_status give(struct binary *to, struct gateway_object *object, uint32_t *numberp,
                            bool *newp)
{
    struct our_handle handle;
    enum via_status status = objects_reserve_hold(object);
    if (status == VIA_OK)
        status = peer_export(to->peer, object, &handle, newp);
    if (status != VIA_OK)
        return status;
    if (*newp)
        objects_hold(object, &to->session);
    *numberp = handle.number;
    return VIA_OK;
}

enum via_status crossing_put(struct binary *to, struct gateway_object *object,
                             struct frame_ref *refp)
{
    refp->handle = 0;
    refp->flags = 0;
    if (object == NULL)
        return VIA_OK;
    if (object->owner == session_key(&to->session)) {
        refp->handle = object->handle;
        refp->flags = FRAME_REF_YOURS;
        return VIA_OK;
    }
    bool new;
    enum via_status status = give(to, object, &refp->handle, &new);
    if (status == VIA_OK && (object->remote || to->session.principal.remote))
        refp->flags = FRAME_REF_REMOTE;
    return status;
}

void crossing_take_back(struct binary *to, const struct frame_ref *ref)
{
    if (ref->handle != 0 && (ref->flags & FRAME_REF_YOURS) == 0)
        peer_unexport(to->peer, (struct our_handle){ref->handle});
}

static void take_back(struct binary *to, const uint8_t *refs, size_t n)
{
    while (n > 0) {
        struct frame_ref ref;
        frame_ref_get(refs, --n, &ref);
        crossing_take_back(to, &ref);
    }
}

void crossing_take_back_all(struct binary *to, const struct frame *frame)
{
    take_back(to, frame->refs, frame->n_refs);
}

enum via_status crossing_begin(struct crossing *crossing, struct binary *to,
                               const struct message *message)
{
    crossing->to = to;
    crossing->message = message;
    crossing->frame = *message->frame;
    crossing->meta.n_introductions = 0;
    struct frame *frame = &crossing->frame;
    uint8_t *refs = to->session.gateway->scratch.refs;
    for (size_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(message->frame->refs, i, &ref);
        enum via_status status = crossing_put(to, message->objects[i], &ref);
        if (status != VIA_OK) {
            take_back(to, refs, i);
            return status;
        }
        frame_ref_put(refs, i, &ref);
    }
    frame->refs = refs;
    enum via_status status = put_fds(crossing);
    if (status != VIA_OK)
        take_back(to, refs, frame->n_refs);
    return status;
}

/* Its process, or a number of its session for whom that means nothing here. */
static int32_t process_of(const struct session *who)
{
    if (!who->principal.remote && who->principal.pid > 0)
        return who->principal.pid;
    return (int32_t)(META_PROCESS_NONE | ((who->generation & 0x3fffu) << 16) | who->slot);
}

/* The number under which @to knows @who; its first one is an introduction, and one count. */
static enum via_status introduce(struct crossing *crossing, struct session *who, uint32_t *numberp)
{
    struct gateway_object *self;
    enum via_status status = objects_self(who, &self);
    if (status != VIA_OK)
        return status;
    struct binary *to = crossing->to;
    struct our_handle handle;
    if (peer_is_exported(to->peer, self, &handle) && peer_is_introduced(to->peer, handle)) {
        *numberp = handle.number;
        return VIA_OK;
    }
    bool new;
    status = give(to, self, numberp, &new);
    if (status != VIA_OK)
        return status;
    crossing->meta.introductions[crossing->meta.n_introductions++] =
        (struct meta_introduction){.number = *numberp,
                                   .pid = process_of(who),
                                   .uid = who->principal.uid,
                                   .gid = who->principal.gid,
                                   .token = who->principal.token,
                                   .remote = who->principal.remote,
                                   .identity = who->principal.identity,
                                   .identity_size = strlen(who->principal.identity)};
    return VIA_OK;
}

enum via_status crossing_begin_call(struct crossing *crossing, struct binary *to,
                                    const struct message *message)
{
    enum via_status status = crossing_begin(crossing, to, message);
    if (status != VIA_OK)
        return status;
    struct meta *meta = &crossing->meta;
    if (message->meta != NULL)
        *meta = *message->meta;
    else
        memset(meta, 0, sizeof *meta);
    meta->n_introductions = 0;
    meta->has_caller = true;
    meta->has_first = message->first != NULL;
    status = introduce(crossing, message->from, &meta->caller);
    if (status == VIA_OK && meta->has_first)
        status = introduce(crossing, message->first, &meta->first);
    if (status != VIA_OK)
        crossing_undo(crossing);
    return status;
}

void crossing_sent(struct crossing *crossing)
{
    const struct message *message = crossing->message;
    for (size_t i = 0; i < crossing->frame.n_refs; i++) {
        struct gateway_object *object = message->objects[i];
        if (object != NULL && object->death != VIA_ALIVE)
            peer_death(crossing->to->peer, object, object->death);
    }
    if (crossing->fds != message->fds)
        message_close_fds(message);
    binary_flush_later(crossing->to);
}

void crossing_undo(struct crossing *crossing)
{
    crossing_take_back_all(crossing->to, &crossing->frame);
    withdraw(crossing->to, crossing->frame.fds, crossing->frame.n_fds);
    for (uint8_t i = 0; i < crossing->meta.n_introductions; i++)
        peer_unexport(crossing->to->peer,
                      (struct our_handle){crossing->meta.introductions[i].number});
}
