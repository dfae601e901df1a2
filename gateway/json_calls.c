/*
 * Calls of JSON sessions: call, send, and subscribe as far as it has to open its service first.
 *
 * What the client sent is turned into a parcel at once, with the layout of the service's family;
 * after that nothing of the request is needed but its id. A service that says it is to be opened is
 * opened at the session's first use of it, and those who come meanwhile wait for that; the opened
 * object is kept to the session's end. Each call has a clock of the gateway's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_parcel.h"
#include "codecs/json_write.h"
#include "codecs/layout.h"
#include "codecs/parcel.h"
#include "gateway/broker_rights.h"
#include "gateway/events.h"
#include "gateway/gateway.h"
#include "gateway/json_families.h"
#include "gateway/json_ports.h"
#include "gateway/json_session.h"
#include "gateway/router.h"

#define SLOT_BITS 20u
#define PLACES_AT_FIRST 16u

/* A service that this session has opened, or is opening. */
struct json_opening {
    struct gateway_object *service; /* one count */
    struct gateway_object *opened;  /* held by the session; NULL while it is being opened */
    struct gateway_object *back;    /* one count: ours, for what the service says; NULL: none */
    struct json_opening *next;
};

struct json_call {
    struct loop_timer timer; /* its first member */
    struct json_session *session;
    struct json_batch *batch;
    struct gateway_object *target; /* one count, until it has been sent */
    struct json_opening *opening;  /* is to be opened first, or opens it (is_open) */
    struct via_parcel *parcel;     /* owned; what to send */
    const struct layout *layout;   /* of that */
    struct layout_question asked;  /* what its answer is read by, where the layout has messages */
    uint64_t context;              /* for router_cancel(), once it is under way */
    uint64_t until_ms;             /* by our clock; 0: no limit */
    uint32_t id, code;
    enum jsonrpc_method method;
    struct jsonrpc_from from;
    struct event_filter *filter;  /* owned; of a subscription */
    struct jsonrpc_source source; /* its text is in the call's own memory */
    struct json_span json_id;     /* likewise; text NULL: no answer is wanted */
    bool is_open;                 /* the call that opens a service, for those that wait */
    bool listens;                 /* a subscription that configures: it is sent as a call */
    uint32_t port;                /* handle of its reply port; 0: it has none */
    bool sent;
};

/* ---- slots ---- */

static enum via_status take_place(struct json_session *session, struct json_call *call)
{
    if (session->n_calls >= session->session.gateway->config.limits.max_json_calls)
        return VIA_BUSY;
    if (session->n_calls + 1 >= session->n_calls_places) {
        uint32_t n = session->n_calls_places == 0 ? PLACES_AT_FIRST : session->n_calls_places * 2;
        struct json_call **calls = realloc(session->calls, n * sizeof(struct json_call *));
        if (calls == NULL)
            return VIA_NO_MEMORY;
        memset(calls + session->n_calls_places, 0,
               (n - session->n_calls_places) * sizeof(struct json_call *));
        session->calls = calls;
        session->n_calls_places = n;
    }
    uint32_t generation = ++session->call_generation;
    uint32_t place = generation % session->n_calls_places;
    while (place == 0 || session->calls[place] != NULL)
        place = (place + 1) % session->n_calls_places;
    session->calls[place] = call;
    session->n_calls++;
    call->id = generation << SLOT_BITS | place;
    return VIA_OK;
}

static struct json_call *call_of(const struct json_session *session, uint32_t id)
{
    uint32_t place = id & ((1u << SLOT_BITS) - 1);
    struct json_call *call = place < session->n_calls_places ? session->calls[place] : NULL;
    return call != NULL && call->id == id ? call : NULL;
}

static void call_free(struct json_call *call)
{
    if (call->id != 0) {
        call->session->calls[call->id & ((1u << SLOT_BITS) - 1)] = NULL;
        call->session->n_calls--;
    }
    loop_disarm(call->session->session.gateway->loop, &call->timer);
    objects_unref(call->target);
    via_parcel_unref(call->parcel);
    free(call->filter);
    free(call);
}

