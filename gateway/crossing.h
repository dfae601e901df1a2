/*
 * A message crossing into a binary session: references become the receiver's handles, caller and
 * first caller become numbers it knows. The payload is not touched.
 */
#pragma once

#include "gateway/binary.h"

struct crossing {
    struct binary *to;
    const struct message *message;
    struct frame frame; /* the message's, with references in the gateway's scratch */
    struct meta meta;
    const int *fds;        /* as many as the frame has; -1 for those that go as streams */
    int no_fds[UINT8_MAX]; /* those */
};

/* References only. On an error nothing stays taken. */
VIA_MUST_USE enum via_status crossing_begin(struct crossing *crossing, struct binary *to,
                                            const struct message *message);
/* META besides, for calls and oneways. On an error nothing stays taken. */
VIA_MUST_USE enum via_status crossing_begin_call(struct crossing *crossing, struct binary *to,
                                                 const struct message *message);
/* It was sent: who is dead among its references dies there too, and the link is to be flushed. */
void crossing_sent(struct crossing *crossing);
/* It was not: all counts are taken back. */
void crossing_undo(struct crossing *crossing);

/* One reference for @to: its own as it knows it, others' by a handle with one count more, none
 * (NULL) as none. Sets handle and flags. */
VIA_MUST_USE enum via_status crossing_put(struct binary *to, struct gateway_object *object,
                                          struct frame_ref *refp);
/* The count of a crossing_put() that was not sent. */
void crossing_take_back(struct binary *to, const struct frame_ref *ref);
/* All references of @frame that crossing_put() made and that were not sent. */
void crossing_take_back_all(struct binary *to, const struct frame *frame);
