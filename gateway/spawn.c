/*
 * Each child has two descriptors in the loop: its control socket, on which it reports, and its
 * pidfd, which says that it has ended and may be reaped. It is told to end by closing the socket,
 * never by a signal; the helper is held to that, and the gateway waits for nobody.
 */
#include "gateway/spawn.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/log.h"
#include "gateway/binary.h"
#include "gateway/directory_verbs.h"
#include "gateway/gateway.h"
#include "gateway/handover/snapshot.h"

#define CONTROL_FD 3 /* in the child */
#define NAME_SIZE 33u

struct child {
    struct loop_source control; /* fd -1 once it has been told to end */
    struct loop_source end;     /* its pidfd */
    struct loop_timer deadline;
    struct gateway *gateway; /* borrowed */
    struct child *next, **linkp;
    pid_t pid;
    uint32_t session; /* session_key of who asked */
    uint32_t call;    /* its call */
    bool answered;
    char name[NAME_SIZE];
};

static struct child *child_of_control(struct loop_source *source)
{
    return (struct child *)((char *)source - offsetof(struct child, control));
}

static struct child *child_of_end(struct loop_source *source)
{
    return (struct child *)((char *)source - offsetof(struct child, end));
}

static struct child *child_of_deadline(struct loop_timer *timer)
{
    return (struct child *)((char *)timer - offsetof(struct child, deadline));
}

static void close_source(struct child *child, struct loop_source *source)
{
    if (source->fd < 0)
        return;
    loop_remove(child->gateway->loop, source);
    (void)close(source->fd);
    source->fd = -1;
}

/* It reads the end of its file and ends. */
static void tell_to_end(struct child *child)
{
    close_source(child, &child->control);
    loop_disarm(child->gateway->loop, &child->deadline);
}

/* ---- answers ---- */

static struct session *asker(const struct child *child)
{
    return sessions_get(&child->gateway->sessions, child->session);
}

static void answer_status(struct child *child, enum via_status status)
{
    struct session *session = asker(child);
    if (!child->answered && session != NULL)
        directory_verbs_found(session, child->call, status, NULL);
    child->answered = true;
}

static enum via_status answer_object(struct child *child, struct session *session)
{
    struct directory_entry *entry = NULL;
    enum via_status status =
        directory_find(&child->gateway->directory, "", child->name, &session->principal, &entry);
    if (status != VIA_OK)
        return status;
    directory_verbs_found(session, child->call, VIA_OK, entry);
    child->answered = true;
    return VIA_OK;
}

static void answer_error(struct child *child, struct session *session, int32_t error)
{
    struct via_parcel *empty = NULL;
    if (via_parcel_create(&empty) != VIA_OK) {
        answer_status(child, VIA_NO_MEMORY);
        return;
    }
    directory_verbs_answer(session, child->call, error, empty);
    via_parcel_unref(empty);
    child->answered = true;
}

/* ---- what a child says ---- */

