/*
 * A message is a call to the port's object. Its head is written here, what is in i.data goes to the
 * link from where the program has it, and the answer into the program's memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/threads.h>
#include <viaduct/node.h>
#include <viaduct/object.h>

#include "bridge/interruption.h"
#include "bridge/phoenix/carried.h"
#include "bridge/phoenix/data_max.h"
#include "bridge/phoenix/failure.h"
#include "bridge/phoenix/kept_errno.h"
#include "codecs/parcel.h"
#include "codecs/phoenix_convert.h"

/* Whose process it is the gateway says, to which nobody would take our word. */
static struct phoenix_request request_of(const msg_t *m, bool is_pulse)
{
    return (struct phoenix_request){
        .type = m->type,
        .priority = (uint32_t)priority(-1),
        .err = m->o.err,
        .oid = {.port = m->oid.port, .id = m->oid.id},
        .abi = PHOENIX_ABI_HOST,
        .is_pulse = is_pulse,
        .has_out = m->o.data != NULL && !is_pulse,
        .in_raw = m->i.raw,
        .out_raw = m->o.raw,
        .in_data = m->i.data,
        .in_size = m->i.size,
        .out_size = m->o.size,
    };
}

/* VIA_INVALID, VIA_TOO_LARGE, VIA_NO_MEMORY. */
static enum via_status pack(const struct phoenix_request *request, struct via_parcel **parcelp)
{
    struct via_parcel *parcel = NULL;
    uint8_t *head;
    size_t size;
    enum via_status status =
        data_max_check(request->in_size, request->is_pulse ? 0 : request->out_size);
    if (status == VIA_OK)
        status = phoenix_request_size(request, &size);
    if (status == VIA_OK)
        status = via_parcel_create(&parcel);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(parcel, VIA_LAYOUT_PHOENIX);
    status = via_parcel_extend(parcel, PHOENIX_HEAD_MAX, VIA_TAG_PAD, 0, &head);
    if (status == VIA_OK)
        status = via_parcel_truncate(parcel, phoenix_request_encode_head(request, head), 1);
    if (status != VIA_OK) {
        (void)via_parcel_unref(parcel);
        return status;
    }
    if (request->in_data != NULL)
        parcel_lend(parcel, request->in_data, request->in_size, request->in_size + 1);
    *parcelp = parcel;
    return VIA_OK;
}

static int take_answer(struct via_parcel *parcel, const struct phoenix_request *request, msg_t *m)
{
    struct phoenix_question question;
    struct phoenix_reply reply;
    uint8_t raw[PHOENIX_RAW_SIZE];
    phoenix_request_question(request, &question);
    if (parcel == NULL || phoenix_reply_decode(via_parcel_data(parcel), via_parcel_size(parcel),
                                               &question, &reply) != VIA_OK)
        return -EIO; /* it is no answer to a message */
    if (phoenix_reply_take(&reply, &question, raw, m->o.data) != VIA_OK)
        return -EINVAL;
    carried_take_from_reply(parcel, request->type, reply.abi);
    memcpy(m->o.raw, raw, sizeof raw);
    m->o.err = reply.err;
    return 0;
}

/* @replyp: NULL for a pulse. */
static enum via_status call(uint32_t port, const struct phoenix_request *request,
                            struct via_parcel *parcel, struct via_parcel **replyp)
{
    struct via_node *node = via_node_default();
    struct via_proxy *proxy = NULL;
    enum via_status status =
        node != NULL ? via_node_find_number(node, port, &proxy) : VIA_NO_MEMORY;
    if (status != VIA_OK)
        return status;
    const uint32_t code = (uint32_t)request->type;
    if (via_proxy_is_remote(proxy))
        carried_add_to_request(parcel, request);
    if (replyp == NULL) {
        status = via_proxy_send(proxy, code, parcel);
    } else {
        interruption_heed(true);
        status = via_proxy_call(proxy, code, parcel, 0, NULL, replyp);
        interruption_heed(false);
    }
    (void)via_proxy_unref(proxy);
    return status;
}

int msgSend(uint32_t port, msg_t *m)
{
    KEEP_ERRNO();
    struct via_parcel *parcel = NULL, *reply = NULL;
    if (m == NULL)
        return -EFAULT;
    const struct phoenix_request request = request_of(m, false);
    enum via_status status = pack(&request, &parcel);
    if (status == VIA_OK)
        status = call(port, &request, parcel, &reply);
    (void)via_parcel_unref(parcel);
    int result = status == VIA_OK ? take_answer(reply, &request, m) : failure_of(status);
    (void)via_parcel_unref(reply);
    return result;
}

int msgPulse(uint32_t port, msg_t *m)
{
    KEEP_ERRNO();
    struct via_parcel *parcel = NULL;
    if (m == NULL)
        return -EFAULT;
    const struct phoenix_request request = request_of(m, true);
    enum via_status status = pack(&request, &parcel);
    if (status == VIA_OK)
        status = call(port, &request, parcel, NULL);
    (void)via_parcel_unref(parcel);
    return failure_of(status);
}
