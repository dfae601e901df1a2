/*
 * Objects are saved last, for the others say which there are, and loaded first, for the others need
 * them; so the octets of the table are put in front. An object's events are part of the table: what
 * is kept may name more objects, until all are in it.
 *
 * While loading, the snapshot holds one count of each object. Giving them back, when this process
 * has become the gateway, ends those that only somebody who did not move had held, and their owners
 * get their counts back.
 */
#include "gateway/handover/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/pump.h"
#include "gateway/binary.h"

static const char magic[16] = "viaduct gateway";

/* ---- references ---- */

static bool make_room(struct snapshot *snapshot)
{
    if (snapshot->n_objects < snapshot->capacity)
        return true;
    uint32_t capacity = snapshot->capacity == 0 ? 256 : snapshot->capacity * 2;
    struct gateway_object **objects =
        realloc(snapshot->objects, capacity * sizeof(struct gateway_object *));
    if (objects == NULL) {
        snapshot->state->status = VIA_NO_MEMORY;
        return false;
    }
    snapshot->objects = objects;
    snapshot->capacity = capacity;
    return true;
}

static uint32_t number_of(struct snapshot *snapshot, struct gateway_object *object)
{
    if (object == NULL)
        return 0;
    if (object->saved_as == 0 && make_room(snapshot)) {
        snapshot->objects[snapshot->n_objects++] = object;
        object->saved_as = snapshot->n_objects;
    }
    return object->saved_as;
}

struct gateway_object *snapshot_object_of(struct snapshot *snapshot, struct gateway_object *object)
{
    struct state *state = snapshot->state;
    uint32_t number = state->loading ? 0 : number_of(snapshot, object);
    state_u32(state, &number);
    if (!state->loading)
        return object;
    if (!state_require(state, number <= snapshot->n_objects, "an object") || number == 0)
        return NULL;
    return snapshot->objects[number - 1];
}

struct gateway_object *snapshot_some_object(struct snapshot *snapshot,
                                            struct gateway_object *object)
{
    object = snapshot_object_of(snapshot, object);
    (void)state_require(snapshot->state, object != NULL, "an object that is none");
    return object;
}

void snapshot_object(void *user, struct state *state, void **objectp)
{
    (void)state;
    *objectp = snapshot_object_of(user, *objectp);
}

struct session *snapshot_session(struct snapshot *snapshot, struct session *session)
{
    struct state *state = snapshot->state;
    uint16_t slot = session == NULL ? 0 : session->slot;
    state_u16(state, &slot);
    if (!state->loading)
        return session;
    session = sessions_at(&snapshot->gateway->sessions, slot);
    return state_require(state, session != NULL, "a session") ? session : NULL;
}

/* ---- objects ---- */

static void one_object(struct snapshot *snapshot, struct gateway_object *object)
{
    struct state *state = snapshot->state;
    state_u32(state, &object->owner);
    state_u32(state, &object->handle);
    object->death = (enum via_cause)state_choice(state, object->death, VIA_EVICTED);
    state_bool(state, &object->remote);
    state_bool(state, &object->has_layout);
    state_u16(state, &object->layout);
    state_u32(state, &object->number);
    state_u16(state, &object->number_mode);
    /* Its service may stand behind it in the table. */
    uint32_t service = object->service == NULL ? 0 : object->service->saved_as;
    state_u32(state, &service);
    if (!state->loading)
        return;
    object->saved_as = service;
    enum via_status status = VIA_OK;
    if (!state_is_good(state))
        object->number = 0;
    else if (object->number != 0)
        status = numbers_restore(&snapshot->gateway->numbers, object);
    if (status == VIA_NO_MEMORY)
        state->status = status;
    (void)state_require(state, status == VIA_OK, "a number");
}

/* Opened objects find their services, once all are there. */
static void find_services(struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->n_objects; i++) {
        struct gateway_object *object = snapshot->objects[i];
        uint32_t number = object->saved_as;
        object->saved_as = 0;
        if (number == 0 ||
            !state_require(snapshot->state, number <= snapshot->n_objects, "a service"))
            continue;
        struct gateway_object *service = snapshot->objects[number - 1];
        if (state_require(snapshot->state,
                          service != object && service->service == NULL && service->saved_as == 0 &&
                              service->owner == object->owner,
                          "a service"))
            object->service = objects_ref(service);
    }
}

static void save_objects(struct snapshot *snapshot)
{
    /* Their events first, behind all else: these may name more objects, whose events come then. */
    for (uint32_t i = 0; i < snapshot->n_objects && state_is_good(snapshot->state); i++) {
        (void)number_of(snapshot, snapshot->objects[i]->service);
        events_state_log(snapshot, snapshot->objects[i]);
    }
}

static void save_table(struct snapshot *snapshot)
{
    state_count(snapshot->state, &snapshot->n_objects, SNAPSHOT_OBJECTS_MAX);
    for (uint32_t i = 0; i < snapshot->n_objects; i++)
        one_object(snapshot, snapshot->objects[i]);
}

