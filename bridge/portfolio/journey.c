/*
 * A message that is sent away is a call, whose answer brings it back. Its outcome arrives in the
 * inbox of the task that sent it; where another task waits for it, at a worker, for the sender may
 * be busy for long.
 *
 * The program may delete its message meanwhile. So the journey is neither the message's nor the
 * call's alone: it goes with the last of them.
 *
 * One that is another process's, and is sent on, leaves this one: the call that brought it is
 * answered with the answer of the one that takes it on, or told that there will be none.
 */
#include "bridge/portfolio/journey.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/node.h>

#include "bridge/log.h"
#include "bridge/portfolio/foreign.h"
#include "bridge/portfolio/guest.h"
#include "bridge/portfolio/outcome.h"
#include "bridge/portfolio/parting.h"
#include "bridge/portfolio/patience.h"
#include "bridge/portfolio/port.h"
#include "bridge/portfolio/references.h"
#include "bridge/portfolio/table.h"
#include "bridge/portfolio/task.h"
#include "codecs/portfolio_fields.h"
#include "codecs/portfolio_message.h"
#include "include/portfolio/operror.h"

#define FULL_MS 1000u /* how long a link that is full is waited for */

struct journey {
    struct expected expected;    /* first */
    atomic_uint refs;            /* the message's, the outcome's, the sender's */
    struct message *message;     /* borrowed; NULL: it is back, or no more. The Items' lock */
    struct via_pending *pending; /* owned; NULL: it has none yet, or any more. Likewise */
    enum portfolio_kind kind;
    uint32 capacity, flavor; /* 0: it is not for a broker */
};

/* ---- its life ---- */

static struct journey *journey_create(struct message *message, const struct parting *parting)
{
    struct journey *journey = calloc(1, sizeof *journey);
    if (journey == NULL)
        return NULL;
    atomic_init(&journey->refs, 3);
    journey->message = message;
    journey->kind = parting->said.kind;
    journey->capacity = parting->said.capacity;
    journey->flavor = parting->flavor;
    return journey;
}

/* So many of its counts. */
static void unref(struct journey *journey, unsigned n)
{
    if (atomic_fetch_sub(&journey->refs, n) == n)
        free(journey);
}

/* It is nobody's to cancel any more; a count. The lock held. */
static struct via_pending *take_pending(struct journey *journey)
{
    struct via_pending *pending = journey->pending;
    journey->pending = NULL;
    return pending;
}

void journey_forget(struct journey *journey)
{
    journey->message = NULL;
}

static void cancel(struct via_pending *pending)
{
    if (pending == NULL)
        return;
    via_pending_cancel(pending);
    (void)via_pending_unref(pending);
}

void journey_end(struct journey *journey)
{
    if (journey == NULL)
        return;
    items_lock();
    struct via_pending *pending = take_pending(journey);
    items_unlock();
    cancel(pending);
    unref(journey, 1);
}

/* ---- back ---- */

/* Of a broker's: ports are this process's Items in it. */
static void take_references(const struct journey *journey, struct via_parcel *reply,
                            struct portfolio_answer *answer)
{
    struct via_proxy *proxy = via_parcel_ref_at(reply, PORTFOLIO_ANSWER_RESULT_AT, NULL);
    Item port = 0;
    if (proxy != NULL && answer->result > 0 && portfolio_result_is_port(journey->flavor))
        port = foreign_item_of(proxy);
    if (port != 0)
        answer->result = port;
    if (answer->size > 0)
        references_take(reply, (size_t)((const uint8_t *)answer->data - via_parcel_data(reply)),
                        answer->size);
}

static enum via_status read_answer(const struct journey *journey, struct via_parcel *reply,
                                   struct portfolio_answer *answer)
{
    struct portfolio_fault fault = {.words = "another layout"};
    enum via_status status = VIA_BAD_PAYLOAD;
    if (via_parcel_layout(reply) == VIA_LAYOUT_EVENT_BROKER)
        status = portfolio_answer_decode(via_parcel_data(reply), via_parcel_size(reply),
                                         journey->kind, journey->capacity, answer, &fault);
    if (status != VIA_OK)
        log_warn("portfolio.answer", "refused=\"%s\" at=%zu", fault.words, fault.at);
    else if (journey->flavor != 0)
        take_references(journey, reply, answer);
    return status;
}

/* A table is this process's: in place of what the broker said of it its address is to go. */
static bool brings_table(const struct journey *journey, const struct portfolio_answer *answer)
{
    return journey->flavor == EB_MakeTable && answer->result >= 0 && answer->size > 0;
}

