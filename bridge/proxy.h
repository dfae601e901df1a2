/*
 * Proxies: one for each object in a process. A stub begins with the proxy that stands for it, so
 * both share one count.
 */
#pragma once

#include <stdatomic.h>
#include <viaduct/object.h>

#include "bridge/job.h"
#include "bridge/peer.h"
#include "bridge/seat.h"
#include "codecs/object.h"

struct death_watch {
    struct death_watch *next;
    uint64_t id;
    via_death_fn fn;
    void *user;   /* borrowed */
    bool closely; /* told of refused oneways, too */
    bool is_due;  /* there is one */
};

/* Under which name an object was found: so it can be found again. */
struct proxy_name {
    bool opened; /* it is what opening that one gave */
    const char *family, *name;
};

struct via_proxy {
    struct object object; /* first, with proxy_object_ops */
    atomic_uint refs;
    atomic_int cause;       /* enum via_cause */
    struct via_node *node;  /* a count */
    struct via_stub *local; /* the stub that this begins, or NULL */
    bool remote;            /* on another host */

    struct their_handle handle; /* in @session */
    uint64_t session;
    bool attached;           /* its import knows it */
    struct proxy_name *name; /* owned; NULL: found otherwise */
    uint32_t number;         /* gateway-wide, while known_numbers.c has it; 0: none is known */

    struct death_watch *watches, **last_watch; /* owned; each holds a count of the proxy */
    size_t n_callbacks;                        /* replies and events of it that are to run */
    bool died;                                 /* everything it sent has come before */
    struct job death;                          /* tells the watches */
    bool telling;                              /* it does so right now */

    atomic_uintptr_t data;
    void (*destroy_data)(void *data);
    struct afterwards last; /* a last count that was dropped under a lock */
};

extern const struct object_ops proxy_object_ops;

/* In the storage of its owner; @node is counted. */
void proxy_init(struct via_proxy *proxy, struct via_node *node);
/* A new import of the current session, one count; NULL when out of memory. Lock held. */
struct via_proxy *proxy_create(struct via_node *node, struct their_handle handle, bool remote);

/* The rest with the lock held. */
/* It has been found so; NULL for any family. The first name stays; without memory it has none. */
void proxy_set_name(struct via_proxy *proxy, const char *family, const char *name, bool opened);
/* A call to it came back dead: its cause is known, what it sent before may still be under way. */
void proxy_is_dying(struct via_proxy *proxy, enum via_cause cause);
void proxy_died(struct via_proxy *proxy, enum via_cause cause);
/* A hop refused a oneway to it, which is lost. */
void proxy_refused(struct via_proxy *proxy);
/* A callback about it is posted, and has run: its death is told after all of these. */
void proxy_callback_posted(struct via_proxy *proxy);
void proxy_callback_ran(struct via_proxy *proxy);
/* Whether it can be called: VIA_OK or VIA_DEAD. */
VIA_MUST_USE enum via_status proxy_check(const struct via_proxy *proxy);
