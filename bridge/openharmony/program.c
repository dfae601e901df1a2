/*
 * Viaduct's own programs. The process that starts one has threads, so it is spawned, never forked;
 * it takes along what is not close-on-exec, which is the program's to drop.
 */
#include "bridge/openharmony/program.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/openharmony/child_program.h"

#define GATEWAY_VARIABLE "VIADUCT_GATEWAY="

extern char **environ;

static void cut_to_folder(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        path[0] = '\0';
    else
        *slash = '\0';
}

void program_folder(char folder[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    folder[size < 0 ? 0 : size] = '\0';
    cut_to_folder(folder);
}

/* Where the code is that runs here: the shared library, or the executable it was linked into. */
static void library_folder(char folder[PATH_MAX])
{
    static const char here = 0;
    Dl_info info;
    folder[0] = '\0';
    if (dladdr(&here, &info) == 0 || info.dli_fname == NULL || strchr(info.dli_fname, '/') == NULL)
        return;
    (void)snprintf(folder, PATH_MAX, "%s", info.dli_fname);
    cut_to_folder(folder);
}

static bool is_there(char path[PATH_MAX], const char *folder, const char *between, const char *name)
{
    if (folder == NULL || folder[0] == '\0')
        return false;
    int size = snprintf(path, PATH_MAX, "%s%s/%s", folder, between, name);
    return size > 0 && size < PATH_MAX && access(path, X_OK) == 0;
}

void program_find(const char *name, char path[PATH_MAX])
{
    char ours[PATH_MAX];
    char theirs[PATH_MAX];
    library_folder(ours);
    program_folder(theirs);
    if (is_there(path, secure_getenv("VIADUCT_BIN"), "", name) ||
        is_there(path, ours, "/../bin", name) || is_there(path, ours, "", name) ||
        is_there(path, theirs, "", name))
        return;
    (void)snprintf(path, PATH_MAX, "%s", name); /* $PATH is the spawning's own affair */
}

/* Our environment with another VIADUCT_GATEWAY; the strings stay borrowed. NULL without memory. */
static char **environment_with(char *variable)
{
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    char **copy = calloc(n + 2, sizeof *copy);
    if (copy == NULL)
        return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], GATEWAY_VARIABLE, strlen(GATEWAY_VARIABLE)) != 0)
            copy[kept++] = environ[i];
    copy[kept] = variable;
    return copy;
}

static int prepare(posix_spawnattr_t *attributes, bool own_group)
{
    sigset_t none;
    sigset_t standard;
    (void)sigemptyset(&none);
    (void)sigfillset(&standard);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(attributes, &standard);
    if (error == 0 && own_group)
        error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0)
        error = posix_spawnattr_setflags(
            attributes, (short)(own_group ? flags | POSIX_SPAWN_SETPGROUP : flags));
    return error;
}

static int spawn(const char *const *arguments, char **environment, bool own_group, int control,
                 pid_t *pidp)
{
    char path[PATH_MAX];
    program_find(arguments[0], path);
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int error = posix_spawnattr_init(&attributes);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        error = prepare(&attributes, own_group);
        if (error == 0)
            error = posix_spawn_file_actions_adddup2(&actions, control, CHILD_PROGRAM_FD);
        /* It takes char *const[] and changes nothing. */
        if (error == 0)
            error = posix_spawnp(pidp, path, &actions, &attributes,
                                 (char *const *)(uintptr_t)arguments, environment);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)posix_spawnattr_destroy(&attributes);
    return error;
}

enum via_status program_start(const char *const *arguments, const char *gateway, bool own_group,
                              pid_t *pidp, int *controlp)
{
    char variable[sizeof GATEWAY_VARIABLE + PATH_MAX];
    char **environment = environ;
    if (gateway != NULL) {
        (void)snprintf(variable, sizeof variable, "%s%s", GATEWAY_VARIABLE, gateway);
        environment = environment_with(variable);
        if (environment == NULL)
            return VIA_NO_MEMORY;
    }
    int ends[2];
    enum via_status status = VIA_IO;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) {
        if (spawn(arguments, environment, own_group, ends[1], pidp) == 0) {
            *controlp = ends[0];
            status = VIA_OK;
        } else {
            (void)close(ends[0]);
        }
        (void)close(ends[1]);
    }
    if (environment != environ)
        free(environment);
    return status;
}
