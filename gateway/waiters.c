/*
 * Who waits stands in a bucket by the hash of the name, in order of arrival, so that a name that
 * appears looks only at those who may mean it.
 */
#include "gateway/waiters.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/directory_verbs.h"
#include "gateway/gateway.h"

#define PLACES_AT_FIRST 64u

void waiters_init(struct waiters *waiters, uint32_t max)
{
    *waiters = (struct waiters){.max = max};
    for (size_t i = 0; i < WAITERS_BUCKETS; i++)
        waiters->buckets[i].lastp = &waiters->buckets[i].first;
}

static void take_out(struct waiters *waiters, struct waiter *waiter)
{
    *waiter->linkp = waiter->next;
    if (waiter->next != NULL)
        waiter->next->linkp = waiter->linkp;
    else
        waiters->buckets[waiter->hash % WAITERS_BUCKETS].lastp = waiter->linkp;
    waiters->places[waiter->id - 1] = NULL;
    waiters->free_hint = waiter->id - 1;
    waiters->n--;
    loop_disarm(waiter->gateway->loop, &waiter->deadline);
}

static void answer(struct waiters *waiters, struct waiter *waiter, enum via_status status,
                   const struct directory_entry *entry)
{
    take_out(waiters, waiter);
    struct session *session = sessions_get(&waiter->gateway->sessions, waiter->session);
    if (session != NULL)
        directory_verbs_found(session, waiter->call, status, entry);
    free(waiter);
}

void waiters_deinit(struct waiters *waiters)
{
    for (uint32_t i = 0; i < waiters->n_places; i++)
        if (waiters->places[i] != NULL)
            answer(waiters, waiters->places[i], VIA_DEAD, NULL);
    free(waiters->places);
    waiters_init(waiters, 0);
}

static void expired(struct loop_timer *timer)
{
    struct waiter *waiter = (struct waiter *)timer; /* its first member */
    answer(&waiter->gateway->waiters, waiter, VIA_NOT_FOUND, NULL);
}

static enum via_status make_places(struct waiters *waiters, uint32_t n_places)
{
    struct waiter **places = realloc(waiters->places, n_places * sizeof *places);
    if (places == NULL)
        return VIA_NO_MEMORY;
    memset(places + waiters->n_places, 0, (n_places - waiters->n_places) * sizeof *places);
    waiters->places = places;
    waiters->free_hint = waiters->n_places;
    waiters->n_places = n_places;
    return VIA_OK;
}

static enum via_status take_place(struct waiters *waiters, struct waiter *waiter)
{
    if (waiters->n >= waiters->max)
        return VIA_BUSY;
    if (waiters->n == waiters->n_places) {
        enum via_status status =
            make_places(waiters, waiters->n_places == 0 ? PLACES_AT_FIRST : waiters->n_places * 2);
        if (status != VIA_OK)
            return status;
    }
    while (waiters->places[waiters->free_hint % waiters->n_places] != NULL)
        waiters->free_hint++;
    uint32_t place = waiters->free_hint++ % waiters->n_places;
    waiters->places[place] = waiter;
    waiter->id = place + 1;
    waiters->n++;
    return VIA_OK;
}

static struct waiter *make(struct gateway *gateway, uint32_t session, uint32_t call,
                           const char *family, const char *name)
{
    size_t family_size = strlen(family) + 1, name_size = strlen(name) + 1;
    struct waiter *waiter = calloc(1, sizeof *waiter + family_size + name_size);
    if (waiter == NULL)
        return NULL;
    waiter->gateway = gateway;
    waiter->session = session;
    waiter->call = call;
    waiter->family = (char *)(waiter + 1);
    waiter->name = waiter->family + family_size;
    memcpy(waiter->family, family, family_size);
    memcpy(waiter->name, name, name_size);
    waiter->hash = name_hash(&gateway->directory.seed, name);
    waiter->deadline.fired = expired;
    return waiter;
}

/* It has its place: now it stands in line. */
static enum via_status stand_in_line(struct waiters *waiters, struct waiter *waiter, bool limited,
                                     uint64_t until_ms)
{
    waiter->linkp = waiters->buckets[waiter->hash % WAITERS_BUCKETS].lastp;
    *waiter->linkp = waiter;
    waiters->buckets[waiter->hash % WAITERS_BUCKETS].lastp = &waiter->next;
    if (!limited)
        return VIA_OK;
    enum via_status status = loop_arm(waiter->gateway->loop, &waiter->deadline, until_ms);
    if (status == VIA_OK)
        return VIA_OK;
    take_out(waiters, waiter);
    free(waiter);
    return status;
}

enum via_status waiters_add(struct waiters *waiters, struct session *session, uint32_t call,
                            const char *family, const char *name, uint32_t wait_ms, uint32_t *idp)
{
    struct waiter *waiter = make(session->gateway, session_key(session), call, family, name);
    if (waiter == NULL)
        return VIA_NO_MEMORY;
    enum via_status status = take_place(waiters, waiter);
    if (status != VIA_OK) {
        free(waiter);
        return status;
    }
    uint32_t id = waiter->id;
    status = stand_in_line(waiters, waiter, wait_ms != UINT32_MAX, loop_now() + wait_ms);
    if (status == VIA_OK)
        *idp = id;
    return status;
}

enum via_status waiters_restore(struct waiters *waiters, struct gateway *gateway,
                                const struct waiter *from, bool limited)
{
    if (from->id == 0 || from->id > WAITERS_MOST)
        return VIA_INVALID;
    uint32_t n_places = waiters->n_places == 0 ? PLACES_AT_FIRST : waiters->n_places;
    while (n_places < from->id)
        n_places *= 2;
    enum via_status status = n_places > waiters->n_places ? make_places(waiters, n_places) : VIA_OK;
    if (status != VIA_OK)
        return status;
    if (waiters->places[from->id - 1] != NULL)
        return VIA_INVALID;
    struct waiter *waiter = make(gateway, from->session, from->call, from->family, from->name);
    if (waiter == NULL)
        return VIA_NO_MEMORY;
    waiter->id = from->id;
    waiters->places[waiter->id - 1] = waiter;
    waiters->n++;
    return stand_in_line(waiters, waiter, limited, from->deadline.at_ms);
}

void waiters_cancel(struct waiters *waiters, struct session *session, uint32_t call, uint32_t id)
{
    struct waiter *waiter = id - 1 < waiters->n_places ? waiters->places[id - 1] : NULL;
    if (waiter != NULL && waiter->session == session_key(session) && waiter->call == call)
        answer(waiters, waiter, VIA_CANCELLED, NULL);
}

void waiters_session_ended(struct waiters *waiters, struct session *session)
{
    for (uint32_t i = 0; i < waiters->n_places && waiters->n > 0; i++) {
        struct waiter *waiter = waiters->places[i];
        if (waiter == NULL || waiter->session != session_key(session))
            continue;
        take_out(waiters, waiter);
        free(waiter);
    }
}

void waiters_appeared(struct waiters *waiters, const struct directory_entry *entry)
{
    struct waiter *waiter = waiters->buckets[entry->hash % WAITERS_BUCKETS].first;
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        struct session *session = sessions_get(&waiter->gateway->sessions, waiter->session);
        if (session != NULL && waiter->hash == entry->hash &&
            directory_means(entry, waiter->family, waiter->name, &session->principal)) {
            bool may =
                principal_may_call(&session->principal, entry->spec.mode, entry->uid, entry->gid);
            answer(waiters, waiter, may ? VIA_OK : VIA_DENIED, entry);
        }
        waiter = next;
    }
}
