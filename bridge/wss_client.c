/*
 * The way of a client's link from a URL to an open WebSocket: addresses (resolve), TCP to one after
 * the other, TLS, the judgement of the server's certificate, the upgrade. libwebsockets does TCP,
 * TLS and upgrade; it is told to let any certificate pass, and we judge it (tls_verify) in the one
 * place between TLS and the first octet of the request, so that no server sees our token before we
 * have seen who it is.
 *
 * Each client has a libwebsockets vhost of its own, because certificate and key belong to one. All
 * of it goes with the link.
 */
#include "bridge/wss_client.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "bridge/outbox.h"
#include "bridge/resolve.h"
#include "codecs/base64.h"

#define HOST_MAX 256u
#define PATH_MAX_SIZE 256u

struct wss_client {
    struct wss_link *link;
    struct wss_engine *engine; /* borrowed */
    struct loop_task task;     /* the next address */
    struct loop_timer timer;   /* its time is over, or that of one address */
    uint64_t until_ms;         /* when all of it is */
    uint32_t connect_ms;       /* and how long that was */
    struct resolve *resolve;   /* owned */
    struct resolved found;
    size_t n_tried;
    struct lws_vhost *vhost; /* libwebsockets', destroyed by us */
    struct lws *wsi;
    struct tls_trust *trust; /* owned; NULL once it has judged */
    char *token, *pin;       /* owned, may be NULL */
    char *subprotocol;       /* owned */
    size_t greeting_size;    /* octets of the outbox that went with the request */
    char *cert, *key;        /* owned, may be NULL */
    char host[HOST_MAX];     /* without brackets */
    char path[PATH_MAX_SIZE];
    bool host_is_address;
    uint16_t port;
};

static struct wss_client *of_task(struct loop_task *task)
{
    return (struct wss_client *)((char *)task - offsetof(struct wss_client, task));
}

static struct wss_client *of_timer(struct loop_timer *timer)
{
    return (struct wss_client *)((char *)timer - offsetof(struct wss_client, timer));
}

static void give_up(struct wss_client *client, enum via_status why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void give_up(struct wss_client *client, enum via_status why, const char *format, ...)
{
    char detail[600];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(detail, sizeof detail, format, values);
    va_end(values);
    client->resolve = resolve_destroy(client->resolve);
    loop_disarm(client->engine->loop, &client->timer);
    wss_link_gone(client->link, why, detail);
}

/* ---- the URL ---- */

static bool parse_port(const char *text, size_t size, uint16_t *portp)
{
    unsigned long port = 0;
    if (size == 0 || size > 5)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (unsigned long)(text[i] - '0');
    }
    if (port == 0 || port > UINT16_MAX)
        return false;
    *portp = (uint16_t)port;
    return true;
}

static bool take_part(char *to, size_t to_size, const char *from, size_t size)
{
    if (size == 0 || size >= to_size)
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)from[i] <= ' ' || (unsigned char)from[i] >= 0x7f)
            return false;
    memcpy(to, from, size);
    to[size] = '\0';
    return true;
}

/* wss://host[:port][/path], the host perhaps an IPv6 address in brackets. */
static bool parse_url(struct wss_client *client, const char *url)
{
    if (strncmp(url, "wss://", 6) != 0)
        return false;
    const char *at = url + 6;
    bool bracketed = *at == '[';
    if (bracketed)
        at++;
    size_t size = strcspn(at, bracketed ? "]" : ":/");
    if (!take_part(client->host, sizeof client->host, at, size))
        return false;
    at += size;
    if (bracketed && *at++ != ']')
        return false;
    client->port = 443;
    if (*at == ':') {
        at++;
        size = strcspn(at, "/");
        if (!parse_port(at, size, &client->port))
            return false;
        at += size;
    }
    if (*at != '\0' && *at != '/')
        return false;
    if (*at == '\0')
        at = "/";
    unsigned char address[16];
    client->host_is_address = inet_pton(AF_INET, client->host, address) == 1 ||
                              inet_pton(AF_INET6, client->host, address) == 1;
    return take_part(client->path, sizeof client->path, at, strlen(at));
}

/* ---- connecting ---- */

static int client_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                           size_t size);

