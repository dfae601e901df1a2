/*
 * All nodes of the process, and who among its drivers waits for another's service. They are few:
 * a list serves.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/deadline.h"
#include "bridge/hdf/device.h"
#include "bridge/log.h"

struct subscriber {
    struct DListHead link;
    struct device_node *user; /* borrowed: until its driver is released */
    struct SubscriberCallback callback;
    char *service_name; /* owned */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stirred = PTHREAD_COND_INITIALIZER;
static struct DListHead nodes = {&nodes, &nodes};
static bool ending; /* the process does: nothing is launched any more */
static struct DListHead subscribers = {&subscribers, &subscribers};

void devices_lock(void)
{
    (void)pthread_mutex_lock(&lock);
}

void devices_unlock(void)
{
    (void)pthread_mutex_unlock(&lock);
}

void devices_wait(void)
{
    (void)pthread_cond_wait(&stirred, &lock);
}

void devices_tell(void)
{
    (void)pthread_cond_broadcast(&stirred);
}

void devices_set_state(struct device_node *node, enum device_state state)
{
    node->state = state;
    if (state == DEVICE_LAUNCHED) { /* the list is in the order in which they were */
        DListRemove(&node->among);
        DListInsertTail(&node->among, &nodes);
    }
    (void)pthread_cond_broadcast(&stirred);
}

static bool is_settled(const struct device_node *node)
{
    return node->state != DEVICE_LAUNCHING && node->state != DEVICE_ENDING;
}

bool devices_wait_until_settled(const struct device_node *node, uint32_t most_ms)
{
    struct timespec end = deadline_after((uint64_t)most_ms * US_PER_MS);
    while (!is_settled(node)) {
        if (most_ms == 0)
            (void)pthread_cond_wait(&stirred, &lock);
        else if (pthread_cond_clockwait(&stirred, &lock, CLOCK_MONOTONIC, &end) != 0)
            break;
    }
    return is_settled(node);
}

bool devices_are_ending(void)
{
    return ending;
}

void device_list_add(struct device_node *node)
{
    devices_lock();
    DListInsertTail(&node->among, &nodes);
    devices_unlock();
}

bool device_list_drop(struct device_node *node)
{
    devices_lock();
    bool was_last = atomic_fetch_sub(&node->refs, 1) == 1;
    if (was_last)
        DListRemove(&node->among);
    devices_unlock();
    return was_last;
}

/* One that has its name at the gateway answers too, if @or_unknown: it is there for the asking, or
 * just being published. */
static bool answers_to(const struct device_node *node, const char *service_name, bool or_unknown)
{
    return (node->is_published || (or_unknown && node->stub != NULL)) &&
           strcmp(node->service_name, service_name) == 0;
}

/* With the lock held. */
static struct device_node *find(const char *service_name, bool or_unknown)
{
    struct device_node *node;
    DLIST_FOR_EACH_ENTRY(node, &nodes, struct device_node, among)
    {
        if (answers_to(node, service_name, or_unknown))
            return node;
    }
    return NULL;
}

struct device_node *device_list_hold(const char *service_name)
{
    devices_lock();
    struct device_node *node = find(service_name, true);
    if (node != NULL && node->policy == SERVICE_POLICY_CAPACITY)
        (void)atomic_fetch_add(&node->refs, 1);
    else
        node = NULL;
    devices_unlock();
    return node;
}

bool device_list_has(const char *service_name, const struct device_node *node)
{
    devices_lock();
    const struct device_node *other = find(service_name, false);
    bool has = other != NULL && other != node;
    devices_unlock();
    return has;
}

struct device_node *device_list_hold_id(uint32_t id)
{
    struct device_node *node, *found = NULL;
    devices_lock();
    DLIST_FOR_EACH_ENTRY(node, &nodes, struct device_node, among)
    {
        if (node->id == id)
            found = node;
    }
    if (found != NULL)
        (void)atomic_fetch_add(&found->refs, 1);
    devices_unlock();
    return found;
}

/* The youngest that is not ended yet, one count, or NULL. */
static struct device_node *hold_last(void)
{
    struct device_node *node, *found = NULL;
    devices_lock();
    ending = true;
    DLIST_FOR_EACH_ENTRY(node, &nodes, struct device_node, among)
    {
        if (node->state != DEVICE_MADE)
            found = node;
    }
    if (found != NULL)
        (void)atomic_fetch_add(&found->refs, 1);
    devices_unlock();
    return found;
}

void device_list_end(void)
{
    struct device_node *node;
    while ((node = hold_last()) != NULL) {
        device_end(node);
        device_unref(node);
    }
}

/* ---- who is told ---- */

static device_changed_fn watcher; /* set once, before any device is launched */

void device_list_set_watcher(device_changed_fn changed)
{
    watcher = changed;
}

void device_list_tell(enum device_change what, const struct device_node *node)
{
    if (watcher != NULL)
        watcher(what, node);
}

/* ---- drivers that use another's service ---- */

