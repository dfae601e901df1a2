/*
 * It is there as long as its stub, so longer than its port: what comes for that then is answered
 * that it is dead.
 *
 * Several ports may have one name, in one process or in several; the one that was published first
 * is found. Names that are to be unique are the only ones of theirs in the directory, too.
 */
#include "bridge/portfolio/entrance.h"

#include <stdlib.h>
#include <viaduct/node.h>

#include "bridge/log.h"
#include "bridge/portfolio/guest.h"
#include "include/portfolio/operror.h"

struct entrance {
    struct receiver receiver; /* first */
    struct via_stub *stub;    /* a count, until it is closed */
    struct via_proxy *proxy;  /* likewise */
    Item port;                /* set before anybody can call */
};

static void arrived(struct receiver *receiver, struct via_call *call)
{
    guest_take(((const struct entrance *)receiver)->port, call);
}

static void destroyed(void *user)
{
    free(user);
}

/* Where it has none the port still runs, and who gets its object can send there. */
static Err ask_for_number(struct entrance *entrance, Item *numberp)
{
    uint32_t number = 0;
    enum via_status status = via_stub_number(entrance->stub, 0, &number);
    *numberp = status == VIA_OK ? (Item)number : 0;
    return status == VIA_NO_MEMORY || status == VIA_BUSY ? NOMEM : 0;
}

Err entrance_open(struct inbox *inbox, struct entrance **entrancep, Item *numberp)
{
    struct entrance *entrance = calloc(1, sizeof *entrance);
    if (entrance == NULL)
        return NOMEM;
    entrance->receiver.arrived = arrived;
    if (inbox_stub(inbox, &entrance->receiver, destroyed, &entrance->stub) != VIA_OK) {
        free(entrance);
        return NOMEM;
    }
    entrance->proxy = via_stub_proxy(entrance->stub);
    Err err = ask_for_number(entrance, numberp);
    if (err < 0)
        entrance_close(entrance);
    else
        *entrancep = entrance;
    return err;
}

void entrance_set_port(struct entrance *entrance, Item port)
{
    entrance->port = port;
}

void entrance_close(struct entrance *entrance)
{
    if (entrance == NULL)
        return;
    struct via_stub *stub = entrance->stub;
    via_stub_withdraw(stub);
    (void)via_proxy_unref(entrance->proxy);
    (void)via_stub_unref(stub); /* and with the last count it is gone */
}

Err entrance_publish(struct entrance *entrance, const char *name, bool is_unique)
{
    const struct via_publish_options options = {
        .size = sizeof options,
        .flags = is_unique ? VIA_PUBLISH_CASELESS
                           : VIA_PUBLISH_CASELESS | VIA_PUBLISH_DUPLICATES | VIA_PUBLISH_LATER,
        .class_name = ENTRANCE_CLASS};
    enum via_status status =
        via_node_publish(via_node_default(), ENTRANCE_FAMILY, name, entrance->stub, &options);
    bool is_taken = status == VIA_EXISTS || (is_unique && status == VIA_BUSY);
    if (is_taken)
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_UniqueItemExists);
    if (status == VIA_NO_MEMORY)
        return NOMEM;
    if (status != VIA_OK && status != VIA_NOT_CONNECTED)
        log_warn("portfolio.unpublished", "name=\"%s\" why=%s", name, via_status_name(status));
    return is_unique && status == VIA_DENIED ? BADPRIV : 0;
}

struct via_proxy *entrance_proxy(const struct entrance *entrance)
{
    return entrance->proxy;
}

Item entrance_port_of(const struct via_proxy *proxy)
{
    const struct via_stub *stub = via_proxy_local(proxy);
    const struct receiver *receiver = stub != NULL ? inbox_receiver(stub) : NULL;
    return receiver != NULL ? ((const struct entrance *)receiver)->port : 0;
}
