/*
 * Tables. Numbers and bits are those of include/portfolio/event.h.
 */
#include "codecs/portfolio_classes.h"

#include <string.h>

#include "include/portfolio/event.h"

#define N_OF(table) (sizeof(table) / sizeof *(table))

/* ---- buttons ---- */

#define CONTROL(button)                                                                            \
    {                                                                                              \
#button, Control##button                                                                   \
    }
#define MOUSE(button)                                                                              \
    {                                                                                              \
#button, Mouse##button                                                                     \
    }
#define STICK(button)                                                                              \
    {                                                                                              \
#button, Stick##button                                                                     \
    }

static const struct portfolio_button control_pad[] = {
    CONTROL(Down), CONTROL(Up),         CONTROL(Right),     CONTROL(Left),
    CONTROL(A),    CONTROL(B),          CONTROL(C),         CONTROL(Start),
    CONTROL(X),    CONTROL(RightShift), CONTROL(LeftShift),
};
static const struct portfolio_button mouse[] = {MOUSE(Left), MOUSE(Middle), MOUSE(Right),
                                                MOUSE(Shift)};
static const struct portfolio_button light_gun[] = {{"Trigger", LightGunTrigger}};
static const struct portfolio_button stick[] = {
    STICK(Fire),  STICK(A),    STICK(B),    STICK(C),    STICK(Up),        STICK(Down),
    STICK(Right), STICK(Left), STICK(Play), STICK(Stop), STICK(LeftShift), STICK(RightShift),
};

/* ---- classes ---- */

#define CLASS(number, data_) [GENERIC_##number] = {.name = #number, .data = (data_)}
#define CLASS_WITH(number, data_, buttons_)                                                        \
    [GENERIC_##number] = {                                                                         \
        .name = #number, .data = (data_), .buttons = (buttons_), .n_buttons = N_OF(buttons_)}

static const struct portfolio_class classes[] = {
    CLASS_WITH(ControlPad, &portfolio_control_pad_data, control_pad),
    CLASS_WITH(Mouse, &portfolio_mouse_data, mouse),
    CLASS(Gun, &portfolio_gun_data),
    CLASS(GlassesCtlr, NULL),
    CLASS(AudioCtlr, NULL),
    CLASS(Keyboard, &portfolio_keyboard_data),
    CLASS_WITH(LightGun, &portfolio_light_gun_data, light_gun),
    CLASS_WITH(Stick, &portfolio_stick_data, stick),
    CLASS(IRController, &portfolio_ir_controller_data),
};

static bool is_called(const char *name, const char *text, size_t size)
{
    return strlen(name) == size && memcmp(name, text, size) == 0;
}

const struct portfolio_class *portfolio_class_of(uint32_t number)
{
    return number < N_OF(classes) ? &classes[number] : NULL;
}

uint32_t portfolio_class_flag(uint32_t number)
{
    return (uint32_t)POD_IsControlPad >> number;
}

bool portfolio_class_named(const char *text, size_t size, uint32_t *numberp)
{
    for (uint32_t i = 0; i < N_OF(classes); i++) {
        if (!is_called(classes[i].name, text, size))
            continue;
        *numberp = i;
        return true;
    }
    return false;
}

/* ---- types of pods ---- */

static const struct portfolio_pod_type types[] = {
    {PODID_3DO_BASIC_CONTROL_PAD, "BASIC_CONTROL_PAD", POD_IsControlPad | POD_IsAudioCtlr, 16, 2},
    {PODID_3DO_EXTD_CONTROL_PAD, "EXTD_CONTROL_PAD", POD_IsControlPad | POD_IsAudioCtlr, 16, 4},
    {PODID_3DO_SILLY_CONTROL_PAD, "SILLY_CONTROL_PAD", POD_IsControlPad | POD_IsAudioCtlr, 24, 8},
    {PODID_3DO_MOUSE, "MOUSE", POD_IsMouse, 32, 2},
    {PODID_3DO_3D_GLASSES, "3D_GLASSES", POD_IsGlassesCtlr | POD_IsAudioCtlr, 8, 4},
    {PODID_3DO_LIGHTGUN, "LIGHTGUN", POD_IsLightGun, 40, 8},
    {PODID_3DO_ANALOG_JOYSTICK, "ANALOG_JOYSTICK", POD_IsStick, 72, 24},
    {PODID_3DO_KEYBOARD, "KEYBOARD", POD_IsKeyboard, 24, 16},
    {PODID_3DO_IR_RECEIVER, "IR_RECEIVER", POD_IsIRController, 0, 0},
    {PODID_3DO_PROTO_THINGIE, "PROTO_THINGIE", 0, 0, 0},
    {PODID_3DO_TOUCHSCREEN, "TOUCHSCREEN", 0, 0, 0},
    {PODID_3DO_SPLITTER, "SPLITTER", 0, 0, 0},
    {PODID_3DO_SPLITTER_2, "SPLITTER_2", 0, 0, 0},
};

const struct portfolio_pod_type *portfolio_pod_type_of(uint32_t type)
{
    for (size_t i = 0; i < N_OF(types); i++)
        if (types[i].type == type)
            return &types[i];
    return NULL;
}

const struct portfolio_pod_type *portfolio_pod_type_named(const char *text, size_t size)
{
    for (size_t i = 0; i < N_OF(types); i++)
        if (is_called(types[i].name, text, size))
            return &types[i];
    return NULL;
}
