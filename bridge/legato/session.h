/*
 * Sessions, as both sides have them: a reference that is good until the session and its last
 * message are gone, an owner, an interface and the program's word.
 */
#pragma once

#include <stdatomic.h>

#include "bridge/legato/mailbox.h"
#include "bridge/legato/protocol.h"

#define SESSION_MESSAGES_MANY                                                                      \
    1024u /* messages at once of which the log tells, and at each double */

struct message;
struct session;

/* What the two sides do; on the owner's thread, which has been looked after. */
struct session_ops {
    bool is_server;
    void (*send)(struct session *session, struct message *message); /* takes a count */
    void (*close)(struct session *session);
    /* The last reference of a request is gone, answered or not. False: it is kept, and will
     * be released again. Any thread. */
    bool (*released)(struct session *session, struct message *request);
    void (*destroy)(struct session *session);
};

struct session {
    const struct session_ops *ops;
    atomic_uint refs;       /* of the library, and one for all holds */
    atomic_uint holds;      /* its life, and each message: at 0 the reference is gone */
    atomic_uint n_messages; /* that are alive */
    void *reference;
    struct mailbox *mailbox; /* a count */
    struct le_msg_Interface *interface;
    _Atomic(void *) context; /* the program's */
};

/* One reference, one hold. */
void session_init(struct session *session, const struct session_ops *ops, struct mailbox *mailbox,
                  struct le_msg_Interface *interface);
struct session *session_ref(struct session *session);
struct session *session_unref(struct session *session);
void session_hold(struct session *session);
void session_let_go(struct session *session);

static inline le_msg_SessionRef_t session_reference(const struct session *session)
{
    return session->reference;
}

/* The session, a count; fatal, in the words of @function, for one that is gone, or is local. */
struct session *session_find(le_msg_SessionRef_t reference, const char *function);
/* The same for what only the owner may do at one side; fatal otherwise. */
struct session *session_find_own(le_msg_SessionRef_t reference, bool is_server,
                                 const char *function);
/* Fatal for another thread than the owner's. */
void session_check_owner(const struct session *session, const char *function);
/* A message of it was made, or is gone. */
void session_count_message(struct session *session);
void session_uncount_message(struct session *session);
