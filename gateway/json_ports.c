/*
 * A port is a session's own object, which its peer calls with records of events: each goes to the
 * client, and is answered once it has been written to the client's socket. So a client that does
 * not read has its broker hold back, as a program that does not reply does.
 *
 * A port goes with its session, with its peer, and when the client no longer listens; its death
 * tells the broker.
 */
#include "gateway/json_ports.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "codecs/json_write.h"
#include "codecs/layout.h"
#include "codecs/octets.h"
#include "codecs/portfolio_event_names.h"
#include "codecs/portfolio_message.h"
#include "codecs/portfolio_pod.h"
#include "gateway/event_log.h"
#include "gateway/gateway.h"
#include "gateway/router.h"
#include "include/portfolio/event.h"

static uint32_t result_of(const struct payload *payload)
{
    return octets_get_u32(payload->octets + PORTFOLIO_ANSWER_RESULT_AT);
}

/* Whether the broker has done what it was asked. */
static bool is_done(const struct payload *payload)
{
    return payload->layout == VIA_LAYOUT_EVENT_BROKER &&
           payload->size >= PORTFOLIO_ANSWER_HEAD_SIZE &&
           (result_of(payload) & UINT32_C(1) << 31) == 0;
}

/* ---- records ---- */

/* Answers the first. */
static void settle(struct json_port *port, enum via_status status)
{
    static const struct portfolio_answer done = {.kind = PORTFOLIO_BUFFERED};
    uint8_t octets[PORTFOLIO_ANSWER_HEAD_SIZE + PORTFOLIO_WORDS_SIZE];
    struct frame frame = {.kind = FRAME_REPLY, .code = status};
    if (status == VIA_OK) {
        frame.layout = VIA_LAYOUT_EVENT_BROKER;
        frame.body = octets;
        frame.body_size = (uint32_t)portfolio_answer_encode_head(&done, octets);
    } else {
        frame.time = VIA_EXITED;
    }
    const struct message message = {.frame = &frame, .from = &port->session->session};
    uint64_t context = port->records[port->first].context;
    port->first = (port->first + 1) % JSON_PORT_RECORDS_MAX;
    port->n--;
    router_reply(&message, context);
}

void json_ports_written(struct json_session *session, uint64_t end)
{
    for (struct json_port *port = session->ports; port != NULL; port = port->next)
        while (port->n > 0 && port->records[port->first].end <= end)
            settle(port, VIA_OK);
}

/* Who has got hold of a client's port is not who it listens to. */
static bool is_peers(const struct json_port *port, const struct message *message)
{
    const struct frame *frame = message->frame;
    return message->from != NULL && message->from == objects_owner(port->peer) &&
           frame->layout == VIA_LAYOUT_EVENT_BROKER &&
           (frame->code == EB_EventRecord || frame->code == EB_MakeTableReply);
}

enum via_status json_ports_call(struct json_session *session, uint32_t handle,
                                const struct message *message, uint64_t context, uint32_t *idp)
{
    struct json_port *port = json_ports_find(session, handle);
    struct gateway *gateway = session->session.gateway;
    const struct frame *frame = message->frame;
    if (port == NULL || session->ended || session->outlet->record == NULL ||
        !is_peers(port, message))
        return VIA_UNSUPPORTED;
    if (port->n == JSON_PORT_RECORDS_MAX)
        return VIA_BUSY;
    const struct payload payload = json_session_payload(frame);
    struct buffer *data = &gateway->json_data;
    buffer_cut(data, 0);
    enum via_status status =
        layout_event_broker.messages->write_call(data, &payload, frame->code, &port->names);
    if (status != VIA_OK)
        return status;
    const struct jsonrpc_event event = {.source = port->source,
                                        .seq = port->seq + 1,
                                        .event = frame->code,
                                        .payload = &payload,
                                        .data = {(const char *)data->data, data->size}};
    uint64_t end;
    status = session->outlet->record(session, &event, &end);
    if (status != VIA_OK)
        return status;
    port->records[(port->first + port->n) % JSON_PORT_RECORDS_MAX] =
        (struct json_record){.context = context, .end = end};
    port->n++;
    port->seq++;
    *idp = ++port->next_id;
    return VIA_OK;
}

