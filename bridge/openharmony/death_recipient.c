/*
 * Deaths, and what else all handles to one object of another process share. The core tells of a
 * death once for each object; the list of who wants to hear of it is kept here, because the kit
 * promises their order, and that a registration made through one handle is found through another.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/openharmony/context.h"
#include "bridge/openharmony/remote.h"
#include "include/openharmony/IPCKit/ipc_error_code.h"

struct OHIPCDeathRecipient {
    atomic_uint n_owners; /* the handle, and each registration */
    OH_OnDeathRecipientCallback died;
    OH_OnDeathRecipientDestroyCallback destroy; /* may be NULL */
    void *user;                                 /* the program's */
};

struct registration {
    struct registration *next;
    struct OHIPCDeathRecipient *recipient; /* owned, one count */
};

struct remote_object {
    struct via_proxy *object; /* borrowed: it owns this */
    pthread_mutex_t lock;
    struct registration *first;
    struct registration **lastp; /* where the next one is hung */
    uint64_t watch;              /* of the core, while the list is not empty */
    char *_Atomic descriptor;    /* owned, once it is known */
};

/* ---- recipients ---- */

static void recipient_unref(struct OHIPCDeathRecipient *recipient)
{
    if (atomic_fetch_sub(&recipient->n_owners, 1) > 1)
        return;
    if (recipient->destroy != NULL) {
        context_enter_callback();
        recipient->destroy(recipient->user);
        context_leave_callback();
    }
    free(recipient);
}

/* ---- the object's word ---- */

static void remote_object_destroy(void *user)
{
    struct remote_object *remote = user;
    pthread_mutex_destroy(&remote->lock);
    free(remote->descriptor);
    free(remote);
}

struct remote_object *remote_object_of(struct via_proxy *object)
{
    struct remote_object *remote = via_proxy_data(object);
    if (remote != NULL)
        return remote;
    remote = calloc(1, sizeof *remote);
    if (remote == NULL)
        return NULL;
    remote->object = object;
    remote->lastp = &remote->first;
    pthread_mutex_init(&remote->lock, NULL);
    if (via_proxy_set_data(object, remote, remote_object_destroy) == VIA_OK)
        return remote;
    remote_object_destroy(remote);
    return via_proxy_data(object);
}

const char *remote_object_descriptor(struct remote_object *remote)
{
    return atomic_load(&remote->descriptor);
}

const char *remote_object_set_descriptor(struct remote_object *remote, const char *descriptor)
{
    char *copy = strdup(descriptor);
    char *kept = NULL;
    if (copy == NULL || atomic_compare_exchange_strong(&remote->descriptor, &kept, copy))
        return copy;
    free(copy);
    return kept;
}

/* ---- registrations ---- */

static struct registration *take_all(struct remote_object *remote)
{
    pthread_mutex_lock(&remote->lock);
    struct registration *first = remote->first;
    remote->first = NULL;
    remote->lastp = &remote->first;
    pthread_mutex_unlock(&remote->lock);
    return first;
}

/* On a worker, once. The core keeps the object, and with it @user, until this has returned. */
static void object_died(void *user, enum via_cause cause)
{
    (void)cause;
    struct registration *next = NULL;
    for (struct registration *one = take_all(user); one != NULL; one = next) {
        next = one->next;
        context_enter_callback();
        one->recipient->died(one->recipient->user);
        context_leave_callback();
        recipient_unref(one->recipient);
        free(one);
    }
}

/* The core is asked under the lock, so that a list that is not empty is always watched. It calls
 * back from its workers only. */
static bool add_locked(struct remote_object *remote, struct registration *one)
{
    if (remote->first == NULL &&
        via_proxy_watch(remote->object, object_died, remote, &remote->watch) != VIA_OK)
        return false;
    *remote->lastp = one;
    remote->lastp = &one->next;
    return true;
}

static struct registration *remove_locked(struct remote_object *remote,
                                          const struct OHIPCDeathRecipient *recipient)
{
    struct registration **onep = &remote->first;
    while (*onep != NULL && (*onep)->recipient != recipient)
        onep = &(*onep)->next;
    struct registration *one = *onep;
    if (one == NULL)
        return NULL;
    *onep = one->next;
    if (remote->lastp == &one->next)
        remote->lastp = onep;
    /* Too late to unwatch: then the death comes and finds nobody. */
    if (remote->first == NULL)
        (void)via_proxy_unwatch(remote->object, remote->watch);
    return one;
}

/* Of another process, and not known to be dead. */
static bool can_die(const OHIPCRemoteProxy *proxy)
{
    return via_proxy_local(proxy->object) == NULL && via_proxy_death(proxy->object) == VIA_ALIVE;
}

/* ---- the kit ---- */

OHIPCDeathRecipient *OH_IPCDeathRecipient_Create(OH_OnDeathRecipientCallback deathRecipientCallback,
                                                 OH_OnDeathRecipientDestroyCallback destroyCallback,
                                                 void *userData)
{
    if (deathRecipientCallback == NULL)
        return NULL;
    struct OHIPCDeathRecipient *recipient = malloc(sizeof *recipient);
    if (recipient == NULL)
        return NULL;
    atomic_init(&recipient->n_owners, 1);
    recipient->died = deathRecipientCallback;
    recipient->destroy = destroyCallback;
    recipient->user = userData;
    return recipient;
}

void OH_IPCDeathRecipient_Destroy(OHIPCDeathRecipient *recipient)
{
    if (recipient != NULL)
        recipient_unref(recipient);
}

int OH_IPCRemoteProxy_AddDeathRecipient(OHIPCRemoteProxy *proxy, OHIPCDeathRecipient *recipient)
{
    if (proxy == NULL || recipient == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    if (!can_die(proxy))
        return OH_IPC_INNER_ERROR;
    struct remote_object *remote = remote_object_of(proxy->object);
    struct registration *one = calloc(1, sizeof *one);
    if (remote == NULL || one == NULL) {
        free(one);
        return OH_IPC_INNER_ERROR;
    }
    one->recipient = recipient;
    atomic_fetch_add(&recipient->n_owners, 1);
    pthread_mutex_lock(&remote->lock);
    bool added = add_locked(remote, one);
    pthread_mutex_unlock(&remote->lock);
    if (added)
        return OH_IPC_SUCCESS;
    recipient_unref(recipient);
    free(one);
    return OH_IPC_INNER_ERROR;
}

int OH_IPCRemoteProxy_RemoveDeathRecipient(OHIPCRemoteProxy *proxy, OHIPCDeathRecipient *recipient)
{
    if (proxy == NULL || recipient == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    if (!can_die(proxy))
        return OH_IPC_INNER_ERROR;
    struct remote_object *remote = remote_object_of(proxy->object);
    if (remote == NULL)
        return OH_IPC_INNER_ERROR;
    pthread_mutex_lock(&remote->lock);
    struct registration *one = remove_locked(remote, recipient);
    pthread_mutex_unlock(&remote->lock);
    if (one == NULL)
        return OH_IPC_INNER_ERROR;
    recipient_unref(one->recipient);
    free(one);
    return OH_IPC_SUCCESS;
}

int OH_IPCRemoteProxy_IsRemoteDead(const OHIPCRemoteProxy *proxy)
{
    if (proxy == NULL)
        return 1;
    return via_proxy_local(proxy->object) == NULL && via_proxy_death(proxy->object) != VIA_ALIVE;
}
