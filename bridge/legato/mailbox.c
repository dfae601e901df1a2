/*
 * The queue tells when it is not empty any more; then a function is put into the thread's FIFO,
 * which takes what is there. Where that is a lot it stops after some and goes behind whatever waits
 * in the FIFO.
 *
 * While the thread's loop waits, it waits as a sentry, who reads the link; what is sent while the
 * mailbox is emptied is written together.
 *
 * A queue may still be telling a mailbox when the thread, and the last count, are gone; so
 * mailboxes are never freed, but used again.
 */
#include "bridge/legato/mailbox.h"

#include <pthread.h>
#include <viaduct/node.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/thread_state.h"
#include "bridge/sentry.h"

struct mailbox {
    struct mailbox *next;         /* of the spares */
    unsigned refs;                /* 0: a spare */
    struct legato_thread *thread; /* a count */
    struct via_queue *queue;      /* owned; NULL once the thread has ended */
    struct sentry *sentry;        /* owned; likewise */
    struct expected *expected;
    struct owned *owned;
};

static _Thread_local struct mailbox *mine; /* a count */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of counts and spares */
static struct mailbox *spares;

/* ---- emptying it ---- */

/* No call is handled by a worker: all go to a queue. It is how stubs of ours are known. */
static void refuse(void *user, struct via_call *call)
{
    (void)user;
    (void)via_call_fail(call, VIA_UNSUPPORTED);
}

static void take_out(struct expected *expected)
{
    *expected->linkp = expected->next;
    if (expected->next != NULL)
        expected->next->linkp = expected->linkp;
}

static void hand_over(const struct via_arrival *arrival)
{
    if (arrival->call == NULL) {
        struct expected *expected = arrival->user;
        take_out(expected);
        expected->came(expected, arrival->status, arrival->reply);
        return;
    }
    struct receiver *receiver = via_stub_user(via_call_stub(arrival->call), refuse);
    receiver->arrived(receiver, arrival->call);
}

static void drop(void *context)
{
    const struct via_arrival *arrival = context;
    (void)via_parcel_unref(arrival->reply);
    (void)via_call_unref(arrival->call);
}

/* Whoever it is for may run the program's handler, in which the thread may be cancelled. */
static void handle(struct via_arrival *arrival)
{
    pthread_cleanup_push(drop, arrival);
    hand_over(arrival);
    pthread_cleanup_pop(1);
}

/* False: there may be more. */
static bool take_some(struct mailbox *mailbox)
{
    struct via_arrival arrival;
    unsigned n = 0;
    if (mailbox->sentry != NULL)
        sentry_gather(mailbox->sentry, mailbox->queue);
    while (mailbox->queue != NULL && n < MAILBOX_TURN_MAX &&
           via_queue_take(mailbox->queue, 0, &arrival) == VIA_OK) {
        handle(&arrival);
        n++;
    }
    if (mailbox->sentry != NULL)
        sentry_write(mailbox->sentry);
    return n < MAILBOX_TURN_MAX;
}

static void unref(void *mailbox)
{
    (void)mailbox_unref(mailbox);
}

static void empty(void *param1, void *param2)
{
    struct mailbox *mailbox = param1;
    bool is_empty;
    (void)param2;
    pthread_cleanup_push(unref, mailbox);
    is_empty = take_some(mailbox);
    pthread_cleanup_pop(0);
    if (is_empty || !legato_thread_queue(mailbox->thread, empty, mailbox, NULL))
        (void)mailbox_unref(mailbox);
}

static void arrived(void *user)
{
    struct mailbox *mailbox = user;
    (void)pthread_mutex_lock(&lock);
    bool is_spare = mailbox->refs == 0;
    if (!is_spare)
        mailbox->refs++;
    (void)pthread_mutex_unlock(&lock);
    if (!is_spare && !legato_thread_queue(mailbox->thread, empty, mailbox, NULL))
        (void)mailbox_unref(mailbox);
}

/* ---- life ---- */

struct mailbox *mailbox_ref(struct mailbox *mailbox)
{
    (void)pthread_mutex_lock(&lock);
    mailbox->refs++;
    (void)pthread_mutex_unlock(&lock);
    return mailbox;
}

struct mailbox *mailbox_unref(struct mailbox *mailbox)
{
    struct legato_thread *thread = NULL;
    (void)pthread_mutex_lock(&lock);
    if (--mailbox->refs == 0) {
        thread = mailbox->thread;
        mailbox->next = spares;
        spares = mailbox;
    }
    (void)pthread_mutex_unlock(&lock);
    (void)legato_thread_unref(thread);
    return NULL;
}

static struct mailbox *make(void)
{
    (void)pthread_mutex_lock(&lock);
    struct mailbox *mailbox = spares;
    if (mailbox != NULL)
        spares = mailbox->next;
    else
        mailbox = legato_allocate(sizeof *mailbox);
    mailbox->thread = legato_thread_ref(legato_thread_here());
    mailbox->refs = 1;
    (void)pthread_mutex_unlock(&lock);
    return mailbox;
}