/* ---- names of events ---- */

/* What the broker has said last of them, which its log keeps; NULL: nothing. */
static const struct frame *names_of(const struct json_port *port)
{
    const struct event_log *log = port->peer->log;
    const struct kept_event *kept =
        log == NULL ? NULL : event_log_latest_of(log, PORTFOLIO_EVENT_NAMES);
    if (kept == NULL || kept->frame.layout != VIA_LAYOUT_EVENT_BROKER ||
        !portfolio_event_names_are(kept->frame.body, kept->frame.body_size))
        return NULL;
    return &kept->frame;
}

static const char *event_name(void *user, uint8_t number)
{
    const struct frame *said = names_of(user);
    size_t at = PORTFOLIO_EVENT_NAMES_HEAD;
    const char *name;
    uint8_t known;
    while (said != NULL &&
           portfolio_event_names_next(said->body, said->body_size, &at, &known, &name))
        if (known == number)
            return name;
    return NULL;
}

static uint8_t event_number(void *user, const char *text, size_t size)
{
    const struct frame *said = names_of(user);
    size_t at = PORTFOLIO_EVENT_NAMES_HEAD;
    const char *name;
    uint8_t number;
    while (said != NULL &&
           portfolio_event_names_next(said->body, said->body_size, &at, &number, &name))
        if (portfolio_name_is_text(name, text, size))
            return number;
    return 0;
}

/* ---- ports ---- */

static void drop(struct json_port *port)
{
    struct json_session *session = port->session;
    struct json_port **link = &session->ports;
    while (*link != port)
        link = &(*link)->next;
    *link = port->next;
    while (port->n > 0)
        settle(port, VIA_DEAD);
    if (port->object != NULL)
        objects_died(port->object, VIA_EXITED);
    objects_unref(port->object);
    objects_let_go(port->peer, &session->session);
    free(port->text);
    free(port);
}

/* Those that nobody answers any more. Not from within a death, which is still being told. */
static void sweep(struct json_session *session)
{
    struct json_port *next;
    for (struct json_port *port = session->ports; port != NULL; port = next) {
        next = port->next;
        if (port->peer->death != VIA_ALIVE)
            drop(port);
    }
}

static enum via_status set_source(struct json_port *port, const struct jsonrpc_source *source)
{
    char *text = NULL;
    if (source->service.text != NULL) {
        text = malloc(source->service.size + 1);
        if (text == NULL)
            return VIA_NO_MEMORY;
        memcpy(text, source->service.text, source->service.size);
    }
    free(port->text);
    port->text = text;
    port->source = (struct jsonrpc_source){.service = {text, source->service.size},
                                           .ref = source->ref,
                                           .subscription = port->source.subscription};
    return VIA_OK;
}

/* Its object, under a number that others know it by and nobody may call it by. */
static enum via_status make_object(struct json_port *port)
{
    struct session *session = &port->session->session;
    struct gateway *gateway = session->gateway;
    struct number_proof number;
    enum via_status status =
        objects_create(&gateway->objects, session, port->session->next_object++, &port->object);
    if (status == VIA_OK)
        status = numbers_give(&gateway->numbers, session, 1, &number);
    if (status == VIA_OK)
        status = numbers_claim(&gateway->numbers, session, number.first, port->object, 0, &number);
    return status;
}

static enum via_status create(struct json_session *session, struct gateway_object *peer,
                              const struct jsonrpc_source *source, struct json_port **portp)
{
    struct json_port *port = calloc(1, sizeof *port);
    if (port == NULL)
        return VIA_NO_MEMORY;
    enum via_status status = objects_reserve_hold(peer);
    if (status != VIA_OK) {
        free(port);
        return status;
    }
    objects_hold(peer, &session->session);
    port->session = session;
    port->peer = peer;
    port->names =
        (struct portfolio_json_names){.user = port, .name = event_name, .number = event_number};
    port->next = session->ports;
    session->ports = port;
    status = set_source(port, source);
    if (status == VIA_OK)
        status = make_object(port);
    if (status != VIA_OK) {
        drop(port);
        return status;
    }
    *portp = port;
    return VIA_OK;
}

