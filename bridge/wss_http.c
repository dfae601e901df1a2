/*
 * HTTP on a listener's connections: a request is gathered, its body up to message_max, and given to
 * the owner whole, from the loop; the answer may come at once, later, or as a stream of events.
 * What is to be written gathers in the exchange and goes out when libwebsockets says so.
 *
 * An exchange belongs to its connection until that is gone. If the owner knows of it then, it lives
 * on as an orphan until the owner has been told.
 *
 * Bodies are gathered for callers with a good certificate or an Authorization header only; of
 * anybody else the request line and headers are all that is looked at.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "bridge/wss_connection.h"

#define WRITE_MAX 32768u /* octets given to libwebsockets at once */
#define ANSWER_MAX 1024u /* octets of our own answers and headers */
#define LAST_EVENT_ID "last-event-id:"

struct wss_exchange {
    struct wss_connection *connection; /* borrowed; NULL when it is gone */
    void *user;                        /* the owner's */
    const struct wss_listener_ops *ops;
    void *ops_user;
    struct loop *loop;
    struct loop_task task; /* an orphan's */
    struct wss_exchange **orphans, *next, **previousp;
    struct wss_request request;
    uint8_t *body; /* owned */
    size_t body_size, body_capacity, body_expected;
    uint8_t *out; /* owned: what is to be written, behind LWS_PRE octets of room */
    size_t out_size, out_done, out_capacity;
    bool drops_body; /* it is not gathered */
    bool whole;      /* the request is; the owner is to be told */
    bool told;       /* the owner knows of it */
    bool head;       /* its method is HEAD: no content goes out */
    bool closes;     /* the connection ends with it */
    bool streams;
    bool answered; /* nothing is added to out any more */
    size_t n_texts;
    char texts[WSS_HEADERS_MAX + 64]; /* the request's; what is copied was in as many octets */
};

/* ---- small answers of our own ---- */

static const char *reason_of(unsigned code)
{
    switch (code) {
    case 100:
        return "Continue";
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Status";
    }
}

/* Words in a header may hold no line ends, and stay readable. */
static void make_plain(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || (unsigned char)*text >= 0x7f)
            *text = '?';
}

int wss_http_refuse(struct wss_connection *connection, unsigned code, enum via_status status,
                    const char *words)
{
    char plain[400];
    (void)snprintf(plain, sizeof plain, "%s", words);
    make_plain(plain);
    uint8_t answer[LWS_PRE + ANSWER_MAX];
    int n = snprintf((char *)answer + LWS_PRE, ANSWER_MAX,
                     "HTTP/1.1 %u %s\r\n"
                     "%s%d %s\r\n"
                     "content-type: text/plain; charset=utf-8\r\n"
                     "content-length: %zu\r\n"
                     "connection: close\r\n\r\n"
                     "%s\n",
                     code, reason_of(code), WSS_REFUSED_HEADER " ", (int)status, plain,
                     strlen(plain) + 1, plain);
    assert(n > 0 && n < (int)ANSWER_MAX);
    if (lws_write(connection->wsi, answer + LWS_PRE, (size_t)n, LWS_WRITE_HTTP) < 0)
        return -1;
    return 1;
}

bool wss_http_header(struct lws *wsi, enum lws_token_indexes token, char *value, size_t size)
{
    *value = '\0';
    int n = lws_hdr_total_length(wsi, token);
    if (n <= 0)
        return true;
    return (size_t)n < size && lws_hdr_copy(wsi, value, (int)size, token) >= 0;
}

/* ---- the request ---- */

/* Room for @size octets and a NUL among the texts; never too little: see texts. */
static char *text_room(struct wss_exchange *exchange, size_t size)
{
    if (size >= sizeof exchange->texts - exchange->n_texts)
        return NULL;
    char *room = exchange->texts + exchange->n_texts;
    exchange->n_texts += size + 1;
    *room = '\0';
    return room;
}

static const char *copy_header(struct wss_exchange *exchange, enum lws_token_indexes token)
{
    struct lws *wsi = exchange->connection->wsi;
    int n = lws_hdr_total_length(wsi, token);
    char *room = n > 0 ? text_room(exchange, (size_t)n) : NULL;
    if (room == NULL || lws_hdr_copy(wsi, room, n + 1, token) < 0)
        return "";
    return room;
}

