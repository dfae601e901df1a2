/*
 * Counting objects. Freed ones go to a pool with their lists of holders, so that references that
 * come and go with every call take no memory from the system. The list of holders is an array of
 * session slots: a slot leaves it before its session does.
 */
#include "gateway/objects.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "gateway/bound.h"
#include "gateway/directory.h"
#include "gateway/event_log.h"
#include "gateway/events.h"
#include "gateway/gateway.h"
#include "gateway/numbers.h"

#define POOL_MAX 4096u
#define HOLDERS_AT_FIRST 4u

static void ref_base(struct object *base)
{
    (void)objects_ref(objects_of(base));
}

static void unref_base(struct object *base)
{
    objects_unref(objects_of(base));
}

static const struct object_ops base_ops = {.ref = ref_base, .unref = unref_base};

void objects_init(struct objects *objects)
{
    *objects = (struct objects){0};
}

static void destroy(struct gateway_object *object)
{
    free(object->holders);
    free(object);
}

void objects_deinit(struct objects *objects)
{
    assert(objects->n == 0);
    while (objects->free != NULL) {
        struct gateway_object *object = objects->free;
        objects->free = object->next_free;
        destroy(object);
    }
    objects->n_free = 0;
}

static struct gateway_object *make(struct gateway *gateway)
{
    struct objects *objects = &gateway->objects;
    struct gateway_object *object = objects->free;
    if (object != NULL) {
        objects->free = object->next_free;
        objects->n_free--;
    } else {
        object = calloc(1, sizeof *object);
        if (object == NULL)
            return NULL;
    }
    uint16_t *holders = object->holders;
    unsigned capacity = object->holders_capacity;
    *object = (struct gateway_object){.base.ops = &base_ops,
                                      .gateway = gateway,
                                      .counts = 1,
                                      .holders = holders,
                                      .holders_capacity = capacity};
    objects->n++;
    return object;
}

enum via_status objects_create(struct objects *objects, struct session *owner, uint32_t handle,
                               struct gateway_object **objectp)
{
    assert(objects == &owner->gateway->objects);
    struct gateway_object *object = make(owner->gateway);
    if (object == NULL)
        return VIA_NO_MEMORY;
    object->owner = session_key(owner);
    object->handle = handle;
    object->remote = owner->principal.remote;
    *objectp = object;
    return VIA_OK;
}

enum via_status objects_restore(struct gateway *gateway, struct gateway_object **objectp)
{
    struct gateway_object *object = make(gateway);
    if (object == NULL)
        return VIA_NO_MEMORY;
    *objectp = object;
    return VIA_OK;
}

struct session *objects_owner(const struct gateway_object *object)
{
    return sessions_get(&object->gateway->sessions, object->owner);
}

enum via_status objects_self(struct session *session, struct gateway_object **selfp)
{
    if (session->self == NULL) {
        enum via_status status =
            objects_create(&session->gateway->objects, session, 0, &session->self);
        if (status != VIA_OK)
            return status;
    }
    *selfp = session->self;
    return VIA_OK;
}

struct gateway_object *objects_ref(struct gateway_object *object)
{
    assert(object->counts > 0);
    object->counts++;
    return object;
}

/* NOLINTBEGIN(misc-no-recursion): is_ending bounds it */
/* What nobody keeps any more: its counts go back, and it goes to the pool. */
static void let_end(struct objects *objects, struct gateway_object *object)
{
    event_log_forget(object);
    bounds_object_ended(object);
    objects_unref(object->service);
    if (object->number != 0)
        numbers_object_ended(&object->gateway->numbers, object);
    struct session *owner = objects_owner(object);
    if (owner != NULL && object->handle != 0)
        owner->ops->give_back(owner, object->handle);
    objects->n--;
    if (objects->n_free >= POOL_MAX) {
        destroy(object);
        return;
    }
    object->next_free = objects->free;
    objects->free = object;
    objects->n_free++;
}

void objects_unref(struct gateway_object *object)
{
    if (object == NULL)
        return;
    assert(object->counts > 0);
    if (--object->counts > 0)
        return;
    assert(object->n_holders == 0 && object->names == NULL);
    /* An object's kept events may be the last to keep another, and so on for as many as a client
     * likes to chain: they end one after the other, not one within the other. */
    struct objects *objects = &object->gateway->objects;
    object->next_free = objects->ending;
    objects->ending = object;
    if (objects->is_ending)
        return;
    objects->is_ending = true;
    while (objects->ending != NULL) {
        struct gateway_object *next = objects->ending;
        objects->ending = next->next_free;
        let_end(objects, next);
    }
    objects->is_ending = false;
}
/* NOLINTEND(misc-no-recursion): is_ending bounds it */

enum via_status objects_reserve_hold(struct gateway_object *object)
{
    if (object->n_holders < object->holders_capacity)
        return VIA_OK;
    unsigned capacity =
        object->holders_capacity == 0 ? HOLDERS_AT_FIRST : object->holders_capacity * 2;
    uint16_t *holders = realloc(object->holders, capacity * sizeof *holders);
    if (holders == NULL)
        return VIA_NO_MEMORY;
    object->holders = holders;
    object->holders_capacity = capacity;
    return VIA_OK;
}

void objects_hold(struct gateway_object *object, struct session *session)
{
    assert(object->n_holders < object->holders_capacity);
    object->holders[object->n_holders++] = session->slot;
    object->counts++;
}

void objects_let_go(struct gateway_object *object, struct session *session)
{
    for (unsigned i = 0; i < object->n_holders; i++) {
        if (object->holders[i] == session->slot) {
            object->holders[i] = object->holders[--object->n_holders];
            objects_unref(object);
            return;
        }
    }
    assert(false); /* it does not hold this object */
}

void objects_died(struct gateway_object *object, enum via_cause cause)
{
    if (object->death != VIA_ALIVE)
        return;
    object->death = cause;
    objects_ref(object);
    struct gateway *gateway = object->gateway;
    directory_object_died(gateway, object);
    if (object->number != 0)
        numbers_object_died(&gateway->numbers, object);
    bounds_object_ended(object);
    name_watches_object_died(&gateway->name_watches, object);
    events_object_died(object);
    for (unsigned i = 0; i < object->n_holders; i++) {
        struct session *session = sessions_at(&gateway->sessions, object->holders[i]);
        /* Who is behind with its events gets the death after the last of them. */
        if (!events_is_behind(object, session))
            session->ops->death(session, object, cause);
    }
    objects_unref(object);
}
