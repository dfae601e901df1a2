/*
 * The sink that a subscription passes to the gateway is a stub of ours without a handler: events
 * find the subscription through it. The user keeps one count, the session's list of all none; a
 * posted job holds one.
 *
 * Events may come before the thread that subscribed has seen the reply with the epoch: they wait
 * until then. Names are told again from the start when a gateway comes back: of what was known and
 * is there again nothing is told, and what is not, when all have come, is gone.
 */
#include "bridge/subscription.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/cargo.h"
#include "bridge/entry.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/options.h"
#include "bridge/pending.h"
#include "bridge/proxy.h"
#include "bridge/stub.h"
#include "bridge/subscription_state.h"
#include "codecs/control.h"

/* One event, or one notice; without a parcel, that a known name is gone, or a mark: that it goes on
 * after a lost session. */
struct arrival {
    struct arrival *next;
    uint32_t id;
    bool mark, recovered;
    uint64_t epoch, number, lost;
    struct via_parcel *data; /* owned */
    struct known_name *gone; /* owned */
};

static struct via_subscription *of_job(struct job *job)
{
    return (struct via_subscription *)((char *)job - offsetof(struct via_subscription, job));
}

static void free_arrival(struct arrival *arrival)
{
    (void)via_parcel_unref(arrival->data);
    (void)known_name_free(arrival->gone);
    free(arrival);
}

static struct arrival *pop(struct via_subscription *subscription)
{
    struct arrival *arrival = subscription->first;
    if (arrival == NULL)
        return NULL;
    subscription->first = arrival->next;
    if (subscription->first == NULL)
        subscription->last = &subscription->first;
    subscription->n_arrivals--;
    return arrival;
}

void subscription_drop(struct via_subscription *subscription)
{
    struct via_node *node = subscription->node;
    if (atomic_fetch_sub(&subscription->refs, 1) != 1)
        return;
    struct arrival *arrival;
    while ((arrival = pop(subscription)) != NULL)
        free_arrival(arrival);
    known_names_clear(&subscription->known);
    (void)via_proxy_unref(subscription->target);
    (void)via_stub_unref(subscription->sink);
    free(subscription->family);
    free(subscription->pattern);
    free(subscription->class_name);
    free(subscription);
    (void)node_unref(node);
}

/* ---- handing over ---- */

static bool has_work(const struct via_subscription *subscription)
{
    if (subscription->closed || !subscription->open)
        return false;
    return subscription->first != NULL || (subscription->over && !subscription->told);
}

static void post(struct via_subscription *subscription)
{
    if (!has_work(subscription) || subscription->running || subscription->job.queued)
        return;
    (void)atomic_fetch_add(&subscription->refs, 1);
    if (subscription->target != NULL) {
        subscription->posted = via_proxy_ref(subscription->target);
        proxy_callback_posted(subscription->posted);
    }
    if (subscription->lane != NULL)
        lane_post(subscription->lane, &subscription->job);
    else
        workers_post(subscription->node, &subscription->job);
}

static void give_event(struct via_subscription *subscription, const struct arrival *arrival)
{
    const struct via_event event = {.id = arrival->id,
                                    .epoch = arrival->epoch,
                                    .number = arrival->number,
                                    .lost = arrival->lost,
                                    .data = arrival->data};
    subscription->fn(subscription->user, &event);
}

static void give_notice(struct via_subscription *subscription, const struct arrival *arrival)
{
    struct via_entry entry = {.class_name = "", .protocol = "", .info = ""};
    if (arrival->gone != NULL) {
        entry.family = arrival->gone->family;
        entry.name = arrival->gone->name;
    } else if (entry_read(arrival->data, &entry) != VIA_OK) {
        log_warn("subscription.entry", "status=%s", via_status_name(VIA_BAD_PAYLOAD));
        return;
    }
    subscription->notice(subscription->user, (enum via_notice)arrival->id, &entry);
}

/* Names become known as they come, in the order in which they are told. False for one that was
 * known, and is there still: nothing is to be told. */
