/*
 * A receipt is asked for each time that PACE_ASK octets have been sent, one at a time; it says that
 * all before it has come. While something waits, one is always under way, and its coming sends the
 * next. Octets count with something for their head, so that many small ones count too.
 *
 * Counts: the session's, and that of the receipt under way.
 */
#include "bridge/legato/pace.h"

#include <pthread.h>
#include <stdlib.h>

#include "bridge/environment.h"
#include "bridge/legato/fatal.h"
#include "bridge/legato/wire.h"

#define HEAD_SIZE 64u

enum kind { MESSAGE, REQUEST, REPLY, LAST_WORD };

struct waiting {
    struct waiting *next;
    enum kind kind;
    struct via_parcel *parcel; /* a count; NULL: without one */
    struct via_call *call;     /* a count, of a REPLY */
    struct expected *expected; /* of a REQUEST; has its outcome once */
    size_t size;
};

struct pace {
    struct expected receipt; /* first */
    unsigned refs;
    struct mailbox *mailbox; /* a count */
    struct via_proxy *proxy; /* a count */
    const char *interface;
    void (*failed)(void *user, enum via_status status);
    void *user;
    uint64_t n_sent, n_reached; /* octets, ever */
    uint64_t n_asked;           /* were sent when the receipt under way was asked for */
    bool is_asking;
    struct waiting *first, **last;
    size_t n_waiting; /* octets */
    bool is_broken;   /* nothing is sent any more */
    bool is_closed;   /* the session is, so its last word is among what waits */
};

/* ---- its limit ---- */

static size_t queue_max = PACE_QUEUE_MAX_DEFAULT;

static void read_limit(void)
{
    static const char name[] = "VIADUCT_LEGATO_MAX_QUEUE_SIZE";
    uint64_t size = queue_max;
    if (!environment_octets(name, 0, SIZE_MAX / 2, &size))
        legato_fatal("%s=\"%s\" is no number of octets.", name, getenv(name));
    queue_max = (size_t)size;
}

/* ---- what waits ---- */

static struct waiting *take_first(struct pace *pace)
{
    struct waiting *waiting = pace->first;
    pace->first = waiting->next;
    if (pace->first == NULL)
        pace->last = &pace->first;
    pace->n_waiting -= waiting->size;
    return waiting;
}

static void free_waiting(struct waiting *waiting)
{
    (void)via_parcel_unref(waiting->parcel);
    (void)via_call_unref(waiting->call);
    free(waiting);
}

/* Nothing that waits is sent any more. */
static void drop_all(struct pace *pace)
{
    while (pace->first != NULL) {
        struct waiting *waiting = take_first(pace);
        if (waiting->kind == REPLY)
            (void)via_call_fail(waiting->call, VIA_DEAD);
        if (waiting->kind == REQUEST)
            waiting->expected->came(waiting->expected, VIA_DEAD, NULL);
        free_waiting(waiting);
    }
}

static void unref(struct pace *pace)
{
    if (--pace->refs > 0)
        return;
    drop_all(pace);
    (void)via_proxy_unref(pace->proxy);
    (void)mailbox_unref(pace->mailbox);
    free(pace);
}

/* What waits is dropped with the session, whose requests are told in their order. */
static void fail(struct pace *pace, enum via_status status)
{
    pace->is_broken = true;
    if (pace->is_closed) {
        drop_all(pace);
        (void)via_proxy_send(pace->proxy, WIRE_CLOSED, NULL);
    } else if (status != VIA_DEAD) {
        pace->failed(pace->user, status);
    }
}

/* ---- receipts ---- */

static void note_reached(struct pace *pace, uint64_t n)
{
    if (n > pace->n_reached)
        pace->n_reached = n;
}

static void ask_if_due(struct pace *pace)
{
    if (pace->is_asking || pace->n_sent - pace->n_reached < PACE_ASK)
        return;
    pace->n_asked = pace->n_sent;
    enum via_status status = wire_ask_receipt(pace->mailbox, pace->proxy, &pace->receipt);
    if (status == VIA_OK) {
        pace->is_asking = true;
        pace->refs++;
        return;
    }
    fail(pace, status);
}

static bool has_room(const struct pace *pace)
{
    return pace->n_sent - pace->n_reached < PACE_WINDOW;
}

static void count(struct pace *pace, size_t size)
{
    pace->n_sent += size;
    ask_if_due(pace);
}

/* ---- sending ---- */

static size_t size_of(struct via_parcel *parcel)
{
    return HEAD_SIZE + (parcel != NULL ? via_parcel_size(parcel) : 0);
}

static enum via_status reply_now(struct via_call *call, struct via_parcel *parcel)
{
    return parcel != NULL ? via_call_reply(call, 0, parcel) : via_call_fail(call, VIA_DEAD);
}

static enum via_status send_now(struct pace *pace, const struct waiting *what)
{
    enum via_status status = VIA_OK;
    switch (what->kind) {
    case MESSAGE:
        status = wire_send(pace->proxy, WIRE_MESSAGE, what->parcel);
        break;
    case REQUEST:
        status = wire_request(pace->mailbox, pace->proxy, what->parcel, what->expected);
        break;
    case REPLY:
        status = reply_now(what->call, what->parcel);
        break;
    case LAST_WORD:
        status = wire_send(pace->proxy, WIRE_CLOSED, NULL);
        break;
    }
    if (status == VIA_OK)
        count(pace, what->size);
    return status;
}

