/*
 * Input devices without a kernel that has any: files in a directory of the test's own, behind which
 * stand sockets, and an ioctl() that answers for them as the kernel's input core does. All that
 * libevdev does on them is libevdev's own. The test's program links with -Wl,--wrap=open.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/event_broker/evdev_pods.h"

#define FAKE_INPUT_MAX 8

struct fake_input {
    char path[128];
    struct evdev_traits traits; /* axis[].value and @held: what it says when it is asked */
    uint8_t held[EVDEV_BITS_SIZE(KEY_CNT)];
    bool has_leds, is_grabbed;
    int refusal; /* an errno that opening it fails with; 0: none */
    int ends[2]; /* the program's, ours; -1: it is not open */
    dev_t device;
    ino_t node;
};

/* A device whose file is not there yet, and the file. */
struct fake_input *fake_input_make(const char *directory, const char *name,
                                   const struct evdev_traits *traits);
void fake_input_show(struct fake_input *input);
/* Both. */
struct fake_input *fake_input_plug(const char *directory, const char *name,
                                   const struct evdev_traits *traits);
/* Its file is gone, and who reads it gets ENODEV's like. */
void fake_input_unplug(struct fake_input *input);
/* The program has opened it. */
bool fake_input_is_open(const struct fake_input *input);
/* An event to who reads it, and what it says from then on. */
void fake_input_say(struct fake_input *input, uint16_t type, uint16_t code, int32_t value);
void fake_input_say_all(struct fake_input *input, const struct input_event *events, size_t n);
/* One that it forgets to tell: its queue was full. fake_input_dropped() tells that. */
void fake_input_change(struct fake_input *input, uint16_t type, uint16_t code, int32_t value);
void fake_input_dropped(struct fake_input *input);
/* The next event that the program has written; false: none. */
bool fake_input_told(const struct fake_input *input, struct input_event *event);