static bool make_vhost(struct wss_client *client)
{
    static const struct lws_protocols protocols[] = {
        {.name = "viaduct-client",
         .callback = client_callback,
         .rx_buffer_size = WSS_CLIENT_READ_SIZE,
         .tx_packet_size = WSS_WRITE_SIZE},
        LWS_PROTOCOL_LIST_TERM,
    };
    char name[32];
    (void)snprintf(name, sizeof name, "%p", (void *)client);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .vhost_name = name,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
        .client_ssl_cert_filepath = client->cert,
        /* It takes no certificate of ours without some authority beside it. What that one is does
         * not matter: it judges nothing here. */
        .client_ssl_ca_filepath = client->cert,
        .client_ssl_private_key_filepath = client->key,
        .client_ssl_cipher_list = WSS_CIPHERS_1_2,
        .client_tls_1_3_plus_cipher_list = WSS_CIPHERS_1_3,
        .ssl_client_options_set = WSS_TLS_OPTIONS,
        .connect_timeout_secs = WSS_CONNECT_MS / 1000,
    };
    client->vhost = lws_create_vhost(client->engine->lws, &info);
    return client->vhost != NULL;
}

/* Each address has its share of the time that is left: a black hole in front takes not all of it.
 */
static void share_time(struct wss_client *client)
{
    uint64_t now = loop_now();
    uint64_t left = client->until_ms > now ? client->until_ms - now : 0;
    size_t n = client->found.n_addresses - client->n_tried;
    /* Armed since it set out, so there is room for it. */
    if (loop_arm(client->engine->loop, &client->timer, now + left / n) != VIA_OK)
        log_error("link.unwatched", "peer=%s cause=\"no memory for a timer\"", client->host);
}

static void connect_next(struct wss_client *client)
{
    share_time(client);
    const char *address = client->found.addresses[client->n_tried++];
    char authority[HOST_MAX + 16];
    (void)snprintf(authority, sizeof authority,
                   strchr(client->host, ':') != NULL ? "[%s]:%u" : "%s:%u", client->host,
                   (unsigned)client->port);
    struct lws_client_connect_info info = {
        .context = client->engine->lws,
        .vhost = client->vhost,
        .address = address,
        .port = client->port,
        .path = client->path,
        .host = authority,
        .protocol = client->subprotocol,
        .local_protocol_name = "viaduct-client",
        .alpn = "http/1.1",
        .opaque_user_data = client,
        .pwsi = &client->wsi,
        /* Everything is judged by tls_verify. A name is told to the server (SNI), for which
         * libwebsockets has to be left its check of it; an address must not be. */
        .ssl_connection = LCCSCF_USE_SSL | WSS_TRUST_ANYONE | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
    };
    if (client->host_is_address)
        info.ssl_connection |= LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
    if (lws_client_connect_via_info(&info) == NULL)
        client->wsi = NULL;
    wss_link_set_wsi(client->link, client->wsi);
    wss_engine_touch(client->engine);
}

static void found_addresses(void *user, const struct resolved *found)
{
    struct wss_client *client = user;
    client->found = *found;
    client->resolve = resolve_destroy(client->resolve);
    if (client->found.n_addresses > 0)
        connect_next(client);
    else
        give_up(client, VIA_NOT_CONNECTED, "no address for %s: %s", client->host,
                client->found.fault);
}

static void client_run(struct loop_task *task)
{
    connect_next(of_task(task));
}

