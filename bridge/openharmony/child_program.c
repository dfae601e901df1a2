/*
 * The program viaduct-ability-child, all of it, so that it and the library it loads share one copy
 * of the kit. Three threads: the main one runs the library, one reads descriptor 3, where the end
 * of whoever started us shows, and one tells when the library serves.
 */
#include "bridge/openharmony/child_program.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bridge/openharmony/program.h"
#include "bridge/openharmony/remote.h"
#include "include/openharmony/AbilityKit/native_child_process.h"

#define MAIN_PROC_HEAD_START_NS 1000000 /* so that it already waits when requests come */
#define FOUND_WAIT_S 5                  /* for the octet that says the stub was found */
#define DRAIN_MS 1000u                  /* for the last replies */
#define GATEWAY_PROGRAM "viaductd"
#define GATEWAY_END_MS 2000 /* how long it may take to end by itself */
#define MODE_OWN_USER 0600u /* the stub is the parent's, of the same user */

#define EXIT_USAGE 2

typedef OHIPCRemoteStub *(*on_connect_fn)(void);
typedef void (*main_proc_fn)(void);

struct child {
    const char *name;
    struct via_stub *stub; /* borrowed: the library's handle keeps it */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool found; /* whoever started us has the stub */
};

static bool running; /* set before there are threads */

bool child_program_is_running(void)
{
    return running;
}

static int report(int32_t code)
{
    ssize_t size = send(CHILD_PROGRAM_FD, &code, sizeof code, MSG_NOSIGNAL);
    return size == (ssize_t)sizeof code && code == NCP_NO_ERROR ? EXIT_SUCCESS : EXIT_FAILURE;
}

static ssize_t read_control(void)
{
    uint8_t octet = 0;
    ssize_t size = 0;
    do
        size = read(CHILD_PROGRAM_FD, &octet, sizeof octet);
    while (size < 0 && errno == EINTR);
    return size;
}

/* ---- the library ---- */

static void *open_in(const char *folder, const char *between, const char *library)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s%s/%s", folder, between, library);
    if (folder[0] == '\0' || size < 0 || (size_t)size >= sizeof path || access(path, R_OK) < 0)
        return NULL;
    return dlopen(path, RTLD_LAZY);
}

/* By the loader's rules, then in the application's folder, its ../lib, the working directory. */
static void *open_library(const char *library, const char *folder)
{
    void *handle = dlopen(library, RTLD_LAZY);
    if (handle != NULL)
        return handle;
    char words[512];
    (void)snprintf(words, sizeof words, "%s", dlerror());
    if (strchr(library, '/') == NULL) {
        handle = open_in(folder, "", library);
        if (handle == NULL)
            handle = open_in(folder, "/../lib", library);
        if (handle == NULL)
            handle = open_in(".", "", library);
        if (handle != NULL)
            return handle;
    }
    const char *later = dlerror(); /* of one that was there, but could not be loaded */
    (void)fprintf(stderr, CHILD_PROGRAM ": %s\n", later == NULL ? words : later);
    return NULL;
}

/* ISO C has no cast from an object's pointer to a function's; POSIX promises that they are alike.
 */
static void find_function(void *library, const char *name, void *functionp, size_t size)
{
    void *address = dlsym(library, name);
    memcpy(functionp, &address, size);
}

/* ---- telling that it serves ---- */

static void *read_until_the_end(void *user)
{
    struct child *child = user;
    while (read_control() > 0) {
        pthread_mutex_lock(&child->lock);
        child->found = true;
        pthread_cond_signal(&child->changed);
        pthread_mutex_unlock(&child->lock);
    }
    _exit(EXIT_FAILURE); /* whoever started us is gone */
}

static void wait_until_found(struct child *child)
{
    struct timespec end;
    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += FOUND_WAIT_S;
    pthread_mutex_lock(&child->lock);
    while (!child->found)
        if (pthread_cond_timedwait(&child->changed, &child->lock, &end) == ETIMEDOUT)
            break;
    pthread_mutex_unlock(&child->lock);
}

static void *publish_and_report(void *user)
{
    static const struct timespec head_start = {.tv_nsec = MAIN_PROC_HEAD_START_NS};
    static const struct via_publish_options options = {.size = sizeof options,
                                                       .mode = MODE_OWN_USER};
    struct child *child = user;
    (void)nanosleep(&head_start, NULL);
    struct via_node *node = remote_node();
    if (node == NULL || via_node_publish(node, CHILD_PROGRAM_FAMILY, child->name, child->stub,
                                         &options) != VIA_OK) {
        (void)report(NCP_ERR_SERVICE_ERROR);
        _exit(EXIT_FAILURE);
    }
    if (report(NCP_NO_ERROR) == EXIT_SUCCESS)
        wait_until_found(child);
    (void)via_node_withdraw(node, CHILD_PROGRAM_FAMILY, child->name, child->stub);
    return NULL;
}

/* The program's own destructors run, but no handler beside them. */
static void end(void)
{
    struct via_node *node = remote_node();
    remote_stub_drain(DRAIN_MS);
    if (node != NULL) {
        (void)via_node_flush(node, DRAIN_MS);
        via_node_close(node);
    }
    exit(EXIT_SUCCESS);
}