static bool note(struct via_subscription *subscription, struct arrival *arrival)
{
    struct via_entry entry;
    bool news = true;
    if (subscription->notice == NULL || entry_read(arrival->data, &entry) != VIA_OK)
        return true;
    switch ((enum via_notice)arrival->id) {
    case VIA_APPEAR:
        switch (known_names_confirm(&subscription->known, &entry)) {
        case KNOWN_NAME_NEW:
            known_names_learn(&subscription->known, &entry);
            break;
        case KNOWN_NAME_CHANGED:
            arrival->id = VIA_CHANGE;
            break;
        case KNOWN_NAME_SAME:
            news = false;
            break;
        }
        break;
    case VIA_CHANGE:
        known_names_change(&subscription->known, &entry);
        break;
    case VIA_GONE:
        known_names_forget(&subscription->known, &entry);
        break;
    }
    if (via_parcel_seek(arrival->data, 0) != VIA_OK)
        log_warn("subscription.seek", "name=%s", entry.name);
    return news;
}

static void run(struct job *job)
{
    struct via_subscription *subscription = of_job(job);
    struct via_node *node = subscription->node;
    struct via_proxy *posted = subscription->posted; /* the target may be another one by the end */
    subscription->posted = NULL;
    if (has_work(subscription)) {
        struct arrival *arrival = pop(subscription);
        subscription->running = true;
        subscription->runner = pthread_self();
        if (arrival == NULL)
            subscription->told = true;
        node_unlock(node);
        if (arrival == NULL) {
            if (subscription->options.ended != NULL)
                subscription->options.ended(subscription->user, subscription->cause);
        } else {
            if (arrival->mark)
                subscription->options.resubscribed(subscription->user, arrival->recovered);
            else if (subscription->notice != NULL)
                give_notice(subscription, arrival);
            else
                give_event(subscription, arrival);
            free_arrival(arrival);
        }
        node_lock(node);
        subscription->running = false;
        if (subscription->closer != NULL)
            lead_done(node, subscription->closer);
    }
    post(subscription);
    if (posted != NULL)
        proxy_callback_ran(posted);
    (void)via_proxy_unref(posted);
    subscription_drop(subscription);
}

/* ---- coming in ---- */

/* Takes the oldest event out, and adds it to what the next one says is lost. Marks stay. */
static void drop_oldest(struct via_subscription *subscription, struct arrival *newest)
{
    struct arrival **at = &subscription->first;
    while (*at != NULL && (*at)->mark)
        at = &(*at)->next;
    struct arrival *oldest = *at;
    if (oldest == NULL)
        return;
    *at = oldest->next;
    if (oldest->next == NULL)
        subscription->last = at;
    subscription->n_arrivals--;
    struct arrival *heir = oldest->next;
    while (heir != NULL && heir->mark)
        heir = heir->next;
    (heir != NULL ? heir : newest)->lost += oldest->lost + 1;
    free_arrival(oldest);
}

static void append(struct via_subscription *subscription, struct arrival *arrival)
{
    if (subscription->n_arrivals >= SUBSCRIPTION_EVENTS_MAX && subscription->notice == NULL)
        drop_oldest(subscription, arrival);
    if (!arrival->mark) {
        arrival->lost += subscription->n_dropped;
        subscription->n_dropped = 0;
    }
    *subscription->last = arrival;
    subscription->last = &arrival->next;
    subscription->n_arrivals++;
    post(subscription);
}

void subscription_received(struct via_node *node, void *object, const struct frame *frame,
                           const int *fds)
{
    struct via_stub *sink = object;
    struct via_subscription *subscription = sink != NULL ? sink->sink : NULL;
    if (subscription == NULL || subscription->closed) {
        cargo_discard(node, frame, fds);
        return;
    }
    struct via_parcel *data;
    struct arrival *arrival = NULL;
    enum via_status status = cargo_unpack(node, frame, fds, &data);
    if (status == VIA_OK) {
        arrival = calloc(1, sizeof *arrival);
        if (arrival == NULL)
            (void)via_parcel_unref(data);
    }
    if (arrival == NULL) {
        subscription->n_dropped += 1 + frame->lost;
        return;
    }
    *arrival = (struct arrival){.id = frame->code,
                                .epoch = subscription->epoch,
                                .number = frame_number(frame),
                                .lost = (frame->flags & FRAME_GAP) != 0 ? frame->lost : 0,
                                .data = data};
    if (arrival->number != 0) {
        subscription->number = arrival->number;
        subscription->any = true;
    }
    if (note(subscription, arrival))
        append(subscription, arrival);
    else
        free_arrival(arrival);
}

void subscription_mark(struct via_subscription *subscription, bool recovered)
{
    struct arrival *arrival = calloc(1, sizeof *arrival);
    if (arrival == NULL) {
        log_warn("subscription.mark", "status=%s", via_status_name(VIA_NO_MEMORY));
        return;
    }
    arrival->mark = true;
    arrival->recovered = recovered;
    append(subscription, arrival);
}

