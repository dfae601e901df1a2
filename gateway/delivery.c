/*
 * The kept events are a slow subscriber's queue, so none costs memory by being slow. What is no
 * longer kept was dropped from the front of it: the subscriber is told how many with the next
 * event, the operator in a line of the log, one in a while for each subscription.
 */
#include "gateway/delivery.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"
#include "gateway/event_log.h"
#include "gateway/gateway.h"

#define DROPS_MS 10000u

/* Closes who asked for it. */
void delivery_evict(struct loop_task *task)
{
    struct events *events = (struct events *)((char *)task - offsetof(struct events, evict));
    struct gateway *gateway = (struct gateway *)((char *)events - offsetof(struct gateway, events));
    for (unsigned slot = 1; slot < gateway->sessions.n_places; slot++) {
        struct session *session = sessions_at(&gateway->sessions, slot);
        if (session == NULL || !session->evicted)
            continue;
        static const char why[] = "events came faster than this link took them: its policy is to "
                                  "be disconnected";
        audit_refusal(&gateway->audit, &session->principal, "events", why);
        session->ops->close(session, FRAME_BYE_EVICTED, why);
    }
}

/* The subscription's session is full. */
static void fall_behind(struct subscription *subscription)
{
    struct session *session = subscription->session;
    subscription->behind = true;
    session->behind = true;
    if (subscription->policy != EVENT_POLICY_DISCONNECT || session->evicted)
        return;
    session->evicted = true;
    loop_defer(session->gateway->loop, &session->gateway->events.evict);
}

/* It will not have @n events: it is told with the next one, the operator when there is time. */
static void drop(struct subscription *subscription, uint64_t n)
{
    struct gateway_object *target = subscription->target;
    subscription->lost += n;
    subscription->dropped += n;
    subscription->n_dropped += n;
    target->log->n_dropped += n;
    target->gateway->events.n_dropped += n;
}

/* Gives @message's event to the subscription, with what it lost before. */
static enum via_status deliver(struct subscription *subscription, const struct message *message,
                               uint64_t number)
{
    struct frame frame = *message->frame;
    frame.kind = FRAME_EVENT;
    frame.flags = 0;
    frame.id = (uint32_t)number;
    frame.time = (uint32_t)(number >> 32);
    if (subscription->lost > 0) {
        frame.flags = FRAME_GAP;
        frame.lost = subscription->lost;
    }
    struct message event = *message;
    event.frame = &frame;
    enum via_status status =
        subscription->session->ops->event(subscription->session, subscription->sink, &event);
    if (status == VIA_BUSY) {
        fall_behind(subscription);
        return status;
    }
    /* What cannot be sent to it at all (too large for it, no memory) is lost to it, and told. */
    if (status == VIA_OK)
        subscription->lost = 0;
    else
        drop(subscription, 1);
    return VIA_OK;
}

static enum via_status deliver_kept(struct subscription *subscription,
                                    const struct kept_event *kept)
{
    const struct message message = {.frame = &kept->frame, .objects = kept->objects};
    enum via_status status = deliver(subscription, &message, kept->number);
    if (status == VIA_OK && subscription->sieve != NULL)
        sieve_passed(subscription->sieve, &kept->frame, loop_now());
    return status;
}

/* ---- filters ---- */

/* Sees to it that what waits for its time goes then. */
static void arm_due(struct subscription *subscription)
{
    uint64_t due = sieve_due(subscription->sieve);
    if (due != UINT64_MAX &&
        loop_arm(subscription->session->gateway->loop, &subscription->due, due) != VIA_OK)
        log_warn("events.not_timed", "why=no_memory");
}

/* Whether the subscription's filter lets an event through now. */
static bool is_wanted(struct subscription *subscription, const struct frame *frame)
{
    if (subscription->sieve == NULL)
        return true;
    enum sieve_verdict verdict = sieve_judge(subscription->sieve, frame, loop_now());
    if (verdict == SIEVE_LATER && subscription->due.place == 0)
        arm_due(subscription);
    return verdict == SIEVE_PASS;
}

