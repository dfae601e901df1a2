/*
 * A count may be dropped anywhere, also where a node's lock is held: when a parcel goes that was
 * made from a frame, say. So the last one is dropped only where no lock is held, at once or
 * afterwards; then the lock is taken, the count looked at again (an incoming reference may have
 * taken a new one meanwhile), and the object goes.
 *
 * A death sets the cause first, which every thread reads without the lock. The watches are told by
 * one job, in order, after the replies and events of the object that are still to run. Of a oneway
 * that was refused the same job tells those that asked for it, at once.
 */
#include "bridge/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/stub.h"
#include "bridge/subscription.h"

static void drop_last(struct via_proxy *proxy)
{
    struct via_node *node = proxy->node;
    node_lock(node);
    if (atomic_fetch_sub(&proxy->refs, 1) != 1) {
        node_unlock(node);
        return;
    }
    if (proxy->attached && connection_is_current(node, proxy->session)) {
        struct peer *peer = node->connection.peer;
        void **at = peer_imported(peer, proxy->handle.number);
        if (at != NULL)
            *at = NULL;
        peer_release(peer, proxy->handle, UINT32_MAX);
        if (outbox_size(peer_outbox(peer)) > 0)
            connection_flush_soon(node);
    }
    if (proxy->local == NULL)
        node->n_proxies--;
    /* The process ends, and its user is not called any more: so neither does its stub go. */
    bool stays = node->exiting && proxy->local != NULL && proxy->local->ops.destroyed != NULL;
    if (stays)
        stub_stay(proxy->local);
    node_unlock(node);
    if (stays)
        return;

    void *data = (void *)atomic_load(&proxy->data);
    if (data != NULL && proxy->destroy_data != NULL)
        proxy->destroy_data(data);
    free(proxy->name);
    if (proxy->local != NULL)
        stub_free(proxy->local);
    else
        free(proxy);
    (void)node_unref(node);
}

static void drop_last_afterwards(struct afterwards *what)
{
    drop_last((struct via_proxy *)((char *)what - offsetof(struct via_proxy, last)));
}

struct via_proxy *via_proxy_ref(struct via_proxy *proxy)
{
    (void)atomic_fetch_add(&proxy->refs, 1);
    return proxy;
}

struct via_proxy *via_proxy_unref(struct via_proxy *proxy)
{
    if (proxy == NULL)
        return NULL;
    unsigned refs = atomic_load(&proxy->refs);
    while (refs > 1)
        if (atomic_compare_exchange_weak(&proxy->refs, &refs, refs - 1))
            return NULL;
    if (node_is_locked())
        seat_do_afterwards(seat_here(), &proxy->last);
    else
        drop_last(proxy);
    return NULL;
}

static void ref_object(struct object *object)
{
    (void)via_proxy_ref((struct via_proxy *)object);
}

static void unref_object(struct object *object)
{
    (void)via_proxy_unref((struct via_proxy *)object);
}

const struct object_ops proxy_object_ops = {.ref = ref_object, .unref = unref_object};

/* ---- deaths ---- */

/* Where the first watch stands that is to be told now; at the list's end: there is none. */
static struct death_watch **find_due(struct via_proxy *proxy)
{
    struct death_watch **at = &proxy->watches;
    if (proxy->died && proxy->n_callbacks == 0)
        return at;
    while (*at != NULL && !(*at)->is_due)
        at = &(*at)->next;
    return at;
}

static struct death_watch *take_watch(struct via_proxy *proxy, struct death_watch **at)
{
    struct death_watch *watch = *at;
    if (watch == NULL)
        return NULL;
    *at = watch->next;
    if (proxy->last_watch == &watch->next)
        proxy->last_watch = at;
    return watch;
}

/* Tells the watches. Holds the count that was taken when it was posted. */
static void tell_death(struct job *job)
{
    struct via_proxy *proxy = (struct via_proxy *)((char *)job - offsetof(struct via_proxy, death));
    struct via_node *node = proxy->node;
    struct death_watch *watch;
    proxy->telling = true;
    while ((watch = take_watch(proxy, find_due(proxy))) != NULL) {
        enum via_cause cause = proxy->died ? (enum via_cause)atomic_load(&proxy->cause) : VIA_ALIVE;
        node_unlock(node);
        watch->fn(watch->user, cause);
        free(watch);
        (void)via_proxy_unref(proxy);
        node_lock(node);
    }
    proxy->telling = false;
    (void)via_proxy_unref(proxy);
}

static void tell_if_due(struct via_proxy *proxy)
{
    if (proxy->death.queued || proxy->telling || *find_due(proxy) == NULL)
        return;
    (void)via_proxy_ref(proxy);
    workers_post(proxy->node, &proxy->death);
}

void proxy_is_dying(struct via_proxy *proxy, enum via_cause cause)
{
    int alive = VIA_ALIVE;
    if (cause >= VIA_EXITED && cause <= VIA_EVICTED)
        (void)atomic_compare_exchange_strong(&proxy->cause, &alive, (int)cause);
}

void proxy_died(struct via_proxy *proxy, enum via_cause cause)
{
    if (proxy->died)
        return;
    proxy->died = true;
    atomic_store(&proxy->cause, cause);
    subscription_target_died(proxy, cause);
    tell_if_due(proxy);
    known_numbers_died(proxy);
}

