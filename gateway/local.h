/*
 * The local socket: whoever on this host may open it, by its mode, may speak binary frames.
 */
#pragma once

#include "bridge/loop.h"

struct gateway;

struct local {
    struct loop_source source; /* its fd is owned; -1: not open */
    struct loop_timer retry;   /* while there are no descriptors for more connections */
    struct gateway *gateway;
    bool bound; /* the file is ours to remove */
    int lock;   /* owned: held while the file is ours; -1 */
};

/* Listens at the configured path. VIA_EXISTS: another gateway answers there. @words has why not. */
VIA_MUST_USE enum via_status local_open(struct local *local, struct gateway *gateway, char *words,
                                        size_t words_size);
/* Takes over what another process has: @fd, which listens, and @lock; its file is ours to remove
 * only once local_own() has been called. */
VIA_MUST_USE enum via_status local_take(struct local *local, struct gateway *gateway, int fd,
                                        int lock);
void local_own(struct local *local);
/* Another process has them now: takes no more connections, and leaves the file. */
void local_abandon(struct local *local);
/* Takes no more connections; removes the file. */
void local_close(struct local *local);