static void reported(struct child *child, int32_t code)
{
    static const uint8_t found = 1;
    struct session *session = asker(child);
    loop_disarm(child->gateway->loop, &child->deadline);
    if (session == NULL || child->answered) {
        tell_to_end(child);
        return;
    }
    if (code != 0) {
        answer_error(child, session, code);
        tell_to_end(child);
        return;
    }
    enum via_status status = answer_object(child, session);
    if (status == VIA_OK && send(child->control.fd, &found, sizeof found,
                                 MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof found)
        return;
    answer_status(child, status == VIA_OK ? VIA_DEAD : status);
    tell_to_end(child);
}

static void control_ready(struct loop_source *source, uint32_t events)
{
    (void)events;
    struct child *child = child_of_control(source);
    int32_t code = 0;
    ssize_t size = recv(source->fd, &code, sizeof code, MSG_DONTWAIT);
    if (size == (ssize_t)sizeof code && !child->answered) {
        reported(child, code);
        return;
    }
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    answer_status(child, VIA_DEAD); /* it is gone, or says what it should not */
    tell_to_end(child);
}

static void child_destroy(struct child *child)
{
    tell_to_end(child);
    close_source(child, &child->end);
    *child->linkp = child->next;
    if (child->next != NULL)
        child->next->linkp = child->linkp;
    child->gateway->spawn.n--;
    free(child);
}

static void ended(struct loop_source *source, uint32_t events)
{
    (void)events;
    struct child *child = child_of_end(source);
    int how = 0;
    if (waitpid(child->pid, &how, WNOHANG) == 0)
        return;
    log_info("spawn.ended", "pid=%d status=%d", (int)child->pid, how);
    answer_status(child, VIA_DEAD);
    child_destroy(child);
}

static void late(struct loop_timer *timer)
{
    struct child *child = child_of_deadline(timer);
    log_warn("spawn.late", "pid=%d spawn_ms=%" PRIu64, (int)child->pid,
             child->gateway->config.limits.spawn_ms);
    answer_status(child, VIA_TIMEOUT);
    tell_to_end(child);
}

/* ---- starting ---- */

/* A name that nobody guesses, so that nobody takes it first. */
static bool make_name(char name[NAME_SIZE])
{
    uint64_t random[2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    (void)snprintf(name, NAME_SIZE, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
    return true;
}

/* Our environment with the child's gateway in it; to be freed, without its strings. */
static char **make_environment(char *setting)
{
    static const char key[] = "VIADUCT_";
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    char **environment = malloc((n + 2) * sizeof(char *));
    if (environment == NULL)
        return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], key, sizeof key - 1) != 0)
            environment[kept++] = environ[i];
    environment[kept++] = setting;
    environment[kept] = NULL;
    return environment;
}

/* 0, or an errno. */
static int start_program(struct child *child, const char *library, int control)
{
    char setting[4200];
    const struct config *config = &child->gateway->config;
    int size = snprintf(setting, sizeof setting, "VIADUCT_GATEWAY=unix:%s", config->socket);
    if (size < 0 || (size_t)size >= sizeof setting)
        return ENAMETOOLONG;
    char **environment = make_environment(setting);
    if (environment == NULL)
        return ENOMEM;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attributes);
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setsigdefault(&attributes, &all);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failed = posix_spawn_file_actions_adddup2(&actions, control, CONTROL_FD);
    char *arguments[] = {config->spawn_helper, strdup(library), strdup(child->name), NULL};
    if (failed == 0 && (arguments[1] == NULL || arguments[2] == NULL))
        failed = ENOMEM;
    if (failed == 0)
        failed = posix_spawn(&child->pid, config->spawn_helper, &actions, &attributes, arguments,
                             environment);
    free(arguments[1]);
    free(arguments[2]);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    free(environment);
    return failed;
}

/* A source that could not be added is closed here, for nobody may remove it. */
static enum via_status add(struct child *child, struct loop_source *source)
{
    enum via_status status = source->fd < 0 ? VIA_IO : loop_add(child->gateway->loop, source);
    if (status != VIA_OK && source->fd >= 0) {
        (void)close(source->fd);
        source->fd = -1;
    }
    return status;
}

static enum via_status watch(struct child *child)
{
    uint64_t until_ms = loop_now() + child->gateway->config.limits.spawn_ms;
    child->end.fd = pidfd_open(child->pid, 0);
    enum via_status control = add(child, &child->control);
    enum via_status end = add(child, &child->end);
    if (control != VIA_OK || end != VIA_OK)
        return control != VIA_OK ? control : end;
    return loop_arm(child->gateway->loop, &child->deadline, until_ms);
}

static enum via_status allowed(const struct gateway *gateway, const char *library)
{
    const struct config *config = &gateway->config;
    if (config->n_libraries == 0 || config->spawn_helper == NULL || config->socket == NULL)
        return VIA_UNSUPPORTED;
    for (unsigned i = 0; i < config->n_libraries; i++)
        if (strcmp(config->libraries[i], library) == 0)
            return gateway->spawn.n < config->limits.max_children ? VIA_OK : VIA_BUSY;
    return VIA_DENIED;
}

static void link_child(struct child *child)
{
    struct spawn *spawn = &child->gateway->spawn;
    child->next = spawn->first;
    child->linkp = &spawn->first;
    if (child->next != NULL)
        child->next->linkp = &child->next;
    spawn->first = child;
    spawn->n++;
}

