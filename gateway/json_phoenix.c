/*
 * A request is answered once: with what its chain has found, with why it has failed, or when its
 * time is over; the chain may go on behind that, to close what it has opened. What a server says
 * (err, errno, and which message it is of) is a result; what does not come to a server is an error.
 */
#include "gateway/json_phoenix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/base64.h"
#include "codecs/json_number.h"
#include "codecs/json_write.h"
#include "codecs/phoenix_json_values.h"
#include "gateway/gateway.h"

static void destroy(struct json_phoenix *file)
{
    struct json_session *session = file->session;
    asks_drop(&file->ask.ask);
    phoenix_path_deinit(&file->path);
    phoenix_place_clear(&file->opened);
    loop_disarm(session->session.gateway->loop, &file->timer);
    if (file->linkp != NULL) {
        *file->linkp = file->next;
        if (file->next != NULL)
            file->next->linkp = file->linkp;
        session->n_phoenix--;
        session->phoenix_size -= file->n_counted;
    }
    buffer_deinit(&file->out);
    free(file->data);
    free(file);
}

void json_phoenix_count(struct json_phoenix *file)
{
    size_t size = file->out.size + file->n_data;
    file->session->phoenix_size += size - file->n_counted;
    file->n_counted = size;
}

/* ---- answers ---- */

static void put_failure(struct buffer *out, const struct json_phoenix *file)
{
    int32_t err = file->outcome.err;
    const char *name = phoenix_name_of(&phoenix_errors, (uint32_t) - (int64_t)err);
    json_write_text(out, "{\"err\":");
    json_write_i64(out, err);
    if (name != NULL) {
        json_write_key(out, "errno");
        json_write_chars(out, name);
    }
    if (file->step != NULL) {
        json_write_key(out, "step");
        json_write_chars(out, file->step);
    }
    json_write_text(out, "}");
}

static void answer_result(struct json_phoenix *file)
{
    struct buffer *out = json_session_begin(file->session);
    jsonrpc_result_begin(out, &file->json_id);
    json_write_text(out, "{\"status\":0,\"data\":");
    if (file->out.size > 0)
        buffer_add(out, file->out.data, file->out.size);
    else
        put_failure(out, file);
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    json_session_answer(file->session, file->batch);
}

static void answer_fault(struct json_phoenix *file)
{
    enum via_status status = file->outcome.status;
    struct jsonrpc_fault fault;
    char text[128];
    json_session_copy(text, sizeof text, file->text);
    jsonrpc_fault_set(&fault, status, file->outcome.cause, "path \"%s\": %s%s%s", text,
                      file->step != NULL ? file->step : "", file->step != NULL ? ": " : "",
                      via_status_name(status));
    json_session_fail(file->session, file->batch, &file->json_id, &fault);
}

/* Writes the answer, if nobody has had one yet. Gives what is to be settled then. */
static struct json_batch *answer(struct json_phoenix *file)
{
    struct json_batch *batch = file->batch;
    if (file->out.status != VIA_OK)
        file->outcome = (struct phoenix_outcome){.status = file->out.status};
    if (file->json_id.text != NULL && file->outcome.status != VIA_OK)
        answer_fault(file);
    else if (file->json_id.text != NULL)
        answer_result(file);
    file->json_id.text = NULL;
    file->batch = NULL;
    return batch;
}

void json_phoenix_finish(struct json_phoenix *file)
{
    struct json_session *session = file->session;
    struct json_batch *batch = answer(file);
    destroy(file);
    json_session_settle(session, batch);
}

/* Nothing more is asked but whether the message under way has been seen. */
static void cancel(struct json_phoenix *file)
{
    file->is_stopped = true;
    phoenix_path_cancel(&file->path);
    if (file->stage != JSON_PHOENIX_CLOSE)
        asks_cancel(&file->ask.ask);
}

