/*
 * A peer that has been introduced is fed the octets, in pieces, by an owner that keeps or releases
 * what it is given, answers or waits, and gives out objects, sends calls and cancels them before
 * anything comes. The first octet chooses among these (enum choice), the second is the size of the
 * pieces, 0 for all at once. Octets are accepted when they are whole frames without a fault.
 *
 * Whatever comes: each call has one reply when all is over, each import one death, each object that
 * was given out is given back once.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/peer.h"
#include "tests/fuzz/fuzz.h"

enum choice {
    CHOICE_GATEWAY = 1,
    CHOICE_KEEP = 2,
    CHOICE_ANSWER = 4,
    CHOICE_FDS = 8,    /* two descriptors come with the octets */
    CHOICE_FORGET = 16 /* half of our calls are forgotten */
};

enum { N_OBJECTS = 4, N_CALLS = 4, N_KEPT = 64 };

struct object {
    bool is_exported;
};

struct kept {
    uint32_t handle; /* 0: the place is free */
    bool is_dead;
};

struct owner {
    struct peer *peer;
    unsigned choices;
    struct object objects[N_OBJECTS];
    unsigned n_replies[N_CALLS];
    struct kept kept[N_KEPT];
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static uint32_t give(struct owner *owner, unsigned i)
{
    struct our_handle handle = {0};
    bool is_new = false;
    if (peer_export(owner->peer, &owner->objects[i], &handle, &is_new) != VIA_OK)
        return 0;
    require(is_new != owner->objects[i].is_exported);
    owner->objects[i].is_exported = true;
    return handle.number;
}

static void keep(struct owner *owner, uint32_t handle)
{
    void **attached = peer_imported(owner->peer, handle);
    require(attached != NULL && peer_import_count(owner->peer, handle) > 0);
    if (*attached != NULL)
        return;
    struct kept *kept = NULL;
    for (size_t i = 0; i < N_KEPT; i++) {
        if (owner->kept[i].handle == 0)
            kept = &owner->kept[i];
    }
    if (kept == NULL || !(owner->choices & CHOICE_KEEP)) {
        peer_release(owner->peer, (struct their_handle){handle}, UINT32_MAX);
        return;
    }
    *kept = (struct kept){.handle = handle};
    *attached = kept;
}

/* A count that is not the first may already have gone with the others. */
static void take_handle(struct owner *owner, uint32_t handle)
{
    if (handle != 0 && peer_import_count(owner->peer, handle) > 0)
        keep(owner, handle);
}

static void take(struct owner *owner, const struct frame *frame, const int *fds)
{
    for (uint32_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        if (!(ref.flags & FRAME_REF_YOURS))
            take_handle(owner, ref.handle);
    }
    for (size_t i = 0; i < frame->n_fds; i++)
        require(fds[i] < 0); /* without CHOICE_FDS none comes; with it they were -1 to begin with */
    volatile uint8_t sum = 0; /* all that the frame points to can be read */
    for (uint32_t i = 0; i < frame->body_size; i++)
        sum = (uint8_t)(sum + frame->body[i]);
    for (uint32_t i = 0; i < frame->tape_size; i++)
        sum = (uint8_t)(sum + frame->tape[i]);
}

static void on_hello(void *user, const struct hello *hello)
{
    struct owner *owner = user;
    if (owner->choices & CHOICE_GATEWAY)
        require(peer_welcome(owner->peer, hello) == VIA_OK);
}

static void on_introduced(void *user, const struct meta *meta)
{
    for (uint8_t i = 0; i < meta->n_introductions; i++)
        take_handle(user, meta->introductions[i].number);
}

static void on_call(void *user, void *object, const struct frame *frame, const struct meta *meta,
                    const int *fds)
{
    struct owner *owner = user;
    require(object == NULL || ((struct object *)object)->is_exported);
    (void)meta;
    take(owner, frame, fds);
    if (frame->flags & FRAME_ONEWAY) {
        peer_refuse(owner->peer, frame->id, frame->object, VIA_DENIED);
        return;
    }
    require(peer_is_waiting(owner->peer, frame->id));
    peer_set_context(owner->peer, frame->id, frame->id);
    if (!(owner->choices & CHOICE_ANSWER))
        return;
    uint8_t refs[FRAME_REF_SIZE];
    const struct frame_ref ref = {.handle = give(owner, frame->code % N_OBJECTS)};
    frame_ref_put(refs, 0, &ref);
    const struct frame reply = {.body = refs, .body_size = 8, .refs = refs, .n_refs = 1};
    require(peer_reply(owner->peer, frame->id, &reply, NULL) == VIA_OK);
    require(!peer_is_waiting(owner->peer, frame->id));
    if (object != NULL)
        peer_death(owner->peer, object, VIA_WITHDRAWN);
}

static void on_reply(void *user, uint64_t context, const struct frame *frame, const int *fds)
{
    struct owner *owner = user;
    require(context < N_CALLS && ++owner->n_replies[context] == 1);
    if (frame->n_refs > 0 || frame->body_size > 0)
        take(owner, frame, fds);
}

static void on_refused(void *user, const struct frame *frame)
{
    (void)user;
    require(frame->kind == FRAME_REPLY && (frame->flags & FRAME_ONEWAY));
}

static void on_cancel(void *user, uint32_t id, uint64_t context)
{
    struct owner *owner = user;
    require(context == id && peer_is_waiting(owner->peer, id));
    if (id % 2 == 0)
        require(peer_answer(owner->peer, id, VIA_CANCELLED, 0) == VIA_OK);
}

static void on_event(void *user, void *object, struct their_handle from, const struct frame *frame,
                     const int *fds)
{
    struct owner *owner = user;
    if (owner->choices & CHOICE_GATEWAY)
        require(peer_import_count(owner->peer, from.number) > 0);
    else
        require(((struct object *)object)->is_exported);
    take(owner, frame, fds);
}

static void on_death(void *user, struct their_handle handle, void *attached, enum via_cause cause)
{
    struct owner *owner = user;
    struct kept *kept = attached;
    require(cause >= VIA_EXITED && cause <= VIA_EVICTED);
    require(kept != NULL && kept->handle == handle.number && !kept->is_dead);
    kept->is_dead = true;
    if (handle.number % 2 == 0) {
        kept->handle = 0;
        peer_release(owner->peer, handle, UINT32_MAX);
    }
}

static void on_unexported(void *user, void *object, struct our_handle handle)
{
    struct object *ours = object;
    (void)user;
    (void)handle;
    require(ours->is_exported);
    ours->is_exported = false;
}

static void on_bye(void *user, uint32_t code)
{
    (void)user;
    require(code >= FRAME_BYE_EXITED && code <= FRAME_BYE_RESUME);
}

static const struct peer_ops ops = {
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
};

/* HELLO or WELCOME comes; then objects are given out and calls sent, so that there are handles and
 * ids, 1 to 4 each, that frames can name. */
static void introduce(struct owner *owner)
{
    const struct hello hello = {.name = "fuzz"};
    if (!(owner->choices & CHOICE_GATEWAY))
        require(peer_hello(owner->peer, &hello) == VIA_OK);
    uint8_t octets[FRAME_HEADER_SIZE];
    const struct frame frame = {.kind =
                                    owner->choices & CHOICE_GATEWAY ? FRAME_HELLO : FRAME_WELCOME,
                                .code = HELLO_VERSION};
    size_t used;
    frame_encode(&frame, octets);
    require(peer_feed(owner->peer, octets, sizeof octets, &used) == VIA_OK);
    require(peer_is_ready(owner->peer));

    for (unsigned i = 0; i < N_OBJECTS; i++)
        (void)give(owner, i);
    for (unsigned i = 0; i < N_CALLS; i++) {
        const struct frame call = {.object = i};
        uint32_t id;
        require(peer_call(owner->peer, &call, NULL, NULL, i, &id) == VIA_OK);
        if (i % 2 == 0)
            peer_cancel(owner->peer, id);
        else if (owner->choices & CHOICE_FORGET)
            peer_forget(owner->peer, id);
    }
    if (owner->choices & CHOICE_FDS)
        peer_feed_fds(owner->peer, (const int[]){-1, -1}, 2, false);
}

/* True if all of it is whole frames without a fault. */
static bool feed(struct owner *owner, const uint8_t *octets, size_t size, size_t piece)
{
    size_t at = 0;
    for (size_t end = 0; end < size;) {
        end = piece == 0 || size - end < piece ? size : end + piece;
        size_t used = 0;
        if (peer_feed(owner->peer, octets + at, end - at, &used) != VIA_OK) {
            require(peer_fault(owner->peer)[0] != '\0' && !peer_is_ready(owner->peer));
            return false;
        }
        require(used <= end - at);
        at += used;
    }
    return at == size;
}

static void check_end(struct owner *owner)
{
    peer_end(owner->peer, VIA_LINK_LOST);
    for (unsigned i = 0; i < N_CALLS; i++) {
        bool is_forgotten = (owner->choices & CHOICE_FORGET) && i % 2 == 1;
        require(owner->n_replies[i] == (is_forgotten ? 0 : 1));
    }
    for (unsigned i = 0; i < N_OBJECTS; i++)
        require(!owner->objects[i].is_exported);
    for (size_t i = 0; i < N_KEPT; i++)
        require(owner->kept[i].handle == 0 || owner->kept[i].is_dead);
    require(peer_n_sent(owner->peer) == 0);
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    if (size < 2)
        return false;
    struct owner owner;
    memset(&owner, 0, sizeof owner);
    owner.choices = octets[0];
    const struct peer_config config = {
        .role = owner.choices & CHOICE_GATEWAY ? PEER_GATEWAY : PEER_CLIENT,
        .limits = {.frame_max = 65536, .calls_max = 8, .handles_max = 16, .queue_max = 65536},
    };
    if (peer_create(&owner.peer, &config, &ops, &owner) != VIA_OK)
        return false;
    introduce(&owner);
    bool is_accepted = feed(&owner, octets + 2, size - 2, octets[1]);
    check_end(&owner);
    owner.peer = peer_destroy(owner.peer);
    return is_accepted;
}
