/*
 * The slots of sessions. A freed slot goes to the end of the line of free ones, and 1,024 slots are
 * there from the start, so that a generation comes round again only after tens of millions of
 * sessions.
 */
#include "gateway/session.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/openings.h"

#define PLACES_AT_FIRST 1024u
#define PLACES_MAX 65535u

void message_close_fds(const struct message *message)
{
    for (size_t i = 0; i < message->frame->n_fds; i++)
        if (message->fds[i] >= 0)
            (void)close(message->fds[i]);
}

static void put_free(struct sessions *sessions, unsigned slot)
{
    sessions->places[slot].next_free = 0;
    if (sessions->last_free == 0)
        sessions->first_free = (uint16_t)slot;
    else
        sessions->places[sessions->last_free].next_free = (uint16_t)slot;
    sessions->last_free = (uint16_t)slot;
}

static enum via_status grow(struct sessions *sessions, unsigned n_places)
{
    if (n_places > PLACES_MAX)
        n_places = PLACES_MAX;
    if (n_places <= sessions->n_places)
        return VIA_BUSY;
    struct sessions_place *places = realloc(sessions->places, n_places * sizeof *sessions->places);
    if (places == NULL)
        return VIA_NO_MEMORY;
    sessions->places = places;
    unsigned slot = sessions->n_places;
    sessions->n_places = n_places;
    for (; slot < n_places; slot++) {
        places[slot] = (struct sessions_place){.generation = 1};
        if (slot > 0)
            put_free(sessions, slot);
    }
    return VIA_OK;
}

enum via_status sessions_init(struct sessions *sessions, unsigned max)
{
    *sessions = (struct sessions){.max = max};
    return grow(sessions, PLACES_AT_FIRST);
}

void sessions_deinit(struct sessions *sessions)
{
    assert(sessions->n == 0);
    free(sessions->places);
    *sessions = (struct sessions){0};
}

enum via_status sessions_add(struct sessions *sessions, struct session *session, unsigned n_more)
{
    if (sessions->n >= sessions->max + n_more)
        return VIA_BUSY;
    if (sessions->first_free == 0) {
        enum via_status status = grow(sessions, sessions->n_places * 2);
        if (status != VIA_OK)
            return status;
    }
    uint16_t slot = sessions->first_free;
    struct sessions_place *place = &sessions->places[slot];
    sessions->first_free = place->next_free;
    if (sessions->first_free == 0)
        sessions->last_free = 0;
    place->session = session;
    session->slot = slot;
    session->generation = place->generation;
    sessions->n++;
    return VIA_OK;
}

void sessions_remove(struct sessions *sessions, struct session *session)
{
    struct sessions_place *place = &sessions->places[session->slot];
    assert(place->session == session);
    place->session = NULL;
    place->generation++;
    sessions->n--;
    put_free(sessions, session->slot);
    free(session->oneways);
    session->oneways = NULL;
    openings_forget(session);
}

struct session *sessions_at(const struct sessions *sessions, unsigned slot)
{
    return slot < sessions->n_places ? sessions->places[slot].session : NULL;
}

struct session *sessions_get(const struct sessions *sessions, uint32_t key)
{
    struct session *session = sessions_at(sessions, key >> 16);
    return session != NULL && session->generation == (uint16_t)key ? session : NULL;
}

/* ---- from process to process ---- */

static bool is_moving(const struct sessions_place *place,
                      bool (*moves)(const struct session *session))
{
    return place->session != NULL && moves(place->session);
}

void sessions_state(struct sessions *sessions, struct state *state,
                    bool (*moves)(const struct session *session))
{
    uint32_t n_places = sessions->n_places;
    state_count(state, &n_places, PLACES_MAX);
    if (state->loading) {
        if (!state_require(state, n_places >= PLACES_AT_FIRST && sessions->n == 0, "slots"))
            return;
        if (n_places > sessions->n_places && grow(sessions, n_places) != VIA_OK) {
            state->status = VIA_NO_MEMORY;
            return;
        }
        sessions->first_free = sessions->last_free = 0;
    }
    for (uint32_t slot = 1; slot < n_places && state_is_good(state); slot++) {
        struct sessions_place *place = &sessions->places[slot];
        uint16_t generation = place->generation;
        if (!state->loading && place->session != NULL && !is_moving(place, moves))
            generation++; /* as if it had ended */
        state_u16(state, &generation);
        if (state->loading)
            place->generation = generation;
    }
}

enum via_status sessions_add_at(struct sessions *sessions, struct session *session, uint16_t slot)
{
    if (slot == 0 || slot >= sessions->n_places || sessions->places[slot].session != NULL)
        return VIA_BUSY;
    sessions->places[slot].session = session;
    session->slot = slot;
    session->generation = sessions->places[slot].generation;
    sessions->n++;
    return VIA_OK;
}

static void save_free(struct sessions *sessions, struct state *state,
                      bool (*moves)(const struct session *session))
{
    for (uint16_t slot = sessions->first_free; slot != 0; slot = sessions->places[slot].next_free)
        state_u16(state, &slot);
    for (unsigned i = 1; i < sessions->n_places; i++) {
        uint16_t slot = (uint16_t)i;
        if (sessions->places[i].session != NULL && !is_moving(&sessions->places[i], moves))
            state_u16(state, &slot);
    }
}

static void load_free(struct sessions *sessions, struct state *state)
{
    bool *listed = calloc(sessions->n_places, sizeof *listed);
    if (listed == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    for (unsigned n = sessions->n_places - 1 - sessions->n; n > 0 && state_is_good(state); n--) {
        uint16_t slot = 0;
        state_u16(state, &slot);
        if (!state_require(state,
                           slot != 0 && slot < sessions->n_places && !listed[slot] &&
                               sessions->places[slot].session == NULL,
                           "a free slot"))
            break;
        listed[slot] = true;
        put_free(sessions, slot);
    }
    free(listed);
}

void sessions_state_free(struct sessions *sessions, struct state *state,
                         bool (*moves)(const struct session *session))
{
    if (state->loading)
        load_free(sessions, state);
    else
        save_free(sessions, state, moves);
}
