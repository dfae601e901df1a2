/*
 * Devices that people have, as far as the kernel tells them apart.
 */
#pragma once

#include "gateway/event_broker/evdev_pods.h"

/* One letter a kind, in their order: p s m k t. */
struct model {
    const char *kinds;
    struct evdev_traits traits;
};

extern const struct model pad_model;      /* analog, a hat: as an Xbox pad */
extern const struct model old_pad_model;  /* its D-pad is ABS_X and ABS_Y */
extern const struct model joystick_model; /* with a throttle */
extern const struct model mouse_model;
extern const struct model keyboard_model;
extern const struct model receiver_model; /* a keyboard and a mouse in one */
extern const struct model touch_screen_model;
extern const struct model touch_only_model; /* of its fingers alone, without ABS_X */
extern const struct model touch_pad_model;
extern const struct model tablet_model; /* a virtual machine's pointer */
extern const struct model power_button_model;
extern const struct model motion_model; /* a pad's accelerometer */
