/*
 * A request is read, handled, and answered, at once or later. Answers to one received text gather
 * in a batch if it was one; what stands alone goes straight to the outlet. Texts are written into
 * one buffer of the gateway's, which keeps its memory.
 */
#include "gateway/json_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "codecs/json_write.h"
#include "gateway/gateway.h"
#include "gateway/json_phoenix.h"
#include "gateway/pattern.h"

#define LIST_MOST 1000u

/* ---- texts ---- */

struct buffer *json_session_begin(struct json_session *session)
{
    struct buffer *out = &session->session.gateway->json_out;
    buffer_cut(out, 0);
    session->message = ++session->session.gateway->json_messages;
    return out;
}

void json_session_settle(struct json_session *session, struct json_batch *batch)
{
    if (batch == NULL || --batch->waiting > 0)
        return;
    if (!session->ended) {
        if (batch->text.size > 0) {
            json_write_text(&batch->text, "]");
            session->outlet->answer(session, &batch->text);
        }
        json_interests_begin(session, batch);
        session->outlet->answered(session);
    }
    buffer_deinit(&batch->text);
    free(batch);
}

void json_session_answer(struct json_session *session, struct json_batch *batch)
{
    const struct buffer *out = &session->session.gateway->json_out;
    if (session->ended)
        return;
    if (batch == NULL || !batch->array) {
        session->outlet->answer(session, out);
        return;
    }
    buffer_add_octet(&batch->text, batch->text.size == 0 ? '[' : ',');
    buffer_add(&batch->text, out->data, out->size);
}

bool json_session_fits(const struct json_session *session, const struct json_batch *batch)
{
    return batch == NULL || batch->text.size == 0 ||
           batch->text.size + session->session.gateway->json_out.size <= JSON_BATCH_MAX;
}

uint64_t json_session_until_ms(const struct json_session *session,
                               const struct jsonrpc_request *request)
{
    uint64_t timeout_ms = request->has & JSONRPC_HAS_TIMEOUT
                              ? request->timeout_ms
                              : session->session.gateway->config.limits.max_json_timeout_ms;
    return timeout_ms == 0 ? 0 : loop_now() + timeout_ms;
}

void json_session_fail(struct json_session *session, struct json_batch *batch,
                       const struct json_span *id, const struct jsonrpc_fault *fault)
{
    struct buffer *out = json_session_begin(session);
    session->failed = fault->status;
    jsonrpc_write_fault(out, id, fault);
    json_session_answer(session, batch);
}

static enum via_status show_ref(void *user, uint32_t index, uint32_t *numberp)
{
    const struct json_shown *shown = user;
    return json_refs_show(&shown->session->refs, shown->objects[index], shown->session->message,
                          numberp);
}

struct json_numbers json_session_numbers(struct json_shown *shown)
{
    return (struct json_numbers){.user = shown, .ref = show_ref};
}

struct payload json_session_payload(const struct frame *frame)
{
    return (struct payload){.layout = (enum via_layout)frame->layout,
                            .octets = frame->body,
                            .size = frame->body_size,
                            .tape = frame->tape,
                            .tape_size = frame->tape_size,
                            .refs = frame->refs,
                            .n_refs = frame->n_refs,
                            .fds = frame->fds,
                            .n_fds = frame->n_fds};
}

/* ---- whom a request means ---- */

void json_session_copy(char *out, size_t size, struct json_span span)
{
    size_t n = span.text == NULL ? 0 : span.size;
    if (n > size - 1)
        n = size - 1;
    if (n > 0)
        memcpy(out, span.text, n);
    out[n] = '\0';
}

static void explain_find(struct json_session *session, enum via_status status, const char *family,
                         const char *name, struct jsonrpc_fault *fault)
{
    const struct directory *directory = &session->session.gateway->directory;
    const struct directory_entry *nearest =
        status == VIA_NOT_FOUND ? directory_nearest(directory, name, &session->session.principal)
                                : NULL;
    if (nearest != NULL)
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "no service \"%s\"; did you mean \"%s:%s\"?",
                          name, nearest->spec.family, nearest->spec.name);
    else if (status == VIA_NOT_FOUND)
        jsonrpc_fault_set(fault, status, VIA_ALIVE,
                          "no service \"%s\"; the method \"list\" shows those there are", name);
    else if (status == VIA_INVALID)
        jsonrpc_fault_set(fault, status, VIA_ALIVE,
                          "several families have a service \"%s\": say FAMILY:%s", name, name);
    else
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "service \"%s%s%s\": %s", family,
                          *family == '\0' ? "" : ":", name, via_status_name(status));
}

