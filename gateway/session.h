/*
 * Sessions: everyone the gateway talks to, whatever the link and the encoding. A session may own
 * objects (processes do), hold objects of others, call, and be called. What differs stands in its
 * table of functions; the router, the directory and the events see nothing else.
 *
 * Sessions stand in slots with generations. What outlives a turn (a call under way, a subscription)
 * keeps a session_key, never a pointer, so that what comes late for a session that has ended finds
 * nobody.
 */
#pragma once

#include "codecs/frame.h"
#include "codecs/meta.h"
#include "codecs/state.h"
#include "gateway/principal.h"

struct gateway;
struct gateway_object;
struct directory_entry;
struct number_block;
struct unanswered_request;
struct session;
struct opening;
struct ask;
struct bound;
struct subscription;
struct event_run;

/* One call, oneway, reply or event on its way through the gateway. All of it is borrowed for the
 * function it is passed to, but for the descriptors. */
struct message {
    const struct frame *frame;
    const struct meta *meta; /* calls and oneways; else NULL */
    struct gateway_object *const
        *objects;          /* frame->n_refs: what the references stand for; NULL: no object */
    const int *fds;        /* frame->n_fds; -1: an empty one */
    struct session *from;  /* who sends it; NULL: the gateway itself */
    struct session *first; /* calls: who began the chain; NULL: not told */
};

/* Closes the descriptors of a message that has not been passed on. */
void message_close_fds(const struct message *message);

/* None of these blocks or ends a session; a session that has to end does so from the loop. */
struct session_ops {
    const char *name;
    /* Calls the session's own object @handle. The reply comes to router_reply() with @context.
     * Descriptors are taken on VIA_OK only. */
    enum via_status (*call)(struct session *owner, uint32_t handle, const struct message *message,
                            uint64_t context, uint32_t *idp);
    enum via_status (*oneway)(struct session *owner, uint32_t handle, const struct message *message,
                              uint32_t *numberp);
    /* The reply to @id, an earlier call(), is no longer wanted; it still comes. */
    void (*cancel)(struct session *owner, uint32_t id);
    /* The reply to the session's own call @id. Takes descriptors, always. */
    void (*reply)(struct session *caller, uint32_t id, const struct message *message);
    /* Its oneway @number to @object, its own handle, went no further. */
    void (*refused)(struct session *sender, uint32_t number, uint32_t object,
                    enum via_status status);
    /* An event for one of its subscriptions or name watches; VIA_BUSY: not now. Descriptors are
     * taken on VIA_OK only. */
    enum via_status (*event)(struct session *subscriber, struct gateway_object *sink,
                             const struct message *message);
    /* A run of events for one of its subscriptions, all or none. VIA_BUSY: not now; anything else:
     * they have to go one by one. May be NULL. */
    enum via_status (*events)(struct session *subscriber, struct gateway_object *sink,
                              const struct event_run *run);
    /* An object it holds has died. */
    void (*death)(struct session *holder, struct gateway_object *object, enum via_cause cause);
    /* Its find @call, which waited, has an answer; @entry only with VIA_OK. May be NULL where none
     * waits. */
    void (*found)(struct session *session, uint32_t call, enum via_status status,
                  const struct directory_entry *entry);
    /* Its events have gone to so many that they are still being written: it is not read from for
     * the while, if it can be. May be NULL. */
    void (*hold)(struct session *owner);
    /* What is sent to its object @theirs, and what it gets in answer from @ours, go in one order.
     * May be NULL. */
    void (*join)(struct session *owner, const struct gateway_object *ours, uint32_t theirs);
    /* Nobody holds its object @handle any more. */
    void (*give_back)(struct session *owner, uint32_t handle);
    /* The next of the calls passed on to it that somebody waits for, in no order, with *cursorp 0
     * at first. May be NULL: there are none. */
    bool (*unanswered)(struct session *owner, uint32_t *cursorp,
                       struct unanswered_request *request);
    /* The gateway is going: says so and closes. */
    void (*close)(struct session *session, enum frame_bye code, const char *text);
};

