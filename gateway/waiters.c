/*
 * Who waits stands in a bucket by the hash of the name, in order of arrival, so that a name that
 * appears looks only at those who may mean it. Whose name bindings tell moves with what they say,
 * and keeps its place in the order.
 */
#include "gateway/waiters.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/gateway.h"

#define PLACES_AT_FIRST 64u

void waiters_init(struct waiters *waiters, uint32_t max)
{
    *waiters = (struct waiters){.max = max, .next_sequence = 1};
    waiters->lastp = &waiters->first;
    for (size_t i = 0; i < WAITERS_BUCKETS; i++)
        waiters->buckets[i].lastp = &waiters->buckets[i].first;
}

/* ---- lines ---- */

static void leave_bucket(struct waiters *waiters, struct waiter *waiter)
{
    if (waiter->linkp == NULL)
        return;
    *waiter->linkp = waiter->next;
    if (waiter->next != NULL)
        waiter->next->linkp = waiter->linkp;
    else
        waiters->buckets[waiter->hash % WAITERS_BUCKETS].lastp = waiter->linkp;
    waiter->linkp = NULL;
}

/* Behind all that came before it: from the end, where it mostly belongs. */
static void enter_bucket(struct waiters *waiters, struct waiter *waiter, uint64_t hash)
{
    struct waiter **firstp = &waiters->buckets[hash % WAITERS_BUCKETS].first;
    struct waiter **linkp = waiters->buckets[hash % WAITERS_BUCKETS].lastp;
    while (linkp != firstp) {
        struct waiter *before = (struct waiter *)((char *)linkp - offsetof(struct waiter, next));
        if (before->sequence < waiter->sequence)
            break;
        linkp = before->linkp;
    }
    waiter->hash = hash;
    waiter->linkp = linkp;
    waiter->next = *linkp;
    *linkp = waiter;
    if (waiter->next != NULL)
        waiter->next->linkp = &waiter->next;
    else
        waiters->buckets[hash % WAITERS_BUCKETS].lastp = &waiter->next;
}

