/*
 * The kernel keeps the time of the last octet received and sent on each connection, so nothing is
 * noted for a frame or a read: one timer looks at it once in a period. An octet counts when it has
 * reached this host, be it a piece of a TLS record that is not whole for a long time yet; what we
 * send never counts, so a busy sender cannot put off its own question.
 *
 * A side from which nothing came for keepalive_ms is asked, ahead of what waits; when nothing has
 * come for keepalive_ms and timeout_ms, and it has had timeout_ms to answer, it is given up. The
 * second condition is for a process that was itself stopped for a while: what came meanwhile counts
 * as of when it came, and nobody is given up unasked.
 *
 * The kernel itself ends a connection (TCP_USER_TIMEOUT) when what we send is not acknowledged, or
 * not taken, for as long. Not taken, by a proxy with large buffers before a slow network, is no
 * sign of death while octets come: then it is allowed more, from look to look. (The kernel counts
 * from when the first octet did not get through, and a few that do now and then change nothing.)
 *
 * Whoever only receives must be heard too: a sender's question may wait behind megabytes that a
 * slow network still carries. So a side that has sent nothing for keepalive_ms says something,
 * though it hears the other one well.
 */
#include "bridge/liveness.h"

#include <assert.h>
#include <stdio.h>

#include "bridge/log.h"

/* The kernel's clock for it is that coarse. */
#define TICK_MS 10u

static struct liveness *of_timer(struct loop_timer *timer)
{
    return (struct liveness *)((char *)timer - offsetof(struct liveness, timer));
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void give_up(struct liveness *liveness, const char *what, uint32_t ms)
{
    char detail[160];
    (void)snprintf(detail, sizeof detail, "%s for %u ms: keepalive_ms is %u, timeout_ms %u", what,
                   (unsigned)ms, (unsigned)liveness->keepalive_ms, (unsigned)liveness->timeout_ms);
    liveness_stop(liveness);
    liveness->silent(liveness, detail);
}

static void arm(struct liveness *liveness, uint64_t at_ms)
{
    if (loop_arm(liveness->loop, &liveness->timer, at_ms) != VIA_OK)
        log_error("link.unwatched", "cause=\"no memory for a timer\"");
}

static void allow(struct liveness *liveness, const struct link_silence *silence, uint64_t now)
{
    uint64_t ms = liveness->keepalive_ms + liveness->timeout_ms;
    if (!silence->blocked)
        liveness->blocked_ms = 0;
    else if (liveness->blocked_ms == 0)
        liveness->blocked_ms = now - sooner(silence->sent_ms, now);
    if (liveness->blocked_ms != 0 && liveness->asked_ms == 0)
        ms += now - liveness->blocked_ms + liveness->keepalive_ms;
    if (ms == liveness->allowed_ms || ms > INT32_MAX)
        return;
    liveness->allowed_ms = (uint32_t)ms;
    link_allow(liveness->link, liveness->allowed_ms);
}

static void look(struct loop_timer *timer)
{
    struct liveness *liveness = of_timer(timer);
    uint32_t keepalive_ms = liveness->keepalive_ms, timeout_ms = liveness->timeout_ms;
    uint64_t now = loop_now();
    if (liveness->greeting_ms != 0 && now >= liveness->greeting_ms) {
        give_up(liveness, "no greeting came", liveness->patience_ms);
        return;
    }
    struct link_silence silence;
    if (!link_silence(liveness->link, &silence)) {
        arm(liveness, now + keepalive_ms); /* it is closing: its owner is told soon */
        return;
    }
    uint64_t heard = now - sooner(silence.received_ms, now);
    uint64_t said = later(now - sooner(silence.sent_ms, now), liveness->beat_ms);
    if (liveness->asked_ms != 0 && heard + TICK_MS >= liveness->asked_ms)
        liveness->asked_ms = 0;

    if (liveness->asked_ms != 0 && now - liveness->asked_ms >= timeout_ms &&
        silence.received_ms >= keepalive_ms + timeout_ms) {
        give_up(liveness, "nothing came", silence.received_ms);
        return;
    }
    bool asks = liveness->asked_ms == 0 && silence.received_ms >= keepalive_ms;
    if (asks)
        liveness->asked_ms = now;
    if (asks || now - said >= keepalive_ms) {
        liveness->beat_ms = said = now;
        liveness->ask(liveness);
    }

    allow(liveness, &silence, now);
    uint64_t next = liveness->asked_ms == 0
                        ? heard + keepalive_ms
                        : later(heard + keepalive_ms + timeout_ms, liveness->asked_ms + timeout_ms);
    next = sooner(next, said + keepalive_ms);
    if (liveness->greeting_ms != 0)
        next = sooner(next, liveness->greeting_ms);
    arm(liveness, later(next, now + 1));
}

enum via_status liveness_start(struct liveness *liveness, struct loop *loop, struct link *link,
                               uint32_t patience_ms)
{
    assert(liveness->link == NULL);
    struct link_silence silence;
    if (!link_silence(link, &silence))
        return VIA_OK;
    uint64_t now = loop_now();
    liveness->timer.fired = look;
    enum via_status status = loop_arm(loop, &liveness->timer, now + liveness->keepalive_ms);
    if (status != VIA_OK)
        return status;
    liveness->loop = loop;
    liveness->link = link;
    liveness->asked_ms = 0;
    liveness->allowed_ms = 0;
    liveness->blocked_ms = 0;
    liveness->beat_ms = now;
    liveness->patience_ms = patience_ms;
    liveness->greeting_ms = patience_ms != 0 ? now + patience_ms : 0;
    return VIA_OK;
}

void liveness_greeted(struct liveness *liveness)
{
    liveness->greeting_ms = 0;
}

void liveness_stop(struct liveness *liveness)
{
    if (liveness->link == NULL)
        return;
    loop_disarm(liveness->loop, &liveness->timer);
    liveness->link = NULL;
}
