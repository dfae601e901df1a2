/*
 * A table of places, whose numbers with a generation are the ids, so that a reply that comes late
 * finds nobody. The context of such a call has the key of no session.
 */
#include "gateway/asks.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/gateway.h"
#include "gateway/router.h"

#define PLACE_BITS 20u
#define PLACE_MASK ((1u << PLACE_BITS) - 1)
#define PLACES_AT_FIRST 16u

void asks_deinit(struct asks *asks)
{
    free(asks->places);
    *asks = (struct asks){.places = NULL};
}

/* ---- places ---- */

static enum via_status grow(struct asks *asks)
{
    uint32_t n = asks->n_places == 0 ? PLACES_AT_FIRST : asks->n_places * 2;
    if (n > PLACE_MASK + 1)
        return VIA_BUSY;
    struct ask **places = realloc(asks->places, n * sizeof(struct ask *));
    if (places == NULL)
        return VIA_NO_MEMORY;
    memset(places + asks->n_places, 0, (n - asks->n_places) * sizeof(struct ask *));
    asks->places = places;
    asks->n_places = n;
    return VIA_OK;
}

static enum via_status enter(struct asks *asks, struct ask *ask)
{
    struct session *session = ask->session;
    if (session->n_asks >= ASKS_OF_SESSION)
        return VIA_BUSY;
    if (asks->n + 1 >= asks->n_places) {
        enum via_status status = grow(asks);
        if (status != VIA_OK)
            return status;
    }
    uint32_t generation = ++asks->generation;
    uint32_t place = generation % asks->n_places;
    while (place == 0 || asks->places[place] != NULL)
        place = (place + 1) % asks->n_places;
    asks->places[place] = ask;
    asks->n++;
    ask->id = generation << PLACE_BITS | place;
    ask->linkp = &session->asks;
    ask->next = session->asks;
    if (ask->next != NULL)
        ask->next->linkp = &ask->next;
    session->asks = ask;
    session->n_asks++;
    return VIA_OK;
}

static void leave(struct ask *ask)
{
    struct asks *asks = &ask->session->gateway->asks;
    asks->places[ask->id & PLACE_MASK] = NULL;
    asks->n--;
    ask->id = 0;
    *ask->linkp = ask->next;
    if (ask->next != NULL)
        ask->next->linkp = ask->linkp;
    ask->session->n_asks--;
}

static struct ask *get(const struct asks *asks, uint32_t id)
{
    uint32_t place = id & PLACE_MASK;
    struct ask *ask = place < asks->n_places ? asks->places[place] : NULL;
    return ask != NULL && ask->id == id ? ask : NULL;
}

struct session *asks_session(const struct asks *asks, uint32_t id)
{
    const struct ask *ask = get(asks, id);
    return ask != NULL ? ask->session : NULL;
}

/* ---- asking ---- */

enum via_status asks_send(struct ask *ask, struct gateway_object *object, const struct frame *frame)
{
    const struct message message = {.frame = frame, .from = ask->session};
    enum via_status status = enter(&ask->session->gateway->asks, ask);
    if (status != VIA_OK)
        return status;
    status = router_ask(&message, object, ask->id, &ask->context);
    if (status != VIA_OK)
        leave(ask);
    return status;
}

void asks_cancel(struct ask *ask)
{
    if (ask->id != 0)
        router_cancel(ask->session->gateway, ask->context);
}

void asks_drop(struct ask *ask)
{
    if (ask->id == 0)
        return;
    /* One that stops leaves the links to another process, which cancels what it does not know. */
    if (!ask->session->gateway->is_stopping)
        asks_cancel(ask);
    leave(ask);
}

void asks_answered(struct asks *asks, uint32_t id, const struct message *reply)
{
    struct ask *ask = get(asks, id);
    if (ask == NULL)
        return;
    leave(ask);
    ask->ops->answered(ask, reply);
}

/* ---- ends ---- */

void asks_session_ended(struct session *session)
{
    while (session->asks != NULL) {
        struct ask *ask = session->asks;
        asks_drop(ask);
        ask->ops->ended(ask);
    }
}

void asks_move(struct asks *asks)
{
    for (uint32_t place = 1; place < asks->n_places; place++) {
        struct ask *ask = asks->places[place];
        if (ask != NULL && ask->ops->moves != NULL)
            ask->ops->moves(ask);
    }
}
