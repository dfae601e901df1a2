/*
 * libevdev keeps what the kernel last said of a device, and makes up for what its queue lost
 * (SYN_DROPPED): then it tells the differences as events, with a report behind them, and they go
 * where all others do. A button that was pressed and let go in between has not been.
 */
#include "gateway/event_broker/evdev_device.h"

#include <errno.h>
#include <fcntl.h>
#include <libevdev/libevdev.h>
#include <string.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"
#include "gateway/event_broker/evdev_output.h"

static void take_bits(const struct libevdev *evdev, unsigned type, unsigned count, uint8_t *bits)
{
    for (unsigned code = 0; code < count; code++)
        evdev_set_bit(bits, code, libevdev_has_event_code(evdev, type, code) != 0);
}

void evdev_device_traits(const struct libevdev *evdev, struct evdev_traits *traits)
{
    memset(traits, 0, sizeof *traits);
    const char *name = libevdev_get_name(evdev);
    const size_t size = name == NULL ? 0 : strnlen(name, EVDEV_NAME_MAX);
    for (size_t i = 0; i < size; i++)
        traits->name[i] = (char)(name[i] < ' ' || name[i] > '~' ? '?' : name[i]);
    traits->vendor = (uint16_t)libevdev_get_id_vendor(evdev);
    traits->product = (uint16_t)libevdev_get_id_product(evdev);
    for (unsigned prop = 0; prop < INPUT_PROP_CNT; prop++)
        evdev_set_bit(traits->props, prop, libevdev_has_property(evdev, prop) != 0);
    take_bits(evdev, EV_KEY, KEY_CNT, traits->keys);
    take_bits(evdev, EV_REL, REL_CNT, traits->rels);
    take_bits(evdev, EV_ABS, ABS_CNT, traits->axes);
    for (unsigned axis = 0; axis < ABS_CNT; axis++) {
        const struct input_absinfo *info = libevdev_get_abs_info(evdev, axis);
        if (info != NULL)
            traits->axis[axis] = *info;
    }
}

/* ---- its life ---- */

static int open_either_way(struct evdev_device *device, const char *path)
{
    const int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    device->can_output = true;
    int fd = open(path, O_RDWR | flags);
    if (fd >= 0 || (errno != EACCES && errno != EPERM && errno != EROFS))
        return fd;
    device->can_output = false;
    return open(path, O_RDONLY | flags);
}

static void say_what_is_held(struct evdev_device *device)
{
    for (unsigned key = 0; key < KEY_CNT; key++)
        if (libevdev_get_event_value(device->evdev, EV_KEY, key) != 0)
            (void)evdev_pods_feed(&device->pods, EV_KEY, (uint16_t)key, 1);
    (void)evdev_pods_feed(&device->pods, EV_SYN, SYN_REPORT, 0);
}

static enum via_status begin(struct evdev_device *device, const char *path,
                             const struct pod_map *map)
{
    struct evdev_traits traits;
    const int failure = libevdev_new_from_fd(device->fd, &device->evdev);
    if (failure == -ENOMEM)
        return VIA_NO_MEMORY;
    if (failure < 0)
        return failure == -ENODEV ? VIA_NOT_FOUND : VIA_INVALID;
    evdev_device_traits(device->evdev, &traits);
    enum via_status status = evdev_pods_init(&device->pods, &traits, map);
    if (status != VIA_OK || device->pods.n == 0)
        return status;
    if (device->pods.profile.is_grabbed && libevdev_grab(device->evdev, LIBEVDEV_GRAB) < 0)
        log_warn("evdev.shared", "device=%s name=\"%s\" why=\"another has grabbed it\"", path,
                 traits.name);
    say_what_is_held(device);
    return VIA_OK;
}

enum via_status evdev_device_open(struct evdev_device *device, const char *path,
                                  const struct pod_map *map)
{
    memset(device, 0, sizeof *device);
    device->fd = open_either_way(device, path);
    if (device->fd < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
        return VIA_NOT_FOUND;
    if (device->fd < 0)
        return errno == EACCES || errno == EPERM ? VIA_DENIED
                                                 : status_from_errno("evdev.open", errno);
    enum via_status status = begin(device, path, map);
    if (status != VIA_OK || device->pods.n == 0)
        evdev_device_close(device);
    return status;
}

void evdev_device_close(struct evdev_device *device)
{
    libevdev_free(device->evdev);
    evdev_pods_deinit(&device->pods);
    if (device->fd >= 0)
        (void)close(device->fd);
    device->evdev = NULL;
    device->fd = -1;
}

/* ---- what it says ---- */

enum via_status evdev_device_read(struct evdev_device *device, evdev_report_fn fn, void *user,
                                  bool *morep)
{
    unsigned flag = LIBEVDEV_READ_FLAG_NORMAL;
    *morep = false;
    for (unsigned n_reports = 0; n_reports < EVDEV_REPORTS_MAX;) {
        struct input_event event;
        const int result = libevdev_next_event(device->evdev, flag, &event);
        if (result == -EAGAIN && flag == LIBEVDEV_READ_FLAG_SYNC) {
            flag = LIBEVDEV_READ_FLAG_NORMAL; /* all that was lost is made up for */
            continue;
        }
        if (result == -EAGAIN || result == -EINTR)
            return VIA_OK;
        if (result < 0)
            return VIA_DEAD;
        if (result == LIBEVDEV_READ_STATUS_SYNC && flag == LIBEVDEV_READ_FLAG_NORMAL) {
            log_debug("evdev.dropped", "name=\"%s\"", libevdev_get_name(device->evdev));
            flag = LIBEVDEV_READ_FLAG_SYNC;
            continue;
        }
        if (!evdev_pods_feed(&device->pods, event.type, event.code, event.value))
            continue;
        n_reports++;
        fn(user, device);
    }
    *morep = true;
    return VIA_OK;
}

/* ---- what it is told ---- */

static enum libevdev_led_value led(bool is_on)
{
    return is_on ? LIBEVDEV_LED_ON : LIBEVDEV_LED_OFF;
}

enum via_status evdev_device_command(struct evdev_device *device, const struct evdev_pod *pod,
                                     const uint8_t *octets, size_t size)
{
    struct evdev_leds leds;
    if (evdev_output_is_idle(pod, octets, size))
        return VIA_OK;
    if (!evdev_output_leds(pod, octets, size, &leds) || !device->can_output ||
        !libevdev_has_event_type(device->evdev, EV_LED))
        return VIA_UNSUPPORTED;
    const int result =
        libevdev_kernel_set_led_values(device->evdev, LED_SCROLLL, led(leds.scroll_lock), LED_NUML,
                                       led(leds.num_lock), LED_CAPSL, led(leds.caps_lock), -1);
    if (result < 0)
        log_warn("evdev.led", "name=\"%s\" errno=%d", libevdev_get_name(device->evdev), -result);
    return result < 0 ? VIA_DEAD : VIA_OK;
}
