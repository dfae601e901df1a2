/*
 * What msgRecv() hands out is a copy of the program's alone: i.data stand in the call's own parcel,
 * with the NUL that came behind them; o.data are memory of the message's. Both go with the answer,
 * which is written to the link from there.
 *
 * What comes in and is no message, or finds no memory, is answered here; the receiver does not hear
 * of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <time.h>

#include "bridge/interruption.h"
#include "bridge/phoenix/carried.h"
#include "bridge/phoenix/clients.h"
#include "bridge/phoenix/data_max.h"
#include "bridge/phoenix/failure.h"
#include "bridge/phoenix/kept_errno.h"
#include "bridge/phoenix/port.h"
#include "bridge/phoenix/received.h"
#include "codecs/parcel.h"

#define DELAY_MAX_MS 100u /* of those that receive again and again from a port that is gone */

/* ---- those that do not see that a port is gone ---- */

static _Thread_local unsigned int n_refused; /* in a row */

/* From the third on they wait: a loop that goes on for ever does not take a processor. */
static int refuse(void)
{
    if (n_refused < 2) {
        n_refused++;
        return -EINVAL;
    }
    unsigned int delay_ms = 1u << (n_refused - 2);
    if (delay_ms < DELAY_MAX_MS)
        n_refused++;
    else
        delay_ms = DELAY_MAX_MS;
    const struct timespec delay = {.tv_nsec = (long)delay_ms * 1000000L};
    (void)nanosleep(&delay, NULL);
    return -EINVAL;
}

/* ---- receiving ---- */

static void set_oid(oid_t *oid, const struct phoenix_oid *from)
{
    memset(oid, 0, sizeof *oid); /* what is between its members, too */
    oid->port = from->port;
    oid->id = (id_t)from->id;
}

/* What a client that is gone has left open: of a call without the octets of a message, which is
 * ours. @raw becomes i.raw. */
static enum via_status read_closing(struct port *port, struct via_call *call, uint8_t *raw,
                                    struct phoenix_request *request)
{
    struct closing closing;
    if (!via_call_is_oneway(call) || !clients_take_closing(port, &closing))
        return VIA_BAD_PAYLOAD;
    memset(raw, 0, PHOENIX_RAW_SIZE);
    memcpy(raw, &closing.flags, sizeof closing.flags);
    *request = (struct phoenix_request){.type = mtClose,
                                        .pid = closing.pid,
                                        .priority = PHOENIX_PRIORITY,
                                        .oid = {.port = closing.oid.port, .id = closing.oid.id},
                                        .abi = PHOENIX_ABI_HOST,
                                        .in_raw = raw};
    return VIA_OK;
}

static enum via_status read_message(struct via_call *call, struct phoenix_request *request)
{
    struct via_parcel *parcel = via_call_request(call);
    enum via_status status = phoenix_request_decode(
        via_parcel_data(parcel), via_parcel_size(parcel), via_call_code(call), request);
    if (status == VIA_OK)
        status = data_max_check(request->in_size, request->out_size);
    if (status != VIA_OK)
        return status;
    request->pid = clients_pid(via_call_caller(call));
    carried_take_from_request(parcel, request->type, request->abi);
    return request->is_pulse == via_call_is_oneway(call) ? VIA_OK : VIA_BAD_PAYLOAD;
}

/* Raws and data of another machine become ours, in *roomp. */
static enum via_status convert(struct phoenix_request *request, struct phoenix_room **roomp)
{
    if (request->abi == PHOENIX_ABI_HOST)
        return VIA_OK;
    *roomp = malloc(sizeof **roomp);
    return *roomp != NULL ? phoenix_request_convert(request, PHOENIX_ABI_HOST, *roomp)
                          : VIA_NO_MEMORY;
}

static void hand_out(struct received *received, const struct phoenix_request *request, msg_t *m)
{
    memset(m, 0, sizeof *m);
    m->type = request->type;
    m->pid = (unsigned int)request->pid;
    m->priority = request->priority;
    set_oid(&m->oid, &request->oid);
    memcpy(m->i.raw, request->in_raw, sizeof m->i.raw);
    m->i.size = request->in_size;
    m->i.data = request->in_data;
    if (request->out_raw != NULL)
        memcpy(m->o.raw, request->out_raw, sizeof m->o.raw);
    m->o.err = request->err;
    m->o.size = received->out_size;
    m->o.data = received->has_out ? received->out_data : NULL;
    received->type = m->type;
    received->oid = m->oid;
    received->flags = (int)m->i.openclose.flags;
}

