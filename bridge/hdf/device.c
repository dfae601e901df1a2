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
    if (atomic_fetch_sub(&node->refs, 1) != 1)
        return;
    device_list_remove(node);
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
    node->is_published = true;
    device_list_published(node);
    return HDF_SUCCESS;
}

void device_withdraw(struct device_node *node)
{
    node->is_published = false;
    device_service_withdraw(node);
}

int32_t device_update(struct device_node *node)
{
    return node->is_published && is_listed(node) ? device_service_update(node)
                                                 : HDF_DEV_ERR_NO_DEVICE;
}

/* ---- launching and ending ---- */

static int32_t fail(const struct device_node *node, const char *what, int32_t status)
{
    log_error("hdf.device.failed", "device=%s driver=%s at=%s status=%d", node->name,
              node->driver->moduleName, what, (int)status);
    return status;
}

/* Its driver undoes what it has done. */
static void release_driver(struct device_node *node)
{
    if (node->driver->Release != NULL)
        node->driver->Release(&node->object);
    devices_lock();
    node->object.service = NULL;
    node->is_bound = false;
    node->state = DEVICE_MADE;
    devices_unlock();
}

int32_t device_launch(struct device_node *node)
{
    const struct HdfDriverEntry *driver = node->driver;
    if (driver->Init == NULL)
        return fail(node, "Init", HDF_ERR_INVALID_PARAM);
    if (is_listed(node)) {
        if (driver->Bind == NULL)
            return fail(node, "Bind", HDF_ERR_INVALID_OBJECT);
        node->is_bound = true;
        int32_t bound = driver->Bind(&node->object);
        if (bound != HDF_SUCCESS) {
            release_driver(node);
            return fail(node, "Bind", HDF_DEV_ERR_DEV_INIT_FAIL);
        }
    }
    int32_t status = driver->Init(&node->object);
    if (status != HDF_SUCCESS) {
        release_driver(node);
        return fail(node, "Init", HDF_DEV_ERR_DEV_INIT_FAIL);
    }
    devices_lock();
    node->state = DEVICE_LAUNCHED; /* it may be opened as soon as it has its name */
    devices_unlock();
    status = device_publish(node);
    if (status != HDF_SUCCESS) {
        release_driver(node);
        return fail(node, "publish", status);
    }
    log_info("hdf.device.launched", "device=%s driver=%s service=%s", node->name,
             driver->moduleName, node->service_name);
    return HDF_SUCCESS;
}

void device_end(struct device_node *node)
{
    devices_lock();
    bool was_launched = node->state == DEVICE_LAUNCHED;
    node->state = DEVICE_ENDING;
    devices_wait_for(node);
    devices_unlock();
    device_clients_release(node);
    if (was_launched)
        release_driver(node);
    device_withdraw(node);
}
