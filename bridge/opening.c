/*
 * OBJECT_OPEN carries the back reference, then the layout of what the family passes and that
 * itself; its reply the opened object, then the same. Both are control parcels, so a family's
 * octets stand in them as they are, references and descriptors included, without their tape. A
 * gateway that opens for a JSON client sends the reference alone.
 */
#include "bridge/opening.h"

#include <fcntl.h>
#include <unistd.h>

#include "bridge/call.h"
#include "bridge/node.h"
#include "bridge/pending.h"
#include "bridge/stub.h"
#include "codecs/control.h"

/* ---- a parcel within a parcel ---- */

static enum via_status append_refs(struct via_parcel *to, size_t base, struct via_parcel *from,
                                   size_t start)
{
    enum via_status status = VIA_OK;
    for (size_t i = 0; i < via_parcel_n_refs(from) && status == VIA_OK; i++) {
        size_t offset = via_parcel_ref_offset(from, i);
        uint16_t kind;
        if (offset < start)
            continue;
        struct via_proxy *proxy = via_parcel_ref_at(from, offset, &kind);
        status = via_parcel_add_ref(to, base + offset - start, proxy, kind);
    }
    return status;
}

static enum via_status append_fds(struct via_parcel *to, size_t base, struct via_parcel *from,
                                  size_t start)
{
    for (size_t i = 0; i < via_parcel_n_fds(from); i++) {
        size_t offset = via_parcel_fd_offset(from, i);
        if (offset < start)
            continue;
        int fd = fcntl(via_parcel_fd_at(from, offset), F_DUPFD_CLOEXEC, 0);
        if (fd < 0)
            return VIA_BUSY;
        enum via_status status = via_parcel_add_fd(to, base + offset - start, fd);
        if (status != VIA_OK) {
            (void)close(fd);
            return status;
        }
    }
    return VIA_OK;
}

/* All of @from from @start on at the end of @to, whatever their layouts. */
static enum via_status append(struct via_parcel *to, struct via_parcel *from, size_t start)
{
    size_t base = via_parcel_size(to);
    size_t size = via_parcel_size(from) - start;
    if (size == 0)
        return VIA_OK;
    enum via_status status =
        via_parcel_append(to, via_parcel_data(from) + start, size, VIA_TAG_PAD, NULL);
    if (status == VIA_OK)
        status = append_refs(to, base, from, start);
    if (status == VIA_OK)
        status = append_fds(to, base, from, start);
    return status;
}

static enum via_status put_inner(struct via_parcel *outer, struct via_parcel *inner)
{
    if (inner == NULL || via_parcel_size(inner) == 0)
        return VIA_OK;
    enum via_status status = via_parcel_write_u32(outer, (uint32_t)via_parcel_layout(inner));
    if (status == VIA_OK)
        status = append(outer, inner, 0);
    return status;
}

/* What stands behind the read cursor, as a parcel of its own. */
static enum via_status take_inner(struct via_parcel *outer, struct via_parcel **innerp)
{
    struct via_parcel *inner;
    uint32_t layout = VIA_LAYOUT_RAW;
    enum via_status status = via_parcel_read_u32(outer, &layout);
    if (status != VIA_OK && status != VIA_END)
        return status;
    status = via_parcel_create(&inner);
    if (status != VIA_OK)
        return status;
    if (layout != VIA_LAYOUT_CONTROL && layout <= UINT16_MAX)
        via_parcel_set_layout(inner, (enum via_layout)layout);
    status = append(inner, outer, via_parcel_tell(outer));
    if (status != VIA_OK) {
        (void)via_parcel_unref(inner);
        return status;
    }
    *innerp = inner;
    return VIA_OK;
}

/* ---- at the owner ---- */

/* What is sent to @theirs and what @ours answers go in one order from now on, if both are of the
 * gateway's session. Lock held. */
static void join(struct via_stub *ours, const struct via_proxy *theirs)
{
    struct via_node *node = ours->proxy.node;
    if (theirs->attached && connection_is_current(node, theirs->session))
        peer_join(node->connection.peer, ours, theirs->handle);
}

/* They are joined before anybody can use what was opened. If the answer does not reach its caller,
 * nobody holds it: its owner is told so. */
static enum via_status answer_opened(struct via_call *call, struct via_stub *opened,
                                     struct via_proxy *back, struct via_parcel *reply)
{
    struct via_node *node = call->node;
    node_lock(node);
    enum via_status status = call_answer(call, VIA_OK, 0, reply);
    if (status == VIA_OK && back != NULL && opened != NULL)
        join(opened, back);
    if (status != VIA_OK && opened != NULL)
        stub_unexported(via_stub_ref(opened), false);
    node_unlock(node);
    return status;
}

