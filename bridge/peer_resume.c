/*
 * Another link for the same session. All that a session is stands in its peer, and nothing in its
 * link but octets on their way; so to go on is to know which frames arrived. Each side counts the
 * frames it has taken, and keeps those it has written until the other side's count covers them. On
 * a new link both tell their counts, and each writes again from there: nothing is left out, or the
 * counts would shift, and nothing comes twice. HELLO, WELCOME, ACK and BYE are not counted: they
 * belong to a link.
 *
 * A deadline travels as time left. A call that is written again goes with the time that is left
 * now.
 */
#include <inttypes.h>
#include <string.h>

#include "bridge/peer_state.h"
#include "codecs/octets.h"

/* ---- counting ---- */

void peer_count(struct peer *peer, size_t size)
{
    peer->n_counted++;
    if (peer->session == 0)
        return;
    peer->octets_since += size;
    if (peer->n_counted - peer->n_acknowledged >= PEER_ACK_FRAMES ||
        peer->octets_since >= PEER_ACK_OCTETS)
        peer_send_ack(peer, false);
}

bool peer_ack_due(const struct peer *peer)
{
    return peer->session != 0 && peer->n_counted != peer->n_acknowledged;
}

void peer_acknowledge(struct peer *peer)
{
    if (peer_ack_due(peer) && !peer->detached)
        peer_send_ack(peer, false);
}

void peer_ping(struct peer *peer)
{
    if (!peer->detached)
        peer_send_ack(peer, true);
}

bool peer_is_acknowledged(struct peer *peer, uint64_t count)
{
    return peer->session == 0 || outbox_acknowledge(peer->outbox, count);
}

/* ---- without a link ---- */

void peer_keep_session(struct peer *peer, const struct hello *welcome)
{
    if (!peer->resumes || welcome->session == 0 || welcome->grace_ms == 0)
        return;
    peer->session = welcome->session;
    memcpy(peer->secret, welcome->secret, sizeof peer->secret);
    peer->grace_ms = welcome->grace_ms;
    outbox_keep(peer->outbox, peer->limits.window);
}

bool peer_is_resumable(const struct peer *peer)
{
    return peer->session != 0 && peer->state == PEER_READY && peer->fault == VIA_OK &&
           !peer->bye_sent && (peer->bye == 0 || peer->bye == FRAME_BYE_RESUME) && !peer->starved;
}

bool peer_is_detached(const struct peer *peer)
{
    return peer->detached;
}

uint32_t peer_grace_ms(const struct peer *peer)
{
    return peer->grace_ms;
}

void peer_detach(struct peer *peer)
{
    peer->detached = true;
    peer->resuming = false;
    if (peer->bye == FRAME_BYE_RESUME)
        peer->bye = 0; /* it was the link's */
    outbox_hold(peer->outbox);
}

/* ---- with another one ---- */

static void set_time_left(void *user, uint8_t *octets)
{
    struct peer *peer = user;
    if (octets[FRAME_AT_KIND] == FRAME_CHUNK &&
        octets_get_u32(octets + FRAME_AT_OBJECT) == FRAME_CALL)
        octets += FRAME_HEADER_SIZE; /* the head of one that goes in pieces */
    if (octets[FRAME_AT_KIND] != FRAME_CALL || (octets[FRAME_AT_FLAGS] & FRAME_ONEWAY) != 0)
        return;
    const struct sent_call *call =
        sent_calls_find(&peer->sent, octets_get_u32(octets + FRAME_AT_ID));
    if (call == NULL || call->until_ms == 0)
        return;
    uint64_t now = peer->ops->now(peer->user);
    uint64_t left = call->until_ms > now ? call->until_ms - now : 0;
    if (left < octets_get_u32(octets + FRAME_AT_TIME))
        octets_put_u32(octets + FRAME_AT_TIME, (uint32_t)left);
}

/* They have the first @count frames of ours. */
static bool go_on(struct peer *peer, uint64_t count)
{
    if (!outbox_rewind(peer->outbox, count, set_time_left, peer)) {
        peer_say(peer, "%" PRIu64 " frames are said to have come: that cannot be", count);
        return false;
    }
    peer->detached = false;
    peer->n_acknowledged = peer->n_counted; /* HELLO or WELCOME has told */
    peer->octets_since = 0;
    return true;
}

enum via_status peer_resume(struct peer *peer, const struct hello *hello)
{
    if (peer->role != PEER_CLIENT || !peer->detached || !peer_is_resumable(peer))
        return VIA_INVALID;
    struct hello ours = *hello;
    ours.session = peer->session;
    memcpy(ours.secret, peer->secret, sizeof ours.secret);
    ours.received = peer->n_counted;
    ours.resumed = 0;
    ours.grace_ms = 0;
    outbox_hold(peer->outbox);
    enum via_status status = peer_greet(peer, FRAME_HELLO, &ours);
    if (status == VIA_OK)
        peer->resuming = true;
    return status;
}

/* What the gateway no longer has is over here too. */
static void begin_anew(struct peer *peer)
{
    peer->state = PEER_GREETED;
    peer_end_all(peer, VIA_LINK_LOST);
    imports_clear(&peer->imports);
    outbox_clear(peer->outbox);
    received_calls_clear(&peer->received);
    peer->session = 0;
    peer->n_counted = 0;
    peer->n_acknowledged = 0;
    peer->octets_since = 0;
    peer->detached = false;
}

enum via_status peer_come_back(struct peer *peer, const struct hello *hello, bool *freshp)
{
    peer->resuming = false;
    *freshp = hello->resumed == 0;
    if (*freshp) {
        begin_anew(peer);
        peer->ops->resumed(peer->user, false);
        return VIA_OK;
    }
    if (hello->session != peer->session) {
        peer_say(peer, "WELCOME back to a session that is not ours");
        return VIA_BAD_PAYLOAD;
    }
    if (!go_on(peer, hello->received))
        return VIA_BAD_SIZE;
    peer->ops->resumed(peer->user, true);
    return VIA_OK;
}

enum via_status peer_adopt(struct peer *peer, const struct hello *hello,
                           const struct hello *welcome)
{
    if (peer->role != PEER_GATEWAY || !peer->detached || !peer_is_resumable(peer))
        return VIA_INVALID;
    if (!go_on(peer, hello->received))
        return VIA_INVALID;
    struct hello ours = *welcome;
    ours.session = peer->session;
    memcpy(ours.secret, peer->secret, sizeof ours.secret);
    ours.received = peer->n_counted;
    ours.resumed = 1;
    ours.grace_ms = peer->grace_ms;
    return peer_greet(peer, FRAME_WELCOME, &ours);
}
