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

int32_t device_publish(struct device_node *node)
{
    if (node->policy == SERVICE_POLICY_NONE || node->policy >= SERVICE_POLICY_INVALID ||
        node->service_name[0] == '\0')
        return HDF_SUCCESS;
    if (is_listed(node)) {
        if (node->object.service == NULL || node->mode > DEVICE_MODE_MAX ||
            device_list_has(node->service_name, node))
            return HDF_DEV_ERR_PUBLISH_FAIL;
        int32_t status = device_service_publish(node);
        if (status != HDF_SUCCESS)
            return status;
    }
    if (is_listed(node))
        device_list_tell(DEVICE_SERVICE_STARTED, node);
    device_list_publish(node);
    return HDF_SUCCESS;
}

bool device_unpublish(struct device_node *node)
{
    devices_lock();
    bool was_published = node->is_published && is_listed(node);
    node->is_published = false;
    devices_unlock();
    return was_published;
}

void device_withdraw(struct device_node *node)
{
    bool was_published = device_unpublish(node);
    device_service_withdraw(node);
    if (was_published)
        device_list_tell(DEVICE_SERVICE_STOPPED, node);
}

int32_t device_update(struct device_node *node)
{
    devices_lock();
    bool is_known = node->state == DEVICE_LAUNCHED && node->is_published && is_listed(node);
    if (is_known)
        device_enter_locked(node);
    devices_unlock();
    if (!is_known)
        return HDF_DEV_ERR_NO_DEVICE;
    int32_t status = device_service_update(node);
    if (status == HDF_SUCCESS)
        device_list_tell(DEVICE_SERVICE_CHANGED, node);
    device_leave(node);
    return status;
}

/* ---- launching and ending ---- */

static int32_t fail(const struct device_node *node, const char *what, int32_t status)
{
    log_error("hdf.device.failed", "device=%s service=%s at=%s status=%d", node->name,
              node->service_name, what, (int)status);
    return status;
}

void device_release_driver(struct device_node *node)
{
    device_function_begins();
    if (node->driver->Release != NULL)
        node->driver->Release(&node->object);
    device_function_ends();
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

/* Bind or Init. */
static int32_t run(struct device_node *node, int32_t (*function)(struct HdfDeviceObject *))
{
    device_function_begins();
    int32_t status = function(&node->object);
    device_function_ends();
    return status;
}

static int32_t run_driver(struct device_node *node)
{
    const struct HdfDriverEntry *driver = node->driver;
    if (driver->Init == NULL)
        return fail(node, "Init", HDF_ERR_INVALID_PARAM);
    if (is_listed(node)) {
        if (driver->Bind == NULL)
            return fail(node, "Bind", HDF_ERR_INVALID_OBJECT);
        node->is_bound = true;
        if (run(node, driver->Bind) != HDF_SUCCESS) {
            device_release_driver(node);
            return fail(node, "Bind", HDF_DEV_ERR_DEV_INIT_FAIL);
        }
    }
    if (run(node, driver->Init) == HDF_SUCCESS)
        return HDF_SUCCESS;
    device_release_driver(node);
    return fail(node, "Init", HDF_DEV_ERR_DEV_INIT_FAIL);
}

/* Its driver is ready. Whoever ends it from here on waits until its name is there. */
static int32_t publish_launched(struct device_node *node)
{
    devices_lock();
    devices_set_state(node, DEVICE_LAUNCHED); /* it may be opened as soon as it has its name */
    device_enter_locked(node);
    devices_unlock();
    device_list_tell(DEVICE_CAME, node);
    int32_t status = device_publish(node);
    if (status == HDF_SUCCESS)
        log_info("hdf.device.launched", "device=%s driver=%s service=%s", node->name,
                 node->driver->moduleName, node->service_name);
    else
        (void)fail(node, "publish", status);
    device_leave(node);
    return status;
}

/* Gives up what has not been launched. Whether its driver has asked meanwhile for its end. */
static bool settle(struct device_node *node, bool is_launched)
{
    devices_lock();
    bool ends = node->ends_soon;
    node->ends_soon = false;
    if (!is_launched)
        devices_set_state(node, DEVICE_MADE);
    devices_unlock();
    return ends;
}

/* One that is being launched already. */
static int32_t launch(struct device_node *node)
{
    if (node->driver == NULL)
        node->driver = driver_find(node->module, device_list_folder());
    int32_t status =
        node->driver != NULL ? run_driver(node) : fail(node, "driver", HDF_DEV_ERR_NODATA);
    if (status != HDF_SUCCESS) {
        (void)settle(node, false);
        return status;
    }
    status = publish_launched(node);
    bool ends = settle(node, true);
    if (ends) {
        device_end(node);
        return status == HDF_SUCCESS ? HDF_DEV_ERR_ATTACHDEV_FAIL : status;
    }
    if (status == HDF_SUCCESS)
        return HDF_SUCCESS;
    if (node->is_on_demand)
        device_sleep(node);
    else
        device_end(node);
    return status;
}

/* Its driver may let go of it meanwhile. */
static int32_t launch_held(struct device_node *node)
{
    int32_t status = launch(node);
    device_unref(node);
    return status;
}

int32_t device_launch(struct device_node *node)
{
    devices_lock();
    bool is_new = node->state == DEVICE_MADE;
    if (is_new) {
        devices_set_state(node, DEVICE_LAUNCHING);
        (void)atomic_fetch_add(&node->refs, 1);
    }
    devices_unlock();
    return is_new ? launch_held(node) : HDF_ERR_DEVICE_BUSY;
}

/* ---- on demand ---- */

int32_t device_offer_name(struct device_node *node)
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
    int32_t status = device_offer_name(node);
    if (settle(node, false))
        device_withdraw(node); /* who ended it meanwhile did not wait */
    return status;
}

int32_t device_wake(struct device_node *node)
{
    devices_lock();
    bool is_settled = devices_wait_until_settled(node, DEVICE_WAKE_MS);
    bool is_launched = node->state == DEVICE_LAUNCHED;
    bool may_launch = is_settled && !is_launched && !devices_are_ending();
    if (may_launch) {
        devices_set_state(node, DEVICE_LAUNCHING);
        (void)atomic_fetch_add(&node->refs, 1);
    }
    devices_unlock();
    if (may_launch)
        return launch_held(node);
    if (is_launched)
        return HDF_SUCCESS;
    return is_settled ? HDF_DEV_ERR_NO_DEVICE_SERVICE : HDF_ERR_TIMEOUT;
}
