/*
 * The system's header counts bits by two rules: those of the first events from number 1 on, the
 * others from 0. So there is one bit between them that stands for nothing.
 */
#include "codecs/portfolio_events.h"

#include <string.h>

#include "include/portfolio/event.h"

#define FROM_ZERO 64u /* from this number on bits are counted from 0 */
#define WORD_BITS 32u
#define TOP_BIT 0x80000000u

#define ROW(event, data_, class_)                                                                  \
    [EVENTNUM_##event] = {.name = #event, .data = (data_), .class = (class_)}
#define CLASS(event, class, data) ROW(event, &portfolio_##data, GENERIC_##class)
#define DATA(event, data) ROW(event, &portfolio_##data, -1)
#define PLAIN(event) ROW(event, NULL, -1)

static const struct portfolio_event events[] = {
    CLASS(ControlButtonPressed, ControlPad, control_pad_data),
    CLASS(ControlButtonReleased, ControlPad, control_pad_data),
    CLASS(ControlButtonUpdate, ControlPad, control_pad_data),
    CLASS(ControlButtonArrived, ControlPad, control_pad_data),
    CLASS(MouseButtonPressed, Mouse, mouse_data),
    CLASS(MouseButtonReleased, Mouse, mouse_data),
    CLASS(MouseUpdate, Mouse, mouse_data),
    CLASS(MouseMoved, Mouse, mouse_data),
    CLASS(MouseDataArrived, Mouse, mouse_data),
    CLASS(GunButtonPressed, Gun, gun_data),
    CLASS(GunButtonReleased, Gun, gun_data),
    CLASS(GunUpdate, Gun, gun_data),
    CLASS(GunDataArrived, Gun, gun_data),
    CLASS(KeyboardKeyPressed, Keyboard, keyboard_data),
    CLASS(KeyboardKeyReleased, Keyboard, keyboard_data),
    CLASS(KeyboardUpdate, Keyboard, keyboard_data),
    CLASS(KeyboardDataArrived, Keyboard, keyboard_data),
    CLASS(CharacterEntered, Keyboard, character_data),
    PLAIN(GivingFocus),
    PLAIN(LosingFocus),
    CLASS(LightGunButtonPressed, LightGun, light_gun_data),
    CLASS(LightGunButtonReleased, LightGun, light_gun_data),
    CLASS(LightGunUpdate, LightGun, light_gun_data),
    CLASS(LightGunFireTracking, LightGun, light_gun_data),
    CLASS(LightGunDataArrived, LightGun, light_gun_data),
    CLASS(StickButtonPressed, Stick, stick_data),
    CLASS(StickButtonReleased, Stick, stick_data),
    CLASS(StickUpdate, Stick, stick_data),
    CLASS(StickMoved, Stick, stick_data),
    CLASS(StickDataArrived, Stick, stick_data),
    CLASS(IRKeyPressed, IRController, ir_controller_data),
    CLASS(IRKeyReleased, IRController, ir_controller_data),
    DATA(DeviceOnline, device_state_data),
    DATA(DeviceOffline, device_state_data),
    DATA(FilesystemMounted, filesystem_data),
    DATA(FilesystemOffline, filesystem_data),
    DATA(FilesystemDismounted, filesystem_data),
    PLAIN(ControlPortChange),
    PLAIN(PleaseSaveAndExit),
    PLAIN(PleaseExitImmediately),
    PLAIN(EventQueueOverflow),
};
#define N_EVENTS (sizeof events / sizeof *events)

const struct portfolio_event *portfolio_event_of(uint32_t number)
{
    return number < N_EVENTS && events[number].name != NULL ? &events[number] : NULL;
}

uint8_t portfolio_event_named(const char *text, size_t size)
{
    for (size_t i = 0; i < N_EVENTS; i++)
        if (events[i].name != NULL && strlen(events[i].name) == size &&
            memcmp(events[i].name, text, size) == 0)
            return (uint8_t)i;
    return 0;
}

/* ---- masks ---- */

static uint32_t index_of(uint8_t number)
{
    return number < FROM_ZERO ? number - 1u : number;
}

static uint32_t bit_of(uint32_t index)
{
    return TOP_BIT >> index % WORD_BITS;
}

bool portfolio_event_is_users(uint8_t number)
{
    return number > 0 && index_of(number) / WORD_BITS % 4 < 2;
}

bool portfolio_mask_has(const uint32_t mask[PORTFOLIO_MASK_WORDS], uint8_t number)
{
    uint32_t index = index_of(number);
    return number > 0 && (mask[index / WORD_BITS] & bit_of(index)) != 0;
}

void portfolio_mask_set(uint32_t mask[PORTFOLIO_MASK_WORDS], uint8_t number)
{
    uint32_t index = index_of(number);
    if (number > 0)
        mask[index / WORD_BITS] |= bit_of(index);
}

void portfolio_mask_clear(uint32_t mask[PORTFOLIO_MASK_WORDS], uint8_t number)
{
    uint32_t index = index_of(number);
    if (number > 0)
        mask[index / WORD_BITS] &= ~bit_of(index);
}

uint8_t portfolio_mask_number(uint32_t index)
{
    if (index >= PORTFOLIO_MASK_WORDS * WORD_BITS || index == FROM_ZERO - 1)
        return 0;
    return (uint8_t)(index < FROM_ZERO ? index + 1 : index);
}
