/*
 * A peer: one end of a session. What comes in is in peer_feed.c, what goes out in peer_send.c; here
 * is its life: HELLO and WELCOME, BYE, the end, and the objects given out and received.
 *
 * Why counts cannot disagree: within a session octets stay in order, each way. Whoever gives a
 * reference out counts it when it is sent; whoever receives it counts it when it comes, and sends
 * RELEASE after any frame that names it. So the giver's count is never below the holder's, a frame
 * that names a reference its sender holds always finds it, and a RELEASE of more than there are is
 * a lie. Only the other way round is there a race: a reference may be given again while the
 * holder's last count is on its way back. Then it is a new import to the holder, which knows
 * nothing of a DEATH that came before: the giver says it again.
 */
#include "bridge/peer.h"

#include <stdlib.h>
#include <sys/random.h>

#include "bridge/peer_state.h"

/* Less has no room for a chunk that goes on. */
#define WIRE_MAX_LEAST (2 * FRAME_HEADER_SIZE)

static bool set_limits(struct peer *peer, struct peer_limits limits)
{
    if (limits.frame_max == 0)
        limits.frame_max = PEER_FRAME_MAX_DEFAULT;
    if (limits.calls_max == 0)
        limits.calls_max = PEER_CALLS_MAX_DEFAULT;
    if (limits.handles_max == 0)
        limits.handles_max = PEER_HANDLES_MAX_DEFAULT;
    if (limits.queue_max == 0)
        limits.queue_max = PEER_QUEUE_MAX_DEFAULT;
    if (limits.wire_max == 0)
        limits.wire_max = FRAME_WIRE_MAX;
    if (limits.credit == 0)
        limits.credit = PEER_CREDIT_DEFAULT;
    if (limits.transfers_max == 0)
        limits.transfers_max = PEER_TRANSFERS_MAX_DEFAULT;
    if (limits.streams_max == 0)
        limits.streams_max = PEER_STREAMS_MAX_DEFAULT;
    if (limits.transfers_size_max == 0)
        limits.transfers_size_max = PEER_TRANSFERS_SIZE_MAX_DEFAULT;
    if (limits.assembly_max == 0)
        limits.assembly_max = PEER_ASSEMBLY_MAX_DEFAULT;
    if (limits.window == 0)
        limits.window = PEER_WINDOW_DEFAULT;
    peer->limits = limits;
    return limits.frame_max >= PEER_FRAME_MAX_LEAST && limits.handles_max <= HANDLE_SLOTS &&
           limits.credit >= PEER_CREDIT_LEAST && limits.wire_max >= WIRE_MAX_LEAST &&
           limits.wire_max <= FRAME_WIRE_MAX;
}

/* Without randomness the address has to do: what it guards is speed alone. */
static uint64_t make_seed(const struct peer *peer)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = (uint64_t)(uintptr_t)peer;
    return seed;
}

enum via_status peer_create(struct peer **peerp, const struct peer_config *config,
                            const struct peer_ops *ops, void *user)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return VIA_NO_MEMORY;
    peer->ops = ops;
    peer->user = user;
    peer->role = config->role;
    peer->resumes = config->resumes;
    enum via_status status =
        set_limits(peer, config->limits) ? outbox_create(&peer->outbox) : VIA_INVALID;
    if (status == VIA_OK)
        status = incoming_transfers_init(peer);
    if (status != VIA_OK) {
        peer->outbox = outbox_destroy(peer->outbox);
        free(peer);
        return status;
    }
    outgoing_transfers_init(peer);
    exports_init(&peer->exports, peer->limits.handles_max);
    imports_init(&peer->imports, peer->limits.handles_max);
    sent_calls_init(&peer->sent, peer->limits.calls_max);
    received_calls_init(&peer->received, peer->limits.calls_max, make_seed(peer));
    *peerp = peer;
    return VIA_OK;
}

struct peer *peer_destroy(struct peer *peer)
{
    if (peer == NULL)
        return NULL;
    fd_queue_deinit(&peer->fds);
    exports_deinit(&peer->exports);
    imports_deinit(&peer->imports);
    sent_calls_deinit(&peer->sent);
    received_calls_deinit(&peer->received);
    streams_end(peer);
    outgoing_transfers_end(peer);
    incoming_transfers_deinit(peer);
    peer->outbox = outbox_destroy(peer->outbox);
    free(peer);
    return NULL;
}

const char *peer_fault(const struct peer *peer)
{
    return peer->words;
}

struct outbox *peer_outbox(struct peer *peer)
{
    return peer->outbox;
}

bool peer_is_ready(const struct peer *peer)
{
    return peer->state == PEER_READY && !peer->bye_sent && !peer_is_leaving(peer);
}

const struct hello *peer_their_hello(const struct peer *peer)
{
    return &peer->their_hello;
}

bool peer_is_overfull(const struct peer *peer)
{
    /* One frame may be larger than the bound; it does not count against the link by itself. */
    size_t bound = peer->limits.queue_max;
    if (bound < FRAME_WIRE_MAX)
        bound = FRAME_WIRE_MAX;
    return peer->starved || outbox_size(peer->outbox) / 2 > bound ||
           (peer->outgoing.n_transfers > 1 &&
            peer->outgoing.weight / 2 > peer->limits.transfers_size_max);
}

bool peer_is_drained(const struct peer *peer)
{
    return outbox_size(peer->outbox) == 0 && (peer->outgoing.first == NULL || peer->bye_sent);
}

/* ---- the end ---- */