void proxy_refused(struct via_proxy *proxy)
{
    for (struct death_watch *watch = proxy->watches; watch != NULL; watch = watch->next)
        watch->is_due = watch->closely;
    tell_if_due(proxy);
}

void proxy_callback_posted(struct via_proxy *proxy)
{
    proxy->n_callbacks++;
}

void proxy_callback_ran(struct via_proxy *proxy)
{
    proxy->n_callbacks--;
    tell_if_due(proxy);
}

enum via_status proxy_check(const struct via_proxy *proxy)
{
    if (atomic_load(&proxy->cause) != VIA_ALIVE)
        return VIA_DEAD;
    if (proxy->local != NULL)
        return VIA_OK;
    return proxy->attached && connection_is_current(proxy->node, proxy->session) ? VIA_OK
                                                                                 : VIA_DEAD;
}

static enum via_status add_watch(struct via_proxy *proxy, bool closely, via_death_fn fn, void *user,
                                 uint64_t *idp)
{
    if (proxy == NULL || fn == NULL || proxy->local != NULL)
        return VIA_INVALID;
    struct death_watch *watch = malloc(sizeof *watch);
    if (watch == NULL)
        return VIA_NO_MEMORY;
    struct via_node *node = proxy->node;
    node_lock(node);
    *watch =
        (struct death_watch){.id = ++node->n_watches, .fn = fn, .user = user, .closely = closely};
    (void)via_proxy_ref(proxy);
    *proxy->last_watch = watch;
    proxy->last_watch = &watch->next;
    if (idp != NULL)
        *idp = watch->id;
    tell_if_due(proxy);
    node_unlock(node);
    return VIA_OK;
}

enum via_status via_proxy_watch(struct via_proxy *proxy, via_death_fn fn, void *user, uint64_t *idp)
{
    return add_watch(proxy, false, fn, user, idp);
}

enum via_status via_proxy_watch_closely(struct via_proxy *proxy, via_death_fn fn, void *user,
                                        uint64_t *idp)
{
    return add_watch(proxy, true, fn, user, idp);
}

enum via_status via_proxy_unwatch(struct via_proxy *proxy, uint64_t id)
{
    if (proxy == NULL)
        return VIA_INVALID;
    struct via_node *node = proxy->node;
    node_lock(node);
    struct death_watch **at = &proxy->watches;
    while (*at != NULL && (*at)->id != id)
        at = &(*at)->next;
    struct death_watch *watch = take_watch(proxy, at);
    node_unlock(node);
    if (watch == NULL)
        return VIA_NOT_FOUND;
    free(watch);
    (void)via_proxy_unref(proxy);
    return VIA_OK;
}

/* ---- the rest ---- */

void proxy_init(struct via_proxy *proxy, struct via_node *node)
{
    proxy->object.ops = &proxy_object_ops;
    atomic_init(&proxy->refs, 1);
    atomic_init(&proxy->cause, VIA_ALIVE);
    atomic_init(&proxy->data, 0);
    proxy->node = node_ref(node);
    proxy->last_watch = &proxy->watches;
    proxy->death.run = tell_death;
    proxy->last.run = drop_last_afterwards;
}

struct via_proxy *proxy_create(struct via_node *node, struct their_handle handle, bool remote)
{
    struct via_proxy *proxy = calloc(1, sizeof *proxy);
    if (proxy == NULL)
        return NULL;
    proxy_init(proxy, node);
    proxy->handle = handle;
    proxy->session = node->connection.session;
    proxy->remote = remote;
    node->n_proxies++;
    return proxy;
}

void proxy_set_name(struct via_proxy *proxy, const char *family, const char *name, bool opened)
{
    if (proxy->name != NULL)
        return;
    size_t family_size = family != NULL ? strlen(family) + 1 : 1, name_size = strlen(name) + 1;
    proxy->name = malloc(sizeof *proxy->name + family_size + name_size);
    if (proxy->name == NULL)
        return;
    char *text = (char *)(proxy->name + 1);
    memcpy(text, family != NULL ? family : "", family_size);
    memcpy(text + family_size, name, name_size);
    *proxy->name =
        (struct proxy_name){.opened = opened, .family = text, .name = text + family_size};
}

struct via_stub *via_proxy_local(const struct via_proxy *proxy)
{
    return proxy->local;
}

bool via_proxy_is_remote(const struct via_proxy *proxy)
{
    return proxy->remote;
}

enum via_cause via_proxy_death(const struct via_proxy *proxy)
{
    return (enum via_cause)atomic_load(&proxy->cause);
}

enum via_status via_proxy_set_data(struct via_proxy *proxy, void *data, void (*destroy)(void *data))
{
    if (data == NULL)
        return VIA_INVALID;
    node_lock(proxy->node);
    bool taken = atomic_load(&proxy->data) != 0;
    if (!taken) {
        proxy->destroy_data = destroy;
        atomic_store(&proxy->data, (uintptr_t)data);
    }
    node_unlock(proxy->node);
    return taken ? VIA_EXISTS : VIA_OK;
}

void *via_proxy_data(const struct via_proxy *proxy)
{
    return (void *)atomic_load(&proxy->data);
}