/* Answers the call, if it is one to be answered, and frees it. */
static void fail(struct json_call *call, const struct jsonrpc_fault *fault)
{
    struct json_session *session = call->session;
    struct json_batch *batch = call->batch;
    if (call->json_id.text != NULL)
        json_session_fail(session, batch, &call->json_id, fault);
    call_free(call);
    json_session_settle(session, batch);
}

/* "service NAME" or "reference N", for people. */
static void describe(const struct json_call *call, char *out, size_t size)
{
    if (call->source.service.text != NULL)
        (void)snprintf(out, size, "service \"%.*s\"", (int)call->source.service.size,
                       call->source.service.text);
    else
        (void)snprintf(out, size, "reference %u", (unsigned)call->source.ref);
}

static void explain(const struct json_call *call, enum via_status status, enum via_cause cause,
                    struct jsonrpc_fault *fault)
{
    char whom[128];
    describe(call, whom, sizeof whom);
    if (status == VIA_DEAD)
        jsonrpc_fault_set(fault, status, cause, "%s is dead: %s", whom, via_cause_name(cause));
    else if (status == VIA_TIMEOUT) /* by the callee's clock or ours */
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "%s did not answer in time; it may have run",
                          whom);
    else if (status == VIA_INVALID && call->opening != NULL)
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "%s does not let itself be opened", whom);
    else
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "%s: %s", whom, via_status_name(status));
}

static void fail_with(struct json_call *call, enum via_status status, enum via_cause cause)
{
    struct jsonrpc_fault fault;
    explain(call, status, cause, &fault);
    fail(call, &fault);
}

/* ---- sending ---- */

static enum via_status note_object(void *user, struct object *object, struct frame_ref *refp)
{
    struct gateway *gateway = user;
    /* Their numbers come when the message crosses; here only which objects they are. */
    gateway->scratch.objects[gateway->scratch.n_objects++] = objects_of(object);
    refp->handle = 1;
    return VIA_OK;
}

static void forget_object(void *user, const struct frame_ref *ref)
{
    (void)user;
    (void)ref;
}

static uint32_t time_left(const struct json_call *call)
{
    uint64_t now = loop_now();
    if (call->until_ms == 0)
        return FRAME_NO_DEADLINE;
    return call->until_ms <= now ? 0 : (uint32_t)(call->until_ms - now);
}

/* Sends the call's parcel to @object. */
static enum via_status send_parcel(struct json_call *call, struct gateway_object *object)
{
    struct gateway *gateway = call->session->session.gateway;
    const struct parcel_crossing crossing = {
        .user = gateway, .put = note_object, .take_back = forget_object};
    struct frame frame = {.kind = FRAME_CALL, .code = call->code, .time = time_left(call)};
    gateway->scratch.n_objects = 0;
    enum via_status status = parcel_to_frame(call->parcel, &frame, gateway->scratch.refs,
                                             gateway->scratch.fds, &crossing);
    if (status != VIA_OK)
        return status;
    if (call->is_open)
        frame.layout = VIA_LAYOUT_CONTROL;
    frame.n_fds = 0;
    const struct message message = {
        .frame = &frame, .objects = gateway->scratch.objects, .from = &call->session->session};
    if (call->method == JSONRPC_SEND)
        return router_oneway(&message, object, call->id);
    return router_call(&message, object, call->id, &call->context);
}

static void answer_done(struct json_call *call)
{
    struct json_session *session = call->session;
    struct json_batch *batch = call->batch;
    if (call->json_id.text != NULL) {
        struct buffer *out = json_session_begin(session);
        jsonrpc_result_begin(out, &call->json_id);
        json_write_text(out, "{\"status\":0}");
        jsonrpc_result_end(out);
        json_session_answer(session, batch);
    }
    call_free(call);
    json_session_settle(session, batch);
}

