/*
 * The server's side of a session, from the client's coming in to the end of either of them.
 */
#pragma once

#include "bridge/legato/message.h"
#include "bridge/legato/service.h"

enum accepted_state {
    ACCEPTED_NEW, /* its thread does not know of it yet */
    ACCEPTED_OPEN,
    ACCEPTED_CLOSING, /* its close handlers run */
    ACCEPTED_CLOSED
};

struct accepted {
    struct receiver receiver; /* first */
    struct session session;
    struct accepted *next, **linkp; /* among its service's, while it is open */
    struct service *service;        /* a count */
    struct via_stub *stub;          /* a count, until nobody has to be told any more */
    struct via_proxy *back;         /* the same; NULL: it has none */
    struct pace *pace;              /* owned, while it is open; NULL: no back reference, or ours */
    uint64_t watch;                 /* of the back reference; 0: none, it is this process's */
    atomic_int state;               /* enum accepted_state; changed on its thread */
    uid_t uid;
    pid_t pid;
    bool is_far;                              /* the client is on another host */
    pthread_mutex_t lock;                     /* of the requests, and of stub's and back's end */
    struct message *requests, **last_request; /* that are not answered, the oldest first */
};

/* On any thread, while @service is not over. @openedp: a count. */
VIA_MUST_USE enum via_status accepted_create(struct service *service,
                                             const struct via_caller *caller,
                                             struct via_proxy *back, struct via_stub **openedp);
/* On its thread; the close handlers run, and it is gone. Nothing for one that is closed. */
void accepted_close(struct accepted *accepted);
