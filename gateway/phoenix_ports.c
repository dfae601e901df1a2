/*
 * Where ports stand the codec's one table says. Judged is by the number alone, whether a reference
 * came with it or not: whose came with one holds the object, and may call it.
 *
 * A number that nothing here has is only a number. So is the message's own port: that is where it
 * goes, and a server takes it for its own; a large message of a type that has no others need not be
 * put together for it.
 */
#include "gateway/phoenix_ports.h"

#include <assert.h>
#include <stdio.h>

#include "codecs/phoenix_message.h"
#include "gateway/gateway.h"
#include "gateway/numbers.h"

#define PORT_SIZE 4u
#define ATTR_AT 1u /* which member of mtSetAttr's raw is the attribute */

static bool has_ports(const struct phoenix_type *type)
{
    for (size_t i = 0; i < type->in.n_members; i++)
        if (type->in.members[i].kind == PHOENIX_OID)
            return true;
    return type->in_data == PHOENIX_ATTR;
}

bool phoenix_ports_concern(const struct session *from, const struct frame *frame)
{
    return from->principal.remote && frame->kind == FRAME_CALL &&
           frame->layout == VIA_LAYOUT_PHOENIX && has_ports(phoenix_type_of((int32_t)frame->code));
}

static enum via_status judge(const struct message *message, uint32_t abi, const uint8_t *octets)
{
    struct session *from = message->from;
    struct gateway *gateway = from->gateway;
    uint32_t port = (uint32_t)phoenix_load(abi, octets, PORT_SIZE);
    const struct gateway_object *holder = numbers_holder(&gateway->numbers, port);
    struct gateway_object *object;
    char words[96];
    if (holder == NULL || holder->death != VIA_ALIVE || numbers_find(from, port, &object) == VIA_OK)
        return VIA_OK;
    (void)snprintf(words, sizeof words, "number %u in %s: it may not call what has it",
                   (unsigned)port, phoenix_type_of((int32_t)message->frame->code)->name);
    audit_refusal(&gateway->audit, &from->principal, "port", words);
    return VIA_DENIED;
}

/* Those of i.data. What has not the size of an oid is nobody's to convert, and who reads one there
 * reads it in an order of his own. */
static enum via_status judge_data(const struct message *message,
                                  const struct phoenix_request *request)
{
    const struct phoenix_type *type = phoenix_type_of(request->type);
    uint32_t abi = request->abi;
    if (type->in_data != PHOENIX_ATTR || request->in_size < PORT_SIZE)
        return VIA_OK;
    const uint8_t *attribute = request->in_raw + phoenix_member_at(&type->in, ATTR_AT, abi);
    if (phoenix_get(PHOENIX_I32, abi, attribute) != PHOENIX_AT_DEV)
        return VIA_OK;
    enum via_status status = judge(message, abi, request->in_data);
    if (status == VIA_OK && !phoenix_request_has_attr_oid(request))
        status = judge(message, abi ^ PHOENIX_ABI_BIG, request->in_data);
    return status;
}

enum via_status phoenix_ports_judge(const struct message *message)
{
    const struct frame *frame = message->frame;
    struct phoenix_request request;
    if (!phoenix_ports_concern(message->from, frame))
        return VIA_OK;
    assert(frame->passage == NULL); /* who asks whether it concerns puts it together */
    enum via_status status =
        phoenix_request_decode(frame->body, frame->body_size, frame->code, &request);
    if (status != VIA_OK)
        return status;
    const struct phoenix_struct *in = &phoenix_type_of(request.type)->in;
    for (size_t i = 0; status == VIA_OK && i < in->n_members; i++)
        if (in->members[i].kind == PHOENIX_OID)
            status =
                judge(message, request.abi, request.in_raw + phoenix_member_at(in, i, request.abi));
    return status == VIA_OK ? judge_data(message, &request) : status;
}