/* Does what was asked for, with the object it is for; answers or leaves it under way. */
static void perform(struct json_call *call, struct gateway_object *object)
{
    struct json_session *session = call->session;
    enum via_status status;
    call->opening = NULL;
    if (call->method == JSONRPC_SUBSCRIBE && !call->listens) {
        status = json_interests_subscribe(session, object, &call->source, &call->from, call->filter,
                                          &call->json_id, call->batch);
        if (status == VIA_OK) {
            struct json_batch *batch = call->batch;
            call_free(call);
            json_session_settle(session, batch);
            return;
        }
    } else {
        status = send_parcel(call, object);
    }
    if (status != VIA_OK) {
        fail_with(call, status, status == VIA_DEAD ? router_cause(object) : VIA_ALIVE);
        return;
    }
    if (call->method == JSONRPC_SEND) {
        answer_done(call);
        return;
    }
    call->sent = true;
    call->parcel = via_parcel_unref(call->parcel);
    objects_unref(call->target);
    call->target = NULL;
}

/* ---- opening ---- */

static void opening_free(struct json_session *session, struct json_opening *opening)
{
    struct json_opening **link = &session->openings;
    while (*link != opening)
        link = &(*link)->next;
    *link = opening->next;
    if (opening->opened != NULL)
        objects_let_go(opening->opened, &session->session);
    if (opening->back != NULL)
        objects_died(opening->back, VIA_EXITED);
    objects_unref(opening->back);
    objects_unref(opening->service);
    free(opening);
}

/* Everyone who waits for @opening goes on, or fails with @fault. */
static void go_on(struct json_session *session, struct json_opening *opening,
                  enum via_status status, enum via_cause cause)
{
    struct gateway_object *opened = opening->opened;
    for (uint32_t place = 1; place < session->n_calls_places; place++) {
        struct json_call *call = session->calls[place];
        if (call == NULL || call->opening != opening || call->is_open)
            continue;
        if (status == VIA_OK)
            perform(call, opened);
        else
            fail_with(call, status, cause);
    }
    if (status != VIA_OK)
        opening_free(session, opening);
}

static void expired(struct loop_timer *timer)
{
    struct json_call *call = (struct json_call *)timer;
    struct json_session *session = call->session;
    if (call->sent)
        router_cancel(session->session.gateway, call->context);
    if (call->is_open) {
        struct json_opening *opening = call->opening;
        call_free(call);
        go_on(session, opening, VIA_TIMEOUT, VIA_ALIVE);
        return;
    }
    fail_with(call, VIA_TIMEOUT, VIA_ALIVE);
}

/* The reply to the call that opens a service. */
static void opened(struct json_call *call, const struct message *message)
{
    struct json_session *session = call->session;
    struct json_opening *opening = call->opening;
    enum via_status status = (enum via_status)message->frame->code;
    enum via_cause cause = status == VIA_DEAD ? (enum via_cause)message->frame->time : VIA_ALIVE;
    struct gateway_object *object = message->frame->n_refs > 0 ? message->objects[0] : NULL;
    call_free(call);
    if (status == VIA_OK && object == NULL)
        status = VIA_BAD_PAYLOAD;
    if (status == VIA_OK)
        status = objects_reserve_hold(object);
    if (status == VIA_OK) {
        objects_hold(object, &session->session);
        opening->opened = object;
    }
    go_on(session, opening, status, cause);
}

