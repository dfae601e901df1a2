/*
 * What the parts of a peer share: peer.c (life, beginning and end, objects), peer_feed.c (octets
 * in), peer_gifts.c (references and callers that come), peer_send.c (frames out) and peer_resume.c
 * (another link).
 */
#pragma once

#include "bridge/exports.h"
#include "bridge/fd_queue.h"
#include "bridge/imports.h"
#include "bridge/incoming_transfers.h"
#include "bridge/outgoing_transfers.h"
#include "bridge/peer.h"
#include "bridge/received_calls.h"
#include "bridge/sent_calls.h"
#include "bridge/streams.h"

enum peer_state {
    PEER_NEW,     /* nothing has been said */
    PEER_GREETED, /* HELLO has been sent (client) or has come (gateway) */
    PEER_READY,
    PEER_ENDED
};

struct peer {
    const struct peer_ops *ops; /* borrowed */
    void *user;                 /* borrowed */
    enum peer_role role;
    enum peer_state state;
    struct peer_limits limits;
    struct outbox *outbox; /* owned */
    struct exports exports;
    struct imports imports;
    struct sent_calls sent;
    struct received_calls received;
    struct outgoing_transfers outgoing;
    struct incoming_transfers incoming;
    struct streams streams;
    uint32_t oneway_number; /* of the last one sent */
    bool resumes;
    bool detached;    /* there is no link */
    bool resuming;    /* a client that awaits the WELCOME of a new link */
    uint64_t session; /* its number; 0: none, it ends with its link */
    uint8_t secret[HELLO_SECRET_SIZE];
    uint32_t grace_ms;
    uint64_t n_counted;      /* frames received that an ACK counts */
    uint64_t n_acknowledged; /* of them */
    size_t octets_since;     /* the last ACK */
    struct fd_queue fds;
    uint32_t bye; /* enum frame_bye that came; 0 before */
    bool bye_sent;
    bool starved;          /* a frame that may not be refused was lost */
    enum via_status fault; /* why peer_feed() takes no more */
    char words[256];
    struct hello their_hello;
};

static inline uint64_t peer_now(const struct peer *peer)
{
    return peer->ops->now == NULL ? 0 : peer->ops->now(peer->user);
}

/* The owner writes what has come to wait. */
static inline void peer_stir(const struct peer *peer)
{
    if (peer->ops->stirred != NULL && peer->state != PEER_ENDED)
        peer->ops->stirred(peer->user);
}

/* ---- peer_feed.c ---- */

/* The words have been said: they go to the sender, and the session is at its end. */
VIA_MUST_USE enum via_status peer_fail(struct peer *peer, enum via_status status);
void peer_close_fds(const int *fds, size_t n_fds);
/* The descriptors of @frame, one for each entry; -1 for one that was sent empty or did not come.
 * False: there was no room here for some of them, and none is left; frame->fds_lost is to say so.
 */
VIA_MUST_USE bool peer_claim_fds(struct peer *peer, const struct frame *frame, int *fds);
/* @frame, which came, is for nobody: neither are its descriptors. */
void peer_refuse_fds(struct peer *peer, const struct frame *frame);
/* An EVENT that came will not be taken. */
void peer_lose_event(struct peer *peer, const struct frame *frame);
/* A payload over our frame_max is a fault. */
VIA_MUST_USE enum via_status peer_check_payload(struct peer *peer, const struct frame *frame);
/* Takes a CALL's id and finds whom it is for. Unless VIA_OK the id is free; a fault or a refusal.
 */
VIA_MUST_USE enum via_status peer_admit_call(struct peer *peer, const struct frame *frame,
                                             void **objectp);
/* A CALL, REPLY or EVENT has arrived. Takes @fds, frame->n_fds of them, always. @is_admitted: its
 * id and its introductions have been taken already. */
VIA_MUST_USE enum via_status peer_take_frame(struct peer *peer, const struct frame *frame,
                                             const int *fds, bool is_admitted);

/* ---- peer_gifts.c ---- */

/* Gives back the references that @frame brought and that were never counted. */
void peer_return_gifts(struct peer *peer, const struct frame *frame);
/*
 * Counts the references that @frame brings. VIA_NO_MEMORY: all of them have been given back, the
 * frame is to be treated as one that could not be taken; so it is when its descriptors were lost.
 * Anything else is a fault.
 */
VIA_MUST_USE enum via_status peer_take_gifts(struct peer *peer, const struct frame *frame);
/* META of a CALL; what is no good is a fault. */
VIA_MUST_USE enum via_status peer_read_meta(struct peer *peer, const struct frame *frame,
                                            struct meta *metap);
/* Once for each CALL, when its head has come. VIA_NO_MEMORY: for lack of it some have been given
 * back; the call is to be refused. Anything else is a fault. */
VIA_MUST_USE enum via_status peer_take_introductions(struct peer *peer, const struct meta *meta);

/* ---- peer.c ---- */

/* A BYE came that ends the session. */
static inline bool peer_is_leaving(const struct peer *peer)
{
    return peer->bye != 0 && peer->bye != FRAME_BYE_RESUME;
}

/* All that was under way ends: calls sent, imports, exports. */
void peer_end_all(struct peer *peer, enum via_cause cause);

/* ---- peer_resume.c ---- */

/* A frame of @size octets has been taken. */
void peer_count(struct peer *peer, size_t size);
/* Their ACK, or their count when they come back. False: they cannot have so many. */
bool peer_is_acknowledged(struct peer *peer, uint64_t count);
/* A WELCOME while resuming; *freshp: it is of a new session, to be taken like the first. */
enum via_status peer_come_back(struct peer *peer, const struct hello *hello, bool *freshp);
/* What a WELCOME says, or what ours says, of the session. */
void peer_keep_session(struct peer *peer, const struct hello *welcome);

/* ---- peer_send.c ---- */

/* HELLO or WELCOME: urgent. */
enum via_status peer_greet(struct peer *peer, enum frame_kind kind, const struct hello *hello);
/* An ACK; @echo: please answer. */
void peer_send_ack(struct peer *peer, bool echo);

/* Sets what peer_fault() says. */
__attribute__((format(printf, 2, 3))) void peer_say(struct peer *peer, const char *format, ...);

/* Sends a frame without references or descriptors that is never refused; nothing once a BYE has
 * been sent. */
void peer_must_send(struct peer *peer, const struct frame *frame);
/* The same, for frames that need a session that is ready. */
void peer_must_send_ready(struct peer *peer, const struct frame *frame);
void peer_send_release(struct peer *peer, uint32_t number, uint32_t n);
void peer_mark_introduced(struct peer *peer, uint32_t number);
/* Gives @frame entries, in @entries, of which those without a descriptor are marked: the receiver
 * takes none for them. Fills @present and returns how many there are. */
size_t peer_mark_fds(struct frame *frame, const int *fds, uint8_t *entries, int *present);
/* The peer's own answer to a CALL that it does not pass on. */
void peer_turn_away(struct peer *peer, const struct frame *call, enum via_status status);
