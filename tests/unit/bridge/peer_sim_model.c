/*
 * What the two ends of the simulator do, and what they check.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "tests/unit/bridge/peer_sim.h"

struct message {
    struct frame frame;
    struct meta meta;
    uint8_t body[BODY_MAX];
    uint8_t refs[REFS_MAX * FRAME_REF_SIZE];
    struct our_handle given[REFS_MAX + 1]; /* counts to take back if it is not sent */
    unsigned n_given;
    uint8_t entries[PIPES_MAX * FRAME_FD_SIZE];
};

static const int no_fds[PIPES_MAX] = {-1, -1};

uint32_t sim_roll(struct world *world, uint32_t n)
{
    if (world->n_choices > 0) {
        world->n_choices--;
        return *world->choices++ % n;
    }
    /* splitmix64 */
    uint64_t x = world->random += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ x >> 31) >> 32) % n;
}

/* ---- what a message says ---- */

static void put_identity(uint8_t *at, struct identity identity)
{
    octets_put_u32(at, identity.index);
    octets_put_u32(at + 4, identity.serial);
}

static struct identity get_identity(const uint8_t *at)
{
    return (struct identity){octets_get_u32(at), octets_get_u32(at + 4)};
}

static bool is_same(struct identity a, struct identity b)
{
    return a.index == b.index && a.serial == b.serial;
}

static struct held *find_held(struct node *node, uint32_t handle)
{
    for (size_t i = 0; i < N_HELD; i++) {
        if (node->held[i].count > 0 && node->held[i].handle == handle)
            return &node->held[i];
    }
    return NULL;
}

static struct held *find_room(struct node *node)
{
    for (size_t i = 0; i < N_HELD; i++) {
        if (node->held[i].count == 0)
            return &node->held[i];
    }
    return NULL;
}

/* A count of theirs has come. */
static void hold(struct node *node, uint32_t handle, struct identity identity)
{
    struct held *held = find_held(node, handle);
    if (held != NULL) {
        assert_true(node->world->is_hostile || is_same(held->identity, identity));
        held->count++;
        return;
    }
    held = find_room(node);
    if (held == NULL) {
        peer_release(node->peer, (struct their_handle){handle}, 1);
        return;
    }
    *held = (struct held){.identity = identity, .handle = handle, .count = 1};
    void **attached = peer_imported(node->peer, handle);
    assert_non_null(attached);
    assert_null(*attached);
    *attached = held;
}

static void check_counts(struct node *node)
{
    for (size_t i = 0; i < N_HELD; i++) {
        if (node->held[i].count > 0)
            assert_int_equal(peer_import_count(node->peer, node->held[i].handle),
                             node->held[i].count);
    }
}

static void check_object(struct node *node, const void *object, struct identity identity)
{
    if (node->world->is_hostile)
        return;
    if (object == NULL)
        assert_int_equal(identity.index, NONE);
    else
        assert_true(is_same(((const struct object *)object)->identity, identity));
}

/* What is ordered comes in order. */
static void check_order(struct node *node, const struct frame *frame, const uint8_t *body)
{
    uint32_t sequence = octets_get_u32(body + AT_SEQUENCE);
    if (node->world->is_hostile)
        return;
    if (!node->world->in_pieces) {
        assert_true(sequence > node->seen_sequence);
        node->seen_sequence = sequence;
        return;
    }
    if (frame->kind == FRAME_REPLY)
        return;
    struct identity object = get_identity(body + AT_OBJECT);
    struct identity caller = get_identity(body + AT_CALLER);
    struct lane *lane =
        &node->lanes[frame->kind == FRAME_CALL][object.index < N_OBJECTS ? object.index : N_OBJECTS]
                    [caller.index < N_OBJECTS ? caller.index : N_OBJECTS];
    if (is_same(lane->object, object) && is_same(lane->caller, caller))
        assert_true(sequence > lane->sequence);
    *lane = (struct lane){.object = object, .caller = caller, .sequence = sequence};
}

/* What is said of a caller is which object it is. */
static struct identity introduced_as(const struct meta_introduction *introduction)
{
    return (struct identity){introduction->uid, introduction->gid};
}