void subscription_lost(void *object, const struct frame *head)
{
    struct via_stub *sink = object;
    if (sink != NULL && sink->sink != NULL)
        sink->sink->n_dropped += 1 + head->lost;
}

/* ---- the end, and the next session ---- */

void subscription_end(struct via_subscription *subscription, enum via_cause cause)
{
    if (subscription->over)
        return;
    resubscription_end(subscription);
    subscription->over = true;
    subscription->cause = cause;
    post(subscription);
}

/* Its object died of @cause; one that is being looked for has done so before. */
static void end(struct via_subscription *subscription, enum via_cause cause)
{
    if (subscription->lost || subscription->over)
        return;
    if (cause == VIA_LINK_LOST && resubscription_is_wanted(subscription))
        resubscription_begin(subscription);
    else
        subscription_end(subscription, cause);
}

void subscription_target_died(struct via_proxy *proxy, enum via_cause cause)
{
    struct via_subscription *subscription = proxy->node->subscriptions;
    for (; subscription != NULL; subscription = subscription->next)
        if (subscription->target == proxy)
            end(subscription, cause);
}

void subscription_settle(struct via_subscription *subscription)
{
    struct known_name *known;
    subscription->unsettled = false;
    while ((known = known_names_take_doubted(&subscription->known)) != NULL) {
        struct arrival *arrival = calloc(1, sizeof *arrival);
        if (arrival == NULL) {
            (void)known_name_free(known);
            continue;
        }
        arrival->id = VIA_GONE;
        arrival->gone = known;
        append(subscription, arrival);
    }
}

void subscription_end_all(struct via_node *node, enum via_cause cause)
{
    struct via_subscription *subscription = node->subscriptions;
    for (; subscription != NULL; subscription = subscription->next) {
        if (subscription->target == NULL) {
            known_names_doubt(&subscription->known);
            subscription->unsettled = true;
            if (node->closed)
                subscription_settle(subscription); /* nobody will confirm any */
        } else if (node->closed) {
            subscription_end(subscription, cause);
        } else {
            end(subscription, cause);
        }
    }
}

bool subscription_any(const struct via_node *node)
{
    const struct via_subscription *subscription = node->subscriptions;
    for (; subscription != NULL; subscription = subscription->next)
        if (subscription->open && !subscription->closed &&
            (subscription->target == NULL || subscription->lost))
            return true;
    return false;
}

/* ---- subscribing ---- */

static enum via_status create(struct via_node *node, struct via_subscription **subscriptionp)
{
    struct via_subscription *subscription = calloc(1, sizeof *subscription);
    if (subscription == NULL)
        return VIA_NO_MEMORY;
    static const struct via_stub_ops ops = {.size = sizeof ops};
    enum via_status status = via_stub_create(node, &ops, subscription, &subscription->sink);
    if (status != VIA_OK) {
        free(subscription);
        return status;
    }
    atomic_init(&subscription->refs, 1);
    subscription->sink->sink = subscription;
    subscription->node = node_ref(node);
    subscription->last = &subscription->first;
    subscription->job.run = run;
    *subscriptionp = subscription;
    return VIA_OK;
}

static void link_in(struct via_subscription *subscription)
{
    subscription->next = subscription->node->subscriptions;
    subscription->node->subscriptions = subscription;
}

static void link_out(struct via_subscription *subscription)
{
    struct via_subscription **at = &subscription->node->subscriptions;
    while (*at != NULL && *at != subscription)
        at = &(*at)->next;
    if (*at != NULL)
        *at = subscription->next;
    subscription->sink->sink = NULL;
}

enum via_status subscription_put_watch(const struct via_subscription *subscription,
                                       struct via_parcel *request)
{
    enum via_status status = via_parcel_write_str(request, subscription->family);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, subscription->pattern);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, subscription->class_name);
    if (status == VIA_OK)
        status = via_parcel_write_ref(request, &subscription->sink->proxy);
    return status;
}