/* What comes with the answer to a message of @kind, and its result. */
static int32 note_answer(const struct journey *journey, const struct portfolio_answer *answer,
                         struct words *words)
{
    if (journey->kind == PORTFOLIO_SMALL) {
        *words = words_of_numbers(answer->words[0], answer->words[1]);
        return answer->result;
    }
    if (journey->kind == PORTFOLIO_BUFFERED && answer->size > journey->capacity)
        return MAKEEB(ER_SEVERE, ER_C_STND, ER_NoMem);
    words->size = (int32)answer->size;
    words->data = answer->size > 0 ? answer->data : NULL;
    words->are_all = answer->size > 0 && journey->flavor != 0; /* a broker's are so */
    if (journey->kind == PORTFOLIO_BUFFERED || answer->size == 0)
        return answer->result;
    words->copy = malloc(answer->size);
    if (words->copy == NULL) {
        *words = (struct words){.size = 0};
        return NOMEM;
    }
    memcpy(words->copy, answer->data, answer->size);
    return answer->result;
}

/* The lock held. */
static int32 give_table(const struct message *message, const struct portfolio_answer *answer,
                        MakeTableResponse *response, struct words *words)
{
    struct port *port = port_find(message_public(message)->msg_ReplyPort);
    if (port == NULL)
        return BADITEM;
    response->mtr_PodStateTable =
        table_open(port, message_public(message)->msg_MsgPort, answer->more, answer->more_size);
    if (response->mtr_PodStateTable == NULL) {
        words->size = 0;
        words->data = NULL;
        words->are_all = false;
        return MAKEEB(ER_SEVERE, ER_C_STND, ER_NoMem);
    }
    if (words->copy != NULL)
        memcpy(words->copy, response, sizeof *response);
    return answer->result;
}

/* Any thread. */
static void come_back(struct journey *journey, enum via_status status, struct via_parcel *reply)
{
    struct words words = {.size = 0};
    struct portfolio_answer answer = {.more_size = 0};
    MakeTableResponse response = {.mtr_Header = {.ebh_Flavor = EB_MakeTableReply}};
    if (status == VIA_OK)
        status = read_answer(journey, reply, &answer);
    bool has_table = status == VIA_OK && brings_table(journey, &answer);
    if (has_table) {
        answer.data = &response;
        answer.size = sizeof response;
    }
    int32 result = outcome_error(status);
    if (status == VIA_OK)
        result = note_answer(journey, &answer, &words);
    items_lock();
    struct message *message = journey->message;
    struct via_pending *pending = take_pending(journey);
    if (message != NULL) {
        journey->message = NULL;
        message->journey = NULL;
        if (has_table && result >= 0)
            result = give_table(message, &answer, &response, &words);
        else if (status == VIA_OK && journey->flavor == EB_GetListeners)
            references_name(&answer);
        message_return_with(message, result, &words);
    }
    items_unlock();
    (void)via_pending_unref(pending);
    free(words.copy);
    unref(journey, message != NULL ? 2 : 1);
}

static void came(struct expected *expected, enum via_status status, struct via_parcel *reply)
{
    come_back((struct journey *)expected, status, reply);
}

static void came_at_worker(void *user, enum via_status status, int32_t result,
                           struct via_parcel *reply)
{
    (void)result;
    come_back(user, status, reply);
}

/* ---- of another process's ---- */

static void pass_back(void *user, enum via_status status, int32_t result, struct via_parcel *reply)
{
    struct via_call *call = user;
    if (status == VIA_OK)
        (void)via_call_reply(call, result, reply);
    else
        (void)via_call_fail(call, status);
    (void)via_call_unref(call);
}

/* ---- away ---- */

/* Where a message goes, and what is sent there. */
struct departure {
    struct via_proxy *proxy; /* borrowed, like the rest */
    struct via_parcel *parcel;
    struct task *task;
    const struct parting *parting;
};

static enum via_status call(const struct departure *departure, struct journey *journey,
                            struct via_pending **pendingp)
{
    if (departure->parting->is_own)
        return inbox_call(&departure->task->inbox, departure->proxy, departure->parting->flavor,
                          departure->parcel, patience_ms(), &journey->expected, pendingp);
    return via_proxy_call_async(departure->proxy, departure->parting->flavor, departure->parcel,
                                patience_ms(), came_at_worker, journey, pendingp);
}

/* That of the call that brought it is the deadline of the one that takes it on. */
static enum via_status pass_on(const struct departure *departure)
{
    struct via_call *brought = departure->parting->call;
    uint32_t left_ms = via_call_time_left(brought);
    if (left_ms == 0)
        return VIA_TIMEOUT;
    enum via_status status = via_proxy_call_async(
        departure->proxy, departure->parting->flavor, departure->parcel,
        left_ms == UINT32_MAX ? 0 : left_ms, pass_back, via_call_keep(brought), NULL);
    if (status != VIA_OK)
        (void)via_call_unref(brought);
    return status;
}

