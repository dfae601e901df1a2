/*
 * A private gateway: viaductd at a socket in a new folder that only this user may enter, kept by
 * viaduct-ability-child, which ends it when this process lets the control socket go, as the kernel
 * does at the latest when the process ends.
 */
#include "bridge/openharmony/private_gateway.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/openharmony/child_program.h"
#include "bridge/openharmony/program.h"

#define SOCKET_MAX 100u /* a Unix address has room for 107 */
#define SCHEME "unix:"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char address[sizeof SCHEME + SOCKET_MAX + 2]; /* "": there is none */

/* A new folder; its name, without the folder itself being longer than an address may be. */
static bool make_folder(char folder[SOCKET_MAX])
{
    const char *parents[] = {secure_getenv("XDG_RUNTIME_DIR"), secure_getenv("TMPDIR"), "/tmp"};
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
        if (parents[i] == NULL || parents[i][0] != '/')
            continue;
        int size = snprintf(folder, SOCKET_MAX, "%s/viaduct-private-XXXXXX", parents[i]);
        if (size > 0 && (size_t)size + sizeof "/s" <= SOCKET_MAX && mkdtemp(folder) != NULL)
            return true;
    }
    return false;
}

/* Waits until it is ready; false if it ended instead. */
static bool is_ready(int control)
{
    int32_t code = -1;
    ssize_t size = 0;
    do
        size = read(control, &code, sizeof code);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof code && code == 0;
}

static enum via_status start_locked(void)
{
    char folder[SOCKET_MAX];
    char socket[SOCKET_MAX + 2];
    if (!make_folder(folder))
        return VIA_IO;
    (void)snprintf(socket, sizeof socket, "%s/s", folder);
    const char *const arguments[] = {CHILD_PROGRAM, CHILD_PROGRAM_GATEWAY, socket, NULL};
    pid_t pid = -1;
    int control = -1;
    enum via_status status = program_start(arguments, NULL, true, &pid, &control);
    if (status == VIA_OK && is_ready(control)) {
        (void)snprintf(address, sizeof address, "%s%s", SCHEME, socket);
        return VIA_OK; /* the control socket stays open as long as the process lives */
    }
    if (status == VIA_OK) {
        (void)close(control);
        (void)waitpid(pid, NULL, 0);
        status = VIA_NOT_CONNECTED;
    }
    (void)rmdir(folder);
    return status;
}

enum via_status private_gateway_ensure(struct via_node *node, const char **addressp)
{
    pthread_mutex_lock(&lock);
    enum via_status status = via_node_connect(node, 0);
    if (status == VIA_NOT_CONNECTED && address[0] == '\0') {
        status = start_locked();
        if (status == VIA_OK)
            status = via_node_set_gateway(node, address);
        if (status == VIA_OK)
            status = via_node_connect(node, 0);
    }
    *addressp = address[0] == '\0' ? NULL : address;
    pthread_mutex_unlock(&lock);
    return status;
}
