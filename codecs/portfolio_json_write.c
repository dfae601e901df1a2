/*
 * What data are their flavor says, and they are checked as hostile before they are shown by it;
 * what does not bear that out is shown as octets. A peer's message is never refused for what it
 * says, only for what it is not.
 */
#include <string.h>

#include "codecs/json_write.h"
#include "codecs/octets.h"
#include "codecs/portfolio_classes.h"
#include "codecs/portfolio_error.h"
#include "codecs/portfolio_flavors.h"
#include "codecs/portfolio_frames.h"
#include "codecs/portfolio_json.h"
#include "codecs/portfolio_json_pod.h"
#include "codecs/portfolio_json_values.h"
#include "codecs/portfolio_pod.h"
#include "codecs/utf8.h"
#include "include/portfolio/event.h"

#define POD_DATA_COUNT_AT offsetof(PodDataHeader, pd_DataByteCount)

/* ---- parts ---- */

static void write_flavor(struct buffer *out, uint32_t flavor)
{
    json_write_key(out, "flavor");
    json_write_chars(out, portfolio_flavor_name(flavor));
}

static void write_result(struct buffer *out, int32_t result)
{
    char words[PORTFOLIO_ERROR_ROOM];
    json_write_key(out, "result");
    json_write_i64(out, result);
    if (result >= 0)
        return;
    (void)portfolio_error_text(words, sizeof words, result);
    json_write_key(out, "error");
    json_write_chars(out, words);
}

static void write_listeners(struct buffer *out, const uint8_t *data, uint32_t count,
                            const struct portfolio_answer *answer)
{
    bool are_named = portfolio_list_names_are(answer->more, answer->more_size, count);
    const char *name = answer->more;
    json_write_key(out, "listeners");
    json_write_text(out, "[");
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = data + portfolio_list_at(EB_GetListenersReply, i);
        const struct portfolio_field *port = &portfolio_listener.fields[0];
        const struct portfolio_field *category = &portfolio_listener.fields[1];
        if (i > 0)
            json_write_text(out, ",");
        json_write_text(out, "{\"port\":");
        json_write_i64(out, (int32_t)portfolio_json_number_at(port, entry, 0));
        json_write_key(out, category->name);
        portfolio_json_category(out, portfolio_json_number_at(category, entry, 0));
        if (are_named) {
            json_write_key(out, "name");
            json_write_chars(out, name);
            name += strlen(name) + 1;
        }
        json_write_text(out, "}");
    }
    json_write_text(out, "]");
}

/* {"ControlPad":1,...}; a class without a name by its number. */
static void write_generic(struct buffer *out, const PodDescription *pod)
{
    char comma = '{';
    json_write_key(out, "generic");
    for (uint32_t i = 0; i < PORTFOLIO_CLASSES; i++) {
        const struct portfolio_class *class = portfolio_class_of(i);
        if (pod->pod_GenericNumber[i] == 0 && (pod->pod_Flags & portfolio_class_flag(i)) == 0)
            continue;
        buffer_add_octet(out, (uint8_t)comma);
        comma = ',';
        json_write_text(out, "\"");
        if (class != NULL)
            buffer_add(out, class->name, strlen(class->name));
        else
            json_write_u64(out, i);
        json_write_text(out, "\":");
        json_write_u64(out, pod->pod_GenericNumber[i]);
    }
    if (comma == '{')
        json_write_text(out, "{");
    json_write_text(out, "}");
}

static void write_pod(struct buffer *out, const uint8_t *octets)
{
    PodDescription pod;
    portfolio_read(&portfolio_pod_description, octets, &pod);
    const struct portfolio_pod_type *type = portfolio_pod_type_of(pod.pod_Type);
    json_write_text(out, "{\"number\":");
    json_write_u64(out, pod.pod_Number);
    json_write_key(out, "position");
    json_write_u64(out, pod.pod_Position);
    json_write_key(out, "type");
    json_write_u64(out, pod.pod_Type);
    if (type != NULL) {
        json_write_key(out, "typeName");
        json_write_chars(out, type->name);
    }
    json_write_key(out, "flags");
    json_write_u64(out, pod.pod_Flags);
    write_generic(out, &pod);
    json_write_key(out, "bitsIn");
    json_write_u64(out, pod.pod_BitsIn);
    json_write_key(out, "bitsOut");
    json_write_u64(out, pod.pod_BitsOut);
    json_write_key(out, "lockHolder");
    json_write_i64(out, pod.pod_LockHolder);
    json_write_text(out, "}");
}

