/*
 * Bits are named one by one where they are few; a keyboard has those of all keys of its time.
 */
#include "tests/unit/gateway/event_broker/evdev_models.h"

/* Designators cannot repeat an octet, so all bits of one stand together. */
#define AT(code) [(code) / 8]
#define BIT(code) (1u << (code) % 8)

#define SWITCH                                                                                     \
    {                                                                                              \
        .minimum = -1, .maximum = 1                                                                \
    }
#define SIGNED                                                                                     \
    {                                                                                              \
        .minimum = -32768, .maximum = 32767, .flat = 128                                           \
    }
#define OCTET                                                                                      \
    {                                                                                              \
        .minimum = 0, .maximum = 255, .value = 127                                                 \
    }
#define SCREEN(most)                                                                               \
    {                                                                                              \
        .minimum = 0, .maximum = (most)                                                            \
    }

/* KEY_ESC to KEY_DELETE, without a few */
#define ALL_KEYS 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xcf, 0x01, 0xff, 0xff

const struct model pad_model = {
    "ps",
    {.name = "X-Box 360 pad",
     .vendor = 0x045e,
     .product = 0x028e,
     .keys = {AT(BTN_SOUTH) = BIT(BTN_SOUTH) | BIT(BTN_EAST) | BIT(BTN_NORTH) | BIT(BTN_WEST) |
                              BIT(BTN_TL) | BIT(BTN_TR),
              AT(BTN_START) = BIT(BTN_START) | BIT(BTN_SELECT)},
     .axes = {AT(ABS_X) = BIT(ABS_X) | BIT(ABS_Y) | BIT(ABS_RX) | BIT(ABS_RY),
              AT(ABS_HAT0X) = BIT(ABS_HAT0X) | BIT(ABS_HAT0Y)},
     .axis = {[ABS_X] = SIGNED,
              [ABS_Y] = SIGNED,
              [ABS_RX] = SIGNED,
              [ABS_RY] = SIGNED,
              [ABS_HAT0X] = SWITCH,
              [ABS_HAT0Y] = SWITCH}}};

const struct model old_pad_model = {
    "ps",
    {.name = "USB Gamepad",
     .vendor = 0x0079,
     .product = 0x0011,
     .keys = {AT(BTN_TRIGGER) = BIT(BTN_TRIGGER) | BIT(BTN_THUMB) | BIT(BTN_THUMB2) | BIT(BTN_TOP) |
                                BIT(BTN_TOP2) | BIT(BTN_PINKIE),
              AT(BTN_BASE3) = BIT(BTN_BASE3) | BIT(BTN_BASE4)},
     .axes = {AT(ABS_X) = BIT(ABS_X) | BIT(ABS_Y)},
     .axis = {[ABS_X] = OCTET, [ABS_Y] = OCTET}}};

const struct model joystick_model = {
    "ps",
    {.name = "Flight stick",
     .keys = {AT(BTN_TRIGGER) = BIT(BTN_TRIGGER) | BIT(BTN_THUMB)},
     .axes = {AT(ABS_X) = BIT(ABS_X) | BIT(ABS_Y) | BIT(ABS_THROTTLE),
              AT(ABS_HAT0X) = BIT(ABS_HAT0X) | BIT(ABS_HAT0Y)},
     .axis = {[ABS_X] = {.minimum = 0, .maximum = 1023, .value = 512},
              [ABS_Y] = {.minimum = 0, .maximum = 1023, .value = 512},
              [ABS_THROTTLE] = OCTET,
              [ABS_HAT0X] = SWITCH,
              [ABS_HAT0Y] = SWITCH}}};

const struct model mouse_model = {
    "m",
    {.name = "Mouse",
     .keys = {AT(BTN_LEFT) = BIT(BTN_LEFT) | BIT(BTN_RIGHT) | BIT(BTN_MIDDLE) | BIT(BTN_SIDE)},
     .rels = {AT(REL_X) = BIT(REL_X) | BIT(REL_Y), AT(REL_WHEEL) = BIT(REL_WHEEL)}}};

const struct model keyboard_model = {"k",
                                     {.name = "AT Translated Set 2 keyboard", .keys = {ALL_KEYS}}};

const struct model receiver_model = {
    "mk",
    {.name = "Unifying receiver",
     .keys = {ALL_KEYS, AT(BTN_LEFT) = BIT(BTN_LEFT) | BIT(BTN_RIGHT)},
     .rels = {AT(REL_X) = BIT(REL_X) | BIT(REL_Y)}}};

const struct model touch_screen_model = {
    "t",
    {.name = "Touch screen",
     .props = {BIT(INPUT_PROP_DIRECT)},
     .keys = {AT(BTN_TOUCH) = BIT(BTN_TOUCH)},
     .axes = {AT(ABS_X) = BIT(ABS_X) | BIT(ABS_Y), AT(ABS_MT_SLOT) = BIT(ABS_MT_SLOT),
              AT(ABS_MT_POSITION_X) = BIT(ABS_MT_POSITION_X) | BIT(ABS_MT_POSITION_Y)},
     .axis = {[ABS_X] = SCREEN(4095),
              [ABS_Y] = SCREEN(4095),
              [ABS_MT_POSITION_X] = SCREEN(4095),
              [ABS_MT_POSITION_Y] = SCREEN(4095)}}};

const struct model touch_only_model = {
    "t",
    {.name = "Fingers",
     .props = {BIT(INPUT_PROP_DIRECT)},
     .keys = {AT(BTN_TOUCH) = BIT(BTN_TOUCH)},
     .axes = {AT(ABS_MT_SLOT) = BIT(ABS_MT_SLOT),
              AT(ABS_MT_POSITION_X) = BIT(ABS_MT_POSITION_X) | BIT(ABS_MT_POSITION_Y)},
     .axis = {[ABS_MT_POSITION_X] = SCREEN(319), [ABS_MT_POSITION_Y] = SCREEN(239)}}};

const struct model touch_pad_model = {
    "m",
    {.name = "Touch pad",
     .props = {BIT(INPUT_PROP_POINTER)},
     .keys = {AT(BTN_LEFT) = BIT(BTN_LEFT), AT(BTN_TOOL_FINGER) = BIT(BTN_TOOL_FINGER),
              AT(BTN_TOUCH) = BIT(BTN_TOUCH) | BIT(BTN_TOOL_DOUBLETAP)},
     .axes = {AT(ABS_X) = BIT(ABS_X) | BIT(ABS_Y)},
     .axis = {[ABS_X] = SCREEN(3190), [ABS_Y] = SCREEN(2390)}}};

const struct model tablet_model = {"m",
                                   {.name = "QEMU USB Tablet",
                                    .keys = {AT(BTN_LEFT) = BIT(BTN_LEFT) | BIT(BTN_RIGHT)},
                                    .axes = {AT(ABS_X) = BIT(ABS_X) | BIT(ABS_Y)},
                                    .axis = {[ABS_X] = SCREEN(319), [ABS_Y] = SCREEN(239)}}};

const struct model power_button_model = {
    "", {.name = "Power Button", .keys = {AT(KEY_POWER) = BIT(KEY_POWER)}}};

const struct model motion_model = {"",
                                   {.name = "Pad Motion Sensors",
                                    .props = {BIT(INPUT_PROP_ACCELEROMETER)},
                                    .keys = {AT(BTN_SOUTH) = BIT(BTN_SOUTH)},
                                    .axes = {AT(ABS_X) = BIT(ABS_X) | BIT(ABS_Y)},
                                    .axis = {[ABS_X] = SIGNED, [ABS_Y] = SIGNED}}};
