/*
 * Names: the directory's entries in their order, the bindings, the finds that wait, and the
 * watches. Sessions that do not move have their waiting finds and watches left out. What the
 * bindings file says here stands over what it said there, unless that is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/handover/snapshot.h"

/* ---- the directory ---- */

#define TEXTS 5u

static void entry(struct snapshot *snapshot, struct directory_entry *from)
{
    struct state *state = snapshot->state;
    struct directory_entry entry = {.spec = {.flags = 0}};
    if (from != NULL)
        entry = *from;
    struct directory_spec *spec = &entry.spec;
    const char **const texts[TEXTS] = {&spec->family, &spec->name, &spec->class_name,
                                       &spec->protocol, &spec->info};
    char *owned[TEXTS] = {NULL};
    for (unsigned i = 0; i < TEXTS; i++) {
        owned[i] = state_dup(state, *texts[i], DIRECTORY_TEXT_MAX);
        if (state->loading)
            *texts[i] = owned[i] != NULL ? owned[i] : "";
    }
    state_u32(state, &spec->flags);
    state_u32(state, &spec->mode);
    state_u32(state, &spec->message_size);
    state_i32(state, &entry.pid);
    state_u32(state, &entry.uid);
    state_u32(state, &entry.gid);
    state_u64(state, &entry.sequence);
    entry.object = snapshot_object_of(snapshot, entry.object);
    if (entry.object == NULL) {
        state_u32(state, &entry.number);
        state_u32(state, &entry.session);
    }
    if (state->loading && state_is_good(state)) {
        enum via_status status = directory_restore(&snapshot->gateway->directory, &entry);
        if (status == VIA_NO_MEMORY)
            state->status = status;
        (void)state_require(state, status == VIA_OK, "a name");
    }
    for (unsigned i = 0; i < TEXTS; i++)
        free(owned[i]);
}

void snapshot_directory(struct snapshot *snapshot)
{
    struct directory *directory = &snapshot->gateway->directory;
    struct state *state = snapshot->state;
    uint32_t n = (uint32_t)directory->n;
    state_u64(state, &directory->seed.k0);
    state_u64(state, &directory->seed.k1);
    state_u64(state, &directory->next_sequence);
    state_count(state, &n, UINT32_MAX);
    for (uint32_t i = 0; i < n && state_is_good(state); i++)
        entry(snapshot, state->loading ? NULL : directory->sorted[i]);
}

/* ---- bindings ---- */

#define BINDING_TEXTS 5u

static void binding(struct snapshot *snapshot, struct bindings *bindings,
                    const struct binding *from)
{
    struct state *state = snapshot->state;
    struct binding one = {.family = ""};
    if (from != NULL)
        one = *from;
    const char **const texts[BINDING_TEXTS] = {&one.family, &one.interface, &one.name,
                                               &one.client_user, &one.server_user};
    char *owned[BINDING_TEXTS] = {NULL};
    for (unsigned i = 0; i < BINDING_TEXTS; i++) {
        owned[i] = state_dup(state, *texts[i], DIRECTORY_TEXT_MAX);
        if (state->loading)
            *texts[i] = owned[i] != NULL ? owned[i] : "";
    }
    state_u32(state, &one.client_uid);
    state_u32(state, &one.server_uid);
    state_bool(state, &one.from_file);
    if (state->loading && state_is_good(state)) {
        enum via_status status = bindings_set(bindings, &one);
        if (status == VIA_NO_MEMORY)
            state->status = status;
        (void)state_require(state, status == VIA_OK, "a binding");
    }
    for (unsigned i = 0; i < BINDING_TEXTS; i++)
        free(owned[i]);
}

/* Those of the file that this process read are kept apart meanwhile. */
void snapshot_bindings(struct snapshot *snapshot)
{
    struct bindings *bindings = &snapshot->gateway->bindings;
    struct state *state = snapshot->state;
    uint32_t n = (uint32_t)bindings->n;
    struct bindings said = *bindings;
    if (state->loading)
        bindings_init(bindings, UINT32_MAX, said.by_default);
    state_u64(state, &bindings->file_seen);
    state_count(state, &n, UINT32_MAX);
    for (uint32_t i = 0; i < n && state_is_good(state); i++)
        binding(snapshot, bindings, state->loading ? NULL : bindings->sorted[i]);
    if (!state->loading)
        return;
    bindings->max = said.max;
    bindings_commit(bindings, &said);
}

