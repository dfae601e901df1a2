/*
 * One input device of Linux's that is open, read through libevdev.
 */
#pragma once

#include "gateway/event_broker/evdev_pods.h"

struct libevdev;

#define EVDEV_REPORTS_MAX 256u /* that one reading takes: then others have their turn */

struct evdev_device {
    struct evdev_pods pods;
    struct libevdev *evdev; /* owned */
    int fd;                 /* owned; -1: none */
    bool can_output;        /* it is open for writing, too */
};

/* What @evdev, which may be one without a descriptor, says of itself. */
void evdev_device_traits(const struct libevdev *evdev, struct evdev_traits *traits);

/*
 * Opens @path. With VIA_OK and no pods it is none, and closed again. VIA_DENIED: it may not be
 * opened, perhaps not yet; VIA_NOT_FOUND; VIA_INVALID: it is no input device. What is held already
 * is in the pods' states.
 */
VIA_MUST_USE enum via_status evdev_device_open(struct evdev_device *device, const char *path,
                                               const struct pod_map *map);
void evdev_device_close(struct evdev_device *device);

/* Called at each report of which a pod's state came: pods[].is_changed. */
typedef void (*evdev_report_fn)(void *user, struct evdev_device *device);
/* Reads what there is; *morep: there may be more. VIA_DEAD: the device is gone. */
VIA_MUST_USE enum via_status evdev_device_read(struct evdev_device *device, evdev_report_fn fn,
                                               void *user, bool *morep);

/* A command to a pod of it, as programs send it: class, subcommand, arguments. VIA_UNSUPPORTED: it
 * takes no such thing. VIA_DEAD. */
VIA_MUST_USE enum via_status evdev_device_command(struct evdev_device *device,
                                                  const struct evdev_pod *pod,
                                                  const uint8_t *octets, size_t size);
