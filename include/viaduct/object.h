/*
 * Objects: stubs are called, proxies call. A call, an oneway, an event and a death are all that
 * happens between them, on this host or another one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/parcel.h>
#include <viaduct/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct via_node;
struct via_stub;
struct via_proxy;
struct via_call;
struct via_queue;
struct via_subscription;
struct via_pending;

/** struct via_caller - who calls, by the gateway's word, never the sender's */
struct via_caller {
    int32_t pid;    /* -1 when on another host */
    uint32_t uid;   /* 0xffffffff when on another host */
    uint32_t gid;   /* 0xffffffff when on another host */
    uint64_t token; /* stable, not 0 for a local caller; 0 when on another host */
    bool remote;    /* on another host */
    const char
        *identity;   /* certificate's name or token's subject; "" for a local caller; never NULL */
    int32_t process; /* pid, or where that says nothing (on another host, say) a number above
                        0x40000000 that is its alone as long as it is connected */
};

/* ---- stubs: objects of one's own ---- */

/**
 * typedef via_call_fn - handles one call
 * @user: as given to via_stub_create()
 * @call: borrowed; via_call_keep() it to answer later, from any thread
 *
 * Runs on a worker, several at once for one stub (oneways of one stub run one at a time), with no
 * lock held: it may call anything. A two-way call that is neither answered nor kept when this
 * returns is answered with VIA_UNSUPPORTED.
 */
typedef void (*via_call_fn)(void *user, struct via_call *call);

/**
 * typedef via_open_fn - gives one client its own object, or refuses
 * @user:    as given to via_stub_create()
 * @caller:  who opens
 * @request: what it passed
 * @back:    its back reference, borrowed, or NULL
 * @openedp: a new count of the stub for this client, set on VIA_OK
 * @answer:  an empty parcel to fill for the client
 */
typedef enum via_status (*via_open_fn)(void *user, const struct via_caller *caller,
                                       struct via_parcel *request, struct via_proxy *back,
                                       struct via_stub **openedp, struct via_parcel *answer);

/** struct via_stub_ops - what a stub does; a slot may be NULL. Set @size to sizeof. */
struct via_stub_ops {
    size_t size;
    via_call_fn call;
    /* Nobody else holds it any more: its last reference in other processes is gone, by release, by
     * death of the holder, or because the link is lost for good. Once each time it had been given
     * out; also where the answer of an open did not reach its caller. Runs on a worker. */
    void (*unreferenced)(void *user);
    /* The very last count is gone, in this process too; @user may be freed. Inside via_stub_unref()
     * when that was the last, else on a worker. */
    void (*destroyed)(void *user);
    via_open_fn open;
    bool no_nesting; /* calls of a chain that waits in this process do not run on the waiting thread
                      */
};

/**
 * via_stub_create() - an object that can be called
 * @node:  where it lives; a stub belongs to one node
 * @ops:   copied
 * @user:  borrowed until ops->destroyed
 * @stubp: set on VIA_OK, one count
 *
 * Does no I/O and starts no thread: safe in a static constructor.
 *
 * Return: VIA_OK, VIA_INVALID, VIA_NO_MEMORY. Thread: any.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_stub_create(struct via_node *node,
                                                        const struct via_stub_ops *ops, void *user,
                                                        struct via_stub **stubp);
VIA_PUBLIC struct via_stub *via_stub_ref(struct via_stub *stub);
/** via_stub_unref() - one count less; NULL allowed; returns NULL. Thread: any. */
VIA_PUBLIC struct via_stub *via_stub_unref(struct via_stub *stub);
/** via_stub_user() - what was given to via_stub_create(), if its ops->call is @call, else NULL: how
 * a family knows its own stubs */
VIA_PUBLIC void *via_stub_user(const struct via_stub *stub, via_call_fn call);
/** via_stub_proxy() - the proxy that stands for it in this process and in parcels; a new count */
VIA_PUBLIC struct via_proxy *via_stub_proxy(struct via_stub *stub);

/**
 * via_stub_withdraw() - the object dies (VIA_WITHDRAWN) for everyone who holds it; calls in flight
 * are still answered, new ones get VIA_DEAD. Thread: any.
 */
VIA_PUBLIC void via_stub_withdraw(struct via_stub *stub);