/* A bare name first; where that is none, FAMILY:NAME. */
static enum via_status find_service(struct json_session *session,
                                    const struct jsonrpc_request *request,
                                    struct directory_entry **entryp, struct jsonrpc_fault *fault)
{
    const struct directory *directory = &session->session.gateway->directory;
    const struct principal *who = &session->session.principal;
    char family[DIRECTORY_FAMILY_MAX + 2], name[DIRECTORY_FAMILY_MAX + DIRECTORY_NAME_MAX + 3];
    json_session_copy(family, sizeof family, request->family);
    json_session_copy(name, sizeof name, request->service);
    if (request->service.size >= sizeof name || strlen(name) != request->service.size) {
        jsonrpc_fault_set(fault, VIA_NOT_FOUND, VIA_ALIVE, "no service has a name like that");
        return VIA_NOT_FOUND;
    }
    enum via_status status = directory_find(directory, family, name, who, entryp);
    char *colon = strchr(name, ':');
    if (status == VIA_NOT_FOUND && *family == '\0' && colon != NULL) {
        *colon = '\0';
        status = directory_find(directory, name, colon + 1, who, entryp);
        *colon = ':';
    }
    if (status != VIA_OK)
        explain_find(session, status, family, name, fault);
    return status;
}

enum via_status json_session_target(struct json_session *session,
                                    const struct jsonrpc_request *request,
                                    struct json_target *targetp, struct jsonrpc_fault *fault)
{
    *targetp = (struct json_target){0};
    if (request->has & JSONRPC_HAS_SERVICE) {
        struct directory_entry *entry = NULL;
        enum via_status status = find_service(session, request, &entry, fault);
        if (status != VIA_OK)
            return status;
        targetp->entry = entry;
        targetp->object = directory_target(session->session.gateway, entry);
        if (targetp->object != NULL)
            return VIA_OK;
        jsonrpc_fault_set(fault, VIA_NOT_FOUND, VIA_ALIVE,
                          "service \"%s:%s\" stands for number %u, which no object has",
                          entry->spec.family, entry->spec.name, (unsigned)entry->number);
        return VIA_NOT_FOUND;
    }
    targetp->object = json_refs_get(&session->refs, request->ref);
    if (targetp->object != NULL) {
        targetp->entry = directory_name_of(targetp->object);
        return VIA_OK;
    }
    jsonrpc_fault_set(fault, VIA_NOT_FOUND, VIA_ALIVE, "this session has no reference %u",
                      request->ref);
    return VIA_NOT_FOUND;
}

static struct jsonrpc_source source_of(const struct jsonrpc_request *request)
{
    struct jsonrpc_source source = {.ref = request->ref};
    if (request->has & JSONRPC_HAS_SERVICE)
        source.service = request->service;
    return source;
}

/* ---- methods ---- */

/* A request on its way: its answer is made here, or later by who took it over. */
struct handled {
    struct json_session *session;
    const struct jsonrpc_request *request;
    struct json_batch *batch;
    struct jsonrpc_fault *fault;
    bool later; /* someone else answers it */
};

static void put_member(struct buffer *out, const char *name, const char *text)
{
    json_write_string(out, name, strlen(name));
    json_write_text(out, ":");
    json_write_string(out, text, strlen(text));
    json_write_text(out, ",");
}

static void put_number(struct buffer *out, const char *name, int64_t number)
{
    json_write_string(out, name, strlen(name));
    json_write_text(out, ":");
    json_write_i64(out, number);
}

void json_session_put_entry(struct buffer *out, const struct directory_entry *entry)
{
    char mode[8];
    (void)snprintf(mode, sizeof mode, "%04o", (unsigned)entry->spec.mode);
    json_write_text(out, "{");
    put_member(out, "family", entry->spec.family);
    put_member(out, "name", entry->spec.name);
    put_member(out, "class", entry->spec.class_name);
    put_member(out, "protocol", entry->spec.protocol);
    put_member(out, "info", entry->spec.info);
    put_member(out, "mode", mode);
    put_number(out, "message_size", entry->spec.message_size);
    json_write_text(out, ",\"opens\":");
    json_write_bool(out, (entry->spec.flags & DIRECTORY_OPENS) != 0);
    json_write_text(out, ",");
    put_number(out, "pid", entry->pid);
    json_write_text(out, ",");
    /* As the protocol says nobody, so that no reader takes it for a user. */
    put_number(out, "uid", entry->uid == PRINCIPAL_NOBODY ? -1 : (int64_t)entry->uid);
    json_write_text(out, ",");
    put_number(out, "gid", entry->gid == PRINCIPAL_NOBODY ? -1 : (int64_t)entry->gid);
    if (entry->object == NULL || entry->object->number != 0) {
        json_write_text(out, ",");
        put_number(out, "number", directory_number(entry));
    }
    json_write_text(out, "}");
}