static const char *copy_last_event_id(struct wss_exchange *exchange)
{
    struct lws *wsi = exchange->connection->wsi;
    int n = lws_hdr_custom_length(wsi, LAST_EVENT_ID, sizeof LAST_EVENT_ID - 1);
    char *room = n > 0 ? text_room(exchange, (size_t)n) : NULL;
    if (room == NULL ||
        lws_hdr_custom_copy(wsi, room, n + 1, LAST_EVENT_ID, sizeof LAST_EVENT_ID - 1) < 0)
        return "";
    return room;
}

static const char *copy_path(struct wss_exchange *exchange, const void *path, size_t size)
{
    char *room = text_room(exchange, size);
    if (room == NULL)
        return "";
    memcpy(room, path, size);
    room[size] = '\0';
    return room;
}

static const char *method_of(struct lws *wsi)
{
    static const char *const names[] = {
        [LWSHUMETH_GET] = "GET",         [LWSHUMETH_POST] = "POST",
        [LWSHUMETH_OPTIONS] = "OPTIONS", [LWSHUMETH_PUT] = "PUT",
        [LWSHUMETH_PATCH] = "PATCH",     [LWSHUMETH_DELETE] = "DELETE",
        [LWSHUMETH_CONNECT] = "CONNECT", [LWSHUMETH_HEAD] = "HEAD"};
    char *path;
    int size;
    int method = lws_http_get_uri_and_method(wsi, &path, &size);
    if (method < 0 || (size_t)method >= sizeof names / sizeof names[0] || names[method] == NULL)
        return "?";
    return names[method];
}

static bool does_close(struct lws *wsi)
{
    char connection[32], version[16];
    if (!wss_http_header(wsi, WSI_TOKEN_CONNECTION, connection, sizeof connection) ||
        !wss_http_header(wsi, WSI_TOKEN_HTTP, version, sizeof version))
        return true;
    if (strcmp(version, "HTTP/1.1") == 0)
        return strcasecmp(connection, "close") == 0;
    return strcasecmp(connection, "keep-alive") != 0;
}

static void free_exchange(struct wss_exchange *exchange)
{
    loop_undefer(exchange->loop, &exchange->task);
    free(exchange->body);
    free(exchange->out);
    free(exchange);
}

static void whole(struct wss_exchange *exchange)
{
    exchange->whole = true;
    lws_set_timeout(exchange->connection->wsi, NO_PENDING_TIMEOUT, 0);
    loop_defer(exchange->loop, &exchange->connection->task);
}

static int refuse_length(struct wss_connection *connection, bool has_length)
{
    char words[160];
    if (!has_length) {
        (void)wss_http_refuse(connection, 411, VIA_UNSUPPORTED, "a Content-Length is needed");
        return -1;
    }
    (void)snprintf(words, sizeof words, "the body is over max_json_size, %zu octets here",
                   wss_connection_message_max(connection));
    (void)wss_http_refuse(connection, 413, VIA_TOO_LARGE, words);
    return -1;
}

/* Reads Content-Length. False: it is no number. */
static bool read_length(struct lws *wsi, bool *presentp, size_t *lengthp)
{
    char text[24];
    *presentp = false;
    *lengthp = 0;
    if (!wss_http_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof text))
        return false;
    if (*text == '\0')
        return true;
    size_t size = strspn(text, "0123456789");
    if (text[size] != '\0' || size > 18)
        return false;
    *presentp = true;
    *lengthp = (size_t)strtoull(text, NULL, 10);
    return true;
}

static void go_ahead(struct wss_connection *connection)
{
    char expect[32];
    uint8_t answer[LWS_PRE + 32];
    if (!wss_http_header(connection->wsi, WSI_TOKEN_HTTP_EXPECT, expect, sizeof expect) ||
        strcasecmp(expect, "100-continue") != 0)
        return;
    static const char words[] = "HTTP/1.1 100 Continue\r\n\r\n";
    memcpy(answer + LWS_PRE, words, sizeof words - 1);
    (void)lws_write(connection->wsi, answer + LWS_PRE, sizeof words - 1, LWS_WRITE_HTTP);
}

