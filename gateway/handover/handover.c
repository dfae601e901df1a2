/*
 * Both processes stop for the time of it: the running one between two turns of its loop, when
 * nothing is under way inside it. What others send meanwhile waits in the kernel, since sockets and
 * links are the same ones in both processes.
 */
#include "gateway/handover/handover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/link.h"
#include "bridge/log.h"
#include "bridge/pump.h"
#include "gateway/binary.h"
#include "gateway/handover/channel.h"
#include "gateway/handover/snapshot.h"
#include "gateway/http.h"
#include "gateway/json_link.h"

#define PATH_SIZE 128u
#define TURN_MS 100
#define PATIENCE_MS 500u /* with those who are connecting */

static bool make_path(const struct gateway *gateway, char path[PATH_SIZE])
{
    int n = snprintf(path, PATH_SIZE, "%s.handover", gateway->config.socket);
    return n > 0 && n < (int)PATH_SIZE;
}

static uint32_t wait_ms(const struct gateway *gateway)
{
    return (uint32_t)gateway->config.limits.handover_ms;
}

/* ---- being asked ---- */

/* It wakes the loop, that is all. */
static void patience_is_over(struct loop_timer *timer)
{
    (void)timer;
}

/* A connection that has not been greeted would have to begin again. */
static bool is_greeting(const struct gateway *gateway)
{
    if (websocket_handshakes(&gateway->websocket) > 0)
        return true;
    for (const struct binary *binary = gateway->binaries; binary != NULL; binary = binary->next)
        if (binary->session.principal.remote && !binary->ended && binary->hello.place != 0)
            return true;
    return false;
}

bool handover_is_due(const struct handover *handover)
{
    return handover->asked && (handover->patience.place == 0 || !is_greeting(handover->gateway));
}

static void drop_asker(struct handover *handover)
{
    if (handover->asker.fd < 0)
        return;
    if (!handover->asked)
        loop_remove(handover->gateway->loop, &handover->asker);
    else
        websocket_pause(&handover->gateway->websocket, false);
    loop_disarm(handover->gateway->loop, &handover->patience);
    (void)close(handover->asker.fd);
    handover->asker.fd = -1;
    handover->asked = false;
}

static void asker_ready(struct loop_source *source, uint32_t events)
{
    struct handover *handover =
        (struct handover *)((char *)source - offsetof(struct handover, asker));
    uint32_t version = 0;
    (void)events;
    enum via_status status = channel_asked(source->fd, &version);
    if (status == VIA_BUSY)
        return;
    if (status == VIA_OK && version != SNAPSHOT_VERSION) {
        char words[160];
        (void)snprintf(words, sizeof words,
                       "the gateway that runs hands over version %u of its state, not %u: stop it, "
                       "and start the other",
                       SNAPSHOT_VERSION, (unsigned)version);
        log_warn("handover.refused", "cause=\"%s\"", words);
        if (channel_decline(source->fd, VIA_UNSUPPORTED, words) != VIA_OK)
            log_debug("handover.refused", "cause=\"nobody hears it\"");
    }
    if (status != VIA_OK || version != SNAPSHOT_VERSION) {
        drop_asker(handover);
        return;
    }
    loop_remove(handover->gateway->loop, source);
    handover->asked = true;
    websocket_pause(&handover->gateway->websocket, true);
    if (loop_arm(handover->gateway->loop, &handover->patience, loop_now() + PATIENCE_MS) != VIA_OK)
        log_debug("handover.hurries", "cause=\"no memory for a timer\"");
}

/* Only who could as well have killed us. */
static bool is_trusted(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           (who.uid == geteuid() || who.uid == 0);
}

static void source_ready(struct loop_source *source, uint32_t events)
{
    struct handover *handover =
        (struct handover *)((char *)source - offsetof(struct handover, source));
    (void)events;
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (!is_trusted(fd) || handover->asker.fd >= 0) {
        log_warn("handover.refused", "cause=\"%s\"",
                 handover->asker.fd >= 0 ? "another one is under way" : "another user");
        (void)close(fd);
        return;
    }
    handover->asker = (struct loop_source){.fd = fd, .events = EPOLLIN, .ready = asker_ready};
    if (loop_add(handover->gateway->loop, &handover->asker) == VIA_OK)
        return;
    (void)close(fd);
    handover->asker.fd = -1;
}

