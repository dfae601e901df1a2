/*
 * Nothing here allocates once a caller is known to the callee: references go into the gateway's
 * scratch, META into the crossing, and the encoder copies both and the payload, once, into the
 * receiver's outbox.
 */
#include "gateway/crossing.h"

#include <string.h>

#include "gateway/gateway.h"
#include "gateway/objects.h"

enum via_status crossing_put(struct binary *to, struct gateway_object *object,
                             struct frame_ref *refp)
{
    if (object->owner == session_key(&to->session)) {
        refp->handle = object->handle;
        refp->flags = FRAME_REF_YOURS;
        return VIA_OK;
    }
    struct our_handle handle;
    bool new;
    enum via_status status = peer_export(to->peer, object, &handle, &new);
    if (status != VIA_OK)
        return status;
    if (new) {
        status = objects_hold(object, &to->session);
        if (status != VIA_OK) {
            peer_unexport(to->peer, handle);
            return status;
        }
    }
    refp->handle = handle.number;
    refp->flags = object->remote || to->session.principal.remote ? FRAME_REF_REMOTE : 0;
    return VIA_OK;
}

void crossing_take_back(struct binary *to, struct gateway_object *object)
{
    struct our_handle handle;
    if (object->owner == session_key(&to->session) && object->handle != 0)
        return;
    if (!peer_is_exported(to->peer, object, &handle))
        return;
    peer_unexport(to->peer, handle);
    if (!peer_is_exported(to->peer, object, &handle))
        objects_let_go(object, &to->session);
}

static void take_back(struct crossing *crossing, size_t n)
{
    while (n > 0)
        crossing_take_back(crossing->to, crossing->message->objects[--n]);
}

enum via_status crossing_begin(struct crossing *crossing, struct binary *to,
                               const struct message *message)
{
    crossing->to = to;
    crossing->message = message;
    crossing->frame = *message->frame;
    crossing->n_introduced = 0;
    struct frame *frame = &crossing->frame;
    frame->flags &= FRAME_GAP;
    frame->meta = NULL;
    frame->meta_size = 0;
    if (frame->n_refs > 0) {
        uint8_t *refs = to->session.gateway->scratch.refs;
        for (size_t i = 0; i < frame->n_refs; i++) {
            struct frame_ref ref;
            frame_ref_get(message->frame->refs, i, &ref);
            enum via_status status = crossing_put(to, message->objects[i], &ref);
            if (status != VIA_OK) {
                take_back(crossing, i);
                return status;
            }
            frame_ref_put(refs, i, &ref);
        }
        frame->refs = refs;
    }
    /* Descriptors cannot pass a WebSocket: there they arrive empty. */
    if (frame->n_fds > 0 && to->session.principal.remote) {
        frame->n_fds = 0;
        frame->fds = NULL;
    }
    return VIA_OK;
}

/* The number under which @to knows @who; its first one is an introduction, and one count. */
static enum via_status introduce(struct crossing *crossing, struct session *who,
                                 uint32_t *numberp)
{
    struct gateway_object *self;
    enum via_status status = objects_self(who, &self);
    if (status != VIA_OK)
        return status;
    struct binary *to = crossing->to;
    struct our_handle handle;
    if (peer_is_exported(to->peer, self, &handle)) {
        *numberp = handle.number;
        return VIA_OK;
    }
    bool new;
    status = peer_export(to->peer, self, &handle, &new);
    if (status != VIA_OK)
        return status;
    status = objects_hold(self, &to->session);
    if (status != VIA_OK) {
        peer_unexport(to->peer, handle);
        return status;
    }
    crossing->introduced[crossing->n_introduced++] = self;
    crossing->meta.introductions[crossing->meta.n_introductions++] = (struct meta_introduction){
        .number = handle.number,
        .pid = who->principal.pid,
        .uid = who->principal.uid,
        .gid = who->principal.gid,
        .token = who->principal.token,
        .remote = who->principal.remote,
        .identity = who->principal.identity,
        .identity_size = strlen(who->principal.identity)};
    *numberp = handle.number;
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
        if (object->death != VIA_ALIVE)
            peer_death(crossing->to->peer, object, object->death);
    }
    binary_flush_later(crossing->to);
}

void crossing_undo(struct crossing *crossing)
{
    take_back(crossing, crossing->frame.n_refs);
    while (crossing->n_introduced > 0)
        crossing_take_back(crossing->to, crossing->introduced[--crossing->n_introduced]);
}
