/*
 * The peer keeps a pointer to each call under way until its reply has come or it is forgotten, so
 * whoever goes without waiting abandons it first.
 *
 * A call made in a handler carries the handler's chain, one deeper; one that a thread waits for
 * begins a chain otherwise, so that a call which comes back for it can be run on that thread.
 */
#include "bridge/outgoing.h"

#include <string.h>

#include "bridge/call.h"
#include "bridge/cargo.h"
#include "bridge/node.h"
#include "bridge/stub.h"

/* The chain that this thread's next call belongs to; VIA_BUSY when it is too deep. */
static enum via_status set_chain(struct via_node *node, bool chained, struct meta *meta)
{
    const struct via_call *current = seat_here()->current;
    if (current != NULL && current->node == node) {
        if (current->chain != 0) {
            if (current->depth >= META_CHAIN_DEPTH_MAX)
                return VIA_BUSY;
            meta->has_chain = true;
            meta->chain = current->chain;
            meta->depth = current->depth + 1;
        }
        if (current->first->handle.number != 0 &&
            connection_is_current(node, current->first->session)) {
            meta->has_first = true;
            meta->first = current->first->handle.number;
        }
    }
    if (chained && !meta->has_chain) {
        meta->has_chain = true;
        meta->chain = node_new_chain(node);
        meta->depth = 1;
    }
    return VIA_OK;
}

static enum via_status pack(struct via_node *node, const struct target *target,
                            struct via_parcel *request, struct cargo *cargo)
{
    enum via_status status = cargo_pack(node, request, cargo);
    if (status != VIA_OK)
        return status;
    cargo->frame.object = target->number;
    cargo->frame.code = target->code;
    cargo->frame.time = target->time_ms;
    if (target->layout == VIA_LAYOUT_CONTROL)
        cargo->frame.layout = VIA_LAYOUT_CONTROL;
    return VIA_OK;
}

enum via_status outgoing_send(struct outgoing *outgoing, const struct target *target,
                              struct via_parcel *request, bool chained)
{
    struct via_node *node = outgoing->node;
    struct meta meta = {0};
    struct cargo cargo;
    enum via_status status = set_chain(node, chained, &meta);
    if (status == VIA_OK)
        status = pack(node, target, request, &cargo);
    if (status != VIA_OK)
        return status;
    bool any = meta.has_chain || meta.has_first;
    status = peer_call(node->connection.peer, &cargo.frame, any ? &meta : NULL, cargo.fds,
                       (uint64_t)(uintptr_t)outgoing, &outgoing->id);
    cargo_sent(node, &cargo, status == VIA_OK);
    if (status != VIA_OK)
        return status;
    outgoing->session = node->connection.session;
    outgoing->under_way = true;
    outgoing->chain = meta.chain;
    outgoing->depth = meta.depth;
    connection_flush_soon(node);
    return VIA_OK;
}

enum via_status outgoing_send_oneway(struct via_node *node, const struct target *target,
                                     struct via_parcel *request)
{
    struct meta meta = {0};
    struct cargo cargo;
    uint32_t number;
    enum via_status status = set_chain(node, false, &meta);
    if (status == VIA_OK)
        status = pack(node, target, request, &cargo);
    if (status != VIA_OK)
        return status;
    bool any = meta.has_chain || meta.has_first;
    status =
        peer_oneway(node->connection.peer, &cargo.frame, any ? &meta : NULL, cargo.fds, &number);
    cargo_sent(node, &cargo, status == VIA_OK);
    if (status == VIA_OK)
        connection_flush_oneway(node);
    return status;
}

enum via_status outgoing_copy(struct via_parcel *parcel, struct via_parcel **copyp)
{
    struct via_parcel *copy;
    enum via_status status = via_parcel_create(&copy);
    if (status != VIA_OK)
        return status;
    if (parcel != NULL) {
        via_parcel_set_layout(copy, via_parcel_layout(parcel));
        status = via_parcel_append_parcel(copy, parcel);
    }
    if (status != VIA_OK) {
        (void)via_parcel_unref(copy);
        return status;
    }
    *copyp = copy;
    return VIA_OK;
}

