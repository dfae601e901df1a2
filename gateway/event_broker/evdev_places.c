/*
 * A device's node appears before its rights are set, so a change of rights is an occasion, too: who
 * is told of a path tries to open it, and may try in vain. Watches are set before a directory is
 * read: what comes in between is told twice, and never not at all.
 */
#include "gateway/event_broker/evdev_places.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"

#define OCCASIONS (IN_CREATE | IN_ATTRIB | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

enum via_status evdev_places_init(struct evdev_places *places, size_t most, evdev_seen_fn seen,
                                  void *user)
{
    *places = (struct evdev_places){.most = most, .seen = seen, .user = user};
    places->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return places->fd < 0 ? status_from_errno("evdev: inotify_init1", errno) : VIA_OK;
}

void evdev_places_deinit(struct evdev_places *places)
{
    if (places->fd >= 0)
        (void)close(places->fd);
    free(places->places);
    *places = (struct evdev_places){.fd = -1};
}

/* ---- one place ---- */

static bool is_wanted(const struct evdev_place *place, const char *name)
{
    if (place->name[0] != '\0')
        return strcmp(place->name, name) == 0;
    return strncmp(name, "event", 5) == 0 && name[5] != '\0' &&
           name[5 + strspn(name + 5, "0123456789")] == '\0';
}

static void tell(const struct evdev_places *places, const struct evdev_place *place,
                 const char *name)
{
    char path[EVDEV_PATH_MAX + 256];
    const char *slash = strcmp(place->directory, "/") == 0 ? "" : "/";
    if (!is_wanted(place, name))
        return;
    (void)snprintf(path, sizeof path, "%s%s%s", place->directory, slash, name);
    places->seen(places->user, path);
}

/* In the order of names, so that pods have the same one after each start: event2, event10. */
static int compare_names(const struct dirent **left, const struct dirent **right)
{
    return strverscmp((*left)->d_name, (*right)->d_name);
}

static void tell_all(const struct evdev_places *places, const struct evdev_place *place)
{
    struct dirent **entries = NULL;
    if (place->name[0] != '\0') {
        tell(places, place, place->name);
        return;
    }
    const int n = scandir(place->directory, &entries, NULL, compare_names);
    for (int i = 0; i < n; i++) {
        tell(places, place, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static void split(const char *path, char *directory, char *name, size_t name_size)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    const char *slash = memrchr(path, '/', size);
    const char *last = slash == NULL ? path : slash + 1;
    (void)snprintf(name, name_size, "%.*s", (int)(path + size - last), last);
    if (slash == NULL)
        (void)snprintf(directory, EVDEV_PATH_MAX, ".");
    else
        (void)snprintf(directory, EVDEV_PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path),
                       path);
}

static int watch(const struct evdev_places *places, const char *directory)
{
    const int number = inotify_add_watch(places->fd, directory, OCCASIONS);
    if (number < 0 && errno != ENOENT && errno != ENOTDIR)
        log_warn("evdev.unwatched", "directory=%s errno=%d", directory, errno);
    return number;
}

static bool is_used(const struct evdev_places *places, int number)
{
    for (size_t i = 0; i < places->n; i++)
        if (places->places[i].watch == number || places->places[i].above == number)
            return true;
    return false;
}

/* Watches it if it is there, else where it would be. false: neither is there. */
static bool settle(struct evdev_places *places, struct evdev_place *place)
{
    char above[EVDEV_PATH_MAX], name[NAME_MAX + 1];
    const int former = place->above;
    place->watch = watch(places, place->directory);
    if (place->watch < 0) {
        split(place->directory, above, name, sizeof name);
        place->above = watch(places, above);
        place->watch = watch(places, place->directory); /* it may have come just before that */
    }
    if (place->watch < 0)
        return place->above >= 0;
    place->above = -1;
    if (former >= 0 && !is_used(places, former))
        (void)inotify_rm_watch(places->fd, former);
    return true;
}

enum via_status evdev_places_add(struct evdev_places *places, const char *path)
{
    struct stat stats;
    struct evdev_place place = {.watch = -1, .above = -1};
    const size_t size = strlen(path);
    if (size == 0 || size >= EVDEV_PATH_MAX)
        return VIA_INVALID;
    if (places->n == places->most)
        return VIA_TOO_LARGE;
    if (path[size - 1] == '/' || (stat(path, &stats) == 0 && S_ISDIR(stats.st_mode)))
        (void)snprintf(place.directory, sizeof place.directory, "%s", path);
    else
        split(path, place.directory, place.name, sizeof place.name);
    for (size_t last = strlen(place.directory) - 1; last > 0 && place.directory[last] == '/';)
        place.directory[last--] = '\0';
    if (!settle(places, &place))
        return VIA_NOT_FOUND;
    struct evdev_place *all = reallocarray(places->places, places->n + 1, sizeof *all);
    if (all == NULL)
        return VIA_NO_MEMORY;
    places->places = all;
    all[places->n++] = place;
    tell_all(places, &place);
    return VIA_OK;
}

/* ---- what happens there ---- */

static bool is_its_own(const struct evdev_place *place, const char *name)
{
    char above[EVDEV_PATH_MAX], own[NAME_MAX + 1];
    split(place->directory, above, own, sizeof own);
    return strcmp(own, name) == 0;
}

static void resettle(struct evdev_places *places, struct evdev_place *place)
{
    if (!settle(places, place))
        log_warn("evdev.lost", "directory=%s why=\"it is gone, and what it was in\"",
                 place->directory);
    if (place->watch >= 0)
        tell_all(places, place);
}

static void take(struct evdev_places *places, const struct inotify_event *event, const char *name)
{
    for (size_t i = 0; i < places->n; i++) {
        struct evdev_place *place = &places->places[i];
        const bool is_here = place->watch == event->wd;
        if ((event->mask & IN_Q_OVERFLOW) != 0 || (is_here && (event->mask & IN_IGNORED) != 0) ||
            (!is_here && place->above == event->wd && is_its_own(place, name)))
            resettle(places, place);
        else if (is_here && (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0)
            (void)inotify_rm_watch(places->fd, event->wd); /* IN_IGNORED follows */
        else if (is_here)
            tell(places, place, name);
    }
}

void evdev_places_dispatch(struct evdev_places *places)
{
    char octets[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    for (;;) {
        const ssize_t size = read(places->fd, octets, sizeof octets);
        if (size <= 0)
            return;
        for (size_t at = 0; at < (size_t)size;) {
            struct inotify_event event;
            memcpy(&event, octets + at, sizeof event);
            take(places, &event, event.len == 0 ? "" : octets + at + sizeof event);
            at += sizeof event + event.len;
        }
    }
}
