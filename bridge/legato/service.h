/*
 * Services: what clients open. A service is its owner's thread's, but clients come in on workers.
 */
#pragma once

#include <pthread.h>

#include "bridge/legato/session.h"

struct accepted;
struct handler;

/* By one lock. The newest first. */
struct handlers {
    struct handler *first;
    uint64_t n_added; /* ever */
};

struct service {
    atomic_uint refs;
    struct service *next, **linkp; /* among all of the process */
    struct owned owned;            /* by its thread */
    void *reference;
    struct mailbox *mailbox; /* a count */
    struct le_msg_Interface *interface;
    struct via_stub *stub;     /* a count; what is published */
    struct accepted *sessions; /* that are open; of its thread */
    bool is_advertised;
    le_msg_ReceiveHandler_t receive;
    void *receive_context;
    _Atomic(void *) context;

    pthread_mutex_t lock; /* of what follows */
    bool is_over;         /* nobody comes in any more */
    struct handlers opened, closed;
};

struct service *service_ref(struct service *service);
struct service *service_unref(struct service *service);
/* Runs each handler, the newest first; they may add and remove handlers. */
void service_tell(struct service *service, struct handlers *handlers, le_msg_SessionRef_t session);
/* Nobody comes in any more. */
bool service_is_over(struct service *service);
