/*
 * A simulator: a client and a gateway that do at random what owners may do, over a wire that cuts
 * and delays their octets at random, each way on its own. Each keeps a plain model of what must
 * hold: one reply to each call, its own; order; every reference the object that was meant; counts
 * that balance; one death for each import of what has died, none else.
 *
 * In a hostile run octets on their way to one of the two are changed. Then nobody can trust what a
 * frame says, but what a peer owes its owner holds all the same.
 *
 * A run is its seed: VIADUCT_SEED=n replays one, and a failure prints n.
 */
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/peer.h"
#include "codecs/octets.h"

enum {
    N_OBJECTS = 6,
    N_HELD = 24,
    N_CALLS = 512,
    N_STEPS = 250,
    REFS_MAX = 3,
    BODY_MAX = 6000,
    WIRE_MAX = 1 << 19,
    N_RUNS = 6000 /* of each sort */
};

/* Where things stand in the body of each message. */
enum {
    AT_SEQUENCE = 0, /* counts what its sender sends */
    AT_TOKEN = 4,    /* of a call and its reply */
    AT_OBJECT = 8,   /* what it is for or from: index, serial */
    AT_CALLER = 16,  /* who is introduced: index, serial */
    AT_REFS = 24,    /* index and serial of each */
    BODY_LEAST = AT_REFS + 8 * REFS_MAX
};

#define NONE UINT32_MAX

/* Which object, and which of its lives: it begins anew each time it is no longer given out. */
struct identity {
    uint32_t index, serial;
};

struct object {
    struct identity identity;
    bool is_exported;
    enum via_cause cause; /* VIA_ALIVE until its death has been told */
};

struct held {
    struct identity identity;
    uint32_t handle;
    uint32_t count; /* 0: the place is free */
    bool is_dead;
};

struct call {
    uint32_t id;
    bool is_stale; /* called by a handle we no longer held */
    bool is_forgotten;
    unsigned n_replies;
};

struct task {
    uint32_t id, token;
    bool is_cancelled;
};

struct world;

struct node {
    struct world *world;
    struct node *other;
    struct peer *peer; /* owned */
    enum peer_role role;
    struct object objects[N_OBJECTS];
    struct held held[N_HELD];
    struct held released; /* the last that went for good */
    struct call calls[N_CALLS];
    unsigned n_calls;
    struct task tasks[N_CALLS]; /* calls received, to be answered */
    unsigned n_tasks;
    uint32_t n_oneways;
    uint32_t sequence, seen_sequence;
    uint8_t wire[WIRE_MAX]; /* octets on their way to it */
    size_t wire_size;
    bool has_failed;
};

struct world {
    uint64_t random;
    bool is_hostile;
    bool has_ended;
    struct node *victim; /* in a hostile run: to whom octets are changed */
    unsigned speed;      /* how often octets move, of 16 */
    struct node nodes[2];
};

struct message {
    struct frame frame;
    struct meta meta;
    uint8_t body[BODY_MAX];
    uint8_t refs[REFS_MAX * FRAME_REF_SIZE];
    struct our_handle given[REFS_MAX + 1]; /* counts to take back if it is not sent */
    unsigned n_given;
};

static uint64_t seed_of_run; /* 0 when none is under way */

