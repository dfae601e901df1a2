/*
 * A thread's mailbox: one queue in which arrives all that sessions of the thread's are sent, and
 * answered, in the order in which it was sent. It is emptied from the thread's loop.
 */
#pragma once

#include <stdbool.h>
#include <viaduct/object.h>

#include "bridge/legato/thread.h"

#define MAILBOX_TURN_MAX 64u /* taken in one turn of the loop, before others have theirs */

struct mailbox;

/* One that a stub's calls are for: the stub's user, and what it begins with. */
struct receiver {
    /* @call is borrowed. On the mailbox's thread. */
    void (*arrived)(struct receiver *receiver, struct via_call *call);
    const struct mailbox *mailbox; /* borrowed; set by mailbox_stub() */
};

/* One that waits for an outcome of the mailbox's, whose user it is. */
struct expected {
    struct expected *next, **linkp;
    /* Once; frees it. @reply is borrowed, NULL unless VIA_OK. */
    void (*came)(struct expected *expected, enum via_status status, struct via_parcel *reply);
};

/* What stands in a mailbox's list, and has to be ended with the thread. */
struct owned {
    struct owned *next, **linkp; /* NULL linkp: in no list */
    void (*end)(struct owned *owned);
};

/* The calling thread's, made at first; borrowed, there as long as the thread. Fatal where the
 * pthread is no Legato thread. */
struct mailbox *mailbox_here(void);
struct mailbox *mailbox_ref(struct mailbox *mailbox);
struct mailbox *mailbox_unref(struct mailbox *mailbox);

bool mailbox_is_here(const struct mailbox *mailbox);
struct legato_thread *mailbox_thread(const struct mailbox *mailbox);
/* Fatal, naming both threads, where the mailbox is another's. */
void mailbox_check(const struct mailbox *mailbox, const char *function, const char *interface);

/* The rest on its thread, but for the stub's. */

/* A stub whose calls go to @receiver; @destroyed when it is gone. Any thread, while the mailbox is
 * there. */
VIA_MUST_USE enum via_status mailbox_stub(struct mailbox *mailbox, struct receiver *receiver,
                                          void (*unreferenced)(void *user),
                                          void (*destroyed)(void *user), struct via_stub **stubp);
/* The receiver of a stub that was made so, or NULL. Any thread. */
struct receiver *mailbox_receiver(const struct via_proxy *proxy);
/* Calls @proxy; @expected stands in the mailbox until its outcome has come, on VIA_OK only. */
VIA_MUST_USE enum via_status mailbox_call(struct mailbox *mailbox, struct via_proxy *proxy,
                                          struct via_parcel *request, struct expected *expected);
/* The same, of via_proxy_reached_queued(). */
VIA_MUST_USE enum via_status mailbox_ask_receipt(struct mailbox *mailbox, struct via_proxy *proxy,
                                                 struct expected *expected);
/*
 * Between these two the thread waits for another process, in the core alone: le_thread_Cancel()
 * makes that fail with VIA_CANCELLED, and the thread ends in mailbox_end_wait(), to which goes what
 * mailbox_begin_wait() has returned. Both are points of cancellation.
 */
int mailbox_begin_wait(const struct mailbox *mailbox);
void mailbox_end_wait(int cancel_state);
void mailbox_own(struct mailbox *mailbox, struct owned *owned);
void mailbox_disown(struct owned *owned);
