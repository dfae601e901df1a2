/*
 * A command is its class, its number in that, and arguments. Programs send a keyboard's lights in
 * one octet or in two: the last one counts.
 */
#include "gateway/event_broker/evdev_output.h"

#include "include/portfolio/event.h"

static bool is_command(const uint8_t *octets, size_t size, unsigned class, unsigned command)
{
    return size >= 3 && octets[0] == class && octets[1] == command;
}

bool evdev_output_is_idle(const struct evdev_pod *pod, const uint8_t *octets, size_t size)
{
    return pod->kind == POD_KIND_PAD &&
           is_command(octets, size, GENERIC_AudioCtlr, GENERIC_AUDIO_SetChannels);
}

bool evdev_output_leds(const struct evdev_pod *pod, const uint8_t *octets, size_t size,
                       struct evdev_leds *leds)
{
    if (pod->kind != POD_KIND_KEYBOARD ||
        !is_command(octets, size, GENERIC_Keyboard, GENERIC_KEYBOARD_SetLEDs))
        return false;
    const uint8_t bits = octets[size - 1];
    leds->scroll_lock = (bits & KEYBOARD_LED_SCROLLLOCK) != 0;
    leds->num_lock = (bits & KEYBOARD_LED_NUMLOCK) != 0;
    leds->caps_lock = (bits & KEYBOARD_LED_CAPSLOCK) != 0;
    return true;
}