static void write_pods(struct buffer *out, const uint8_t *data, uint32_t count)
{
    json_write_key(out, "pods");
    json_write_text(out, "[");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            json_write_text(out, ",");
        write_pod(out, data + portfolio_list_at(EB_DescribePodsReply, i));
    }
    json_write_text(out, "]");
}

/* A pod's number, whether to wait, and the octets there are; false: there are less than it says. */
static bool write_pod_data(struct buffer *out, const uint8_t *data, size_t size)
{
    uint32_t count = octets_get_u32(data + POD_DATA_COUNT_AT);
    if (count > size - portfolio_pod_data.size)
        return false;
    portfolio_json_fields(out, &portfolio_pod_data, data);
    if (count > 0)
        portfolio_json_octets(out, data + portfolio_pod_data.size, count);
    return true;
}

/* ---- answers ---- */

/* false: the data are not what an answer with such a flavor has. */
static bool write_known_answer(struct buffer *out, const struct portfolio_answer *answer)
{
    const uint8_t *data = answer->data;
    uint32_t count = 0, flavor = octets_get_u32(data);
    size_t start = out->size;
    write_flavor(out, flavor);
    write_result(out, answer->result);
    switch (flavor) {
    case EB_ConfigureReply:
    case EB_MakeTableReply:
        return true;
    case EB_GetListenersReply:
    case EB_DescribePodsReply:
        if (!portfolio_list_count(data, answer->size, &count))
            break;
        if (flavor == EB_GetListenersReply)
            write_listeners(out, data, count, answer);
        else
            write_pods(out, data, count);
        return true;
    case EB_ReadPodDataReply:
    case EB_WritePodDataReply:
    case EB_IssuePodCmdReply:
        if (write_pod_data(out, data, answer->size))
            return true;
        break;
    default: /* no answer has data of these */
        break;
    }
    if (out->status == VIA_OK)
        buffer_cut(out, start);
    return false;
}

static bool is_known_answer(const struct portfolio_answer *answer, uint32_t code)
{
    size_t least = portfolio_fixed_size(code + 1);
    return portfolio_flavor_is_request(code) && code != EB_NoOp && least > 0 &&
           answer->size >= least && octets_get_u32(answer->data) == code + 1;
}

static void write_data(struct buffer *out, const struct portfolio_answer *answer)
{
    json_write_key(out, "data");
    json_write_base64(out, answer->data, answer->size);
    if (!utf8_check(answer->data, answer->size))
        return;
    json_write_key(out, "text");
    json_write_string(out, answer->data, answer->size);
}

static void write_name(struct buffer *out, const char *name)
{
    json_write_key(out, "name");
    json_write_chars(out, name);
}

static void write_words(struct buffer *out, const uint32_t *words)
{
    json_write_key(out, "words");
    json_write_text(out, "[");
    json_write_u64(out, words[0]);
    json_write_text(out, ",");
    json_write_u64(out, words[1]);
    json_write_text(out, "]");
}

/* The first name's comma is the bracket. */
static enum via_status end_object(struct buffer *out, size_t start)
{
    if (out->status != VIA_OK)
        return out->status;
    if (out->size == start)
        json_write_text(out, "{");
    else
        out->data[start] = '{';
    json_write_text(out, "}");
    return out->status;
}

enum via_status portfolio_json_write_answer(struct buffer *out, const uint8_t *octets, size_t size,
                                            const struct portfolio_question *question)
{
    struct portfolio_answer answer;
    size_t start = out->size;
    enum via_status status =
        portfolio_answer_decode(octets, size, question->kind, question->capacity, &answer, NULL);
    if (status != VIA_OK)
        return status;
    if (is_known_answer(&answer, question->code) && write_known_answer(out, &answer))
        return end_object(out, start);
    write_result(out, answer.result);
    const char *name =
        question->kind == PORTFOLIO_PROVIDER ? portfolio_item_name_of(&answer) : NULL;
    if (question->kind == PORTFOLIO_SMALL)
        write_words(out, answer.words);
    else if (name != NULL && utf8_check(name, answer.size))
        write_name(out, name);
    else if (answer.size > 0)
        write_data(out, &answer);
    return end_object(out, start);
}

