/*
 * A device that the kernel makes for us (uinput), read back as a pod. A machine that has no uinput,
 * or does not let us, is told so: then the test is skipped.
 */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <libevdev/libevdev-uinput.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/event_broker/evdev_source.h"
#include "include/portfolio/event.h"

#define LIMIT_MS 20000
#define SKIPPED 77 /* ctest knows it */

struct seen {
    unsigned n_attached, n_detached;
    uint32_t word;
};

static struct libevdev_uinput *device;

static enum via_status take_attach(void *user, uint32_t type, uint32_t flags, const char *name,
                                   uint32_t *numberp)
{
    struct seen *seen = user;
    assert_int_equal(type, PODID_3DO_BASIC_CONTROL_PAD);
    assert_int_equal(flags, POD_IsControlPad | POD_IsAudioCtlr);
    assert_string_equal(name, "Viaduct's pad");
    *numberp = ++seen->n_attached;
    return VIA_OK;
}

static void take_state(void *user, uint32_t number, const uint8_t *octets, size_t size)
{
    struct seen *seen = user;
    assert_int_equal(number, 1);
    assert_int_equal(size, 4);
    seen->word = (uint32_t)octets[0] | (uint32_t)octets[1] << 8 | (uint32_t)octets[2] << 16 |
                 (uint32_t)octets[3] << 24;
}

static void take_detach(void *user, uint32_t number)
{
    struct seen *seen = user;
    assert_int_equal(number, 1);
    seen->n_detached++;
}

static void await(struct evdev_source *source)
{
    struct pollfd poll_fd = {.fd = evdev_source_fd(source), .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, LIMIT_MS), 1);
    evdev_source_dispatch(source);
}

static void say(unsigned type, unsigned code, int value)
{
    assert_int_equal(libevdev_uinput_write_event(device, type, code, value), 0);
    assert_int_equal(libevdev_uinput_write_event(device, EV_SYN, SYN_REPORT, 0), 0);
}

static void a_pad_of_the_kernels_is_a_pod(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct evdev_sink sink = {&seen, take_attach, take_state, take_detach};
    struct pod_map *map;
    struct evdev_source *source;
    assert_int_equal(pod_map_create(&map), VIA_OK);
    assert_int_equal(evdev_source_create(&source, map, &sink), VIA_OK);
    assert_int_equal(evdev_source_add(source, libevdev_uinput_get_devnode(device)), VIA_OK);
    assert_int_equal(seen.n_attached, 1);
    say(EV_KEY, BTN_SOUTH, 1);
    while (seen.word != ControlA)
        await(source);
    say(EV_ABS, ABS_HAT0Y, -1);
    while (seen.word != (ControlA | ControlUp))
        await(source);
    libevdev_uinput_destroy(device);
    while (seen.n_detached == 0)
        await(source);
    (void)evdev_source_destroy(source);
    (void)pod_map_destroy(map);
}

static int make_device(void)
{
    struct libevdev *evdev = libevdev_new();
    if (evdev == NULL)
        return -ENOMEM;
    const struct input_absinfo axis = {.minimum = -1, .maximum = 1};
    libevdev_set_name(evdev, "Viaduct's pad");
    libevdev_enable_event_code(evdev, EV_KEY, BTN_SOUTH, NULL);
    libevdev_enable_event_code(evdev, EV_KEY, BTN_START, NULL);
    libevdev_enable_event_code(evdev, EV_ABS, ABS_HAT0X, &axis);
    libevdev_enable_event_code(evdev, EV_ABS, ABS_HAT0Y, &axis);
    const int result =
        libevdev_uinput_create_from_device(evdev, LIBEVDEV_UINPUT_OPEN_MANAGED, &device);
    libevdev_free(evdev);
    return result;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_pad_of_the_kernels_is_a_pod)};
    const int result = make_device();
    if (result < 0) {
        printf("skipped: /dev/uinput: %s\n", strerror(-result));
        return SKIPPED;
    }
    const char *node = libevdev_uinput_get_devnode(device);
    if (node == NULL || access(node, R_OK) < 0) {
        printf("skipped: the kernel's device has no node here that may be read\n");
        libevdev_uinput_destroy(device);
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
