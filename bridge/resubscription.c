/*
 * What a lost session does to subscriptions, where they are to go on. One to an object asks three
 * questions, one after the other, each an errand: find the name, which waits at the gateway until
 * somebody has it; open it, if the lost one had been opened; subscribe, after the last event that
 * came. A watch of names asks two: watch, and a ping, whose answer comes behind all the names that
 * are there.
 *
 * A question that the next lost session swallows is asked again in the one after it; one that
 * cannot be asked now, or comes too late, a little later. What the gateway forbids ends it.
 */
#include "bridge/directory_call.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/proxy.h"
#include "bridge/subscription_state.h"
#include "codecs/control.h"

typedef void (*answer_fn)(void *user, enum via_status status, struct via_parcel *reply);

/* Takes @request, and @status: what became of making it. */
static void ask(struct via_subscription *subscription, enum via_status status,
                const struct target *target, struct via_parcel *request, answer_fn done)
{
    (void)atomic_fetch_add(&subscription->refs, 1);
    if (status == VIA_OK)
        status = errand_start(&subscription->errand, subscription->node, target, request, done,
                              subscription);
    (void)via_parcel_unref(request);
    if (status == VIA_OK)
        return;
    log_debug("resubscription.ask", "verb=%u status=%s", target->code, via_status_name(status));
    names_retry_later(subscription->node);
    subscription_drop(subscription);
}

static struct target target_of(uint32_t number, uint32_t verb)
{
    return (struct target){
        .number = number, .layout = VIA_LAYOUT_CONTROL, .code = verb, .time_ms = FRAME_NO_DEADLINE};
}

/* What an answer that was none means. */
static void failed(struct via_subscription *subscription, enum via_status status)
{
    switch (status) {
    case VIA_DENIED:
    case VIA_UNSUPPORTED:
    case VIA_INVALID:
    case VIA_BAD_PAYLOAD:
        log_warn("resubscription.failed", "status=%s", via_status_name(status));
        if (subscription->target != NULL)
            subscription_end(subscription, VIA_LINK_LOST);
        break;
    default:
        names_retry_later(subscription->node);
        break;
    }
}

/* ---- events ---- */

/* As it was asked for at first, where nothing has come that would be known. */
static struct via_subscribe_options start_of(const struct via_subscription *subscription)
{
    struct via_subscribe_options options = subscription->options;
    if (subscription->any || options.from != VIA_FROM_LATEST) {
        options.from = VIA_FROM_SINCE;
        options.epoch = subscription->epoch;
        options.number = subscription->number;
    }
    return options;
}

static void subscribed(void *user, enum via_status status, struct via_parcel *reply)
{
    struct via_subscription *subscription = user;
    bool recovered = false, any = subscription->any;
    uint64_t epoch = subscription->epoch;
    subscription->errand = NULL;
    subscription->any = false;
    if (status == VIA_OK)
        status = subscription_read_reply(subscription, reply, &recovered);
    if (subscription->epoch == epoch)
        subscription->any = any;
    if (status == VIA_OK) {
        subscription->lost = false;
        subscription_mark(subscription, recovered);
    } else {
        failed(subscription, status);
    }
    subscription_drop(subscription);
}

static void subscribe(struct via_subscription *subscription)
{
    const struct via_subscribe_options options = start_of(subscription);
    const struct target target = target_of(0, DIRECTORY_SUBSCRIBE);
    struct via_parcel *request = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = subscription_put_subscribe(subscription, &options, request);
    ask(subscription, status, &target, request, subscribed);
}

/* The object in @reply is the target from now on: its first reference. */
static enum via_status take_target(struct via_subscription *subscription, struct via_parcel *reply,
                                   bool opened)
{
    struct via_proxy *proxy = NULL, *old = subscription->target;
    enum via_status status = via_parcel_read_ref(reply, &proxy);
    if (status == VIA_OK && proxy == NULL)
        status = VIA_NOT_FOUND; /* it went while the reply was under way */
    if (status != VIA_OK)
        return status;
    proxy_set_name(proxy, old->name->family, old->name->name, opened);
    if (proxy->name == NULL) {
        (void)via_proxy_unref(proxy);
        return VIA_NO_MEMORY;
    }
    subscription->target = proxy;
    (void)via_proxy_unref(old);
    return VIA_OK;
}

static void opened(void *user, enum via_status status, struct via_parcel *reply)
{
    struct via_subscription *subscription = user;
    subscription->errand = NULL;
    if (status == VIA_OK)
        status = take_target(subscription, reply, true);
    if (status == VIA_OK)
        subscribe(subscription);
    else
        failed(subscription, status);
    subscription_drop(subscription);
}