/* ---- finds that wait ---- */

static bool waits(const struct snapshot *snapshot, const struct waiter *waiter)
{
    const struct session *session = sessions_get(&snapshot->gateway->sessions, waiter->session);
    return session != NULL && snapshot_moves(session);
}

static void waiter(struct snapshot *snapshot, const struct waiter *from)
{
    struct state *state = snapshot->state;
    struct waiter one = {.id = 0};
    if (from != NULL)
        one = *from;
    bool limited = one.deadline.place != 0;
    one.deadline.at_ms = limited ? one.deadline.at_ms : 0;
    state_u32(state, &one.session);
    state_u32(state, &one.call);
    state_u32(state, &one.id);
    state_bool(state, &limited);
    state_u64(state, &one.deadline.at_ms);
    state_bool(state, &one.is_bound);
    char *family = state_dup(state, one.family, DIRECTORY_TEXT_MAX);
    char *name = state_dup(state, one.name, DIRECTORY_TEXT_MAX);
    char *protocol = state_dup(state, one.protocol, DIRECTORY_TEXT_MAX);
    if (state->loading && state_is_good(state)) {
        one.family = family;
        one.name = name;
        one.protocol = protocol;
        enum via_status status =
            waiters_restore(&snapshot->gateway->waiters, snapshot->gateway, &one, limited);
        if (status == VIA_NO_MEMORY)
            state->status = status;
        (void)state_require(state, status == VIA_OK, "a find that waits");
    }
    free(family);
    free(name);
    free(protocol);
}

void snapshot_waiters(struct snapshot *snapshot)
{
    struct waiters *waiters = &snapshot->gateway->waiters;
    struct state *state = snapshot->state;
    uint32_t n = 0;
    for (struct waiter *at = waiters->first; at != NULL; at = at->next_arrived)
        n += waits(snapshot, at) ? 1 : 0;
    state_count(state, &n, UINT32_MAX);
    if (state->loading) {
        while (n-- > 0 && state_is_good(state))
            waiter(snapshot, NULL);
        return;
    }
    for (struct waiter *at = waiters->first; at != NULL; at = at->next_arrived)
        if (waits(snapshot, at))
            waiter(snapshot, at);
}

/* ---- watches of names ---- */

static void name_watch(struct snapshot *snapshot, struct name_watch *from)
{
    struct state *state = snapshot->state;
    struct name_watch watch = {.id = 0};
    if (from != NULL)
        watch = *from;
    state_u32(state, &watch.id);
    watch.session = snapshot_session(snapshot, watch.session);
    watch.sink = snapshot_some_object(snapshot, watch.sink);
    state_u64(state, &watch.number);
    state_bool(state, &watch.walking);
    state_bool(state, &watch.again);
    state_bool(state, &watch.gap);
    state_text(state, watch.cursor, sizeof watch.cursor);
    char *family = state_dup(state, watch.family, UINT16_MAX);
    char *pattern = state_dup(state, watch.pattern, UINT16_MAX);
    char *class_name = state_dup(state, watch.class_name, UINT16_MAX);
    if (state->loading && state_is_good(state)) {
        watch.family = family;
        watch.pattern = pattern;
        watch.class_name = class_name;
        if (name_watches_restore(&snapshot->gateway->name_watches, &watch) != VIA_OK)
            state->status = VIA_NO_MEMORY;
    }
    free(family);
    free(pattern);
    free(class_name);
}

void snapshot_name_watches(struct snapshot *snapshot)
{
    struct name_watches *watches = &snapshot->gateway->name_watches;
    struct state *state = snapshot->state;
    uint32_t n = 0;
    for (struct name_watch *at = watches->first; at != NULL; at = at->next)
        n += snapshot_moves(at->session) ? 1 : 0;
    state_u32(state, &watches->next_id);
    state_count(state, &n, UINT32_MAX);
    if (state->loading) {
        while (n-- > 0 && state_is_good(state))
            name_watch(snapshot, NULL);
        return;
    }
    for (struct name_watch *at = watches->first; at != NULL; at = at->next)
        if (snapshot_moves(at->session))
            name_watch(snapshot, at);
}
