/*
 * Phoenix's messages. What a payload is follows from the code of its frame and, for an answer, from
 * the message it is the answer to: there are no values one after the other. References that go with
 * ports are the families' own business, and no values either; there are no descriptors.
 */
#include <string.h>

#include "codecs/layout.h"
#include "codecs/phoenix_json.h"
#include "codecs/phoenix_path.h"

_Static_assert(sizeof(struct phoenix_question) <= sizeof(struct layout_question),
               "a question finds no room");

/* ---- messages ---- */

static enum via_status read(const char *text, size_t size, const struct layout_target *target,
                            struct via_parcel *parcel, struct layout_question *questionp,
                            struct buffer *scratch, struct json_parcel_fault *fault)
{
    struct phoenix_oid oid = {.port = 0};
    bool is_known = phoenix_info_read(target->info, &oid);
    if (!is_known)
        oid = (struct phoenix_oid){.port = target->number};
    const struct phoenix_json_target whom = {.type = (int32_t)target->code,
                                             .oid = oid.port != 0 || is_known ? &oid : NULL,
                                             .is_pulse = target->is_oneway};
    struct phoenix_question question;
    enum via_status status =
        phoenix_json_read(text, size, &whom, parcel, &question, scratch, fault);
    if (status == VIA_OK)
        memcpy(questionp, &question, sizeof question);
    return status;
}

static enum via_status write_reply(struct buffer *out, const struct payload *payload,
                                   const struct layout_question *question, struct buffer *scratch)
{
    struct phoenix_question asked;
    struct phoenix_reply reply;
    memcpy(&asked, question, sizeof asked);
    enum via_status status = phoenix_reply_decode(payload->octets, payload->size, &asked, &reply);
    return status == VIA_OK ? phoenix_json_write_reply(out, &reply, &asked, scratch) : status;
}

static const struct layout_messages messages = {
    .code = phoenix_json_code,
    .read = read,
    .write_reply = write_reply,
};

const struct layout layout_phoenix = {
    .number = VIA_LAYOUT_PHOENIX,
    .name = "phoenix",
    .ref_slot = 1,
    .get = layout_refuse_get,
    .put = layout_refuse_put,
    .put_ref = layout_refuse_ref,
    .put_fd = layout_refuse_fd,
    .messages = &messages,
};
