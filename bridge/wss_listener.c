/*
 * Takes connections, lets libwebsockets do TLS and HTTP on them, and knows who calls before
 * anything of a request is acted upon: the certificate that TLS carried is judged when the headers
 * of the first request are there (tls_verify), again when it expires, and when the owner asks.
 *
 * The listening socket is ours, so that handshakes are counted from accept on, and refused before
 * TLS has cost anything where there are too many: at random at first, for the kernel's queue, which
 * is the other choice, is soon full of those who never end theirs. A handshake, TLS and the
 * request's headers, has handshake_ms. A new certificate is a new entrance (bridge/wss_entrance.h),
 * through which come those who connect from then on; the others stay where they are.
 */
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"
#include "bridge/wss_connection.h"
#include "bridge/wss_entrance.h"
#include "codecs/base64.h"

#define BACKLOG 1024         /* connections that wait for accept; the kernel has a bound as well */
#define ACCEPTS_MAX 16       /* in one turn */
#define SUBPROTOCOLS_MAX 8   /* a listener's */
#define OFFER_MAX 120        /* octets of the subprotocols a client offers: libwebsockets' bound */
#define JUDGED_AT_ONCE 8u    /* connections in one turn: each costs a millisecond or two */
#define EXPIRY_LOOK_MS 60000 /* the longest between looks at the clock */
#define TELL_MS 1000u        /* between two words about refused connections */
#define REST_MS 100u         /* after accept failed for want of descriptors */

/* What of struct wss_listen is for each connection that comes. */
struct bounds {
    size_t message_max;
    struct wss_startups handshakes;
    unsigned handshake_ms;
    uint32_t silence_ms;
};

struct wss_listener {
    struct loop *loop;                        /* borrowed */
    struct wss_entrance *entrance;            /* owned: who connects now comes through it */
    struct wss_entrance *prepared;            /* owned: the next one; or NULL */
    struct wss_entrance *retired;             /* owned: while they have connections */
    struct loop_source source;                /* its fd is owned */
    struct loop_timer rest;                   /* until accept is tried again */
    struct tls_trust *trust, *prepared_trust; /* owned */
    struct lws_protocols protocols[SUBPROTOCOLS_MAX + 2];
    char *subprotocols[SUBPROTOCOLS_MAX + 1]; /* owned; NULL behind the last */
    const struct wss_listener_ops *ops;       /* borrowed */
    void *user;                               /* borrowed */
    struct wss_connection *first;             /* owned, until libwebsockets drops them */
    struct wss_connection *judging;           /* the next to be judged again; or NULL */
    struct loop_timer again;                  /* until it is */
    struct loop_timer expiry;                 /* until the first certificate ends */
    bool judging_all;                         /* not only those whose certificate has ended */
    struct wss_exchange *orphans;             /* owned */
    unsigned n_shaking;
    unsigned n_refused;      /* that the owner has not been told of */
    struct loop_timer tells; /* until it may be told again */
    char refused[64];        /* the last one's address */
    struct bounds bounds, prepared_bounds;
    bool resting, pausing;
};

const struct wss_listener_ops *wss_connection_ops(const struct wss_connection *connection)
{
    return connection->listener->ops;
}

void *wss_connection_user(const struct wss_connection *connection)
{
    return connection->listener->user;
}

size_t wss_connection_message_max(const struct wss_connection *connection)
{
    return connection->listener->bounds.message_max;
}

struct wss_exchange **wss_connection_orphans(const struct wss_connection *connection)
{
    return &connection->listener->orphans;
}

struct wss_engine *wss_connection_engine(const struct wss_connection *connection)
{
    return &connection->entrance->engine;
}

/* ---- accepting ---- */

static void watch(struct wss_listener *listener)
{
    if (listener->source.fd < 0)
        return; /* it is being destroyed */
    bool wanted = !listener->resting && !listener->pausing;
    if (loop_change(listener->loop, &listener->source, wanted ? EPOLLIN : 0) != VIA_OK)
        log_error("listener.stuck", "cause=\"epoll refused a change\"");
}

static void handshake_over(struct wss_connection *connection)
{
    if (!connection->shaking)
        return;
    connection->shaking = false;
    loop_disarm(connection->listener->loop, &connection->timer);
    connection->listener->n_shaking--;
    if (connection->wsi != NULL)
        wss_engine_hurry(&connection->entrance->engine, connection->wsi);
}