static enum via_status do_path(struct handled *handled)
{
    handled->later = true;
    return json_phoenix_start(handled->session, handled->request, handled->batch, handled->fault);
}

static enum via_status do_list(struct handled *handled)
{
    const struct jsonrpc_request *request = handled->request;
    if (request->has & JSONRPC_HAS_PATH)
        return do_path(handled);
    if (request->has & JSONRPC_HAS_TIMEOUT) {
        jsonrpc_fault_standard(handled->fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "params: \"timeout\" goes with \"path\" alone");
        return VIA_INVALID;
    }
    const struct directory *directory = &handled->session->session.gateway->directory;
    char family[DIRECTORY_FAMILY_MAX + 2], pattern[DIRECTORY_NAME_MAX + 2];
    char after[DIRECTORY_CURSOR_MAX];
    json_session_copy(family, sizeof family, request->family);
    json_session_copy(pattern, sizeof pattern, request->pattern);
    json_session_copy(after, sizeof after, request->after);
    uint32_t most = request->limit == 0 || request->limit > LIST_MOST ? LIST_MOST : request->limit;

    struct buffer *out = json_session_begin(handled->session);
    jsonrpc_result_begin(out, &request->id);
    json_write_text(out, "{\"services\":[");
    size_t place = directory_after(directory, after);
    uint32_t n = 0;
    for (; place < directory->n; place++) {
        const struct directory_entry *entry = directory->sorted[place];
        if ((*family != '\0' && strcmp(family, entry->spec.family) != 0) ||
            !directory_shows(entry, &handled->session->session.principal) ||
            !pattern_matches(pattern, entry->spec.name))
            continue;
        if (n == most)
            break;
        if (n++ > 0)
            json_write_text(out, ",");
        json_session_put_entry(out, entry);
    }
    json_write_text(out, "]");
    if (place < directory->n && place > 0) {
        directory_cursor(directory->sorted[place - 1], after);
        json_write_text(out, ",\"next\":");
        json_write_string(out, after, strlen(after));
    }
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return VIA_OK;
}

/* {"status":0}: done, and there is nothing to tell. */
static enum via_status say_done(struct handled *handled)
{
    struct buffer *out = json_session_begin(handled->session);
    jsonrpc_result_begin(out, &handled->request->id);
    json_write_text(out, "{\"status\":0}");
    jsonrpc_result_end(out);
    return VIA_OK;
}

static enum via_status do_start(struct handled *handled)
{
    handled->later = true;
    return json_calls_start(handled->session, handled->request, NULL, handled->batch,
                            handled->fault);
}

static enum via_status do_cancel(struct handled *handled)
{
    const struct json_span *id = &handled->request->call;
    bool found = json_calls_cancel(handled->session, id) ||
                 json_bindings_cancel(handled->session, id) ||
                 json_phoenix_cancel(handled->session, id);
    struct buffer *out = json_session_begin(handled->session);
    jsonrpc_result_begin(out, &handled->request->id);
    json_write_text(out, "{\"status\":0,\"cancelled\":");
    json_write_bool(out, found);
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return VIA_OK;
}

static enum via_status do_release(struct handled *handled)
{
    const struct jsonrpc_request *request = handled->request;
    uint32_t n = request->has & JSONRPC_HAS_COUNT ? request->count : 1;
    enum via_status status = json_refs_release(&handled->session->refs, request->ref, n);
    if (status == VIA_OK)
        return say_done(handled);
    jsonrpc_fault_set(handled->fault, status, VIA_ALIVE, "this session has no reference %u",
                      request->ref);
    return status;
}

static enum via_status refuse_events(struct handled *handled)
{
    jsonrpc_fault_set(handled->fault, VIA_UNSUPPORTED, VIA_ALIVE,
                      "events and deaths need a WebSocket (%s) or GET /events",
                      JSONRPC_SUBPROTOCOL);
    return VIA_UNSUPPORTED;
}

