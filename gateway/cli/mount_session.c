/*
 * A session with the kernel: it is mounted, its requests are taken by as many threads as wait for
 * servers, and it is unmounted, by a signal if nobody else does.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gateway/cli/mount_fuse.h"

#define THREADS_MAX 256u /* requests that wait at one time */
#define THREADS_IDLE 8u  /* of them are kept */

/* ---- serving ---- */

/* Signals end it: the loop, and all that waits for servers. */
static struct fuse_session *ending; /* borrowed */
static sem_t ended;

static void on_signal(int number)
{
    (void)number;
    if (ending != NULL)
        fuse_session_exit(ending);
    (void)sem_post(&ended);
}

static void *close_node(void *user)
{
    while (sem_wait(&ended) < 0) {
    }
    via_node_close(user);
    return NULL;
}

static void take_signals(struct fuse_session *session)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    const struct sigaction action = {.sa_handler = on_signal};
    ending = session;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaction(numbers[i], &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void loop(struct fuse_session *session)
{
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_max_threads(config, THREADS_MAX);
    fuse_loop_cfg_set_idle_threads(config, THREADS_IDLE);
    (void)fuse_session_loop_mt(session, config);
    fuse_loop_cfg_destroy(config);
}

/* What is open when a signal ends it is closed by the servers, which hear of our end. */
static bool serve(struct fuse_session *session, struct mount_tree *tree,
                  const struct mount_point *point)
{
    pthread_t closer;
    sigset_t every, before;
    (void)sigfillset(&every);
    if (sem_init(&ended, 0, 0) < 0)
        return false;
    (void)pthread_sigmask(SIG_SETMASK, &every, &before); /* signals are for the loop */
    const int failed = pthread_create(&closer, NULL, close_node, mount_tree_options(tree)->node);
    if (failed == 0)
        take_signals(session);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        fputs("viaduct mount: no thread can be started\n", stderr);
        return false;
    }
    point->ready(point->user);
    loop(session);
    (void)sem_post(&ended);
    (void)pthread_join(closer, NULL);
    return true; /* a signal may still come: the semaphore stays */
}

/* ---- mounting ---- */

/* What libfuse, and the program that mounts for it, say while they do: the first line of that. */
struct overheard {
    int fd, former;
};

static void listen_in(struct overheard *heard)
{
    (void)fflush(stderr);
    heard->former = dup(STDERR_FILENO);
    heard->fd = memfd_create("mount", MFD_CLOEXEC);
    if (heard->former >= 0 && heard->fd >= 0)
        (void)dup2(heard->fd, STDERR_FILENO);
}

static void stop_listening(struct overheard *heard, char *line, size_t size)
{
    (void)fflush(stderr);
    if (heard->former >= 0)
        (void)dup2(heard->former, STDERR_FILENO);
    ssize_t n = heard->fd >= 0 ? pread(heard->fd, line, size - 1, 0) : 0;
    line[n < 0 ? 0 : n] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (heard->former >= 0)
        (void)close(heard->former);
    if (heard->fd >= 0)
        (void)close(heard->fd);
}

/* There, or where libfuse looks first. */
static bool is_in_path(const char *program)
{
    char path[4096];
    const char *folders = getenv("PATH");
    (void)snprintf(path, sizeof path, "/usr/bin/%s", program);
    if (access(path, X_OK) == 0)
        return true;
    if (folders == NULL)
        return false;
    while (*folders != '\0') {
        const size_t size = strcspn(folders, ":");
        (void)snprintf(path, sizeof path, "%.*s/%s", (int)size, folders, program);
        if (access(path, X_OK) == 0)
            return true;
        folders += size + (folders[size] == ':');
    }
    return false;
}

bool mount_session_is_possible(void)
{
    const char *reason = NULL;
    if (access("/dev/fuse", F_OK) < 0)
        reason = "there is no /dev/fuse (modprobe fuse; of a container: its host has to give it)";
    else if (geteuid() != 0 && !is_in_path("fusermount3"))
        reason = "fusermount3 is not installed (Debian: fuse3)";
    if (reason != NULL)
        fprintf(stderr, "viaduct mount: nothing can be mounted here: %s\n", reason);
    return reason == NULL;
}

/* A comma would end it, a backslash keeps one. */
static void put_option(char *text, size_t size, const char *name, const char *value)
{
    size_t n = (size_t)snprintf(text, size, "%s=", name);
    for (; *value != '\0' && n + 3 < size; value++) {
        if (*value == ',' || *value == '\\')
            text[n++] = '\\';
        text[n++] = *value;
    }
    text[n] = '\0';
}

static struct fuse_session *begin_session(struct mount_tree *tree, const struct mount_point *point)
{
    char name[512];
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    put_option(name, sizeof name, "fsname", point->name);
    struct fuse_session *session = NULL;
    if (fuse_opt_add_arg(&args, "viaduct") == 0 && fuse_opt_add_arg(&args, "-o") == 0 &&
        fuse_opt_add_arg(&args, name) == 0 &&
        fuse_opt_add_arg(&args, "-osubtype=viaduct,default_permissions") == 0 &&
        (!point->allow_other || fuse_opt_add_arg(&args, "-oallow_other") == 0))
        session = fuse_session_new(&args, mount_fuse_operations(), sizeof(struct fuse_lowlevel_ops),
                                   tree);
    fuse_opt_free_args(&args);
    return session;
}

bool mount_session_serve(struct mount_tree *tree, const struct mount_point *point)
{
    struct overheard heard;
    char line[256];
    listen_in(&heard);
    struct fuse_session *session = begin_session(tree, point);
    const bool is_mounted = session != NULL && fuse_session_mount(session, point->dir) == 0;
    stop_listening(&heard, line, sizeof line);
    if (!is_mounted)
        fprintf(stderr, "viaduct mount: %s: cannot be mounted: %s\n", point->dir,
                line[0] != '\0' ? line : "libfuse says no more");
    const bool is_served = is_mounted && serve(session, tree, point);
    if (is_mounted)
        fuse_session_unmount(session);
    ending = NULL;
    if (session != NULL)
        fuse_session_destroy(session);
    return is_served;
}