static void client_fired(struct loop_timer *timer)
{
    struct wss_client *client = of_timer(timer);
    loop_undefer(client->engine->loop, &client->task); /* the next address is tried here */
    if (client->wsi != NULL) {
        lws_set_opaque_user_data(client->wsi, NULL);
        lws_set_timeout(client->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
        wss_engine_touch(client->engine);
        client->wsi = NULL;
        wss_link_set_wsi(client->link, NULL);
    }
    if (loop_now() < client->until_ms && client->n_tried < client->found.n_addresses)
        connect_next(client);
    else
        give_up(client, VIA_NOT_CONNECTED, "%s:%u did not answer within %u ms", client->host,
                (unsigned)client->port, (unsigned)client->connect_ms);
}

/* ---- what libwebsockets says ---- */

/* What waits to be written goes with the request, if it is little: a round trip less. */
static int add_greeting(struct wss_client *client, struct lws *wsi, uint8_t **atp, uint8_t *end)
{
    struct outbox *outbox = wss_link_base(client->link)->outbox;
    const struct outbox_block *head = outbox != NULL ? outbox_head(outbox) : NULL;
    client->greeting_size = 0;
    if (head == NULL || head->size - head->done > WSS_GREETING_MAX ||
        wss_is_text(client->subprotocol))
        return 0;
    uint8_t text[(WSS_GREETING_MAX + 2) / 3 * 4];
    size_t size = head->size - head->done;
    base64_encode(head->octets + head->done, size, text);
    client->greeting_size = size;
    return lws_add_http_header_by_name(wsi, (const unsigned char *)WSS_GREETING_HEADER, text,
                                       (int)base64_size(size), atp, end);
}

/* The answer has come. What was not taken is written as always. */
static void read_answer(struct wss_client *client, struct lws *wsi)
{
    static const char name[] = WSS_GREETING_HEADER;
    char word[sizeof WSS_GREETING_TAKEN];
    if (client->greeting_size > 0 &&
        lws_hdr_custom_copy(wsi, word, (int)sizeof word, name, sizeof name - 1) > 0 &&
        strcmp(word, WSS_GREETING_TAKEN) == 0)
        outbox_wrote(wss_link_base(client->link)->outbox, client->greeting_size);
}

/* Between TLS and the first octet of the request. */
static int judge_server(struct wss_client *client, struct lws *wsi, uint8_t **atp, uint8_t *end)
{
    struct tls_verdict verdict;
    wss_judge_peer(wsi, client->trust, TLS_SERVER, client->host, client->pin, &verdict);
    client->trust = tls_trust_destroy(client->trust);
    if (verdict.status != VIA_OK) {
        /* A server without a certificate is as bad as one with a bad one. */
        wss_link_blame(client->link,
                       verdict.status == VIA_DENIED ? VIA_BAD_CERTIFICATE : verdict.status,
                       verdict.fault);
        return -1;
    }
    if (add_greeting(client, wsi, atp, end) != 0)
        return -1;
    if (client->token == NULL)
        return 0;
    char bearer[WSS_TOKEN_MAX + 8];
    int size = snprintf(bearer, sizeof bearer, "Bearer %s", client->token);
    return lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_AUTHORIZATION,
                                        (const unsigned char *)bearer, size, atp, end);
}

/* The server refused the upgrade: with words of a gateway's, or just a number. */
static bool explain_refusal(struct wss_client *client, struct lws *wsi)
{
    unsigned code = lws_http_client_http_response(wsi);
    if (code == 0 || code == 101)
        return false;
    char words[500] = "";
    int size = lws_hdr_custom_length(wsi, WSS_REFUSED_HEADER, sizeof WSS_REFUSED_HEADER - 1);
    if (size > 0 && (size_t)size < sizeof words)
        (void)lws_hdr_custom_copy(wsi, words, (int)sizeof words, WSS_REFUSED_HEADER,
                                  sizeof WSS_REFUSED_HEADER - 1);
    enum via_status why = wss_status_from_http(code);
    char *text = words;
    unsigned long number = strtoul(words, &text, 10);
    if (text != words && *text == ' ' && number > VIA_OK && number <= VIA_BAD_CERTIFICATE) {
        why = (enum via_status)number;
        text++;
    }
    char detail[600];
    (void)snprintf(detail, sizeof detail, "%s:%u refused: %s (HTTP %u)", client->host,
                   (unsigned)client->port, *text != '\0' ? text : "without words", code);
    wss_link_blame(client->link, why, detail);
    return true;
}

static void explain_failure(struct wss_client *client, const char *words)
{
    static const char prefix[] = "conn fail: ", verdict[] = "server certificate refused";
    char reason[128], detail[600];
    /* libwebsockets knows no authority and refuses nobody: this was cut off before we judged. */
    if (strncmp(words, verdict, sizeof verdict - 1) == 0)
        words = "the connection ended during the TLS handshake";
    if (strncmp(words, prefix, sizeof prefix - 1) == 0)
        words = strerror_r((int)strtol(words + sizeof prefix - 1, NULL, 10), reason, sizeof reason);
    (void)snprintf(detail, sizeof detail, "%s:%u: %s", client->host, (unsigned)client->port, words);
    wss_link_blame(client->link, VIA_NOT_CONNECTED, detail);
}

static void connection_failed(struct wss_client *client, struct lws *wsi, const char *words)
{
    bool before_tls =
        strncmp(words, "conn fail", 9) == 0 || strcmp(words, "Unable to connect") == 0;
    lws_set_opaque_user_data(wsi, NULL);
    client->wsi = NULL;
    wss_link_set_wsi(client->link, NULL);
    if (before_tls && client->n_tried < client->found.n_addresses) {
        loop_defer(client->engine->loop, &client->task);
        return;
    }
    if (!explain_refusal(client, wsi))
        explain_failure(client, words);
    give_up(client, VIA_NOT_CONNECTED, "%s", words);
}