static enum via_status do_subscribe(struct handled *handled)
{
    return handled->session->outlet->event == NULL ? refuse_events(handled) : do_start(handled);
}

/* By its number, or all there are of a service or reference. */
static enum via_status do_unsubscribe(struct handled *handled)
{
    const struct jsonrpc_request *request = handled->request;
    struct jsonrpc_source source = source_of(request);
    bool numbered = (request->has & JSONRPC_HAS_SUBSCRIPTION) != 0;
    uint32_t id = numbered ? request->subscription : 0;
    const struct jsonrpc_source *whose = numbered ? NULL : &source;
    enum via_status status = json_interests_unsubscribe(handled->session, id, whose);
    enum via_status listening = json_ports_unsubscribe(handled->session, id, whose);
    if (status == VIA_OK || listening == VIA_OK)
        return say_done(handled);
    jsonrpc_fault_set(handled->fault, status, VIA_ALIVE, "this session has no such subscription");
    return status;
}

static enum via_status do_watch(struct handled *handled)
{
    struct json_target target;
    struct jsonrpc_source source = source_of(handled->request);
    if (handled->session->outlet->event == NULL)
        return refuse_events(handled);
    enum via_status status =
        json_session_target(handled->session, handled->request, &target, handled->fault);
    if (status != VIA_OK)
        return status;
    status = json_interests_watch(handled->session, target.object, &source);
    if (status == VIA_OK)
        return say_done(handled);
    jsonrpc_fault_set(handled->fault, status, target.object->death, "cannot watch it: %s",
                      via_status_name(status));
    return status;
}

static enum via_status do_unwatch(struct handled *handled)
{
    struct jsonrpc_source source = source_of(handled->request);
    enum via_status status = json_interests_unwatch(handled->session, &source);
    if (status == VIA_OK)
        return say_done(handled);
    jsonrpc_fault_set(handled->fault, status, VIA_ALIVE, "it is not watched");
    return status;
}

static enum via_status do_ping(struct handled *handled)
{
    const struct jsonrpc_request *request = handled->request;
    if (!(request->has & JSONRPC_HAS_DATA))
        return say_done(handled);
    struct buffer *out = json_session_begin(handled->session);
    jsonrpc_result_begin(out, &request->id);
    json_write_text(out, "{\"status\":0,\"data\":");
    buffer_add(out, request->data.text, request->data.size);
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return VIA_OK;
}

static enum via_status find_number(struct handled *handled)
{
    struct json_session *session = handled->session;
    const struct jsonrpc_request *request = handled->request;
    struct gateway_object *object = NULL;
    uint32_t ref = 0;
    struct buffer *out = json_session_begin(session);
    enum via_status status = numbers_find(&session->session, request->number, &object);
    if (status == VIA_OK)
        status = json_refs_show(&session->refs, object, session->message, &ref);
    if (status != VIA_OK) {
        jsonrpc_fault_set(handled->fault, status, VIA_ALIVE,
                          status == VIA_NOT_FOUND ? "nothing that you may call has number %u"
                                                  : "number %u cannot be given a reference",
                          (unsigned)request->number);
        return status;
    }
    jsonrpc_result_begin(out, &request->id);
    json_write_text(out, "{\"status\":0,\"ref\":");
    json_write_u64(out, ref);
    json_write_text(out, ",");
    put_number(out, "number", request->number);
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return VIA_OK;
}

static enum via_status do_find(struct handled *handled)
{
    if (handled->request->has & JSONRPC_HAS_NUMBER)
        return find_number(handled);
    return json_bindings_find(handled->session, handled->request, handled->batch, handled->fault,
                              &handled->later);
}

static enum via_status do_bind(struct handled *handled)
{
    enum via_status status =
        json_bindings_change(handled->session, handled->request, handled->fault);
    return status == VIA_OK ? say_done(handled) : status;
}

static enum via_status do_bindings(struct handled *handled)
{
    return json_bindings_list(handled->session, handled->request);
}

static enum via_status do_waiting(struct handled *handled)
{
    return json_bindings_waiting(handled->session, handled->request, handled->fault);
}

static enum via_status do_unanswered(struct handled *handled)
{
    return json_unanswered_list(handled->session, handled->request);
}

static enum via_status do_other(struct handled *handled)
{
    jsonrpc_fault_method(handled->fault, handled->request);
    return VIA_NOT_FOUND;
}