void handover_init(struct handover *handover, struct gateway *gateway)
{
    *handover = (struct handover){
        .gateway = gateway, .source = {.fd = -1}, .asker = {.fd = -1}, .channel = -1};
    handover->source.events = EPOLLIN;
    handover->source.ready = source_ready;
    handover->patience.fired = patience_is_over;
}

enum via_status handover_open(struct handover *handover, char *words, size_t words_size)
{
    char path[PATH_SIZE];
    if (handover->source.fd >= 0)
        return VIA_OK; /* another process's */
    enum via_status status = VIA_INVALID;
    if (make_path(handover->gateway, path))
        status = channel_listen(path, &handover->source.fd);
    if (status == VIA_OK) {
        handover->bound = true;
        status = loop_add(handover->gateway->loop, &handover->source);
    }
    if (status != VIA_OK)
        (void)snprintf(words, words_size, "cannot listen at %s.handover: %s",
                       handover->gateway->config.socket, via_status_name(status));
    return status;
}

void handover_inherit(struct handover *handover, struct gateway *gateway, int fd)
{
    if (handover->source.fd >= 0) {
        (void)close(fd);
        return;
    }
    handover->source.fd = fd;
    if (loop_add(gateway->loop, &handover->source) == VIA_OK)
        return;
    (void)close(fd);
    handover->source.fd = -1;
}

void handover_close(struct handover *handover)
{
    char path[PATH_SIZE];
    if (handover->gateway == NULL)
        return;
    drop_asker(handover);
    if (handover->source.fd >= 0) {
        loop_remove(handover->gateway->loop, &handover->source);
        (void)close(handover->source.fd);
    }
    handover->source.fd = -1;
    if (handover->bound && make_path(handover->gateway, path))
        (void)unlink(path);
    handover->bound = false;
    if (handover->channel >= 0)
        (void)close(handover->channel);
    handover->channel = -1;
    if (handover->snapshot != NULL)
        snapshot_deinit(handover->snapshot);
    free(handover->snapshot);
    handover->snapshot = NULL;
}

/* ---- the new one ---- */

static enum via_status load(struct handover *handover, const uint8_t *octets, size_t size, int *fds,
                            size_t n_fds, char *words, size_t words_size)
{
    struct state state;
    handover->snapshot = calloc(1, sizeof *handover->snapshot);
    state_load(&state, octets, size, fds, n_fds);
    enum via_status status = VIA_NO_MEMORY;
    if (handover->snapshot != NULL)
        status = snapshot_load(handover->snapshot, handover->gateway, &state);
    if (status != VIA_OK)
        (void)snprintf(words, words_size, "the state of the gateway that runs cannot be taken: %s",
                       state.fault != NULL ? state.fault : via_status_name(status));
    state_deinit(&state);
    return status;
}

enum via_status handover_take(struct handover *handover, char *words, size_t words_size)
{
    char path[PATH_SIZE];
    struct gateway *gateway = handover->gateway;
    uint8_t *octets = NULL;
    int *fds = NULL;
    size_t size = 0, n_fds = 0;
    if (!make_path(gateway, path))
        return VIA_NOT_CONNECTED; /* so long a one no gateway has */
    enum via_status status = channel_connect(path, &handover->channel);
    if (status == VIA_NOT_CONNECTED)
        return status;
    (void)snprintf(words, words_size, "the gateway at %s does not hand over", path);
    if (status == VIA_OK)
        status = channel_open(handover->channel, wait_ms(gateway));
    if (status == VIA_OK)
        status = channel_ask(handover->channel, SNAPSHOT_VERSION);
    if (status == VIA_OK)
        status = channel_take(handover->channel, &octets, &size, &fds, &n_fds, words, words_size);
    if (status == VIA_OK)
        status = load(handover, octets, size, fds, n_fds, words, words_size);
    free(octets);
    return status == VIA_NOT_CONNECTED ? VIA_IO : status;
}

