/*
 * libwebsockets brings no loop, we give it ours (its "custom event library"): it says which
 * descriptors it wants watched, we call lws_service_fd() when one is ready, and a loop timer when
 * its own timers are due. Its callbacks come from within these calls and only take notes; what they
 * noted runs as tasks of the loop, after libwebsockets has returned.
 *
 * A step of a TLS handshake takes milliseconds, a call microseconds: so that hundreds who come at
 * once hold nobody up, one handshake goes on in each turn of the loop. It is the oldest: were they
 * all to go on evenly, they would all be late, and all that was done for them would be for nothing.
 *
 * TLS has buffers of 24 KiB for each connection, of which most are idle most of the time: whoever
 * has been so for a while gives them back, and has them again with the next octet.
 *
 * After each turn in which it did something, and after each call from elsewhere, the engine's task
 * asks it for its next timer. The answer 0 also means that something was read already and waits in
 * its memory (octets behind an upgrade, say), which no descriptor will ever announce; then it is
 * made to look.
 */
#include "bridge/wss_engine.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#if defined(LWS_WITH_MBEDTLS)
#include <mbedtls/ssl.h>
#endif

#include "bridge/log.h"

#define KEEPALIVE_MAX 32767u /* seconds, the kernel's bound */
#define REST_MS 100          /* a connection that did nothing for so long is idle */
#define LOOK_MAX_MS 60000    /* the longest that libwebsockets is left alone */

struct wss_source {
    struct loop_source source;
    struct wss_engine *engine;        /* borrowed */
    struct lws *wsi;                  /* libwebsockets' */
    struct wss_source *next, **linkp; /* among those that are awake; linkp NULL: it is not */
    bool busy;                        /* since it was last looked at */
    uint64_t shaking;                 /* its place among the handshakes; 0 when that is over */
};

static struct wss_engine *of_task(struct loop_task *task)
{
    return (struct wss_engine *)((char *)task - offsetof(struct wss_engine, task));
}

static struct wss_engine *of_timer(struct loop_timer *timer)
{
    return (struct wss_engine *)((char *)timer - offsetof(struct wss_engine, timer));
}

/* What libwebsockets keeps for its event library is one pointer. */
static struct wss_engine *of_wsi(struct lws *wsi)
{
    struct wss_engine *const *place = lws_evlib_wsi_to_evlib_pt(wsi);
    return *place;
}

void wss_engine_touch(struct wss_engine *engine)
{
    loop_defer(engine->loop, &engine->task);
}

/* ---- rest ---- */

static void fall_asleep(struct wss_source *source)
{
    if (source->linkp == NULL)
        return;
    *source->linkp = source->next;
    if (source->next != NULL)
        source->next->linkp = source->linkp;
    source->linkp = NULL;
}

static void rest_later(struct wss_engine *engine)
{
    if (engine->awake != NULL && engine->rest.place == 0 &&
        loop_arm(engine->loop, &engine->rest, loop_now() + REST_MS) != VIA_OK)
        log_info("wss.awake", "cause=\"no memory for a timer\"");
}

static void rouse(struct wss_engine *engine, struct wss_source *source)
{
    source->busy = true;
    if (source->linkp != NULL)
        return;
    source->next = engine->awake;
    source->linkp = &engine->awake;
    if (source->next != NULL)
        source->next->linkp = &source->next;
    engine->awake = source;
    rest_later(engine);
}

void wss_engine_rouse(struct wss_engine *engine, struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi);
    if (fd >= 0 && (size_t)fd < engine->n_sources && engine->sources[fd] != NULL)
        rouse(engine, engine->sources[fd]);
}

/* Whether TLS has nothing under way on @wsi, and no buffers any more. */
static bool lay_down(struct lws *wsi)
{
#if defined(LWS_WITH_MBEDTLS)
    struct mbedtls_ssl_context *ssl = lws_tls_mbedtls_ssl(wsi);
    return ssl == NULL || mbedtls_ssl_rest(ssl) == 0;
#else
    (void)wsi;
    return true; /* OpenSSL lets go of them by itself */
#endif
}