/* Everything that @frame brings, and whether it is what was meant. */
static void read_message(struct node *node, const struct frame *frame, const struct meta *meta)
{
    uint8_t body[BODY_LEAST] = {0};
    if (!node->world->is_hostile)
        assert_true(frame->body_size >= BODY_LEAST && frame->n_refs <= REFS_MAX);
    if (frame->body_size > 0)
        memcpy(body, frame->body, frame->body_size < BODY_LEAST ? frame->body_size : BODY_LEAST);
    check_order(node, frame, body);

    for (uint8_t i = 0; meta != NULL && i < meta->n_introductions && !node->world->is_hostile; i++)
        assert_true(
            is_same(introduced_as(&meta->introductions[i]), get_identity(body + AT_CALLER)));
    for (uint32_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        struct identity identity = {NONE, 0};
        if (i < REFS_MAX)
            identity = get_identity(body + AT_REFS + (size_t)8 * i);
        void *object = NULL;
        if (ref.handle != 0 && (ref.flags & FRAME_REF_YOURS))
            assert_int_equal(peer_exported(node->peer, ref.handle, &object), VIA_OK);
        if (ref.handle == 0 || (ref.flags & FRAME_REF_YOURS))
            check_object(node, object, identity);
        else
            hold(node, ref.handle, identity);
    }
    check_counts(node);
}

/* ---- making messages ---- */

static uint32_t give(struct node *node, struct object *object, struct message *message)
{
    struct our_handle handle;
    bool is_new;
    if (peer_export(node->peer, object, &handle, &is_new) != VIA_OK)
        return 0;
    assert_int_equal(is_new, !object->is_exported);
    object->is_exported = true;
    message->given[message->n_given++] = handle;
    return handle.number;
}

static struct held *pick_held(struct node *node)
{
    struct held *held = &node->held[sim_roll(node->world, N_HELD)];
    return held->count > 0 ? held : NULL;
}

static void add_ref(struct node *node, struct message *message)
{
    uint32_t place = message->frame.n_refs++;
    struct frame_ref ref = {.offset = AT_REFS + 8 * place};
    struct identity identity = {NONE, 0};
    const struct held *held = pick_held(node);
    if (held != NULL && sim_roll(node->world, 3) == 0) {
        ref.handle = held->handle;
        ref.flags = FRAME_REF_YOURS;
        identity = held->identity;
    } else if (sim_roll(node->world, 8) != 0) {
        struct object *object = &node->objects[sim_roll(node->world, N_OBJECTS)];
        ref.handle = give(node, object, message);
        if (ref.handle != 0)
            identity = object->identity;
    }
    frame_ref_put(message->refs, place, &ref);
    put_identity(message->body + ref.offset, identity);
}

static void add_pipes(struct node *node, struct message *message)
{
    message->frame.fds = message->entries;
    for (uint32_t n = 1 + sim_roll(node->world, PIPES_MAX); n > 0; n--) {
        struct frame_fd entry = {.offset = message->frame.n_fds};
        if (!sim_open_pipe(node, &entry))
            return;
        frame_fd_put(message->entries, message->frame.n_fds++, &entry);
    }
}

static void introduce(struct node *node, struct message *message)
{
    struct object *caller = &node->objects[sim_roll(node->world, N_OBJECTS)];
    uint32_t handle = give(node, caller, message);
    if (handle == 0)
        return;
    message->meta = (struct meta){.has_caller = true, .caller = handle, .n_introductions = 1};
    message->meta.introductions[0] = (struct meta_introduction){
        .number = handle, .uid = caller->identity.index, .gid = caller->identity.serial};
    put_identity(message->body + AT_CALLER, caller->identity);
}

static void make_message(struct node *node, struct message *message, uint32_t token)
{
    struct world *world = node->world;
    memset(message, 0, sizeof *message);
    message->frame.body = message->body;
    message->frame.body_size = BODY_LEAST;
    if (sim_roll(world, 4) == 0)
        message->frame.body_size += sim_roll(world, BODY_MAX - BODY_LEAST);
    message->frame.refs = message->refs;
    octets_put_u32(message->body + AT_SEQUENCE, ++node->sequence);
    octets_put_u32(message->body + AT_TOKEN, token);
    put_identity(message->body + AT_OBJECT, (struct identity){NONE, 0});
    put_identity(message->body + AT_CALLER, (struct identity){NONE, 0});
    for (uint32_t n = sim_roll(world, 2) * sim_roll(world, REFS_MAX + 1); n > 0; n--)
        add_ref(node, message);
    if (world->has_pipes && sim_roll(world, 4) == 0)
        add_pipes(node, message);
}

