/*
 * A POST's session lives from the request to its last answer; an event stream's until the client
 * goes, the object dies, or the gateway ends. An outlet is called from within the router, so a
 * session that is done is taken down by a task of the loop.
 */
#include "gateway/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_write.h"
#include "gateway/gateway.h"
#include "gateway/query.h"

#define JSON_TYPE "application/json"
#define RETRY_MS 50u /* until a stream that was full is tried again: it does not tell */
#define TEXT_TYPE "text/plain; charset=utf-8"

struct http_request {
    struct json_session session;   /* its first member */
    struct wss_exchange *exchange; /* borrowed; NULL once it is done */
    struct loop_task done;
    struct loop_timer keepalive;
    struct loop_timer retry;            /* while a full stream has events to come */
    struct http_request *next, **linkp; /* in the gateway's list */
    struct buffer text;                 /* of one event, around its JSON */
    bool streaming;
};

static struct http_request *of_session(struct json_session *session)
{
    return (struct http_request *)session;
}

static struct http_request *of_done(struct loop_task *task)
{
    return (struct http_request *)((char *)task - offsetof(struct http_request, done));
}

static struct http_request *of_keepalive(struct loop_timer *timer)
{
    return (struct http_request *)((char *)timer - offsetof(struct http_request, keepalive));
}

static struct http_request *of_retry(struct loop_timer *timer)
{
    return (struct http_request *)((char *)timer - offsetof(struct http_request, retry));
}

static void say(struct wss_exchange *exchange, unsigned http_status, const char *words)
{
    char line[1100];
    int size = snprintf(line, sizeof line, "%s\n", words);
    wss_answer(exchange, http_status, TEXT_TYPE, line,
               (size_t)size < sizeof line ? (size_t)size : sizeof line - 1);
}

/* ---- life ---- */

static void done(struct loop_task *task)
{
    http_request_destroy(of_done(task));
}

/* The exchange has its answer, or is gone: the rest is taken down from the loop. */
static void finish(struct http_request *request)
{
    request->exchange = NULL;
    loop_defer(request->session.session.gateway->loop, &request->done);
}

void http_request_destroy(struct http_request *request)
{
    struct gateway *gateway = request->session.session.gateway;
    if (request->exchange != NULL && request->streaming)
        wss_end(request->exchange);
    else if (request->exchange != NULL)
        say(request->exchange, 503, "the gateway ends");
    request->exchange = NULL;
    json_session_end(&request->session, VIA_EXITED);
    loop_undefer(gateway->loop, &request->done);
    loop_disarm(gateway->loop, &request->keepalive);
    loop_disarm(gateway->loop, &request->retry);
    *request->linkp = request->next;
    if (request->next != NULL)
        request->next->linkp = request->linkp;
    gateway->n_http_requests--;
    buffer_deinit(&request->text);
    free(request);
}

static void close_outlet(struct json_session *session, enum frame_bye code, const char *why)
{
    struct http_request *request = of_session(session);
    if (request->exchange != NULL && !request->streaming) {
        say(request->exchange, code == FRAME_BYE_EVICTED ? 403 : 503, why);
        request->exchange = NULL;
    }
    http_request_destroy(request);
}

static void retry(struct loop_timer *timer)
{
    gateway_session_drained(&of_retry(timer)->session.session);
}

static enum via_status create(struct gateway *gateway, struct wss_exchange *exchange,
                              const struct wss_caller *caller, const struct json_outlet *outlet,
                              struct http_request **requestp)
{
    struct principal who;
    principal_set_remote(&who, caller->identity, caller->address);
    if (gateway->n_http_requests >= gateway->config.limits.max_http_requests)
        return VIA_BUSY;
    struct http_request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return VIA_NO_MEMORY;
    enum via_status status = json_session_init(&request->session, gateway, &who, outlet);
    if (status != VIA_OK) {
        free(request);
        return status;
    }
    buffer_init(&request->text, SIZE_MAX);
    request->exchange = exchange;
    request->done.run = done;
    request->retry.fired = retry;
    request->next = gateway->http_requests;
    request->linkp = &gateway->http_requests;
    if (request->next != NULL)
        request->next->linkp = &request->next;
    gateway->http_requests = request;
    gateway->n_http_requests++;
    wss_exchange_set_user(exchange, request);
    *requestp = request;
    return VIA_OK;
}

static void refuse(struct gateway *gateway, struct wss_exchange *exchange,
                   const struct wss_caller *caller, enum via_status status)
{
    struct principal who;
    char words[160];
    principal_set_remote(&who, caller->identity, caller->address);
    (void)snprintf(words, sizeof words, "%s: max_http_requests = %llu, max_connections = %llu",
                   via_status_name(status),
                   (unsigned long long)gateway->config.limits.max_http_requests,
                   (unsigned long long)gateway->config.limits.max_connections);
    audit_refusal(&gateway->audit, &who, "http", words);
    say(exchange, 503, words);
}

/* ---- POST /rpc ---- */