static void handshake_late(struct loop_timer *timer)
{
    struct wss_connection *connection =
        (struct wss_connection *)((char *)timer - offsetof(struct wss_connection, timer));
    log_info("link.refused", "peer=%s cause=\"no handshake within handshake_ms=%u\"",
             connection->address, connection->listener->bounds.handshake_ms);
    handshake_over(connection);
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    wss_engine_touch(&connection->entrance->engine);
}

static void free_connection(struct wss_connection *connection)
{
    struct wss_listener *listener = connection->listener;
    handshake_over(connection);
    loop_undefer(listener->loop, &connection->task);
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        listener->first = connection->next;
    if (listener->judging == connection)
        listener->judging = connection->next;
    wss_engine_let_go(&connection->entrance->engine);
    free(connection->origin);
    free(connection->greeting);
    free(connection);
}

static void write_address(const struct sockaddr_storage *address, socklen_t size, char *text,
                          size_t text_size)
{
    char host[48], port[8];
    if (getnameinfo((const struct sockaddr *)address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        (void)snprintf(text, text_size, "unknown");
    else
        (void)snprintf(text, text_size, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host,
                       port);
}

static void connection_run(struct loop_task *task);

/* Takes @fd. */
static void adopt(struct wss_listener *listener, int fd, const struct sockaddr_storage *address,
                  socklen_t size)
{
    struct wss_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        (void)close(fd);
        return;
    }
    connection->listener = listener;
    connection->entrance = listener->entrance;
    wss_engine_hold(&connection->entrance->engine);
    connection->task.run = connection_run;
    connection->timer.fired = handshake_late;
    write_address(address, size, connection->address, sizeof connection->address);
    connection->next = listener->first;
    if (listener->first != NULL)
        listener->first->previous = connection;
    listener->first = connection;
    if (loop_arm(listener->loop, &connection->timer, loop_now() + listener->bounds.handshake_ms) !=
        VIA_OK) {
        (void)close(fd);
        free_connection(connection);
        return;
    }
    connection->shaking = true;
    listener->n_shaking++;
    wss_set_socket(fd, listener->bounds.silence_ms);
    connection->adopting = true;
    lws_adopt_desc_t info = {.vh = connection->entrance->vhost,
                             .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
                             .fd.sockfd = fd,
                             .opaque = connection};
    connection->wsi = lws_adopt_descriptor_vhost_via_info(&info); /* takes fd in any case */
    connection->adopting = false;
    if (connection->wsi == NULL)
        free_connection(connection);
}

static void rest(struct wss_listener *listener, int number)
{
    log_warn("listener.rests", "cause=\"accept: errno %d\" rest_ms=%u", number, REST_MS);
    listener->resting = loop_arm(listener->loop, &listener->rest, loop_now() + REST_MS) == VIA_OK;
    watch(listener);
}

static void rested(struct loop_timer *timer)
{
    struct wss_listener *listener =
        (struct wss_listener *)((char *)timer - offsetof(struct wss_listener, rest));
    listener->resting = false;
    watch(listener);
}

/* ---- refusing ---- */

static void tell_refused(struct wss_listener *listener)
{
    char words[160];
    const struct wss_startups *handshakes = &listener->bounds.handshakes;
    unsigned n = listener->n_refused;
    listener->n_refused = 0;
    (void)snprintf(words, sizeof words,
                   "%u refused: max_handshakes = %u:%u:%u, and %u were under way", n,
                   handshakes->start, handshakes->rate, handshakes->full, listener->n_shaking);
    log_info("listener.crowded", "peer=%s cause=\"%s\"", listener->refused, words);
    if (listener->ops->crowded != NULL)
        listener->ops->crowded(listener->user, n, listener->refused, words);
    if (loop_arm(listener->loop, &listener->tells, loop_now() + TELL_MS) != VIA_OK)
        log_warn("listener.crowded", "cause=\"no memory for a timer\"");
}

static void tell_more(struct loop_timer *timer)
{
    struct wss_listener *listener =
        (struct wss_listener *)((char *)timer - offsetof(struct wss_listener, tells));
    if (listener->n_refused > 0)
        tell_refused(listener);
}

/* Takes @fd: an end without a word, which costs next to nothing and leaves nothing behind. */
static void refuse(struct wss_listener *listener, int fd, const struct sockaddr_storage *address,
                   socklen_t size)
{
    const struct linger at_once = {.l_onoff = 1};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(fd);
    listener->n_refused++;
    write_address(address, size, listener->refused, sizeof listener->refused);
    if (listener->tells.place == 0)
        tell_refused(listener);
}

/* At random, so that who floods does not keep out those who do not. */
static bool is_crowded(const struct wss_listener *listener)
{
    const struct wss_startups *handshakes = &listener->bounds.handshakes;
    unsigned n = listener->n_shaking;
    if (n < handshakes->start)
        return false;
    if (n >= handshakes->full)
        return true;
    uint32_t random = 0;
    (void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
    unsigned chance = handshakes->rate + (100 - handshakes->rate) * (n - handshakes->start) /
                                             (handshakes->full - handshakes->start);
    return random % 100 < chance;
}

static void listener_ready(struct loop_source *source, uint32_t events)
{
    struct wss_listener *listener =
        (struct wss_listener *)((char *)source - offsetof(struct wss_listener, source));
    (void)events;
    for (int i = 0; i < ACCEPTS_MAX && !listener->pausing; i++) {
        struct sockaddr_storage address;
        socklen_t size = sizeof address;
        int fd =
            accept4(source->fd, (struct sockaddr *)&address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            if (is_crowded(listener))
                refuse(listener, fd, &address, size);
            else
                adopt(listener, fd, &address, size);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            rest(listener, errno);
        if (errno != ECONNABORTED && errno != EINTR)
            break;
    }
    watch(listener);
    wss_engine_touch(&listener->entrance->engine);
}

/* ---- upgrades ---- */

static void expect_expiry(struct wss_listener *listener, int64_t expires);

static void judge_now(struct wss_connection *connection)
{
    wss_judge_peer(connection->wsi, connection->listener->trust, TLS_CLIENT, NULL, NULL,
                   &connection->verdict);
    bool known = connection->verdict.status == VIA_OK;
    connection->caller = (struct wss_caller){
        .status = connection->verdict.status,
        .identity = known ? connection->verdict.identity : "",
        .fault = connection->verdict.fault,
        .address = connection->address,
        .serial = connection->verdict.serial,
        .expires = connection->verdict.expires,
    };
    if (known)
        expect_expiry(connection->listener, connection->verdict.expires);
}

/* Who calls: judged once, before the first request is acted upon. */
static void judge(struct wss_connection *connection)
{
    if (connection->judged)
        return;
    connection->judged = true;
    handshake_over(connection);
    judge_now(connection);
}

/* The first subprotocol offered that is ours; NULL if none is. */
static const char *choose_subprotocol(const struct wss_listener *listener, char *offer)
{
    char *rest_of_it = NULL;
    for (char *name = strtok_r(offer, ", \t", &rest_of_it); name != NULL;
         name = strtok_r(NULL, ", \t", &rest_of_it))
        for (size_t i = 0; listener->subprotocols[i] != NULL; i++)
            if (strcmp(name, listener->subprotocols[i]) == 0)
                return listener->subprotocols[i];
    return NULL;
}

static int refuse_subprotocol(struct wss_connection *connection)
{
    char words[300] = "none of the subprotocols offered is spoken here; spoken are";
    for (size_t i = 0; connection->listener->subprotocols[i] != NULL; i++) {
        size_t n = strlen(words);
        (void)snprintf(words + n, sizeof words - n, "%s %s", i == 0 ? "" : ",",
                       connection->listener->subprotocols[i]);
    }
    return wss_http_refuse(connection, 400, VIA_BAD_SUBPROTOCOL, words);
}

static unsigned http_of_refusal(const struct wss_connection *connection, enum via_status status)
{
    switch ((int)status) {
    case VIA_BUSY:
    case VIA_NO_MEMORY:
        return 503;
    case VIA_DENIED:
        return connection->caller.status == VIA_OK ? 403 : 401;
    case VIA_BAD_CERTIFICATE:
        return 403;
    default:
        return 400;
    }
}

/* Octets that come with the upgrade. What is no base64, too much, or on a link of text, is left
 * where it is: the answer does not say that it was taken. False: out of memory. */
static bool take_greeting(struct wss_connection *connection)
{
    static const char name[] = WSS_GREETING_HEADER;
    char text[(WSS_GREETING_MAX + 2) / 3 * 4 + 1];
    uint8_t octets[WSS_GREETING_MAX + 2];
    size_t size;
    int n = lws_hdr_custom_length(connection->wsi, name, sizeof name - 1);
    if (n <= 0 || (size_t)n >= sizeof text || wss_is_text(connection->subprotocol) ||
        lws_hdr_custom_copy(connection->wsi, text, (int)sizeof text, name, sizeof name - 1) != n ||
        !base64_decode(text, (size_t)n, octets, &size))
        return true;
    connection->greeting = malloc(size);
    if (connection->greeting == NULL)
        return false;
    memcpy(connection->greeting, octets, size);
    connection->greeting_size = size;
    return true;
}

/* The answer to an upgrade is being written. */
static int answer_greeting(const struct wss_connection *connection,
                           struct lws_process_html_args *answer)
{
    if (connection->greeting == NULL)
        return 0;
    int n = snprintf(answer->p, (size_t)answer->max_len, "%s %s\r\n", WSS_GREETING_HEADER,
                     WSS_GREETING_TAKEN);
    if (n < 0 || n >= answer->max_len)
        return -1;
    answer->p += n;
    return 0;
}

/* The headers of an upgrade are there. 0 lets it in. */
static int confirm_upgrade(struct wss_connection *connection, const char *to)
{
    struct wss_listener *listener = connection->listener;
    judge(connection);
    if (to == NULL || strcasecmp(to, "websocket") != 0)
        return wss_http_refuse(connection, 400, VIA_UNSUPPORTED,
                               "the only upgrade there is is to websocket");
    char offer[OFFER_MAX], origin[256], words[400] = "";
    if (!wss_http_header(connection->wsi, WSI_TOKEN_PROTOCOL, offer, sizeof offer))
        return refuse_subprotocol(connection);
    connection->subprotocol = choose_subprotocol(listener, offer);
    if (connection->subprotocol == NULL)
        return refuse_subprotocol(connection);
    if (!wss_http_header(connection->wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin))
        return wss_http_refuse(connection, 400, VIA_TOO_LARGE, "the Origin header is too long");
    if (*origin != '\0' && (connection->origin = strdup(origin)) == NULL)
        return wss_http_refuse(connection, 503, VIA_NO_MEMORY, "out of memory");
    enum via_status status = listener->ops->admit(
        listener->user, &connection->caller, connection->subprotocol, origin, words, sizeof words);
    if (status == VIA_OK && take_greeting(connection))
        return 0;
    if (status == VIA_OK)
        return wss_http_refuse(connection, 503, VIA_NO_MEMORY, "out of memory");
    log_info("link.refused", "peer=%s identity=%s cause=\"%s\"", connection->address,
             connection->caller.identity, words);
    return wss_http_refuse(connection, http_of_refusal(connection, status), status, words);
}

static void link_destroyed(void *user)
{
    struct wss_connection *connection = user;
    connection->link = NULL;
}

static int established(struct wss_connection *connection)
{
    if (wss_link_create(&connection->link, &connection->entrance->engine, connection->wsi,
                        wss_is_text(connection->subprotocol),
                        connection->listener->bounds.message_max) != VIA_OK)
        return -1;
    wss_link_on_destroy(connection->link, link_destroyed, connection);
    loop_defer(connection->listener->loop, &connection->task);
    if (connection->greeting == NULL)
        return 0;
    bool taken =
        wss_link_take_greeting(connection->link, connection->greeting, connection->greeting_size);
    free(connection->greeting);
    connection->greeting = NULL;
    return taken ? 0 : -1;
}

/* Runs after libwebsockets has returned. */
static void connection_run(struct loop_task *task)
{
    struct wss_connection *connection =
        (struct wss_connection *)((char *)task - offsetof(struct wss_connection, task));
    struct wss_listener *listener = connection->listener;
    if (connection->exchange != NULL) {
        wss_http_run(connection);
        return;
    }
    if (connection->link == NULL)
        return;
    struct wss_link *self = connection->link;
    struct link *link = wss_link_base(self);
    enum via_status status = connection->caller.status; /* it may have been judged again */
    if (status == VIA_OK)
        status = listener->ops->accepted(listener->user, link, &connection->caller,
                                         connection->subprotocol);
    if (status == VIA_OK) {
        assert(link->outbox != NULL && link->events != NULL);
        wss_link_start(self);
    } else {
        link_destroy(link);
    }
}

/* ---- what libwebsockets says ---- */

static void connection_gone(struct wss_connection *connection)
{
    if (connection->link != NULL) {
        wss_link_on_destroy(connection->link, NULL, NULL);
        if (wss_link_is_started(connection->link))
            (void)wss_link_handle(connection->link, LWS_CALLBACK_WSI_DESTROY, NULL, 0);
        else
            wss_link_drop(connection->link); /* nobody has heard of it */
        connection->link = NULL;
    }
    wss_http_abort(connection);
    connection->wsi = NULL;
    if (connection->adopting)
        return; /* adopt() frees it */
    free_connection(connection);
}

static int listener_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                             void *in, size_t size)
{
    struct wss_connection *connection = lws_get_opaque_user_data(wsi);
    (void)user;
    if (connection == NULL)
        return 0;
    connection->wsi = wsi;
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return confirm_upgrade(connection, in);
    case LWS_CALLBACK_ADD_HEADERS:
        return answer_greeting(connection, in);
    case LWS_CALLBACK_ESTABLISHED:
        return established(connection);
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        connection_gone(connection);
        return 0;
    case LWS_CALLBACK_HTTP:
        judge(connection);
        return wss_http_handle(connection, reason, in, size);
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_CLOSED_HTTP:
        return wss_http_handle(connection, reason, in, size);
    default:
        return connection->link != NULL ? wss_link_handle(connection->link, reason, in, size) : 0;
    }
}

/* ---- beginning and end ---- */

static enum via_status open_socket(struct wss_listener *listener, const char *host, uint16_t port,
                                   char *words, size_t words_size)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char service[8];
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    int result = getaddrinfo(host, service, &hints, &found);
    if (result != 0) {
        (void)snprintf(words, words_size, "%s", gai_strerror(result));
        return VIA_INVALID;
    }
    int one = 1;
    listener->source.fd =
        socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    enum via_status status = VIA_OK;
    if (listener->source.fd < 0 ||
        setsockopt(listener->source.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        bind(listener->source.fd, found->ai_addr, found->ai_addrlen) < 0 ||
        listen(listener->source.fd, BACKLOG) < 0) {
        int number = errno;
        (void)snprintf(words, words_size, "%s", strerror(number));
        status = status_from_errno("wss_listener: listen", number);
    }
    freeaddrinfo(found);
    return status;
}

static enum via_status ask_port(int fd, uint16_t *portp)
{
    struct sockaddr_storage bound;
    memset(&bound, 0, sizeof bound);
    socklen_t size = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &size) < 0)
        return status_from_errno("wss_listener: getsockname", errno);
    if (bound.ss_family == AF_INET6)
        *portp = ntohs(((const struct sockaddr_in6 *)(const void *)&bound)->sin6_port);
    else if (bound.ss_family == AF_INET)
        *portp = ntohs(((const struct sockaddr_in *)(const void *)&bound)->sin_port);
    else
        return VIA_INVALID;
    return VIA_OK;
}

