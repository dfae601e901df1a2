/*
 * Without libevdev: there are no pods of this host's devices, and who asks for some is told so.
 */
#include "gateway/event_broker/evdev_source.h"

enum via_status evdev_source_create(struct evdev_source **sourcep, const struct pod_map *map,
                                    const struct evdev_sink *sink)
{
    (void)map;
    (void)sink;
    *sourcep = NULL;
    return VIA_UNSUPPORTED;
}

struct evdev_source *evdev_source_destroy(struct evdev_source *source)
{
    (void)source;
    return NULL;
}

enum via_status evdev_source_add(struct evdev_source *source, const char *place)
{
    (void)source;
    (void)place;
    return VIA_UNSUPPORTED;
}

int evdev_source_fd(const struct evdev_source *source)
{
    (void)source;
    return -1;
}

void evdev_source_dispatch(struct evdev_source *source)
{
    (void)source;
}

size_t evdev_source_n(const struct evdev_source *source)
{
    (void)source;
    return 0;
}

enum via_status evdev_source_command(struct evdev_source *source, uint32_t number,
                                     const uint8_t *octets, size_t size)
{
    (void)source;
    (void)number;
    (void)octets;
    (void)size;
    return VIA_UNSUPPORTED;
}