/**
 * via_stub_emit() - an event to all subscribers, numbered in order by the gateway
 * @stub:  whose event; it has been published or passed to someone
 * @event: its id
 * @data:  borrowed; NULL for none
 *
 * Return: VIA_OK, VIA_BUSY, VIA_TOO_LARGE, VIA_NO_MEMORY, VIA_NOT_CONNECTED (kept for nobody).
 * Thread: any; events of one thread keep their order.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_stub_emit(struct via_stub *stub, uint32_t event,
                                                      struct via_parcel *data);

/* ---- a queue instead of a handler ---- */

/**
 * via_queue_create() - what arrives for it waits in it until taken: calls to its stubs, and
 * outcomes of via_proxy_call_queued()
 * @node:     where
 * @arrived:  told, on any thread and with no lock held, when the queue turns non-empty; may be NULL
 * @user:     for @arrived
 * @queuep:   set on VIA_OK; via_queue_destroy() it after its stubs are gone
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_queue_create(struct via_node *node,
                                                         void (*arrived)(void *user), void *user,
                                                         struct via_queue **queuep);
VIA_PUBLIC struct via_queue *via_queue_destroy(struct via_queue *queue);
/** via_stub_set_queue() - calls to @stub go to @queue from now on, in order of arrival */
VIA_PUBLIC void via_stub_set_queue(struct via_stub *stub, struct via_queue *queue);
/** via_queue_limit() - how much may wait in @queue
 * @caller_size_max: octets of one other process's calls, in all its queues here together; a call
 *                   that is over it is answered VIA_BUSY, a oneway is dropped. One call may always
 *                   wait. 0: no limit, as at first. Thread: any. */
VIA_PUBLIC void via_queue_limit(struct via_queue *queue, size_t caller_size_max);
/** struct via_arrival - what a queue gave: a call, or the outcome of one of ours */
struct via_arrival {
    struct via_call *call; /* owned: answer it, from any thread, and via_call_unref() it; NULL: it
                              is an outcome */
    void *user;            /* of the outcome, as given to via_proxy_call_queued() */
    enum via_status status;
    int32_t result;           /* the handler's own, of VIA_OK */
    struct via_parcel *reply; /* owned; NULL unless VIA_OK */
};
/**
 * via_queue_take() - what arrived next
 * @timeout_ms: -1 for ever, 0 not at all
 * @arrival:    set on VIA_OK
 *
 * All is in the order in which it came: an opened object's answers and calls on its back reference
 * as their owner sent them. The waiting thread reads the link itself. Of several that wait, the one
 * that has waited longest takes what comes.
 * Return: VIA_OK, VIA_TIMEOUT, VIA_CANCELLED (via_queue_close() was called).
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_queue_take(struct via_queue *queue, int timeout_ms,
                                                       struct via_arrival *arrival);
/** via_queue_close() - whoever waits gets VIA_CANCELLED; calls that wait in it, or come later, are
 * answered VIA_DEAD; outcomes are dropped */
VIA_PUBLIC void via_queue_close(struct via_queue *queue);

/* ---- calls, at the callee ---- */

VIA_PUBLIC uint32_t via_call_code(const struct via_call *call);
VIA_PUBLIC bool via_call_is_oneway(const struct via_call *call);
/** via_call_request() - what was sent, read cursor at 0; borrowed, lives as long as the call */
VIA_PUBLIC struct via_parcel *via_call_request(struct via_call *call);
/** via_call_stub() - whom it was sent to; borrowed */
VIA_PUBLIC struct via_stub *via_call_stub(const struct via_call *call);
/** via_call_caller() - who sent it; lives as long as the call */
VIA_PUBLIC const struct via_caller *via_call_caller(const struct via_call *call);
/** via_call_first_caller() - who began the chain it belongs to; the caller itself if it began it */
VIA_PUBLIC const struct via_caller *via_call_first_caller(const struct via_call *call);
/** via_call_time_left() - milliseconds to the deadline, UINT32_MAX for none, 0 when it has passed
 */