/* A oneway that was passed on, in case the next hop refuses it. */
struct session_oneway {
    uint32_t number; /* at the receiver's end */
    uint32_t sender_number;
    uint32_t sender_object; /* what it was sent to, in its sender's words */
    uint32_t sender;        /* session_key of who sent it */
};
#define SESSION_ONEWAYS 1024u

struct session {
    const struct session_ops *ops;
    struct gateway *gateway; /* borrowed */
    uint16_t slot, generation;
    struct principal principal;
    enum via_cause leaving;         /* it has said goodbye, the link's end is to come */
    bool behind;                    /* something waits until its link has room */
    bool evicted;                   /* it is to be closed at the end of the turn */
    struct gateway_object *self;    /* owned: stands for it as a caller; NULL until it has called */
    struct session_oneway *oneways; /* owned; the last ones passed on to it; NULL until the first */
    struct opening *openings;       /* owned: opens passed on to it that it has not answered */
    struct subscription *subscriptions; /* those it receives; events.c's */
    struct directory_entry *names;      /* its names that stand for numbers; directory.c's */
    struct number_block *number_blocks; /* owned: numbers set aside for it; numbers.c's */
    uint32_t n_numbers;                 /* those, and those its objects have */
    struct bound *found;                /* owned: what it found through bindings; bound.c's */
    uint32_t n_found;
    struct ask *asks; /* what the gateway asks on its behalf; asks.c's */
    uint32_t n_asks;
};

struct sessions_place {
    struct session *session; /* NULL: free */
    uint16_t generation;
    uint16_t next_free;
};

struct sessions {
    struct sessions_place *places; /* owned; [0] is never used: the gateway itself */
    unsigned n_places, n, max;
    uint16_t first_free, last_free; /* 0: none; first in, first out, so that generations last */
};

VIA_MUST_USE enum via_status sessions_init(struct sessions *sessions, unsigned max);
void sessions_deinit(struct sessions *sessions);
/* Gives @session a slot: VIA_BUSY when there are as many as allowed, and @n_more. */
VIA_MUST_USE enum via_status sessions_add(struct sessions *sessions, struct session *session,
                                          unsigned n_more);
/* Gives it the slot that it had in another process: sessions_state() has been there before.
 * VIA_BUSY: another has it. */
VIA_MUST_USE enum via_status sessions_add_at(struct sessions *sessions, struct session *session,
                                             uint16_t slot);
void sessions_remove(struct sessions *sessions, struct session *session);
/* The session of @key, or NULL if it has ended. */
struct session *sessions_get(const struct sessions *sessions, uint32_t key);
/* The session in @slot; for walking, with slots from 1 to n_places - 1. */
struct session *sessions_at(const struct sessions *sessions, unsigned slot);

static inline uint32_t session_key(const struct session *session)
{
    return (uint32_t)session->slot << 16 | session->generation;
}

/* A call's place in 64 bits: whose it is and its id there. Key 0 is the gateway itself. */
static inline uint64_t session_context(uint32_t key, uint32_t id)
{
    return (uint64_t)key << 32 | id;
}
static inline uint32_t session_context_key(uint64_t context)
{
    return (uint32_t)(context >> 32);
}
static inline uint32_t session_context_id(uint64_t context)
{
    return (uint32_t)context;
}

/* The slots with their generations; loading, into those that have just been made. Then the sessions
 * are loaded, by sessions_add_at(), then the line of free slots. @moves: whether a session is among
 * those that are saved; the slots of others are free in the other process. */
void sessions_state(struct sessions *sessions, struct state *state,
                    bool (*moves)(const struct session *session));
void sessions_state_free(struct sessions *sessions, struct state *state,
                         bool (*moves)(const struct session *session));