static void take_back(struct node *node, const struct message *message)
{
    for (unsigned i = 0; i < message->n_given; i++)
        peer_unexport(node->peer, message->given[i]);
    for (size_t i = 0; i < message->frame.n_fds; i++) {
        struct frame_fd entry;
        frame_fd_get(message->entries, i, &entry);
        sim_forget_pipe(node, entry.stream);
    }
}

/* ---- what owners do ---- */

static void do_call(struct node *node)
{
    struct world *world = node->world;
    if (node->n_calls == N_CALLS)
        return;
    struct call *call = &node->calls[node->n_calls];
    *call = (struct call){.id = 0};
    struct message message;
    make_message(node, &message, node->n_calls);
    const struct held *held = pick_held(node);
    if (held == NULL && node->released.handle != 0 && sim_roll(world, 4) == 0) {
        held = &node->released;
        call->is_stale = true;
    }
    if (held != NULL) {
        message.frame.object = held->handle;
        put_identity(message.body + AT_OBJECT, held->identity);
    } else if (node->role == PEER_GATEWAY) {
        call->is_stale = true; /* a client has no object 0 */
    }
    if (node->role == PEER_GATEWAY && sim_roll(world, 3) == 0)
        introduce(node, &message);
    enum via_status status;
    if (sim_roll(world, 3) == 0) {
        uint32_t number;
        status = peer_oneway(node->peer, &message.frame, &message.meta, no_fds, &number);
        if (status == VIA_OK)
            assert_int_equal(number, ++node->n_oneways);
    } else {
        status =
            peer_call(node->peer, &message.frame, &message.meta, no_fds, node->n_calls, &call->id);
        if (status == VIA_OK)
            node->n_calls++;
    }
    if (status != VIA_OK) {
        take_back(node, &message);
    } else {
        node->n_sent++;
        node->n_stale += call->is_stale;
    }
    assert_true(status == VIA_OK || status == VIA_BUSY || status == VIA_TOO_LARGE ||
                (status == VIA_DEAD && world->is_hostile));
}

static void do_answer(struct node *node, struct task *task)
{
    struct message message;
    make_message(node, &message, task->token);
    enum via_status status = peer_reply(node->peer, task->id, &message.frame, no_fds);
    if (status != VIA_OK)
        take_back(node, &message);
    assert_true(status == VIA_OK || status == VIA_TOO_LARGE ||
                (status == VIA_DEAD && node->world->is_hostile));
    *task = node->tasks[--node->n_tasks];
}

static void do_event(struct node *node)
{
    struct message message;
    make_message(node, &message, 0);
    if (node->role == PEER_CLIENT) {
        struct our_handle handle;
        const struct object *object = &node->objects[sim_roll(node->world, N_OBJECTS)];
        if (object->cause == VIA_ALIVE && peer_is_exported(node->peer, object, &handle)) {
            message.frame.object = handle.number;
            put_identity(message.body + AT_OBJECT, object->identity);
        }
    } else {
        const struct held *held = pick_held(node);
        if (held != NULL) {
            message.frame.object = held->handle;
            put_identity(message.body + AT_OBJECT, held->identity);
        }
    }
    if (message.frame.object == 0 || peer_event(node->peer, &message.frame, no_fds) != VIA_OK)
        take_back(node, &message);
}

static void do_release(struct node *node)
{
    struct held *held = pick_held(node);
    if (held == NULL)
        return;
    uint32_t n = sim_roll(node->world, 2) == 0 ? held->count : 1;
    held->count -= n;
    peer_release(node->peer, (struct their_handle){held->handle},
                 held->count == 0 && sim_roll(node->world, 2) == 0 ? UINT32_MAX : n);
    if (held->count == 0)
        node->released = *held;
}

static void do_death(struct node *node)
{
    struct object *object = &node->objects[sim_roll(node->world, N_OBJECTS)];
    if (!object->is_exported)
        return;
    enum via_cause cause = (enum via_cause)(VIA_EXITED + sim_roll(node->world, 5));
    peer_death(node->peer, object, cause);
    if (object->cause == VIA_ALIVE)
        object->cause = cause;
}

