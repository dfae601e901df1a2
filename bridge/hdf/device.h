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

#define DEVICE_WAKE_MS 200u /* how long a bind waits while another one loads the driver */

enum device_state {
    DEVICE_MADE,      /* nothing of its driver has run, or it has been undone */
    DEVICE_LAUNCHING, /* its Bind or Init may run */
    DEVICE_LAUNCHED,  /* its Init has */
    DEVICE_ENDING
};

struct device_node {
    struct HdfDeviceObject object;       /* its first member: what the driver has */
    const struct HdfDriverEntry *driver; /* NULL until it is looked for */
    const char *module;                  /* borrowed: its driver's name; NULL: driver is set */
    char *name, *service_name;           /* owned; service_name "": none */
    uint32_t id;                         /* MK_DEVID */
    uint8_t policy;                      /* ServicePolicy */
    uint32_t mode;
    bool is_dynamic;   /* made by a driver */
    bool is_on_demand; /* its driver is loaded by who binds it, or by dev_mgr */
    bool is_bound;     /* its Bind has run */
    atomic_uint refs;  /* who made it, and its stub */
    char info[DEVICE_INFO_MAX + 1];

    /* under devices_lock() */
    enum device_state state;
    bool is_published;
    struct DListHead clients; /* struct device_client.link */
    bool is_publishing;       /* its driver is at it */
    bool ends_soon;           /* as soon as it has been launched */
    bool sleeps;              /* when it has ended it is there for the asking again */
    bool is_finishing;        /* nothing runs any more, and its driver is being released */
    unsigned n_running;       /* functions of its service that run */
    unsigned n_enders;        /* threads that wait for its end */
    unsigned n_ends;          /* times that it has ended */
    struct DListHead among;   /* all nodes of the process */
    struct via_stub *stub;    /* owned; NULL while it has no name in the directory */

    const struct IPowerEventListener *power; /* borrowed; NULL: none */
};

/* What the configuration says of a node; strings are borrowed. */
struct device_spec {
    const char *name, *service_name;
    const char *module; /* as in struct device_node */
    uint32_t id;        /* 0: no device, but the host's own */
    uint8_t policy;
    uint32_t mode;
    bool is_on_demand;
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

/* Its driver, Bind where its policy has it, Init, and its name. What failed is undone; a status of
 * HDF's; HDF_ERR_DEVICE_BUSY: it is launched, or being launched or ended. */
int32_t device_launch(struct device_node *node);
/* When no command runs any more, clients and driver are released, and its name goes. Waits for
 * that, but in a driver's function or a callback: then the last command does it. */
void device_end(struct device_node *node);

/* One on demand can be bound from now on, without its driver. HDF_DEV_ERR_PUBLISH_FAIL. */
int32_t device_offer(struct device_node *node);
/* Its name for one on demand that is ending. */
int32_t device_offer_name(struct device_node *node);
/* Launches one on demand, if nobody has yet. HDF_ERR_TIMEOUT: another one is at it for longer than
 * DEVICE_WAKE_MS; HDF_DEV_ERR_NO_DEVICE_SERVICE: the process ends; or as device_launch(). */
int32_t device_wake(struct device_node *node);
/* As device_end(), and offers it again. */
void device_sleep(struct device_node *node);

/* Makes its service known as its policy has it. HDF_DEV_ERR_PUBLISH_FAIL. */
int32_t device_publish(struct device_node *node);
/* Takes that back. */
void device_withdraw(struct device_node *node);
/* Nobody of this process finds it any more. Whether somebody did, and was told of it. */
bool device_unpublish(struct device_node *node);
/* What is said of it in the directory is said anew. HDF_DEV_ERR_NO_DEVICE when it is not there. */
int32_t device_update(struct device_node *node);

/* ---- all nodes of the process ---- */

/* One lock for all nodes and their clients; held briefly, never while a driver's function runs. */
void devices_lock(void);
void devices_unlock(void);
/* Waits, with the lock held, until devices_tell(), or a state has changed. */
void devices_wait(void);
void devices_tell(void);
/* Waits, with the lock held, until it is neither being launched nor ended; @most_ms 0: as long as
 * it takes. False: it still is. */
bool devices_wait_until_settled(const struct device_node *node, uint32_t most_ms);
/* Whether all of them are ending: none is launched any more. With the lock held. */
bool devices_are_ending(void);
/* Tells those who wait; with the lock held. */
void devices_set_state(struct device_node *node, enum device_state state);

/* A function of some driver runs on this thread. */
void device_function_begins(void);
void device_function_ends(void);
/* One of this node's service, which keeps it from ending; with the lock held. */
void device_enter_locked(struct device_node *node);
/* It has returned. Without the lock: it may do the rest of the node's end. */
void device_leave(struct device_node *node);
/* Its driver undoes what it has done, and the device is as new. */
void device_release_driver(struct device_node *node);

void device_list_add(struct device_node *node);
/* One count less; the last takes it out, where nobody can find it any more. Whether it was. */
bool device_list_drop(struct device_node *node);
/* The node that programs may bind by this name, awake or not, one count; NULL: none here. */
struct device_node *device_list_hold(const char *service_name);
/* A number beside @id's for one more node of its device, from @first to @last; 0: all are taken. */
uint32_t device_list_new_id(uint32_t id, uint32_t first, uint32_t last);
/* Where modules of drivers are; NULL: only drivers that are linked in. */
const char *device_list_folder(void);
void device_list_set_folder(const char *folder);

/* What becomes of devices and their services. */
enum device_change {
    DEVICE_CAME, /* launched */
    DEVICE_SERVICE_STARTED,
    DEVICE_SERVICE_CHANGED,
    DEVICE_SERVICE_STOPPED,
    DEVICE_WENT
};
typedef void (*device_changed_fn)(enum device_change what, const struct device_node *node);
/* Who is told, on the thread that did it and with no lock held. Before any device is launched. */
void device_list_set_watcher(device_changed_fn changed);
void device_list_tell(enum device_change what, const struct device_node *node);

/* The device of that id, one count; NULL: none. */
struct device_node *device_list_hold_id(uint32_t id);
/* Ends all, the youngest first, and wakes none any more. */
void device_list_end(void);

/* It is found from now on; tells those who subscribed to its service. */
void device_list_publish(struct device_node *node);
/* Its driver has been released, and waits for no service any more. */
void device_list_unsubscribe(const struct device_node *node);
/* Whether a node of the process has this name published, but for @node. */
bool device_list_has(const char *service_name, const struct device_node *node);