static struct lws_protocols make_protocol(const char *name)
{
    return (struct lws_protocols){.name = name,
                                  .callback = listener_callback,
                                  .rx_buffer_size = WSS_SERVER_BUFFER_SIZE,
                                  .tx_packet_size = WSS_WRITE_SIZE};
}

static enum via_status take_subprotocols(struct wss_listener *listener, const char *const *names)
{
    listener->protocols[0] = make_protocol("http");
    for (size_t i = 0; names[i] != NULL; i++) {
        if (i == SUBPROTOCOLS_MAX)
            return VIA_INVALID;
        listener->subprotocols[i] = strdup(names[i]);
        if (listener->subprotocols[i] == NULL)
            return VIA_NO_MEMORY;
        listener->protocols[i + 1] = make_protocol(listener->subprotocols[i]);
    }
    return VIA_OK;
}

/* ---- new certificates ---- */

void wss_listener_abandon(struct wss_listener *listener)
{
    listener->prepared = wss_entrance_destroy(listener->prepared);
    listener->prepared_trust = tls_trust_destroy(listener->prepared_trust);
}

enum via_status wss_listener_prepare_trust(struct wss_listener *listener,
                                           const struct wss_identity *identity, char *words,
                                           size_t words_size)
{
    wss_listener_abandon(listener);
    return tls_trust_create(&listener->prepared_trust, identity->ca, identity->crl, words,
                            words_size);
}

