/*
 * Each function adds one whole frame, or what a frame begins and ends with. One that can fail takes
 * back what it has added, so that an error can be told in its place.
 */
#include "codecs/jsonrpc_answer.h"

#include <string.h>

#include "codecs/json_write.h"

static void begin(struct buffer *out, const struct json_span *id)
{
    json_write_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    if (id->text != NULL)
        buffer_add(out, id->text, id->size);
    else
        json_write_text(out, "null");
}

void jsonrpc_result_begin(struct buffer *out, const struct json_span *id)
{
    begin(out, id);
    json_write_text(out, ",\"result\":");
}

void jsonrpc_result_end(struct buffer *out)
{
    json_write_text(out, "}");
}

/* Back to @start, unless all went well. */
static enum via_status finish(struct buffer *out, size_t start, enum via_status status)
{
    if (status == VIA_OK)
        status = out->status;
    if (status != VIA_OK)
        buffer_cut(out, start);
    return status;
}

/* All of a reply before its data. */
static void begin_reply(struct buffer *out, const struct json_span *id, int32_t result)
{
    jsonrpc_result_begin(out, id);
    json_write_text(out, "{\"status\":0,\"result\":");
    json_write_i64(out, result);
    json_write_text(out, ",\"data\":");
}

static enum via_status end_reply(struct buffer *out, size_t start, enum via_status status)
{
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return finish(out, start, status);
}

enum via_status jsonrpc_write_reply(struct buffer *out, const struct json_span *id, int32_t result,
                                    const struct payload *payload,
                                    const struct json_numbers *numbers)
{
    if (out->status != VIA_OK)
        return out->status;
    size_t start = out->size;
    begin_reply(out, id, result);
    return end_reply(out, start, json_payload_write(out, payload, numbers));
}

enum via_status jsonrpc_write_message(struct buffer *out, const struct json_span *id,
                                      int32_t result, const struct payload *payload,
                                      const struct layout_messages *messages,
                                      const struct layout_question *question,
                                      struct buffer *scratch)
{
    if (out->status != VIA_OK)
        return out->status;
    size_t start = out->size;
    begin_reply(out, id, result);
    return end_reply(out, start, messages->write_reply(out, payload, question, scratch));
}

static void write_words(struct buffer *out, const char *words)
{
    json_write_string(out, words, strlen(words));
}

void jsonrpc_write_fault(struct buffer *out, const struct json_span *id,
                         const struct jsonrpc_fault *fault)
{
    begin(out, id);
    json_write_text(out, ",\"error\":{\"code\":");
    json_write_i64(out, fault->code);
    json_write_text(out, ",\"message\":");
    write_words(out, fault->text);
    json_write_text(out, ",\"data\":{\"status\":");
    write_words(out, via_status_name(fault->status));
    if (fault->cause != VIA_ALIVE) {
        json_write_text(out, ",\"cause\":");
        write_words(out, via_cause_name(fault->cause));
    }
    json_write_text(out, "}}}");
}

static void write_source(struct buffer *out, const struct jsonrpc_source *source)
{
    if (source->service.text != NULL) {
        json_write_text(out, "\"service\":");
        json_write_string(out, source->service.text, source->service.size);
    } else {
        json_write_text(out, "\"ref\":");
        json_write_u64(out, source->ref);
    }
    if (source->subscription != 0) {
        json_write_text(out, ",\"subscription\":");
        json_write_u64(out, source->subscription);
    }
}

void jsonrpc_write_since(struct buffer *out, uint64_t epoch, uint64_t number)
{
    char text[16];
    size_t n = 0;
    do
        text[sizeof text - ++n] = "0123456789abcdef"[epoch & 0xf];
    while ((epoch >>= 4) != 0);
    buffer_add(out, text + sizeof text - n, n);
    buffer_add_octet(out, ':');
    json_write_u64(out, number);
}

enum via_status jsonrpc_write_event_params(struct buffer *out, const struct jsonrpc_event *event,
                                           const struct json_numbers *numbers)
{
    if (out->status != VIA_OK)
        return out->status;
    size_t start = out->size;
    json_write_text(out, "{");
    write_source(out, &event->source);
    if (event->number != 0) { /* 0: for one client alone, in nobody's count */
        json_write_text(out, ",\"since\":\"");
        jsonrpc_write_since(out, event->epoch, event->number);
        json_write_text(out, "\"");
    }
    if (event->lost != 0) {
        json_write_text(out, ",\"lost\":");
        json_write_u64(out, event->lost);
    }
    if (event->seq != 0) {
        json_write_text(out, ",\"seq\":");
        json_write_u64(out, event->seq);
    }
    json_write_text(out, ",\"event\":");
    json_write_u64(out, event->event);
    json_write_text(out, ",\"data\":");
    enum via_status status = VIA_OK;
    if (event->data.text != NULL)
        buffer_add(out, event->data.text, event->data.size);
    else
        status = json_payload_write(out, event->payload, numbers);
    json_write_text(out, "}");
    return finish(out, start, status);
}

enum via_status jsonrpc_write_event(struct buffer *out, const struct jsonrpc_event *event,
                                    const struct json_numbers *numbers)
{
    if (out->status != VIA_OK)
        return out->status;
    size_t start = out->size;
    json_write_text(out, "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":");
    enum via_status status = jsonrpc_write_event_params(out, event, numbers);
    json_write_text(out, "}");
    return finish(out, start, status);
}

void jsonrpc_write_death(struct buffer *out, const struct jsonrpc_source *source,
                         enum via_cause cause)
{
    json_write_text(out, "{\"jsonrpc\":\"2.0\",\"method\":\"death\",\"params\":{");
    write_source(out, source);
    json_write_text(out, ",\"cause\":");
    write_words(out, via_cause_name(cause));
    json_write_text(out, "}}");
}
