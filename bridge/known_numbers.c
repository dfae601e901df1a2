/*
 * Numbers are the gateway's, given one after the other, so that multiplying spreads them.
 *
 * Objects of this process are counted by their claims (bridge/claims.h), others by being here.
 */
#include "bridge/known_numbers.h"

#include <stdlib.h>

#include "bridge/claims.h"
#include "bridge/node.h"
#include "bridge/proxy.h"
#include "bridge/stub.h"

#define PLACES_AT_FIRST 64u

static size_t place_of(const struct known_numbers *known, uint32_t number)
{
    return (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (known->n_places - 1);
}

static void put(struct known_numbers *known, struct via_proxy *proxy)
{
    size_t place = place_of(known, proxy->number);
    while (known->places[place] != NULL)
        place = (place + 1) & (known->n_places - 1);
    known->places[place] = proxy;
    known->n++;
}

enum via_status known_numbers_reserve(struct known_numbers *known)
{
    size_t n_places = known->n_places == 0 ? PLACES_AT_FIRST : known->n_places * 2;
    if (known->n_places != 0 && known->n < known->n_places / 2)
        return VIA_OK;
    struct via_proxy **places = calloc(n_places, sizeof(struct via_proxy *));
    if (places == NULL)
        return VIA_NO_MEMORY;
    struct known_numbers old = *known;
    *known = (struct known_numbers){.places = places, .n_places = n_places};
    for (size_t i = 0; i < old.n_places; i++)
        if (old.places[i] != NULL)
            put(known, old.places[i]);
    free(old.places);
    return VIA_OK;
}

static size_t find(const struct known_numbers *known, uint32_t number)
{
    size_t place = place_of(known, number);
    while (known->places[place] != NULL && known->places[place]->number != number)
        place = (place + 1) & (known->n_places - 1);
    return place;
}

struct via_proxy *known_numbers_get(const struct known_numbers *known, uint32_t number)
{
    return known->n == 0 ? NULL : known->places[find(known, number)];
}

void known_numbers_put(struct known_numbers *known, struct via_proxy *proxy, uint32_t number)
{
    if (known_numbers_get(known, number) != NULL)
        return;
    proxy->number = number;
    put(known, proxy);
}

/* What came behind it and would not be found any more moves up. */
void known_numbers_take_out(struct known_numbers *known, struct via_proxy *proxy)
{
    if (proxy->number == 0)
        return;
    size_t mask = known->n_places - 1, hole = find(known, proxy->number), place = hole;
    for (;;) {
        place = (place + 1) & mask;
        if (known->places[place] == NULL)
            break;
        size_t home = place_of(known, known->places[place]->number);
        if (((place - home) & mask) < ((place - hole) & mask))
            continue;
        known->places[hole] = known->places[place];
        hole = place;
    }
    known->places[hole] = NULL;
    known->n--;
    proxy->number = 0;
}

void known_numbers_learn(struct via_node *node, struct via_proxy *proxy, uint32_t number)
{
    struct known_numbers *known = &node->known_numbers;
    if (number == 0 || proxy->local != NULL || proxy->number != 0 || proxy_check(proxy) != VIA_OK ||
        known_numbers_reserve(known) != VIA_OK)
        return; /* it is asked for again */
    known_numbers_put(known, proxy, number);
    if (proxy->number != 0)
        (void)via_proxy_ref(proxy);
}

void known_numbers_died(struct via_proxy *proxy)
{
    if (proxy->local != NULL) {
        if (proxy->local->claim != NULL)
            claims_drop(proxy->local);
    } else if (proxy->number != 0) {
        known_numbers_take_out(&proxy->node->known_numbers, proxy);
        (void)via_proxy_unref(proxy);
    }
}

void known_numbers_clear(struct via_node *node)
{
    struct known_numbers *known = &node->known_numbers;
    for (size_t i = 0; i < known->n_places; i++) {
        struct via_proxy *proxy = known->places[i];
        if (proxy == NULL)
            continue;
        proxy->number = 0;
        (void)via_proxy_unref(proxy);
    }
    free(known->places);
    *known = (struct known_numbers){.places = NULL};
}

void known_numbers_forget(struct known_numbers *known)
{
    for (size_t i = 0; i < known->n_places; i++)
        if (known->places[i] != NULL)
            known->places[i]->number = 0;
    free(known->places);
    *known = (struct known_numbers){.places = NULL};
}