enum via_status wss_listener_prepare(struct wss_listener *listener, const struct wss_listen *listen,
                                     char *words, size_t words_size)
{
    const struct wss_identity *identity = &listen->identity;
    enum via_status status = wss_listener_prepare_trust(listener, identity, words, words_size);
    if (status == VIA_OK)
        status = wss_entrance_create(&listener->prepared, listener->loop, identity,
                                     listener->protocols, words, words_size);
    if (status != VIA_OK) {
        wss_listener_abandon(listener);
        return status;
    }
    listener->prepared_bounds = (struct bounds){.message_max = listen->message_max,
                                                .handshakes = listen->handshakes,
                                                .handshake_ms = listen->handshake_ms,
                                                .silence_ms = listen->silence_ms};
    return VIA_OK;
}

void wss_listener_commit(struct wss_listener *listener)
{
    if (listener->prepared_trust != NULL) {
        tls_trust_destroy(listener->trust);
        listener->trust = listener->prepared_trust;
        listener->prepared_trust = NULL;
    }
    if (listener->prepared == NULL)
        return;
    if (listener->entrance != NULL)
        wss_entrance_retire(listener->entrance, &listener->retired);
    listener->entrance = listener->prepared;
    listener->prepared = NULL;
    listener->bounds = listener->prepared_bounds;
    watch(listener);
}

