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
    struct SubscriberCallback callback;
    char *service_name; /* owned */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t returned = PTHREAD_COND_INITIALIZER;
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

void devices_wait_for(const struct device_node *node)
{
    while (node->n_running > 0)
        (void)pthread_cond_wait(&returned, &lock);
}

void devices_returned(struct device_node *node)
{
    if (--node->n_running == 0 && node->state == DEVICE_ENDING)
        (void)pthread_cond_broadcast(&returned);
}

void devices_set_state(struct device_node *node, enum device_state state)
{
    node->state = state;
    if (state == DEVICE_LAUNCHED) { /* the list is in the order in which they were */
        DListRemove(&node->among);
        DListInsertTail(&node->among, &nodes);
    }
    (void)pthread_cond_broadcast(&returned);
}

void devices_set_publishing(struct device_node *node, bool is_publishing)
{
    node->is_publishing = is_publishing;
    (void)pthread_cond_broadcast(&returned);
}

void devices_wait_until_published(const struct device_node *node)
{
    while (node->is_publishing)
        (void)pthread_cond_wait(&returned, &lock);
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
            (void)pthread_cond_wait(&returned, &lock);
        else if (pthread_cond_clockwait(&returned, &lock, CLOCK_MONOTONIC, &end) != 0)
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

/* One that can be had for the asking answers too, if @or_asleep. */
static bool answers_to(const struct device_node *node, const char *service_name, bool or_asleep)
{
    return (node->is_published || (or_asleep && node->is_on_demand)) &&
           strcmp(node->service_name, service_name) == 0;
}

/* With the lock held. */
static struct device_node *find(const char *service_name, bool or_asleep)
{
    struct device_node *node;
    DLIST_FOR_EACH_ENTRY(node, &nodes, struct device_node, among)
    {
        if (answers_to(node, service_name, or_asleep))
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

static void tell(const struct SubscriberCallback *callback, const struct device_node *node)
{
    const struct IDeviceIoService *service = node->object.service;
    if (callback->OnServiceConnected == NULL)
        return;
    int32_t status = callback->OnServiceConnected(callback->deviceObject,
                                                  service != NULL ? &service->object : NULL);
    if (status != HDF_SUCCESS)
        log_warn("hdf.device.subscriber", "service=%s status=%d", node->service_name, (int)status);
}

int32_t HdfDeviceSubscribeService(struct HdfDeviceObject *device, const char *service_name,
                                  struct SubscriberCallback callback)
{
    if (device == NULL || service_name == NULL)
        return HDF_FAILURE;
    struct subscriber *subscriber = calloc(1, sizeof *subscriber);
    if (subscriber == NULL)
        return HDF_FAILURE;
    subscriber->callback = callback;
    subscriber->service_name = strdup(service_name);
    if (subscriber->service_name == NULL) {
        free(subscriber);
        return HDF_FAILURE;
    }
    devices_lock();
    struct device_node *node = find(service_name, false);
    bool is_there = node != NULL && may_use(device_of(device), node);
    if (is_there)
        (void)atomic_fetch_add(&node->refs, 1);
    DListInsertTail(&subscriber->link, &subscribers);
    devices_unlock();
    if (is_there) {
        tell(&callback, node);
        device_unref(node);
    }
    return HDF_SUCCESS;
}

/* With the lock held: the callbacks of those who wait for @node, to be freed. NULL: none. */
static struct SubscriberCallback *waiting_for(const struct device_node *node, size_t *np)
{
    size_t n = (size_t)DListGetCount(&subscribers);
    struct SubscriberCallback *callbacks = n > 0 ? calloc(n, sizeof *callbacks) : NULL;
    const struct subscriber *subscriber;
    *np = 0;
    if (n > 0 && callbacks == NULL)
        log_error("hdf.device.subscribers", "service=%s why=\"no memory\"", node->service_name);
    if (callbacks == NULL)
        return NULL;
    DLIST_FOR_EACH_ENTRY(subscriber, &subscribers, struct subscriber, link)
    {
        if (strcmp(subscriber->service_name, node->service_name) == 0 &&
            may_use(device_of(subscriber->callback.deviceObject), node))
            callbacks[(*np)++] = subscriber->callback;
    }
    return callbacks;
}

/* Who subscribes in a callback is told by its own subscribing. */
void device_list_published(struct device_node *node)
{
    size_t n;
    devices_lock();
    struct SubscriberCallback *callbacks = waiting_for(node, &n);
    devices_unlock();
    for (size_t i = 0; i < n; i++)
        tell(&callbacks[i], node);
    free(callbacks);
}

void device_list_unsubscribe(const struct device_node *node)
{
    struct subscriber *subscriber, *next;
    devices_lock();
    DLIST_FOR_EACH_ENTRY_SAFE(subscriber, next, &subscribers, struct subscriber, link)
    {
        if (subscriber->callback.deviceObject != &node->object)
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
