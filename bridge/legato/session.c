/*
 * A reference leads to its session for as long as that has a hold, so what a program does with it
 * afterwards is fatal, and never an access to memory that is gone.
 */
#include "bridge/legato/session.h"

#include "bridge/legato/fatal.h"
#include "bridge/legato/local.h"
#include "bridge/legato/reference.h"

void session_init(struct session *session, const struct session_ops *ops, struct mailbox *mailbox,
                  struct le_msg_Interface *interface)
{
    session->ops = ops;
    atomic_init(&session->refs, 1);
    atomic_init(&session->holds, 1);
    atomic_init(&session->n_messages, 0);
    atomic_init(&session->context, NULL);
    session->mailbox = mailbox_ref(mailbox);
    session->interface = interface;
    session->reference = reference_create(REFERENCE_SESSION, session);
}

struct session *session_ref(struct session *session)
{
    (void)atomic_fetch_add(&session->refs, 1);
    return session;
}

struct session *session_unref(struct session *session)
{
    if (session == NULL || atomic_fetch_sub(&session->refs, 1) != 1)
        return NULL;
    struct mailbox *mailbox = session->mailbox;
    session->ops->destroy(session);
    (void)mailbox_unref(mailbox);
    return NULL;
}

void session_hold(struct session *session)
{
    (void)atomic_fetch_add(&session->holds, 1);
}

void session_let_go(struct session *session)
{
    if (atomic_fetch_sub(&session->holds, 1) != 1)
        return;
    (void)reference_delete(REFERENCE_SESSION, session->reference);
    (void)session_unref(session);
}

/* ---- by reference ---- */

static void ref(void *object)
{
    (void)session_ref(object);
}

struct session *session_find(le_msg_SessionRef_t reference, const char *function)
{
    if (reference == NULL)
        legato_fatal("%s: the session is NULL.", function);
    if (!reference_is_one(reference))
        legato_fatal("%s: not for local sessions.", function);
    struct session *session = reference_hold(REFERENCE_SESSION, reference, ref);
    if (session == NULL)
        legato_fatal("%s: session %p is gone: it was closed by the client or deleted, and its "
                     "reference is not good any more.",
                     function, (void *)reference);
    return session;
}

void session_check_owner(const struct session *session, const char *function)
{
    mailbox_check(session->mailbox, function, session->interface->name);
}

struct session *session_find_own(le_msg_SessionRef_t reference, bool is_server,
                                 const char *function)
{
    struct session *session = session_find(reference, function);
    if (session->ops->is_server != is_server)
        legato_fatal("%s: interface '%s': for the %s's side of a session only.", function,
                     session->interface->name, is_server ? "server" : "client");
    session_check_owner(session, function);
    return session;
}

/* ---- messages ---- */

void session_count_message(struct session *session)
{
    session_hold(session);
    unsigned n = atomic_fetch_add(&session->n_messages, 1) + 1;
    if (n >= SESSION_MESSAGES_MANY && (n & (n - 1)) == 0)
        legato_warn("Interface '%s': %u messages of one session are not released.",
                    session->interface->name, n);
}

void session_uncount_message(struct session *session)
{
    (void)atomic_fetch_sub(&session->n_messages, 1);
    session_let_go(session);
}

/* ---- what programs ask ---- */

void le_msg_SetSessionContextPtr(le_msg_SessionRef_t sessionRef, void *contextPtr)
{
    if (local_session_is(sessionRef)) {
        local_session_set_context(sessionRef, contextPtr);
        return;
    }
    struct session *session = session_find(sessionRef, __func__);
    atomic_store(&session->context, contextPtr);
    (void)session_unref(session);
}

void *le_msg_GetSessionContextPtr(le_msg_SessionRef_t sessionRef)
{
    if (local_session_is(sessionRef))
        return local_session_context(sessionRef);
    struct session *session = session_find(sessionRef, __func__);
    void *context = atomic_load(&session->context);
    (void)session_unref(session);
    return context;
}

le_msg_ProtocolRef_t le_msg_GetSessionProtocol(le_msg_SessionRef_t sessionRef)
{
    if (local_session_is(sessionRef))
        return NULL;
    struct session *session = session_find(sessionRef, __func__);
    struct le_msg_Protocol *protocol = session->interface->protocol;
    (void)session_unref(session);
    return protocol;
}

le_msg_InterfaceRef_t le_msg_GetSessionInterface(le_msg_SessionRef_t sessionRef)
{
    if (local_session_is(sessionRef))
        return NULL;
    struct session *session = session_find(sessionRef, __func__);
    struct le_msg_Interface *interface = session->interface;
    (void)session_unref(session);
    return interface;
}

void le_msg_CloseSession(le_msg_SessionRef_t sessionRef)
{
    if (local_session_is(sessionRef)) {
        local_session_close(sessionRef);
        return;
    }
    struct session *session = session_find(sessionRef, __func__);
    session_check_owner(session, __func__);
    session->ops->close(session);
    (void)session_unref(session);
}

void le_msg_CloseSessionLocked(le_msg_SessionRef_t sessionRef)
{
    le_msg_CloseSession(sessionRef);
}
