/*
 * Devices are opened as places tell of them, and are there until reading them fails. What the
 * kernel has is known by the node behind its path, so that one which two places lead to is opened
 * once. One epoll descriptor stands for all: the places', the devices', and one that is readable
 * when a device had more to say than its turn allowed (libevdev has that in memory already).
 */
#include "gateway/event_broker/evdev_source.h"

#include <errno.h>
#include <libevdev/libevdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"
#include "gateway/event_broker/evdev_device.h"
#include "gateway/event_broker/evdev_places.h"

#define EVENTS_AT_ONCE 16

struct opened {
    struct evdev_source *source;
    struct opened *next;
    struct evdev_device device;
    dev_t node_device; /* of the node behind its path, with node */
    ino_t node;
    bool has_more;
    bool is_attached[POD_KINDS]; /* as device.pods.pods are */
    uint32_t numbers[POD_KINDS];
    char path[EVDEV_PATH_MAX + 256];
};

struct evdev_source {
    const struct pod_map *map; /* borrowed */
    struct evdev_sink sink;
    struct evdev_places places;
    struct opened *first; /* owned */
    size_t n;
    int epoll, more; /* owned */
};

/* ---- devices ---- */

static void tell_states(void *user, struct evdev_device *device)
{
    const struct opened *opened = user;
    const struct evdev_sink *sink = &opened->source->sink;
    for (size_t i = 0; i < device->pods.n; i++) {
        uint8_t octets[EVDEV_STATE_SIZE_MAX];
        struct evdev_pod *pod = &device->pods.pods[i];
        if (pod->is_changed && opened->is_attached[i])
            sink->state(sink->user, opened->numbers[i], octets, evdev_pod_octets(pod, octets));
        pod->is_changed = false;
    }
}

static void attach(struct opened *opened)
{
    const struct evdev_sink *sink = &opened->source->sink;
    const char *name = libevdev_get_name(opened->device.evdev);
    struct evdev_traits traits;
    evdev_device_traits(opened->device.evdev, &traits);
    name = traits.name[0] == '\0' ? "evdev" : traits.name;
    for (size_t i = 0; i < opened->device.pods.n; i++) {
        const struct evdev_pod *pod = &opened->device.pods.pods[i];
        const enum via_status status =
            sink->attach(sink->user, pod->type, pod->flags, name, &opened->numbers[i]);
        opened->is_attached[i] = status == VIA_OK;
        if (status != VIA_OK)
            log_warn("evdev.unattached", "device=%s name=\"%s\" why=%s", opened->path, name,
                     via_status_name(status));
    }
    tell_states(opened, &opened->device);
}

static void close_device(struct opened *opened)
{
    struct evdev_source *source = opened->source;
    struct opened **at = &source->first;
    while (*at != opened)
        at = &(*at)->next;
    *at = opened->next;
    source->n--;
    const size_t n = opened->device.pods.n;
    evdev_device_close(&opened->device);
    for (size_t i = n; i-- > 0;)
        if (opened->is_attached[i])
            source->sink.detach(source->sink.user, opened->numbers[i]);
    free(opened);
}

static bool is_open(const struct evdev_source *source, const struct stat *stats)
{
    for (const struct opened *opened = source->first; opened != NULL; opened = opened->next)
        if (opened->node_device == stats->st_dev && opened->node == stats->st_ino)
            return true;
    return false;
}

static enum via_status open_device(struct evdev_source *source, struct opened *opened)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = opened}};
    enum via_status status = evdev_device_open(&opened->device, opened->path, source->map);
    if (status != VIA_OK || opened->device.pods.n == 0)
        return status;
    if (epoll_ctl(source->epoll, EPOLL_CTL_ADD, opened->device.fd, &event) == 0)
        return VIA_OK;
    status = status_from_errno("evdev: epoll_ctl", errno);
    evdev_device_close(&opened->device);
    return status;
}

