/*
 * Clients of a device, as its driver sees them: each handle of HdfIoServiceBind() is one.
 */
#pragma once

#include <viaduct/parcel.h>

#include "bridge/hdf/device.h"

struct hdf_handle;

struct device_client {
    struct HdfDeviceIoClient client; /* its first member: what the driver has */
    struct device_node *node;        /* NULL once its driver has released it */
    atomic_uint refs;                /* who opened it, its stub, and each command that runs */
    struct device_caller *caller;    /* a count; NULL for one of this process */
    struct via_stub *stub;           /* owned until it is closed; NULL for one of this process */
    struct hdf_handle *hears; /* of this process: who gets its events; under the node's lock */
    struct DListHead link;    /* of the node's clients; under its lock */
    unsigned n_running;       /* commands of its own; under the node's lock */
    bool is_closed;           /* nobody calls it any more; released when none runs */
    bool is_given_up;         /* its opener has: that count is gone */
};

/* The driver's Open. What it returned, or why it was not asked; @clientp on HDF_SUCCESS: one
 * count. */
int32_t device_client_open(struct device_node *node, struct device_client **clientp);
/* The driver's Release, once, as soon as none of its commands runs; and the opener's count. */
void device_client_close(struct device_client *client);
void device_client_unref(struct device_client *client);
/* The driver's Dispatch. */
int32_t device_client_dispatch(struct device_client *client, int cmd, struct HdfSBuf *data,
                               struct HdfSBuf *reply);
/* Of this process: whom its events go to; NULL: nobody, and none is on its way. */
void device_client_listen(struct device_client *client, struct hdf_handle *handle);

/* All that the node has: its driver's Release for each. None of its commands runs, nor will. With
 * the lock held, which is let go meanwhile. */
void device_clients_release_locked(struct device_node *node);