static void rpc_answer(struct json_session *session, const struct buffer *text)
{
    struct http_request *request = of_session(session);
    if (request->exchange == NULL)
        return;
    if (text->status == VIA_OK)
        wss_answer(request->exchange, 200, JSON_TYPE, text->data, text->size);
    else
        say(request->exchange, 500, "the gateway is out of memory");
    finish(request);
}

static void rpc_answered(struct json_session *session)
{
    struct http_request *request = of_session(session);
    if (request->exchange == NULL)
        return;
    wss_answer(request->exchange, 204, JSON_TYPE, "", 0); /* notifications only */
    finish(request);
}

static const struct json_outlet rpc_outlet = {
    .answer = rpc_answer, .answered = rpc_answered, .close = close_outlet};

static void rpc(struct gateway *gateway, struct wss_exchange *exchange,
                const struct wss_request *asked)
{
    struct http_request *request;
    struct buffer *in = &gateway->json_in;
    enum via_status status = create(gateway, exchange, asked->caller, &rpc_outlet, &request);
    if (status != VIA_OK) {
        refuse(gateway, exchange, asked->caller, status);
        return;
    }
    buffer_cut(in, 0);
    buffer_add(in, asked->body, asked->body_size);
    if (in->status != VIA_OK) {
        say(exchange, 500, "the gateway is out of memory");
        finish(request);
        return;
    }
    json_session_receive(&request->session, (char *)in->data, in->size);
}

/* ---- GET /events ---- */

static unsigned http_status_of(enum via_status status)
{
    return status == VIA_NOT_FOUND ? 404 : status == VIA_DENIED ? 403 : 503;
}

static void keep_alive(struct loop_timer *timer)
{
    struct http_request *request = of_keepalive(timer);
    struct gateway *gateway = request->session.session.gateway;
    static const char comment[] = ":\n\n";
    if (request->exchange == NULL)
        return;
    /* A full stream needs no sign of life. */
    if (wss_push(request->exchange, comment, sizeof comment - 1,
                 (size_t)gateway->config.limits.max_queue_size) == VIA_DEAD ||
        loop_arm(gateway->loop, timer, loop_now() + gateway->config.limits.events_keepalive_ms) !=
            VIA_OK)
        loop_defer(gateway->loop, &request->done);
}

/* The answer to the subscription: the stream begins, or there will be none. */
static void events_answer(struct json_session *session, const struct buffer *text)
{
    struct http_request *request = of_session(session);
    struct gateway *gateway = session->session.gateway;
    if (request->exchange == NULL || request->streaming)
        return;
    if (session->interests == NULL) {
        wss_answer(request->exchange, http_status_of(session->failed), JSON_TYPE, text->data,
                   text->size);
        finish(request);
        return;
    }
    request->streaming = true;
    request->keepalive.fired = keep_alive;
    wss_stream(request->exchange);
    if (loop_arm(gateway->loop, &request->keepalive,
                 loop_now() + gateway->config.limits.events_keepalive_ms) != VIA_OK)
        loop_defer(gateway->loop, &request->done);
}

static void events_answered(struct json_session *session)
{
    (void)session;
}

static enum via_status push(struct http_request *request, size_t queue_max)
{
    if (request->exchange == NULL)
        return VIA_DEAD;
    if (request->text.status != VIA_OK)
        return request->text.status;
    return wss_push(request->exchange, request->text.data, request->text.size, queue_max);
}

static enum via_status events_event(struct json_session *session, const struct jsonrpc_event *event,
                                    const struct json_numbers *numbers)
{
    struct http_request *request = of_session(session);
    struct buffer *text = &request->text;
    (void)json_session_begin(session); /* a message of its own, as references count */
    buffer_cut(text, 0);
    if (event->number != 0) {
        json_write_text(text, "id: ");
        jsonrpc_write_since(text, event->epoch, event->number);
        json_write_text(text, "\n");
    }
    json_write_text(text, "event: event\ndata: ");
    enum via_status status = jsonrpc_write_event_params(text, event, numbers);
    json_write_text(text, "\n\n");
    struct gateway *gateway = session->session.gateway;
    if (status == VIA_OK)
        status = push(request, (size_t)gateway->config.limits.max_queue_size);
    if (status == VIA_BUSY &&
        loop_arm(gateway->loop, &request->retry, loop_now() + RETRY_MS) != VIA_OK)
        loop_defer(gateway->loop, &request->done);
    return status;
}

static void events_death(struct json_session *session, const struct jsonrpc_source *source,
                         enum via_cause cause)
{
    struct http_request *request = of_session(session);
    struct buffer *text = &request->text;
    buffer_cut(text, 0);
    json_write_text(text, "event: death\ndata: {\"service\":");
    json_write_string(text, source->service.text, source->service.size);
    json_write_text(text, ",\"cause\":");
    json_write_string(text, via_cause_name(cause), strlen(via_cause_name(cause)));
    json_write_text(text, "}\n\n");
    if (push(request, SIZE_MAX) != VIA_OK)
        return; /* it is gone anyway */
    wss_end(request->exchange);
    finish(request);
}

static const struct json_outlet events_outlet = {.answer = events_answer,
                                                 .answered = events_answered,
                                                 .event = events_event,
                                                 .death = events_death,
                                                 .close = close_outlet};

