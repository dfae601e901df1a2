/*
 * An open is known by its layout and code, its answer by the call's id: opens are few, so those
 * under way stand in a list of their owner's session, empty for most.
 */
#include "gateway/openings.h"

#include <stdlib.h>
#include <viaduct/parcel.h>

#include "codecs/control.h"
#include "gateway/bound.h"
#include "gateway/handover/snapshot.h"
#include "gateway/objects.h"

bool openings_is_open(const struct frame *frame)
{
    return frame->layout == VIA_LAYOUT_CONTROL && frame->code == OBJECT_OPEN;
}

/* The one that stands at the beginning of the payload; NULL: none does. */
static struct gateway_object *first_object(const struct message *message)
{
    struct frame_ref ref;
    if (message->frame->n_refs == 0)
        return NULL;
    frame_ref_get(message->frame->refs, 0, &ref);
    return ref.offset == 0 ? message->objects[0] : NULL;
}

struct gateway_object *openings_back(const struct message *message)
{
    return first_object(message);
}

struct opening *openings_expect(struct gateway_object *service, struct gateway_object *back)
{
    struct opening *opening = calloc(1, sizeof *opening);
    if (opening == NULL)
        return NULL;
    opening->service = objects_ref(service);
    opening->back = back != NULL ? objects_ref(back) : NULL;
    return opening;
}

void openings_sent(struct opening *opening, struct session *owner, uint32_t id)
{
    opening->id = id;
    opening->next = owner->openings;
    owner->openings = opening;
}

void openings_drop(struct opening *opening)
{
    bound_destroy(opening->bound);
    objects_unref(opening->service);
    if (opening->back != NULL)
        objects_unref(opening->back);
    free(opening);
}

/* One that has events of its own by now, or comes from elsewhere, stays what it is. */
static void mark(struct gateway_object *opened, struct gateway_object *service)
{
    if (opened != NULL && opened != service && opened->owner == service->owner &&
        opened->handle != 0 && opened->service == NULL && opened->log == NULL &&
        service->service == NULL)
        opened->service = objects_ref(service);
}

/* The first client that is given an object is the one that has it open. */
static void note_bound(struct opening *opening, const struct message *message)
{
    struct gateway_object *opened = message->frame->code == VIA_OK ? first_object(message) : NULL;
    if (opening->bound == NULL || opened == NULL || opened->service != opening->service ||
        opened->bound != NULL || opened->death != VIA_ALIVE)
        return;
    bounds_opened(&opened->gateway->bounds, opening->bound, opened);
    opening->bound = NULL;
}

struct opening *openings_answered(const struct message *message)
{
    struct opening **link = &message->from->openings;
    while (*link != NULL && (*link)->id != message->frame->id)
        link = &(*link)->next;
    struct opening *opening = *link;
    if (opening == NULL)
        return NULL;
    *link = opening->next;
    if (message->frame->code == VIA_OK)
        mark(first_object(message), opening->service);
    note_bound(opening, message);
    return opening;
}

/* What goes to the one, and what its session answers for the other. */
static void join(const struct gateway_object *to, const struct gateway_object *other)
{
    struct session *owner = objects_owner(to);
    if (owner != NULL && to->handle != 0 && owner->ops->join != NULL)
        owner->ops->join(owner, other, to->handle);
}

void openings_end(struct opening *opening, const struct message *message)
{
    const struct gateway_object *opened =
        message->frame->code == VIA_OK ? first_object(message) : NULL;
    if (opened != NULL && opening->back != NULL) {
        join(opened, opening->back);
        join(opening->back, opened);
    }
    openings_drop(opening);
}

void openings_forget(struct session *owner)
{
    while (owner->openings != NULL) {
        struct opening *opening = owner->openings;
        owner->openings = opening->next;
        openings_drop(opening);
    }
}

void openings_state(struct snapshot *snapshot, struct session *owner)
{
    struct state *state = snapshot->state;
    struct opening *opening = owner->openings;
    uint32_t n = 0;
    for (const struct opening *one = opening; one != NULL; one = one->next)
        n++;
    state_count(state, &n, UINT16_MAX);
    for (; n > 0 && state_is_good(state); n--) {
        struct gateway_object *service =
            snapshot_some_object(snapshot, opening == NULL ? NULL : opening->service);
        void *back = opening == NULL ? NULL : opening->back;
        uint32_t id = opening == NULL ? 0 : opening->id;
        state_u32(state, &id);
        snapshot_object(snapshot, state, &back);
        struct bound *bound = bound_state(snapshot, opening == NULL ? NULL : opening->bound);
        if (opening != NULL) { /* saving */
            opening = opening->next;
            continue;
        }
        struct opening *loaded = state_is_good(state) ? openings_expect(service, back) : NULL;
        if (loaded != NULL) {
            loaded->bound = bound;
            openings_sent(loaded, owner, id);
            continue;
        }
        bound_destroy(bound);
        if (state_is_good(state))
            state->status = VIA_NO_MEMORY;
    }
}