static int client_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                           size_t size)
{
    struct wss_client *client = lws_get_opaque_user_data(wsi);
    (void)user;
    if (client == NULL)
        return reason == LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER ? -1 : 0;
    switch ((int)reason) {
    case LWS_CALLBACK_CONNECTING:
        wss_set_socket((int)(intptr_t)in, client->engine->silence_ms);
        return 0;
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return judge_server(client, wsi, in, *(uint8_t **)in + size);
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
        read_answer(client, wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        loop_disarm(client->engine->loop, &client->timer);
        wss_link_set_wsi(client->link, wsi);
        wss_link_established(client->link);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        connection_failed(client, wsi, in != NULL ? in : "the connection was closed");
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        client->wsi = NULL;
        return wss_link_handle(client->link, reason, in, size);
    default:
        return wss_link_handle(client->link, reason, in, size);
    }
}

/* ---- beginning and end ---- */

static void free_client(void *user)
{
    struct wss_client *client = user;
    loop_undefer(client->engine->loop, &client->task);
    loop_disarm(client->engine->loop, &client->timer);
    resolve_destroy(client->resolve);
    if (client->wsi != NULL)
        lws_set_opaque_user_data(client->wsi, NULL);
    if (client->vhost != NULL) {
        lws_vhost_destroy(client->vhost);
        wss_engine_touch(client->engine);
    }
    tls_trust_destroy(client->trust);
    free(client->token);
    free(client->pin);
    free(client->subprotocol);
    free(client->cert);
    free(client->key);
    free(client);
}

static bool copy_text(char **top, const char *from)
{
    if (from == NULL)
        return true;
    *top = strdup(from);
    return *top != NULL;
}

static bool copy_texts(struct wss_client *client, const struct wss_identity *identity,
                       const char *token, const char *subprotocol)
{
    return copy_text(&client->token, token) && copy_text(&client->pin, identity->pin) &&
           copy_text(&client->subprotocol, subprotocol) &&
           copy_text(&client->cert, identity->cert) && copy_text(&client->key, identity->key);
}

/* What can go wrong from here on is told by the closed event, with its words. */
static void set_out(struct wss_client *client, const struct wss_identity *identity)
{
    char words[300] = "";
    enum via_status status =
        tls_trust_create(&client->trust, identity->ca, identity->crl, words, sizeof words);
    if (status == VIA_OK && identity->cert != NULL)
        status = tls_check_identity(identity->cert, identity->key, TLS_CLIENT, words, sizeof words);
    if (status != VIA_OK) {
        give_up(client, status, "%s", words);
        return;
    }
    if (!make_vhost(client)) {
        give_up(client, VIA_BAD_CERTIFICATE, "TLS cannot use certificate %s with key %s",
                client->cert != NULL ? client->cert : "(none)",
                client->key != NULL ? client->key : "(none)");
        return;
    }
    struct loop *loop = client->engine->loop;
    client->connect_ms = client->engine->connect_ms;
    client->until_ms = loop_now() + client->connect_ms;
    status = loop_arm(loop, &client->timer, client->until_ms);
    if (status == VIA_OK)
        status = resolve_start(&client->resolve, loop, client->host, found_addresses, client);
    if (status != VIA_OK)
        give_up(client, status, "cannot look up %s", client->host);
}

enum via_status wss_client_connect(struct link **linkp, struct wss_engine *engine, const char *url,
                                   const struct wss_identity *identity, const char *token,
                                   const char *subprotocol, struct outbox *outbox,
                                   const struct link_events *events, void *user)
{
    if (token != NULL && strlen(token) > WSS_TOKEN_MAX) {
        log_warn("link.refused", "peer=%s cause=\"a token over %u octets\"", url, WSS_TOKEN_MAX);
        return VIA_INVALID;
    }
    struct wss_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return VIA_NO_MEMORY;
    client->engine = engine;
    client->task.run = client_run;
    client->timer.fired = client_fired;
    enum via_status status = VIA_NO_MEMORY;
    if (!parse_url(client, url)) {
        log_warn("link.refused", "peer=%s cause=\"not of the form wss://host:port/\"", url);
        status = VIA_INVALID;
    } else if (copy_texts(client, identity, token, subprotocol)) {
        status =
            wss_link_prepare(&client->link, engine, wss_is_text(subprotocol), LINK_BACKLOG_MAX);
    }
    if (status != VIA_OK) {
        free_client(client);
        return status;
    }
    wss_link_on_destroy(client->link, free_client, client);
    struct link *link = wss_link_base(client->link);
    link->outbox = outbox;
    link->events = events;
    link->user = user;
    wss_link_start(client->link);
    *linkp = link;
    set_out(client, identity);
    return VIA_OK;
}
