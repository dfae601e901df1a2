/*
 * The session's number has its key in it, so it is found without a table. A secret is compared in
 * constant time, and only whoever has the identity of before may have it at all.
 *
 * A link that is still there when its client comes back is dead and does not know it yet: it goes
 * first, so that the count of what came over it is final.
 */
#include "gateway/resumption.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "bridge/log.h"
#include "gateway/binary.h"
#include "gateway/gateway.h"

static struct binary *of_grace(struct loop_timer *timer)
{
    struct resumption *resumption =
        (struct resumption *)((char *)timer - offsetof(struct resumption, grace));
    return (struct binary *)((char *)resumption - offsetof(struct binary, resumption));
}

static void grace_is_over(struct loop_timer *timer)
{
    struct binary *binary = of_grace(timer);
    binary->session.gateway->n_detached--; /* what has fired is not armed: nobody else will */
    log_info("session.lost", "from=\"%s\" why=\"not back within grace_ms = %llu\"",
             binary->session.principal.address,
             (unsigned long long)binary->session.gateway->config.limits.grace_ms);
    binary_end_detached(binary, VIA_LINK_LOST);
}

void resumption_init(struct binary *binary)
{
    binary->resumption = (struct resumption){.grace.fired = grace_is_over};
}

bool resumption_is_waiting(const struct binary *binary)
{
    return binary->resumption.grace.place != 0;
}

static void stop_waiting(struct binary *binary)
{
    struct gateway *gateway = binary->session.gateway;
    if (resumption_is_waiting(binary))
        gateway->n_detached--;
    loop_disarm(gateway->loop, &binary->resumption.grace);
}

void resumption_deinit(struct binary *binary)
{
    stop_waiting(binary);
}

void resumption_state(struct binary *binary, struct state *state)
{
    struct resumption *resumption = &binary->resumption;
    struct gateway *gateway = binary->session.gateway;
    bool limited = resumption->grace.place != 0;
    uint64_t until_ms = limited ? resumption->grace.at_ms : 0;
    state_u64(state, &resumption->number);
    state_octets(state, resumption->secret, sizeof resumption->secret);
    state_bool(state, &limited);
    state_u64(state, &until_ms);
    if (!state->loading || !state_is_good(state))
        return;
    if (!limited)
        until_ms = loop_now() + gateway->config.limits.grace_ms;
    if (loop_arm(gateway->loop, &resumption->grace, until_ms) == VIA_OK)
        gateway->n_detached++;
    else
        state->status = VIA_NO_MEMORY;
}

void resumption_offer(struct binary *binary, struct hello *welcome)
{
    struct resumption *resumption = &binary->resumption;
    const struct gateway *gateway = binary->session.gateway;
    uint32_t random = 0;
    if (!binary->session.principal.remote || gateway->config.limits.grace_ms == 0)
        return;
    /* Without randomness there is no secret, and a session ends with its link. */
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random ||
        getrandom(resumption->secret, sizeof resumption->secret, 0) !=
            (ssize_t)sizeof resumption->secret)
        return;
    resumption->number = (uint64_t)(random | 1) << 32 | session_key(&binary->session);
    welcome->session = resumption->number;
    memcpy(welcome->secret, resumption->secret, sizeof welcome->secret);
    welcome->grace_ms = (uint32_t)gateway->config.limits.grace_ms;
}

unsigned resumption_n_more(const struct gateway *gateway, bool may_resume)
{
    return may_resume ? gateway->n_detached : 0;
}

bool resumption_detach(struct binary *binary)
{
    struct gateway *gateway = binary->session.gateway;
    const struct config_limits *limits = &gateway->config.limits;
    if (!peer_is_resumable(binary->peer) || gateway->is_stopping ||
        gateway->n_detached >= limits->max_detached)
        return false;
    if (loop_arm(gateway->loop, &binary->resumption.grace, loop_now() + limits->grace_ms) != VIA_OK)
        return false;
    gateway->n_detached++;
    loop_disarm(gateway->loop, &binary->ack);
    liveness_stop(&binary->liveness);
    binary->link = link_destroy(binary->link);
    peer_detach(binary->peer);
    return true;
}

/* Whether both are the same, in a time that does not tell where they differ. */
static bool are_same(const uint8_t *one, const uint8_t *other, size_t size)
{
    unsigned difference = 0;
    for (size_t i = 0; i < size; i++)
        difference |= (unsigned)(one[i] ^ other[i]);
    return difference == 0;
}

static struct binary *find(const struct binary *binary, const struct hello *hello,
                           const char **whyp)
{
    struct gateway *gateway = binary->session.gateway;
    struct session *session = sessions_get(&gateway->sessions, (uint32_t)hello->session);
    *whyp = NULL; /* it has ended: nothing to be told of */
    if (session == NULL || session->ops != &binary_ops || session == &binary->session)
        return NULL;
    struct binary *old = (struct binary *)session;
    if (old->resumption.number == 0 || old->resumption.number != hello->session || old->ended)
        return NULL;
    if (!are_same(old->resumption.secret, hello->secret, sizeof hello->secret))
        *whyp = "a session asked for with a wrong secret";
    else if (strcmp(old->session.principal.identity, binary->session.principal.identity) != 0)
        *whyp = "a session asked for by another identity than its own";
    return *whyp == NULL ? old : NULL;
}

static void move_link(struct binary *old, struct binary *binary)
{
    liveness_stop(&binary->liveness);
    old->link = binary->link;
    old->link->outbox = peer_outbox(old->peer);
    old->link->user = old;
    binary->link = NULL;
    binary_watch(old);
    binary->resumption.moved = true;
    old->session.principal = binary->session.principal; /* its address, its certificate */
}

bool resumption_take(struct binary *binary, const struct hello *hello)
{
    struct gateway *gateway = binary->session.gateway;
    const char *why;
    struct binary *old = find(binary, hello, &why);
    if (why != NULL)
        audit_refusal(&gateway->audit, &binary->session.principal, "resume", why);
    if (old == NULL)
        return false;
    if (old->session.leaving != VIA_ALIVE || !peer_is_resumable(old->peer))
        return false; /* it has said goodbye, and ends with its link */
    if (old->link != NULL) {
        liveness_stop(&old->liveness);
        old->link = link_destroy(old->link);
        peer_detach(old->peer);
    }
    struct hello welcome;
    binary_welcome(old, &welcome);
    enum via_status status = peer_adopt(old->peer, hello, &welcome);
    if (status != VIA_OK) {
        audit_refusal(&gateway->audit, &binary->session.principal, "resume", peer_fault(old->peer));
        binary_end_detached(old, VIA_LINK_LOST);
        return false;
    }
    stop_waiting(old);
    log_info("session.resumed", "from=\"%s\" identity=\"%s\" received=%" PRIu64,
             binary->session.principal.address, binary->session.principal.identity,
             hello->received);
    move_link(old, binary);
    binary_flush_later(old);
    return true;
}
