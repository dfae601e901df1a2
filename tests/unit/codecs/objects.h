/*
 * Objects that count who holds them, in place of the bridge's proxies.
 */
#pragma once

#include "codecs/object.h"
#include "codecs/parcel.h"

struct counted {
    struct object object;
    int count;
};

static inline void counted_ref(struct object *object)
{
    ((struct counted *)object)->count++;
}

static inline void counted_unref(struct object *object)
{
    ((struct counted *)object)->count--;
}

static const struct object_ops counted_ops = {counted_ref, counted_unref};

static inline struct via_proxy *counted_proxy(struct counted *counted)
{
    return (struct via_proxy *)&counted->object;
}

/* A link whose handles are the places in a table. */
struct counted_link {
    struct counted *table;
    size_t n_table;
    int out;       /* references given out and not taken back */
    int puts_left; /* then put() fails */
    int gets_left; /* then get() fails */
};

static inline enum via_status counted_put(void *user, struct object *object, struct frame_ref *refp)
{
    struct counted_link *link = user;
    if (link->puts_left-- == 0)
        return VIA_BUSY;
    refp->handle = (uint32_t)((struct counted *)object - link->table);
    refp->flags = FRAME_REF_REMOTE;
    link->out++;
    return VIA_OK;
}

static inline void counted_take_back(void *user, const struct frame_ref *ref)
{
    (void)ref;
    struct counted_link *link = user;
    link->out--;
}

/* A handle beyond the table is of an object that is gone. */
static inline enum via_status counted_get(void *user, const struct frame_ref *ref,
                                          struct object **objectp)
{
    struct counted_link *link = user;
    if (link->gets_left-- == 0)
        return VIA_NO_MEMORY;
    if (ref->handle >= link->n_table) {
        *objectp = NULL;
        return VIA_OK;
    }
    link->table[ref->handle].count++;
    *objectp = &link->table[ref->handle].object;
    return VIA_OK;
}

static inline struct parcel_crossing counted_crossing(struct counted_link *link)
{
    return (struct parcel_crossing){
        .user = link, .put = counted_put, .get = counted_get, .take_back = counted_take_back};
}
