/*
 * Whether the other side of a link is alive, told by nothing but octets that came from it. Links
 * whose kernel tells of every end by itself (Unix sockets) need none of it.
 */
#pragma once

#include "bridge/link.h"

#define LIVENESS_KEEPALIVE_MS 5000u /* until a silent side is asked; config `keepalive_ms` */
#define LIVENESS_TIMEOUT_MS 5000u   /* it then has; config `timeout_ms` */
#define LIVENESS_LEAST_MS 100u      /* of either */

/* Embedded by its owner; zeroed at first. */
struct liveness {
    struct loop *loop; /* borrowed */
    struct link *link; /* borrowed; NULL: nothing is watched */
    struct loop_timer timer;
    uint64_t asked_ms;    /* when it was asked because it was silent; 0 if it was not */
    uint64_t beat_ms;     /* when we last said something because we were silent */
    uint32_t allowed_ms;  /* what the kernel has been told last */
    uint64_t blocked_ms;  /* since when it has had octets that do not get through; 0: it has none */
    uint64_t greeting_ms; /* when it must have been greeted; 0 once it was */
    uint32_t patience_ms; /* how long it had for that */
    uint32_t keepalive_ms, timeout_ms;
    /* To ask for an answer, ahead of whatever waits to be written. */
    void (*ask)(struct liveness *liveness);
    /* It is as good as gone, and @detail says how that was found: liveness and link are the owner's
     * to stop and destroy, here or later; neither of them does anything more. */
    void (*silent)(struct liveness *liveness, const char *detail);
};

/* Begins with @link, which is open; ask and silent are set. @patience_ms: within this frames have
 * to be exchanged, however many octets come; 0: none have to. Nothing is done for a link that needs
 * no watching. */
VIA_MUST_USE enum via_status liveness_start(struct liveness *liveness, struct loop *loop,
                                            struct link *link, uint32_t patience_ms);
/* They have been exchanged. */
void liveness_greeted(struct liveness *liveness);
/* Before the link is destroyed. */
void liveness_stop(struct liveness *liveness);
