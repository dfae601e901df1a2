/*
 * libwebsockets brings no loop, we give it ours (its "custom event library"): it says which
 * descriptors it wants watched, we call lws_service_fd() when one is ready, and a loop timer when
 * its own timers are due. Its callbacks come from within these calls and only take notes; what they
 * noted runs as tasks of the loop, after libwebsockets has returned.
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

#include "bridge/log.h"

#define KEEPALIVE_MAX 32767u /* seconds, the kernel's bound */
#define LOOK_MAX_MS 60000    /* the longest that libwebsockets is left alone */

struct wss_source {
    struct loop_source source;
    struct wss_engine *engine; /* borrowed */
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

/* ---- descriptors ---- */

static void source_ready(struct loop_source *source, uint32_t events)
{
    struct wss_engine *engine = ((struct wss_source *)(void *)source)->engine;
    struct lws_pollfd poll = {.fd = source->fd};
    poll.events = (short)source->events;
    poll.revents = (short)(events & (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP));
    /* epoll and poll number these alike. After this the source may be gone. */
    (void)lws_service_fd(engine->lws, &poll);
    wss_engine_touch(engine);
}

static void drop_source(struct wss_engine *engine, int fd)
{
    if (fd < 0 || (size_t)fd >= engine->n_sources || engine->sources[fd] == NULL)
        return;
    loop_remove(engine->loop, &engine->sources[fd]->source);
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
    look_after(of_task(task));
}

static void engine_fired(struct loop_timer *timer)
{
    look_after(of_timer(timer));
}

/* ---- beginning and end ---- */

static void take_log(int level, const char *line)
{
    (void)level;
    log_debug("wss.library", "words=\"%s\"", line);
}

enum via_status wss_engine_open(struct wss_engine *engine, struct loop *loop, unsigned fd_limit)
{
    *engine =
        (struct wss_engine){.loop = loop, .task.run = engine_run, .timer.fired = engine_fired};
    lws_set_log_level(log_is_on(LOG_DEBUG) ? LLL_ERR | LLL_WARN | LLL_NOTICE : 0, take_log);
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
