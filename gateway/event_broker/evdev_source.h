/*
 * Input devices of this host as pods: those of a directory as they come and go, or one by its path.
 * One thread drives it, by a descriptor for poll(); it has no thread and never waits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "gateway/event_broker/pod_map.h"

#define EVDEV_DIRECTORY "/dev/input" /* "all" */
#define EVDEV_PLACES_MAX 32u         /* paths and directories that are asked for */
#define EVDEV_DEVICES_MAX 128u       /* open at one time */

/* Whom pods are told to. None of these may destroy the source. */
struct evdev_sink {
    void *user;
    /* A pod by its PODID_... and POD_Is..., and its number from then on, by which it is known. What
     * is not VIA_OK leaves it out. */
    enum via_status (*attach)(void *user, uint32_t type, uint32_t flags, const char *name,
                              uint32_t *numberp);
    /* Its class's structure, as it travels. */
    void (*state)(void *user, uint32_t number, const uint8_t *octets, size_t size);
    void (*detach)(void *user, uint32_t number);
};

struct evdev_source;

/* @map and @sink's user are borrowed, and outlive it. VIA_UNSUPPORTED: built without libevdev. */
VIA_MUST_USE enum via_status evdev_source_create(struct evdev_source **sourcep,
                                                 const struct pod_map *map,
                                                 const struct evdev_sink *sink);
/* Detaches all its pods. NULL allowed; returns NULL. */
struct evdev_source *evdev_source_destroy(struct evdev_source *source);

/*
 * "all", a directory, or the path of a device, which need not be there yet: what is there is
 * attached at once. VIA_NOT_FOUND: neither it nor the directory that it would be in is there.
 * VIA_TOO_LARGE: EVDEV_PLACES_MAX. VIA_INVALID: no such path can be.
 */
VIA_MUST_USE enum via_status evdev_source_add(struct evdev_source *source, const char *place);

/* Readable when there is something to do. */
int evdev_source_fd(const struct evdev_source *source);
/* Does it. */
void evdev_source_dispatch(struct evdev_source *source);
/* How many devices are open. */
size_t evdev_source_n(const struct evdev_source *source);

/* A command to one of its pods. VIA_UNSUPPORTED: the device has nothing for it; VIA_NOT_FOUND: no
 * such pod; VIA_DEAD. */
VIA_MUST_USE enum via_status evdev_source_command(struct evdev_source *source, uint32_t number,
                                                  const uint8_t *octets, size_t size);