static enum via_status reply_opened(struct via_call *call, struct via_stub *opened,
                                    struct via_proxy *back, struct via_parcel *answer)
{
    struct via_parcel *reply;
    enum via_status status = via_parcel_create(&reply);
    if (status != VIA_OK)
        return status;
    status = via_parcel_write_ref(reply, &opened->proxy);
    if (status == VIA_OK)
        status = put_inner(reply, answer);
    if (status == VIA_OK)
        status = answer_opened(call, opened, back, reply);
    (void)via_parcel_unref(reply);
    return status;
}

static enum via_status open_for(struct via_call *call, struct via_parcel *request,
                                struct via_proxy *back)
{
    struct via_stub *stub = call->stub;
    struct via_stub *opened = NULL;
    struct via_parcel *answer;
    enum via_status status = via_parcel_create(&answer);
    if (status != VIA_OK)
        return status;
    status = stub->ops.open(stub->user, via_call_caller(call), request, back, &opened, answer);
    if (status == VIA_OK)
        status = reply_opened(call, opened, back, answer);
    (void)via_stub_unref(opened);
    (void)via_parcel_unref(answer);
    return status;
}

static enum via_status run_open(struct via_call *call)
{
    struct via_proxy *back = NULL;
    struct via_parcel *request = NULL;
    if (call->stub->ops.open == NULL)
        return VIA_UNSUPPORTED;
    enum via_status status = via_parcel_read_ref(call->request, &back);
    if (status == VIA_OK)
        status = take_inner(call->request, &request);
    if (status == VIA_OK)
        status = open_for(call, request, back);
    (void)via_parcel_unref(request);
    (void)via_proxy_unref(back);
    return status;
}

void opening_run(struct via_call *call)
{
    enum via_status status = VIA_UNSUPPORTED;
    if (call->code == OBJECT_OPEN)
        status = run_open(call);
    else if (call->code == OBJECT_REACHED) /* within this process; others' are not run */
        status = via_call_reply(call, 0, NULL);
    if (status != VIA_OK)
        (void)via_call_fail(call, status);
}

/* ---- at the client ---- */

static enum via_status call_open(struct via_proxy *proxy, struct via_parcel *request,
                                 uint32_t timeout_ms, struct via_parcel **replyp)
{
    struct via_node *node = proxy->node;
    struct target target = {.number = proxy->handle.number,
                            .layout = VIA_LAYOUT_CONTROL,
                            .code = OBJECT_OPEN,
                            .time_ms = timeout_ms == 0 ? FRAME_NO_DEADLINE : timeout_ms};
    node_lock(node);
    enum via_status status = pending_call(node, proxy, &target, request, NULL, replyp);
    node_unlock(node);
    return status;
}

enum via_status via_proxy_open(struct via_proxy *proxy, struct via_parcel *request,
                               struct via_stub *back, uint32_t timeout_ms,
                               struct via_proxy **openedp, struct via_parcel **answerp)
{
    if (proxy == NULL || openedp == NULL)
        return VIA_INVALID;
    struct via_parcel *asked = NULL, *reply = NULL, *answer = NULL;
    struct via_proxy *opened = NULL;
    bool asked_nothing = back == NULL && (request == NULL || via_parcel_size(request) == 0);
    enum via_status status = via_parcel_create(&asked);
    if (status == VIA_OK)
        status = via_parcel_write_ref(asked, back != NULL ? &back->proxy : NULL);
    if (status == VIA_OK)
        status = put_inner(asked, request);
    if (status == VIA_OK)
        status = call_open(proxy, asked, timeout_ms, &reply);
    if (status == VIA_OK)
        status = via_parcel_read_ref(reply, &opened);
    if (status == VIA_OK && opened == NULL)
        status = VIA_DEAD; /* it went while the reply was under way */
    if (status == VIA_OK && answerp != NULL)
        status = take_inner(reply, &answer);
    (void)via_parcel_unref(asked);
    (void)via_parcel_unref(reply);
    if (status != VIA_OK) {
        (void)via_proxy_unref(opened);
        return status;
    }
    if (asked_nothing && proxy->name != NULL) {
        node_lock(proxy->node);
        proxy_set_name(opened, proxy->name->family, proxy->name->name, true);
        node_unlock(proxy->node);
    }
    if (back != NULL) {
        node_lock(proxy->node);
        join(back, opened);
        node_unlock(proxy->node);
    }
    *openedp = opened;
    if (answerp != NULL)
        *answerp = answer;
    return VIA_OK;
}