/* Whoever asked has the answer now; what is open is closed when its server has answered. */
static void expired(struct loop_timer *timer)
{
    struct json_phoenix *file =
        (struct json_phoenix *)((char *)timer - offsetof(struct json_phoenix, timer));
    const struct phoenix_outcome outcome = {.status = VIA_TIMEOUT};
    file->outcome = outcome;
    struct json_session *session = file->session;
    buffer_cut(&file->out, 0);
    struct json_batch *batch = answer(file);
    cancel(file);
    json_session_settle(session, batch);
}

/* ---- ends ---- */

static void ask_ended(struct phoenix_ask *ask)
{
    (void)ask; /* json_phoenix_end() has been there before */
}

bool json_phoenix_cancel(struct json_session *session, const struct json_span *id)
{
    for (struct json_phoenix *file = session->phoenix; file != NULL; file = file->next) {
        if (file->json_id.text == NULL || file->json_id.size != id->size ||
            memcmp(file->json_id.text, id->text, id->size) != 0)
            continue;
        cancel(file);
        return true;
    }
    return false;
}

void json_phoenix_end(struct json_session *session)
{
    while (session->phoenix != NULL) {
        struct json_phoenix *file = session->phoenix;
        struct json_batch *batch = file->batch;
        destroy(file);
        json_session_settle(session, batch);
    }
}

/* ---- the beginning ---- */

static enum via_status refuse(struct jsonrpc_fault *fault, const char *words)
{
    jsonrpc_fault_standard(fault, JSONRPC_INVALID_PARAMS, VIA_INVALID, "%s", words);
    return VIA_INVALID;
}

/* What is to be written: text, or octets in base64. */
static enum via_status read_octets(struct json_phoenix *file, const struct jsonrpc_request *request,
                                   struct jsonrpc_fault *fault)
{
    struct json_span given = request->text;
    bool is_text = (request->has & JSONRPC_HAS_TEXT) != 0;
    if (!is_text)
        given = (struct json_span){request->data.text + 1, request->data.size - 2}; /* quotes */
    file->data = malloc(given.size + 1);
    if (file->data == NULL) {
        jsonrpc_fault_set(fault, VIA_NO_MEMORY, VIA_ALIVE, "the gateway is out of memory");
        return VIA_NO_MEMORY;
    }
    file->n_data = given.size;
    if (is_text)
        memcpy(file->data, given.text, given.size);
    else if (!base64_decode(given.text, given.size, file->data, &file->n_data))
        return refuse(fault, "data: is to be octets in base64");
    return VIA_OK;
}

static enum via_status read_list(struct json_phoenix *file, const struct jsonrpc_request *request,
                                 struct jsonrpc_fault *fault)
{
    uint64_t after = 0;
    if ((request->has & (JSONRPC_HAS_FAMILY | JSONRPC_HAS_PATTERN)) != 0)
        return refuse(fault, "params: a list of \"path\" has no \"family\" and \"pattern\"");
    if ((request->has & JSONRPC_HAS_AFTER) != 0 && request->after.size > 0 &&
        (!json_number_u64(request->after.text, request->after.size, &after) || after > INT64_MAX))
        return refuse(fault, "after: is to be what the list before gave as \"next\"");
    file->offs = (int64_t)after;
    file->size = request->limit == 0 || request->limit > JSON_PHOENIX_LIST_MAX
                     ? JSON_PHOENIX_LIST_MAX
                     : request->limit;
    return VIA_OK;
}