static void rest(struct loop_timer *timer)
{
    struct wss_engine *engine =
        (struct wss_engine *)((char *)timer - offsetof(struct wss_engine, rest));
    struct wss_source *source = engine->awake;
    while (source != NULL) {
        struct wss_source *next = source->next;
        if (!source->busy && lay_down(source->wsi))
            fall_asleep(source);
        source->busy = false;
        source = next;
    }
    rest_later(engine);
}

/* ---- descriptors ---- */

static void serve(struct wss_engine *engine, const struct loop_source *source, uint32_t events)
{
    struct lws_pollfd poll = {.fd = source->fd};
    poll.events = (short)source->events;
    poll.revents = (short)(events & (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP));
    /* epoll and poll number these alike. After this the source may be gone. */
    (void)lws_service_fd(engine->lws, &poll);
}

static void source_ready(struct loop_source *source, uint32_t events)
{
    struct wss_source *self = (struct wss_source *)(void *)source;
    struct wss_engine *engine = self->engine;
    wss_engine_touch(engine);
    rouse(engine, self);
    if (self->shaking == 0) {
        serve(engine, source, events);
    } else if (engine->chosen == NULL || self->shaking < engine->chosen->shaking) {
        engine->chosen = self; /* epoll speaks of the others again */
        engine->chosen_events = events;
    }
}

static void drop_source(struct wss_engine *engine, int fd)
{
    if (fd < 0 || (size_t)fd >= engine->n_sources || engine->sources[fd] == NULL)
        return;
    loop_remove(engine->loop, &engine->sources[fd]->source);
    if (engine->chosen == engine->sources[fd])
        engine->chosen = NULL;
    fall_asleep(engine->sources[fd]);
    free(engine->sources[fd]);
    engine->sources[fd] = NULL;
}

static bool make_place(struct wss_engine *engine, size_t fd)
{
    if (fd < engine->n_sources)
        return true;
    size_t n = engine->n_sources == 0 ? 64 : engine->n_sources;
    while (n <= fd)
        n *= 2;
    struct wss_source **sources = realloc(engine->sources, n * sizeof(struct wss_source *));
    if (sources == NULL)
        return false;
    for (size_t i = engine->n_sources; i < n; i++)
        sources[i] = NULL;
    engine->sources = sources;
    engine->n_sources = n;
    return true;
}

/* These five are called by libwebsockets. */

static int engine_init(struct lws_context *lws, void *engine, int thread)
{
    struct wss_engine **place = lws_evlib_tsi_to_evlib_pt(lws, thread);
    *place = engine;
    return 0;
}

static int engine_add(struct lws *wsi)
{
    struct wss_engine *engine = of_wsi(wsi);
    int fd = lws_get_socket_fd(wsi);
    if (fd < 0 || !make_place(engine, (size_t)fd))
        return 1;
    drop_source(engine, fd); /* it closes some without a word */
    struct wss_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return 1;
    source->engine = engine;
    source->wsi = wsi;
    source->shaking = engine->shakes ? ++engine->n_shaken : 0;
    source->source = (struct loop_source){.fd = fd, .events = EPOLLIN, .ready = source_ready};
    if (loop_add(engine->loop, &source->source) != VIA_OK) {
        free(source);
        return 1;
    }
    engine->sources[fd] = source;
    return 0;
}