/* The call that opens @service for this session; its parcel: the back reference, nothing else. */
static enum via_status send_open(struct json_session *session, struct json_opening *opening)
{
    struct gateway *gateway = session->session.gateway;
    struct json_call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return VIA_NO_MEMORY;
    call->session = session;
    call->method = JSONRPC_CALL;
    call->code = OBJECT_OPEN;
    call->is_open = true;
    call->timer.fired = expired;
    call->until_ms = loop_now() + gateway->config.limits.max_json_timeout_ms;
    enum via_status status = via_parcel_create(&call->parcel);
    if (status == VIA_OK)
        status = via_parcel_write_ref(
            call->parcel, opening->back == NULL ? NULL : (struct via_proxy *)&opening->back->base);
    if (status == VIA_OK)
        status = take_place(session, call);
    if (status == VIA_OK)
        status = loop_arm(gateway->loop, &call->timer, call->until_ms);
    if (status == VIA_OK)
        status = send_parcel(call, opening->service);
    if (status != VIA_OK) {
        call_free(call);
        return status;
    }
    call->sent = true;
    call->opening = opening;
    return VIA_OK;
}

/* An object of the session's own for what the service says to it. */
static enum via_status make_back(struct json_session *session, struct json_opening *opening)
{
    return objects_create(&session->session.gateway->objects, &session->session,
                          session->next_object++, &opening->back);
}

/* Finds or begins the opening of the service of @entry. */
static enum via_status open_service(struct json_session *session,
                                    const struct directory_entry *entry,
                                    struct json_opening **openingp)
{
    struct json_opening *opening = session->openings;
    while (opening != NULL) {
        struct json_opening *next = opening->next;
        if (opening->opened != NULL && opening->opened->death != VIA_ALIVE) {
            opening_free(session, opening); /* is opened anew, or its service is gone too */
        } else if (opening->service == entry->object) {
            *openingp = opening;
            return VIA_OK;
        }
        opening = next;
    }
    opening = calloc(1, sizeof *opening);
    if (opening == NULL)
        return VIA_NO_MEMORY;
    opening->service = objects_ref(entry->object);
    opening->next = session->openings;
    session->openings = opening;
    enum via_status status = VIA_OK;
    if (json_family_tells(entry))
        status = make_back(session, opening);
    if (status == VIA_OK)
        status = send_open(session, opening);
    if (status != VIA_OK) {
        opening_free(session, opening);
        return status;
    }
    *openingp = opening;
    return VIA_OK;
}

/* Whoever subscribed to the opened object has it as an event of that. One that comes before the
 * open is answered has nobody yet. */
enum via_status json_calls_told(struct json_session *session, uint32_t handle,
                                const struct message *message)
{
    const struct json_opening *opening = session->openings;
    while (opening != NULL && (opening->back == NULL || opening->back->handle != handle))
        opening = opening->next;
    if (opening == NULL)
        return VIA_NOT_FOUND;
    struct frame frame = *message->frame;
    frame.kind = FRAME_EVENT;
    frame.flags = 0;
    struct message event = *message;
    event.frame = &frame;
    event.meta = NULL;
    if (opening->opened != NULL)
        events_publish(opening->opened, &event);
    return VIA_OK;
}

/* ---- starting ---- */

static enum via_status find_ref(void *user, uint32_t number, struct via_proxy **proxyp)
{
    struct json_session *session = user;
    struct gateway_object *object = json_refs_get(&session->refs, number);
    if (object == NULL)
        return VIA_NOT_FOUND;
    *proxyp = (struct via_proxy *)&object->base;
    return VIA_OK;
}

/* A subscription that configures asks an event broker, by a message. */
static enum via_status read_listening(struct json_call *call, const struct jsonrpc_request *request,
                                      struct jsonrpc_fault *fault)
{
    const char *wrong = NULL;
    if (request->has & (JSONRPC_HAS_FILTER | JSONRPC_HAS_POLICY | JSONRPC_HAS_FROM))
        wrong = "filter, policy and from do not go with it; its masks and queueMax say all";
    else if (call->session->outlet->record == NULL)
        wrong = "a listener needs a WebSocket";
    else if (call->layout->number != VIA_LAYOUT_EVENT_BROKER)
        wrong = "is for event brokers, of the family portfolio";
    call->code = JSON_PORTS_CONFIGURE;
    if (wrong == NULL)
        return VIA_OK;
    jsonrpc_fault_standard(fault, JSONRPC_INVALID_PARAMS, VIA_INVALID, "configure: %s", wrong);
    return VIA_INVALID;
}

