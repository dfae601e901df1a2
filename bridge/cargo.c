/*
 * An object of this process goes out as a handle of ours, one count each time; the first one makes
 * the session keep it alive. An object of others goes back to the gateway it came from under the
 * gateway's own handle, without a count. One that died with an earlier session goes as none.
 */
#include "bridge/cargo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/node.h"
#include "bridge/os_status.h"
#include "bridge/proxy.h"
#include "bridge/pump.h"
#include "bridge/stub.h"
#include "codecs/parcel.h"

/* ---- out ---- */

static enum via_status put(void *user, struct object *object, struct frame_ref *refp)
{
    struct via_node *node = user;
    struct via_proxy *proxy = (struct via_proxy *)object;
    refp->flags = 0;
    refp->handle = 0;
    if (proxy->node != node)
        return VIA_INVALID; /* of another gateway's world */
    if (proxy->local == NULL) {
        if (proxy->attached && connection_is_current(node, proxy->session)) {
            refp->handle = proxy->handle.number;
            refp->flags = FRAME_REF_YOURS;
        }
        return VIA_OK;
    }
    struct our_handle handle;
    bool new;
    enum via_status status = peer_export(node->connection.peer, proxy->local, &handle, &new);
    if (status != VIA_OK)
        return status;
    if (new)
        (void)via_proxy_ref(proxy);
    refp->handle = handle.number;
    return VIA_OK;
}

static void take_back(void *user, const struct frame_ref *ref)
{
    struct via_node *node = user;
    if (ref->handle == 0 || (ref->flags & FRAME_REF_YOURS) != 0)
        return;
    node->connection.undoing = true;
    peer_unexport(node->connection.peer, (struct our_handle){ref->handle});
    node->connection.undoing = false;
}

static void take_back_refs(struct via_node *node, const struct frame *frame)
{
    for (size_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        take_back(node, &ref);
    }
}

