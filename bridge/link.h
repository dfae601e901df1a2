/*
 * Links: the connections that carry a session's octets. A link reads into a buffer and hands it up;
 * it writes what stands in an outbox. It knows octets and descriptors, not frames. Two kinds: Unix
 * sockets (unix_link) and TLS WebSockets (wss_link); both pass one conformance suite.
 *
 * All functions are called with the loop owner's lock held; none blocks. Events come from within
 * loop_turn() only, never from within a call of the owner's, so the owner may change its tables
 * freely.
 */
#pragma once

#include <stddef.h>

#include "bridge/loop.h"
#include "bridge/outbox.h"

struct link;

/* What a link tells its owner. */
struct link_events {
    /* The connection stands, TLS and upgrade included. */
    void (*opened)(void *user);
    /* Octets came. The owner takes whole frames and sets *usedp; the link keeps the rest in front
     * of what comes next. Anything but VIA_OK closes the link once the outbox has been written. */
    enum via_status (*received)(void *user, const uint8_t *octets, size_t size, size_t *usedp);
    /* Descriptors that belong to the octets received next; the owner takes them. @lost: there were
     * more, and this process may not have so many; maybe none is left. Unix links only. */
    void (*received_fds)(void *user, const int *fds, size_t n_fds, bool lost);
    /* The outbox has run empty after link_flush() could not write it all at once. */
    void (*drained)(void *user);
    /* The last event: the connection is gone, or never came to be. VIA_OK: end of file from the
     * other side; else why, with words in @detail. Then link_destroy() it, here or later. */
    void (*closed)(void *user, enum via_status why, const char *detail);
};

/* How long ago the last octets came, and went, by the kernel's account: below TLS and WebSocket. */
struct link_silence {
    uint32_t received_ms, sent_ms;
    bool blocked; /* the kernel has octets that it may not send */
};

struct link_ops {
    const char *name;
    void (*flush)(struct link *link);
    void (*close)(struct link *link);
    void (*ping)(struct link *link); /* NULL, like silence, where the kernel tells of every end */
    bool (*silence)(struct link *link, struct link_silence *silence);
    void (*allow)(struct link *link, uint32_t ms);
    void (*hold)(struct link *link, bool held); /* NULL: it cannot be */
    struct link *(*destroy)(struct link *link);
};

struct link {
    const struct link_ops *ops;
    const struct link_events *events; /* borrowed */
    void *user;                       /* borrowed */
    struct outbox *outbox;            /* borrowed: what to write */
};

/* Writes what the outbox holds, now, as far as it goes without blocking; the rest as the socket
 * takes it. A failed write shuts the socket down; the closed event comes from the loop. */
static inline void link_flush(struct link *link)
{
    link->ops->flush(link);
}

/* Closes once the outbox has been written, or after LINK_CLOSE_MS; the closed event follows, from
 * the loop. */
static inline void link_close(struct link *link)
{
    link->ops->close(link);
}

/* Asks the other side for a sign of life, ahead of the outbox; it comes as octets that nobody is
 * handed. */
static inline void link_ping(struct link *link)
{
    if (link->ops->ping != NULL)
        link->ops->ping(link);
}

/* False: there is no connection, or none that has to be watched. */
static inline bool link_silence(struct link *link, struct link_silence *silence)
{
    return link->ops->silence != NULL && link->ops->silence(link, silence);
}

/* How long the kernel lets it be blocked; for one that has told its silence. */
static inline void link_allow(struct link *link, uint32_t ms)
{
    link->ops->allow(link, ms);
}

/* Reads nothing more, until false. An end may still be told. False: it goes on reading. */
static inline bool link_hold(struct link *link, bool held)
{
    if (link->ops->hold == NULL)
        return false;
    link->ops->hold(link, held);
    return true;
}

/* Frees it, at once, without events; what the outbox still holds is not written. NULL is allowed.
 */
static inline struct link *link_destroy(struct link *link)
{
    return link == NULL ? NULL : link->ops->destroy(link);
}

#define LINK_CLOSE_MS 1000u
#define LINK_READ_SIZE 65536u        /* octets read at once */
#define LINK_BACKLOG_MAX (16u << 20) /* octets of one unfinished frame that a link keeps */