const struct HdfObject *DevSvcManagerClntGetService(const char *service_name)
{
    if (service_name == NULL)
        return NULL;
    devices_lock();
    const struct device_node *node = find(service_name, false);
    bool is_listed = node != NULL && (node->policy == SERVICE_POLICY_PUBLIC ||
                                      node->policy == SERVICE_POLICY_CAPACITY);
    const struct HdfObject *object =
        is_listed && node->object.service != NULL ? &node->object.service->object : NULL;
    devices_unlock();
    return object;
}

/* A private service is for nodes of its own device. */
static bool may_use(const struct device_node *user, const struct device_node *node)
{
    return node->policy != SERVICE_POLICY_PRIVATE || user->id >> 8 == node->id >> 8;
}

/* One who is to be told; neither he nor the service ends meanwhile. */
struct telling {
    struct device_node *user; /* one count */
    struct SubscriberCallback callback;
};

/* With the lock held. */
static void begin_telling(struct telling *telling, const struct subscriber *subscriber)
{
    *telling = (struct telling){.user = subscriber->user, .callback = subscriber->callback};
    (void)atomic_fetch_add(&telling->user->refs, 1);
    device_enter_locked(telling->user);
}

static void tell(struct telling *telling, const struct device_node *node)
{
    const struct IDeviceIoService *service = node->object.service;
    struct SubscriberCallback *callback = &telling->callback;
    int32_t status = HDF_SUCCESS;
    if (callback->OnServiceConnected != NULL)
        status = callback->OnServiceConnected(callback->deviceObject,
                                              service != NULL ? &service->object : NULL);
    if (status != HDF_SUCCESS)
        log_warn("hdf.device.subscriber", "service=%s status=%d", node->service_name, (int)status);
    device_leave(telling->user);
    device_unref(telling->user);
}

int32_t HdfDeviceSubscribeService(struct HdfDeviceObject *device, const char *service_name,
                                  struct SubscriberCallback callback)
{
    if (device == NULL || service_name == NULL)
        return HDF_FAILURE;
    struct subscriber *subscriber = calloc(1, sizeof *subscriber);
    if (subscriber == NULL)
        return HDF_FAILURE;
    subscriber->user = device_of(device);
    subscriber->callback = callback;
    subscriber->service_name = strdup(service_name);
    if (subscriber->service_name == NULL) {
        free(subscriber);
        return HDF_FAILURE;
    }
    struct telling telling;
    devices_lock();
    struct device_node *node = find(service_name, false);
    bool is_there =
        node != NULL && node->state == DEVICE_LAUNCHED && may_use(device_of(device), node);
    if (is_there) {
        (void)atomic_fetch_add(&node->refs, 1);
        device_enter_locked(node);
        begin_telling(&telling, subscriber);
    }
    DListInsertTail(&subscriber->link, &subscribers);
    devices_unlock();
    if (is_there) {
        tell(&telling, node);
        device_leave(node);
        device_unref(node);
    }
    return HDF_SUCCESS;
}

/* With the lock held: those who wait for @node, to be freed. NULL: none. */
static struct telling *waiting_for(const struct device_node *node, size_t *np)
{
    size_t n = (size_t)DListGetCount(&subscribers);
    struct telling *tellings = n > 0 ? calloc(n, sizeof *tellings) : NULL;
    const struct subscriber *subscriber;
    *np = 0;
    if (n > 0 && tellings == NULL)
        log_error("hdf.device.subscribers", "service=%s why=\"no memory\"", node->service_name);
    if (tellings == NULL)
        return NULL;
    DLIST_FOR_EACH_ENTRY(subscriber, &subscribers, struct subscriber, link)
    {
        if (strcmp(subscriber->service_name, node->service_name) == 0 &&
            may_use(subscriber->user, node))
            begin_telling(&tellings[(*np)++], subscriber);
    }
    return tellings;
}

/* Who subscribes from here on is told by his own subscribing. */
void device_list_publish(struct device_node *node)
{
    size_t n;
    devices_lock();
    node->is_published = true;
    struct telling *tellings = waiting_for(node, &n);
    devices_unlock();
    for (size_t i = 0; i < n; i++)
        tell(&tellings[i], node);
    free(tellings);
}

void device_list_unsubscribe(const struct device_node *node)
{
    struct subscriber *subscriber, *next;
    devices_lock();
    DLIST_FOR_EACH_ENTRY_SAFE(subscriber, next, &subscribers, struct subscriber, link)
    {
        if (subscriber->user != node)
            continue;
        DListRemove(&subscriber->link);
        free(subscriber->service_name);
        free(subscriber);
    }
    devices_unlock();
}

/* ---- drivers' own devices ---- */

static char *folder; /* owned; set once, before any device is launched */

const char *device_list_folder(void)
{
    return folder;
}

void device_list_set_folder(const char *given)
{
    free(folder);
    folder = given != NULL ? strdup(given) : NULL;
}

uint32_t device_list_new_id(uint32_t id, uint32_t first, uint32_t last)
{
    uint32_t found = 0;
    devices_lock();
    for (uint32_t number = first; number <= last && found == 0; number++) {
        const struct device_node *node;
        found = (id & ~(uint32_t)0xff) | number;
        DLIST_FOR_EACH_ENTRY(node, &nodes, struct device_node, among)
        {
            if (node->id == found) {
                found = 0;
                break;
            }
        }
    }
    devices_unlock();
    return found;
}