static enum via_status read_params(struct json_phoenix *file, const struct jsonrpc_request *request,
                                   struct jsonrpc_fault *fault)
{
    if (file->method == JSONRPC_LIST)
        return read_list(file, request, fault);
    if (request->offs > INT64_MAX)
        return refuse(fault, "offs: is to be at most 9223372036854775807");
    file->offs = (int64_t)request->offs;
    file->size = (request->has & JSONRPC_HAS_SIZE) != 0 ? request->size : JSON_PHOENIX_READ;
    file->creates = request->create;
    file->truncates = request->truncate;
    if (file->size > JSON_PHOENIX_READ_MAX) {
        jsonrpc_fault_standard(fault, JSONRPC_INVALID_PARAMS, VIA_TOO_LARGE,
                               "size: at most %u octets are read at once", JSON_PHOENIX_READ_MAX);
        return VIA_TOO_LARGE;
    }
    return file->method == JSONRPC_WRITE ? read_octets(file, request, fault) : VIA_OK;
}

static struct json_phoenix *create(struct json_session *session,
                                   const struct jsonrpc_request *request, struct json_batch *batch)
{
    size_t id_size = request->id.text == NULL ? 0 : request->id.size;
    struct json_phoenix *file = calloc(1, sizeof *file + id_size + request->path.size);
    if (file == NULL)
        return NULL;
    char *text = (char *)(file + 1);
    if (id_size > 0) {
        memcpy(text, request->id.text, id_size);
        file->json_id = (struct json_span){text, id_size};
    }
    if (request->path.size > 0)
        memcpy(text + id_size, request->path.text, request->path.size);
    file->text = (struct json_span){text + id_size, request->path.size};
    file->session = session;
    file->batch = batch;
    file->method = request->method;
    file->timer.fired = expired;
    buffer_init(&file->out, SIZE_MAX);
    phoenix_path_init(&file->path, &session->session);
    file->path.found = json_phoenix_found;
    file->path.walk.ask.ended = ask_ended;
    phoenix_ask_init(&file->ask, &session->session);
    file->ask.answered = json_phoenix_answered;
    file->ask.ended = ask_ended;
    return file;
}

static enum via_status start_clock(struct json_phoenix *file, const struct jsonrpc_request *request)
{
    uint64_t until_ms = json_session_until_ms(file->session, request);
    if (until_ms == 0)
        return VIA_OK;
    phoenix_path_limit(&file->path, until_ms);
    file->ask.until_ms = until_ms;
    return loop_arm(file->session->session.gateway->loop, &file->timer, until_ms);
}

static void enter(struct json_session *session, struct json_phoenix *file)
{
    file->linkp = &session->phoenix;
    file->next = session->phoenix;
    if (file->next != NULL)
        file->next->linkp = &file->next;
    session->phoenix = file;
    session->n_phoenix++;
    json_phoenix_count(file);
}

enum via_status json_phoenix_start(struct json_session *session,
                                   const struct jsonrpc_request *request, struct json_batch *batch,
                                   struct jsonrpc_fault *fault)
{
    const struct config_limits *limits = &session->session.gateway->config.limits;
    struct json_phoenix *file = NULL;
    enum via_status status = VIA_OK;
    if (session->n_phoenix >= limits->max_json_calls) {
        jsonrpc_fault_set(fault, VIA_BUSY, VIA_ALIVE, "max_json_calls = %llu are under way",
                          (unsigned long long)limits->max_json_calls);
        return VIA_BUSY;
    }
    file = create(session, request, batch);
    if (file != NULL)
        status = read_params(file, request, fault);
    if (status == VIA_OK && file != NULL &&
        session->phoenix_size + file->n_data > JSON_PHOENIX_TEXTS_MAX) {
        status = VIA_BUSY;
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "%u octets wait to be written or read",
                          JSON_PHOENIX_TEXTS_MAX);
    }
    if (status == VIA_OK && (file == NULL || start_clock(file, request) != VIA_OK)) {
        status = VIA_NO_MEMORY;
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "the gateway is out of memory");
    }
    if (status != VIA_OK) {
        if (file != NULL)
            destroy(file);
        return status;
    }
    enter(session, file);
    if (!phoenix_path_begin(&file->path, file->text.text, file->text.size))
        json_phoenix_found(&file->path);
    return VIA_OK;
}
