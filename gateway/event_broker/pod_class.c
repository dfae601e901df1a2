/*
 * Tables. Glasses and audio say nothing; a pod of an infrared receiver has no Update and is not
 * told every field.
 */
#include "gateway/event_broker/pod_class.h"

#include "include/portfolio/event.h"

#define ALL_BITS 0xffffffffu
#define STICK_AT_REST 512u
#define STICK_AT 18u

static const struct pod_class classes[PORTFOLIO_CLASSES] = {
    [GENERIC_ControlPad] = {.at = 0,
                            .n_button_words = 1,
                            .buttons = ALL_BITS,
                            .has_table = true,
                            .events = {[POD_PRESSED] = EVENTNUM_ControlButtonPressed,
                                       [POD_RELEASED] = EVENTNUM_ControlButtonReleased,
                                       [POD_UPDATE] = EVENTNUM_ControlButtonUpdate,
                                       [POD_ARRIVED] = EVENTNUM_ControlButtonArrived}},
    [GENERIC_Mouse] = {.at = 1,
                       .n_button_words = 1,
                       .n_positions = 2,
                       .buttons = ALL_BITS,
                       .has_table = true,
                       .events = {[POD_PRESSED] = EVENTNUM_MouseButtonPressed,
                                  [POD_RELEASED] = EVENTNUM_MouseButtonReleased,
                                  [POD_UPDATE] = EVENTNUM_MouseUpdate,
                                  [POD_MOVED] = EVENTNUM_MouseMoved,
                                  [POD_ARRIVED] = EVENTNUM_MouseDataArrived}},
    [GENERIC_Gun] = {.at = 4,
                     .n_button_words = 1,
                     .buttons = ALL_BITS,
                     .has_table = true,
                     .events = {[POD_PRESSED] = EVENTNUM_GunButtonPressed,
                                [POD_RELEASED] = EVENTNUM_GunButtonReleased,
                                [POD_UPDATE] = EVENTNUM_GunUpdate,
                                [POD_ARRIVED] = EVENTNUM_GunDataArrived}},
    [GENERIC_Keyboard] = {.at = 7,
                          .n_button_words = 8,
                          .buttons = ALL_BITS,
                          .events = {[POD_PRESSED] = EVENTNUM_KeyboardKeyPressed,
                                     [POD_RELEASED] = EVENTNUM_KeyboardKeyReleased,
                                     [POD_UPDATE] = EVENTNUM_KeyboardUpdate,
                                     [POD_ARRIVED] = EVENTNUM_KeyboardDataArrived}},
    [GENERIC_LightGun] = {.at = 15,
                          .n_button_words = 1,
                          .buttons = ALL_BITS,
                          .tracked = LightGunTrigger,
                          .has_table = true,
                          .events = {[POD_PRESSED] = EVENTNUM_LightGunButtonPressed,
                                     [POD_RELEASED] = EVENTNUM_LightGunButtonReleased,
                                     [POD_UPDATE] = EVENTNUM_LightGunUpdate,
                                     [POD_TRACKING] = EVENTNUM_LightGunFireTracking,
                                     [POD_ARRIVED] = EVENTNUM_LightGunDataArrived}},
    [GENERIC_Stick] = {.at = STICK_AT,
                       .n_button_words = 1,
                       .n_positions = 3,
                       .noise = 1,
                       .buttons = StickButtons,
                       .always = StickCapability,
                       .has_table = true,
                       .events = {[POD_PRESSED] = EVENTNUM_StickButtonPressed,
                                  [POD_RELEASED] = EVENTNUM_StickButtonReleased,
                                  [POD_UPDATE] = EVENTNUM_StickUpdate,
                                  [POD_MOVED] = EVENTNUM_StickMoved,
                                  [POD_ARRIVED] = EVENTNUM_StickDataArrived}},
    [GENERIC_IRController] =
        {.at = 22,
         .n_button_words = 8,
         .buttons = ALL_BITS,
         .events =
             {[POD_PRESSED] = EVENTNUM_IRKeyPressed, [POD_RELEASED] = EVENTNUM_IRKeyReleased}},
};

/* Programs send one octet for a keyboard's LEDs, where the system has two of which the second
 * counts. */
static const struct pod_command commands[] = {
    {GENERIC_AudioCtlr, GENERIC_AUDIO_SetChannels, 1, 1},
    {GENERIC_GlassesCtlr, GENERIC_GLASSES_SetView, 2, 2},
    {GENERIC_Keyboard, GENERIC_KEYBOARD_SetLEDs, 1, 2},
    {GENERIC_LightGun, GENERIC_LIGHTGUN_SetLEDs, 1, 1},
};

const struct pod_class *pod_class_of(unsigned generic)
{
    return &classes[generic];
}

unsigned pod_class_words(unsigned generic)
{
    const struct portfolio_class *class = portfolio_class_of(generic);
    return class == NULL || class->data == NULL ? 0 : (unsigned)(class->data->size / POD_WORD);
}

const struct pod_command *pod_command_of(uint8_t generic, uint8_t subcommand)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (commands[i].generic == generic && commands[i].subcommand == subcommand)
            return &commands[i];
    return NULL;
}

void pod_state_rest(struct pod_state *state)
{
    *state = (struct pod_state){{0}};
    for (unsigned i = 0; i < classes[GENERIC_Stick].n_positions; i++)
        state->words[STICK_AT + 1 + i] = STICK_AT_REST;
}