enum via_status outgoing_make_local(struct outgoing *outgoing, struct via_stub *stub,
                                    const struct target *target, struct via_parcel *request,
                                    struct via_call **callp)
{
    struct via_node *node = stub->proxy.node;
    const struct via_call *current = seat_here()->current;
    struct meta meta = {0};
    enum via_status status = set_chain(node, outgoing != NULL, &meta);
    if (status != VIA_OK)
        return status;
    struct via_call *call = call_create(stub, node->self);
    if (call == NULL)
        return VIA_NO_MEMORY;
    call->oneway = outgoing == NULL;
    call->control = target->layout == VIA_LAYOUT_CONTROL;
    call->code = target->code;
    call->chain = meta.chain;
    call->depth = meta.depth;
    if (current != NULL && current->node == node) {
        (void)caller_unref(call->first);
        call->first = caller_ref(current->first);
    }
    if (target->time_ms != FRAME_NO_DEADLINE)
        call->deadline_ms = loop_now() + target->time_ms;
    status = outgoing_copy(request, &call->request);
    if (status != VIA_OK) {
        atomic_store(&call->answered, true);
        (void)call_unref_locked(call);
        return status;
    }
    if (outgoing != NULL) {
        outgoing->local = call;
        outgoing->under_way = true;
        outgoing->chain = meta.chain;
        outgoing->depth = meta.depth;
        call->local = outgoing;
    }
    *callp = call;
    return VIA_OK;
}

/* ---- the outcome ---- */

void outgoing_finish(struct outgoing *outgoing, enum via_status status, int32_t result,
                     struct via_parcel *reply)
{
    outgoing->under_way = false;
    outgoing->status = status;
    outgoing->result = result;
    outgoing->reply = reply;
    if (outgoing->local != NULL) {
        outgoing->local->local = NULL;
        outgoing->local = NULL;
    }
    outgoing->finished(outgoing);
}

void outgoing_replied(struct via_node *node, uint64_t context, const struct frame *frame,
                      const int *fds)
{
    struct outgoing *outgoing = (struct outgoing *)(uintptr_t)context;
    enum via_status status = (enum via_status)frame->code;
    if (status != VIA_OK) {
        cargo_discard(node, frame, fds);
        if (status == VIA_DEAD)
            outgoing->cause = (enum via_cause)frame->time;
        outgoing_finish(outgoing, status, 0, NULL);
        return;
    }
    struct via_parcel *reply = NULL;
    if (outgoing->wants_reply)
        status = cargo_unpack(node, frame, fds, &reply);
    else
        cargo_discard(node, frame, fds);
    outgoing_finish(outgoing, status, (int32_t)frame->time, reply);
}

void outgoing_cancel(struct outgoing *outgoing)
{
    struct via_node *node = outgoing->node;
    if (!outgoing->under_way)
        return;
    if (outgoing->local != NULL) {
        struct via_call *call = outgoing->local;
        atomic_store(&call->cancelled, true);
        if (!atomic_load(&call->begun)) {
            call->told = VIA_CANCELLED;
            (void)call_answer(call, VIA_CANCELLED, 0, NULL);
        }
    } else if (connection_is_current(node, outgoing->session)) {
        peer_cancel(node->connection.peer, outgoing->id);
        connection_flush_soon(node);
    }
}

void outgoing_abandon(struct outgoing *outgoing)
{
    struct via_node *node = outgoing->node;
    if (!outgoing->under_way)
        return;
    outgoing->under_way = false;
    if (outgoing->local != NULL) {
        call_forsaken(outgoing->local);
        outgoing->local = NULL;
    } else if (connection_is_current(node, outgoing->session)) {
        peer_cancel(node->connection.peer, outgoing->id);
        peer_forget(node->connection.peer, outgoing->id);
        connection_flush_soon(node);
    }
}