/* ---- messages ---- */

static void write_configuration(struct buffer *out, const uint8_t *data,
                                const struct portfolio_json_names *names)
{
    ConfigurationRequest request;
    portfolio_read(&portfolio_configuration_request, data, &request);
    json_write_key(out, "category");
    portfolio_json_category(out, request.cr_Category);
    json_write_key(out, "trigger");
    portfolio_json_mask(out, request.cr_TriggerMask, names);
    json_write_key(out, "capture");
    portfolio_json_mask(out, request.cr_CaptureMask, names);
    json_write_key(out, "queueMax");
    json_write_i64(out, request.cr_QueueMax);
}

static bool are_events(const uint8_t *data, size_t size)
{
    struct portfolio_frame frame;
    size_t at = PORTFOLIO_FRAMES_AT;
    if (portfolio_frames_check(data, size, NULL) != VIA_OK)
        return false;
    while (portfolio_frames_next(data, size, &at, &frame))
        if (frame.number == 0)
            return false;
    return true;
}

/* false: the data are not what a message of such a flavor has. */
static bool write_known(struct buffer *out, const uint8_t *data, size_t size,
                        const struct portfolio_json_names *names)
{
    uint32_t flavor = octets_get_u32(data);
    size_t start = out->size;
    write_flavor(out, flavor);
    switch (flavor) {
    case EB_NoOp:
    case EB_GetListeners:
    case EB_GetFocus:
    case EB_DescribePods:
    case EB_MakeTable:
        return true;
    case EB_Configure:
        write_configuration(out, data, names);
        return true;
    case EB_SetFocus:
        portfolio_json_fields(out, &portfolio_set_focus, data);
        return true;
    case EB_RegisterEvent:
        if (!portfolio_json_tells(&portfolio_register_event, data))
            break;
        portfolio_json_fields(out, &portfolio_register_event, data);
        return true;
    case EB_EventRecord:
    case EB_SendEvent:
        if (!are_events(data, size))
            break;
        portfolio_json_frames(out, data, size, names);
        return true;
    case EB_ReadPodData:
    case EB_WritePodData:
    case EB_LockPod:
    case EB_UnlockPod:
    case EB_IssuePodCmd:
        if (write_pod_data(out, data, size))
            return true;
        break;
    default: /* no message to the broker, or of its own */
        break;
    }
    if (out->status == VIA_OK)
        buffer_cut(out, start);
    return false;
}

static enum via_status write_message(struct buffer *out, const uint8_t *octets, size_t size,
                                     uint32_t code, const struct portfolio_json_names *names)
{
    struct portfolio_message message;
    size_t start = out->size, least = portfolio_fixed_size(code);
    enum via_status status = portfolio_message_decode(octets, size, &message, NULL);
    if (status != VIA_OK)
        return status;
    bool is_known = message.kind != PORTFOLIO_SMALL && least > 0 && message.size >= least &&
                    octets_get_u32(message.data) == code &&
                    write_known(out, message.data, message.size, names);
    if (!is_known && message.kind == PORTFOLIO_SMALL) {
        write_words(out, message.words);
    } else if (!is_known) {
        json_write_key(out, "data");
        json_write_base64(out, message.data, message.size);
    }
    if (message.priority != 0) {
        json_write_key(out, "priority");
        json_write_u64(out, message.priority);
    }
    if (message.name != NULL) {
        json_write_key(out, "name");
        json_write_chars(out, message.name);
    }
    return end_object(out, start);
}

enum via_status portfolio_json_write_message(struct buffer *out, const uint8_t *octets, size_t size,
                                             uint32_t code,
                                             const struct portfolio_json_names *names)
{
    size_t start = out->size;
    if (code < PORTFOLIO_POD_ATTACH || !portfolio_pod_is(octets, size))
        return write_message(out, octets, size, code, names);
    enum via_status status = portfolio_json_pod(out, octets, size, code);
    return status == VIA_OK ? end_object(out, start) : status;
}