/* What the program wants, as the gateway takes it. VIA_INVALID: that makes no sense. */
static enum via_status take_filter(struct via_subscription *subscription,
                                   const struct via_event_filter *given, enum via_policy policy)
{
    struct event_filter *filter = &subscription->filter;
    filter->policy = (enum event_policy)policy;
    subscription->filtered = given != NULL || policy != 0;
    if ((unsigned)policy > VIA_POLICY_DISCONNECT)
        return VIA_INVALID;
    if (given == NULL)
        return VIA_OK;
    if (given->size != sizeof *given || given->n_ids > EVENT_FILTER_IDS_MAX)
        return VIA_INVALID;
    event_filter_set_ids(filter, given->ids, given->n_ids);
    filter->every_ms = given->every_ms;
    filter->age_ms = given->age_ms;
    filter->value = given->value;
    filter->by_change = given->by_change;
    filter->change = given->change;
    filter->has_low = given->has_low;
    filter->has_high = given->has_high;
    filter->low = given->low;
    filter->high = given->high;
    return event_filter_is_sane(filter) ? VIA_OK : VIA_INVALID;
}

enum via_status subscription_put_subscribe(const struct via_subscription *subscription,
                                           const struct via_subscribe_options *options,
                                           struct via_parcel *request)
{
    enum via_status status = via_parcel_write_ref(request, subscription->target);
    if (status == VIA_OK)
        status = via_parcel_write_ref(request, &subscription->sink->proxy);
    if (status == VIA_OK)
        status = via_parcel_write_u8(request, (uint8_t)options->from);
    if (status == VIA_OK)
        status = via_parcel_write_u64(request, options->epoch);
    if (status == VIA_OK)
        status = via_parcel_write_u64(request, options->number);
    if (status == VIA_OK)
        status =
            subscription->filtered ? event_filter_write(&subscription->filter, request) : VIA_OK;
    return status;
}

enum via_status subscription_read_reply(struct via_subscription *subscription,
                                        struct via_parcel *reply, bool *recoveredp)
{
    uint64_t epoch = 0, number = 0;
    bool recovered = true;
    enum via_status status = via_parcel_read_u32(reply, &subscription->id);
    if (status == VIA_OK && subscription->target != NULL) {
        status = via_parcel_read_u64(reply, &epoch);
        if (status == VIA_OK)
            status = via_parcel_read_u64(reply, &number);
        if (status == VIA_OK)
            status = via_parcel_read_bool(reply, &recovered);
    }
    if (status != VIA_OK)
        return status;
    subscription->session = subscription->node->connection.session;
    if (subscription->epoch != epoch && !subscription->any)
        subscription->number = subscription->epoch == 0 ? number : 0; /* all that is kept comes */
    subscription->epoch = epoch;
    if (recoveredp != NULL)
        *recoveredp = recovered;
    return VIA_OK;
}

/* Asks the gateway, and is in the node's list from then on if it agrees. Lock held. */
static enum via_status subscribe(struct via_subscription *subscription, uint32_t verb,
                                 struct via_parcel *request)
{
    struct via_node *node = subscription->node;
    struct via_parcel *reply = NULL;
    struct target target = {
        .layout = VIA_LAYOUT_CONTROL, .code = verb, .time_ms = FRAME_NO_DEADLINE};
    uint64_t session = node->connection.session;
    link_in(subscription);
    enum via_status status = pending_call(node, NULL, &target, request, NULL, &reply);
    if (status == VIA_OK)
        status = subscription_read_reply(subscription, reply, NULL);
    (void)via_parcel_unref(reply);
    if (status != VIA_OK) {
        link_out(subscription);
        return status;
    }
    for (struct arrival *early = subscription->first; early != NULL; early = early->next)
        early->epoch = subscription->epoch;
    subscription->open = true;
    subscription->session = session;
    if (!connection_is_current(node, session))
        names_retry_soon(node); /* it was lost before this thread came to see the answer */
    post(subscription);
    return VIA_OK;
}

/* The caller gets it, or nobody. No lock held. */
static enum via_status finish(struct via_subscription *subscription, enum via_status status,
                              struct via_parcel *request, struct via_subscription **subscriptionp)
{
    (void)via_parcel_unref(request);
    if (status == VIA_OK)
        *subscriptionp = subscription;
    else
        subscription_drop(subscription);
    return status;
}