/* What the code is called is known once its service is. */
static enum via_status read_code(struct json_call *call, const struct jsonrpc_request *request,
                                 struct jsonrpc_fault *fault)
{
    const struct json_span *name = &request->code_name;
    const struct layout_messages *messages = call->layout->messages;
    if (name->text == NULL ||
        (messages != NULL && messages->code(name->text, name->size, &call->code)))
        return VIA_OK;
    jsonrpc_fault_standard(fault, JSONRPC_INVALID_PARAMS, VIA_INVALID,
                           "code: \"%.*s\" is the name of none in layout %s",
                           name->size < 64 ? (int)name->size : 64, name->text, call->layout->name);
    return VIA_INVALID;
}

/* The port that the answer goes to, where messages have one. */
static enum via_status find_port(struct json_call *call, const struct json_target *target,
                                 struct layout_target *whom, struct jsonrpc_fault *fault)
{
    struct json_port *port = NULL;
    if (call->layout->number != VIA_LAYOUT_EVENT_BROKER || call->method == JSONRPC_SEND)
        return VIA_OK;
    enum via_status status = json_ports_get(call->session, target->object, &call->source, &port);
    if (status != VIA_OK) {
        explain(call, status, status == VIA_DEAD ? router_cause(target->object) : VIA_ALIVE, fault);
        return status;
    }
    call->port = port->object->handle;
    whom->reply_port = port->object->number;
    whom->reply_to = (struct via_proxy *)&port->object->base;
    whom->names = &port->names;
    return VIA_OK;
}

static enum via_status judge(struct json_call *call, const struct json_target *target,
                             struct jsonrpc_fault *fault)
{
    const char *right = "";
    if (call->layout->number != VIA_LAYOUT_EVENT_BROKER)
        return VIA_OK;
    enum via_status status =
        broker_rights_judge(&call->session->session, target->object, call->code,
                            via_parcel_data(call->parcel), via_parcel_size(call->parcel), &right);
    if (status != VIA_OK)
        jsonrpc_fault_set(fault, status, VIA_ALIVE,
                          "\"broker_rights\" of the gateway give you no %s", right);
    return status;
}

static enum via_status read_data(struct json_call *call, const struct jsonrpc_request *request,
                                 const struct json_target *target, struct jsonrpc_fault *fault)
{
    struct gateway *gateway = call->session->session.gateway;
    const struct json_objects objects = {.user = call->session, .ref = find_ref};
    const struct json_span *data = call->listens ? &request->configure : &request->data;
    struct json_parcel_fault where;
    call->layout = json_family_layout(target);
    enum via_status status =
        call->listens ? read_listening(call, request, fault) : read_code(call, request, fault);
    if (status != VIA_OK)
        return status;
    struct layout_target whom = {.code = call->code,
                                 .info = target->entry != NULL ? target->entry->spec.info : NULL,
                                 .number = target->object->number,
                                 .is_oneway = call->method == JSONRPC_SEND};
    status = find_port(call, target, &whom, fault);
    if (status != VIA_OK)
        return status;
    status = via_parcel_create(&call->parcel);
    if (status != VIA_OK) {
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "the gateway is out of memory");
        return status;
    }
    via_parcel_set_layout(call->parcel, call->layout->number);
    if (call->layout->messages != NULL)
        status = call->layout->messages->read(data->text, data->size, &whom, call->parcel,
                                              &call->asked, &gateway->json_scratch, &where);
    else if (request->has & JSONRPC_HAS_DATA)
        status = json_parcel_read(request->data.text, request->data.size, call->parcel, &objects,
                                  &gateway->json_scratch, &where);
    if (status != VIA_OK)
        jsonrpc_fault_standard(fault, JSONRPC_INVALID_PARAMS, status, "%s: %s",
                               call->listens ? "configure" : "data", where.text);
    return status == VIA_OK ? judge(call, target, fault) : status;
}

