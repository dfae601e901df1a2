/*
 * Where what comes from other processes waits for a task: calls to its stubs, and outcomes of its
 * calls. The task's own thread takes it in, within its calls of the library, and reads the link
 * while it waits for more.
 */
#pragma once

#include <stdbool.h>
#include <viaduct/object.h>

/* One that is called, in its owner's storage, as long as its stub is. */
struct receiver {
    /* On the task's thread, no lock held; @call is borrowed, and may be kept. */
    void (*arrived)(struct receiver *receiver, struct via_call *call);
};

/* One that waits for an outcome, in its owner's storage: the user of a call that is queued. */
struct expected {
    /* Likewise; @reply is borrowed, NULL unless VIA_OK. It comes once, and VIA_DEAD where the task
     * has ended before. */
    void (*came)(struct expected *expected, enum via_status status, struct via_parcel *reply);
    struct expected *next, **linkp; /* the inbox's */
};

struct inbox {
    struct via_queue *queue;    /* owned */
    struct expected *expecting; /* outcomes that have not come */
};

VIA_MUST_USE enum via_status inbox_init(struct inbox *inbox);
/* What is in it, and comes later, is answered that it is dead; so is what is expected. */
void inbox_deinit(struct inbox *inbox);

/* A stub whose calls come here; @user of @destroyed is @receiver. */
VIA_MUST_USE enum via_status inbox_stub(struct inbox *inbox, struct receiver *receiver,
                                        void (*destroyed)(void *user), struct via_stub **stubp);

/* The one whose stub that is. NULL: it is not made by inbox_stub(). */
struct receiver *inbox_receiver(const struct via_stub *stub);

/* Its own thread calls without waiting, as via_proxy_call_queued(): @expected is told, if VIA_OK.
 */
VIA_MUST_USE enum via_status inbox_call(struct inbox *inbox, struct via_proxy *proxy, uint32_t code,
                                        struct via_parcel *request, uint32_t timeout_ms,
                                        struct expected *expected, struct via_pending **pendingp);

/* Its own thread: takes in what is there; or waits for something first, or to be roused. */
void inbox_take_in(struct inbox *inbox);
void inbox_wait(struct inbox *inbox);
/* Ends a wait, or the next one before it begins. Any thread. */
void inbox_rouse(struct inbox *inbox);
