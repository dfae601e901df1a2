/*
 * Child processes, seen from the parent. Each start has a thread of its own: it starts the child,
 * waits for its word, finds its stub by a name that only the two know, runs the program's callback,
 * and then waits for the child's end. With a gateway on another host that gateway does the
 * starting.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bridge/openharmony/child_program.h"
#include "bridge/openharmony/context.h"
#include "bridge/openharmony/private_gateway.h"
#include "bridge/openharmony/program.h"
#include "bridge/openharmony/remote.h"
#include "include/openharmony/AbilityKit/native_child_process.h"

#define CHILDREN_MAX 50u
#define RETURN_WAIT_S 5 /* how long the kit's function waits for the callback */
#define FIND_MS 5000u
#define SPAWN_MS 10000u /* on another host */
#define LIBRARY_MAX 4096u
#define NAME_MAX_SIZE 64u

struct start {
    OH_Ability_OnNativeChildProcessStarted tell;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool told;        /* the callback has returned */
    unsigned n_users; /* the thread, and who waits for it */
    char library[];
};

static pthread_mutex_t children_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned n_children; /* starts under way and children alive */

static bool take_place(void)
{
    pthread_mutex_lock(&children_lock);
    bool free_place = n_children < CHILDREN_MAX;
    if (free_place)
        n_children++;
    pthread_mutex_unlock(&children_lock);
    return free_place;
}

static void give_place(void)
{
    pthread_mutex_lock(&children_lock);
    n_children--;
    pthread_mutex_unlock(&children_lock);
}

/* ---- a start ---- */

static struct start *start_create(const char *library, OH_Ability_OnNativeChildProcessStarted tell)
{
    size_t size = strlen(library) + 1;
    struct start *start = malloc(sizeof *start + size);
    if (start == NULL)
        return NULL;
    start->tell = tell;
    start->told = false;
    start->n_users = 2;
    memcpy(start->library, library, size);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&start->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&start->lock, NULL);
    return start;
}

static void start_unref(struct start *start)
{
    pthread_mutex_lock(&start->lock);
    bool last = --start->n_users == 0;
    pthread_mutex_unlock(&start->lock);
    if (!last)
        return;
    pthread_cond_destroy(&start->changed);
    pthread_mutex_destroy(&start->lock);
    free(start);
}

/* Runs the callback, with a handle of its own to @object, and lets whoever waits for it go on. */
static void tell(struct start *start, int error, struct via_proxy *object)
{
    OHIPCRemoteProxy *proxy = object == NULL ? NULL : remote_proxy_wrap(object);
    if (error == NCP_NO_ERROR && proxy == NULL)
        error = NCP_ERR_INTERNAL;
    context_enter_callback();
    start->tell(error, proxy);
    context_leave_callback();
    pthread_mutex_lock(&start->lock);
    start->told = true;
    pthread_cond_signal(&start->changed);
    pthread_mutex_unlock(&start->lock);
}

static void wait_until_told(struct start *start)
{
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += RETURN_WAIT_S;
    pthread_mutex_lock(&start->lock);
    while (!start->told)
        if (pthread_cond_timedwait(&start->changed, &start->lock, &end) == ETIMEDOUT)
            break;
    pthread_mutex_unlock(&start->lock);
}

/* ---- on this host ---- */