static enum via_status subscribe_to(struct via_proxy *proxy, struct lane *lane,
                                    const struct via_subscribe_options *options, via_event_fn fn,
                                    void *user, struct via_subscription **subscriptionp)
{
    struct via_subscribe_options taken = {0};
    const size_t least = offsetof(struct via_subscribe_options, filter);
    if (proxy == NULL || fn == NULL || subscriptionp == NULL ||
        !options_take(&taken, sizeof taken, least, options))
        return VIA_INVALID;
    struct via_node *node = proxy->node;
    struct via_subscription *subscription;
    struct via_parcel *request = NULL;
    enum via_status status = create(node, &subscription);
    if (status != VIA_OK)
        return status;
    subscription->target = via_proxy_ref(proxy);
    subscription->lane = lane;
    subscription->fn = fn;
    subscription->options = taken;
    if (taken.from == VIA_FROM_SINCE) {
        subscription->epoch = taken.epoch;
        subscription->number = taken.number;
    }
    subscription->user = user;
    subscription->options.filter = NULL; /* the program's own */
    status = take_filter(subscription, taken.filter, taken.policy);
    if (status == VIA_OK)
        status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = subscription_put_subscribe(subscription, &taken, request);
    if (status == VIA_OK) {
        node_lock(node);
        status = proxy_check(proxy);
        if (status == VIA_OK)
            status = connection_need(node, loop_now() + node->connect_ms);
        if (status == VIA_OK)
            status = subscribe(subscription, DIRECTORY_SUBSCRIBE, request);
        node_unlock(node);
    }
    return finish(subscription, status, request, subscriptionp);
}

enum via_status via_proxy_subscribe(struct via_proxy *proxy,
                                    const struct via_subscribe_options *options, via_event_fn fn,
                                    void *user, struct via_subscription **subscriptionp)
{
    return subscribe_to(proxy, NULL, options, fn, user, subscriptionp);
}

enum via_status lane_subscribe(struct lane *lane, struct via_proxy *proxy, via_event_fn fn,
                               void *user, struct via_subscription **subscriptionp)
{
    return subscribe_to(proxy, lane, NULL, fn, user, subscriptionp);
}

static bool copy_text(char **to, const char *text)
{
    *to = strdup(text != NULL ? text : "");
    return *to != NULL;
}

enum via_status via_node_watch_names(struct via_node *node, const char *family, const char *pattern,
                                     const char *class_name,
                                     void (*fn)(void *user, enum via_notice notice,
                                                const struct via_entry *entry),
                                     void *user, struct via_subscription **subscriptionp)
{
    if (node == NULL || fn == NULL || subscriptionp == NULL)
        return VIA_INVALID;
    struct via_subscription *subscription;
    struct via_parcel *request = NULL;
    enum via_status status = create(node, &subscription);
    if (status != VIA_OK)
        return status;
    subscription->notice = fn;
    subscription->user = user;
    if (!copy_text(&subscription->family, family) || !copy_text(&subscription->pattern, pattern) ||
        !copy_text(&subscription->class_name, class_name))
        status = VIA_NO_MEMORY;
    if (status == VIA_OK)
        status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = subscription_put_watch(subscription, request);
    if (status == VIA_OK) {
        node_lock(node);
        status = connection_need(node, loop_now() + node->connect_ms);
        if (status == VIA_OK)
            status = subscribe(subscription, DIRECTORY_WATCH_NAMES, request);
        node_unlock(node);
    }
    return finish(subscription, status, request, subscriptionp);
}

/* ---- closing ---- */

static void unsubscribe(struct via_subscription *subscription)
{
    struct via_node *node = subscription->node;
    struct via_parcel *request;
    if (!connection_is_current(node, subscription->session) ||
        via_parcel_create(&request) != VIA_OK)
        return; /* the gateway finds out when the sink is given back */
    uint32_t verb = subscription->target != NULL ? DIRECTORY_UNSUBSCRIBE : DIRECTORY_UNWATCH_NAMES;
    enum via_status status = via_parcel_write_u32(request, subscription->id);
    if (status == VIA_OK)
        status = pending_errand(node, verb, request, NULL, NULL);
    if (status != VIA_OK)
        log_debug("subscription.close", "status=%s", via_status_name(status));
    (void)via_parcel_unref(request);
}

static void wait_until_quiet(struct via_subscription *subscription)
{
    struct waiter waiter;
    waiter_init(&waiter, RANK_CALLER);
    subscription->closer = &waiter;
    (void)lead_wait(subscription->node, &waiter, LEAD_FOR_EVER);
    subscription->closer = NULL;
    waiter_deinit(&waiter);
}

struct via_subscription *via_subscription_close(struct via_subscription *subscription)
{
    if (subscription == NULL)
        return NULL;
    struct via_node *node = subscription->node;
    node_lock(node);
    subscription->closed = true;
    resubscription_end(subscription);
    link_out(subscription);
    unsubscribe(subscription);
    if (subscription->running && !pthread_equal(subscription->runner, pthread_self()))
        wait_until_quiet(subscription);
    node_unlock(node);
    subscription_drop(subscription);
    return NULL;
}
