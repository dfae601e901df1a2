/*
 * The broker knows numbers; whoever is told one gets the object too, or it could do nothing with
 * it. A port that has died meanwhile is a number alone.
 */
#include "gateway/event_broker/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_fields.h"
#include "include/portfolio/event.h"

#define BUFFER_UNIT 16u /* the system's own messages have buffers of such sizes */

static enum via_status add_port(const struct ports *ports, struct via_parcel *parcel, size_t at,
                                uint32_t number)
{
    const struct port *port = number == 0 ? NULL : ports_find(ports, number);
    return port == NULL ? VIA_OK : via_parcel_add_ref(parcel, at, port->proxy, 0);
}

/* Of those in @data, which stand at @at in @parcel. */
static enum via_status add_ports(const struct ports *ports, struct via_parcel *parcel, size_t at,
                                 const uint8_t *data, size_t size)
{
    struct portfolio_ports walk;
    enum via_status status = VIA_OK;
    size_t place;
    portfolio_ports_start(&walk, data, size);
    while (status == VIA_OK && portfolio_ports_next(&walk, &place))
        status = add_port(ports, parcel, at + place, octets_get_u32(data + place));
    return status;
}

static enum via_status begin(size_t size, struct via_parcel **parcelp, uint8_t **placep)
{
    enum via_status status = via_parcel_create(parcelp);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(*parcelp, VIA_LAYOUT_EVENT_BROKER);
    status = via_parcel_extend(*parcelp, size, VIA_TAG_PAD, 0, placep);
    if (status != VIA_OK)
        *parcelp = via_parcel_unref(*parcelp);
    return status;
}

/* Keeps it on VIA_OK only. */
static enum via_status end(enum via_status status, struct via_parcel *parcel,
                           struct via_parcel **parcelp)
{
    if (status == VIA_OK)
        *parcelp = parcel;
    else
        (void)via_parcel_unref(parcel);
    return status;
}

enum via_status wire_answer(const struct ports *ports, enum portfolio_kind kind, uint32_t flavor,
                            const struct broker_answer *answer, struct via_parcel **parcelp)
{
    const struct portfolio_answer said = {
        .kind = kind,
        .result = answer->result,
        .data = answer->data,
        .size = answer->size,
        .more = answer->more,
        .more_size = answer->more_size,
    };
    struct via_parcel *parcel;
    uint8_t *place;
    size_t size;
    enum via_status status = portfolio_answer_size(&said, &size);
    if (status == VIA_OK)
        status = begin(size, &parcel, &place);
    if (status != VIA_OK)
        return status;
    portfolio_answer_encode(&said, place);
    if (portfolio_result_is_port(flavor) && answer->result > 0)
        status = add_port(ports, parcel, PORTFOLIO_ANSWER_RESULT_AT, (uint32_t)answer->result);
    if (status == VIA_OK)
        status = add_ports(ports, parcel, PORTFOLIO_ANSWER_HEAD_SIZE, answer->data, answer->size);
    return end(status, parcel, parcelp);
}

enum via_status wire_message(const struct ports *ports, struct via_proxy *broker, uint32_t number,
                             const uint8_t *data, size_t size, struct via_parcel **parcelp)
{
    const struct portfolio_message said = {
        .kind = PORTFOLIO_BUFFERED,
        .capacity = (uint32_t)(size + octets_padding(size, BUFFER_UNIT)),
        .reply_port = number,
        .data = data,
        .size = size,
    };
    struct via_parcel *parcel;
    uint8_t *place;
    size_t whole;
    enum via_status status = portfolio_message_size(&said, &whole);
    if (status == VIA_OK)
        status = begin(whole, &parcel, &place);
    if (status != VIA_OK)
        return status;
    portfolio_message_encode(&said, place);
    status = via_parcel_add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, broker, 0);
    if (status == VIA_OK)
        status = add_ports(ports, parcel, whole - size, data, size);
    return end(status, parcel, parcelp);
}

char *wire_names(const struct ports *ports, const uint8_t *data, size_t size, size_t *sizep)
{
    struct portfolio_ports walk;
    size_t place, length = 0;
    char *names = NULL;
    FILE *out = open_memstream(&names, &length);
    if (out == NULL)
        return NULL;
    portfolio_ports_start(&walk, data, size);
    while (portfolio_ports_next(&walk, &place)) {
        const struct port *port = ports_find(ports, octets_get_u32(data + place));
        (void)fputs(port == NULL || port->name == NULL ? "" : port->name, out);
        (void)fputc('\0', out);
    }
    if (fclose(out) != 0) {
        free(names);
        return NULL;
    }
    *sizep = length;
    return names;
}
