/*
 * Editors, certbot and Kubernetes replace files in different ways: written in place, renamed over,
 * or a link in the path turned elsewhere. So folders are watched, those of the names and those the
 * names lead to, and any change in them means: look again once it has been quiet for SETTLE_MS, but
 * not later than SETTLE_MAX_MS. Whether something changed is told by the contents alone.
 *
 * What can fail is done first and changes nothing: the configuration is read, listeners make their
 * next certificate, new addresses are bound, the audit is opened. Then everything is put in force
 * without a way to fail, and all that are connected are judged again.
 */
#include "gateway/reload.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/log.h"
#include "gateway/gateway.h"

#define SETTLE_MS 200u
#define SETTLE_MAX_MS 2000u
#define LOOK_AGAIN_MS 1000u /* while a folder cannot be watched */
#define CHANGES                                                                                    \
    (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB |            \
     IN_DELETE_SELF | IN_MOVE_SELF)
#define FILES 6u

static void files_of(const struct reload *reload, const char *files[FILES])
{
    const struct config *config = &reload->gateway->config;
    const struct via_gateway_options *said = config_options_get(reload->said);
    files[0] = said->config;
    files[1] = config->cert;
    files[2] = config->key;
    files[3] = config->client_ca;
    files[4] = config->crl;
    files[5] = config->bindings_file;
}

/* ---- what the files hold ---- */

#define FNV_START UINT64_C(0xcbf29ce484222325)

static void mix(uint64_t *hash, const void *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        *hash = (*hash ^ ((const uint8_t *)octets)[i]) * UINT64_C(0x100000001b3);
}

static uint64_t fingerprint(const struct reload *reload)
{
    const char *files[FILES];
    uint64_t hash = FNV_START;
    files_of(reload, files);
    for (unsigned i = 0; i < FILES; i++) {
        FILE *file = files[i] == NULL ? NULL : fopen(files[i], "re");
        int number = file == NULL && files[i] != NULL ? errno : 0;
        uint64_t total = 0;
        uint8_t octets[4096];
        size_t n;
        while (file != NULL && (n = fread(octets, 1, sizeof octets, file)) > 0) {
            mix(&hash, octets, n);
            total += n;
        }
        mix(&hash, &number, sizeof number);
        mix(&hash, &total, sizeof total);
        if (file != NULL)
            (void)fclose(file);
    }
    return hash;
}

/* ---- watching ---- */

static struct reload *of_settle(struct loop_timer *timer)
{
    return (struct reload *)((char *)timer - offsetof(struct reload, settle));
}

static void look_at(struct reload *reload, uint64_t at_ms)
{
    if (loop_arm(reload->gateway->loop, &reload->settle, at_ms) != VIA_OK)
        log_error("reload.not_watched", "cause=\"no memory\"");
}

static void changed(struct loop_source *source, uint32_t events)
{
    struct reload *reload = (struct reload *)((char *)source - offsetof(struct reload, watch));
    uint8_t *octets = loop_buffer(reload->gateway->loop);
    (void)events;
    while (read(source->fd, octets, LOOP_BUFFER_SIZE) > 0)
        continue; /* whatever it was */
    uint64_t now = loop_now();
    if (reload->since_ms == 0)
        reload->since_ms = now;
    uint64_t at_ms = now + SETTLE_MS;
    if (at_ms > reload->since_ms + SETTLE_MAX_MS)
        at_ms = reload->since_ms + SETTLE_MAX_MS;
    look_at(reload, at_ms);
}

static bool watch_folder_of(int fd, const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (size >= sizeof folder)
        return false;
    memcpy(folder, slash == NULL ? "." : path, size);
    folder[size] = '\0';
    return inotify_add_watch(fd, folder, CHANGES | IN_ONLYDIR) >= 0;
}

static void unwatch(struct reload *reload)
{
    if (reload->watch.fd < 0)
        return;
    loop_remove(reload->gateway->loop, &reload->watch);
    (void)close(reload->watch.fd);
    reload->watch.fd = -1;
}

/* All anew: the names may lead to other folders than before. False: not all could be. */
static bool watch(struct reload *reload)
{
    const char *files[FILES];
    bool all = true, any = false;
    files_of(reload, files);
    for (unsigned i = 0; i < FILES; i++)
        any = any || files[i] != NULL;
    unwatch(reload);
    if (!any)
        return true;
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0)
        return false;
    for (unsigned i = 0; i < FILES; i++) {
        char real[PATH_MAX];
        if (files[i] == NULL)
            continue;
        all = watch_folder_of(fd, files[i]) && all;
        if (realpath(files[i], real) != NULL)
            all = watch_folder_of(fd, real) && all;
    }
    reload->watch.fd = fd;
    if (loop_add(reload->gateway->loop, &reload->watch) == VIA_OK)
        return all;
    (void)close(fd);
    reload->watch.fd = -1;
    return false;
}

/* Watches first and looks then, so that no change falls in between. */
static void watch_and_look(struct reload *reload)
{
    reload->since_ms = 0;
    if (!watch(reload)) {
        log_debug("reload.not_watched", "errno=%d again_ms=%u", errno, LOOK_AGAIN_MS);
        look_at(reload, loop_now() + LOOK_AGAIN_MS);
    }
}

static void settled(struct loop_timer *timer)
{
    struct reload *reload = of_settle(timer);
    watch_and_look(reload);
    if (fingerprint(reload) == reload->seen)
        return;
    if (reload_now(reload) != VIA_OK)
        log_debug("reload.waits", "for=\"another change, or SIGHUP\"");
}