/* What the query and Last-Event-ID say, as a request; false: something is wrong, in @words. */
static bool read_events_query(const struct wss_request *asked, struct jsonrpc_request *request,
                              char service[QUERY_VALUE_MAX + 1], char family[QUERY_VALUE_MAX + 1],
                              const char **wordsp)
{
    char from[QUERY_VALUE_MAX + 1];
    *request = (struct jsonrpc_request){.id = {"0", 1}, .method = JSONRPC_SUBSCRIBE};
    *wordsp = "GET /events needs service=NAME";
    if (!query_get(asked->query, "service", service) || *service == '\0')
        return false;
    request->has = JSONRPC_HAS_SERVICE;
    request->service = (struct json_span){service, strlen(service)};
    if (query_get(asked->query, "family", family)) {
        request->has |= JSONRPC_HAS_FAMILY;
        request->family = (struct json_span){family, strlen(family)};
    }
    /* A stream that comes back goes on where it was; the query says where it begins. */
    const char *start = asked->last_event_id;
    if (*start == '\0' && query_get(asked->query, "from", from))
        start = from;
    *wordsp = "from and Last-Event-ID must be now, latest, or an event's id";
    return *start == '\0' || jsonrpc_from_read(start, strlen(start), &request->from);
}

/* What the query says of the filter; false as above. */
static bool read_filter_query(const struct wss_request *asked, struct event_filter *filter,
                              char words[EVENT_FILTER_WORDS_MAX])
{
    static const char *const names[] = {"ids",   "every", "age",   "change",
                                        "range", "value", "policy"};
    char value[QUERY_VALUE_MAX + 1];
    *filter = (struct event_filter){.policy = EVENT_POLICY_NEWEST};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (query_get(asked->query, names[i], value) &&
            event_filter_set(filter, names[i], value, words) != VIA_OK)
            return false;
    return true;
}

static void events(struct gateway *gateway, struct wss_exchange *exchange,
                   const struct wss_request *asked)
{
    struct event_filter filter;
    char filter_words[EVENT_FILTER_WORDS_MAX];
    struct jsonrpc_request subscription;
    char service[QUERY_VALUE_MAX + 1], family[QUERY_VALUE_MAX + 1];
    const char *words;
    if (!read_events_query(asked, &subscription, service, family, &words)) {
        say(exchange, 400, words);
        return;
    }
    if (!read_filter_query(asked, &filter, filter_words)) {
        say(exchange, 400, filter_words);
        return;
    }
    struct http_request *request;
    enum via_status status = create(gateway, exchange, asked->caller, &events_outlet, &request);
    if (status != VIA_OK) {
        refuse(gateway, exchange, asked->caller, status);
        return;
    }
    struct jsonrpc_fault fault;
    status = json_session_subscribe(&request->session, &subscription, &filter, &fault);
    if (status != VIA_OK)
        json_session_fail(&request->session, NULL, &subscription.id, &fault);
}

/* ---- GET /healthz ---- */

static void healthz(struct gateway *gateway, struct wss_exchange *exchange,
                    const struct wss_request *asked)
{
    char text[160];
    (void)asked;
    int size = snprintf(text, sizeof text, "{\"status\":\"ok\",\"sessions\":%u,\"names\":%zu}\n",
                        gateway->sessions.n, gateway->directory.n);
    wss_answer(exchange, 200, JSON_TYPE, text, (size_t)size);
}

/* ---- all ---- */

static const struct page {
    const char *method, *path;
    void (*serve)(struct gateway *gateway, struct wss_exchange *exchange,
                  const struct wss_request *asked);
} pages[] = {
    {"POST", "/rpc", rpc},
    {"GET", "/events", events},
    {"GET", "/healthz", healthz},
};

void http_request(struct gateway *gateway, struct wss_exchange *exchange,
                  const struct wss_request *request)
{
    char words[512];
    enum via_status status =
        websocket_admit(gateway, request->caller, request->origin, "http", words, sizeof words);
    if (status != VIA_OK) {
        /* 401: show who you are; 403: you were seen, and it will not do. */
        bool unseen = request->caller->status == VIA_DENIED;
        say(exchange, unseen ? 401 : 403, words);
        return;
    }
    bool known = false;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (strcmp(pages[i].path, request->path) != 0)
            continue;
        known = true;
        if (strcmp(pages[i].method, request->method) != 0)
            continue;
        pages[i].serve(gateway, exchange, request);
        return;
    }
    say(exchange, known ? 405 : 404, "here are POST /rpc, GET /events?service=NAME, GET /healthz");
}

struct session *http_session(struct wss_exchange *exchange)
{
    struct http_request *request = wss_exchange_user(exchange);
    return request == NULL || request->exchange != exchange ? NULL : &request->session.session;
}

void http_aborted(struct gateway *gateway, struct wss_exchange *exchange)
{
    struct http_request *request = wss_exchange_user(exchange);
    (void)gateway;
    if (request != NULL && request->exchange == exchange)
        finish(request);
}
