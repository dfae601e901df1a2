/*
 * An open is known by its layout and code, its answer by the call's id: opens are few, so those
 * under way stand in a list of their owner's session, empty for most.
 */
#include "gateway/openings.h"

#include <stdlib.h>
#include <viaduct/parcel.h>

#include "codecs/control.h"
#include "gateway/handover/snapshot.h"
#include "gateway/objects.h"

bool openings_is_open(const struct frame *frame)
{
    return frame->layout == VIA_LAYOUT_CONTROL && frame->code == OBJECT_OPEN;
}

struct opening *openings_expect(struct gateway_object *service)
{
    struct opening *opening = calloc(1, sizeof *opening);
    if (opening != NULL)
        opening->service = objects_ref(service);
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
    objects_unref(opening->service);
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

void openings_answered(const struct message *message)
{
    struct opening **link = &message->from->openings;
    while (*link != NULL && (*link)->id != message->frame->id)
        link = &(*link)->next;
    struct opening *opening = *link;
    if (opening == NULL)
        return;
    *link = opening->next;
    if (message->frame->code == VIA_OK && message->frame->n_refs > 0)
        mark(message->objects[0], opening->service);
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
        uint32_t id = opening == NULL ? 0 : opening->id;
        state_u32(state, &id);
        if (opening != NULL) { /* saving */
            opening = opening->next;
            continue;
        }
        struct opening *loaded = state_is_good(state) ? openings_expect(service) : NULL;
        if (loaded != NULL)
            openings_sent(loaded, owner, id);
        else if (state_is_good(state))
            state->status = VIA_NO_MEMORY;
    }
}