/* What a subscription wants: @given, or what @request says. A page would rather have the newest of
 * everything than all of it late. */
static enum via_status read_filter(struct json_call *call, const struct jsonrpc_request *request,
                                   const struct event_filter *given, struct jsonrpc_fault *fault)
{
    char words[EVENT_FILTER_WORDS_MAX] = "the gateway is out of memory";
    char policy[16] = "newest";
    enum via_status status = VIA_OK;
    call->filter = calloc(1, sizeof *call->filter);
    if (call->filter == NULL)
        status = VIA_NO_MEMORY;
    else if (given != NULL)
        *call->filter = *given;
    if (status == VIA_OK && (request->has & JSONRPC_HAS_FILTER))
        status =
            event_filter_read_json(call->filter, request->filter.text, request->filter.size, words);
    if (request->has & JSONRPC_HAS_POLICY)
        (void)snprintf(policy, sizeof policy, "%.*s", (int)request->policy.size,
                       request->policy.text);
    if (status == VIA_OK && call->filter->policy == EVENT_POLICY_ANY)
        status = event_filter_set(call->filter, "policy", policy, words);
    if (status == VIA_NO_MEMORY)
        jsonrpc_fault_set(fault, status, VIA_ALIVE, "%s", words);
    else if (status != VIA_OK)
        jsonrpc_fault_standard(fault, JSONRPC_INVALID_PARAMS, status, "%s", words);
    return status;
}

/* A call with copies of what of @request is needed later. */
static struct json_call *call_create(struct json_session *session,
                                     const struct jsonrpc_request *request,
                                     struct json_batch *batch)
{
    bool named = (request->has & JSONRPC_HAS_SERVICE) != 0;
    size_t id_size = request->id.text == NULL ? 0 : request->id.size;
    size_t name_size = named ? request->service.size : 0;
    struct json_call *call = calloc(1, sizeof *call + id_size + name_size);
    if (call == NULL)
        return NULL;
    char *text = (char *)(call + 1);
    if (id_size > 0) {
        memcpy(text, request->id.text, id_size);
        call->json_id = (struct json_span){text, id_size};
    }
    if (name_size > 0)
        memcpy(text + id_size, request->service.text, name_size);
    if (named)
        call->source.service = (struct json_span){text + id_size, name_size};
    call->source.ref = request->ref;
    call->session = session;
    call->batch = batch;
    call->method = request->method;
    call->listens = (request->has & JSONRPC_HAS_CONFIGURE) != 0;
    call->code = request->code;
    call->from = request->from;
    call->timer.fired = expired;
    return call;
}

static enum via_status start_clock(struct json_call *call, const struct jsonrpc_request *request)
{
    call->until_ms = json_session_until_ms(call->session, request);
    if (call->until_ms == 0)
        return VIA_OK;
    return loop_arm(call->session->session.gateway->loop, &call->timer, call->until_ms);
}

enum via_status json_calls_start(struct json_session *session,
                                 const struct jsonrpc_request *request,
                                 const struct event_filter *filter, struct json_batch *batch,
                                 struct jsonrpc_fault *fault)
{
    struct json_target target;
    enum via_status status = json_session_target(session, request, &target, fault);
    if (status != VIA_OK)
        return status;
    struct json_call *call = call_create(session, request, batch);
    if (call == NULL) {
        jsonrpc_fault_set(fault, VIA_NO_MEMORY, VIA_ALIVE, "the gateway is out of memory");
        return VIA_NO_MEMORY;
    }
    if (request->method != JSONRPC_SUBSCRIBE || call->listens)
        status = read_data(call, request, &target, fault);
    else
        status = read_filter(call, request, filter, fault);
    if (status != VIA_OK) {
        call_free(call);
        return status;
    }
    call->target = objects_ref(target.object);
    status = take_place(session, call);
    if (status == VIA_BUSY) {
        jsonrpc_fault_set(
            fault, status, VIA_ALIVE, "max_json_calls = %llu are under way",
            (unsigned long long)session->session.gateway->config.limits.max_json_calls);
        call_free(call);
        return status;
    }
    if (status == VIA_OK)
        status = start_clock(call, request);
    if (status == VIA_OK && target.entry != NULL && (target.entry->spec.flags & DIRECTORY_OPENS))
        status = open_service(session, target.entry, &call->opening);
    if (status != VIA_OK) {
        explain(call, status, status == VIA_DEAD ? router_cause(target.object) : VIA_ALIVE, fault);
        call_free(call);
        return status;
    }
    if (call->opening == NULL)
        perform(call, target.object);
    else if (call->opening->opened != NULL)
        perform(call, call->opening->opened);
    return VIA_OK;
}

