/*
 * A listener is a port. The focus is one's that has a category for it, and never nobody's while
 * there is such a one, unless nobody has taken it: it goes on to the newest.
 */
#include "gateway/event_broker/listeners.h"

#include <stdlib.h>
#include <string.h>

#include "include/portfolio/event.h"

bool pod_set_has(const struct pod_set *set, uint8_t number)
{
    return (set->words[number >> 5] & 1u << (number & 31)) != 0;
}

void pod_set_add(struct pod_set *set, uint8_t number)
{
    set->words[number >> 5] |= 1u << (number & 31);
}

void pod_set_remove(struct pod_set *set, uint8_t number)
{
    set->words[number >> 5] &= ~(1u << (number & 31));
}

void pod_set_fill(struct pod_set *set)
{
    memset(set, 0xff, sizeof *set);
}

bool pod_set_is_empty(const struct pod_set *set)
{
    for (unsigned i = 0; i < POD_SET_WORDS; i++)
        if (set->words[i] != 0)
            return false;
    return true;
}

static void destroy(struct listener *listener)
{
    for (unsigned i = 0; i <= PORTFOLIO_POD_NUMBER_MAX; i++)
        free(listener->memory[i]);
    free(listener->table);
    free(listener);
}

void listeners_deinit(struct listeners *listeners)
{
    while (listeners->first != NULL) {
        struct listener *listener = listeners->first;
        listeners->first = listener->next;
        destroy(listener);
    }
}

struct listener *listeners_find(const struct listeners *listeners, uint32_t port)
{
    struct listener *listener = listeners->buckets[port % LISTENERS_BUCKETS];
    while (listener != NULL && listener->port != port)
        listener = listener->next_in_bucket;
    return listener;
}

struct listener *listeners_add(struct listeners *listeners, uint32_t port, uint64_t client)
{
    struct listener *listener = listeners->n >= LISTENERS_MAX ? NULL : calloc(1, sizeof *listener);
    if (listener == NULL)
        return NULL;
    listener->port = port;
    listener->client = client;
    listener->category = LC_NoSeeUm;
    listener->queue_max = EVENT_QUEUE_DEFAULT;
    struct listener **bucket = &listeners->buckets[port % LISTENERS_BUCKETS];
    listener->next_in_bucket = *bucket;
    *bucket = listener;
    listener->next = listeners->first;
    listeners->first = listener;
    listeners->n++;
    return listener;
}

unsigned listeners_count(const struct listeners *listeners, uint64_t client)
{
    unsigned n = 0;
    for (const struct listener *listener = listeners->first; listener != NULL;
         listener = listener->next)
        n += listener->client == client;
    return n;
}

static void take_out(struct listeners *listeners, const struct listener *listener)
{
    struct listener **place = &listeners->first;
    while (*place != listener)
        place = &(*place)->next;
    *place = listener->next;
}

static void pass_focus_on(struct listeners *listeners)
{
    struct listener *next = listeners->first;
    while (next != NULL && !listener_can_have_focus(next))
        next = next->next;
    listeners->focus = next;
}

void listeners_remove(struct listeners *listeners, struct listener *listener)
{
    struct listener **place = &listeners->buckets[listener->port % LISTENERS_BUCKETS];
    while (*place != listener)
        place = &(*place)->next_in_bucket;
    *place = listener->next_in_bucket;
    take_out(listeners, listener);
    listeners->n--;
    if (listeners->focus == listener)
        pass_focus_on(listeners);
    destroy(listener);
}

void listeners_renew(struct listeners *listeners, struct listener *listener)
{
    take_out(listeners, listener);
    listener->next = listeners->first;
    listeners->first = listener;
}

bool listener_can_have_focus(const struct listener *listener)
{
    return listener->category == LC_FocusListener || listener->category == LC_FocusUI;
}

bool listener_hears_users(const struct listeners *listeners, const struct listener *listener)
{
    return listener->category == LC_Observer || listeners->focus == listener;
}

void listeners_set_category(struct listeners *listeners, struct listener *listener,
                            uint32_t category)
{
    const bool could = listener_can_have_focus(listener);
    listener->category = category;
    if (!could && listener_can_have_focus(listener))
        listeners->focus = listener;
    else if (could && !listener_can_have_focus(listener) && listeners->focus == listener)
        pass_focus_on(listeners);
}