/* ---- judging again ---- */

static void tell_judged(struct wss_connection *connection)
{
    struct wss_listener *listener = connection->listener;
    if (listener->ops->judged == NULL)
        return;
    if (connection->link != NULL && wss_link_is_started(connection->link))
        listener->ops->judged(listener->user, wss_link_base(connection->link), NULL,
                              &connection->caller,
                              connection->origin != NULL ? connection->origin : "");
    else if (wss_http_origin(connection) != NULL)
        listener->ops->judged(listener->user, NULL, connection->exchange, &connection->caller,
                              wss_http_origin(connection));
}

/* The next of them; the owner may drop any. */
static void judge_some(struct loop_timer *timer)
{
    struct wss_listener *listener =
        (struct wss_listener *)((char *)timer - offsetof(struct wss_listener, again));
    time_t now = time(NULL);
    for (unsigned n = 0; n < JUDGED_AT_ONCE && listener->judging != NULL;) {
        struct wss_connection *connection = listener->judging;
        listener->judging = connection->next;
        if (!connection->judged || connection->wsi == NULL)
            continue;
        if (!listener->judging_all && connection->verdict.expires >= now) {
            if (connection->caller.status == VIA_OK)
                expect_expiry(listener, connection->verdict.expires);
            continue;
        }
        n++;
        judge_now(connection);
        tell_judged(connection);
    }
    if (listener->judging != NULL &&
        loop_arm(listener->loop, &listener->again, loop_now()) != VIA_OK)
        log_error("listener.not_judged", "cause=\"no memory\"");
}