VIA_PUBLIC uint32_t via_call_time_left(const struct via_call *call);
/** via_call_is_cancelled() - the caller no longer wants the answer, or is gone */
VIA_PUBLIC bool via_call_is_cancelled(const struct via_call *call);
/** via_call_keep() / via_call_unref() - one owner more, one less; unanswered at the last:
 * VIA_UNSUPPORTED */
VIA_PUBLIC struct via_call *via_call_keep(struct via_call *call);
VIA_PUBLIC struct via_call *via_call_unref(struct via_call *call);
/**
 * via_call_reply() - answers
 * @call:   once; a oneway is answered into the void
 * @result: the handler's own 32-bit result
 * @reply:  borrowed, unchanged; NULL for empty
 *
 * Return: VIA_OK; VIA_INVALID when answered already; VIA_TIMEOUT or VIA_CANCELLED when its deadline
 * or its caller's wish came first: this answer is dropped; VIA_TOO_LARGE or VIA_NO_MEMORY: the
 * caller has been told that status instead; VIA_DEAD: the caller is gone. Thread: any.
 */
VIA_PUBLIC enum via_status via_call_reply(struct via_call *call, int32_t result,
                                          struct via_parcel *reply);
/** via_call_fail() - answers with a status and no parcel */
VIA_PUBLIC enum via_status via_call_fail(struct via_call *call, enum via_status status);
/**
 * via_call_watch() - told once when the caller is gone, on a worker
 * Return: VIA_OK, VIA_NO_MEMORY, VIA_DEAD (gone already: not told).
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_call_watch(struct via_call *call, void (*gone)(void *user, enum via_cause cause), void *user);
/** via_call_current() - the call this thread handles right now, borrowed, or NULL */
VIA_PUBLIC struct via_call *via_call_current(void);

/* ---- proxies: others' objects ---- */

VIA_PUBLIC struct via_proxy *via_proxy_ref(struct via_proxy *proxy);
/** via_proxy_unref() - one count less; the last gives the object back to its owner. NULL allowed;
 * returns NULL. Thread: any. */
VIA_PUBLIC struct via_proxy *via_proxy_unref(struct via_proxy *proxy);
/** via_proxy_local() - the stub, borrowed, when the object lives in this process; else NULL. There
 * is one proxy for each object in a process: same pointer, same object. */
VIA_PUBLIC struct via_stub *via_proxy_local(const struct via_proxy *proxy);
/** via_proxy_is_remote() - its object is on another host */
VIA_PUBLIC bool via_proxy_is_remote(const struct via_proxy *proxy);
/** via_proxy_death() - VIA_ALIVE, or why it died; final */
VIA_PUBLIC enum via_cause via_proxy_death(const struct via_proxy *proxy);
/** via_proxy_set_data() / via_proxy_data() - a family's own word beside a proxy, one for each
 * proxy; set only once (VIA_EXISTS otherwise, and *datap is what was there); @destroy runs with the
 * proxy */
VIA_PUBLIC VIA_MUST_USE enum via_status via_proxy_set_data(struct via_proxy *proxy, void *data,
                                                           void (*destroy)(void *data));
VIA_PUBLIC void *via_proxy_data(const struct via_proxy *proxy);

/**
 * via_proxy_call() - call an object and wait for its reply
 * @proxy:       whom to call; borrowed
 * @code:        request code, in the callee's own numbering
 * @request:     what to send; borrowed, left unchanged; NULL for nothing
 * @timeout_ms:  milliseconds to wait, 0 for no limit
 * @resultp:     the handler's own 32-bit result, set on VIA_OK; may be NULL
 * @replyp:      set on VIA_OK only; owned by the caller, via_parcel_unref() it; NULL: not wanted
 *
 * Return: VIA_OK         it answered
 *         VIA_BUSY       the link is full: nothing was sent
 *         VIA_TOO_LARGE  over the link's limit: nothing was sent
 *         VIA_TIMEOUT    it may have run: repeat only what is safe to repeat
 *         VIA_DEAD       it will never answer; via_proxy_death() has the cause
 *         VIA_NOT_FOUND, VIA_DENIED, VIA_UNSUPPORTED ... as the callee or a gateway said
 * Thread: any. The caller may read the link for others while it waits, and runs calls of its own
 * chain that come back to this process. Source: docs/PROTOCOL.md, "CALL"; docs/ARCHITECTURE.md,
 * "Who reads".
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_proxy_call(struct via_proxy *proxy, uint32_t code,
                                                       struct via_parcel *request,
                                                       uint32_t timeout_ms, int32_t *resultp,
                                                       struct via_parcel **replyp);

/** via_proxy_send() - a oneway: no reply, no wait. VIA_DEAD if it is known to be gone; VIA_BUSY
 * when the link is full. Oneways and calls of one process to one object start in the order sent. */
