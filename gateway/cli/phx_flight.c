/*
 * Messages under way: each is a CALL to the object that has the port's number. One is waited for by
 * whoever sends it; several, or one that its asker may give up, have their answers in a queue. When
 * that is closed nobody waits any longer: what servers answer then is dropped.
 */
#include <errno.h>
#include <unistd.h>

#include "codecs/phoenix_convert.h"
#include "gateway/cli/phx.h"

#define ABI PHOENIX_ABI_LP64

/* One that waits for its answer. */
struct flight {
    struct phx_message *message; /* borrowed; NULL: none */
    struct via_pending *pending; /* owned */
};

static struct phoenix_request request_of(const struct phx_message *message)
{
    return (struct phoenix_request){
        .type = message->type,
        .pid = getpid(),
        .priority = PHOENIX_PRIORITY,
        .oid = message->oid,
        .abi = ABI,
        .has_out = message->room != NULL,
        .in_raw = message->in,
        .in_data = message->data,
        .in_size = message->size,
        .out_size = message->room_size,
    };
}

static enum via_status pack(const struct phx_message *message, struct via_parcel **parcelp)
{
    const struct phoenix_request request = request_of(message);
    size_t size;
    uint8_t *place;
    enum via_status status = phoenix_request_size(&request, &size);
    if (status == VIA_OK)
        status = via_parcel_create(parcelp);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(*parcelp, VIA_LAYOUT_PHOENIX);
    status = via_parcel_extend(*parcelp, size, VIA_TAG_PAD, 0, &place);
    if (status == VIA_OK)
        phoenix_request_encode(&request, place);
    return status;
}

/* What is sent, and to whom; each a new count. */
static enum via_status prepare(const struct phx_asker *asker, const struct phx_message *message,
                               struct via_parcel **parcelp, struct via_proxy **proxyp)
{
    enum via_status status = pack(message, parcelp);
    if (status == VIA_OK)
        status = via_node_find_number(asker->node, message->oid.port, proxyp);
    return status == VIA_NOT_FOUND ? VIA_DEAD : status; /* who told us the number knew its port */
}

static void take(struct phx_message *message, enum via_status status, struct via_parcel *answer)
{
    const struct phoenix_request request = request_of(message);
    struct phoenix_question question;
    struct phoenix_reply reply = {.err = -EIO};
    phoenix_request_question(&request, &question);
    if (status == VIA_OK && answer == NULL)
        status = VIA_BAD_PAYLOAD;
    if (status == VIA_OK)
        status = phoenix_reply_decode(via_parcel_data(answer), via_parcel_size(answer), &question,
                                      &reply);
    if (status == VIA_OK)
        status = phoenix_reply_take(&reply, &question, message->out, message->room);
    message->status = status;
    message->err = status == VIA_OK ? reply.err : -EIO;
}

/* ---- one, until it is answered ---- */

static void call(const struct phx_asker *asker, struct phx_message *message)
{
    struct via_parcel *parcel = NULL, *answer = NULL;
    struct via_proxy *proxy = NULL;
    enum via_status status = prepare(asker, message, &parcel, &proxy);
    if (status == VIA_OK)
        status = via_proxy_call(proxy, (uint32_t)message->type, parcel, asker->timeout_ms, NULL,
                                &answer);
    take(message, status, answer);
    (void)via_parcel_unref(answer);
    (void)via_parcel_unref(parcel);
    (void)via_proxy_unref(proxy);
}

int32_t phx_send(struct phx_asker *asker, struct phx_message *message)
{
    if (asker->queue != NULL)
        phx_send_all(asker, &message, 1);
    else
        call(asker, message);
    asker->status = message->status;
    return message->err;
}

/* ---- several ---- */

static enum via_status launch(const struct phx_asker *asker, struct via_queue *queue,
                              struct flight *flight, struct phx_message *message)
{
    struct via_parcel *parcel = NULL;
    struct via_proxy *proxy = NULL;
    enum via_status status = prepare(asker, message, &parcel, &proxy);
    if (status == VIA_OK)
        status = via_proxy_call_queued(proxy, (uint32_t)message->type, parcel, asker->timeout_ms,
                                       queue, flight, &flight->pending);
    if (status == VIA_OK)
        flight->message = message;
    (void)via_parcel_unref(parcel);
    (void)via_proxy_unref(proxy);
    return status;
}

/* Waits for one answer. false: the queue was closed. */
static bool land(struct via_queue *queue)
{
    struct via_arrival arrival;
    if (via_queue_take(queue, -1, &arrival) != VIA_OK)
        return false;
    struct flight *flight = arrival.user;
    take(flight->message, arrival.status, arrival.reply);
    flight->message = NULL;
    flight->pending = via_pending_unref(flight->pending);
    (void)via_parcel_unref(arrival.reply);
    return true;
}

/* Servers that have not received them need not any more. */
static void give_up(struct flight flights[PHX_WINDOW])
{
    for (size_t i = 0; i < PHX_WINDOW; i++) {
        if (flights[i].message == NULL)
            continue;
        via_pending_cancel(flights[i].pending);
        flights[i].pending = via_pending_unref(flights[i].pending);
        take(flights[i].message, VIA_CANCELLED, NULL);
    }
}

static void fly(struct phx_asker *asker, struct via_queue *queue,
                struct phx_message *const *messages, size_t n)
{
    struct flight flights[PHX_WINDOW] = {{NULL, NULL}};
    size_t n_sent = 0, n_flying = 0;
    bool is_open = true;
    while (is_open && (n_sent < n || n_flying > 0)) {
        bool is_full = n_sent == n || n_flying == PHX_WINDOW;
        if (!is_full) {
            size_t i = 0;
            while (flights[i].message != NULL)
                i++;
            enum via_status status = launch(asker, queue, &flights[i], messages[n_sent]);
            is_full = status == VIA_BUSY && n_flying > 0; /* until there is room on the link */
            if (status == VIA_OK)
                n_flying++;
            else if (!is_full)
                take(messages[n_sent], status, NULL);
            n_sent += is_full ? 0 : 1;
        }
        if (is_full) {
            is_open = land(queue);
            n_flying -= is_open ? 1 : 0;
        }
    }
    if (!is_open)
        give_up(flights);
    for (; n_sent < n; n_sent++)
        take(messages[n_sent], VIA_CANCELLED, NULL);
}

void phx_send_all(struct phx_asker *asker, struct phx_message *const *messages, size_t n)
{
    struct via_queue *queue = asker->queue;
    enum via_status status = VIA_OK;
    if (queue == NULL)
        status = via_queue_create(asker->node, NULL, NULL, &queue);
    if (status == VIA_OK)
        fly(asker, queue, messages, n);
    for (size_t i = 0; status != VIA_OK && i < n; i++)
        take(messages[i], status, NULL);
    if (asker->queue == NULL)
        (void)via_queue_destroy(queue);
}