/* @reply has the object that is to be opened: the target is still the one that was lost. */
static enum via_status open_again(struct via_subscription *subscription, struct via_parcel *reply)
{
    struct via_proxy *proxy = NULL;
    struct via_parcel *request = NULL;
    enum via_status status = via_parcel_read_ref(reply, &proxy);
    if (status == VIA_OK && proxy == NULL)
        status = VIA_NOT_FOUND;
    if (status == VIA_OK)
        status = proxy_check(proxy);
    if (status == VIA_OK && proxy->local != NULL)
        status = VIA_UNSUPPORTED;
    if (status == VIA_OK) {
        const struct target target = target_of(proxy->handle.number, OBJECT_OPEN);
        status = via_parcel_create(&request);
        if (status == VIA_OK)
            status = via_parcel_write_ref(request, NULL);
        ask(subscription, status, &target, request, opened);
        status = VIA_OK;
    }
    (void)via_proxy_unref(proxy);
    return status;
}

static void found(void *user, enum via_status status, struct via_parcel *reply)
{
    struct via_subscription *subscription = user;
    bool opens = subscription->target->name->opened;
    subscription->errand = NULL;
    if (status == VIA_OK)
        status = opens ? open_again(subscription, reply) : take_target(subscription, reply, false);
    if (status != VIA_OK)
        failed(subscription, status);
    else if (!opens)
        subscribe(subscription);
    subscription_drop(subscription);
}

static void find(struct via_subscription *subscription)
{
    const struct proxy_name *name = subscription->target->name;
    const struct target target = target_of(0, DIRECTORY_FIND);
    struct via_parcel *request = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = directory_put_find(request, name->family, name->name, true);
    ask(subscription, status, &target, request, found);
}

/* ---- names ---- */

static void settled(void *user, enum via_status status, struct via_parcel *reply)
{
    struct via_subscription *subscription = user;
    (void)reply;
    subscription->errand = NULL;
    if (status == VIA_OK)
        subscription_settle(subscription);
    else
        failed(subscription, status);
    subscription_drop(subscription);
}

static void settle(struct via_subscription *subscription)
{
    const struct target target = target_of(0, DIRECTORY_PING);
    ask(subscription, VIA_OK, &target, NULL, settled);
}

static void watched(void *user, enum via_status status, struct via_parcel *reply)
{
    struct via_subscription *subscription = user;
    subscription->errand = NULL;
    if (status == VIA_OK)
        status = subscription_read_reply(subscription, reply, NULL);
    if (status == VIA_OK)
        settle(subscription);
    else
        failed(subscription, status);
    subscription_drop(subscription);
}

static void watch(struct via_subscription *subscription)
{
    const struct target target = target_of(0, DIRECTORY_WATCH_NAMES);
    struct via_parcel *request = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = subscription_put_watch(subscription, request);
    ask(subscription, status, &target, request, watched);
}

/* ---- when ---- */

bool resubscription_is_wanted(const struct via_subscription *subscription)
{
    return subscription->options.resubscribed != NULL && subscription->target != NULL &&
           subscription->target->name != NULL && !subscription->closed &&
           !subscription->node->closed;
}

static void stop(struct via_subscription *subscription)
{
    struct errand *errand = subscription->errand;
    if (errand == NULL)
        return;
    subscription->errand = NULL;
    errand_abandon(errand);
    subscription_drop(subscription);
}

/* Often in the midst of a session's end: what is to be asked waits until that is done. */
void resubscription_begin(struct via_subscription *subscription)
{
    stop(subscription);
    subscription->lost = true;
    subscription->session = 0;
    names_retry_soon(subscription->node);
}

void resubscription_end(struct via_subscription *subscription)
{
    stop(subscription);
    subscription->lost = false;
}

static void go_on(struct via_subscription *subscription)
{
    if (subscription->closed || !subscription->open || subscription->errand != NULL)
        return;
    if (subscription->target != NULL) {
        if (subscription->lost)
            find(subscription);
    } else if (!connection_is_current(subscription->node, subscription->session)) {
        watch(subscription);
    } else if (subscription->unsettled) {
        settle(subscription);
    }
}

void subscription_restore(struct via_node *node)
{
    struct via_subscription *subscription = node->subscriptions;
    for (; subscription != NULL; subscription = subscription->next)
        go_on(subscription);
}
