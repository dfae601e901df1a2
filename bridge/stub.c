/*
 * A stub is kept alive by its handles, by parcels and proxies in this process, by calls under way,
 * and, with one count, by the session that has given it out. When that comes back nobody else
 * holds it: it is told so after every call that came before, and the count goes with the telling.
 */
#include "bridge/stub.h"

#include <stdlib.h>

#include "bridge/cargo.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/queue.h"
#include "bridge/subscription.h"

static struct via_stub *of_job(struct job *job)
{
    return (struct via_stub *)((char *)job - offsetof(struct via_stub, unreferenced));
}

static void tell_unreferenced(struct job *job)
{
    struct via_stub *stub = of_job(job);
    struct via_node *node = stub->proxy.node;
    stub->n_unexported--;
    if (stub->ops.unreferenced != NULL) {
        node_unlock(node);
        stub->ops.unreferenced(stub->user);
        node_lock(node);
    }
    stub_settle(stub);
    (void)via_stub_unref(stub);
}

void stub_settle(struct via_stub *stub)
{
    if (stub->n_unexported > 0 && stub->n_begun == 0 && stub->first == NULL)
        workers_post(stub->proxy.node, &stub->unreferenced);
}

void stub_unexported(struct via_stub *stub, bool silent)
{
    if (silent) {
        (void)via_stub_unref(stub);
        return;
    }
    stub->n_unexported++;
    stub_settle(stub);
}

enum via_status via_stub_create(struct via_node *node, const struct via_stub_ops *ops, void *user,
                                struct via_stub **stubp)
{
    if (node == NULL || ops == NULL || ops->size != sizeof *ops || stubp == NULL)
        return VIA_INVALID;
    struct via_stub *stub = calloc(1, sizeof *stub);
    if (stub == NULL)
        return VIA_NO_MEMORY;
    proxy_init(&stub->proxy, node);
    stub->proxy.local = stub;
    stub->ops = *ops;
    stub->user = user;
    stub->unreferenced.run = tell_unreferenced;
    *stubp = stub;
    return VIA_OK;
}

void stub_stay(struct via_stub *stub)
{
    struct via_node *node = stub->proxy.node;
    stub->next_staying = node->staying;
    node->staying = stub;
}

void stub_free(struct via_stub *stub)
{
    if (stub->ops.destroyed != NULL)
        stub->ops.destroyed(stub->user);
    (void)queue_unref(stub->queue);
    free(stub);
}

struct via_stub *via_stub_ref(struct via_stub *stub)
{
    (void)via_proxy_ref(&stub->proxy);
    return stub;
}

struct via_stub *via_stub_unref(struct via_stub *stub)
{
    if (stub != NULL)
        (void)via_proxy_unref(&stub->proxy);
    return NULL;
}

void *via_stub_user(const struct via_stub *stub, via_call_fn call)
{
    return stub->ops.call == call ? stub->user : NULL;
}

struct via_proxy *via_stub_proxy(struct via_stub *stub)
{
    return via_proxy_ref(&stub->proxy);
}

void via_stub_withdraw(struct via_stub *stub)
{
    struct via_node *node = stub->proxy.node;
    node_lock(node);
    if (!stub->withdrawn) {
        stub->withdrawn = true;
        if (connection_is_ready(node)) {
            peer_death(node->connection.peer, stub, VIA_WITHDRAWN);
            connection_flush_soon(node);
        }
        names_withdrawn(node, stub);
        proxy_died(&stub->proxy, VIA_WITHDRAWN);
    }
    node_unlock(node);
}

enum via_status via_stub_emit(struct via_stub *stub, uint32_t event, struct via_parcel *data)
{
    struct via_node *node = stub->proxy.node;
    struct our_handle handle;
    node_lock(node);
    if (node->closed || !connection_is_ready(node) ||
        !peer_is_exported(node->connection.peer, stub, &handle)) {
        node_unlock(node);
        return VIA_NOT_CONNECTED;
    }
    struct cargo cargo;
    enum via_status status = cargo_pack(node, data, &cargo);
    if (status == VIA_OK) {
        cargo.frame.object = handle.number;
        cargo.frame.code = event;
        status = peer_event(node->connection.peer, &cargo.frame, cargo.fds);
        cargo_sent(node, &cargo, status == VIA_OK);
    }
    if (status == VIA_OK)
        connection_flush_oneway(node);
    node_unlock(node);
    return status;
}

void via_stub_set_queue(struct via_stub *stub, struct via_queue *queue)
{
    struct via_node *node = stub->proxy.node;
    node_lock(node);
    struct via_queue *before = stub->queue;
    stub->queue = queue_ref(queue);
    node_unlock(node);
    (void)queue_unref(before);
}