static void judge_from_the_first(struct wss_listener *listener)
{
    listener->judging = listener->first;
    if (listener->judging != NULL &&
        loop_arm(listener->loop, &listener->again, loop_now()) != VIA_OK)
        log_error("listener.not_judged", "cause=\"no memory\"");
}

void wss_listener_judge_again(struct wss_listener *listener)
{
    listener->judging_all = true;
    judge_from_the_first(listener);
}

static void look_for_expired(struct loop_timer *timer)
{
    struct wss_listener *listener =
        (struct wss_listener *)((char *)timer - offsetof(struct wss_listener, expiry));
    if (listener->judging == NULL)
        listener->judging_all = false;
    judge_from_the_first(listener);
}

/* A certificate is good through the second in which it ends. The clock may be set meanwhile, so
 * it is never left alone for long. */
static void expect_expiry(struct wss_listener *listener, int64_t expires)
{
    int64_t left = expires - time(NULL);
    uint64_t wait_ms = EXPIRY_LOOK_MS;
    if (left < EXPIRY_LOOK_MS / 1000)
        wait_ms = left < 0 ? 1000 : ((uint64_t)left + 1) * 1000;
    uint64_t at_ms = loop_now() + wait_ms;
    if (listener->expiry.place != 0 && listener->expiry.at_ms <= at_ms)
        return;
    if (loop_arm(listener->loop, &listener->expiry, at_ms) != VIA_OK)
        log_error("listener.not_judged", "cause=\"no memory\"");
}

