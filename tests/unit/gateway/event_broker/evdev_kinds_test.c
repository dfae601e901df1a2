/*
 * Which pods a device is, by what it has.
 */
#include <cmocka.h>
#include <string.h>

#include "tests/unit/gateway/event_broker/evdev_models.h"

static unsigned kinds_of(const char *letters)
{
    static const char order[] = "psmkt";
    unsigned kinds = 0;
    for (; *letters != '\0'; letters++)
        kinds |= 1u << (strchr(order, *letters) - order);
    return kinds;
}

static void devices_are_told_apart(void **state)
{
    (void)state;
    static const struct model *const models[] = {
        &pad_model,       &old_pad_model,  &joystick_model,     &mouse_model,
        &keyboard_model,  &receiver_model, &touch_screen_model, &touch_only_model,
        &touch_pad_model, &tablet_model,   &power_button_model, &motion_model,
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (evdev_kinds(&models[i]->traits) != kinds_of(models[i]->kinds))
            fail_msg("%s: %#x", models[i]->traits.name, evdev_kinds(&models[i]->traits));
}

static void a_number_pad_is_a_keyboard(void **state)
{
    (void)state;
    struct evdev_traits traits = {.name = "Number pad"};
    for (unsigned key = KEY_KP7; key <= KEY_KPDOT; key++)
        evdev_set_bit(traits.keys, key, true);
    assert_int_equal(evdev_kinds(&traits), kinds_of("k"));
    evdev_set_bit(traits.keys, KEY_KP8, false);
    assert_int_equal(evdev_kinds(&traits), 0);
}

static void a_pad_with_switches_alone_is_no_stick(void **state)
{
    (void)state;
    struct evdev_traits traits = pad_model.traits;
    traits.axis[ABS_Y] = (struct input_absinfo){.minimum = -1, .maximum = 1};
    assert_int_equal(evdev_kinds(&traits), kinds_of("p"));
    traits.axis[ABS_Y] = (struct input_absinfo){.minimum = INT32_MAX, .maximum = INT32_MIN};
    assert_int_equal(evdev_kinds(&traits), kinds_of("p"));
    traits.axis[ABS_Y] = (struct input_absinfo){.minimum = INT32_MIN, .maximum = INT32_MAX};
    assert_int_equal(evdev_kinds(&traits), kinds_of("ps"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_are_told_apart),
        cmocka_unit_test(a_number_pad_is_a_keyboard),
        cmocka_unit_test(a_pad_with_switches_alone_is_no_stick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