static bool is_kept_wanted(struct subscription *subscription, const struct kept_event *kept)
{
    const struct sieve *sieve = subscription->sieve;
    if (sieve != NULL && sieve->filter.age_ms != 0 &&
        loop_now() - kept->at_ms > sieve->filter.age_ms)
        return false;
    return is_wanted(subscription, &kept->frame);
}

/* The newest of each id whose time is up at @now_ms. False: its session is full. */
static bool give_due(struct subscription *subscription, uint64_t now_ms)
{
    struct sieve *sieve = subscription->sieve;
    uint32_t id;
    while (sieve != NULL && sieve_take_due(sieve, now_ms, &id)) {
        const struct kept_event *kept = event_log_latest_of(subscription->target->log, id);
        if (kept == NULL || deliver_kept(subscription, kept) == VIA_OK)
            continue;
        sieve_wait_again(sieve, id);
        return false;
    }
    return true;
}

void delivery_last(struct subscription *subscription)
{
    if (!subscription->behind)
        (void)give_due(subscription, UINT64_MAX);
}

void delivery_due(struct loop_timer *timer)
{
    struct subscription *subscription =
        (struct subscription *)((char *)timer - offsetof(struct subscription, due));
    events_settle(&subscription->target->gateway->events); /* a newer one may be among these */
    if (subscription->behind || subscription->target->death != VIA_ALIVE)
        return; /* it goes on when there is room; what is dead has given its last ones */
    if (give_due(subscription, loop_now()))
        arm_due(subscription);
}

/* A copy of each of @message's descriptors; false if there is no room for them. */
static bool copy_fds(const struct message *message, int *fds)
{
    for (size_t i = 0; i < message->frame->n_fds; i++) {
        fds[i] = message->fds[i] < 0 ? -1 : fcntl(message->fds[i], F_DUPFD_CLOEXEC, 0);
        if (fds[i] >= 0 || message->fds[i] < 0)
            continue;
        os_no_descriptors("events: duplicating");
        while (i-- > 0)
            if (fds[i] >= 0)
                (void)close(fds[i]);
        return false;
    }
    return true;
}

/* Descriptors are passed on by a copy for each subscriber, since each takes its own. */
static enum via_status deliver_live(struct subscription *subscription,
                                    const struct message *message, uint64_t number)
{
    if (message->frame->n_fds == 0)
        return deliver(subscription, message, number);
    int fds[UINT8_MAX];
    struct message copy = *message;
    copy.fds = fds;
    if (!copy_fds(message, fds)) {
        drop(subscription, 1);
        return VIA_OK;
    }
    uint64_t lost = subscription->lost;
    enum via_status status = deliver(subscription, &copy, number);
    if (status != VIA_OK || subscription->lost > lost)
        message_close_fds(&copy);
    return status;
}

void delivery_live(struct subscription *subscription, const struct message *message,
                   uint64_t number)
{
    if (!subscription->started || subscription->behind || subscription->next != number)
        return;
    bool wanted = is_wanted(subscription, message->frame);
    if (wanted && deliver_live(subscription, message, number) != VIA_OK)
        return;
    subscription->next = number + 1;
    if (wanted && subscription->sieve != NULL)
        sieve_passed(subscription->sieve, message->frame, loop_now());
}

/* What is meant for one client is not kept, so neither is it held back. */
void delivery_alone(struct subscription *subscription, const struct message *message)
{
    if (!subscription->started)
        return;
    if (subscription->behind) {
        drop(subscription, 1);
        return;
    }
    if (subscription->sieve != NULL &&
        !sieve_passes(subscription->sieve, message->frame, loop_now()))
        return;
    if (deliver_live(subscription, message, 0) != VIA_OK)
        drop(subscription, 1);
    else if (subscription->sieve != NULL)
        sieve_passed(subscription->sieve, message->frame, loop_now());
}

void delivery_let_kept_go(struct gateway_object *target)
{
    struct gateway_object *home = event_log_home(target);
    const struct subscription *subscription = home->log->subscriptions;
    while (subscription != NULL && !subscription->behind)
        subscription = subscription->next_of_target;
    if (subscription == NULL && home->death != VIA_ALIVE)
        event_log_drop_kept(home);
}