/* What of a method's parameters must be there. */
#define A_TARGET (JSONRPC_HAS_SERVICE | JSONRPC_HAS_REF)

static const struct method {
    enum via_status (*run)(struct handled *handled);
    unsigned one_of; /* enum jsonrpc_param; 0: none is needed */
    const char *needs;
} methods[JSONRPC_N_METHODS] = {
    [JSONRPC_OTHER] = {do_other, 0, NULL},
    [JSONRPC_LIST] = {do_list, 0, NULL},
    [JSONRPC_CALL] = {do_start, A_TARGET, "service or ref"},
    [JSONRPC_SEND] = {do_start, A_TARGET, "service or ref"},
    [JSONRPC_CANCEL] = {do_cancel, JSONRPC_HAS_CALL, "call, the id of the call"},
    [JSONRPC_RELEASE] = {do_release, JSONRPC_HAS_REF, "ref"},
    [JSONRPC_SUBSCRIBE] = {do_subscribe, A_TARGET, "service or ref"},
    [JSONRPC_UNSUBSCRIBE] = {do_unsubscribe, A_TARGET | JSONRPC_HAS_SUBSCRIPTION,
                             "subscription, service or ref"},
    [JSONRPC_WATCH] = {do_watch, A_TARGET, "service or ref"},
    [JSONRPC_UNWATCH] = {do_unwatch, A_TARGET, "service or ref"},
    [JSONRPC_PING] = {do_ping, 0, NULL},
    [JSONRPC_FIND] = {do_find, 0, NULL},
    [JSONRPC_BIND] = {do_bind, 0, NULL},
    [JSONRPC_UNBIND] = {do_bind, 0, NULL},
    [JSONRPC_BINDINGS] = {do_bindings, 0, NULL},
    [JSONRPC_WAITING] = {do_waiting, 0, NULL},
    [JSONRPC_UNANSWERED] = {do_unanswered, 0, NULL},
    [JSONRPC_READ] = {do_path, 0, NULL},
    [JSONRPC_WRITE] = {do_path, 0, NULL},
    [JSONRPC_STAT] = {do_path, 0, NULL},
};

static void handle(struct json_session *session, const struct jsonrpc_request *request,
                   struct json_batch *batch)
{
    const struct method *method = &methods[request->method];
    struct jsonrpc_fault fault;
    struct handled handled = {
        .session = session, .request = request, .batch = batch, .fault = &fault};
    enum via_status status = VIA_INVALID;
    if (method->one_of != 0 && (request->has & method->one_of) == 0)
        jsonrpc_fault_standard(&fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                               "the method \"%s\" needs %s", jsonrpc_method_name(request->method),
                               method->needs);
    else
        status = method->run(&handled);
    if (status == VIA_OK && handled.later)
        return;
    if (request->id.text != NULL) {
        if (status == VIA_OK)
            json_session_answer(session, batch);
        else
            json_session_fail(session, batch, &request->id, &fault);
    }
    json_session_settle(session, batch);
}

/* ---- texts that come in ---- */

static struct json_batch *batch_create(struct json_session *session, bool array)
{
    struct json_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return NULL;
    batch->session = session;
    batch->waiting = 1;
    batch->array = array;
    buffer_init(&batch->text, SIZE_MAX);
    return batch;
}

void json_session_receive(struct json_session *session, char *text, size_t size)
{
    struct gateway *gateway = session->session.gateway;
    struct jsonrpc_reader reader;
    struct jsonrpc_fault fault;
    static const struct json_span no_id;
    enum via_status status =
        jsonrpc_open(&reader, text, size, (unsigned)gateway->config.limits.max_batch, &fault);
    /* Who wants to know the end of it (an HTTP request) has a batch for a single request too. */
    struct json_batch *batch = batch_create(session, status == VIA_OK && reader.batch);
    if (batch == NULL) {
        jsonrpc_fault_set(&fault, VIA_NO_MEMORY, VIA_ALIVE, "the gateway is out of memory");
        json_session_fail(session, NULL, &no_id, &fault);
        session->outlet->answered(session);
        return;
    }
    if (status != VIA_OK)
        json_session_fail(session, batch, &no_id, &fault);
    /* NOLINTBEGIN(clang-analyzer-unix.Malloc): the batch lives until the settling at the end, which
     * its count of one says */
    while (status == VIA_OK && !session->ended) {
        struct jsonrpc_request request;
        enum via_status read = jsonrpc_next(&reader, &request, &fault);
        if (read == VIA_END)
            break;
        if (read == VIA_OK) {
            batch->waiting++;
            handle(session, &request, batch);
            continue;
        }
        /* A notification that is wrong gets no answer either. */
        if (request.id.text != NULL || fault.code != JSONRPC_INVALID_PARAMS)
            json_session_fail(session, batch, &request.id, &fault);
        if (read == VIA_BAD_JSON)
            break;
    }
    json_session_settle(session, batch);
    /* NOLINTEND(clang-analyzer-unix.Malloc) */
}