enum via_status wss_listener_create_on(struct wss_listener **listenerp, struct wss_context *context,
                                       const struct wss_listen *listen, int fd,
                                       const struct wss_listener_ops *ops, void *user,
                                       uint16_t *portp, char *words, size_t words_size)
{
    if (words_size > 0)
        *words = '\0';
    struct wss_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return VIA_NO_MEMORY;
    struct loop *loop = wss_context_loop(context);
    listener->loop = loop;
    listener->source = (struct loop_source){.fd = -1, .events = EPOLLIN, .ready = listener_ready};
    listener->rest.fired = rested;
    listener->tells.fired = tell_more;
    listener->ops = ops;
    listener->user = user;
    listener->again.fired = judge_some;
    listener->expiry.fired = look_for_expired;

    enum via_status status = take_subprotocols(listener, listen->subprotocols);
    if (status == VIA_OK)
        status = wss_listener_prepare(listener, listen, words, words_size);
    if (status == VIA_OK)
        status =
            fd < 0 ? open_socket(listener, listen->host, listen->port, words, words_size) : VIA_OK;
    if (status == VIA_OK && fd >= 0)
        listener->source.fd = fd;
    if (status == VIA_OK)
        status = ask_port(listener->source.fd, portp);
    if (status == VIA_OK)
        status = loop_add(loop, &listener->source);
    if (status != VIA_OK) {
        if (fd >= 0)
            listener->source.fd = -1; /* the caller's again */
        wss_listener_destroy(listener);
        return status;
    }
    wss_listener_commit(listener);
    *listenerp = listener;
    return VIA_OK;
}

enum via_status wss_listener_create(struct wss_listener **listenerp, struct wss_context *context,
                                    const struct wss_listen *listen,
                                    const struct wss_listener_ops *ops, void *user, uint16_t *portp,
                                    char *words, size_t words_size)
{
    return wss_listener_create_on(listenerp, context, listen, -1, ops, user, portp, words,
                                  words_size);
}

int wss_listener_socket(const struct wss_listener *listener)
{
    return listener->source.fd;
}

void wss_listener_pause(struct wss_listener *listener, bool pausing)
{
    listener->pausing = pausing;
    watch(listener);
}

unsigned wss_listener_handshakes(const struct wss_listener *listener)
{
    return listener->n_shaking;
}

void wss_listener_shut(struct wss_listener *listener)
{
    if (listener->source.fd < 0)
        return;
    loop_remove(listener->loop, &listener->source);
    loop_disarm(listener->loop, &listener->rest);
    loop_disarm(listener->loop, &listener->tells);
    (void)close(listener->source.fd);
    listener->source.fd = -1;
}

bool wss_listener_is_empty(const struct wss_listener *listener)
{
    return listener->first == NULL && listener->orphans == NULL && listener->retired == NULL &&
           listener->entrance->engine.n_users == 0;
}

struct wss_listener *wss_listener_destroy(struct wss_listener *listener)
{
    if (listener == NULL)
        return NULL;
    wss_listener_shut(listener);
    loop_disarm(listener->loop, &listener->again);
    loop_disarm(listener->loop, &listener->expiry);
    wss_listener_abandon(listener);
    while (listener->retired != NULL)
        (void)wss_entrance_destroy(listener->retired);
    (void)wss_entrance_destroy(listener->entrance); /* drops every connection */
    while (listener->orphans != NULL)
        wss_http_tell_orphan(listener->orphans);
    for (size_t i = 0; listener->subprotocols[i] != NULL; i++)
        free(listener->subprotocols[i]);
    tls_trust_destroy(listener->trust);
    free(listener);
    return NULL;
}