static void do_cancel(struct node *node)
{
    if (node->n_calls == 0)
        return;
    struct call *call = &node->calls[sim_roll(node->world, node->n_calls)];
    if (sim_roll(node->world, 2) == 0) {
        node->n_cancelled += !call->is_cancelled;
        call->is_cancelled = true;
        peer_cancel(node->peer, call->id);
        return;
    }
    if (call->n_replies == 0)
        call->is_forgotten = true;
    peer_forget(node->peer, call->id);
}

/* ---- what peers tell ---- */

static void on_hello(void *user, const struct hello *hello)
{
    struct node *node = user;
    (void)hello;
    const struct hello welcome = {
        .name = "gateway", .session = 7, .secret = {1, 2, 3}, .grace_ms = 15000};
    if (node->role == PEER_GATEWAY)
        assert_int_equal(peer_welcome(node->peer, &welcome), VIA_OK);
}

static void on_call(void *user, void *object, const struct frame *frame, const struct meta *meta,
                    const int *fds)
{
    struct node *node = user;
    (void)fds;
    node->n_executed++;
    if (frame->body_size >= BODY_LEAST)
        check_object(node, object, get_identity(frame->body + AT_OBJECT));
    read_message(node, frame, meta);
    if (frame->flags & FRAME_ONEWAY) {
        if (sim_roll(node->world, 8) == 0)
            peer_refuse(node->peer, frame->id, frame->object, VIA_DENIED);
        return;
    }
    assert_true(peer_is_waiting(node->peer, frame->id));
    if (node->n_tasks == N_CALLS) {
        assert_int_equal(peer_answer(node->peer, frame->id, VIA_BUSY, 0), VIA_OK);
        return;
    }
    uint32_t token = frame->body_size >= BODY_LEAST ? octets_get_u32(frame->body + AT_TOKEN) : 0;
    struct task *task = &node->tasks[node->n_tasks++];
    *task = (struct task){.id = frame->id, .token = token};
    peer_set_context(node->peer, frame->id, token);
    if (sim_roll(node->world, 4) == 0)
        do_answer(node, task);
}

static void on_introduced(void *user, const struct meta *meta)
{
    struct node *node = user;
    for (uint8_t i = 0; i < meta->n_introductions; i++)
        hold(node, meta->introductions[i].number, introduced_as(&meta->introductions[i]));
    check_counts(node);
}

static void on_reply(void *user, uint64_t context, const struct frame *frame, const int *fds)
{
    struct node *node = user;
    (void)fds;
    assert_true(context < node->n_calls);
    struct call *call = &node->calls[context];
    assert_false(call->is_forgotten);
    assert_int_equal(call->id, frame->id);
    assert_int_equal(++call->n_replies, 1);
    if (node->world->has_ended) {
        assert_int_equal(frame->code, VIA_DEAD);
        /* a changed octet may have made a goodbye of something else */
        assert_true(frame->time == VIA_LINK_LOST ||
                    (node->world->is_hostile && frame->time == VIA_EXITED));
        return;
    }
    if (frame->body_size > 0 || node->world->is_hostile) {
        read_message(node, frame, NULL);
        assert_true(node->world->is_hostile || octets_get_u32(frame->body + AT_TOKEN) == context);
        return;
    }
    assert_true(frame->code == VIA_TOO_LARGE || (frame->code == VIA_NOT_FOUND && call->is_stale) ||
                (frame->code == VIA_CANCELLED && call->is_cancelled));
}

static void on_refused(void *user, const struct frame *frame)
{
    struct node *node = user;
    assert_true(node->world->is_hostile || frame->id - 1 < node->n_oneways);
}

static void on_cancel(void *user, uint32_t id, uint64_t context)
{
    struct node *node = user;
    struct task *task = NULL;
    for (unsigned i = 0; i < node->n_tasks; i++) {
        if (node->tasks[i].id == id)
            task = &node->tasks[i];
    }
    if (task == NULL) {
        fail_msg("CANCEL of a call that is not in flight");
        return;
    }
    assert_int_equal(task->token, context);
    assert_false(task->is_cancelled);
    task->is_cancelled = true;
}

static void on_event(void *user, void *object, struct their_handle from, const struct frame *frame,
                     const int *fds)
{
    struct node *node = user;
    (void)fds;
    struct identity identity = {NONE, 0};
    if (frame->body_size >= BODY_LEAST)
        identity = get_identity(frame->body + AT_OBJECT);
    if (node->role == PEER_CLIENT) {
        assert_non_null(object);
        check_object(node, object, identity);
    } else {
        const struct held *held = find_held(node, from.number);
        assert_non_null(held);
        assert_true(node->world->is_hostile ||
                    (is_same(held->identity, identity) && !held->is_dead));
    }
    read_message(node, frame, NULL);
}