VIA_PUBLIC VIA_MUST_USE enum via_status via_proxy_send(struct via_proxy *proxy, uint32_t code,
                                                       struct via_parcel *request);

/** typedef via_reply_fn - the outcome of an asynchronous call; @reply is borrowed, NULL unless
 * VIA_OK */
typedef void (*via_reply_fn)(void *user, enum via_status status, int32_t result,
                             struct via_parcel *reply);
/**
 * via_proxy_call_async() - call without waiting
 * @fn:       runs exactly once on a worker if this returns VIA_OK, never if not, and not before it
 * returned
 * @pendingp: to cancel it with; owned, via_pending_unref() it; may be NULL
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_proxy_call_async(struct via_proxy *proxy, uint32_t code,
                                                             struct via_parcel *request,
                                                             uint32_t timeout_ms, via_reply_fn fn,
                                                             void *user,
                                                             struct via_pending **pendingp);
/**
 * via_proxy_call_queued() - call without waiting; the outcome arrives in a queue
 * @queue: of the proxy's node
 * @user:  stands in the arrival
 *
 * The outcome arrives exactly once if this returns VIA_OK, unless the queue is closed. The death of
 * @proxy is told after it has been taken. The rest as via_proxy_call_async().
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_proxy_call_queued(struct via_proxy *proxy, uint32_t code, struct via_parcel *request,
                      uint32_t timeout_ms, struct via_queue *queue, void *user,
                      struct via_pending **pendingp);
/**
 * via_proxy_reached() - wait until what was sent to an object has come to its process
 * @timeout_ms: milliseconds to wait, 0 for no limit
 *
 * So has then all that this process sent it before, handled or not, but for large messages that are
 * still on their way: by this a sender that would outrun links and queues paces itself. Whoever
 * owns the object has nothing to do for it.
 *
 * Return and thread: as via_proxy_call(). Source: docs/PROTOCOL.md, "Receipts".
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_proxy_reached(struct via_proxy *proxy,
                                                          uint32_t timeout_ms);
/** via_proxy_reached_queued() - without waiting: the outcome arrives in @queue, with @user, as that
 * of via_proxy_call_queued() */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_proxy_reached_queued(struct via_proxy *proxy, struct via_queue *queue, void *user);
/** via_pending_cancel() - asks for an early end: the outcome still comes, VIA_CANCELLED or the
 * call's own */
VIA_PUBLIC void via_pending_cancel(struct via_pending *pending);
VIA_PUBLIC struct via_pending *via_pending_unref(struct via_pending *pending);

/**
 * via_proxy_open() - opens a service that gives each client an object of its own
 * @back:    a stub of ours for the way back, or NULL
 * @openedp: set on VIA_OK, a new count
 * @answerp: what the owner put there; may be NULL
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_proxy_open(struct via_proxy *proxy, struct via_parcel *request, struct via_stub *back,
               uint32_t timeout_ms, struct via_proxy **openedp, struct via_parcel **answerp);

/** typedef via_death_fn - an object died; runs once, on a worker, after all its replies and events
 */
typedef void (*via_death_fn)(void *user, enum via_cause cause);
/**
 * via_proxy_watch() - be told of the death of an object
 * @idp: to take it back with; may be NULL
 *
 * Keeps the proxy alive until told or taken back. An object already dead: @fn runs promptly.
 * Return: VIA_OK, VIA_NO_MEMORY; VIA_INVALID for an object of this process.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_proxy_watch(struct via_proxy *proxy, via_death_fn fn,
                                                        void *user, uint64_t *idp);
/**
 * via_proxy_watch_closely() - via_proxy_watch(), and be told of the first oneway that is lost
 *
 * What via_proxy_send() took may be refused further on: the link to the object's owner is full,
 * say.
 * @fn is told that with VIA_ALIVE for the cause, and is not told of the death any more: watch again
 * for that.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_proxy_watch_closely(struct via_proxy *proxy, via_death_fn fn, void *user, uint64_t *idp);
/** via_proxy_unwatch() - VIA_OK: @fn will not run; VIA_NOT_FOUND: it has run, or is about to */
VIA_PUBLIC enum via_status via_proxy_unwatch(struct via_proxy *proxy, uint64_t id);

