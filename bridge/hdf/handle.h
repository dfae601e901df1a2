/*
 * What is behind a handle of HdfIoServiceBind() and a group of HdfIoServiceGroupObtain(). A handle
 * stands for an opened object: of another process, through the node, or of this one, directly.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <viaduct/node.h>

#include "include/hdf/hdf_io_service_if.h"

struct device_client;
struct event_thread;

/* Listeners of a handle or of a group; listening.c's. */
struct listeners {
    struct DListHead list;     /* HdfDevEventlistener.listNode */
    struct DListHead among;    /* all such lists of the process */
    struct hdf_handle *handle; /* whose it is: one of them is NULL */
    struct hdf_group *group;
};

struct hdf_handle {
    struct HdfIoService service; /* its first member: what the program has */
    atomic_uint refs;            /* of those who use it, one, and of each event that waits */
    atomic_uint users;           /* the program, and each command that runs */
    struct via_proxy *opened;    /* owned; NULL for a service of this process */
    struct device_client *local; /* owned; NULL for one of another */

    /* listening.c's */
    struct listeners listeners;
    struct hdf_group *group;               /* borrowed; NULL: in none */
    struct DListHead member;               /* of the group's handles */
    struct event_thread *thread;           /* a count; NULL: nobody listens */
    struct via_subscription *subscription; /* owned; NULL for a local one, or while none listens */
    unsigned n_waiting[2];                 /* events that wait: for all clients, for this one */
    atomic_ullong n_dropped;               /* events that its listeners were not told */
};

struct hdf_group {
    struct HdfIoServiceGroup group; /* its first member */
    struct listeners listeners;
    struct DListHead handles;
    struct event_thread *thread; /* a count; NULL while it has no handle */
    int policy;                  /* of the thread that is to be started */
};

/* The family's node: the process's own. NULL when out of memory. */
struct via_node *hdf_node(void);

struct hdf_handle *hdf_handle_ref(struct hdf_handle *handle);
void hdf_handle_unref(struct hdf_handle *handle);
