/*
 * The state of a gateway as another process might hand it over: the first octet says how many
 * descriptors come with it, an octet for each of them what it is, and the rest is the state. What
 * is accepted is saved again, lived with, and ended.
 *
 * Where the state's format has changed, tests/fuzz/gateway/snapshot_corpus.py makes the corpus
 * anew, out of what real gateways hand over.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/log.h"
#include "gateway/handover/snapshot.h"
#include "tests/fuzz/fuzz.h"

#define FDS_MAX 32u

static void need(bool good)
{
    if (!good)
        abort();
}

enum kind { KIND_SOCKET, KIND_READS, KIND_WRITES, KIND_FILE, N_KINDS };

/* The other end is closed at once: every link, and what is behind every stream, is at its end. */
static int make_fd(enum kind kind)
{
    int pair[2];
    if (kind == KIND_FILE) {
        int file = memfd_create("fuzz", MFD_CLOEXEC);
        need(file >= 0);
        return file;
    }
    if (kind == KIND_SOCKET)
        need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    else
        need(pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0);
    int kept = kind == KIND_WRITES ? 1 : 0;
    (void)close(pair[1 - kept]);
    return pair[kept];
}

static int *make_fds(const uint8_t *kinds, size_t n)
{
    int *fds = malloc((n + 1) * sizeof *fds);
    need(fds != NULL);
    for (size_t i = 0; i < n; i++)
        fds[i] = make_fd((enum kind)(kinds[i] % N_KINDS));
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
    size_t n_fds = size == 0 ? 0 : octets[0] % FDS_MAX;
    if (size < 1 + n_fds)
        return false;
    log_set_sink(NULL, NULL, LOG_ERROR);
    memset(&gateway, 0, sizeof gateway);
    gateway_prepare(&gateway);
    need(config_init(&gateway.config) == VIA_OK);
    need(audit_open(&gateway.audit, "/dev/null") == VIA_OK);
    need(gateway_init(&gateway) == VIA_OK);
    state_load(&state, octets + 1 + n_fds, size - 1 - n_fds, make_fds(octets + 1, n_fds), n_fds);
    bool accepted = snapshot_load(&snapshot, &gateway, &state) == VIA_OK;
    state_deinit(&state);
    if (accepted)
        live(&gateway, &snapshot);
    else
        snapshot_deinit(&snapshot);
    gateway_deinit(&gateway);
    return accepted;
}
