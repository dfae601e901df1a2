/*
 * A call is answered once: by the handler, by its deadline, by a cancel that came before it began,
 * or by nobody, which is UNSUPPORTED when its last count goes. After that its number at the peer
 * means something else, so `answered` is what everything looks at first.
 *
 * The session does not count a call: what it keeps of it (for a cancel) is forgotten with the
 * answer.
 */
#include "bridge/call.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/cargo.h"
#include "bridge/dispatch.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/opening.h"
#include "bridge/outgoing.h"
#include "bridge/stub.h"
#include "codecs/control.h"

static void run_job(struct job *job)
{
    struct via_call *call = (struct via_call *)job;
    call_run(call);
    dispatch_ended(call);
    (void)call_unref_locked(call);
}

/* A deadline that has passed answers in the handler's place, also when its timer is late. */
static void answer_if_late(struct via_call *call)
{
    if (call->deadline_ms == LEAD_FOR_EVER || atomic_load(&call->answered) ||
        loop_now() < call->deadline_ms)
        return;
    call->told = VIA_TIMEOUT;
    (void)call_answer(call, VIA_TIMEOUT, 0, NULL);
}

static void on_deadline(struct loop_timer *timer)
{
    answer_if_late((struct via_call *)((char *)timer - offsetof(struct via_call, timer)));
}

/* ---- life ---- */

struct via_call *call_create(struct via_stub *stub, struct caller *caller)
{
    struct via_node *node = stub->proxy.node;
    struct via_call *call = node->spare_calls;
    if (call != NULL) {
        node->spare_calls = call->next;
        node->n_spare_calls--;
        memset(call, 0, sizeof *call);
    } else {
        call = calloc(1, sizeof *call);
        if (call == NULL)
            return NULL;
    }
    call->job.run = run_job;
    atomic_init(&call->refs, 1);
    call->node = node;
    call->stub = via_stub_ref(stub);
    call->caller = caller_ref(caller);
    call->first = caller_ref(caller);
    call->deadline_ms = LEAD_FOR_EVER;
    call->timer.fired = on_deadline;
    return call;
}

void call_free_spares(struct via_node *node)
{
    while (node->spare_calls != NULL) {
        struct via_call *call = node->spare_calls;
        node->spare_calls = call->next;
        free(call);
    }
}

static void destroy(struct via_call *call)
{
    struct via_node *node = call->node;
    if (!atomic_load(&call->answered))
        (void)call_answer(call, VIA_UNSUPPORTED, 0, NULL);
    (void)via_parcel_unref(call->request);
    (void)caller_unref(call->caller);
    (void)caller_unref(call->first);
    struct via_stub *stub = call->stub;
    if (node->n_spare_calls < NODE_SPARE_CALLS) {
        call->next = node->spare_calls;
        node->spare_calls = call;
        node->n_spare_calls++;
    } else {
        free(call);
    }
    (void)via_stub_unref(stub);
}

struct via_call *call_unref_locked(struct via_call *call)
{
    if (atomic_fetch_sub(&call->refs, 1) == 1)
        destroy(call);
    return NULL;
}

struct via_call *via_call_keep(struct via_call *call)
{
    (void)atomic_fetch_add(&call->refs, 1);
    return call;
}

struct via_call *via_call_unref(struct via_call *call)
{
    if (call == NULL || atomic_fetch_sub(&call->refs, 1) != 1)
        return NULL;
    struct via_node *node = call->node;
    node_lock(node);
    destroy(call);
    node_unlock(node);
    return NULL;
}

/* ---- coming in ---- */

static void refuse(struct via_node *node, const struct frame *frame, const int *fds,
                   enum via_status status)
{
    cargo_discard(node, frame, fds);
    if ((frame->flags & FRAME_ONEWAY) != 0)
        peer_refuse(node->connection.peer, frame->id, frame->object, status);
    else if (peer_answer(node->connection.peer, frame->id, status, 0) != VIA_OK)
        log_warn("call.refuse", "status=%s lost=answer", via_status_name(status));
}

static bool asks_for_receipt(const struct frame *frame)
{
    return frame->layout == VIA_LAYOUT_CONTROL && frame->code == OBJECT_REACHED &&
           (frame->flags & FRAME_ONEWAY) == 0;
}

/* At once, whatever waits for a handler. */
static void give_receipt(struct via_node *node, const struct frame *frame, const int *fds)
{
    cargo_discard(node, frame, fds);
    if (peer_answer(node->connection.peer, frame->id, VIA_OK, 0) != VIA_OK)
        log_warn("call.receipt", "lost=answer");
    connection_flush_soon(node);
}

