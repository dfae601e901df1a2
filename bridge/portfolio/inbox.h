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
    /* Likewise; @reply is borrowed, NULL unless VIA_OK. */
    void (*came)(struct expected *expected, enum via_status status, struct via_parcel *reply);
};

struct inbox {
    struct via_queue *queue; /* owned */
};

VIA_MUST_USE enum via_status inbox_init(struct inbox *inbox);
/* What is in it, and comes later, is answered that it is dead. */
void inbox_deinit(struct inbox *inbox);

/* A stub whose calls come here; @user of @destroyed is @receiver. */
VIA_MUST_USE enum via_status inbox_stub(struct inbox *inbox, struct receiver *receiver,
                                        void (*destroyed)(void *user), struct via_stub **stubp);

/* Its own thread: takes in what is there; or waits for something first, or to be roused. */
void inbox_take_in(struct inbox *inbox);
void inbox_wait(struct inbox *inbox);
/* Ends a wait, or the next one before it begins. Any thread. */
void inbox_rouse(struct inbox *inbox);
