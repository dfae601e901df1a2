/*
 * A device has no field that says what it is: it says what it can, and from that one tells, as udev
 * does. A receiver for several devices may be a keyboard and a mouse at once.
 */
#include "gateway/event_broker/evdev_pods.h"

static bool has_all(const uint8_t *bits, unsigned first, unsigned last)
{
    for (unsigned bit = first; bit <= last; bit++)
        if (!evdev_bit(bits, bit))
            return false;
    return true;
}

static bool has_any(const uint8_t *bits, unsigned first, unsigned last)
{
    for (unsigned bit = first; bit <= last; bit++)
        if (evdev_bit(bits, bit))
            return true;
    return false;
}

/* Letters, or the digits of a number pad: a power button is not a keyboard, nor is a headset. */
static bool is_keyboard(const struct evdev_traits *traits)
{
    return has_all(traits->keys, KEY_Q, KEY_P) || has_all(traits->keys, KEY_KP7, KEY_KP9);
}

static bool has_place(const struct evdev_traits *traits)
{
    return has_all(traits->axes, ABS_X, ABS_Y) ||
           has_all(traits->axes, ABS_MT_POSITION_X, ABS_MT_POSITION_Y);
}

static bool is_pad(const struct evdev_traits *traits)
{
    return has_any(traits->keys, BTN_JOYSTICK, BTN_THUMBR) ||
           has_any(traits->keys, BTN_DPAD_UP, BTN_DPAD_RIGHT) ||
           has_any(traits->keys, BTN_TRIGGER_HAPPY1, BTN_TRIGGER_HAPPY40);
}

/* An axis between ends that are far apart: a pad's switch has three places, a stick's many. */
static bool is_analog(const struct evdev_traits *traits, unsigned axis)
{
    const struct input_absinfo *info = &traits->axis[axis];
    return evdev_bit(traits->axes, axis) && (int64_t)info->maximum - info->minimum > 2;
}

unsigned evdev_kinds(const struct evdev_traits *traits)
{
    unsigned kinds = 0;
    if (evdev_bit(traits->props, INPUT_PROP_ACCELEROMETER))
        return 0; /* a pad's own, beside it: how it is held */
    if (is_keyboard(traits))
        kinds |= 1u << POD_KIND_KEYBOARD;
    if (has_all(traits->rels, REL_X, REL_Y) && evdev_bit(traits->keys, BTN_LEFT))
        kinds |= 1u << POD_KIND_MOUSE;
    if (is_pad(traits)) {
        kinds |= 1u << POD_KIND_PAD;
        if (is_analog(traits, ABS_X) && is_analog(traits, ABS_Y))
            kinds |= 1u << POD_KIND_STICK;
    } else if (has_place(traits)) {
        const bool is_direct = evdev_bit(traits->props, INPUT_PROP_DIRECT);
        const bool is_finger = evdev_bit(traits->keys, BTN_TOOL_FINGER);
        if (evdev_bit(traits->keys, BTN_TOUCH) && (is_direct || !is_finger))
            kinds |= 1u << POD_KIND_TOUCH;
        else if (is_finger || evdev_bit(traits->keys, BTN_LEFT))
            kinds |= 1u << POD_KIND_MOUSE;
    }
    return kinds;
}