static int run_library(const char *library, const char *name, const char *folder)
{
    static struct child child = {.lock = PTHREAD_MUTEX_INITIALIZER,
                                 .changed = PTHREAD_COND_INITIALIZER};
    running = true;
    child.name = name;
    pthread_t reader;
    pthread_t teller;
    if (pthread_create(&reader, NULL, read_until_the_end, &child) != 0)
        return report(NCP_ERR_INTERNAL);

    on_connect_fn on_connect = NULL;
    main_proc_fn main_proc = NULL;
    void *handle = open_library(library, folder);
    if (handle != NULL) {
        find_function(handle, "NativeChildProcess_OnConnect", &on_connect, sizeof on_connect);
        find_function(handle, "NativeChildProcess_MainProc", &main_proc, sizeof main_proc);
    }
    if (on_connect == NULL || main_proc == NULL)
        return report(NCP_ERR_LIB_LOADING_FAILED);
    OHIPCRemoteStub *stub = on_connect();
    if (stub == NULL || stub->stub == NULL)
        return report(NCP_ERR_CONNECTION_FAILED);
    child.stub = stub->stub;
    if (pthread_create(&teller, NULL, publish_and_report, &child) != 0)
        return report(NCP_ERR_INTERNAL);
    main_proc();
    (void)pthread_join(teller, NULL);
    end();
    return EXIT_SUCCESS;
}

/* ---- the private gateway ---- */

/* In the new process; what fails shows as the end of its output. */
static void become_gateway(const char *socket, int output)
{
    char path[PATH_MAX];
    program_find(GATEWAY_PROGRAM, path);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (dup2(output, STDOUT_FILENO) < 0)
        _exit(EXIT_FAILURE);
    (void)close(output);
    (void)close(CHILD_PROGRAM_FD);
    (void)execlp(path, GATEWAY_PROGRAM, "--socket", socket, (char *)NULL);
    (void)fprintf(stderr, CHILD_PROGRAM ": cannot run %s: %s\n", path, strerror(errno));
    _exit(EXIT_FAILURE);
}

/* Until it ends, or whoever started us does. Its first words say that it is ready. */
static void watch_gateway(int output)
{
    bool ready = false;
    struct pollfd ends[] = {{.fd = CHILD_PROGRAM_FD, .events = POLLIN},
                            {.fd = output, .events = POLLIN}};
    for (;;) {
        char words[512];
        if (poll(ends, 2, -1) < 0 && errno != EINTR)
            return;
        if (ends[0].revents != 0 && read_control() <= 0)
            return;
        if (ends[1].revents != 0 && read(output, words, sizeof words) <= 0)
            return;
        if (ends[1].revents != 0 && !ready) {
            ready = true;
            if (report(0) != EXIT_SUCCESS)
                return;
        }
    }
}

static void end_gateway(pid_t pid, int output)
{
    struct pollfd closed = {.fd = output, .events = POLLIN};
    char words[512];
    (void)kill(pid, SIGTERM);
    while (poll(&closed, 1, GATEWAY_END_MS) > 0 && read(output, words, sizeof words) > 0)
        continue;
    (void)kill(pid, SIGKILL); /* of one that has ended: it is not reaped yet */
    (void)waitpid(pid, NULL, 0);
}

/* The socket, the gateway's lock beside it, and the folder that was made for both. */
static void remove_socket(const char *socket)
{
    char path[PATH_MAX];
    (void)unlink(socket);
    int size = snprintf(path, sizeof path, "%s.lock", socket);
    if (size < 0 || (size_t)size >= sizeof path)
        return;
    (void)unlink(path);
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return;
    *slash = '\0';
    (void)rmdir(path);
}

static int run_gateway(const char *socket)
{
    int output[2];
    if (pipe(output) < 0)
        return EXIT_FAILURE;
    pid_t pid = fork(); /* there is but one thread */
    if (pid == 0) {
        (void)close(output[0]);
        become_gateway(socket, output[1]);
    }
    (void)close(output[1]);
    if (pid > 0) {
        watch_gateway(output[0]);
        end_gateway(pid, output[0]);
    }
    remove_socket(socket);
    return EXIT_SUCCESS;
}

int via_openharmony_child_main(int argc, char **argv)
{
    /* What the starting program left open is not ours. */
    (void)close_range(CHILD_PROGRAM_FD + 1, ~0U, 0);
    if (argc == 3 && strcmp(argv[1], CHILD_PROGRAM_GATEWAY) == 0)
        return run_gateway(argv[2]);
    if (argc == 3 || argc == 4)
        return run_library(argv[1], argv[2], argc == 4 ? argv[3] : "");
    (void)fprintf(stderr, "usage: " CHILD_PROGRAM " LIBRARY NAME [FOLDER]\n"
                          "       " CHILD_PROGRAM " " CHILD_PROGRAM_GATEWAY " SOCKET\n"
                          "Viaduct's library starts it; it is of no use by hand.\n");
    return EXIT_USAGE;
}