static void end(void *context)
{
    struct mailbox *mailbox = context;
    event_loop_set_wait(legato_thread_loop(mailbox->thread), NULL, NULL);
    legato_thread_set_call_off(mailbox->thread, NULL, NULL);
    mailbox->sentry = sentry_destroy(mailbox->sentry); /* while the queue is there, see empty() */
    while (mailbox->owned != NULL) {
        struct owned *owned = mailbox->owned;
        mailbox_disown(owned);
        owned->end(owned);
    }
    mailbox->queue = via_queue_destroy(mailbox->queue);
    while (mailbox->expected != NULL) { /* their outcomes were dropped with the queue */
        struct expected *expected = mailbox->expected;
        take_out(expected);
        expected->came(expected, VIA_DEAD, NULL);
    }
    mine = mailbox_unref(mailbox);
}

static bool stand_sentry(void *context)
{
    return sentry_wait(context);
}

static void call_off(void *context)
{
    sentry_call_off(context);
}

struct mailbox *mailbox_here(void)
{
    if (mine != NULL)
        return mine;
    struct mailbox *mailbox = make();
    struct via_node *node = via_node_default();
    struct event_loop *loop = legato_thread_loop(mailbox->thread);
    if (node == NULL || via_queue_create(node, arrived, mailbox, &mailbox->queue) != VIA_OK ||
        sentry_create(node, loop->epoll_fd, &mailbox->sentry) != VIA_OK)
        legato_fatal("No memory for a thread's messages.");
    event_loop_set_wait(loop, stand_sentry, mailbox->sentry);
    legato_thread_set_call_off(mailbox->thread, call_off, mailbox->sentry);
    mine = mailbox;
    legato_thread_at_end(mailbox->thread, end, mailbox);
    return mailbox;
}

bool mailbox_is_here(const struct mailbox *mailbox)
{
    return mailbox == mine;
}

struct legato_thread *mailbox_thread(const struct mailbox *mailbox)
{
    return mailbox->thread;
}

void mailbox_check(const struct mailbox *mailbox, const char *function, const char *interface)
{
    if (mailbox == mine)
        return;
    const struct legato_thread *here = legato_thread_find();
    legato_fatal("%s: interface '%s' is of thread '%s'; it was called from thread '%s'.", function,
                 interface, legato_thread_name(mailbox->thread),
                 here != NULL ? legato_thread_name(here) : "(none of Legato's)");
}

/* ---- waiting for another process ---- */

int mailbox_begin_wait(const struct mailbox *mailbox)
{
    int cancel_state;
    pthread_testcancel();
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    if (cancel_state == PTHREAD_CANCEL_ENABLE)
        sentry_heed(mailbox->sentry);
    return cancel_state;
}

void mailbox_end_wait(int cancel_state)
{
    sentry_heed(NULL);
    (void)pthread_setcancelstate(cancel_state, NULL);
    pthread_testcancel();
}

/* ---- stubs and calls ---- */

enum via_status mailbox_stub(struct mailbox *mailbox, struct receiver *receiver,
                             void (*unreferenced)(void *user), void (*destroyed)(void *user),
                             struct via_stub **stubp)
{
    const struct via_stub_ops ops = {.size = sizeof ops,
                                     .call = refuse,
                                     .unreferenced = unreferenced,
                                     .destroyed = destroyed,
                                     .no_nesting = true};
    receiver->mailbox = mailbox;
    enum via_status status = via_stub_create(via_node_default(), &ops, receiver, stubp);
    if (status == VIA_OK)
        via_stub_set_queue(*stubp, mailbox->queue);
    return status;
}

struct receiver *mailbox_receiver(const struct via_proxy *proxy)
{
    const struct via_stub *stub = via_proxy_local(proxy);
    return stub != NULL ? via_stub_user(stub, refuse) : NULL;
}

static void put_in(struct mailbox *mailbox, struct expected *expected)
{
    expected->next = mailbox->expected;
    expected->linkp = &mailbox->expected;
    if (expected->next != NULL)
        expected->next->linkp = &expected->next;
    mailbox->expected = expected;
}

enum via_status mailbox_call(struct mailbox *mailbox, struct via_proxy *proxy,
                             struct via_parcel *request, struct expected *expected)
{
    enum via_status status =
        via_proxy_call_queued(proxy, 0, request, 0, mailbox->queue, expected, NULL);
    if (status == VIA_OK)
        put_in(mailbox, expected);
    return status;
}

enum via_status mailbox_ask_receipt(struct mailbox *mailbox, struct via_proxy *proxy,
                                    struct expected *expected)
{
    enum via_status status = via_proxy_reached_queued(proxy, mailbox->queue, expected);
    if (status == VIA_OK)
        put_in(mailbox, expected);
    return status;
}

/* ---- what goes with the thread ---- */

void mailbox_own(struct mailbox *mailbox, struct owned *owned)
{
    owned->next = mailbox->owned;
    owned->linkp = &mailbox->owned;
    if (owned->next != NULL)
        owned->next->linkp = &owned->next;
    mailbox->owned = owned;
}

void mailbox_disown(struct owned *owned)
{
    if (owned->linkp == NULL)
        return;
    *owned->linkp = owned->next;
    if (owned->next != NULL)
        owned->next->linkp = owned->linkp;
    owned->linkp = NULL;
}
