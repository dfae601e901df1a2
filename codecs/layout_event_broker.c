/*
 * Portfolio's messages. What a payload is follows from the code of its frame and, for an answer,
 * from the message it is the answer to: there are no values one after the other. References that go
 * with numbers of ports are the families' own business, and no values either; there are no
 * descriptors.
 */
#include <string.h>

#include "codecs/layout.h"
#include "codecs/octets.h"
#include "codecs/parcel_inside.h"
#include "codecs/portfolio_json.h"
#include "codecs/portfolio_pod.h"

_Static_assert(sizeof(struct portfolio_question) <= sizeof(struct layout_question),
               "a question finds no room");

/* ---- messages ---- */

/* The port that the answer goes to; what is said to a broker by a provider has none. */
static enum via_status put_reply_port(struct via_parcel *parcel, const struct layout_target *target)
{
    if (target->reply_port == 0 || portfolio_pod_is(parcel->octets, parcel->size))
        return VIA_OK;
    octets_put_u32(parcel->octets + PORTFOLIO_MESSAGE_REPLY_PORT_AT, target->reply_port);
    return via_parcel_add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, target->reply_to, 0);
}

static enum via_status read(const char *text, size_t size, const struct layout_target *target,
                            struct via_parcel *parcel, struct layout_question *questionp,
                            struct buffer *scratch, struct json_parcel_fault *fault)
{
    struct portfolio_question question;
    enum via_status status = portfolio_json_read(text, size, target->code, target->names, parcel,
                                                 &question, scratch, fault);
    if (status != VIA_OK)
        return status;
    memcpy(questionp, &question, sizeof question);
    status = put_reply_port(parcel, target);
    if (status != VIA_OK)
        *fault = (struct json_parcel_fault){.text = "the gateway is out of memory"};
    return status;
}

static enum via_status write_reply(struct buffer *out, const struct payload *payload,
                                   const struct layout_question *question, struct buffer *scratch)
{
    struct portfolio_question asked;
    (void)scratch; /* an answer is shown as it stands there */
    memcpy(&asked, question, sizeof asked);
    return portfolio_json_write_answer(out, payload->octets, payload->size, &asked);
}

static enum via_status write_call(struct buffer *out, const struct payload *payload, uint32_t code,
                                  const struct portfolio_json_names *names)
{
    return portfolio_json_write_message(out, payload->octets, payload->size, code, names);
}

static const struct layout_messages messages = {
    .code = portfolio_json_code,
    .read = read,
    .write_reply = write_reply,
    .write_call = write_call,
};

const struct layout layout_event_broker = {
    .number = VIA_LAYOUT_EVENT_BROKER,
    .name = "event-broker",
    .family = "portfolio",
    .ref_slot = PORTFOLIO_REF_SLOT,
    .get = layout_refuse_get,
    .put = layout_refuse_put,
    .put_ref = layout_refuse_ref,
    .put_fd = layout_refuse_fd,
    .messages = &messages,
};