/* ---- replies ---- */

static void answer_reply(struct json_call *call, const struct message *message)
{
    struct json_session *session = call->session;
    struct json_shown shown = {session, message->objects};
    const struct json_numbers numbers = json_session_numbers(&shown);
    const struct payload payload = json_session_payload(message->frame);
    struct json_batch *batch = call->batch;
    enum via_status told = call->listens
                               ? json_ports_configured(session, call->port, &call->source, &payload)
                               : VIA_OK;
    if (told != VIA_OK) {
        fail_with(call, told, VIA_ALIVE);
        return;
    }
    if (call->json_id.text != NULL) {
        struct buffer *out = json_session_begin(session);
        int32_t result = (int32_t)message->frame->time;
        const struct layout_messages *messages = call->layout->messages;
        enum via_status status;
        if (call->listens)
            status = json_ports_put_answer(session, call->port, out, &call->json_id, &payload,
                                           &call->asked);
        else if (messages != NULL && call->layout->number == payload.layout)
            status = jsonrpc_write_message(out, &call->json_id, result, &payload, messages,
                                           &call->asked, &session->session.gateway->json_scratch);
        else
            status = jsonrpc_write_reply(out, &call->json_id, result, &payload, &numbers);
        if (status == VIA_OK && !json_session_fits(session, batch))
            status = VIA_TOO_LARGE;
        if (status != VIA_OK) {
            fail_with(call, status, VIA_ALIVE);
            return;
        }
        json_session_answer(session, batch);
    }
    call_free(call);
    json_session_settle(session, batch);
}

void json_calls_reply(struct json_session *session, uint32_t id, const struct message *message)
{
    struct json_call *call = call_of(session, id);
    enum via_status status = (enum via_status)message->frame->code;
    if (call == NULL)
        return; /* it has timed out */
    if (call->is_open)
        opened(call, message);
    else if (status == VIA_OK)
        answer_reply(call, message);
    else
        fail_with(call, status,
                  status == VIA_DEAD ? (enum via_cause)message->frame->time : VIA_ALIVE);
}

bool json_calls_cancel(struct json_session *session, const struct json_span *id)
{
    for (uint32_t place = 1; place < session->n_calls_places; place++) {
        struct json_call *call = session->calls[place];
        if (call == NULL || call->is_open || call->json_id.size != id->size ||
            memcmp(call->json_id.text, id->text, id->size) != 0)
            continue;
        if (call->sent)
            router_cancel(session->session.gateway, call->context);
        else
            fail_with(call, VIA_CANCELLED, VIA_ALIVE);
        return true;
    }
    return false;
}

void json_calls_end(struct json_session *session)
{
    for (uint32_t place = 1; place < session->n_calls_places; place++) {
        struct json_call *call = session->calls[place];
        if (call == NULL)
            continue;
        struct json_batch *batch = call->batch;
        call_free(call);
        json_session_settle(session, batch);
    }
    while (session->openings != NULL)
        opening_free(session, session->openings);
    free(session->calls);
    session->calls = NULL;
    session->n_calls_places = 0;
}