static void end_sent_calls(struct peer *peer, enum via_cause cause)
{
    uint32_t cursor = 0;
    struct sent_call *call;
    while ((call = sent_calls_next(&peer->sent, &cursor)) != NULL) {
        const struct frame reply = {
            .kind = FRAME_REPLY, .id = call->id, .code = VIA_DEAD, .time = cause};
        uint64_t context = call->context;
        bool is_wanted = !call->forgotten;
        sent_calls_remove(&peer->sent, call);
        if (is_wanted)
            peer->ops->reply(peer->user, context, &reply, NULL);
    }
}

static void end_imports(struct peer *peer, enum via_cause cause)
{
    uint32_t cursor = 0;
    uint32_t number;
    struct imported *imported;
    while ((imported = imports_next(&peer->imports, &cursor, &number)) != NULL) {
        if (imported->dead)
            continue;
        imported->dead = true;
        peer->ops->death(peer->user, (struct their_handle){number}, imported->attached, cause);
    }
}

static void end_exports(struct peer *peer)
{
    uint32_t cursor = 0;
    uint32_t number;
    void *object;
    while ((object = exports_take_next(&peer->exports, &cursor, &number)) != NULL)
        peer->ops->unexported(peer->user, object, (struct our_handle){number});
}

void peer_end_all(struct peer *peer, enum via_cause cause)
{
    outgoing_transfers_end(peer);
    incoming_transfers_end(peer, (uint32_t)cause);
    streams_end(peer);
    end_sent_calls(peer, cause);
    end_imports(peer, cause);
    end_exports(peer);
}

void peer_end(struct peer *peer, enum via_cause cause)
{
    if (peer->state == PEER_ENDED)
        return;
    /* A gateway that says goodbye is not what dies: what lay behind it is lost with the link. */
    if (peer->bye == FRAME_BYE_EXITED && peer->role == PEER_GATEWAY)
        cause = VIA_EXITED;
    peer->state = PEER_ENDED;
    peer_end_all(peer, cause);
}

/* ---- objects ---- */

enum via_status peer_export(struct peer *peer, void *object, struct our_handle *handlep, bool *newp)
{
    if (peer->state == PEER_ENDED)
        return VIA_DEAD;
    enum via_status status = exports_add(&peer->exports, object, &handlep->number, newp);
    if (status == VIA_BUSY)
        peer_say(peer, "%u objects are given out: max_handles is %u", peer->exports.n_live,
                 peer->exports.limit);
    return status;
}

void peer_unexport(struct peer *peer, struct our_handle handle)
{
    void *object;
    if (exports_take_back(&peer->exports, handle.number, 1, &object) == VIA_OK && object != NULL)
        peer->ops->unexported(peer->user, object, handle);
}

enum via_status peer_exported(struct peer *peer, uint32_t number, void **objectp)
{
    const struct exported *exported = exports_find(&peer->exports, number);
    if (exported == NULL)
        return exports_check(&peer->exports, number);
    *objectp = exported->object;
    return VIA_OK;
}

bool peer_is_exported(struct peer *peer, const void *object, struct our_handle *handlep)
{
    return exports_find_object(&peer->exports, object, &handlep->number) != NULL;
}

void peer_join(struct peer *peer, const void *object, struct their_handle theirs)
{
    uint32_t number;
    struct exported *exported = exports_find_object(&peer->exports, object, &number);
    if (exported != NULL)
        exported->partner = theirs.number;
}

bool peer_is_introduced(struct peer *peer, struct our_handle handle)
{
    const struct exported *exported = exports_find(&peer->exports, handle.number);
    return exported != NULL && exported->is_introduced;
}

void peer_death(struct peer *peer, const void *object, enum via_cause cause)
{
    uint32_t number;
    struct exported *exported = exports_find_object(&peer->exports, object, &number);
    if (exported == NULL || exported->cause != VIA_ALIVE)
        return;
    exported->cause = (uint8_t)cause;
    const struct frame death = {.kind = FRAME_DEATH, .object = number, .code = cause};
    if (peer_is_ready(peer))
        outgoing_transfers_tell(peer, &death);
}

void **peer_imported(struct peer *peer, uint32_t number)
{
    struct imported *imported = imports_find(&peer->imports, number);
    return imported == NULL ? NULL : &imported->attached;
}

void peer_release(struct peer *peer, struct their_handle handle, uint32_t n)
{
    n = imports_release(&peer->imports, handle.number, n);
    if (n > 0)
        peer_send_release(peer, handle.number, n);
}

uint32_t peer_import_count(struct peer *peer, uint32_t number)
{
    const struct imported *imported = imports_find(&peer->imports, number);
    return imported == NULL ? 0 : imported->count;
}

/* ---- questions about calls ---- */

void peer_set_context(struct peer *peer, uint32_t id, uint64_t context)
{
    struct received_call *call = received_calls_find(&peer->received, id);
    if (call != NULL)
        call->context = context;
}

bool peer_is_waiting(const struct peer *peer, uint32_t id)
{
    return received_calls_find(&peer->received, id) != NULL;
}

size_t peer_n_sent(const struct peer *peer)
{
    return peer->sent.n_waiting;
}

size_t peer_n_received(const struct peer *peer)
{
    return peer->received.n_calls;
}

bool peer_next_unanswered(struct peer *peer, uint32_t *cursorp, struct peer_unanswered *callp)
{
    const struct sent_call *call;
    if (peer->sent.n_waiting == 0)
        return false; /* the table stays as large as it once was */
    while ((call = sent_calls_next(&peer->sent, cursorp)) != NULL) {
        if (call->cancelled || call->forgotten)
            continue;
        *callp = (struct peer_unanswered){.context = call->context,
                                          .object = {call->object},
                                          .since = call->since,
                                          .age = peer->sent.last_id - call->id};
        return true;
    }
    return false;
}
