/*
 * Pumps: a descriptor of this process on one side, a stream of a peer's on the other, and octets
 * between them as either takes them, on the loop, without ever blocking. A node and a gateway have
 * the same ones.
 */
#pragma once

#include "bridge/loop.h"
#include "bridge/peer.h"
#include "bridge/streams.h"

/*
 * For a descriptor that goes out with a frame: a pump of its own copy of @fd, which stays the
 * caller's. @entry, which keeps its offset, gets the rest. VIA_BUSY: as many streams as the other
 * end takes; VIA_NO_MEMORY: also for want of descriptors; VIA_INVALID: @fd is none.
 */
VIA_MUST_USE enum via_status pump_offer(struct loop *loop, struct peer *peer, int fd,
                                        struct frame_fd *entry);
/* The frame was not sent. */
void pump_withdraw(struct peer *peer, const struct frame_fd *entry);
/* For ops->accept_stream: the descriptor that stands for @entry's, or -1. The caller's. */
int pump_accept(struct loop *loop, struct peer *peer, const struct frame_fd *entry);