static void introduce(struct via_node *node, const struct meta_introduction *introduction)
{
    void **at = peer_imported(node->connection.peer, introduction->number);
    if (at == NULL || *at != NULL)
        return;
    struct caller *caller = caller_create(node, introduction);
    if (caller == NULL)
        return; /* its calls are nobody's */
    caller->session = node->connection.session;
    *at = caller;
}

void call_introduced(struct via_node *node, const struct meta *meta)
{
    for (unsigned i = 0; i < meta->n_introductions; i++)
        introduce(node, &meta->introductions[i]);
}

static struct caller *introduced(struct via_node *node, uint32_t number)
{
    void **at = peer_imported(node->connection.peer, number);
    struct object *object = at != NULL ? *at : NULL;
    if (object == NULL || object->ops != &caller_object_ops)
        return node->nobody;
    return (struct caller *)object;
}

static void set_deadline(struct via_call *call, uint32_t left_ms)
{
    if (left_ms == FRAME_NO_DEADLINE)
        return;
    call->deadline_ms = loop_now() + left_ms;
    if (!call->oneway && loop_arm(call->node->loop, &call->timer, call->deadline_ms) != VIA_OK)
        log_warn("call.deadline", "status=%s", via_status_name(VIA_NO_MEMORY));
}

void call_received(struct via_node *node, void *object, const struct frame *frame,
                   const struct meta *meta, const int *fds)
{
    struct via_stub *stub = object;
    if (stub == NULL) {
        refuse(node, frame, fds, VIA_NOT_FOUND); /* no directory here */
        return;
    }
    if (stub->withdrawn || frame->time == 0) {
        refuse(node, frame, fds, stub->withdrawn ? VIA_DEAD : VIA_TIMEOUT);
        return;
    }
    if (asks_for_receipt(frame)) {
        give_receipt(node, frame, fds);
        return;
    }
    struct caller *caller = meta->has_caller ? introduced(node, meta->caller) : node->nobody;
    struct via_call *call = call_create(stub, caller);
    if (call == NULL) {
        refuse(node, frame, fds, VIA_NO_MEMORY);
        return;
    }
    call->oneway = (frame->flags & FRAME_ONEWAY) != 0;
    call->control = frame->layout == VIA_LAYOUT_CONTROL;
    call->code = frame->code;
    call->id = frame->id;
    call->session = node->connection.session;
    if (meta->has_first) {
        (void)caller_unref(call->first);
        call->first = caller_ref(introduced(node, meta->first));
    }
    if (meta->has_chain) {
        call->chain = meta->chain;
        call->depth = meta->depth;
    }
    enum via_status status = cargo_unpack(node, frame, fds, &call->request);
    if (status == VIA_OK && call->depth > META_CHAIN_DEPTH_MAX)
        status = VIA_BUSY;
    if (status != VIA_OK) {
        if (call->oneway)
            peer_refuse(node->connection.peer, call->id, frame->object, status);
        (void)call_answer(call, status, 0, NULL);
        (void)call_unref_locked(call);
        return;
    }
    set_deadline(call, frame->time);
    if (!call->oneway)
        peer_set_context(node->connection.peer, call->id, (uint64_t)(uintptr_t)call);
    dispatch_call(call);
}

void call_forsaken(struct via_call *call)
{
    call->local = NULL;
    atomic_store(&call->cancelled, true);
    if (!atomic_load(&call->begun) && !atomic_load(&call->answered))
        (void)call_answer(call, VIA_CANCELLED, 0, NULL);
}

void call_cancelled(uint64_t context)
{
    struct via_call *call = (struct via_call *)(uintptr_t)context;
    if (call == NULL)
        return;
    atomic_store(&call->cancelled, true);
    if (!atomic_load(&call->begun) && !atomic_load(&call->answered)) {
        call->told = VIA_CANCELLED;
        (void)call_answer(call, VIA_CANCELLED, 0, NULL);
    }
}

/* ---- running ---- */

bool call_is_void(struct via_call *call)
{
    answer_if_late(call);
    if (atomic_load(&call->answered))
        return true;
    if (call->node->closed) {
        (void)call_answer(call, VIA_DEAD, 0, NULL);
        return true;
    }
    return false;
}

void call_run(struct via_call *call)
{
    struct via_node *node = call->node;
    struct via_stub *stub = call->stub;
    dispatch_begun(call);
    if (call_is_void(call))
        return;
    atomic_store(&call->begun, true);
    if (!call->control && stub->ops.call == NULL)
        return;
    struct seat *seat = seat_here();
    struct via_call *before = seat->current;
    seat->current = call;
    node_unlock(node);
    if (call->control)
        opening_run(call);
    else
        stub->ops.call(stub->user, call);
    node_lock(node);
    seat->current = before;
}

