/*
 * Places where input devices turn up: directories, watched by inotify. One that is not there yet,
 * or goes, is waited for in the directory that it would be in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#define EVDEV_PATH_MAX 1024u /* octets with the NUL */

/* There may be a device at @path now. */
typedef void (*evdev_seen_fn)(void *user, const char *path);

struct evdev_place {
    char directory[EVDEV_PATH_MAX];
    char name[256]; /* of the one that is wanted; "": all that are called event and a number */
    int watch;      /* of the directory; -1: it is not there */
    int above;      /* of the directory that it would be in; -1: none */
};

struct evdev_places {
    int fd;                     /* owned: inotify's */
    struct evdev_place *places; /* owned */
    size_t n, most;
    evdev_seen_fn seen;
    void *user;
};

VIA_MUST_USE enum via_status evdev_places_init(struct evdev_places *places, size_t most,
                                               evdev_seen_fn seen, void *user);
void evdev_places_deinit(struct evdev_places *places);

/* @path: a directory, one that ends with a slash and need not be there, or a device's. Tells at
 * once of what is there. VIA_INVALID, VIA_NOT_FOUND, VIA_TOO_LARGE, VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status evdev_places_add(struct evdev_places *places, const char *path);
/* What inotify has to say. */
void evdev_places_dispatch(struct evdev_places *places);