static void engine_watch(struct lws *wsi, unsigned flags)
{
    struct wss_engine *engine = of_wsi(wsi);
    int fd = lws_get_socket_fd(wsi);
    unsigned all = LWS_EV_STOP | LWS_EV_READ | LWS_EV_WRITE;
    if ((flags & all) == all) { /* it is about to close it */
        drop_source(engine, fd);
        return;
    }
    if (fd < 0 || (size_t)fd >= engine->n_sources || engine->sources[fd] == NULL)
        return;
    struct loop_source *source = &engine->sources[fd]->source;
    uint32_t change = ((flags & LWS_EV_READ) != 0 ? (uint32_t)EPOLLIN : 0) |
                      ((flags & LWS_EV_WRITE) != 0 ? (uint32_t)EPOLLOUT : 0);
    uint32_t events =
        (flags & LWS_EV_START) != 0 ? source->events | change : source->events & ~change;
    if (loop_change(engine->loop, source, events) != VIA_OK)
        (void)shutdown(fd, SHUT_RDWR); /* rather an end than a standstill */
}

static int engine_remove(struct lws *wsi)
{
    drop_source(of_wsi(wsi), lws_get_socket_fd(wsi));
    return 0;
}

static const struct lws_event_loop_ops loop_ops = {
    .name = "viaduct",
    .init_pt = engine_init,
    .init_vhost_listen_wsi = engine_add,
    .sock_accept = engine_add,
    .io = engine_watch,
    .wsi_logical_close = engine_remove,
    .evlib_size_pt = sizeof(struct wss_engine *),
};

static const lws_plugin_evlib_t event_library = {
    .hdr = {"viaduct", "lws_evlib_plugin", LWS_BUILD_HASH, LWS_PLUGIN_API_MAGIC},
    .ops = &loop_ops,
};

void wss_engine_hurry(struct wss_engine *engine, struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi);
    if (fd >= 0 && (size_t)fd < engine->n_sources && engine->sources[fd] != NULL)
        engine->sources[fd]->shaking = 0;
}

/* ---- timers ---- */

static void look_after(struct wss_engine *engine)
{
    int next_ms = lws_service_adjust_timeout(engine->lws, LOOK_MAX_MS, 0);
    if (next_ms == 0) {
        (void)lws_service(engine->lws, -1); /* what waits, without waiting */
        next_ms = lws_service_adjust_timeout(engine->lws, LOOK_MAX_MS, 0);
    }
    /* Its microseconds are cut to milliseconds, so one more is not early. */
    uint64_t at_ms = loop_now() + (uint64_t)next_ms + 1;
    if (engine->timer.place == 0 || engine->timer.at_ms > at_ms ||
        engine->timer.at_ms + 1 < at_ms) {
        if (loop_arm(engine->loop, &engine->timer, at_ms) != VIA_OK)
            log_warn("wss.timer", "cause=\"no memory\"");
    }
}

static void engine_run(struct loop_task *task)
{
    struct wss_engine *engine = of_task(task);
    const struct wss_source *chosen = engine->chosen;
    engine->chosen = NULL;
    if (chosen != NULL)
        serve(engine, &chosen->source, engine->chosen_events);
    look_after(engine);
}

static void engine_fired(struct loop_timer *timer)
{
    look_after(of_timer(timer));
}

/* ---- beginning and end ---- */

/* OpenSSL takes itself apart at exit, before the goodbye of a process's own node has gone out and
 * while other threads still read: it is told not to, before anything else of it is used. */
static void keep_until_the_end(void)
{
#if !defined(LWS_WITH_MBEDTLS)
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
        log_warn("wss.library", "words=\"OpenSSL ends at exit\"");
#endif
}

static void take_log(int level, const char *line)
{
    (void)level;
    log_debug("wss.library", "words=\"%s\"", line);
}