enum via_status json_session_subscribe(struct json_session *session,
                                       const struct jsonrpc_request *request,
                                       const struct event_filter *filter,
                                       struct jsonrpc_fault *fault)
{
    return json_calls_start(session, request, filter, NULL, fault);
}

/* ---- what the gateway does with it ---- */

static struct json_session *of_session(struct session *session)
{
    return (struct json_session *)session;
}

/* Of what a JSON session owns only its ports are called. */
static enum via_status call(struct session *owner, uint32_t handle, const struct message *message,
                            uint64_t context, uint32_t *idp)
{
    enum via_status status = json_ports_call(of_session(owner), handle, message, context, idp);
    if (status == VIA_OK)
        message_close_fds(message);
    return status;
}

static enum via_status oneway(struct session *owner, uint32_t handle, const struct message *message,
                              uint32_t *numberp)
{
    enum via_status status = json_calls_told(of_session(owner), handle, message);
    if (status != VIA_OK)
        return VIA_UNSUPPORTED;
    *numberp = 0;
    message_close_fds(message);
    return VIA_OK;
}

/* A record is answered when it has been written, whoever waits. */
static void cancel(struct session *owner, uint32_t id)
{
    (void)owner, (void)id;
}

static void reply(struct session *caller, uint32_t id, const struct message *message)
{
    json_calls_reply(of_session(caller), id, message);
    message_close_fds(message);
}

static void refused(struct session *sender, uint32_t number, uint32_t object,
                    enum via_status status)
{
    (void)object;
    log_debug("json.refused", "from=\"%s\" number=%u status=%s", sender->principal.address,
              (unsigned)number, via_status_name(status));
}

static enum via_status event(struct session *subscriber, struct gateway_object *sink,
                             const struct message *message)
{
    enum via_status status = json_interests_event(of_session(subscriber), sink, message);
    if (status == VIA_OK)
        message_close_fds(message);
    return status;
}

static void death(struct session *holder, struct gateway_object *object, enum via_cause cause)
{
    struct json_session *session = of_session(holder);
    json_ports_death(session, object, cause);
    json_interests_death(session, object, cause);
}

static void found(struct session *session, uint32_t call_id, enum via_status status,
                  const struct directory_entry *entry)
{
    json_bindings_found(of_session(session), call_id, status, entry);
}

static void give_back(struct session *owner, uint32_t handle)
{
    (void)owner, (void)handle;
}

static void close_session(struct session *session, enum frame_bye code, const char *text)
{
    struct json_session *json = of_session(session);
    json->outlet->close(json, code, text);
}

static const struct session_ops json_ops = {.name = "json",
                                            .call = call,
                                            .oneway = oneway,
                                            .cancel = cancel,
                                            .reply = reply,
                                            .refused = refused,
                                            .event = event,
                                            .death = death,
                                            .found = found,
                                            .give_back = give_back,
                                            .close = close_session};

enum via_status json_session_init(struct json_session *session, struct gateway *gateway,
                                  const struct principal *principal,
                                  const struct json_outlet *outlet)
{
    *session = (struct json_session){.session.ops = &json_ops,
                                     .session.gateway = gateway,
                                     .session.principal = *principal,
                                     .outlet = outlet,
                                     .next_object = 1,
                                     .next_find = 1};
    json_refs_init(&session->refs, &session->session,
                   (uint32_t)gateway->config.limits.max_json_refs);
    return sessions_add(&gateway->sessions, &session->session, 0);
}

void json_session_end(struct json_session *session, enum via_cause cause)
{
    if (session->ended)
        return;
    session->ended = true;
    json_calls_end(session);
    json_phoenix_end(session);
    json_bindings_end(session);
    json_ports_end(session);
    json_interests_end(session);
    json_refs_deinit(&session->refs);
    gateway_session_ended(&session->session, cause);
}