enum via_status json_ports_get(struct json_session *session, struct gateway_object *peer,
                               const struct jsonrpc_source *source, struct json_port **portp)
{
    unsigned n = 0;
    if (peer->death != VIA_ALIVE)
        return VIA_DEAD;
    sweep(session);
    for (struct json_port *port = session->ports; port != NULL; port = port->next, n++) {
        if (port->peer != peer)
            continue;
        *portp = port;
        return VIA_OK;
    }
    return n < JSON_PORTS_MAX ? create(session, peer, source, portp) : VIA_BUSY;
}

struct json_port *json_ports_find(const struct json_session *session, uint32_t handle)
{
    struct json_port *port = session->ports;
    while (port != NULL && port->object->handle != handle)
        port = port->next;
    return port;
}

/* ---- listening ---- */

_Static_assert(JSON_PORTS_CONFIGURE == EB_Configure, "the code is a flavor's");

/* Under the subscriber's name, by which a broker lists it, and no program finds a port. One that is
 * no name leaves it without. */
static void publish(struct json_port *port)
{
    const struct session *session = &port->session->session;
    const struct directory_spec spec = {.family = JSON_PORTS_FAMILY,
                                        .name = session->principal.identity,
                                        .class_name = "portfolio-port",
                                        .protocol = "",
                                        .info = "",
                                        .flags = DIRECTORY_DUPLICATES};
    enum via_status status =
        directory_publish(&session->gateway->directory, &spec, port->object, &session->principal);
    if (status != VIA_OK)
        log_debug("json.listener_unnamed", "from=\"%s\" status=%s", session->principal.address,
                  via_status_name(status));
}

enum via_status json_ports_configured(struct json_session *session, uint32_t handle,
                                      const struct jsonrpc_source *source,
                                      const struct payload *payload)
{
    struct json_port *port = json_ports_find(session, handle);
    if (port == NULL)
        return VIA_CANCELLED;
    if (!is_done(payload))
        return VIA_OK;
    enum via_status status = set_source(port, source);
    if (status != VIA_OK)
        return status;
    if (port->source.subscription == 0)
        publish(port);
    port->source.subscription = handle;
    return VIA_OK;
}

enum via_status json_ports_put_answer(struct json_session *session, uint32_t handle,
                                      struct buffer *out, const struct json_span *id,
                                      const struct payload *payload,
                                      const struct layout_question *asked)
{
    const struct json_port *port = json_ports_find(session, handle);
    jsonrpc_result_begin(out, id);
    json_write_text(out, "{\"status\":0");
    if (port != NULL && is_done(payload)) {
        json_write_text(out, ",\"subscription\":");
        json_write_u64(out, port->source.subscription);
        json_write_text(out, ",\"listener\":");
        json_write_u64(out, port->object->number);
    }
    json_write_text(out, ",\"data\":");
    enum via_status status = layout_event_broker.messages->write_reply(
        out, payload, asked, &session->session.gateway->json_scratch);
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return status == VIA_OK ? out->status : status;
}

enum via_status json_ports_unsubscribe(struct json_session *session, uint32_t id,
                                       const struct jsonrpc_source *source)
{
    enum via_status status = VIA_NOT_FOUND;
    struct json_port *next;
    for (struct json_port *port = session->ports; port != NULL; port = next) {
        next = port->next;
        bool meant = source == NULL ? port->source.subscription == id
                                    : json_source_is(&port->source, source);
        if (port->source.subscription == 0 || !meant)
            continue;
        drop(port);
        status = VIA_OK;
    }
    return status;
}

void json_ports_death(struct json_session *session, const struct gateway_object *object,
                      enum via_cause cause)
{
    if (session->ended)
        return;
    for (struct json_port *port = session->ports; port != NULL; port = port->next) {
        struct jsonrpc_source source = port->source;
        if (port->peer != object || port->source.subscription == 0 || port->is_told ||
            json_interests_tell(session, object, &source))
            continue;
        port->is_told = true;
        source.subscription = 0;
        session->outlet->death(session, &source, cause);
    }
}

void json_ports_end(struct json_session *session)
{
    struct json_port *next;
    for (struct json_port *port = session->ports; port != NULL; port = next) {
        next = port->next;
        drop(port);
    }
}
