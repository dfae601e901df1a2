/*
 * What is measured of HDF, beside the core doing the same: a service that echoes and sends events,
 * through either side's own functions, in one process, and its clients.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HDF_SIDE_NAME "bench_driver" /* of both services */

enum hdf_side_code {
    HDF_SIDE_ECHO = 1, /* octets: the same ones, read and written again */
    HDF_SIDE_BURST,    /* u32 n: so many events, before it answers */
    HDF_SIDE_PACE      /* u32 n, u32 pace_us: one each pace_us, after it has answered */
};

/* An event is HDF_SIDE_NUMBERS numbers of 64 bits: when it was sent (ns), its index from 0, and
 * fillers. */
#define HDF_SIDE_NUMBERS 8u

typedef void (*hdf_side_heard_fn)(uint64_t sent_ns, uint64_t index);

/* A client's functions, on either side. 0 on success. */
struct hdf_side {
    const char *name;
    int (*open)(void);
    /* @n echoes of @size octets, the time of each to @ns. */
    int (*echo)(size_t size, unsigned n, uint64_t *ns);
    /* Has the service send @n events; @pace_us 0: at once. */
    int (*ask)(unsigned n, unsigned pace_us);
    /* So many listeners, each with a handle or a subscription of its own; @grouped: handles in one
     * group, which has one thread. */
    int (*listen)(unsigned n, bool grouped, hdf_side_heard_fn heard);
    void (*close)(void);
};

extern const struct hdf_side hdf_side_core, hdf_side_hdf;

/* What the service process publishes; 0 on success. */
int hdf_side_publish_core(void);
int hdf_side_publish_hdf(void);
/* Sends one event; on the service's side. */
typedef void (*hdf_side_send_fn)(uint64_t index);
/* Carries out BURST or PACE. */
void hdf_side_send(hdf_side_send_fn send, unsigned n, unsigned pace_us);
