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
#include "bridge/portfolio/delivery.h"
#include "bridge/portfolio/entrance.h"
#include "bridge/portfolio/foreign.h"
#include "bridge/portfolio/message.h"
#include "bridge/portfolio/outcome.h"
#include "bridge/portfolio/patience.h"
#include "bridge/portfolio/port.h"
#include "bridge/portfolio/task.h"
#include "bridge/portfolio/wide.h"
#include "codecs/octets.h"
#include "codecs/portfolio_message.h"
#include "codecs/portfolio_name.h"
#include "include/portfolio/operror.h"

#define FULL_MS 1000u    /* how long a link that is full is waited for */
#define FLAVORS_END 256u /* what is none goes as 0: the codes from there on are not for messages */

struct journey {
    struct expected expected; /* first */
    atomic_uint refs;         /* the message's, the outcome's, the sender's */
    struct message *message;  /* borrowed; NULL: it is back, or no more. The Items' lock */
    struct via_pending *pending; /* owned; NULL: it has none yet, or any more. Likewise */
    enum portfolio_kind kind;
    uint32 capacity;
};

/* What is to be known of a message before it goes. */
struct parting {
    struct portfolio_message said;
    char name[PORTFOLIO_NAME_MAX + 1];
    struct via_proxy *reply_port; /* a count; NULL: none */
    struct via_call *call;        /* a count; of another process's message */
    bool is_own;                  /* it comes back to the task that sends it */
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
    return journey;
}

static void unref(struct journey *journey)
{
    if (atomic_fetch_sub(&journey->refs, 1) == 1)
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
    unref(journey);
}

/* ---- back ---- */

/* What the answer brings, and its result. */
static int32 read_answer(const struct journey *journey, struct via_parcel *reply,
                         struct words *words)
{
    struct portfolio_answer answer;
    struct portfolio_fault fault = {.words = "another layout"};
    enum via_status status = VIA_BAD_PAYLOAD;
    if (via_parcel_layout(reply) == VIA_LAYOUT_EVENT_BROKER)
        status = portfolio_answer_decode(via_parcel_data(reply), via_parcel_size(reply),
                                         journey->kind, journey->capacity, &answer, &fault);
    if (status != VIA_OK) {
        log_warn("portfolio.answer", "refused=\"%s\" at=%zu", fault.words, fault.at);
        return BADITEM;
    }
    if (journey->kind == PORTFOLIO_SMALL) {
        *words = words_of_numbers(answer.words[0], answer.words[1]);
        return answer.result;
    }
    words->size = (int32)answer.size;
    words->data = answer.size > 0 ? answer.data : NULL;
    if (journey->kind == PORTFOLIO_BUFFERED || answer.size == 0)
        return answer.result;
    words->copy = malloc(answer.size);
    if (words->copy == NULL) {
        *words = (struct words){.size = 0};
        return NOMEM;
    }
    memcpy(words->copy, answer.data, answer.size);
    return answer.result;
}

