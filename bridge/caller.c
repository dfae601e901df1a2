/*
 * A caller is held by the session (one count, as long as it lives and the session lasts) and by
 * each call of it. What it says of itself never changes, so it is read without a lock.
 *
 * Its death comes after everything it sent: the watches are told by a job that is posted when the
 * last of its calls has begun.
 */
#include "bridge/caller.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/node.h"

static void ref_object(struct object *object)
{
    (void)caller_ref((struct caller *)object);
}

static void unref_object(struct object *object)
{
    (void)caller_unref((struct caller *)object);
}

const struct object_ops caller_object_ops = {.ref = ref_object, .unref = unref_object};

uint64_t caller_token(uint32_t uid)
{
    return (uint64_t)1 << 32 | uid;
}

/* Tells the watches, one after the other. Holds the count that was taken when it was posted. */
static void tell_gone(struct job *job)
{
    struct caller *caller = (struct caller *)((char *)job - offsetof(struct caller, gone));
    struct via_node *node = caller->node;
    enum via_cause cause = (enum via_cause)atomic_load(&caller->cause);
    while (caller->watches != NULL) {
        struct caller_watch *watch = caller->watches;
        caller->watches = watch->next;
        if (caller->watches == NULL)
            caller->last_watch = &caller->watches;
        node_unlock(node);
        watch->gone(watch->user, cause);
        free(watch);
        node_lock(node);
    }
    (void)caller_unref(caller);
}

static struct caller *create(struct via_node *node)
{
    struct caller *caller = calloc(1, sizeof *caller);
    if (caller == NULL)
        return NULL;
    caller->object.ops = &caller_object_ops;
    atomic_init(&caller->refs, 1);
    atomic_init(&caller->cause, VIA_ALIVE);
    caller->node = node;
    caller->last_watch = &caller->watches;
    caller->gone.run = tell_gone;
    caller->facts.identity = caller->identity;
    return caller;
}

struct caller *caller_create_self(struct via_node *node)
{
    struct caller *caller = create(node);
    if (caller == NULL)
        return NULL;
    caller->facts.pid = getpid();
    caller->facts.process = caller->facts.pid;
    caller->facts.uid = geteuid();
    caller->facts.gid = getegid();
    caller->facts.token = caller_token(caller->facts.uid);
    return caller;
}

struct caller *caller_create(struct via_node *node, const struct meta_introduction *introduction)
{
    struct caller *caller = create(node);
    if (caller == NULL)
        return NULL;
    caller->handle.number = introduction->number;
    caller->facts.process = introduction->pid;
    caller->facts.pid = introduction->pid;
    if (introduction->remote)
        caller->facts.pid = -1;
    else if (introduction->pid > (int32_t)META_PROCESS_NONE)
        caller->facts.pid = 0; /* of a namespace that the gateway does not see */
    caller->facts.uid = introduction->uid;
    caller->facts.gid = introduction->gid;
    caller->facts.token = introduction->token;
    caller->facts.remote = introduction->remote;
    size_t size = introduction->identity_size;
    if (size >= sizeof caller->identity)
        size = sizeof caller->identity - 1;
    if (size > 0)
        memcpy(caller->identity, introduction->identity, size);
    return caller;
}

struct caller *caller_create_nobody(struct via_node *node)
{
    struct caller *caller = create(node);
    if (caller == NULL)
        return NULL;
    caller->facts.pid = -1;
    caller->facts.process = META_PROCESS_NONE;
    caller->facts.uid = UINT32_MAX;
    caller->facts.gid = UINT32_MAX;
    caller->facts.remote = true;
    return caller;
}

struct caller *caller_ref(struct caller *caller)
{
    (void)atomic_fetch_add(&caller->refs, 1);
    return caller;
}

struct caller *caller_unref(struct caller *caller)
{
    if (caller == NULL || atomic_fetch_sub(&caller->refs, 1) != 1)
        return NULL;
    while (caller->watches != NULL) {
        struct caller_watch *watch = caller->watches;
        caller->watches = watch->next;
        free(watch);
    }
    free(caller);
    return NULL;
}

static void tell_if_due(struct caller *caller)
{
    if (atomic_load(&caller->cause) == VIA_ALIVE || caller->n_unstarted > 0 ||
        caller->watches == NULL || caller->gone.queued)
        return;
    (void)caller_ref(caller);
    workers_post(caller->node, &caller->gone);
}

void caller_started(struct caller *caller)
{
    caller->n_unstarted--;
    tell_if_due(caller);
}

void caller_died(struct caller *caller, enum via_cause cause)
{
    atomic_store(&caller->cause, cause);
    tell_if_due(caller);
}

enum via_status caller_watch(struct caller *caller, void (*gone)(void *user, enum via_cause cause),
                             void *user)
{
    if (atomic_load(&caller->cause) != VIA_ALIVE)
        return VIA_DEAD;
    struct caller_watch *watch = malloc(sizeof *watch);
    if (watch == NULL)
        return VIA_NO_MEMORY;
    *watch = (struct caller_watch){.gone = gone, .user = user};
    *caller->last_watch = watch;
    caller->last_watch = &watch->next;
    return VIA_OK;
}
