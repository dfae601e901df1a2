/*
 * The state of a gateway as another process might hand it over: the first octet says how many
 * descriptors come with it. What is accepted is saved again, lived with, and ended.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/log.h"
#include "gateway/handover/snapshot.h"
#include "tests/fuzz/fuzz.h"

#define FDS_MAX 16u

static void need(bool good)
{
    if (!good)
        abort();
}

/* The other ends are closed at once: every link is at its end. */
static int *make_fds(size_t n)
{
    int *fds = malloc((n + 1) * sizeof *fds);
    need(fds != NULL);
    for (size_t i = 0; i < n; i++) {
        int pair[2];
        need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
        fds[i] = pair[0];
        (void)close(pair[1]);
    }
    return fds;
}

static void live(struct gateway *gateway, struct snapshot *snapshot)
{
    struct state again;
    state_save(&again);
    need(snapshot_save(gateway, &again) == VIA_OK);
    state_deinit(&again);
    snapshot_end(snapshot);
    for (unsigned i = 0; i < 4; i++)
        need(loop_turn(gateway->loop, 0, NULL) == VIA_OK);
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    static struct gateway gateway;
    struct snapshot snapshot;
    struct state state;
    if (size == 0)
        return false;
    size_t n_fds = octets[0] % FDS_MAX;
    log_set_sink(NULL, NULL, LOG_ERROR);
    memset(&gateway, 0, sizeof gateway);
    gateway_prepare(&gateway);
    need(config_init(&gateway.config) == VIA_OK);
    need(audit_open(&gateway.audit, "/dev/null") == VIA_OK);
    need(gateway_init(&gateway) == VIA_OK);
    state_load(&state, octets + 1, size - 1, make_fds(n_fds), n_fds);
    bool accepted = snapshot_load(&snapshot, &gateway, &state) == VIA_OK;
    state_deinit(&state);
    if (accepted)
        live(&gateway, &snapshot);
    else
        snapshot_deinit(&snapshot);
    gateway_deinit(&gateway);
    return accepted;
}