/* What cannot be sent any more stays, to be dropped with the session. A caller whose answer was
 * refused has been told so. */
static void send_waiting(struct pace *pace)
{
    while (pace->first != NULL && !pace->is_broken && has_room(pace)) {
        enum via_status status = send_now(pace, pace->first);
        if (status == VIA_OK || pace->first->kind == REPLY)
            free_waiting(take_first(pace));
        else
            fail(pace, status);
    }
}

static void came(struct expected *expected, enum via_status status, struct via_parcel *reply)
{
    struct pace *pace = (struct pace *)expected;
    (void)reply;
    pace->is_asking = false;
    if (status == VIA_OK) {
        note_reached(pace, pace->n_asked);
        ask_if_due(pace);
        send_waiting(pace);
    } else {
        fail(pace, status);
    }
    unref(pace);
}

static void put_last(struct pace *pace, const struct waiting *what)
{
    struct waiting *waiting = legato_allocate(sizeof *waiting);
    *waiting = *what;
    if (what->parcel != NULL)
        waiting->parcel = via_parcel_ref(what->parcel);
    if (what->call != NULL)
        waiting->call = via_call_keep(what->call);
    *pace->last = waiting;
    pace->last = &waiting->next;
    pace->n_waiting += what->size;
}

static enum via_status keep(struct pace *pace, const struct waiting *what)
{
    if (pace->n_waiting + what->size > queue_max) {
        legato_error("Interface '%s': %zu octets wait for the other side, with another %zu they "
                     "are over VIADUCT_LEGATO_MAX_QUEUE_SIZE, %zu.",
                     pace->interface, pace->n_waiting, what->size, queue_max);
        pace->is_broken = true;
        return VIA_BUSY;
    }
    put_last(pace, what);
    return VIA_OK;
}

static enum via_status send_or_keep(struct pace *pace, const struct waiting *what)
{
    if (pace->is_broken)
        return VIA_DEAD; /* which has been told */
    return pace->first == NULL && has_room(pace) ? send_now(pace, what) : keep(pace, what);
}

/* ---- what sessions do ---- */

struct pace *pace_create(struct mailbox *mailbox, struct via_proxy *proxy, const char *interface,
                         void (*failed)(void *user, enum via_status status), void *user)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, read_limit);
    struct pace *pace = legato_allocate(sizeof *pace);
    pace->receipt.came = came;
    pace->refs = 1;
    pace->mailbox = mailbox_ref(mailbox);
    pace->proxy = via_proxy_ref(proxy);
    pace->interface = interface;
    pace->failed = failed;
    pace->user = user;
    pace->last = &pace->first;
    return pace;
}

enum via_status pace_send(struct pace *pace, struct via_parcel *parcel)
{
    const struct waiting what = {.kind = MESSAGE, .parcel = parcel, .size = size_of(parcel)};
    return send_or_keep(pace, &what);
}

enum via_status pace_request(struct pace *pace, struct via_parcel *parcel,
                             struct expected *expected)
{
    const struct waiting what = {
        .kind = REQUEST, .parcel = parcel, .expected = expected, .size = size_of(parcel)};
    return send_or_keep(pace, &what);
}

enum via_status pace_reply(struct pace *pace, struct via_call *call, struct via_parcel *parcel)
{
    const struct waiting what = {
        .kind = REPLY, .parcel = parcel, .call = call, .size = size_of(parcel)};
    return send_or_keep(pace, &what);
}

/* The thread waits, and takes nothing out of its mailbox meanwhile. */
static enum via_status send_all_waiting(struct pace *pace)
{
    while (pace->first != NULL && !pace->is_broken) {
        uint64_t n = pace->n_sent;
        enum via_status status = wire_reached(pace->proxy);
        if (status != VIA_OK)
            return status;
        note_reached(pace, n);
        send_waiting(pace);
    }
    return pace->is_broken ? VIA_DEAD : VIA_OK;
}

enum via_status pace_ask(struct pace *pace, struct via_parcel *parcel, struct via_parcel **replyp)
{
    enum via_status status = send_all_waiting(pace);
    if (status != VIA_OK)
        return status;
    pace->n_sent += size_of(parcel);
    uint64_t n = pace->n_sent;
    status = wire_ask(pace->proxy, parcel, replyp);
    if (status == VIA_OK)
        note_reached(pace, n);
    return status;
}

enum via_status pace_close(struct pace *pace)
{
    const struct waiting last_word = {.kind = LAST_WORD};
    enum via_status status = VIA_OK;
    if (pace->is_broken)
        drop_all(pace);
    pace->is_closed = true;
    if (pace->first != NULL)
        put_last(pace, &last_word);
    else
        status = via_proxy_send(pace->proxy, WIRE_CLOSED, NULL);
    unref(pace);
    return status;
}
