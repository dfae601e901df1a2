/*
 * That a client opens what it has found is known by the object and the order: who has found one
 * service by several of its interfaces opens it as it found it. Nothing here decides anything, so
 * where memory is short a line is missing in a list.
 */
#include "gateway/bound.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "gateway/gateway.h"
#include "gateway/handover/snapshot.h"

#define TEXTS 4u

void bounds_init(struct bounds *bounds)
{
    *bounds = (struct bounds){.next_sequence = 1};
    bounds->lastp = &bounds->first;
}

static struct bound *copy(const struct bound *from)
{
    const char *const texts[TEXTS] = {from->family, from->interface, from->protocol, from->name};
    size_t sizes[TEXTS], size = sizeof(struct bound);
    for (unsigned i = 0; i < TEXTS; i++)
        size += sizes[i] = strlen(texts[i]) + 1;
    struct bound *bound = calloc(1, size);
    if (bound == NULL) {
        log_debug("bound.unlisted", "why=no_memory");
        return NULL;
    }
    *bound = *from;
    bound->next = NULL;
    bound->linkp = NULL;
    const char **const places[TEXTS] = {&bound->family, &bound->interface, &bound->protocol,
                                        &bound->name};
    char *at = (char *)(bound + 1);
    for (unsigned i = 0; i < TEXTS; i++) {
        memcpy(at, texts[i], sizes[i]);
        *places[i] = at;
        at += sizes[i];
    }
    return bound;
}

void bound_destroy(struct bound *bound)
{
    free(bound);
}

/* ---- found ---- */

/* Of one session, the oldest first. */
static void drop_found(struct session *client, struct bound **at)
{
    struct bound *found = *at;
    *at = found->next;
    client->n_found--;
    bound_destroy(found);
}

static void add_found(struct session *client, struct bound *found)
{
    struct bound **at = &client->found;
    while (*at != NULL)
        at = &(*at)->next;
    *at = found;
    client->n_found++;
}

void bounds_found(struct session *client, const struct directory_entry *entry,
                  const char *interface, const char *protocol)
{
    const struct bound found = {.family = entry->spec.family,
                                .interface = interface,
                                .protocol = protocol,
                                .name = entry->spec.name,
                                .server_uid = entry->uid == PRINCIPAL_NOBODY ? BINDING_REMOTE_UID
                                                                             : entry->uid,
                                .client = session_key(client),
                                .owner = entry->object->owner,
                                .handle = entry->object->handle,
                                .is_fresh = true};
    struct bound **at = &client->found;
    while (*at != NULL &&
           (strcmp((*at)->interface, interface) != 0 || strcmp((*at)->family, found.family) != 0))
        at = &(*at)->next;
    if (*at != NULL)
        drop_found(client, at);
    else if (client->found != NULL && client->n_found >= BOUND_FINDS_MAX)
        drop_found(client, &client->found);
    struct bound *made = copy(&found);
    if (made != NULL)
        add_found(client, made);
}

void bounds_session_ended(struct session *client)
{
    while (client->found != NULL)
        drop_found(client, &client->found);
}

/* ---- opened ---- */

struct bound *bounds_opening(struct session *client, const struct gateway_object *service)
{
    struct bound *best = NULL;
    for (struct bound *found = client->found; found != NULL; found = found->next)
        if (found->owner == service->owner && found->handle == service->handle &&
            (best == NULL || (found->is_fresh && !best->is_fresh)))
            best = found;
    if (best == NULL)
        return NULL;
    best->is_fresh = false;
    return copy(best);
}

void bounds_opened(struct bounds *bounds, struct bound *bound, struct gateway_object *opened)
{
    bound->sequence = bounds->next_sequence++;
    bound->opened = opened;
    opened->bound = bound;
    bound->linkp = bounds->lastp;
    *bound->linkp = bound;
    bounds->lastp = &bound->next;
}

void bounds_object_ended(struct gateway_object *object)
{
    struct bound *bound = object->bound;
    if (bound == NULL)
        return;
    *bound->linkp = bound->next;
    if (bound->next != NULL)
        bound->next->linkp = bound->linkp;
    else
        object->gateway->bounds.lastp = bound->linkp;
    object->bound = NULL;
    bound_destroy(bound);
}

const struct bound *bounds_after(const struct bounds *bounds, uint64_t sequence)
{
    const struct bound *bound = bounds->first;
    while (bound != NULL && bound->sequence <= sequence)
        bound = bound->next;
    return bound;
}

/* ---- from process to process ---- */

struct bound *bound_state(struct snapshot *snapshot, struct bound *bound)
{
    struct state *state = snapshot->state;
    bool any = bound != NULL;
    state_bool(state, &any);
    if (!any)
        return NULL;
    struct bound one = {.family = "", .interface = "", .protocol = "", .name = ""};
    if (bound != NULL)
        one = *bound;
    state_u32(state, &one.server_uid);
    state_u32(state, &one.client);
    state_u32(state, &one.owner);
    state_u32(state, &one.handle);
    state_bool(state, &one.is_fresh);
    const char **const texts[TEXTS] = {&one.family, &one.interface, &one.protocol, &one.name};
    char *owned[TEXTS] = {NULL};
    for (unsigned i = 0; i < TEXTS; i++) {
        char *read = state_dup(state, *texts[i], DIRECTORY_TEXT_MAX);
        if (!state->loading)
            continue;
        owned[i] = read;
        *texts[i] = read != NULL ? read : "";
    }
    if (state->loading) {
        bound = state_is_good(state) ? copy(&one) : NULL;
        if (bound == NULL && state_is_good(state))
            state->status = VIA_NO_MEMORY;
    }
    for (unsigned i = 0; i < TEXTS; i++)
        free(owned[i]);
    return bound;
}

void bounds_state_found(struct snapshot *snapshot, struct session *session)
{
    struct state *state = snapshot->state;
    uint32_t n = session->n_found;
    state_count(state, &n, BOUND_FINDS_MAX);
    struct bound *found = session->found;
    for (; n > 0 && state_is_good(state); n--) {
        struct bound *one = bound_state(snapshot, found);
        if (found != NULL)
            found = found->next;
        else if (state_require(state, one != NULL, "nothing found"))
            add_found(session, one);
    }
}

static bool moves(const struct snapshot *snapshot, const struct bound *bound)
{
    const struct session *client = sessions_get(&snapshot->gateway->sessions, bound->client);
    return client != NULL && snapshot_moves(client);
}

void snapshot_bounds(struct snapshot *snapshot)
{
    struct bounds *bounds = &snapshot->gateway->bounds;
    struct state *state = snapshot->state;
    uint32_t n = 0;
    for (const struct bound *at = bounds->first; at != NULL; at = at->next)
        n += moves(snapshot, at) ? 1 : 0;
    state_count(state, &n, UINT32_MAX);
    if (!state->loading) {
        for (struct bound *at = bounds->first; at != NULL; at = at->next) {
            if (!moves(snapshot, at))
                continue;
            (void)snapshot_some_object(snapshot, at->opened);
            (void)bound_state(snapshot, at);
        }
        return;
    }
    for (; n > 0 && state_is_good(state); n--) {
        struct gateway_object *opened = snapshot_some_object(snapshot, NULL);
        struct bound *bound = bound_state(snapshot, NULL);
        if (bound != NULL && opened != NULL && opened->bound == NULL) {
            bounds_opened(bounds, bound, opened);
        } else {
            (void)state_require(state, false, "what is bound");
            bound_destroy(bound);
        }
    }
}