/* ---- putting in force ---- */

/* What stays as it is until the next start is told, and stays in @next as well. */
static void keep_what_stays(const struct config *now, struct config *next)
{
    if (strcmp(now->socket, next->socket) != 0)
        log_warn("reload.kept", "socket=%s wanted=%s cause=\"it changes with the next start\"",
                 now->socket, next->socket);
    const struct {
        const char *name;
        uint64_t now, *next;
    } limits[] = {{"max_kept_events", now->limits.max_kept_events, &next->limits.max_kept_events},
                  {"max_event_ids", now->limits.max_event_ids, &next->limits.max_event_ids}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (limits[i].now != *limits[i].next)
            log_warn("reload.kept", "%s=%llu wanted=%llu cause=\"it changes with the next start\"",
                     limits[i].name, (unsigned long long)limits[i].now,
                     (unsigned long long)*limits[i].next);
        *limits[i].next = limits[i].now;
    }
}

static void apply_limits(struct gateway *gateway)
{
    const struct config_limits *limits = &gateway->config.limits;
    gateway->sessions.max = (unsigned)limits->max_connections;
    gateway->directory.max = (size_t)limits->max_names;
    gateway->numbers.max = (uint32_t)limits->max_numbers;
    gateway->numbers.max_block = (uint32_t)limits->max_number_block;
    gateway->bindings.max = (size_t)limits->max_bindings;
    gateway->waiters.max = (uint32_t)limits->max_waiting_finds;
    gateway->name_watches.max = (uint32_t)limits->max_name_watches;
    gateway->events.max = (unsigned)limits->max_subscriptions;
    gateway->events.kept_size_max = (size_t)limits->max_kept_events_size;
}

/* Takes @next, and gives back in it what is to be freed. */
static void commit(struct gateway *gateway, struct config *next, struct audit *audit,
                   struct bindings *said)
{
    struct config before = gateway->config;
    if (before.socket_mode != next->socket_mode && chmod(before.socket, next->socket_mode) < 0)
        log_warn("reload.kept", "socket_mode=%04o errno=%d", (unsigned)before.socket_mode, errno);
    gateway->config = *next;
    *next = before;
    /* Whoever asked for its path keeps the pointer. */
    char *socket = gateway->config.socket;
    gateway->config.socket = next->socket;
    next->socket = socket;
    audit->n_refused = gateway->audit.n_refused;
    audit_close(&gateway->audit);
    gateway->audit = *audit;
    apply_limits(gateway);
    gateway->bindings.by_default = gateway->config.bindings_default;
    bindings_commit(&gateway->bindings, said);
    waiters_judge(&gateway->waiters);
    websocket_commit(&gateway->websocket);
}

static enum via_status prepare(struct reload *reload, struct config *next, struct audit *audit,
                               struct bindings *said, struct config_fault *fault)
{
    struct gateway *gateway = reload->gateway;
    enum via_status status = config_apply(next, config_options_get(reload->said), fault);
    if (status == VIA_OK)
        status = config_check(next, fault);
    if (status == VIA_OK)
        status = bindings_read(said, next->bindings_file, next->name,
                               (size_t)next->limits.max_bindings, fault);
    if (status != VIA_OK)
        return status;
    status = audit_open(audit, next->audit);
    if (status != VIA_OK) {
        (void)snprintf(fault->text, sizeof fault->text, "cannot write the audit file %s",
                       next->audit);
        bindings_deinit(said);
        return status;
    }
    keep_what_stays(&gateway->config, next);
    status = websocket_prepare(&gateway->websocket, gateway, next, fault->text, sizeof fault->text);
    if (status != VIA_OK) {
        audit_close(audit);
        bindings_deinit(said);
    }
    return status;
}

enum via_status reload_now(struct reload *reload)
{
    struct gateway *gateway = reload->gateway;
    struct config next;
    struct audit audit;
    struct bindings said;
    struct config_fault fault = {"out of memory"};
    reload->seen = fingerprint(reload);
    enum via_status status = config_init(&next);
    if (status == VIA_OK)
        status = prepare(reload, &next, &audit, &said, &fault);
    if (status == VIA_OK) {
        commit(gateway, &next, &audit, &said);
        watch_and_look(reload);
        reload->seen = fingerprint(reload); /* of the files it names now */
        log_info("reload.done", "names=%zu sessions=%u", gateway->directory.n, gateway->sessions.n);
    } else {
        log_error("reload.refused", "what was stays; cause=\"%s\"", fault.text);
    }
    config_deinit(&next);
    if (gateway->reloaded != NULL)
        gateway->reloaded(gateway, status);
    return status;
}

/* ---- life ---- */

enum via_status reload_open(struct reload *reload, struct gateway *gateway,
                            const struct via_gateway_options *options)
{
    *reload = (struct reload){.gateway = gateway, .watch = {.fd = -1, .ready = changed}};
    reload->watch.events = EPOLLIN;
    reload->settle.fired = settled;
    enum via_status status = config_options_create(&reload->said, options);
    if (status != VIA_OK)
        return status;
    watch_and_look(reload);
    reload->seen = fingerprint(reload);
    return VIA_OK;
}

void reload_close(struct reload *reload)
{
    if (reload->gateway == NULL)
        return;
    unwatch(reload);
    loop_disarm(reload->gateway->loop, &reload->settle);
    reload->said = config_options_destroy(reload->said);
    *reload = (struct reload){0};
}
