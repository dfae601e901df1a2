/*
 * The life of a node. Bind, Init and Release of its driver run on the thread that launches or ends
 * it, with no lock held: they may call anything.
 */
#include "bridge/hdf/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/device_client.h"
#include "bridge/hdf/device_service.h"
#include "bridge/hdf/driver_registry.h"
#include "bridge/hdf/handle.h"
#include "bridge/log.h"

struct device_node *device_create(const struct device_spec *spec,
                                  const struct HdfDriverEntry *driver)
{
    struct device_node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return NULL;
    atomic_init(&node->refs, 1);
    node->object.deviceClass = DEVICE_CLASS_DEFAULT;
    node->object.property = spec->property;
    node->driver = driver;
    node->module = spec->module;
    node->is_on_demand = spec->is_on_demand;
    node->name = strdup(spec->name);
    node->service_name = strdup(spec->service_name);
    node->id = spec->id;
    node->policy = spec->policy;
    node->mode = spec->mode;
    DListHeadInit(&node->clients);
    device_list_add(node);
    if (node->name != NULL && node->service_name != NULL)
        return node;
    device_unref(node);
    return NULL;
}

void device_unref(struct device_node *node)
{
    if (!device_list_drop(node))
        return;
    free(node->name);
    free(node->service_name);
    free(node);
}

/* ---- its service ---- */

static bool is_listed(const struct device_node *node)
{
    return node->policy == SERVICE_POLICY_PUBLIC || node->policy == SERVICE_POLICY_CAPACITY;
}

/* False: it offers nothing. */
static bool has_service(const struct device_node *node)
{
    return node->policy != SERVICE_POLICY_NONE && node->policy < SERVICE_POLICY_INVALID &&
           node->service_name[0] != '\0';
}

/* Its name, if it has one; nobody of this process is told yet. */
static int32_t announce(struct device_node *node)
{
    if (!has_service(node))
        return HDF_SUCCESS;
    if (is_listed(node)) {
        if (node->object.service == NULL || node->mode > DEVICE_MODE_MAX ||
            device_list_has(node->service_name, node))
            return HDF_DEV_ERR_PUBLISH_FAIL;
        int32_t status = device_service_publish(node);
        if (status != HDF_SUCCESS)
            return status;
    }
    devices_lock();
    node->is_published = true;
    devices_unlock();
    return HDF_SUCCESS;
}

static void set_publishing(struct device_node *node, bool is_publishing)
{
    devices_lock();
    devices_set_publishing(node, is_publishing);
    devices_unlock();
}

/* It has been announced. */
static void tell_published(struct device_node *node)
{
    set_publishing(node, false); /* who is told may end it */
    if (!has_service(node))
        return;
    if (is_listed(node))
        device_list_tell(DEVICE_SERVICE_STARTED, node);
    device_list_published(node);
}

int32_t device_publish(struct device_node *node)
{
    set_publishing(node, true);
    int32_t status = announce(node);
    if (status == HDF_SUCCESS)
        tell_published(node);
    else
        set_publishing(node, false);
    return status;
}

/* Nobody here finds it any more. Whether somebody did. */
static bool unpublish(struct device_node *node)
{
    devices_lock();
    bool was_published = node->is_published;
    node->is_published = false;
    devices_unlock();
    return was_published;
}

void device_withdraw(struct device_node *node)
{
    bool was_published = unpublish(node);
    device_service_withdraw(node);
    if (was_published && is_listed(node))
        device_list_tell(DEVICE_SERVICE_STOPPED, node);
}

int32_t device_update(struct device_node *node)
{
    devices_lock();
    bool is_known = node->is_published && is_listed(node);
    devices_unlock();
    int32_t status = is_known ? device_service_update(node) : HDF_DEV_ERR_NO_DEVICE;
    if (status == HDF_SUCCESS)
        device_list_tell(DEVICE_SERVICE_CHANGED, node);
    return status;
}

/* ---- launching and ending ---- */

static int32_t fail(const struct device_node *node, const char *what, int32_t status)
{
    log_error("hdf.device.failed", "device=%s service=%s at=%s status=%d", node->name,
              node->service_name, what, (int)status);
    return status;
}

static void set_state(struct device_node *node, enum device_state state)
{
    devices_lock();
    devices_set_state(node, state);
    devices_unlock();
}

/* Its driver undoes what it has done, and the device is as new. */
static void release_driver(struct device_node *node)
{
    if (node->driver->Release != NULL)
        node->driver->Release(&node->object);
    device_list_unsubscribe(node);
    devices_lock();
    node->object.service = NULL;
    node->object.deviceClass = DEVICE_CLASS_DEFAULT;
    node->object.priv = NULL;
    node->is_bound = false;
    node->power = NULL;
    node->info[0] = '\0';
    devices_unlock();
}

