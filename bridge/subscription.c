/*
 * The sink that a subscription passes to the gateway is a stub of ours without a handler: events
 * find the subscription through it. The user keeps one count, the session's list of all none; a
 * posted job holds one.
 *
 * Events may come before the thread that subscribed has seen the reply with the epoch: they wait
 * until then. Names are told again from the start when a gateway comes back, so what was known is
 * told as gone when it goes.
 */
#include "bridge/subscription.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/cargo.h"
#include "bridge/entry.h"
#include "bridge/known_names.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/pending.h"
#include "bridge/proxy.h"
#include "bridge/stub.h"
#include "codecs/control.h"
#include "codecs/event_filter.h"

/* One event, or one notice; or, without a parcel, that a name known is gone. */
struct arrival {
    struct arrival *next;
    uint32_t id;
    uint64_t number, lost;
    struct via_parcel *data; /* owned */
    struct known_name *gone; /* owned */
};

struct via_subscription {
    struct via_subscription *next; /* in the node's list */
    atomic_uint refs;
    struct via_node *node;    /* a count */
    struct via_stub *sink;    /* a count */
    struct via_proxy *target; /* a count; NULL: names */
    via_event_fn fn;
    void (*notice)(void *user, enum via_notice notice, const struct via_entry *entry);
    void (*ended)(void *user, enum via_cause cause);
    void *user;                          /* borrowed */
    char *family, *pattern, *class_name; /* owned; of names */
    struct known_names known;            /* told as there */

    uint32_t id; /* at the gateway, in @session */
    uint64_t session, epoch;
    bool open;   /* the reply has come */
    bool closed; /* by the user */
    bool over;   /* the object is dead */
    bool told;   /* `ended` has run */
    enum via_cause cause;

    struct arrival *first, **last; /* owned */
    size_t n_arrivals;
    uint64_t n_dropped; /* since the last one that came through */
    struct job job;
    bool running;
    pthread_t runner;
    struct waiter *closer; /* waits until it does not run */
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

static void drop(struct via_subscription *subscription)
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
    if (subscription->target != NULL)
        proxy_callback_posted(subscription->target);
    workers_post(subscription->node, &subscription->job);
}

