/*
 * A program that sends faster than the gateway reads fills the link. Programs know of no such
 * thing, so the sender is held up until what waits has been written; only a link that takes nothing
 * for long fails.
 */
#include "bridge/legato/wire.h"

#include <viaduct/node.h>

#include "bridge/legato/signals.h"

/* Whether it is worth another try. */
static bool has_room_now(unsigned *n_triesp)
{
    if (++*n_triesp > WIRE_ROOM_TRIES)
        return false;
    legato_signals_begin_wait();
    enum via_status status = via_node_flush(via_node_default(), WIRE_ROOM_MS);
    legato_signals_end_wait();
    return status == VIA_OK;
}

enum via_status wire_send(struct via_proxy *proxy, uint32_t code, struct via_parcel *parcel)
{
    unsigned n_tries = 0;
    enum via_status status;
    do
        status = via_proxy_send(proxy, code, parcel);
    while (status == VIA_BUSY && has_room_now(&n_tries));
    return status;
}

enum via_status wire_emit(struct via_stub *stub, struct via_parcel *parcel)
{
    unsigned n_tries = 0;
    enum via_status status;
    do
        status = via_stub_emit(stub, WIRE_EVENT, parcel);
    while (status == VIA_BUSY && has_room_now(&n_tries));
    return status;
}

enum via_status wire_ask(struct via_proxy *proxy, struct via_parcel *parcel,
                         struct via_parcel **replyp)
{
    unsigned n_tries = 0;
    enum via_status status;
    do
        status = via_proxy_call(proxy, WIRE_MESSAGE, parcel, 0, NULL, replyp);
    while (status == VIA_BUSY && has_room_now(&n_tries));
    return status;
}

enum via_status wire_request(struct mailbox *mailbox, struct via_proxy *proxy,
                             struct via_parcel *parcel, struct expected *expected)
{
    unsigned n_tries = 0;
    enum via_status status;
    do
        status = mailbox_call(mailbox, proxy, parcel, expected);
    while (status == VIA_BUSY && has_room_now(&n_tries));
    return status;
}

enum via_status wire_reached(struct via_proxy *proxy)
{
    unsigned n_tries = 0;
    enum via_status status;
    do
        status = via_proxy_reached(proxy, 0);
    while (status == VIA_BUSY && has_room_now(&n_tries));
    return status;
}

enum via_status wire_ask_receipt(struct mailbox *mailbox, struct via_proxy *proxy,
                                 struct expected *expected)
{
    unsigned n_tries = 0;
    enum via_status status;
    do
        status = mailbox_ask_receipt(mailbox, proxy, expected);
    while (status == VIA_BUSY && has_room_now(&n_tries));
    return status;
}