static void try_device(void *user, const char *path)
{
    struct evdev_source *source = user;
    struct stat stats;
    if (stat(path, &stats) < 0 || is_open(source, &stats))
        return;
    if (source->n == EVDEV_DEVICES_MAX) {
        log_warn("evdev.full", "device=%s most=%u", path, EVDEV_DEVICES_MAX);
        return;
    }
    struct opened *opened = calloc(1, sizeof *opened);
    enum via_status status = opened == NULL ? VIA_NO_MEMORY : VIA_OK;
    if (status == VIA_OK) {
        opened->source = source;
        opened->node_device = stats.st_dev;
        opened->node = stats.st_ino;
        (void)snprintf(opened->path, sizeof opened->path, "%s", path);
        status = open_device(source, opened);
    }
    if (status != VIA_OK || opened->device.pods.n == 0) {
        free(opened);
        if (status == VIA_OK)
            log_debug("evdev.no_pod", "device=%s", path);
        else
            log_info("evdev.unopened", "device=%s why=%s", path, via_status_name(status));
        return;
    }
    opened->next = source->first;
    source->first = opened;
    source->n++;
    attach(opened);
}

static void read_device(struct opened *opened, bool is_gone)
{
    struct evdev_source *source = opened->source;
    const enum via_status status =
        evdev_device_read(&opened->device, tell_states, opened, &opened->has_more);
    if (status != VIA_OK || (is_gone && !opened->has_more)) {
        log_info("evdev.gone", "device=%s", opened->path);
        close_device(opened);
    } else if (opened->has_more) {
        (void)eventfd_write(source->more, 1);
    }
}

/* ---- its life ---- */

static bool watch(struct evdev_source *source, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = what}};
    return epoll_ctl(source->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

enum via_status evdev_source_create(struct evdev_source **sourcep, const struct pod_map *map,
                                    const struct evdev_sink *sink)
{
    struct evdev_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return VIA_NO_MEMORY;
    source->map = map;
    source->sink = *sink;
    source->epoll = epoll_create1(EPOLL_CLOEXEC);
    source->more = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum via_status status =
        evdev_places_init(&source->places, EVDEV_PLACES_MAX, try_device, source);
    if (status == VIA_OK && (source->epoll < 0 || source->more < 0 ||
                             !watch(source, source->places.fd, &source->places) ||
                             !watch(source, source->more, &source->more)))
        status = status_from_errno("evdev: epoll", errno);
    if (status != VIA_OK) {
        (void)evdev_source_destroy(source);
        return status;
    }
    *sourcep = source;
    return VIA_OK;
}

struct evdev_source *evdev_source_destroy(struct evdev_source *source)
{
    if (source == NULL)
        return NULL;
    while (source->first != NULL)
        close_device(source->first);
    evdev_places_deinit(&source->places);
    if (source->more >= 0)
        (void)close(source->more);
    if (source->epoll >= 0)
        (void)close(source->epoll);
    free(source);
    return NULL;
}

enum via_status evdev_source_add(struct evdev_source *source, const char *place)
{
    return evdev_places_add(&source->places,
                            strcmp(place, "all") == 0 ? EVDEV_DIRECTORY "/" : place);
}

/* ---- driven ---- */

int evdev_source_fd(const struct evdev_source *source)
{
    return source->epoll;
}

size_t evdev_source_n(const struct evdev_source *source)
{
    return source->n;
}

static void read_more(struct evdev_source *source)
{
    eventfd_t count;
    (void)eventfd_read(source->more, &count);
    for (struct opened *opened = source->first, *next; opened != NULL; opened = next) {
        next = opened->next;
        if (opened->has_more)
            read_device(opened, false);
    }
}

void evdev_source_dispatch(struct evdev_source *source)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    bool is_more = false, is_place = false;
    const int n = epoll_wait(source->epoll, events, EVENTS_AT_ONCE, 0);
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == &source->more)
            is_more = true;
        else if (events[i].data.ptr == &source->places)
            is_place = true;
        else /* each is here once: nothing else closes it */
            read_device(events[i].data.ptr, (events[i].events & (EPOLLHUP | EPOLLERR)) != 0);
    }
    if (is_more)
        read_more(source);
    if (is_place)
        evdev_places_dispatch(&source->places);
}

enum via_status evdev_source_command(struct evdev_source *source, uint32_t number,
                                     const uint8_t *octets, size_t size)
{
    for (struct opened *opened = source->first; opened != NULL; opened = opened->next)
        for (size_t i = 0; i < opened->device.pods.n; i++)
            if (opened->is_attached[i] && opened->numbers[i] == number)
                return evdev_device_command(&opened->device, &opened->device.pods.pods[i], octets,
                                            size);
    return VIA_NOT_FOUND;
}