static struct child *make(struct gateway *gateway)
{
    struct child *child = calloc(1, sizeof *child);
    if (child == NULL)
        return NULL;
    child->gateway = gateway;
    child->deadline.fired = late;
    child->end = (struct loop_source){.fd = -1, .events = EPOLLIN, .ready = ended};
    child->control = (struct loop_source){.fd = -1, .events = EPOLLIN, .ready = control_ready};
    return child;
}

enum via_status spawn_start(struct session *session, uint32_t call, const char *library)
{
    struct gateway *gateway = session->gateway;
    enum via_status status = allowed(gateway, library);
    if (status == VIA_DENIED)
        audit_refusal(&gateway->audit, &session->principal, "spawn",
                      "the library is not in spawn.libraries");
    if (status != VIA_OK)
        return status;
    struct child *child = make(gateway);
    if (child == NULL)
        return VIA_NO_MEMORY;
    child->session = session_key(session);
    child->call = call;
    int pair[2];
    if (!make_name(child->name) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        free(child);
        return VIA_IO;
    }
    child->control.fd = pair[0];
    int failed = start_program(child, library, pair[1]);
    (void)close(pair[1]);
    if (failed != 0) {
        log_error("spawn.failed", "helper=\"%s\" error=\"%s\"", gateway->config.spawn_helper,
                  strerror(failed));
        (void)close(pair[0]);
        free(child);
        return failed == ENOMEM ? VIA_NO_MEMORY : VIA_IO;
    }
    link_child(child);
    status = watch(child);
    if (status == VIA_OK)
        return VIA_OK;
    child->answered = true; /* by the status returned */
    child_destroy(child);
    return status;
}

/* ---- ends ---- */

void spawn_session_ended(struct session *session)
{
    for (struct child *child = session->gateway->spawn.first; child != NULL; child = child->next)
        if (child->session == session_key(session)) {
            child->answered = true;
            tell_to_end(child);
        }
}

void spawn_end_lost(struct gateway *gateway)
{
    for (struct child *child = gateway->spawn.first; child != NULL; child = child->next)
        if (asker(child) == NULL)
            tell_to_end(child);
}

void spawn_deinit(struct gateway *gateway)
{
    struct child *next = NULL;
    for (struct child *child = gateway->spawn.first; child != NULL; child = next) {
        next = child->next;
        child_destroy(child);
    }
}

/* ---- from process to process ---- */

static void load_source(struct child *child, struct state *state, struct loop_source *source)
{
    int fd = -1;
    state_fd(state, &fd);
    if (fd < 0)
        return;
    source->fd = fd;
    if (add(child, source) != VIA_OK)
        state->status = VIA_NO_MEMORY;
}

static void child_state(struct snapshot *snapshot, struct child *child)
{
    struct state *state = snapshot->state;
    bool limited = child->deadline.place != 0;
    uint64_t until_ms = limited ? child->deadline.at_ms : 0;
    state_i32(state, &child->pid);
    state_u32(state, &child->session);
    state_u32(state, &child->call);
    state_bool(state, &child->answered);
    state_text(state, child->name, sizeof child->name);
    state_bool(state, &limited);
    state_u64(state, &until_ms);
    if (!state->loading) {
        state_fd(state, &child->control.fd);
        state_fd(state, &child->end.fd);
        return;
    }
    load_source(child, state, &child->control);
    load_source(child, state, &child->end);
    if (limited && loop_arm(child->gateway->loop, &child->deadline, until_ms) != VIA_OK)
        state->status = VIA_NO_MEMORY;
}

void spawn_state(struct snapshot *snapshot)
{
    struct state *state = snapshot->state;
    struct spawn *spawn = &snapshot->gateway->spawn;
    uint32_t n = spawn->n;
    state_count(state, &n, UINT16_MAX);
    struct child *child = spawn->first;
    for (; n > 0 && state_is_good(state); n--) {
        if (state->loading) {
            child = make(snapshot->gateway);
            if (child == NULL) {
                state->status = VIA_NO_MEMORY;
                return;
            }
            link_child(child);
        }
        child_state(snapshot, child);
        child = child->next;
    }
}
