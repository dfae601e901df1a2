/*
 * Binary sessions: who they are, their peers with all tables, and their links. A Unix link moves
 * whole, and the other side never notices. While loading, what a session has been given out is held
 * for it, as by objects_hold(), and what it handed in must be its own.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/pump.h"
#include "bridge/unix_link.h"
#include "gateway/binary.h"
#include "gateway/handover/snapshot.h"
#include "gateway/openings.h"

static struct binary *of_session(struct session *session)
{
    return (struct binary *)session;
}

bool snapshot_moves(const struct session *session)
{
    const struct binary *binary = (const struct binary *)session;
    if (session->ops != &binary_ops || binary->ended || binary->handed_over)
        return false;
    return session->principal.remote ? peer_is_resumable(binary->peer)
                                     : unix_link_is_open(binary->link);
}

static void principal_state(struct principal *principal, struct state *state)
{
    state_i32(state, &principal->pid);
    state_u32(state, &principal->uid);
    state_u32(state, &principal->gid);
    state_u64(state, &principal->token);
    state_bool(state, &principal->remote);
    state_text(state, principal->identity, sizeof principal->identity);
    state_text(state, principal->address, sizeof principal->address);
}

static void oneways_state(struct session *session, struct state *state)
{
    bool any = session->oneways != NULL;
    state_bool(state, &any);
    if (!any)
        return;
    if (session->oneways == NULL)
        session->oneways = calloc(SESSION_ONEWAYS, sizeof *session->oneways);
    if (session->oneways == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    for (unsigned i = 0; i < SESSION_ONEWAYS; i++) {
        state_u32(state, &session->oneways[i].number);
        state_u32(state, &session->oneways[i].sender_number);
        state_u32(state, &session->oneways[i].sender_object);
        state_u32(state, &session->oneways[i].sender);
    }
}

/* What was read as attached to its references is its own, each to the one it has the number of. */
static void check_attached(struct binary *binary, struct state *state)
{
    uint32_t cursor = 0, number = 0;
    struct gateway_object *object;
    while (state_is_good(state) &&
           (object = peer_next_attached(binary->peer, &cursor, &number)) != NULL)
        (void)state_require(
            state, object->owner == session_key(&binary->session) && object->handle == number,
            "an object that is another's");
}

static void hold_exports(struct binary *binary, struct state *state)
{
    uint32_t cursor = 0, undone = 0;
    struct gateway_object *object, *last = NULL;
    while ((object = peer_next_export(binary->peer, &cursor)) != NULL) {
        if (objects_reserve_hold(object) != VIA_OK) {
            state->status = VIA_NO_MEMORY;
            last = object;
            break;
        }
        objects_hold(object, &binary->session);
    }
    if (state_is_good(state))
        return;
    while ((object = peer_next_export(binary->peer, &undone)) != last)
        objects_let_go(object, &binary->session);
    peer_forget_exports(binary->peer);
}

static void peer_state_of(struct snapshot *snapshot, struct binary *binary)
{
    struct state *state = snapshot->state;
    peer_hand_over(binary->peer, &snapshot->peers);
    if (!state->loading)
        return;
    if (state_is_good(state)) {
        check_attached(binary, state);
        hold_exports(binary, state);
    } else {
        peer_forget_exports(binary->peer);
    }
    if (!state_is_good(state))
        peer_forget_imports(binary->peer);
}

static void self_state(struct snapshot *snapshot, struct session *session)
{
    struct state *state = snapshot->state;
    struct gateway_object *self = snapshot_object_of(snapshot, session->self);
    if (!state->loading || self == NULL)
        return;
    if (state_require(state, self->owner == session_key(session) && self->handle == 0,
                      "a caller's number"))
        session->self = objects_ref(self);
}

static void binary_state(struct snapshot *snapshot, struct binary *binary)
{
    struct state *state = snapshot->state;
    struct gateway *gateway = snapshot->gateway;
    struct principal principal = {.pid = 0};
    uint16_t slot = 0;
    bool waits_for_hello = false;
    uint64_t hello_ms = 0;
    if (binary != NULL) {
        principal = binary->session.principal;
        slot = binary->session.slot;
        waits_for_hello = binary->hello.place != 0;
        hello_ms = waits_for_hello ? binary->hello.at_ms : 0;
    }
    principal_state(&principal, state);
    state_u16(state, &slot);
    state_bool(state, &waits_for_hello);
    state_u64(state, &hello_ms);
    if (state->loading) {
        if (!state_require(state, slot != 0, "a slot"))
            return;
        enum via_status status = binary_create_at(&binary, gateway, &principal, slot);
        if (status == VIA_NO_MEMORY)
            state->status = status;
        if (!state_require(state, status == VIA_OK, "a slot"))
            return;
        loop_disarm(gateway->loop, &binary->hello);
        if (waits_for_hello && loop_arm(gateway->loop, &binary->hello, hello_ms) != VIA_OK)
            state->status = VIA_NO_MEMORY;
    }
    assert(binary != NULL);
    struct session *session = &binary->session;
    session->leaving = (enum via_cause)state_choice(state, session->leaving, VIA_EVICTED);
    state_bool(state, &session->behind);
    oneways_state(session, state);
    openings_state(snapshot, session);
    bounds_state_found(snapshot, session);
    numbers_state_of(&gateway->numbers, state, session);
    self_state(snapshot, session);
    peer_state_of(snapshot, binary);
    if (principal.remote) {
        resumption_state(binary, state);
        return;
    }
    if (!state->loading) {
        (void)unix_link_save(binary->link, state);
        return;
    }
    struct link *link = unix_link_load(gateway->loop, state, peer_outbox(binary->peer),
                                       &binary_link_events, binary);
    if (link != NULL)
        binary_attach(binary, link);
}

static void behind_stream(void *user, struct state *state, struct stream *stream)
{
    struct snapshot *snapshot = user;
    pump_state(&snapshot->gateway->pumps, state, stream);
}

void snapshot_sessions(struct snapshot *snapshot)
{
    struct state *state = snapshot->state;
    struct sessions *sessions = &snapshot->gateway->sessions;
    uint32_t n = 0;
    for (unsigned slot = 1; slot < sessions->n_places; slot++) {
        const struct session *session = sessions_at(sessions, slot);
        n += session != NULL && snapshot_moves(session) ? 1 : 0;
    }
    snapshot->peers = (struct peer_handover){
        .state = state, .object = snapshot_object, .stream = behind_stream, .user = snapshot};
    sessions_state(sessions, state, snapshot_moves);
    state_count(state, &n, UINT16_MAX);
    for (; state->loading && n > 0 && state_is_good(state); n--)
        binary_state(snapshot, NULL);
    for (unsigned slot = 1; !state->loading && slot < sessions->n_places; slot++) {
        struct session *session = sessions_at(sessions, slot);
        if (session != NULL && snapshot_moves(session))
            binary_state(snapshot, of_session(session));
    }
    peer_handover_end(&snapshot->peers);
    if (state_is_good(state))
        sessions_state_free(sessions, state, snapshot_moves);
}