static int begin(struct wss_connection *connection, const void *path, size_t path_size)
{
    struct lws *wsi = connection->wsi;
    bool has_length;
    size_t length;
    if (!read_length(wsi, &has_length, &length))
        return refuse_length(connection, true);
    const char *method = method_of(wsi);
    bool may_have_body =
        strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0 ||
        (may_have_body && !has_length))
        return refuse_length(connection, false);

    struct wss_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return -1;
    exchange->connection = connection;
    exchange->ops = wss_connection_ops(connection);
    exchange->ops_user = wss_connection_user(connection);
    exchange->loop = wss_connection_engine(connection)->loop;
    exchange->orphans = wss_connection_orphans(connection);
    exchange->head = strcmp(method, "HEAD") == 0;
    exchange->closes = does_close(wsi);
    exchange->body_expected = length;
    exchange->request = (struct wss_request){
        .caller = &connection->caller,
        .method = method,
        .path = copy_path(exchange, path, path_size),
        .query = copy_header(exchange, WSI_TOKEN_HTTP_URI_ARGS),
        .origin = copy_header(exchange, WSI_TOKEN_ORIGIN),
        .last_event_id = copy_last_event_id(exchange),
        .authorization = copy_header(exchange, WSI_TOKEN_HTTP_AUTHORIZATION),
        .content_type = copy_header(exchange, WSI_TOKEN_HTTP_CONTENT_TYPE),
    };
    connection->exchange = exchange;

    if (length == 0) {
        whole(exchange);
        return 0;
    }
    if (connection->caller.status != VIA_OK && *exchange->request.authorization == '\0') {
        exchange->drops_body = true;
        exchange->closes = true;
        whole(exchange);
        return 0;
    }
    if (length > wss_connection_message_max(connection)) {
        free_exchange(exchange);
        connection->exchange = NULL;
        return refuse_length(connection, true);
    }
    go_ahead(connection);
    return 0;
}

static int gather(struct wss_exchange *exchange, const void *octets, size_t size)
{
    if (exchange == NULL || exchange->drops_body || exchange->whole || size == 0)
        return 0;
    bool ends = size >= exchange->body_expected - exchange->body_size;
    if (size > exchange->body_expected - exchange->body_size) {
        size = exchange->body_expected - exchange->body_size;
        exchange->closes = true; /* there was more behind it, which is lost */
    }
    size_t capacity = exchange->body_capacity == 0 ? 4096 : exchange->body_capacity;
    while (capacity - exchange->body_size < size)
        capacity *= 2;
    if (capacity != exchange->body_capacity) {
        uint8_t *body = realloc(exchange->body, capacity);
        if (body == NULL)
            return -1;
        exchange->body = body;
        exchange->body_capacity = capacity;
    }
    memcpy(exchange->body + exchange->body_size, octets, size);
    exchange->body_size += size;
    if (ends)
        whole(exchange);
    return 0;
}

const char *wss_http_origin(const struct wss_connection *connection)
{
    const struct wss_exchange *exchange = connection->exchange;
    if (exchange == NULL || !exchange->told || exchange->answered)
        return NULL;
    return exchange->request.origin;
}

void wss_http_run(struct wss_connection *connection)
{
    struct wss_exchange *exchange = connection->exchange;
    if (!exchange->whole || exchange->told)
        return;
    exchange->told = true;
    exchange->request.body = exchange->body != NULL ? exchange->body : (const uint8_t *)"";
    exchange->request.body_size = exchange->body_size;
    exchange->ops->request(exchange->ops_user, exchange, &exchange->request);
}

/* ---- the answer ---- */

/* Writes what has gathered, and ends the exchange when it is done. libwebsockets' result. */
static int write_out(struct wss_connection *connection)
{
    struct wss_exchange *exchange = connection->exchange;
    if (exchange == NULL)
        return 0;
    while (exchange->out_done < exchange->out_size) {
        size_t size = exchange->out_size - exchange->out_done;
        if (size > WRITE_MAX)
            size = WRITE_MAX;
        if (lws_write(connection->wsi, exchange->out + LWS_PRE + exchange->out_done, size,
                      LWS_WRITE_HTTP) < 0)
            return -1;
        exchange->out_done += size;
        if (!lws_partial_buffered(connection->wsi))
            continue;
        lws_callback_on_writable(connection->wsi);
        return 0;
    }
    exchange->out_size = exchange->out_done = 0;
    if (!exchange->answered)
        return 0;
    bool closes = exchange->closes;
    connection->exchange = NULL;
    free_exchange(exchange);
    return lws_http_transaction_completed(connection->wsi) != 0 || closes ? -1 : 0;
}

int wss_http_handle(struct wss_connection *connection, enum lws_callback_reasons reason, void *in,
                    size_t size)
{
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP:
        return begin(connection, in, size);
    case LWS_CALLBACK_HTTP_BODY:
        return gather(connection->exchange, in, size);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        if (connection->exchange != NULL && !connection->exchange->whole)
            whole(connection->exchange);
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return write_out(connection);
    default:
        return 0;
    }
}