/* A subscription of @session no longer holds up the news that @target has died. */
void delivery_tell_death(struct gateway_object *target, struct session *session)
{
    if (!events_is_behind(target, session))
        session->ops->death(session, target, target->death);
    delivery_let_kept_go(target);
}

/* The newest of each id that it still is to have. False: its session is full. */
static bool give_latest(struct subscription *subscription)
{
    const struct event_log *log = subscription->target->log;
    while (subscription->latest_after < subscription->latest_to) {
        const struct kept_event *kept =
            event_log_next_latest(log, subscription->latest_after, subscription->latest_to);
        uint64_t number = kept != NULL ? kept->number : subscription->latest_to + 1;
        if (subscription->skips)
            drop(subscription, number - subscription->latest_after - 1);
        subscription->latest_after = number - 1; /* these have been counted */
        if (kept != NULL && is_kept_wanted(subscription, kept) &&
            deliver_kept(subscription, kept) != VIA_OK)
            return false;
        subscription->latest_after = kept != NULL ? number : subscription->latest_to;
    }
    subscription->skips = false;
    return true;
}

/* What came while it was behind, as its policy has it: it goes on with the newest of each id. */
static void skip_to_newest(struct subscription *subscription)
{
    const struct event_log *log = subscription->target->log;
    if (subscription->policy != EVENT_POLICY_NEWEST || subscription->next > log->newest)
        return;
    subscription->latest_after = subscription->next - 1;
    subscription->latest_to = log->newest;
    subscription->next = log->newest + 1;
    subscription->skips = true;
}

/* The rest of the kept ones, in order. False: its session is full. */
bool delivery_rest(struct subscription *subscription)
{
    const struct event_log *log = subscription->target->log;
    unsigned kept_max = subscription->target->gateway->events.kept_max;
    while (subscription->next <= log->newest) {
        if (subscription->next < log->oldest) {
            drop(subscription, log->oldest - subscription->next);
            subscription->next = log->oldest;
            continue;
        }
        const struct kept_event *kept = log->ring[subscription->next % kept_max];
        if (kept == NULL) {
            drop(subscription, 1);
        } else if (is_kept_wanted(subscription, kept) &&
                   deliver_kept(subscription, kept) != VIA_OK) {
            return false;
        }
        subscription->next++;
    }
    return true;
}

/* What was dropped is told to the operator too: one line in DROPS_MS for each subscription. */
static void tell_drops(struct subscription *subscription)
{
    const struct session *session = subscription->session;
    log_warn("events.dropped", "to=\"%s\" identity=\"%s\" n=%llu of=%llu policy=%s",
             session->principal.address, session->principal.identity,
             (unsigned long long)subscription->dropped, (unsigned long long)subscription->n_dropped,
             subscription->policy == EVENT_POLICY_NEWEST ? "newest" : "oldest");
    subscription->dropped = 0;
    subscription->told_ms = loop_now();
}

void delivery_end(struct subscription *subscription)
{
    if (subscription->dropped > 0)
        tell_drops(subscription);
}

/* Gives it what is kept and it has not had, until it has all or its session is full. */
void delivery_catch_up(struct subscription *subscription)
{
    bool was_behind = subscription->behind;
    subscription->behind = false;
    if (!give_latest(subscription))
        return;
    if (was_behind)
        skip_to_newest(subscription);
    if (!give_latest(subscription) || !delivery_rest(subscription))
        return;
    if (subscription->death != VIA_ALIVE && !give_due(subscription, UINT64_MAX))
        return;
    if (subscription->dropped > 0 &&
        (subscription->told_ms == 0 || loop_now() - subscription->told_ms >= DROPS_MS))
        tell_drops(subscription);
    if (subscription->sieve != NULL && subscription->due.place == 0)
        arm_due(subscription);
    if (subscription->death == VIA_ALIVE)
        return;
    delivery_tell_death(subscription->target, subscription->session);
    subscription->death = VIA_ALIVE;
    subscription->started = false;
}
