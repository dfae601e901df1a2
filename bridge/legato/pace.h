/*
 * The pace of one side of a session: it sends no more than some octets before those have come to
 * the other process. What is more waits here, in order, so that a program may send as fast as it
 * likes to one that sleeps, and no queue on the way runs over.
 */
#pragma once

#include "bridge/legato/mailbox.h"

#define PACE_WINDOW (512u << 10) /* octets on their way, then the next message waits */
#define PACE_ASK (128u << 10)    /* octets after which a receipt is asked for */
/* Octets that may wait: $VIADUCT_LEGATO_MAX_QUEUE_SIZE, else the default. */
#define PACE_QUEUE_MAX_DEFAULT (64u << 20)

struct pace;

/* All on the mailbox's thread. */

/* @proxy: of another process; a count is taken. @failed is told what became of a message that had
 * waited; @interface, for the log, is borrowed for ever. */
struct pace *pace_create(struct mailbox *mailbox, struct via_proxy *proxy, const char *interface,
                         void (*failed)(void *user, enum via_status status), void *user);

/* As those of wire.h; VIA_BUSY as well where too much waits. */
VIA_MUST_USE enum via_status pace_send(struct pace *pace, struct via_parcel *parcel);
/* @expected has its outcome in any case that this returns VIA_OK. */
VIA_MUST_USE enum via_status pace_request(struct pace *pace, struct via_parcel *parcel,
                                          struct expected *expected);
VIA_MUST_USE enum via_status pace_ask(struct pace *pace, struct via_parcel *parcel,
                                      struct via_parcel **replyp);
/* @parcel NULL: there is no answer, the caller hears VIA_DEAD. */
VIA_MUST_USE enum via_status pace_reply(struct pace *pace, struct via_call *call,
                                        struct via_parcel *parcel);

/* WIRE_CLOSED goes behind all that waits, @failed is told nothing any more, and the pace is gone
 * when the rest has been sent. Others than VIA_OK: the word did not go out. */
enum via_status pace_close(struct pace *pace);
