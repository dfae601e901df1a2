/*
 * The status of services is what the gateway's directory says of their names. One thread watches
 * it, for all managers of the process, and runs the listeners.
 *
 * Names that were there when the first listener came are known, and not told. When the gateway is
 * lost for good each known name stops; when it is back each that is there starts. So the watch is
 * made anew then, by the thread, which waits for the gateway as long as it takes.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/deadline.h"
#include "bridge/hdf/device_service.h"
#include "bridge/hdf/handle.h"
#include "bridge/hdf/own_thread.h"
#include "bridge/link_changes.h"
#include "bridge/log.h"
#include "include/hdf/ioservstat_listener.h"
#include "include/hdf/svcmgr_ioservice.h"

#define FAMILY "hdf"
#define NAME "hdf-status"
#define RETRY_US 1000000u

struct known_service {
    struct known_service *next;
    uint16_t device_class;
    bool is_doubted; /* listed before the watch began, and not seen by it yet */
    bool is_listed;  /* after it began */
    char *info;      /* owned */
    char name[];
};

/* What has happened, and the thread is to tell or do. */
struct notice {
    struct notice *next;
    enum { NOTICE_APPEARED, NOTICE_CHANGED, NOTICE_GONE, NOTICE_LINK_ENDED } kind;
    uint16_t device_class;
    char *info; /* owned */
    char name[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stirred = PTHREAD_COND_INITIALIZER;
static struct notice *notices, **last_notice = &notices;      /* owned */
static struct DListHead listeners = {&listeners, &listeners}; /* IoServiceStatusListener.node */
static struct DListHead *next_listener;                       /* while the thread walks; or NULL */
static const struct ServiceStatusListener *running;           /* its callback runs; or NULL */
static pthread_t thread;
static bool is_running;

/* The thread's own. */
static struct known_service *known; /* owned */
static struct via_subscription *watch;

/* ---- notices ---- */

static void post(struct notice *notice)
{
    notice->next = NULL;
    (void)pthread_mutex_lock(&lock);
    *last_notice = notice;
    last_notice = &notice->next;
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_cond_broadcast(&stirred);
}

static struct notice *make_notice(const char *name, const char *info)
{
    size_t size = strlen(name) + 1;
    struct notice *notice = calloc(1, sizeof *notice + size);
    if (notice == NULL)
        return NULL;
    memcpy(notice->name, name, size);
    notice->info = strdup(info);
    if (notice->info != NULL)
        return notice;
    free(notice);
    return NULL;
}

static void free_notice(struct notice *notice)
{
    free(notice->info);
    free(notice);
}

/* On a worker. */
static void on_name(void *user, enum via_notice what, const struct via_entry *entry)
{
    struct device_notice said;
    (void)user;
    if (!device_notice_read(entry->protocol, &said))
        return; /* no driver's service */
    struct notice *notice = make_notice(entry->name, entry->info);
    if (notice == NULL) {
        log_warn("hdf.status.lost", "service=%s why=\"no memory\"", entry->name);
        return;
    }
    notice->kind = what == VIA_APPEAR   ? NOTICE_APPEARED
                   : what == VIA_CHANGE ? NOTICE_CHANGED
                                        : NOTICE_GONE;
    notice->device_class = said.device_class;
    post(notice);
}

static void on_link(void *user, const struct via_link_change *change)
{
    (void)user;
    if (change->state != VIA_LINK_ENDED)
        return;
    struct notice *notice = make_notice("", "");
    if (notice == NULL)
        return;
    notice->kind = NOTICE_LINK_ENDED;
    post(notice);
}

/* ---- telling ---- */

static void tell(const char *name, uint16_t device_class, const char *info,
                 enum ServiceStatusType type)
{
    (void)pthread_mutex_lock(&lock);
    next_listener = listeners.next;
    while (next_listener != &listeners) {
        struct IoServiceStatusListener *listener =
            CONTAINER_OF(next_listener, struct IoServiceStatusListener, node);
        struct ServiceStatusListener *given = &listener->svcstatListener;
        OnServiceStatusReceived callback = given->callback;
        struct ServiceStatus status = {.serviceName = name,
                                       .deviceClass = device_class,
                                       .status = (uint16_t)type,
                                       .info = info};
        next_listener = next_listener->next;
        if ((listener->deviceClass & device_class) == 0 || callback == NULL)
            continue;
        running = given;
        (void)pthread_mutex_unlock(&lock);
        callback(given, &status);
        (void)pthread_mutex_lock(&lock);
        running = NULL;
        (void)pthread_cond_broadcast(&stirred);
    }
    next_listener = NULL;
    (void)pthread_mutex_unlock(&lock);
}

/* ---- what is known ---- */

static struct known_service **find(const char *name)
{
    struct known_service **link = &known;
    while (*link != NULL && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

static void forget(struct known_service **link)
{
    struct known_service *service = *link;
    *link = service->next;
    free(service->info);
    free(service);
}

/* NULL: no memory; it is told then, and never stops. */
static struct known_service *learn(const char *name, const char *info, uint16_t device_class)
{
    size_t size = strlen(name) + 1;
    struct known_service *service = calloc(1, sizeof *service + size);
    if (service == NULL)
        return NULL;
    memcpy(service->name, name, size);
    service->info = strdup(info);
    if (service->info == NULL) {
        free(service);
        return NULL;
    }
    service->device_class = device_class;
    service->next = known;
    known = service;
    return service;
}

static void stop(struct known_service **link)
{
    struct known_service *service = *link;
    *link = service->next;
    tell(service->name, service->device_class, service->info, SERVIE_STATUS_STOP);
    free(service->info);
    free(service);
}

static void appeared(const struct notice *notice)
{
    struct known_service **link = find(notice->name);
    bool was_known = *link != NULL;
    if (was_known && (*link)->is_doubted) {
        (*link)->is_doubted = false;
        return;
    }
    if (was_known)
        forget(link);
    (void)learn(notice->name, notice->info, notice->device_class);
    if (!was_known)
        tell(notice->name, notice->device_class, notice->info, SERVIE_STATUS_START);
}

static void changed(const struct notice *notice)
{
    struct known_service **link = find(notice->name);
    if (*link != NULL)
        forget(link);
    (void)learn(notice->name, notice->info, notice->device_class);
    tell(notice->name, notice->device_class, notice->info, SERVIE_STATUS_CHANGE);
}

/* ---- the thread ---- */

static void on_listed(void *user, const struct via_entry *entry)
{
    struct device_notice said;
    (void)user;
    if (!device_notice_read(entry->protocol, &said))
        return;
    struct known_service *service = learn(entry->name, entry->info, said.device_class);
    if (service != NULL)
        service->is_doubted = true;
}

static void on_listed_again(void *user, const struct via_entry *entry)
{
    struct known_service *service = *find(entry->name);
    (void)user;
    if (service != NULL)
        service->is_listed = true;
}

static bool begin_watch(void)
{
    return via_node_watch_names(hdf_node(), FAMILY, NULL, NULL, on_name, NULL, &watch) == VIA_OK;
}

/* What is there now is known; names that come from here on are told. One that went before the
 * watch began, which has never seen it, was not there. */
static bool begin(void)
{
    while (known != NULL)
        forget(&known);
    if (via_node_list(hdf_node(), FAMILY, NULL, on_listed, NULL) != VIA_OK || !begin_watch())
        return false;
    if (via_node_list(hdf_node(), FAMILY, NULL, on_listed_again, NULL) != VIA_OK)
        return true; /* the gateway has just gone: all will stop */
    for (struct known_service **link = &known; *link != NULL;) {
        if ((*link)->is_listed)
            link = &(*link)->next;
        else
            forget(link);
    }
    return true;
}

static void link_ended(void)
{
    watch = via_subscription_close(watch);
    (void)pthread_mutex_lock(&lock);
    while (notices != NULL) { /* of the watch that is over */
        struct notice *notice = notices;
        notices = notice->next;
        free_notice(notice);
    }
    last_notice = &notices;
    (void)pthread_mutex_unlock(&lock);
    while (known != NULL)
        stop(&known);
}

static void act(const struct notice *notice)
{
    struct known_service **link;
    switch (notice->kind) {
    case NOTICE_APPEARED:
        appeared(notice);
        break;
    case NOTICE_CHANGED:
        changed(notice);
        break;
    case NOTICE_GONE:
        link = find(notice->name);
        if (*link != NULL)
            stop(link);
        break;
    case NOTICE_LINK_ENDED:
        link_ended();
        break;
    }
}

/* The next one; while there is no watch it looks after that every RETRY_US. */
static struct notice *next_notice(void)
{
    struct timespec until = deadline_after(RETRY_US);
    (void)pthread_mutex_lock(&lock);
    while (notices == NULL) {
        if (watch != NULL)
            (void)pthread_cond_wait(&stirred, &lock);
        else if (pthread_cond_clockwait(&stirred, &lock, CLOCK_MONOTONIC, &until) != 0)
            break;
    }
    struct notice *notice = notices;
    if (notice != NULL) {
        notices = notice->next;
        if (notices == NULL)
            last_notice = &notices;
    }
    (void)pthread_mutex_unlock(&lock);
    return notice;
}

static void *run(void *user)
{
    (void)user;
    own_thread_begin(NAME);
    for (;;) {
        struct notice *notice = next_notice();
        if (notice != NULL) {
            act(notice);
            free_notice(notice);
        } else {
            (void)begin_watch();
        }
    }
    return NULL;
}

/* The thread runs from the first listener on, as long as the process. */
static int32_t start(void)
{
    static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;
    static bool hears_of_link;
    int32_t status = HDF_SUCCESS;
    (void)pthread_mutex_lock(&starting);
    if (!hears_of_link)
        hears_of_link = link_changes_watch(hdf_node(), on_link, NULL) == VIA_OK;
    if (!is_running && (!hears_of_link || !begin()))
        status = HDF_FAILURE;
    else if (!is_running && pthread_create(&thread, NULL, run, NULL) != 0)
        status = HDF_ERR_THREAD_CREATE_FAIL;
    if (status != HDF_SUCCESS)
        watch = via_subscription_close(watch);
    else
        is_running = true;
    (void)pthread_mutex_unlock(&starting);
    return status;
}

/* ---- managers and listeners ---- */

/* With the lock held. */
static bool is_registered(const struct IoServiceStatusListener *listener)
{
    const struct DListHead *link = listeners.next;
    while (link != &listeners && link != &listener->node)
        link = link->next;
    return link != &listeners;
}

static int32_t register_listener(struct ISvcMgrIoservice *self, struct ServiceStatusListener *given,
                                 uint16_t device_class)
{
    struct IoServiceStatusListener *listener = (struct IoServiceStatusListener *)given;
    if (self == NULL || given == NULL || device_class >= DEVICE_CLASS_MAX)
        return HDF_ERR_INVALID_PARAM;
    int32_t status = start();
    if (status != HDF_SUCCESS)
        return status;
    (void)pthread_mutex_lock(&lock);
    if (is_registered(listener)) {
        status = HDF_ERR_INVALID_PARAM;
    } else {
        listener->deviceClass = device_class;
        listener->ioservListener.priv = self; /* whose it is */
        DListInsertTail(&listener->node, &listeners);
    }
    (void)pthread_mutex_unlock(&lock);
    return status;
}

/* With the lock held, and but in a callback: until it does not run. A callback that runs may have
 * been taken out by another one. */
static void wait_for(const struct IoServiceStatusListener *listener)
{
    while (running == &listener->svcstatListener && !own_thread_is_here())
        (void)pthread_cond_wait(&stirred, &lock);
}

/* With the lock held. */
static void take_out(struct IoServiceStatusListener *listener)
{
    if (next_listener == &listener->node)
        next_listener = listener->node.next;
    DListRemove(&listener->node);
    wait_for(listener);
}

static int32_t unregister_listener(struct ISvcMgrIoservice *self,
                                   struct ServiceStatusListener *given)
{
    struct IoServiceStatusListener *listener = (struct IoServiceStatusListener *)given;
    if (self == NULL || given == NULL)
        return HDF_ERR_INVALID_PARAM;
    (void)pthread_mutex_lock(&lock);
    bool was_registered = is_registered(listener);
    if (was_registered)
        take_out(listener);
    else
        wait_for(listener);
    (void)pthread_mutex_unlock(&lock);
    return was_registered ? HDF_SUCCESS : HDF_ERR_INVALID_OBJECT;
}

struct ISvcMgrIoservice *SvcMgrIoserviceGet(void)
{
    struct via_node *node = hdf_node();
    if (node == NULL || via_node_connect(node, 0) != VIA_OK) {
        log_error("hdf.status.unreachable", "why=\"no gateway answers\"");
        return NULL;
    }
    struct ISvcMgrIoservice *manager = calloc(1, sizeof *manager);
    if (manager == NULL)
        return NULL;
    manager->RegisterServiceStatusListener = register_listener;
    manager->UnregisterServiceStatusListener = unregister_listener;
    return manager;
}

/* The first of @manager's, or NULL; with the lock held. */
static struct IoServiceStatusListener *first_of(const struct ISvcMgrIoservice *manager)
{
    struct IoServiceStatusListener *listener;
    DLIST_FOR_EACH_ENTRY(listener, &listeners, struct IoServiceStatusListener, node)
    {
        if (listener->ioservListener.priv == manager)
            return listener;
    }
    return NULL;
}

void SvcMgrIoserviceRelease(struct ISvcMgrIoservice *manager)
{
    struct IoServiceStatusListener *listener;
    if (manager == NULL)
        return;
    (void)pthread_mutex_lock(&lock);
    while ((listener = first_of(manager)) != NULL)
        take_out(listener);
    (void)pthread_mutex_unlock(&lock);
    free(manager);
}

struct ServiceStatusListener *IoServiceStatusListenerNewInstance(void)
{
    struct IoServiceStatusListener *listener = calloc(1, sizeof *listener);
    /* cppcheck-suppress memleak ; its first member is what is given */
    return listener != NULL ? &listener->svcstatListener : NULL;
}

void IoServiceStatusListenerFree(struct ServiceStatusListener *given)
{
    if (given == NULL)
        return;
    struct IoServiceStatusListener *listener = (struct IoServiceStatusListener *)given;
    (void)pthread_mutex_lock(&lock);
    if (is_registered(listener))
        take_out(listener);
    wait_for(listener);
    (void)pthread_mutex_unlock(&lock);
    free(listener);
}