static uint32_t roll(struct world *world, uint32_t n)
{
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

/* Everything that @frame brings, and whether it is what was meant. */
static void read_message(struct node *node, const struct frame *frame, const struct meta *meta)
{
    uint8_t body[BODY_LEAST] = {0};
    if (!node->world->is_hostile)
        assert_true(frame->body_size >= BODY_LEAST && frame->n_refs <= REFS_MAX);
    memcpy(body, frame->body, frame->body_size < BODY_LEAST ? frame->body_size : BODY_LEAST);
    uint32_t sequence = octets_get_u32(body + AT_SEQUENCE);
    assert_true(node->world->is_hostile || sequence > node->seen_sequence);
    node->seen_sequence = sequence;

    for (uint8_t i = 0; meta != NULL && i < meta->n_introductions; i++)
        hold(node, meta->introductions[i].number, get_identity(body + AT_CALLER));
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
    struct held *held = &node->held[roll(node->world, N_HELD)];
    return held->count > 0 ? held : NULL;
}

static void add_ref(struct node *node, struct message *message)
{
    uint32_t place = message->frame.n_refs++;
    struct frame_ref ref = {.offset = AT_REFS + 8 * place};
    struct identity identity = {NONE, 0};
    const struct held *held = pick_held(node);
    if (held != NULL && roll(node->world, 3) == 0) {
        ref.handle = held->handle;
        ref.flags = FRAME_REF_YOURS;
        identity = held->identity;
    } else if (roll(node->world, 8) != 0) {
        struct object *object = &node->objects[roll(node->world, N_OBJECTS)];
        ref.handle = give(node, object, message);
        if (ref.handle != 0)
            identity = object->identity;
    }
    frame_ref_put(message->refs, place, &ref);
    put_identity(message->body + ref.offset, identity);
}

static void introduce(struct node *node, struct message *message)
{
    struct object *caller = &node->objects[roll(node->world, N_OBJECTS)];
    uint32_t handle = give(node, caller, message);
    if (handle == 0)
        return;
    message->meta = (struct meta){.has_caller = true, .caller = handle, .n_introductions = 1};
    message->meta.introductions[0].number = handle;
    put_identity(message->body + AT_CALLER, caller->identity);
}

static void make_message(struct node *node, struct message *message, uint32_t token)
{
    struct world *world = node->world;
    memset(message, 0, sizeof *message);
    message->frame.body = message->body;
    message->frame.body_size = BODY_LEAST;
    if (roll(world, 4) == 0)
        message->frame.body_size += roll(world, BODY_MAX - BODY_LEAST);
    message->frame.refs = message->refs;
    octets_put_u32(message->body + AT_SEQUENCE, ++node->sequence);
    octets_put_u32(message->body + AT_TOKEN, token);
    put_identity(message->body + AT_OBJECT, (struct identity){NONE, 0});
    for (uint32_t n = roll(world, 2) * roll(world, REFS_MAX + 1); n > 0; n--)
        add_ref(node, message);
}

static void take_back(struct node *node, const struct message *message)
{
    for (unsigned i = 0; i < message->n_given; i++)
        peer_unexport(node->peer, message->given[i]);
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
    if (held == NULL && node->released.handle != 0 && roll(world, 4) == 0) {
        held = &node->released;
        call->is_stale = true;
    }
    if (held != NULL) {
        message.frame.object = held->handle;
        put_identity(message.body + AT_OBJECT, held->identity);
    } else if (node->role == PEER_GATEWAY) {
        call->is_stale = true; /* a client has no object 0 */
    }
    if (node->role == PEER_GATEWAY && roll(world, 3) == 0)
        introduce(node, &message);
    enum via_status status;
    if (roll(world, 3) == 0) {
        uint32_t number;
        status = peer_oneway(node->peer, &message.frame, &message.meta, NULL, &number);
        if (status == VIA_OK)
            assert_int_equal(number, ++node->n_oneways);
    } else {
        status =
            peer_call(node->peer, &message.frame, &message.meta, NULL, node->n_calls, &call->id);
        if (status == VIA_OK)
            node->n_calls++;
    }
    if (status != VIA_OK)
        take_back(node, &message);
    assert_true(status == VIA_OK || status == VIA_BUSY || status == VIA_TOO_LARGE ||
                (status == VIA_DEAD && world->is_hostile));
}

static void do_answer(struct node *node, struct task *task)
{
    struct message message;
    make_message(node, &message, task->token);
    enum via_status status = peer_reply(node->peer, task->id, &message.frame, NULL);
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
        const struct object *object = &node->objects[roll(node->world, N_OBJECTS)];
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
    if (message.frame.object == 0 || peer_event(node->peer, &message.frame, NULL) != VIA_OK)
        take_back(node, &message);
}

static void do_release(struct node *node)
{
    struct held *held = pick_held(node);
    if (held == NULL)
        return;
    uint32_t n = roll(node->world, 2) == 0 ? held->count : 1;
    held->count -= n;
    peer_release(node->peer, (struct their_handle){held->handle},
                 held->count == 0 && roll(node->world, 2) == 0 ? UINT32_MAX : n);
    if (held->count == 0)
        node->released = *held;
}

static void do_death(struct node *node)
{
    struct object *object = &node->objects[roll(node->world, N_OBJECTS)];
    if (!object->is_exported)
        return;
    enum via_cause cause = (enum via_cause)(VIA_EXITED + roll(node->world, 5));
    peer_death(node->peer, object, cause);
    if (object->cause == VIA_ALIVE)
        object->cause = cause;
}

static void do_cancel(struct node *node)
{
    if (node->n_calls == 0)
        return;
    struct call *call = &node->calls[roll(node->world, node->n_calls)];
    if (roll(node->world, 2) == 0) {
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
    const struct hello welcome = {.name = "gateway"};
    if (node->role == PEER_GATEWAY)
        assert_int_equal(peer_welcome(node->peer, &welcome), VIA_OK);
}

static void on_call(void *user, void *object, const struct frame *frame, const struct meta *meta,
                    const int *fds)
{
    struct node *node = user;
    (void)fds;
    if (frame->body_size >= BODY_LEAST)
        check_object(node, object, get_identity(frame->body + AT_OBJECT));
    read_message(node, frame, meta);
    if (frame->flags & FRAME_ONEWAY) {
        if (roll(node->world, 8) == 0)
            peer_refuse(node->peer, frame->id, VIA_DENIED);
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
    if (roll(node->world, 4) == 0)
        do_answer(node, task);
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
        assert_int_equal(frame->time, VIA_LINK_LOST);
        return;
    }
    if (frame->body_size > 0 || node->world->is_hostile) {
        read_message(node, frame, NULL);
        assert_true(node->world->is_hostile || octets_get_u32(frame->body + AT_TOKEN) == context);
        return;
    }
    assert_true(frame->code == VIA_TOO_LARGE || (frame->code == VIA_NOT_FOUND && call->is_stale));
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
        assert_int_equal(cause, VIA_LINK_LOST);
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

static const struct peer_ops ops = {
    .hello = on_hello,
    .call = on_call,
    .reply = on_reply,
    .refused = on_refused,
    .cancel = on_cancel,
    .event = on_event,
    .death = on_death,
    .unexported = on_unexported,
    .bye = on_bye,
};

/* ---- the wire ---- */

static void corrupt(struct world *world, uint8_t *octets, size_t size)
{
    uint32_t at = roll(world, (uint32_t)size);
    if (roll(world, 2) == 0)
        at &= ~31u; /* where headers tend to begin */
    if (roll(world, 2) == 0)
        octets[at] ^= (uint8_t)(1u << roll(world, 8));
    else
        octets[at] = (uint8_t)roll(world, 256);
}

/* Puts up to @n octets that @node has to send onto the wire. */
static void send_octets(struct node *node, size_t n)
{
    struct node *to = node->other;
    struct outbox_block *head = outbox_head(peer_outbox(node->peer));
    if (head == NULL || to->wire_size == WIRE_MAX)
        return;
    size_t room = WIRE_MAX - to->wire_size;
    if (n > head->size - head->done)
        n = head->size - head->done;
    if (n > room)
        n = room;
    uint8_t *place = to->wire + to->wire_size;
    memcpy(place, head->octets + head->done, n);
    to->wire_size += n;
    if (to == node->world->victim && roll(node->world, 20) == 0)
        corrupt(node->world, place, n);
    outbox_wrote(peer_outbox(node->peer), n);
}

/* Feeds up to @n octets from the wire, as always with nothing readable behind them. */
static void receive_octets(struct node *node, size_t n)
{
    static uint8_t room[WIRE_MAX];
    if (n > node->wire_size)
        n = node->wire_size;
    if (n == 0 || node->has_failed)
        return;
    uint8_t *octets = room + WIRE_MAX - n;
    memcpy(octets, node->wire, n);
    size_t used = 0;
    enum via_status status = peer_feed(node->peer, octets, n, &used);
    if (status != VIA_OK) {
        if (!node->world->is_hostile)
            fail_msg("an honest frame was refused: %s", peer_fault(node->peer));
        assert_string_not_equal(peer_fault(node->peer), "");
        node->has_failed = true;
        return;
    }
    assert_true(used <= n);
    memmove(node->wire, node->wire + used, node->wire_size - used);
    node->wire_size -= used;
}

static void move_octets(struct node *node)
{
    struct world *world = node->world;
    uint32_t most = 1u << roll(world, 15);
    if (roll(world, 2) == 0)
        send_octets(node, 1 + roll(world, most));
    else
        receive_octets(node, 1 + roll(world, most));
}

static void deliver_all(struct world *world)
{
    for (int i = 0; i < 2; i++) {
        struct node *node = &world->nodes[i];
        while (!node->other->has_failed && outbox_size(peer_outbox(node->peer)) > 0) {
            send_octets(node, WIRE_MAX);
            receive_octets(node->other, WIRE_MAX);
        }
        receive_octets(node->other, WIRE_MAX);
    }
}

/* ---- runs ---- */

static void act(struct node *node)
{
    struct world *world = node->world;
    if (roll(world, 16) < world->speed) {
        move_octets(node);
        return;
    }
    switch (roll(world, 10)) {
    case 0:
    case 1:
    case 2:
        do_call(node);
        return;
    case 3:
    case 4:
        if (node->n_tasks > 0)
            do_answer(node, &node->tasks[roll(world, node->n_tasks)]);
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
    default:
        do_cancel(node);
        return;
    }
}

static void start_node(struct world *world, int i)
{
    struct node *node = &world->nodes[i];
    node->world = world;
    node->other = &world->nodes[1 - i];
    node->role = i == 0 ? PEER_CLIENT : PEER_GATEWAY;
    for (uint32_t index = 0; index < N_OBJECTS; index++)
        node->objects[index].identity.index = index;
    const struct peer_config config = {
        .role = node->role,
        .limits = {.frame_max = roll(world, 2) == 0 ? 4096 : 16384,
                   .calls_max = roll(world, 2) == 0 ? 5 : 0,
                   .handles_max = roll(world, 2) == 0 ? 4 : 0,
                   .queue_max = roll(world, 2) == 0 ? 8192 : 0},
    };
    assert_int_equal(peer_create(&node->peer, &config, &ops, node), VIA_OK);
}

static void start(struct world *world)
{
    start_node(world, 0);
    start_node(world, 1);
    const struct hello hello = {.name = "client"};
    assert_int_equal(peer_hello(world->nodes[0].peer, &hello), VIA_OK);
    deliver_all(world);
    assert_true(peer_is_ready(world->nodes[0].peer));
    assert_true(peer_is_ready(world->nodes[1].peer));
}

/* Everything arrives and everything is answered. */
static void settle(struct world *world)
{
    do {
        deliver_all(world);
        for (int i = 0; i < 2; i++) {
            while (world->nodes[i].n_tasks > 0)
                do_answer(&world->nodes[i], world->nodes[i].tasks);
        }
    } while (outbox_size(peer_outbox(world->nodes[0].peer)) > 0 ||
             outbox_size(peer_outbox(world->nodes[1].peer)) > 0);
}

static void check_calls(const struct node *node)
{
    for (unsigned i = 0; i < node->n_calls; i++)
        assert_int_equal(node->calls[i].n_replies, node->calls[i].is_forgotten ? 0 : 1);
    assert_int_equal(peer_n_sent(node->peer), 0);
}

static void check_nothing_given_out(const struct node *node)
{
    for (size_t i = 0; i < N_OBJECTS; i++)
        assert_false(node->objects[i].is_exported);
}

static void check_settled(struct node *node)
{
    check_calls(node);
    assert_int_equal(peer_n_received(node->peer), 0);
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

static void end(struct world *world)
{
    world->has_ended = true;
    for (int i = 0; i < 2; i++) {
        struct node *node = &world->nodes[i];
        peer_end(node->peer, VIA_LINK_LOST);
        check_calls(node);
        check_nothing_given_out(node);
        for (size_t j = 0; j < N_HELD; j++)
            assert_true(node->held[j].count == 0 || node->held[j].is_dead);
    }
}

static void run(uint64_t seed, bool is_hostile)
{
    static struct world world;
    /* the wires are large, and what is in them is written before it is read */
    world.random = seed;
    world.is_hostile = is_hostile;
    world.has_ended = false;
    world.victim = NULL;
    for (int i = 0; i < 2; i++) {
        struct node *node = &world.nodes[i];
        memset(node, 0, offsetof(struct node, wire));
        node->wire_size = 0;
        node->has_failed = false;
    }
    seed_of_run = seed;
    start(&world);
    world.speed = 4 + roll(&world, 10);
    if (is_hostile)
        world.victim = &world.nodes[roll(&world, 2)];
    for (int step = 0; step < N_STEPS; step++) {
        struct node *node = &world.nodes[roll(&world, 2)];
        if (node->has_failed)
            break;
        act(node);
    }
    if (is_hostile) {
        deliver_all(&world);
    } else if (roll(&world, 4) != 0) {
        settle(&world);
        check_settled(&world.nodes[0]);
        check_settled(&world.nodes[1]);
        settle(&world);
        check_nothing_given_out(&world.nodes[0]);
        check_nothing_given_out(&world.nodes[1]);
    }
    end(&world);
    for (int i = 0; i < 2; i++)
        world.nodes[i].peer = peer_destroy(world.nodes[i].peer);
    seed_of_run = 0;
}

/* Half of the runs are always the same, half are new each time. */
static void run_many(bool is_hostile)
{
    const char *given = getenv("VIADUCT_SEED");
    if (given != NULL) {
        run(strtoull(given, NULL, 10), is_hostile);
        return;
    }
    uint64_t fresh = (uint64_t)time(NULL) * 1000000u;
    for (uint64_t i = 1; i <= N_RUNS; i++)
        run(i % 2 == 0 ? i : fresh + i, is_hostile);
}

static void honest_ends_agree_whatever_the_wire_does(void **state)
{
    (void)state;
    run_many(false);
}

static void changed_octets_harm_nobody_but_their_sender(void **state)
{
    (void)state;
    run_many(true);
}

static void print_seed(void)
{
    if (seed_of_run != 0)
        (void)fprintf(stderr, "VIADUCT_SEED=%" PRIu64 " replays this run\n", seed_of_run);
    seed_of_run = 0;
}

/* The address sanitizer calls this before it ends the process. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its name for it */
void __asan_on_error(void);
void __asan_on_error(void)
{
    print_seed();
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static int teardown(void **state)
{
    (void)state;
    print_seed();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(honest_ends_agree_whatever_the_wire_does, teardown),
        cmocka_unit_test_teardown(changed_octets_harm_nobody_but_their_sender, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