static bool append(struct wss_exchange *exchange, const void *content, size_t size)
{
    if (exchange->out_done > exchange->out_size / 2) {
        exchange->out_size -= exchange->out_done;
        memmove(exchange->out + LWS_PRE, exchange->out + LWS_PRE + exchange->out_done,
                exchange->out_size);
        exchange->out_done = 0;
    }
    size_t capacity = exchange->out_capacity == 0 ? 4096 : exchange->out_capacity;
    while (capacity - exchange->out_size < size)
        capacity *= 2;
    if (capacity != exchange->out_capacity) {
        uint8_t *out = realloc(exchange->out, LWS_PRE + capacity);
        if (out == NULL)
            return false;
        exchange->out = out;
        exchange->out_capacity = capacity;
    }
    if (size > 0)
        memcpy(exchange->out + LWS_PRE + exchange->out_size, content, size);
    exchange->out_size += size;
    return true;
}

static bool append_head(struct wss_exchange *exchange, unsigned code, const char *content_type,
                        const char *more)
{
    char head[ANSWER_MAX];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %u %s\r\n"
                     "content-type: %.200s\r\n"
                     "cache-control: no-store\r\n"
                     "x-content-type-options: nosniff\r\n"
                     "%s%s\r\n",
                     code, reason_of(code), content_type, more,
                     exchange->closes ? "connection: close\r\n" : "");
    return n > 0 && n < (int)sizeof head && append(exchange, head, (size_t)n);
}

/* What cannot be answered for want of memory ends with its connection. */
static void wake_writer(struct wss_exchange *exchange, bool ok)
{
    struct lws *wsi = exchange->connection->wsi;
    if (ok)
        lws_callback_on_writable(wsi);
    else
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    wss_engine_touch(wss_connection_engine(exchange->connection));
}

void wss_answer(struct wss_exchange *exchange, unsigned http_status, const char *content_type,
                const void *content, size_t size)
{
    assert(exchange->told && !exchange->answered && !exchange->streams);
    exchange->answered = true;
    if (exchange->connection == NULL)
        return;
    char length[64];
    (void)snprintf(length, sizeof length, "content-length: %zu\r\n", size);
    bool ok = append_head(exchange, http_status, content_type, length) &&
              (exchange->head || append(exchange, content, size));
    wake_writer(exchange, ok);
}

void wss_stream(struct wss_exchange *exchange)
{
    assert(exchange->told && !exchange->answered && !exchange->streams);
    exchange->streams = true;
    if (exchange->connection == NULL)
        return;
    exchange->closes = true; /* its end is the connection's */
    bool ok = append_head(exchange, 200, "text/event-stream", "");
    wake_writer(exchange, ok);
}

enum via_status wss_push(struct wss_exchange *exchange, const void *content, size_t size,
                         size_t queue_max)
{
    assert(exchange->streams && !exchange->answered);
    if (exchange->connection == NULL)
        return VIA_DEAD;
    size_t waiting = exchange->out_size - exchange->out_done;
    if (size > queue_max || waiting > queue_max - size)
        return VIA_BUSY;
    if (!append(exchange, content, size))
        return VIA_NO_MEMORY;
    wake_writer(exchange, true);
    return VIA_OK;
}

void wss_end(struct wss_exchange *exchange)
{
    assert(exchange->streams && !exchange->answered);
    exchange->answered = true;
    if (exchange->connection != NULL)
        wake_writer(exchange, true);
}

void wss_exchange_set_user(struct wss_exchange *exchange, void *user)
{
    exchange->user = user;
}

void *wss_exchange_user(const struct wss_exchange *exchange)
{
    return exchange->user;
}

/* ---- the end of a connection ---- */

void wss_http_tell_orphan(struct wss_exchange *exchange)
{
    if (exchange->next != NULL)
        exchange->next->previousp = exchange->previousp;
    *exchange->previousp = exchange->next;
    if (!exchange->answered)
        exchange->ops->aborted(exchange->ops_user, exchange);
    free_exchange(exchange);
}

static void orphan_run(struct loop_task *task)
{
    wss_http_tell_orphan(
        (struct wss_exchange *)((char *)task - offsetof(struct wss_exchange, task)));
}

void wss_http_abort(struct wss_connection *connection)
{
    struct wss_exchange *exchange = connection->exchange;
    connection->exchange = NULL;
    if (exchange == NULL)
        return;
    exchange->connection = NULL;
    if (!exchange->told || exchange->answered) {
        free_exchange(exchange);
        return;
    }
    exchange->task.run = orphan_run;
    exchange->previousp = exchange->orphans;
    exchange->next = *exchange->orphans;
    if (exchange->next != NULL)
        exchange->next->previousp = &exchange->next;
    *exchange->orphans = exchange;
    loop_defer(exchange->loop, &exchange->task);
}
