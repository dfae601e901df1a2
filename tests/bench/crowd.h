/*
 * A crowd: many clients of a gateway in one thread of one process, each a peer over a link of its
 * own, on one loop. They cost little beside what they measure.
 */
#pragma once

#include "bridge/link.h"
#include "bridge/peer.h"

struct crowd;

struct member {
    struct crowd *crowd; /* borrowed */
    struct link *link;   /* owned */
    struct peer *peer;   /* owned */
    unsigned index;
    uint32_t service;  /* their handle of what was found */
    uint64_t since_ns; /* the user's own, like the next */
    uint64_t n;
    bool ready, lost;
};

struct crowd_ops {
    /* The service has been found, and its events subscribed to if there is an op for them. */
    void (*ready)(struct member *member);
    /* A reply to crowd_call(). NULL: none is sent. */
    void (*reply)(struct member *member, const struct frame *frame);
    /* An event of the service. NULL: none is subscribed. */
    void (*event)(struct member *member, const struct frame *frame);
};

struct crowd {
    struct loop *loop;      /* owned */
    struct member *members; /* owned */
    unsigned n, n_ready, n_opening, n_lost;
    unsigned n_failed;                            /* attempts to open one */
    const struct crowd_ops *ops;                  /* borrowed */
    const char *gateway, *ca, *cert, *key, *name; /* borrowed */
    struct wss_context *wss;                      /* owned */
    struct lean_links *lean; /* owned; NULL: the members' links are the library's own */
    void *user;
};

/* Connects @n members to @gateway, a few at a time, and lets each find "core" @name. 0 once all are
 * ready. The file names of certificates may be NULL for unix:. */
int crowd_open(struct crowd *crowd, unsigned n, const char *gateway, const char *const files[3],
               const char *name, const struct crowd_ops *ops, void *user);
/* The same for many that only read, over WebSockets: on lean links. */
int crowd_open_lean(struct crowd *crowd, unsigned n, const char *gateway,
                    const char *const files[3], const char *name, const struct crowd_ops *ops,
                    void *user);
void crowd_close(struct crowd *crowd);
/* One turn; waits at most @wait_ms. 0 on success. */
int crowd_turn(struct crowd *crowd, int wait_ms);

/* A call of @size octets to the service. 0 on success. */
int crowd_call(struct member *member, const uint8_t *body, uint32_t size);
/* Writes what the turn has gathered; for all that was not sent from within ops. */
void crowd_flush(struct member *member);
