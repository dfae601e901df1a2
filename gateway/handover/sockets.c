/*
 * Sockets on which the gateway listens: the local one with its lock, the one on which the next
 * process will ask, and those for WebSockets. They stay open all the while, so nobody who connects
 * meanwhile is refused.
 */
#include <string.h>
#include <unistd.h>

#include "gateway/handover/snapshot.h"

static void load_local(struct snapshot *snapshot, int fd, int lock)
{
    struct gateway *gateway = snapshot->gateway;
    struct state *state = snapshot->state;
    if (state_require(state, fd >= 0 && lock >= 0 && gateway->local.source.fd < 0,
                      "the local socket") &&
        local_take(&gateway->local, gateway, fd, lock) == VIA_OK)
        return;
    state_refuse(state, "the local socket");
    if (fd >= 0)
        (void)close(fd);
    if (lock >= 0)
        (void)close(lock);
}

static void one_listener(struct snapshot *snapshot, struct websocket_listener *from)
{
    struct state *state = snapshot->state;
    struct websocket_inherited one = {.fd = -1};
    if (from != NULL)
        one = (struct websocket_inherited){
            .asked = from->asked, .port = from->port, .fd = wss_listener_socket(from->listener)};
    state_text(state, one.asked.host, sizeof one.asked.host);
    state_u16(state, &one.asked.port);
    state_u16(state, &one.port);
    state_fd(state, &one.fd);
    struct websocket *websocket = &snapshot->gateway->websocket;
    if (state->loading && state_require(state, one.fd >= 0, "a socket that listens"))
        websocket->inherited[websocket->n_inherited++] = one;
}

void snapshot_sockets(struct snapshot *snapshot)
{
    struct state *state = snapshot->state;
    struct gateway *gateway = snapshot->gateway;
    struct websocket *websocket = &gateway->websocket;
    int fd = gateway->local.source.fd, lock = gateway->local.lock;
    state_fd(state, &fd);
    state_fd(state, &lock);
    if (state->loading)
        load_local(snapshot, fd, lock);
    fd = gateway->handover.source.fd;
    state_fd(state, &fd);
    if (state->loading && fd >= 0)
        handover_inherit(&gateway->handover, gateway, fd);
    uint32_t n = websocket->n_listeners;
    state_count(state, &n, CONFIG_LISTENS_MAX);
    for (uint32_t i = 0; i < n && state_is_good(state); i++)
        one_listener(snapshot, state->loading ? NULL : &websocket->listeners[i]);
}