/* @journey: NULL for another process's message. */
static enum via_status try_to_call(const struct departure *departure, struct journey *journey,
                                   struct via_pending **pendingp)
{
    return journey != NULL ? call(departure, journey, pendingp) : pass_on(departure);
}

static enum via_status call_when_not_full(const struct departure *departure,
                                          struct journey *journey, struct via_pending **pendingp)
{
    enum via_status status = try_to_call(departure, journey, pendingp);
    if (status == VIA_BUSY && via_node_flush(via_node_default(), FULL_MS) == VIA_OK)
        status = try_to_call(departure, journey, pendingp);
    return status;
}

/* Nobody holds it from now on. The lock held. */
static void leave(struct message *message, Item port, const struct words *words)
{
    Message *public = message_public(message);
    message_let_go(message);
    public->msg.n_Flags |= MESSAGE_SENT;
    public->msg_Result = 0;
    public->msg_MsgPort = port;
    public->msg_DataSize = words->size;
    bool has_buffer = (public->msg.n_Flags & MESSAGE_PASS_BY_VALUE) != 0;
    if (has_buffer && words->size > 0 && message->call == NULL)
        memmove(public->msg_DataPtr, words->data, (size_t)words->size);
}

/* It did not come to that. The lock held. */
static void stay(struct message *message, struct task *task)
{
    message->journey = NULL;
    message_hold(message, task);
}

/* A message of this process. */
static Err send_own(struct message *message, struct journey *journey,
                    const struct departure *departure)
{
    struct via_pending *pending = NULL;
    struct task *task = departure->task;
    enum via_status status = call_when_not_full(departure, journey, &pending);
    items_lock();
    bool is_there = journey->message != NULL;
    if (status != VIA_OK && is_there) {
        journey->message = NULL;
        stay(message, task);
    } else if (is_there) {
        journey->pending = pending;
        pending = NULL;
    }
    items_unlock();
    cancel(pending); /* where the message has gone, or come back, already */
    if (status == VIA_OK)
        unref(journey, 1);
    else
        unref(journey, is_there ? 3 : 2); /* the outcome's, too, and the message's */
    return outcome_error(status);
}

/* One of another process: it is none of this one's any more. */
static Err send_others(struct message *message, const struct departure *departure)
{
    struct item *gone = NULL;
    enum via_status status = call_when_not_full(departure, NULL, NULL);
    items_lock();
    if (status == VIA_OK)
        items_leave(&message->item, &gone);
    else
        stay(message, departure->task);
    items_unlock();
    if (status == VIA_OK)
        guest_leave(message);
    items_release(gone);
    return outcome_error(status);
}

static Err depart(Item port, Item number, const struct words *words,
                  const struct departure *departure)
{
    items_lock();
    struct message *message = message_find(number);
    Err err = parting_check(message, departure->task, words);
    struct journey *journey = NULL;
    bool is_others = err == 0 && message->call != NULL;
    if (err == 0 && !is_others) {
        journey = journey_create(message, departure->parting);
        if (journey == NULL)
            err = NOMEM;
    }
    if (err == 0) {
        if (journey != NULL)
            journey->expected.came = came;
        message->journey = journey;
        leave(message, port, words);
    }
    items_unlock();
    if (err < 0)
        return err;
    return journey == NULL ? send_others(message, departure)
                           : send_own(message, journey, departure);
}

/* A broker that reads them there refuses data of a program's own that begin at no word; here it is
 * sent none, as it refuses those as well. */
static bool is_askew(const struct parting *parting)
{
    return parting->said.kind == PORTFOLIO_STANDARD &&
           (uintptr_t)parting->said.data % sizeof(EventBrokerHeader) != 0;
}

static void note_broker(struct parting *parting, Item port)
{
    uint32 flavor = parting_flavor(parting);
    bool is_refused = is_askew(parting);
    if ((flavor == 0 && !is_refused) || !foreign_is_broker(port))
        return;
    if (is_refused)
        parting->said.size = 0;
    else
        parting->flavor = flavor;
}

Err journey_begin(Item port, Item message, struct task *task, const struct words *words)
{
    struct parting parting;
    struct departure departure = {.task = task, .parting = &parting};
    departure.proxy = foreign_object(port);
    if (departure.proxy == NULL)
        return BADITEM;
    items_lock();
    Err err = parting_note(message_find(message), task, words, &parting);
    items_unlock();
    if (err == 0) {
        note_broker(&parting, port);
        err = parting_pack(&parting, &departure.parcel);
        if (err == 0)
            err = depart(port, message, words, &departure);
        (void)via_parcel_unref(departure.parcel);
        parting_clear(&parting);
    }
    (void)via_proxy_unref(departure.proxy);
    return err;
}
