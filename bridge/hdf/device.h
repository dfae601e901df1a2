/*
 * Device nodes: a driver's device object and all that the framework keeps beside it. One node is
 * one device of the configuration, or one that a driver made itself.
 */
#pragma once

#include <stdatomic.h>
#include <viaduct/node.h>

#include "include/hdf/hdf_device_desc.h"

struct IPowerEventListener;

#define DEVICE_NAME_MAX 255u /* of a service, without its NUL */
#define DEVICE_INFO_MAX 256u
#define DEVICE_MODE_DEFAULT 0666u
#define DEVICE_MODE_MAX 0777u

enum device_state {
    DEVICE_MADE,     /* nothing of its driver has run */
    DEVICE_LAUNCHED, /* its Init has */
    DEVICE_ENDING
};

struct device_node {
    struct HdfDeviceObject object; /* its first member: what the driver has */
    const struct HdfDriverEntry *driver;
    char *name, *service_name; /* owned; service_name "": none */
    uint32_t id;               /* MK_DEVID */
    uint8_t policy;            /* ServicePolicy */
    uint16_t mode;
    bool is_dynamic; /* made by a driver */
    bool is_bound;   /* its Bind has run */
    bool is_published;
    atomic_uint refs; /* who made it, and its stub */
    char info[DEVICE_INFO_MAX + 1];

    /* under devices_lock() */
    enum device_state state;
    struct DListHead clients; /* struct device_client.link */
    unsigned n_running;       /* functions of its service that run */
    struct DListHead among;   /* all nodes of the process */

    struct via_stub *stub;                   /* owned; NULL while it has no name in the directory */
    const struct IPowerEventListener *power; /* borrowed; NULL: none */
};

/* What the configuration says of a node; strings are borrowed. */
struct device_spec {
    const char *name, *service_name;
    uint32_t id;
    uint8_t policy;
    uint16_t mode;
    const struct DeviceResourceNode *property;
};

static inline struct device_node *device_of(struct HdfDeviceObject *object)
{
    return (struct device_node *)object;
}
static inline const struct device_node *device_of_const(const struct HdfDeviceObject *object)
{
    return (const struct device_node *)object;
}

/* A node, one count. NULL: no memory. */
struct device_node *device_create(const struct device_spec *spec,
                                  const struct HdfDriverEntry *driver);
/* The last count frees one whose driver has nothing to undo any more. */
void device_unref(struct device_node *node);

/* Bind where its policy has it, Init, and its name. What failed is undone; a status of HDF's. */
int32_t device_launch(struct device_node *node);
/* Waits for commands that run; then clients and driver are released, and its name goes. */
void device_end(struct device_node *node);

/* Makes its service known as its policy has it. HDF_DEV_ERR_PUBLISH_FAIL. */
int32_t device_publish(struct device_node *node);
/* Takes that back. */
void device_withdraw(struct device_node *node);
/* What is said of it in the directory is said anew. HDF_DEV_ERR_NO_DEVICE when it is not there. */
int32_t device_update(struct device_node *node);

/* ---- all nodes of the process ---- */

/* One lock for all nodes and their clients; held briefly, never while a driver's function runs. */
void devices_lock(void);
void devices_unlock(void);
/* Waits, with the lock held, until no function of @node's service runs. */
void devices_wait_for(const struct device_node *node);
/* One of them has returned; with the lock held. */
void devices_returned(struct device_node *node);

void device_list_add(struct device_node *node);
void device_list_remove(struct device_node *node);
/* The node that programs may bind by this name, one count; NULL: none here. */
struct device_node *device_list_hold(const char *service_name);
/* A number beside @id's for one more node of its device, from @first to @last; 0: all are taken. */
uint32_t device_list_new_id(uint32_t id, uint32_t first, uint32_t last);
/* Where modules of drivers are; NULL: only drivers that are linked in. */
const char *device_list_folder(void);
void device_list_set_folder(const char *folder);
/* Tells those who subscribed to its service. */
void device_list_published(struct device_node *node);
/* Whether a node of the process has this name published, but for @node. */
bool device_list_has(const char *service_name, const struct device_node *node);