/* ---- answering ---- */

static enum via_status send_answer(struct via_call *call, enum via_status status, int32_t result,
                                   struct via_parcel *reply)
{
    struct via_node *node = call->node;
    if (!connection_is_current(node, call->session))
        return VIA_DEAD;
    struct cargo cargo;
    enum via_status packed = VIA_OK;
    if (reply != NULL)
        packed = cargo_pack(node, reply, &cargo);
    if (reply == NULL || packed != VIA_OK) {
        enum via_status answered = peer_answer(
            node->connection.peer, call->id, packed != VIA_OK ? packed : status, (uint32_t)result);
        connection_flush_soon(node);
        return packed != VIA_OK ? packed : answered;
    }
    cargo.frame.code = status;
    cargo.frame.time = (uint32_t)result;
    enum via_status sent = peer_reply(node->connection.peer, call->id, &cargo.frame, cargo.fds);
    cargo_sent(node, &cargo, sent == VIA_OK);
    connection_flush_soon(node);
    return sent;
}

static enum via_status answer_here(struct via_call *call, enum via_status status, int32_t result,
                                   struct via_parcel *reply)
{
    struct outgoing *outgoing = call->local;
    struct via_parcel *copy = NULL;
    call->local = NULL;
    if (status == VIA_OK && outgoing->wants_reply) {
        status = outgoing_copy(reply, &copy);
        if (status != VIA_OK) {
            outgoing_finish(outgoing, status, 0, NULL);
            return status;
        }
    }
    outgoing_finish(outgoing, status, result, copy);
    return VIA_OK;
}

enum via_status call_answer(struct via_call *call, enum via_status status, int32_t result,
                            struct via_parcel *reply)
{
    if (atomic_exchange(&call->answered, true))
        return call->told != VIA_OK ? call->told : VIA_INVALID;
    if (call->timer.place != 0)
        loop_disarm(call->node->loop, &call->timer);
    if (call->oneway)
        return VIA_OK;
    if (call->local != NULL)
        return answer_here(call, status, result, reply);
    if (call->session == 0)
        return VIA_DEAD; /* of this process, and nobody waits any more */
    return send_answer(call, status, result, reply);
}

enum via_status via_call_reply(struct via_call *call, int32_t result, struct via_parcel *reply)
{
    struct via_node *node = call->node;
    node_lock(node);
    answer_if_late(call);
    enum via_status status = call_answer(call, VIA_OK, result, reply);
    node_unlock(node);
    return status;
}

enum via_status via_call_fail(struct via_call *call, enum via_status status)
{
    if (status == VIA_OK)
        return VIA_INVALID;
    struct via_node *node = call->node;
    node_lock(node);
    answer_if_late(call);
    enum via_status answered = call_answer(call, status, 0, NULL);
    node_unlock(node);
    return answered;
}

/* ---- questions ---- */

uint32_t via_call_code(const struct via_call *call)
{
    return call->code;
}

bool via_call_is_oneway(const struct via_call *call)
{
    return call->oneway;
}

struct via_parcel *via_call_request(struct via_call *call)
{
    return call->request;
}

struct via_stub *via_call_stub(const struct via_call *call)
{
    return call->stub;
}

const struct via_caller *via_call_caller(const struct via_call *call)
{
    return &call->caller->facts;
}

const struct via_caller *via_call_first_caller(const struct via_call *call)
{
    return &call->first->facts;
}

uint32_t via_call_time_left(const struct via_call *call)
{
    if (call->deadline_ms == LEAD_FOR_EVER)
        return UINT32_MAX;
    uint64_t now = loop_now();
    return now >= call->deadline_ms ? 0 : (uint32_t)(call->deadline_ms - now);
}

bool via_call_is_cancelled(const struct via_call *call)
{
    return atomic_load(&call->cancelled) || atomic_load(&call->caller->cause) != VIA_ALIVE;
}

enum via_status via_call_watch(struct via_call *call,
                               void (*gone)(void *user, enum via_cause cause), void *user)
{
    if (gone == NULL)
        return VIA_INVALID;
    struct via_node *node = call->node;
    node_lock(node);
    enum via_status status = caller_watch(call->caller, gone, user);
    node_unlock(node);
    return status;
}

struct via_call *via_call_current(void)
{
    return seat_here()->current;
}