enum via_status handover_commit(struct handover *handover, char *words, size_t words_size)
{
    if (handover->channel < 0)
        return VIA_OK;
    enum via_status status = channel_say(handover->channel, CHANNEL_READY);
    if (status == VIA_OK)
        status = channel_hear(handover->channel, CHANNEL_COMMIT);
    if (status != VIA_OK) {
        (void)snprintf(words, words_size, "the gateway that runs goes on by itself: %s",
                       via_status_name(status));
        return status;
    }
    (void)close(handover->channel);
    handover->channel = -1;
    local_own(&handover->gateway->local);
    handover->bound = true;
    snapshot_end(handover->snapshot);
    free(handover->snapshot);
    handover->snapshot = NULL;
    log_info("handover.taken", "sessions=%u names=%zu", handover->gateway->sessions.n,
             handover->gateway->directory.n);
    return VIA_OK;
}

/* ---- the running one ---- */

static enum via_status give(struct handover *handover, int fd, struct state *state)
{
    state_save(state);
    enum via_status status = channel_open(fd, wait_ms(handover->gateway));
    if (status != VIA_OK)
        return status;
    asks_move(&handover->gateway->asks);
    status = snapshot_save(handover->gateway, state);
    if (status != VIA_OK) {
        const char *words = state->fault != NULL ? state->fault : via_status_name(status);
        enum via_status told = channel_decline(fd, status, words);
        log_debug("handover.declined", "told=%s", via_status_name(told));
        return status;
    }
    status = channel_offer(fd, state->out.data, state->out.size, state->fds, state->n_fds);
    if (status == VIA_OK)
        status = channel_hear(fd, CHANNEL_READY);
    return status == VIA_OK ? channel_say(fd, CHANNEL_COMMIT) : status;
}

bool handover_give(struct handover *handover)
{
    struct state state;
    uint64_t start = loop_now();
    enum via_status status = give(handover, handover->asker.fd, &state);
    if (status == VIA_OK)
        log_info("handover.given", "octets=%zu descriptors=%zu ms=%" PRIu64, state.out.size,
                 state.n_fds, loop_now() - start);
    else
        log_error("handover.failed", "this gateway goes on; cause=%s fault=\"%s\" ms=%" PRIu64,
                  via_status_name(status), state.fault != NULL ? state.fault : "",
                  loop_now() - start);
    state_deinit(&state);
    drop_asker(handover);
    return status == VIA_OK;
}

static bool anyone_is_left(const struct gateway *gateway)
{
    if (gateway->json_links != NULL || gateway->http_requests != NULL)
        return true;
    for (const struct binary *binary = gateway->binaries; binary != NULL; binary = binary->next)
        if (binary->link != NULL)
            return true;
    return false;
}

void handover_leave(struct handover *handover)
{
    static const char words[] = "the gateway is being replaced: come back at once";
    struct gateway *gateway = handover->gateway;
    gateway->is_stopping = true;
    handover->bound = false;
    pumps_abandon(&gateway->pumps); /* first: nothing may be read or written twice */
    local_abandon(&gateway->local);
    websocket_shut(&gateway->websocket);
    reload_close(&gateway->reload);
    for (struct binary *binary = gateway->binaries; binary != NULL; binary = binary->next)
        if (snapshot_moves(&binary->session))
            binary_abandon(binary);
    for (unsigned slot = 1; slot < gateway->sessions.n_places; slot++) {
        struct session *session = sessions_at(&gateway->sessions, slot);
        if (session == NULL)
            continue;
        if (session->ops != &binary_ops || !((struct binary *)session)->handed_over)
            session->ops->close(session, FRAME_BYE_RESUME, words);
    }
    handover_close(handover);
    uint64_t until_ms = loop_now() + UINT64_C(2) * LINK_CLOSE_MS;
    enum via_status status = VIA_OK;
    while (status == VIA_OK && anyone_is_left(gateway) && loop_now() < until_ms)
        status = loop_turn(gateway->loop, TURN_MS, NULL);
}