static void take_out(struct waiters *waiters, struct waiter *waiter)
{
    leave_bucket(waiters, waiter);
    *waiter->arrived_linkp = waiter->next_arrived;
    if (waiter->next_arrived != NULL)
        waiter->next_arrived->arrived_linkp = waiter->arrived_linkp;
    else
        waiters->lastp = waiter->arrived_linkp;
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
    if (session != NULL && status == VIA_OK && waiter->is_bound)
        bounds_found(session, entry, waiter->name, waiter->protocol);
    if (session != NULL)
        session->ops->found(session, waiter->call, status, entry);
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

static char *put(char **atp, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = *atp;
    memcpy(copy, text, size);
    *atp += size;
    return copy;
}

static struct waiter *make(struct gateway *gateway, uint32_t session, uint32_t call,
                           const struct waiters_wish *wish)
{
    size_t texts = strlen(wish->family) + strlen(wish->name) + strlen(wish->protocol) + 3;
    struct waiter *waiter = calloc(1, sizeof *waiter + texts);
    if (waiter == NULL)
        return NULL;
    char *at = (char *)(waiter + 1);
    waiter->gateway = gateway;
    waiter->session = session;
    waiter->call = call;
    waiter->is_bound = wish->is_bound;
    waiter->family = put(&at, wish->family);
    waiter->name = put(&at, wish->name);
    waiter->protocol = put(&at, wish->protocol);
    waiter->deadline.fired = expired;
    return waiter;
}

/* It has its place: now it stands in line. */
static enum via_status stand_in_line(struct waiters *waiters, struct waiter *waiter, bool limited,
                                     uint64_t until_ms)
{
    waiter->sequence = waiters->next_sequence++;
    waiter->arrived_linkp = waiters->lastp;
    *waiter->arrived_linkp = waiter;
    waiters->lastp = &waiter->next_arrived;
    if (!waiter->is_bound)
        enter_bucket(waiters, waiter, name_hash(&waiter->gateway->directory.seed, waiter->name));
    if (!limited)
        return VIA_OK;
    enum via_status status = loop_arm(waiter->gateway->loop, &waiter->deadline, until_ms);
    if (status == VIA_OK)
        return VIA_OK;
    take_out(waiters, waiter);
    free(waiter);
    return status;
}

/* Moves it to where @target has it wait. */
static void move(struct waiters *waiters, struct waiter *waiter,
                 const struct bindings_target *target)
{
    if (target->name == NULL) {
        leave_bucket(waiters, waiter);
        return;
    }
    uint64_t hash = name_hash(&waiter->gateway->directory.seed, target->name);
    if (waiter->linkp != NULL && waiter->hash == hash)
        return;
    leave_bucket(waiters, waiter);
    enter_bucket(waiters, waiter, hash);
}

enum via_status waiters_add(struct waiters *waiters, struct session *session, uint32_t call,
                            const struct waiters_wish *wish, uint32_t wait_ms, uint32_t *idp)
{
    struct waiter *waiter = make(session->gateway, session_key(session), call, wish);
    if (waiter == NULL)
        return VIA_NO_MEMORY;
    enum via_status status = take_place(waiters, waiter);
    if (status != VIA_OK) {
        free(waiter);
        return status;
    }
    uint32_t id = waiter->id;
    status = stand_in_line(waiters, waiter, wait_ms != UINT32_MAX, loop_now() + wait_ms);
    if (status != VIA_OK)
        return status;
    if (wish->is_bound) {
        struct bindings_target target;
        bindings_judge(&session->gateway->bindings, wish->family, wish->name, &session->principal,
                       &target);
        move(waiters, waiter, &target);
    }
    *idp = id;
    return VIA_OK;
}

enum via_status waiters_restore(struct waiters *waiters, struct gateway *gateway,
                                const struct waiter *from, bool limited)
{
    const struct waiters_wish wish = {from->family, from->name, from->protocol, from->is_bound};
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
    struct waiter *waiter = make(gateway, from->session, from->call, &wish);
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

/* ---- what they wait for ---- */

/* Answers it, or has it wait for what bindings say now. */
static void judge(struct waiters *waiters, struct waiter *waiter, const struct session *session)
{
    const struct gateway *gateway = waiter->gateway;
    struct bindings_target target;
    struct directory_entry *entry = NULL;
    enum via_status status = bindings_find(&gateway->bindings, &gateway->directory, waiter->family,
                                           waiter->name, &session->principal, &target, &entry);
    if (status == VIA_OK || (status == VIA_DENIED && target.state == WAITING_BOUND))
        answer(waiters, waiter, status, entry);
    else
        move(waiters, waiter, &target);
}

static void look_at(struct waiters *waiters, struct waiter *waiter,
                    const struct directory_entry *entry, bool appeared)
{
    const struct session *session = sessions_get(&waiter->gateway->sessions, waiter->session);
    if (session == NULL || waiter->hash != entry->hash)
        return;
    if (waiter->is_bound) {
        judge(waiters, waiter, session);
    } else if (appeared &&
               directory_means(entry, waiter->family, waiter->name, &session->principal) &&
               directory_target(waiter->gateway, entry) != NULL) {
        bool may =
            principal_may_call(&session->principal, entry->spec.mode, entry->uid, entry->gid);
        answer(waiters, waiter, may ? VIA_OK : VIA_DENIED, entry);
    }
}

static void look_at_all(struct waiters *waiters, const struct directory_entry *entry, bool appeared)
{
    struct waiter *waiter = waiters->buckets[entry->hash % WAITERS_BUCKETS].first;
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        look_at(waiters, waiter, entry, appeared);
        waiter = next;
    }
}

void waiters_appeared(struct waiters *waiters, const struct directory_entry *entry)
{
    look_at_all(waiters, entry, true);
}

/* Where several services would have done, there may be one now. */
void waiters_gone(struct waiters *waiters, const struct directory_entry *entry)
{
    look_at_all(waiters, entry, false);
}

void waiters_judge(struct waiters *waiters)
{
    struct waiter *waiter = waiters->first;
    while (waiter != NULL) {
        struct waiter *next = waiter->next_arrived;
        const struct session *session = sessions_get(&waiter->gateway->sessions, waiter->session);
        if (waiter->is_bound && session != NULL)
            judge(waiters, waiter, session);
        waiter = next;
    }
}

/* ---- lists ---- */

#define AFTER_WAITERS (UINT64_C(1) << 63) /* places of those that do not wait any more */

static const struct waiter *waiter_after(const struct waiters *waiters, uint64_t sequence)
{
    const struct waiter *waiter = waiters->first;
    while (waiter != NULL && waiter->sequence <= sequence)
        waiter = waiter->next_arrived;
    return waiter;
}

static bool is_of(const char *family, const char *its)
{
    return *family == '\0' || strcmp(family, its) == 0;
}

/* False: who asked has gone. */
static bool describe(const struct waiter *waiter, struct waiters_line *line)
{
    const struct gateway *gateway = waiter->gateway;
    const struct session *session = sessions_get(&gateway->sessions, waiter->session);
    struct directory_entry *entry = NULL;
    if (session == NULL)
        return false;
    *line = (struct waiters_line){.family = waiter->family,
                                  .interface = waiter->name,
                                  .protocol = waiter->protocol,
                                  .uid = bindings_uid(&session->principal),
                                  .pid = session->principal.pid};
    if (waiter->is_bound &&
        bindings_find(&gateway->bindings, &gateway->directory, waiter->family, waiter->name,
                      &session->principal, &line->target, &entry) == VIA_DENIED)
        line->target = (struct bindings_target){.state = WAITING_UNBOUND};
    return true;
}

static bool describe_bound(const struct gateway *gateway, const struct bound *bound,
                           struct waiters_line *line)
{
    const struct session *session = sessions_get(&gateway->sessions, bound->client);
    if (session == NULL)
        return false;
    *line = (struct waiters_line){
        .family = bound->family,
        .interface = bound->interface,
        .protocol = bound->protocol,
        .uid = bindings_uid(&session->principal),
        .pid = session->principal.pid,
        .target = {.state = WAITING_NO_MORE, .uid = bound->server_uid, .name = bound->name}};
    return true;
}

void waiters_walk_begin(struct waiters_walk *walk, const struct gateway *gateway,
                        const char *family, uint64_t place)
{
    bool is_past = place >= AFTER_WAITERS;
    *walk = (struct waiters_walk){
        .gateway = gateway,
        .family = family,
        .waiter = is_past ? NULL : waiter_after(&gateway->waiters, place),
        .bound = bounds_after(&gateway->bounds, is_past ? place - AFTER_WAITERS : 0),
        .place = place};
}

bool waiters_walk_next(struct waiters_walk *walk, struct waiters_line *line)
{
    while (walk->waiter != NULL) {
        const struct waiter *waiter = walk->waiter;
        walk->waiter = waiter->next_arrived;
        walk->place = waiter->sequence;
        if (is_of(walk->family, waiter->family) && describe(waiter, line))
            return true;
    }
    while (walk->bound != NULL) {
        const struct bound *bound = walk->bound;
        walk->bound = bound->next;
        walk->place = AFTER_WAITERS + bound->sequence;
        if (is_of(walk->family, bound->family) && describe_bound(walk->gateway, bound, line))
            return true;
    }
    return false;
}
