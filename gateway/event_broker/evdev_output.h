/*
 * Commands to pods, as far as a device of Linux's has something for them.
 */
#pragma once

#include "gateway/event_broker/evdev_pods.h"

struct evdev_leds {
    bool scroll_lock, num_lock, caps_lock;
};

/* A pad's audio command: there is nothing plugged into it, and so it is done. */
bool evdev_output_is_idle(const struct evdev_pod *pod, const uint8_t *octets, size_t size);
/* false: it is no command for a keyboard's lights, or the pod is no keyboard. */
bool evdev_output_leds(const struct evdev_pod *pod, const uint8_t *octets, size_t size,
                       struct evdev_leds *leds);