/* Any thread. */
static void come_back(struct journey *journey, enum via_status status, struct via_parcel *reply)
{
    struct words words = {.size = 0};
    int32 result = outcome_error(status);
    if (status == VIA_OK)
        result = read_answer(journey, reply, &words);
    items_lock();
    struct message *message = journey->message;
    struct via_pending *pending = take_pending(journey);
    if (message != NULL) {
        journey->message = NULL;
        message->journey = NULL;
        message_return_with(message, result, &words);
    }
    items_unlock();
    (void)via_pending_unref(pending);
    free(words.copy);
    if (message != NULL)
        unref(journey);
    unref(journey);
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

/* ---- what is to be known ---- */

/* 0, or why @task may not send it. The lock held. */
static Err check(const struct message *message, const struct task *task, const struct words *words)
{
    if (message == NULL)
        return BADITEM;
    if (message->holder != task)
        return NOTOWNER;
    return words_check(words, message);
}

static void note_reply_port(const struct message *message, const struct task *task,
                            struct parting *parting)
{
    Item number = message_public(message)->msg_ReplyPort;
    const struct port *port = port_find(number);
    struct via_proxy *proxy = NULL;
    if (message->call != NULL)
        proxy = via_parcel_ref_at(via_call_request(message->call),
                                  PORTFOLIO_MESSAGE_REPLY_PORT_AT, NULL);
    else if (port != NULL)
        proxy = entrance_proxy(port->entrance);
    parting->reply_port = proxy != NULL ? via_proxy_ref(proxy) : NULL;
    parting->said.reply_port = proxy != NULL && wide_is(number) ? (uint32)number : 0;
    parting->is_own = port != NULL && port->task == task;
}

static void note_words(const struct words *words, struct portfolio_message *said)
{
    if (said->kind == PORTFOLIO_SMALL) {
        delivery_split(words, said->words);
    } else {
        said->data = words->data;
        said->size = (size_t)words->size;
    }
}

/* The lock held. */
static Err note(const struct message *message, const struct task *task, const struct words *words,
                struct parting *parting)
{
    Err err = check(message, task, words);
    if (err < 0)
        return err;
    const Message *public = message_public(message);
    const char *name = public->msg.n_Name;
    parting->said = (struct portfolio_message){
        .kind = message_kind_of(message),
        .priority = public->msg.n_Priority,
        .capacity = public->msg_DataPtrSize,
        .name = name != NULL ? memcpy(parting->name, name, strlen(name) + 1) : NULL,
    };
    note_words(words, &parting->said);
    note_reply_port(message, task, parting);
    parting->call = message->call != NULL ? via_call_keep(message->call) : NULL;
    return 0;
}

static void parting_clear(struct parting *parting)
{
    (void)via_proxy_unref(parting->reply_port);
    (void)via_call_unref(parting->call);
}

static enum via_status fill(struct via_parcel *parcel, const struct parting *parting)
{
    size_t size;
    uint8_t *place;
    enum via_status status = portfolio_message_size(&parting->said, &size);
    if (status == VIA_OK)
        status = via_parcel_extend(parcel, size, VIA_TAG_PAD, 0, &place);
    if (status != VIA_OK)
        return status;
    portfolio_message_encode(&parting->said, place);
    return parting->reply_port == NULL
               ? VIA_OK
               : via_parcel_add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, parting->reply_port,
                                    0);
}

static Err pack(const struct parting *parting, struct via_parcel **parcelp)
{
    struct via_parcel *parcel;
    enum via_status status = via_parcel_create(&parcel);
    if (status != VIA_OK)
        return NOMEM;
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    status = fill(parcel, parting);
    if (status != VIA_OK)
        (void)via_parcel_unref(parcel);
    else
        *parcelp = parcel;
    return outcome_error(status);
}

/* What the gateway may judge a message to the broker by. */
static uint32_t code_of(const struct portfolio_message *said, bool is_broker)
{
    if (!is_broker || said->size < sizeof(uint32_t))
        return 0;
    uint32_t flavor = octets_get_u32(said->data);
    return flavor < FLAVORS_END ? flavor : 0;
}

/* ---- away ---- */

/* Where a message goes, and what is sent there. */
struct departure {
    struct via_proxy *proxy; /* borrowed, like the rest */
    struct via_parcel *parcel;
    uint32_t code;
    struct task *task;
    const struct parting *parting;
};

static enum via_status call(const struct departure *departure, struct journey *journey,
                            struct via_pending **pendingp)
{
    if (departure->parting->is_own)
        return inbox_call(&departure->task->inbox, departure->proxy, departure->code,
                          departure->parcel, patience_ms(), &journey->expected, pendingp);
    return via_proxy_call_async(departure->proxy, departure->code, departure->parcel,
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
        departure->proxy, departure->code, departure->parcel, left_ms == UINT32_MAX ? 0 : left_ms,
        pass_back, via_call_keep(brought), NULL);
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
    if (status != VIA_OK) {
        unref(journey); /* the outcome's */
        if (is_there)
            unref(journey); /* the message's */
    }
    cancel(pending); /* where the message has gone, or come back, already */
    unref(journey);
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
        delivery_leave(message);
    items_release(gone);
    return outcome_error(status);
}

static Err depart(Item port, Item number, const struct words *words,
                  const struct departure *departure)
{
    items_lock();
    struct message *message = message_find(number);
    Err err = check(message, departure->task, words);
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
    return is_others ? send_others(message, departure)
                     : send_own(message, journey, departure);
}

Err journey_begin(Item port, Item message, struct task *task, const struct words *words)
{
    struct parting parting;
    struct departure departure = {.task = task, .parting = &parting};
    bool is_broker;
    departure.proxy = foreign_object(port, &is_broker);
    if (departure.proxy == NULL)
        return BADITEM;
    items_lock();
    Err err = note(message_find(message), task, words, &parting);
    items_unlock();
    if (err == 0) {
        err = pack(&parting, &departure.parcel);
        departure.code = code_of(&parting.said, is_broker);
        if (err == 0)
            err = depart(port, message, words, &departure);
        (void)via_parcel_unref(departure.parcel);
        parting_clear(&parting);
    }
    (void)via_proxy_unref(departure.proxy);
    return err;
}