enum via_status wss_engine_open(struct wss_engine *engine, struct loop *loop, unsigned fd_limit)
{
    *engine = (struct wss_engine){
        .loop = loop, .task.run = engine_run, .timer.fired = engine_fired, .rest.fired = rest};
    lws_set_log_level(log_is_on(LOG_DEBUG) ? LLL_ERR | LLL_WARN | LLL_NOTICE : 0, take_log);
    keep_until_the_end();
    void *loops[] = {engine};
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
        .event_lib_custom = &event_library,
        .foreign_loops = loops,
        .fd_limit_per_thread = fd_limit,
        .pt_serv_buf_size = WSS_READ_SIZE,
        .max_http_header_data2 = WSS_HEADERS_MAX,
        .timeout_secs = WSS_TIMEOUT_SECONDS,
        .connect_timeout_secs = WSS_CONNECT_MS / 1000,
        .port = CONTEXT_PORT_NO_LISTEN,
    };
    engine->lws = lws_create_context(&info);
    if (engine->lws == NULL) {
        log_error("wss.library", "cause=\"no context\"");
        wss_engine_close(engine);
        return VIA_NO_MEMORY;
    }
    wss_engine_touch(engine);
    return VIA_OK;
}

bool wss_engine_is_open(const struct wss_engine *engine)
{
    return engine->lws != NULL;
}

void wss_engine_hold(struct wss_engine *engine)
{
    engine->n_users++;
}

void wss_engine_let_go(struct wss_engine *engine)
{
    if (--engine->n_users == 0 && engine->idle != NULL)
        loop_defer(engine->loop, engine->idle);
}

void wss_engine_close(struct wss_engine *engine)
{
    if (engine->loop == NULL)
        return;
    if (engine->lws != NULL)
        lws_context_destroy(engine->lws);
    engine->lws = NULL;
    loop_undefer(engine->loop, &engine->task);
    loop_disarm(engine->loop, &engine->timer);
    loop_disarm(engine->loop, &engine->rest);
    for (size_t fd = 0; fd < engine->n_sources; fd++)
        drop_source(engine, (int)fd);
    free(engine->sources);
    free(engine->scratch);
    free(engine->spare);
    *engine = (struct wss_engine){0};
}

/* ---- connections ---- */

static void set_socket(int fd, int level, int option, uint32_t value)
{
    int number = value < INT_MAX ? (int)value : INT_MAX;
    if (setsockopt(fd, level, option, &number, sizeof number) < 0)
        log_info("wss.socket", "fd=%d option=%d cause=\"not taken\"", fd, option);
}

void wss_set_user_timeout(int fd, uint32_t ms)
{
    set_socket(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, ms);
}

void wss_set_socket(int fd, uint32_t silence_ms)
{
    uint32_t seconds = silence_ms / 1000 + 1;
    set_socket(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, WSS_NOTSENT_LOWAT);
    set_socket(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    wss_set_user_timeout(fd, silence_ms);
    /* For those that no ping of ours looks after: HTTP between two requests. */
    set_socket(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds < KEEPALIVE_MAX ? seconds : KEEPALIVE_MAX);
    set_socket(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    set_socket(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

void wss_judge_peer(struct lws *wsi, const struct tls_trust *trust, enum tls_usage usage,
                    const char *name, const char *pin, struct tls_verdict *verdict)
{
    struct tls_chain chain = {.n_certificates = 0};
    uint8_t *room = malloc((size_t)TLS_CHAIN_MAX * TLS_CERTIFICATE_MAX);
    *verdict = (struct tls_verdict){.status = VIA_NO_MEMORY, .fault = "out of memory"};
    if (room == NULL)
        return;
    for (unsigned i = 0; i < TLS_CHAIN_MAX; i++) {
        uint8_t *der = room + (size_t)i * TLS_CERTIFICATE_MAX;
        int size = lws_tls_peer_cert_der(wsi, i, der, TLS_CERTIFICATE_MAX);
        if (size == 0)
            break;
        /* One too large to be taken is shown as one that cannot be read. */
        chain.certificates[i].der = der;
        chain.certificates[i].size = size > 0 ? (size_t)size : 0;
        chain.n_certificates = i + 1;
    }
    tls_verify(trust, &chain, usage, name, pin, verdict);
    free(room);
}