static void give_event(struct via_subscription *subscription, const struct arrival *arrival)
{
    const struct via_event event = {.id = arrival->id,
                                    .epoch = subscription->epoch,
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

/* Names become known as they come, in the order in which they are told. */
static void note(struct via_subscription *subscription, const struct arrival *arrival)
{
    struct via_entry entry;
    if (subscription->notice == NULL || arrival->data == NULL ||
        entry_read(arrival->data, &entry) != VIA_OK)
        return;
    if (arrival->id == VIA_APPEAR)
        known_names_learn(&subscription->known, &entry);
    else if (arrival->id == VIA_GONE)
        known_names_forget(&subscription->known, &entry);
    if (via_parcel_seek(arrival->data, 0) != VIA_OK)
        log_warn("subscription.seek", "name=%s", entry.name);
}

static void run(struct job *job)
{
    struct via_subscription *subscription = of_job(job);
    struct via_node *node = subscription->node;
    if (has_work(subscription)) {
        struct arrival *arrival = pop(subscription);
        subscription->running = true;
        subscription->runner = pthread_self();
        if (arrival == NULL)
            subscription->told = true;
        node_unlock(node);
        if (arrival == NULL) {
            if (subscription->ended != NULL)
                subscription->ended(subscription->user, subscription->cause);
        } else {
            if (subscription->notice != NULL)
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
    if (subscription->target != NULL)
        proxy_callback_ran(subscription->target);
    drop(subscription);
}

/* ---- coming in ---- */

static void append(struct via_subscription *subscription, struct arrival *arrival)
{
    if (subscription->n_arrivals >= SUBSCRIPTION_EVENTS_MAX && subscription->notice == NULL) {
        struct arrival *oldest = pop(subscription);
        uint64_t lost = oldest->lost + 1;
        free_arrival(oldest);
        if (subscription->first != NULL)
            subscription->first->lost += lost;
        else
            arrival->lost += lost;
    }
    arrival->lost += subscription->n_dropped;
    subscription->n_dropped = 0;
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
                                .number = frame_number(frame),
                                .lost = (frame->flags & FRAME_GAP) != 0 ? frame->lost : 0,
                                .data = data};
    note(subscription, arrival);
    append(subscription, arrival);
}

void subscription_lost(void *object)
{
    struct via_stub *sink = object;
    if (sink != NULL && sink->sink != NULL)
        sink->sink->n_dropped++;
}

/* ---- the end, and the next session ---- */

static void end(struct via_subscription *subscription, enum via_cause cause)
{
    if (subscription->over)
        return;
    subscription->over = true;
    subscription->cause = cause;
    post(subscription);
}

void subscription_target_died(struct via_proxy *proxy, enum via_cause cause)
{
    struct via_subscription *subscription = proxy->node->subscriptions;
    for (; subscription != NULL; subscription = subscription->next)
        if (subscription->target == proxy)
            end(subscription, cause);
}

static void all_gone(struct via_subscription *subscription)
{
    struct known_name *known;
    while ((known = known_names_take(&subscription->known)) != NULL) {
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
        if (subscription->target != NULL)
            end(subscription, cause);
        else
            all_gone(subscription);
    }
}

bool subscription_any(const struct via_node *node)
{
    const struct via_subscription *subscription = node->subscriptions;
    for (; subscription != NULL; subscription = subscription->next)
        if (subscription->target == NULL && subscription->open && !subscription->closed)
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

static enum via_status put_watch(const struct via_subscription *subscription,
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
static enum via_status take_filter(const struct via_event_filter *given, enum via_policy policy,
                                   struct event_filter *filter)
{
    *filter = (struct event_filter){.policy = (enum event_policy)policy};
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

static enum via_status put_filter(const struct via_subscribe_options *options,
                                  struct via_parcel *request)
{
    struct event_filter filter;
    enum via_status status = take_filter(options->filter, options->policy, &filter);
    if (status != VIA_OK || (options->filter == NULL && options->policy == 0))
        return status;
    return event_filter_write(&filter, request);
}

static enum via_status put_subscribe(const struct via_subscription *subscription,
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
        status = put_filter(options, request);
    return status;
}

static enum via_status read_reply(struct via_subscription *subscription, struct via_parcel *reply)
{
    enum via_status status = via_parcel_read_u32(reply, &subscription->id);
    if (status == VIA_OK && subscription->target != NULL)
        status = via_parcel_read_u64(reply, &subscription->epoch);
    if (status == VIA_OK)
        subscription->session = subscription->node->connection.session;
    return status;
}

/* Asks the gateway, and is in the node's list from then on if it agrees. Lock held. */
static enum via_status subscribe(struct via_subscription *subscription, uint32_t verb,
                                 struct via_parcel *request)
{
    struct via_node *node = subscription->node;
    struct via_parcel *reply = NULL;
    struct target target = {
        .layout = VIA_LAYOUT_CONTROL, .code = verb, .time_ms = FRAME_NO_DEADLINE};
    link_in(subscription);
    enum via_status status = pending_call(node, NULL, &target, request, NULL, &reply);
    if (status == VIA_OK)
        status = read_reply(subscription, reply);
    (void)via_parcel_unref(reply);
    if (status != VIA_OK) {
        link_out(subscription);
        return status;
    }
    subscription->open = true;
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
        drop(subscription);
    return status;
}

enum via_status via_proxy_subscribe(struct via_proxy *proxy,
                                    const struct via_subscribe_options *options, via_event_fn fn,
                                    void *user, struct via_subscription **subscriptionp)
{
    struct via_subscribe_options all = {.size = sizeof all};
    /* A program that was built before there were filters says less. */
    if (options != NULL && options->size >= offsetof(struct via_subscribe_options, filter) &&
        options->size <= sizeof all)
        memcpy(&all, options, options->size);
    else if (options != NULL)
        return VIA_INVALID;
    options = &all;
    if (proxy == NULL || fn == NULL || subscriptionp == NULL)
        return VIA_INVALID;
    struct via_node *node = proxy->node;
    struct via_subscription *subscription;
    struct via_parcel *request = NULL;
    enum via_status status = create(node, &subscription);
    if (status != VIA_OK)
        return status;
    subscription->target = via_proxy_ref(proxy);
    subscription->fn = fn;
    subscription->ended = options->ended;
    subscription->user = user;
    status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = put_subscribe(subscription, options, request);
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
        status = put_watch(subscription, request);
    if (status == VIA_OK) {
        node_lock(node);
        status = connection_need(node, loop_now() + node->connect_ms);
        if (status == VIA_OK)
            status = subscribe(subscription, DIRECTORY_WATCH_NAMES, request);
        node_unlock(node);
    }
    return finish(subscription, status, request, subscriptionp);
}

/* ---- again ---- */

static void restored(void *user, enum via_status status, struct via_parcel *reply)
{
    struct via_subscription *subscription = user;
    if (status == VIA_OK)
        status = read_reply(subscription, reply);
    if (status != VIA_OK)
        log_warn("subscription.restore", "status=%s", via_status_name(status));
    drop(subscription);
}

static void restore(struct via_subscription *subscription)
{
    struct via_parcel *request;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK) {
        status = put_watch(subscription, request);
        (void)atomic_fetch_add(&subscription->refs, 1);
        if (status == VIA_OK)
            status = pending_errand(subscription->node, DIRECTORY_WATCH_NAMES, request, restored,
                                    subscription);
        if (status != VIA_OK)
            drop(subscription);
        (void)via_parcel_unref(request);
    }
    if (status != VIA_OK)
        log_warn("subscription.restore", "status=%s", via_status_name(status));
}

void subscription_restore(struct via_node *node)
{
    struct via_subscription *subscription = node->subscriptions;
    for (; subscription != NULL; subscription = subscription->next)
        if (subscription->target == NULL && subscription->open && !subscription->closed)
            restore(subscription);
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
    link_out(subscription);
    unsubscribe(subscription);
    if (subscription->running && !pthread_equal(subscription->runner, pthread_self()))
        wait_until_quiet(subscription);
    node_unlock(node);
    drop(subscription);
    return NULL;
}