static void close_fds(const int *fds, size_t n_fds)
{
    for (size_t i = 0; i < n_fds; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

static enum via_status duplicate_fds(struct via_parcel *parcel, int *fds, size_t n_fds)
{
    for (size_t i = 0; i < n_fds; i++) {
        int fd = via_parcel_fd_at(parcel, via_parcel_fd_offset(parcel, i));
        fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (fds[i] < 0) {
            int number = errno;
            if (number == EMFILE)
                os_no_descriptors("cargo: duplicating");
            close_fds(fds, i);
            return status_from_errno("cargo: duplicating", number);
        }
    }
    return VIA_OK;
}

static void withdraw_fds(struct via_node *node, const struct frame *frame, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct frame_fd entry;
        frame_fd_get(frame->fds, i, &entry);
        if (entry.stream != 0)
            pump_withdraw(node->connection.peer, &entry);
    }
}

/* To another host each goes as a stream. */
static enum via_status offer_fds(struct via_node *node, struct via_parcel *parcel, uint8_t *entries,
                                 struct cargo *cargo)
{
    for (size_t i = 0; i < cargo->frame.n_fds; i++) {
        struct frame_fd entry;
        frame_fd_get(entries, i, &entry);
        int fd = via_parcel_fd_at(parcel, entry.offset);
        cargo->fds[i] = -1;
        if (fd < 0)
            continue; /* its slot arrives empty */
        enum via_status status = pump_offer(&node->pumps, node->connection.peer, fd, &entry);
        if (status != VIA_OK) {
            withdraw_fds(node, &cargo->frame, i);
            return status;
        }
        frame_fd_put(entries, i, &entry);
    }
    return VIA_OK;
}

enum via_status cargo_pack(struct via_node *node, struct via_parcel *parcel, struct cargo *cargo)
{
    memset(&cargo->frame, 0, sizeof cargo->frame);
    cargo->scratch = NULL;
    cargo->fds = cargo->small_fds;
    if (parcel == NULL)
        return VIA_OK;
    uint8_t *refs = cargo->small_refs;
    uint8_t *entries = cargo->small_entries;
    size_t n_refs = via_parcel_n_refs(parcel);
    size_t n_fds = via_parcel_n_fds(parcel);
    if (n_refs > CARGO_SMALL || n_fds > CARGO_SMALL) {
        size_t refs_size = n_refs * FRAME_REF_SIZE;
        size_t entries_size = n_fds * FRAME_FD_SIZE;
        refs = malloc(refs_size + entries_size + n_fds * sizeof(int));
        if (refs == NULL)
            return VIA_NO_MEMORY;
        cargo->scratch = refs;
        entries = refs + refs_size;
        cargo->fds = (int *)(void *)(entries + entries_size);
    }
    const struct parcel_crossing turn = {.user = node, .put = put, .take_back = take_back};
    enum via_status status = parcel_to_frame(parcel, &cargo->frame, refs, entries, &turn);
    if (status == VIA_OK && cargo->frame.n_fds > 0) {
        if (connection_is_remote(node))
            status = offer_fds(node, parcel, entries, cargo);
        else
            status = duplicate_fds(parcel, cargo->fds, cargo->frame.n_fds);
        if (status != VIA_OK)
            take_back_refs(node, &cargo->frame);
    }
    if (status != VIA_OK)
        free(cargo->scratch);
    return status;
}

void cargo_sent(struct via_node *node, struct cargo *cargo, bool sent)
{
    if (!sent) {
        if (connection_is_ready(node)) {
            take_back_refs(node, &cargo->frame);
            withdraw_fds(node, &cargo->frame, cargo->frame.n_fds);
        }
        close_fds(cargo->fds, cargo->frame.n_fds);
    }
    free(cargo->scratch);
}

/* ---- in ---- */

static enum via_status get_ours(struct via_node *node, uint32_t number, struct object **objectp)
{
    void *object;
    enum via_status status = peer_exported(node->connection.peer, number, &object);
    *objectp = NULL;
    if (status == VIA_NOT_FOUND)
        return VIA_OK;
    if (status != VIA_OK)
        return status;
    struct via_stub *stub = object;
    *objectp = &via_stub_ref(stub)->proxy.object;
    return VIA_OK;
}

static enum via_status get(void *user, const struct frame_ref *ref, struct object **objectp)
{
    struct via_node *node = user;
    *objectp = NULL;
    if (ref->handle == 0)
        return VIA_OK;
    if ((ref->flags & FRAME_REF_YOURS) != 0)
        return get_ours(node, ref->handle, objectp);
    void **at = peer_imported(node->connection.peer, ref->handle);
    if (at == NULL)
        return VIA_BAD_REFERENCE;
    struct object *attached = *at;
    if (attached != NULL && attached->ops != &proxy_object_ops)
        return VIA_BAD_REFERENCE; /* a caller, which is not to be called */
    if (attached != NULL) {
        attached->ops->ref(attached);
        *objectp = attached;
        return VIA_OK;
    }
    struct via_proxy *proxy = proxy_create(node, (struct their_handle){ref->handle},
                                           (ref->flags & FRAME_REF_REMOTE) != 0);
    if (proxy == NULL)
        return VIA_NO_MEMORY;
    proxy->attached = true;
    *at = proxy;
    *objectp = &proxy->object;
    return VIA_OK;
}

static void release_unattached(struct via_node *node, const struct frame *frame)
{
    for (size_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        if (ref.handle == 0 || (ref.flags & FRAME_REF_YOURS) != 0)
            continue;
        void **at = peer_imported(node->connection.peer, ref.handle);
        if (at != NULL && *at == NULL)
            peer_release(node->connection.peer, (struct their_handle){ref.handle}, UINT32_MAX);
    }
}

enum via_status cargo_unpack(struct via_node *node, const struct frame *frame, const int *fds,
                             struct via_parcel **parcelp)
{
    const struct parcel_crossing turn = {.user = node, .get = get};
    enum via_status status = parcel_from_frame(parcelp, frame, fds, &turn);
    if (status != VIA_OK)
        cargo_discard(node, frame, fds);
    return status;
}

void cargo_discard(struct via_node *node, const struct frame *frame, const int *fds)
{
    release_unattached(node, frame);
    close_fds(fds, frame->n_fds);
}
