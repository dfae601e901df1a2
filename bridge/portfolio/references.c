/*
 * A number that nobody has is only a number, here as at the gateway.
 */
#include "bridge/portfolio/references.h"

#include <string.h>
#include <viaduct/object.h>

#include "bridge/portfolio/entrance.h"
#include "bridge/portfolio/foreign.h"
#include "bridge/portfolio/port.h"
#include "codecs/octets.h"
#include "codecs/portfolio_fields.h"
#include "codecs/portfolio_message.h"

static struct via_proxy *own_object(Item number)
{
    items_lock();
    const struct port *port = port_find(number);
    struct via_proxy *proxy = port != NULL ? via_proxy_ref(entrance_proxy(port->entrance)) : NULL;
    items_unlock();
    return proxy;
}

struct via_proxy *references_object(Item number)
{
    if (number <= 0)
        return NULL;
    struct via_proxy *proxy = own_object(number);
    return proxy != NULL ? proxy : foreign_object(number);
}

static enum via_status give(struct via_parcel *parcel, size_t at)
{
    Item number = (Item)octets_get_u32(via_parcel_data(parcel) + at);
    struct via_proxy *proxy = references_object(number);
    if (proxy == NULL)
        return VIA_OK;
    enum via_status status = via_parcel_add_ref(parcel, at, proxy, 0);
    (void)via_proxy_unref(proxy);
    return status;
}

enum via_status references_give(struct via_parcel *parcel, size_t at)
{
    struct portfolio_ports ports;
    size_t place;
    enum via_status status = VIA_OK;
    portfolio_ports_start(&ports, via_parcel_data(parcel) + at, via_parcel_size(parcel) - at);
    while (status == VIA_OK && portfolio_ports_next(&ports, &place))
        status = give(parcel, at + place);
    return status;
}

void references_take(struct via_parcel *parcel, size_t at, size_t size)
{
    struct portfolio_ports ports;
    size_t place;
    if (via_parcel_n_refs(parcel) == 0)
        return;
    portfolio_ports_start(&ports, via_parcel_data(parcel) + at, size);
    while (portfolio_ports_next(&ports, &place)) {
        struct via_proxy *proxy = via_parcel_ref_at(parcel, at + place, NULL);
        Item number = proxy != NULL ? foreign_item_of(proxy) : 0;
        if (number != 0)
            octets_put_u32(via_parcel_data(parcel) + at + place, (uint32_t)number);
    }
}

void references_name(const struct portfolio_answer *answer)
{
    struct portfolio_ports ports;
    size_t place;
    uint32_t n;
    const char *name = answer->more;
    if (answer->more_size == 0 || !portfolio_list_count(answer->data, answer->size, &n) ||
        !portfolio_list_names_are(name, answer->more_size, n))
        return;
    portfolio_ports_start(&ports, answer->data, answer->size);
    while (portfolio_ports_next(&ports, &place)) {
        if (name[0] != '\0')
            foreign_name((Item)octets_get_u32((const uint8_t *)answer->data + place), name);
        name += strlen(name) + 1;
    }
}
