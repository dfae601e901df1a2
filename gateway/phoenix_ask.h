/*
 * Phoenix's messages from the gateway itself, on behalf of a session; and whom the port numbers in
 * their answers mean to that session.
 */
#pragma once

#include "codecs/phoenix_message.h"
#include "gateway/asks.h"

/* An id at somebody's port, as in an oid, and the object that has the port, one count; NULL: none
 * that the session may call. */
struct phoenix_place {
    struct phoenix_oid oid;
    struct gateway_object *object;
};

struct phoenix_answer {
    enum via_status status;     /* of the delivery; what follows has a meaning with VIA_OK alone */
    enum via_cause cause;       /* with VIA_DEAD */
    int32_t err;                /* o.err, or what keeps the answer from being one */
    struct phoenix_reply reply; /* as it came */
    uint8_t raw[PHOENIX_RAW_SIZE]; /* canonical, like data */
    const uint8_t *data;           /* question.out_size octets */
    bool is_whole;                 /* it is the server's: err is o.err */
    const struct message *message; /* it came with; NULL: it came to none */
};

struct phoenix_ask {
    struct ask ask; /* its first member */
    struct phoenix_question question;
    uint64_t until_ms; /* 0: no limit */
    uint32_t priority; /* of its messages */
    /* The answer, borrowed; may send the next message. */
    void (*answered)(struct phoenix_ask *ask, const struct phoenix_answer *answer);
    void (*ended)(struct phoenix_ask *ask); /* as ask_ops.ended */
    void (*moves)(struct phoenix_ask *ask); /* likewise */
};

void phoenix_ask_init(struct phoenix_ask *ask, struct session *session);
/* Sends @request to @place's object; type, oid, i and o are the caller's to set. VIA_NOT_FOUND and
 * VIA_DENIED: the session may not call it, which is audited. */
VIA_MUST_USE enum via_status phoenix_ask_send(struct phoenix_ask *ask,
                                              const struct phoenix_place *place,
                                              struct phoenix_request *request);

/* What @session may call by @port; borrowed. As numbers_find(). */
VIA_MUST_USE enum via_status phoenix_ask_find(const struct session *session, uint32_t port,
                                              struct gateway_object **objectp);
/* The member of the answer's raw that is an oid: the @index-th. Replaces *placep. */
void phoenix_ask_place(const struct phoenix_ask *ask, const struct phoenix_answer *answer,
                       size_t index, struct phoenix_place *placep);
void phoenix_place_set(struct phoenix_place *place, const struct phoenix_oid *oid,
                       struct gateway_object *object);
void phoenix_place_clear(struct phoenix_place *place);