/* Bind and Init. */
static int32_t run_driver(struct device_node *node)
{
    const struct HdfDriverEntry *driver = node->driver;
    if (driver->Init == NULL)
        return fail(node, "Init", HDF_ERR_INVALID_PARAM);
    if (is_listed(node)) {
        if (driver->Bind == NULL)
            return fail(node, "Bind", HDF_ERR_INVALID_OBJECT);
        node->is_bound = true;
        if (driver->Bind(&node->object) != HDF_SUCCESS) {
            release_driver(node);
            return fail(node, "Bind", HDF_DEV_ERR_DEV_INIT_FAIL);
        }
    }
    if (driver->Init(&node->object) == HDF_SUCCESS)
        return HDF_SUCCESS;
    release_driver(node);
    return fail(node, "Init", HDF_DEV_ERR_DEV_INIT_FAIL);
}

/* What could not be announced is ended; one on demand may have been opened already. */
static void undo(struct device_node *node)
{
    devices_lock();
    devices_set_state(node, DEVICE_ENDING);
    devices_set_publishing(node, false);
    devices_wait_for(node);
    devices_unlock();
    device_clients_release(node);
    release_driver(node);
    set_state(node, DEVICE_MADE);
    device_list_tell(DEVICE_WENT, node);
}

/* One that is being launched already. */
static int32_t launch(struct device_node *node)
{
    if (node->driver == NULL)
        node->driver = driver_find(node->module, device_list_folder());
    int32_t status =
        node->driver != NULL ? run_driver(node) : fail(node, "driver", HDF_DEV_ERR_NODATA);
    if (status != HDF_SUCCESS) {
        set_state(node, DEVICE_MADE);
        return status;
    }
    devices_lock();
    devices_set_state(node, DEVICE_LAUNCHED); /* it may be opened as soon as it has its name */
    devices_set_publishing(node, true);
    devices_unlock();
    device_list_tell(DEVICE_CAME, node);
    status = announce(node);
    if (status != HDF_SUCCESS) {
        undo(node);
        return fail(node, "publish", status);
    }
    log_info("hdf.device.launched", "device=%s driver=%s service=%s", node->name,
             node->driver->moduleName, node->service_name);
    tell_published(node);
    return HDF_SUCCESS;
}

int32_t device_launch(struct device_node *node)
{
    set_state(node, DEVICE_LAUNCHING);
    return launch(node);
}

/* From LAUNCHED to ENDING, when nobody runs in it any more. False: it was not launched. */
static bool begin_end(struct device_node *node)
{
    devices_lock();
    while (!devices_wait_until_settled(node, 0) || node->is_publishing)
        devices_wait_until_published(node);
    bool was_launched = node->state == DEVICE_LAUNCHED;
    if (was_launched) {
        devices_set_state(node, DEVICE_ENDING);
        devices_wait_for(node);
    }
    devices_unlock();
    if (was_launched) {
        device_clients_release(node);
        release_driver(node);
    }
    return was_launched;
}

void device_end(struct device_node *node)
{
    bool was_launched = begin_end(node);
    device_withdraw(node);
    if (!was_launched)
        return;
    set_state(node, DEVICE_MADE);
    device_list_tell(DEVICE_WENT, node);
}

/* ---- on demand ---- */

static int32_t offer(struct device_node *node)
{
    if (node->policy != SERVICE_POLICY_CAPACITY || node->service_name[0] == '\0')
        return HDF_SUCCESS; /* nobody may bind it: dev_mgr loads it */
    return node->mode > DEVICE_MODE_MAX ? HDF_DEV_ERR_PUBLISH_FAIL : device_service_offer(node);
}

int32_t device_offer(struct device_node *node)
{
    devices_lock();
    bool may_offer = node->state == DEVICE_MADE && !devices_are_ending(); /* not woken already */
    if (may_offer)
        devices_set_state(node, DEVICE_LAUNCHING);
    devices_unlock();
    if (!may_offer)
        return HDF_SUCCESS;
    int32_t status = offer(node);
    set_state(node, DEVICE_MADE);
    return status;
}

int32_t device_wake(struct device_node *node)
{
    devices_lock();
    bool is_settled = devices_wait_until_settled(node, DEVICE_WAKE_MS);
    bool is_launched = node->state == DEVICE_LAUNCHED;
    bool may_launch = is_settled && !is_launched && !devices_are_ending();
    if (may_launch)
        devices_set_state(node, DEVICE_LAUNCHING);
    devices_unlock();
    if (may_launch)
        return launch(node);
    if (is_launched)
        return HDF_SUCCESS;
    return is_settled ? HDF_DEV_ERR_NO_DEVICE_SERVICE : HDF_ERR_TIMEOUT;
}

int32_t device_sleep(struct device_node *node)
{
    if (!begin_end(node))
        return HDF_SUCCESS;
    bool was_published = unpublish(node);
    int32_t status = offer(node);
    if (was_published && is_listed(node))
        device_list_tell(DEVICE_SERVICE_STOPPED, node);
    set_state(node, DEVICE_MADE);
    device_list_tell(DEVICE_WENT, node);
    return status;
}