static void load_table(struct snapshot *snapshot)
{
    uint32_t n = 0;
    state_count(snapshot->state, &n, SNAPSHOT_OBJECTS_MAX);
    while (snapshot->n_objects < n && state_is_good(snapshot->state) && make_room(snapshot)) {
        struct gateway_object *object;
        if (objects_restore(snapshot->gateway, &object) != VIA_OK) {
            snapshot->state->status = VIA_NO_MEMORY;
            return;
        }
        snapshot->objects[snapshot->n_objects++] = object;
        one_object(snapshot, object);
    }
    find_services(snapshot);
}

/* ---- the whole ---- */

static void head(struct snapshot *snapshot)
{
    struct state *state = snapshot->state;
    char word[sizeof magic];
    uint32_t version = SNAPSHOT_VERSION;
    memcpy(word, magic, sizeof magic);
    state_octets(state, word, sizeof word);
    state_u32(state, &version);
    (void)state_require(state, memcmp(word, magic, sizeof magic) == 0, "it is no gateway's");
    (void)state_require(state, version == SNAPSHOT_VERSION, "its version is not known here");
    state_u64(state, &snapshot->gateway->epoch);
    numbers_state(&snapshot->gateway->numbers, state);
}

static void parts(struct snapshot *snapshot)
{
    snapshot_sessions(snapshot);
    pumps_state(&snapshot->gateway->pumps, snapshot->state);
    snapshot_directory(snapshot);
    snapshot_bindings(snapshot);
    snapshot_waiters(snapshot);
    snapshot_name_watches(snapshot);
    snapshot_bounds(snapshot);
    events_state(snapshot);
    spawn_state(snapshot);
    snapshot_sockets(snapshot);
}

static void forget_numbers(struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->n_objects; i++)
        snapshot->objects[i]->saved_as = 0;
}

enum via_status snapshot_save(struct gateway *gateway, struct state *state)
{
    struct state rest;
    struct snapshot snapshot = {.state = &rest, .gateway = gateway};
    state_save(&rest);
    events_settle(&gateway->events);
    parts(&snapshot);
    save_objects(&snapshot);
    snapshot.state = state;
    head(&snapshot);
    save_table(&snapshot);
    if (state_is_good(&rest))
        state_octets(state, rest.out.data, rest.out.size);
    else
        state->status = rest.status;
    /* The descriptors are all the rest's: the table has none. */
    state->fds = rest.fds;
    state->n_fds = rest.n_fds;
    rest.fds = NULL;
    rest.n_fds = 0;
    state_deinit(&rest);
    forget_numbers(&snapshot);
    free(snapshot.objects);
    return state->status;
}

/* An object that lives is its owner's to end; one that nobody would end must not be. */
static void check_owners(struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->n_objects && state_is_good(snapshot->state); i++) {
        struct gateway_object *object = snapshot->objects[i];
        struct session *owner = objects_owner(object);
        if (object->death != VIA_ALIVE || owner == NULL)
            continue;
        bool known = object->handle == 0 ? owner->self == object
                                         : binary_knows((struct binary *)owner, object);
        (void)state_require(snapshot->state, known, "an object its owner does not know");
        owner->n_numbers += object->number != 0 ? 1 : 0;
    }
}

enum via_status snapshot_load(struct snapshot *snapshot, struct gateway *gateway,
                              struct state *state)
{
    *snapshot = (struct snapshot){.state = state, .gateway = gateway};
    head(snapshot);
    if (state_is_good(state))
        load_table(snapshot);
    if (state_is_good(state))
        parts(snapshot);
    for (uint32_t i = 0; i < snapshot->n_objects && state_is_good(state); i++)
        events_state_log(snapshot, snapshot->objects[i]);
    check_owners(snapshot);
    (void)state_require(state, state_is_at_end(state), "there is more than there should be");
    return state->status;
}

static void give_back(struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->n_objects; i++)
        objects_unref(snapshot->objects[i]);
    free(snapshot->objects);
    *snapshot = (struct snapshot){0};
}

void snapshot_deinit(struct snapshot *snapshot)
{
    if (snapshot->gateway != NULL)
        directory_end_orphans(&snapshot->gateway->directory);
    for (uint32_t i = 0; i < snapshot->n_objects; i++)
        objects_died(snapshot->objects[i], VIA_LINK_LOST);
    give_back(snapshot);
}

/* Calls of those who did not move: nobody waits for the reply. */
static void cancel_lost_calls(struct gateway *gateway)
{
    for (struct binary *binary = gateway->binaries; binary != NULL; binary = binary->next)
        binary_cancel_lost_calls(binary);
}

void snapshot_end(struct snapshot *snapshot)
{
    struct gateway *gateway = snapshot->gateway;
    for (uint32_t i = 0; i < snapshot->n_objects; i++) {
        struct gateway_object *object = snapshot->objects[i];
        if (object->death == VIA_ALIVE && objects_owner(object) == NULL)
            objects_died(object, VIA_LINK_LOST);
    }
    directory_end_orphans(&gateway->directory);
    cancel_lost_calls(gateway);
    spawn_end_lost(gateway);
    waiters_judge(&gateway->waiters); /* bindings may say something else here */
    for (struct binary *binary = gateway->binaries; binary != NULL; binary = binary->next)
        binary_flush_later(binary);
    give_back(snapshot);
}