/* A name that nobody guesses, so that nobody takes it first. */
static bool make_name(char name[NAME_MAX_SIZE])
{
    uint64_t random[2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    (void)snprintf(name, NAME_MAX_SIZE, "%d-%016" PRIx64 "%016" PRIx64, (int)getpid(), random[0],
                   random[1]);
    return true;
}

/* What the child says of itself; what it does not say is that it died. */
static int read_code(int control)
{
    int32_t code = NCP_ERR_INTERNAL;
    ssize_t size = 0;
    do
        size = read(control, &code, sizeof code);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof code ? code : NCP_ERR_INTERNAL;
}

static int find_child(struct via_node *node, int control, const char *name,
                      struct via_proxy **objectp)
{
    static const uint8_t found = 1;
    int error = read_code(control);
    if (error != NCP_NO_ERROR)
        return error;
    if (via_node_find(node, CHILD_PROGRAM_FAMILY, name, FIND_MS, objectp) != VIA_OK)
        return NCP_ERR_SERVICE_ERROR;
    /* A child that is gone by now has told why through its death. */
    ssize_t size = send(control, &found, sizeof found, MSG_NOSIGNAL);
    (void)size;
    return NCP_NO_ERROR;
}

static int start_child(struct via_node *node, const char *library, const char *name, pid_t *pidp,
                       int *controlp)
{
    const char *gateway = NULL;
    if (private_gateway_ensure(node, &gateway) != VIA_OK)
        return NCP_ERR_SERVICE_ERROR;
    char folder[PATH_MAX];
    program_folder(folder);
    const char *const arguments[] = {CHILD_PROGRAM, library, name, folder, NULL};
    return program_start(arguments, gateway, false, pidp, controlp) == VIA_OK ? NCP_NO_ERROR
                                                                              : NCP_ERR_INTERNAL;
}

static void run_here(struct start *start, struct via_node *node)
{
    char name[NAME_MAX_SIZE];
    pid_t pid = -1;
    int control = -1;
    struct via_proxy *object = NULL;
    int error = make_name(name) ? start_child(node, start->library, name, &pid, &control)
                                : NCP_ERR_INTERNAL;
    if (error == NCP_NO_ERROR)
        error = find_child(node, control, name, &object);
    if (error != NCP_NO_ERROR && control >= 0) {
        (void)close(control);
        control = -1;
    }
    tell(start, error, object);
    via_proxy_unref(object);
    if (pid > 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    if (control >= 0)
        (void)close(control);
}

/* ---- on the gateway's host ---- */

static int error_from_spawn(enum via_status status)
{
    switch (status) {
    case VIA_UNSUPPORTED:
        return NCP_ERR_NOT_SUPPORTED;
    case VIA_DENIED:
        return NCP_ERR_MULTI_PROCESS_DISABLED;
    case VIA_TIMEOUT:
        return NCP_ERR_TIMEOUT;
    case VIA_BUSY:
        return NCP_ERR_MAX_CHILD_PROCESSES_REACHED;
    case VIA_NOT_CONNECTED:
    case VIA_BAD_CERTIFICATE:
    case VIA_BAD_VERSION:
        return NCP_ERR_SERVICE_ERROR;
    default:
        return NCP_ERR_INTERNAL;
    }
}

static void run_there(struct start *start, struct via_node *node)
{
    int32_t result = NCP_NO_ERROR;
    struct via_proxy *object = NULL;
    enum via_status status = via_node_spawn(node, start->library, SPAWN_MS, &result, &object);
    tell(start, status == VIA_OK ? result : error_from_spawn(status), object);
    via_proxy_unref(object);
}

static bool gateway_is_remote(void)
{
    static const char scheme[] = "wss://";
    const char *gateway = secure_getenv("VIADUCT_GATEWAY");
    return gateway != NULL && strncmp(gateway, scheme, sizeof scheme - 1) == 0;
}

static void *run(void *user)
{
    struct start *start = user;
    struct via_node *node = remote_node();
    if (node == NULL)
        tell(start, NCP_ERR_INTERNAL, NULL);
    else if (gateway_is_remote())
        run_there(start, node);
    else
        run_here(start, node);
    give_place();
    start_unref(start);
    return NULL;
}

static bool begin(struct start *start)
{
    pthread_attr_t detached;
    pthread_t thread;
    if (pthread_attr_init(&detached) != 0)
        return false;
    bool begun = pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) == 0 &&
                 pthread_create(&thread, &detached, run, start) == 0;
    pthread_attr_destroy(&detached);
    return begun;
}

/* ---- the kit ---- */

int OH_Ability_CreateNativeChildProcess(const char *libName,
                                        OH_Ability_OnNativeChildProcessStarted onProcessStarted)
{
    if (libName == NULL || libName[0] == '\0' || onProcessStarted == NULL ||
        strnlen(libName, LIBRARY_MAX) == LIBRARY_MAX || strstr(libName, "../") != NULL)
        return NCP_ERR_INVALID_PARAM;
    if (child_program_is_running())
        return NCP_ERR_ALREADY_IN_CHILD;
    if (!take_place())
        return NCP_ERR_MAX_CHILD_PROCESSES_REACHED;
    struct start *start = start_create(libName, onProcessStarted);
    if (start == NULL || !begin(start)) {
        free(start);
        give_place();
        return NCP_ERR_INTERNAL;
    }
    if (!context_is_worker())
        wait_until_told(start);
    start_unref(start);
    return NCP_NO_ERROR;
}