/* ---- events ---- */

/** struct via_event - one event; borrowed for the callback */
struct via_event {
    uint32_t id;
    uint64_t epoch;
    uint64_t number; /* 1 upward within the epoch; 0: meant for this client alone */
    uint64_t lost;   /* how many before this one did not come: a gap, never hidden */
    struct via_parcel *data;
};
/** typedef via_event_fn - runs on a worker, one at a time for each subscription, in order */
typedef void (*via_event_fn)(void *user, const struct via_event *event);

enum via_from {
    VIA_FROM_NOW = 0,    /* what comes from now on */
    VIA_FROM_LATEST = 1, /* first the newest kept one of each event id */
    VIA_FROM_SINCE = 2   /* first those after epoch and number */
};

/** enum via_policy - what becomes of events that come faster than the link to their subscriber
 * takes them */
enum via_policy {
    VIA_POLICY_OLDEST = 1,    /* the oldest are dropped; via_event.lost says how many */
    VIA_POLICY_NEWEST = 2,    /* only the newest of each id goes on; lost says how many did not */
    VIA_POLICY_DISCONNECT = 3 /* the gateway closes the link */
};

/**
 * struct via_event_filter - which events come at all; zero is all of them. Set @size to sizeof.
 *
 * The gateway nearest the source filters, before anything is sent. What is filtered out is not
 * lost: via_event.lost does not count it. A value is a number in the payload, in its typed form; a
 * payload that has none is in no range, and has changed if any octet has.
 */
struct via_event_filter {
    size_t size;
    const uint32_t *ids; /* only these; up to 64 */
    uint32_t n_ids;      /* 0: all */
    uint32_t every_ms;   /* at most one of each id in so many milliseconds; the newest one that was
                            held back comes when they are over */
    uint32_t age_ms;     /* of those kept from before only younger ones */
    uint32_t value;      /* which number of the payload is looked at: how many stand before it */
    bool by_change;      /* only what differs from the last of its id that came, */
    double change;       /* by at least so much; 0: at all */
    bool has_low, has_high;
    double low, high; /* only within, ends included */
};

/** struct via_subscribe_options - set @size to sizeof */
struct via_subscribe_options {
    size_t size;
    enum via_from from;
    uint64_t epoch, number; /* for VIA_FROM_SINCE */
    void (*ended)(void *user,
                  enum via_cause cause);   /* the object died; after the last event; may be NULL */
    const struct via_event_filter *filter; /* copied; NULL: all events */
    enum via_policy policy;                /* 0: VIA_POLICY_OLDEST */
    /* Keeps a subscription to an object that was found by name (via_node_find(), or what opening
     * such a one without a request and a back reference gave) when it is lost with a link: instead
     * of @ended, the name is found again, however long that takes, and events go on after the last
     * one that came. Then this is told, between the events before and after. @recovered: nothing is
     * missing; else some are, as many as the next event's `lost` tells, or nobody knows how many.
     * The proxy stays dead. May be NULL. */
    void (*resubscribed)(void *user, bool recovered);
};
/**
 * via_proxy_subscribe() - receive an object's events
 * @options:       NULL for what comes from now on
 * @subscriptionp: via_subscription_close() it
 *
 * Return: VIA_OK, VIA_DEAD, VIA_DENIED, VIA_NOT_CONNECTED, VIA_NO_MEMORY. Thread: any; waits for
 * the gateway.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_proxy_subscribe(struct via_proxy *proxy, const struct via_subscribe_options *options,
                    via_event_fn fn, void *user, struct via_subscription **subscriptionp);
/** via_subscription_close() - @fn does not run after this has returned, unless called from it. NULL
 * allowed; returns NULL. */
VIA_PUBLIC struct via_subscription *via_subscription_close(struct via_subscription *subscription);

#ifdef __cplusplus
}
#endif