static void on_death(void *user, struct their_handle handle, void *attached, enum via_cause cause)
{
    struct node *node = user;
    struct held *held = attached;
    assert_non_null(held);
    assert_int_equal(held->handle, handle.number);
    assert_true(held->count > 0 && !held->is_dead);
    held->is_dead = true;
    if (node->world->has_ended) {
        assert_true(cause == VIA_LINK_LOST || (node->world->is_hostile && cause == VIA_EXITED));
    } else if (!node->world->is_hostile) {
        const struct object *object = &node->other->objects[held->identity.index];
        assert_true(is_same(object->identity, held->identity));
        assert_int_equal(object->cause, cause);
    }
}

static void on_unexported(void *user, void *object, struct our_handle handle)
{
    struct object *ours = object;
    (void)user;
    (void)handle;
    assert_true(ours->is_exported);
    ours->is_exported = false;
    ours->cause = VIA_ALIVE;
    ours->identity.serial++;
}

static void on_bye(void *user, uint32_t code)
{
    const struct node *node = user;
    (void)code;
    assert_true(node->world->is_hostile);
}

static void on_resumed(void *user, bool recovered)
{
    (void)user;
    assert_true(recovered);
}

static uint64_t now(void *user)
{
    const struct node *node = user;
    return node->world->now;
}

const struct peer_ops sim_ops = {
    .hello = on_hello,
    .call = on_call,
    .introduced = on_introduced,
    .reply = on_reply,
    .refused = on_refused,
    .cancel = on_cancel,
    .event = on_event,
    .death = on_death,
    .unexported = on_unexported,
    .bye = on_bye,
    .resumed = on_resumed,
    .accept_stream = sim_accept_stream,
    .now = now,
};

/* ---- one step ---- */

void sim_act(struct node *node)
{
    struct world *world = node->world;
    switch (sim_roll(world, world->has_pipes ? 14 : 10)) {
    case 0:
    case 1:
    case 2:
        do_call(node);
        return;
    case 3:
    case 4:
        if (node->n_tasks > 0)
            do_answer(node, &node->tasks[sim_roll(world, node->n_tasks)]);
        return;
    case 5:
        do_event(node);
        return;
    case 6:
    case 7:
        do_release(node);
        return;
    case 8:
        do_death(node);
        return;
    case 9:
        do_cancel(node);
        return;
    default:
        sim_act_on_pipe(node);
        return;
    }
}

void sim_answer_all(struct node *node)
{
    while (node->n_tasks > 0)
        do_answer(node, node->tasks);
}

/* ---- what must hold in the end ---- */

static void check_calls(const struct node *node)
{
    for (unsigned i = 0; i < node->n_calls; i++)
        assert_int_equal(node->calls[i].n_replies, node->calls[i].is_forgotten ? 0 : 1);
    assert_int_equal(peer_n_sent(node->peer), 0);
}

void sim_check_nothing_given_out(const struct node *node)
{
    for (size_t i = 0; i < N_OBJECTS; i++)
        assert_false(node->objects[i].is_exported);
}

void sim_check_settled(struct node *node)
{
    check_calls(node);
    assert_int_equal(peer_n_received(node->peer), 0);
    /* Each call has been run once. */
    uint32_t n_cut = node->world->in_pieces ? node->n_cancelled : 0;
    assert_true(node->other->n_executed + node->n_stale + n_cut >= node->n_sent);
    assert_true(node->other->n_executed <= node->n_sent);
    for (size_t i = 0; i < N_HELD; i++) {
        const struct held *held = &node->held[i];
        if (held->count > 0)
            assert_int_equal(held->is_dead,
                             node->other->objects[held->identity.index].cause != VIA_ALIVE);
    }
    for (size_t i = 0; i < N_HELD; i++) {
        if (node->held[i].count > 0)
            peer_release(node->peer, (struct their_handle){node->held[i].handle}, UINT32_MAX);
        node->held[i].count = 0;
    }
}

void sim_check_ended(struct node *node)
{
    check_calls(node);
    sim_check_nothing_given_out(node);
    for (size_t i = 0; i < N_HELD; i++)
        assert_true(node->held[i].count == 0 || node->held[i].is_dead);
}