/* Takes @call. VIA_DEAD: the port is over; another error: it was nothing to receive. */
static enum via_status accept_call(struct port *port, struct via_call *call, msg_t *m,
                                   msg_rid_t *rid)
{
    struct phoenix_request request;
    uint8_t raw[PHOENIX_RAW_SIZE];
    struct phoenix_room *room = NULL;
    struct received *received = NULL;
    bool is_ours = via_parcel_size(via_call_request(call)) == 0;
    enum via_status status =
        is_ours ? read_closing(port, call, raw, &request) : read_message(call, &request);
    if (status == VIA_OK)
        status = convert(&request, &room);
    if (status == VIA_OK)
        status = received_create(call, request.has_out, request.out_size, &received);
    if (status != VIA_OK) {
        free(room);
        (void)via_call_fail(call, status);
        (void)via_call_unref(call);
        return status;
    }
    received->room = room;
    received->given_raw = request.out_raw;
    hand_out(received, &request, m);
    if (request.type == mtClose && !is_ours)
        clients_closed(port, via_call_caller(call), &received->oid);
    status = received_enter(received, port);
    if (status != VIA_OK) {
        (void)via_call_fail(call, status);
        received_destroy(received);
        return status;
    }
    *rid = received->rid;
    return VIA_OK;
}

static int receive(struct port *port, msg_t *m, msg_rid_t *rid)
{
    enum via_status status;
    do {
        struct via_arrival arrival;
        status = via_queue_take(port->queue, -1, &arrival);
        if (status == VIA_TIMEOUT)
            return -EINTR;
        if (status != VIA_OK)
            return refuse();
        status = accept_call(port, arrival.call, m, rid);
    } while (status != VIA_OK && status != VIA_DEAD);
    if (status == VIA_DEAD)
        return refuse();
    n_refused = 0;
    return 0;
}

int msgRecv(uint32_t port, msg_t *m, msg_rid_t *rid)
{
    KEEP_ERRNO();
    if (m == NULL || rid == NULL)
        return -EFAULT;
    struct port *from = port_get(port);
    if (from == NULL)
        return refuse();
    interruption_heed(true);
    int result = receive(from, m, rid);
    interruption_heed(false);
    (void)port_unref(from);
    return result;
}

/* ---- responding ---- */

static enum via_status send_answer(struct received *received, const msg_t *m)
{
    struct via_parcel *parcel = NULL;
    uint8_t *head;
    size_t out_size = received->has_out ? received->out_size : 0;
    enum via_status status = via_parcel_create(&parcel);
    if (status != VIA_OK)
        return via_call_fail(received->call, status);
    via_parcel_set_layout(parcel, VIA_LAYOUT_PHOENIX);
    status = via_parcel_extend(parcel, PHOENIX_REPLY_SIZE, VIA_TAG_PAD, 0, &head);
    if (status == VIA_OK) {
        size_t n = phoenix_reply_encode_head(m->o.err, PHOENIX_ABI_HOST, m->o.raw,
                                             received->out_data, out_size, head);
        if (n > 0)
            parcel_lend(parcel, received->out_data, n, n);
        if (via_call_caller(received->call)->remote)
            carried_add_to_reply(parcel, received->type, m->o.err, m->o.raw, received->given_raw);
        status = via_call_reply(received->call, 0, parcel);
    } else {
        (void)via_call_fail(received->call, status);
    }
    (void)via_parcel_unref(parcel);
    return status;
}

static int answer(struct port *port, struct received *received, const msg_t *m)
{
    if (via_call_is_oneway(received->call))
        return 0;
    if (received->type == mtOpen && m->o.err >= 0) {
        oid_t oid = received->oid;
        if (m->o.err > 0)
            oid.id = (id_t)m->o.err;
        clients_opened(port, received->call, &oid, received->flags);
    }
    enum via_status status = send_answer(received, m);
    return status == VIA_NO_MEMORY || status == VIA_TOO_LARGE ? failure_of(status) : 0;
}

int msgRespond(uint32_t port, msg_t *m, msg_rid_t rid)
{
    KEEP_ERRNO();
    if (m == NULL)
        return -EFAULT;
    struct port *to = port_get(port);
    struct received *received = received_take(port, rid);
    int result = to != NULL ? -ENOENT : -EINVAL;
    if (received != NULL) {
        bool is_over = to == NULL || received->port == NULL;
        result = is_over ? -EINVAL : answer(to, received, m);
        received_destroy(received);
    }
    (void)port_unref(to);
    return result;
}
