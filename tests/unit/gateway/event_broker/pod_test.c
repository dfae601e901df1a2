/*
 * What happens to a pod in a field, given what it says and said.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/gateway/event_broker/rig.h"

#define ONE 0x40000001u
#define ALL 0xffffffffu

#define BEATS                                                                                      \
    ((uint32_t)EVENTBIT0_ControlButtonArrived | EVENTBIT0_MouseDataArrived |                       \
     EVENTBIT0_GunDataArrived | EVENTBIT0_KeyboardDataArrived | EVENTBIT0_LightGunDataArrived |    \
     EVENTBIT0_StickDataArrived)

static void listen_to_all(struct rig *rig)
{
    rig_listen(rig, ONE, LC_Observer, ALL & ~BEATS, 0, 0, 0);
}

static void presses_and_releases_have_only_what_changed(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    listen_to_all(rig);
    rig_press(rig, pad, ControlA | ControlB);
    assert_string_equal(rig_heard(rig, ONE), "1t 1.1.1 0c000000 3t 1.1.1 0c000000");
    rig_press(rig, pad, ControlB | ControlC);
    assert_string_equal(rig_heard(rig, ONE),
                        "1t 1.1.1 02000000 2t 1.1.1 08000000 3t 1.1.1 06000000");
    rig_press(rig, pad, ControlB | ControlC);
    assert_string_equal(rig_heard(rig, ONE), "none");
}

static void a_mouse_that_moves_has_no_update(void **state)
{
    struct rig *rig = *state;
    const int32_t mouse = rig_attach(rig, PODID_3DO_MOUSE, 0, "");
    listen_to_all(rig);
    rig_say(rig, mouse, GENERIC_Mouse, (const uint32_t[]){0, 1, 0}, 3);
    assert_string_equal(rig_heard(rig, ONE), "8t 1.1.1 00000000 00000001 00000000");
    rig_say(rig, mouse, GENERIC_Mouse, (const uint32_t[]){MouseLeft, 1, 2}, 3);
    assert_string_equal(rig_heard(rig, ONE), "5t 1.1.1 80000000 00000001 00000002 "
                                             "7t 1.1.1 80000000 00000001 00000002 "
                                             "8t 1.1.1 80000000 00000001 00000002");
}

static void a_stick_that_trembles_does_not_move(void **state)
{
    struct rig *rig = *state;
    const int32_t stick = rig_attach(rig, PODID_3DO_ANALOG_JOYSTICK, 0, "");
    listen_to_all(rig);
    assert_string_equal(rig_heard(rig, ONE), "none"); /* at rest in the middle */
    for (uint32_t i = 1; i <= 2; i++) {
        rig_say(rig, stick, GENERIC_Stick, (const uint32_t[]){0, 512 + i % 2, 511, 512}, 4);
        assert_string_equal(rig_heard(rig, ONE), "none");
    }
    rig_say(rig, stick, GENERIC_Stick, (const uint32_t[]){0, 512, 513, 512}, 4);
    assert_string_equal(rig_heard(rig, ONE), "none");
    rig_say(rig, stick, GENERIC_Stick, (const uint32_t[]){0, 513, 514, 512}, 4);
    assert_string_equal(rig_heard(rig, ONE), "29t 1.1.1 000c0000 00000201 00000202 00000200");
    rig_say(rig, stick, GENERIC_Stick, (const uint32_t[]){0, 514, 513, 512}, 4);
    assert_string_equal(rig_heard(rig, ONE), "none"); /* by what was told last */
}

static void a_stick_says_what_it_can_in_every_frame(void **state)
{
    struct rig *rig = *state;
    const int32_t stick = rig_attach(rig, PODID_3DO_ANALOG_JOYSTICK, 0, "");
    listen_to_all(rig);
    rig_say(rig, stick, GENERIC_Stick, (const uint32_t[]){StickFire, 512, 512, 512}, 4);
    assert_string_equal(rig_heard(rig, ONE), "26t 1.1.1 800c0000 00000200 00000200 00000200 "
                                             "28t 1.1.1 800c0000 00000200 00000200 00000200");
    rig_say(rig, stick, GENERIC_Stick, (const uint32_t[]){Stick4Way, 512, 512, 512}, 4);
    assert_string_equal(rig_heard(rig, ONE), "27t 1.1.1 800c0000 00000200 00000200 00000200 "
                                             "28t 1.1.1 000c0000 00000200 00000200 00000200");
}

static void a_light_gun_is_tracked_while_its_trigger_is_held_and_once_more(void **state)
{
    struct rig *rig = *state;
    const int32_t gun = rig_attach(rig, PODID_3DO_LIGHTGUN, 0, "");
    listen_to_all(rig);
    rig_say(rig, gun, GENERIC_LightGun, (const uint32_t[]){LightGunTrigger, 9, 3}, 3);
    assert_string_equal(rig_heard(rig, ONE), "21t 1.1.1 80000000 00000009 00000003 "
                                             "23t 1.1.1 80000000 00000009 00000003 "
                                             "24t 1.1.1 80000000 00000009 00000003");
    assert_string_equal(rig_heard(rig, ONE), "24t 1.1.1 80000000 00000009 00000003");
    rig_say(rig, gun, GENERIC_LightGun, (const uint32_t[]){0, 9, 3}, 3);
    assert_string_equal(rig_heard(rig, ONE), "22t 1.1.1 80000000 00000009 00000003 "
                                             "23t 1.1.1 00000000 00000009 00000003 "
                                             "24t 1.1.1 00000000 00000009 00000003");
    assert_string_equal(rig_heard(rig, ONE), "none");
}

static void a_gun_has_its_own_events(void **state)
{
    struct rig *rig = *state;
    const int32_t gun = rig_attach(rig, 0x100, POD_IsGun, "");
    rig_listen(rig, ONE, LC_Observer, ALL, 0, 0, 0);
    rig_say(rig, gun, GENERIC_Gun, (const uint32_t[]){0x80000000, 1, 2}, 3);
    assert_string_equal(rig_heard(rig, ONE), "10t 1.1.1 80000000 00000001 00000002 "
                                             "12t 1.1.1 80000000 00000001 00000002 "
                                             "13t 1.1.1 80000000 00000001 00000002");
}

static void a_keyboard_says_which_keys_changed(void **state)
{
    struct rig *rig = *state;
    const int32_t board = rig_attach(rig, PODID_3DO_KEYBOARD, 0, "");
    listen_to_all(rig);
    rig_say(rig, board, GENERIC_Keyboard, (const uint32_t[]){2, 0, 0, 0, 0, 0, 0, 8}, 8);
    assert_string_equal(
        rig_heard(rig, ONE),
        "14t 1.1.1 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000008 "
        "16t 1.1.1 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000008");
    rig_say(rig, board, GENERIC_Keyboard, (const uint32_t[]){2, 1, 0, 0, 0, 0, 0, 0}, 8);
    assert_string_equal(
        rig_heard(rig, ONE),
        "14t 1.1.1 00000000 00000001 00000000 00000000 00000000 00000000 00000000 00000000 "
        "15t 1.1.1 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000008 "
        "16t 1.1.1 00000002 00000001 00000000 00000000 00000000 00000000 00000000 00000000");
}

static void an_infrared_receiver_has_keys_and_no_more(void **state)
{
    struct rig *rig = *state;
    const int32_t receiver = rig_attach(rig, PODID_3DO_IR_RECEIVER, 0, "");
    rig_listen(rig, ONE, LC_Observer, ALL, 0, 0, 0);
    assert_string_equal(rig_heard(rig, ONE), "none");
    rig_say(rig, receiver, GENERIC_IRController,
            (const uint32_t[]){1, 0, 0, 0, 0, 0, 0, 0, 5, 6, IRModelForage}, 11);
    assert_string_equal(rig_heard(rig, ONE),
                        "31t 1.1.1 00000001 00000000 00000000 00000000 00000000 00000000 00000000 "
                        "00000000 00000005 00000006 34414745");
}

static void a_pod_of_two_classes_counts_in_both(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    const int32_t both = rig_attach(rig, 0x101, POD_IsControlPad | POD_IsStick, "");
    listen_to_all(rig);
    rig_press(rig, both, ControlX);
    rig_say(rig, both, GENERIC_Stick, (const uint32_t[]){StickA, 512, 512, 512}, 4);
    assert_string_equal(rig_heard(rig, ONE), "1t 2.2.2 00800000 3t 2.2.2 00800000 "
                                             "26t 2.2.1 400c0000 00000200 00000200 00000200 "
                                             "28t 2.2.1 400c0000 00000200 00000200 00000200");
}

static void glasses_say_nothing(void **state)
{
    struct rig *rig = *state;
    rig_attach(rig, PODID_3DO_3D_GLASSES, 0, "");
    rig_listen(rig, ONE, LC_Observer, ALL, 0, 0, 0);
    assert_string_equal(rig_heard(rig, ONE), "none");
}

/* ---- several states in one field ---- */

static void press_and_release_go_into_successive_fields(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    listen_to_all(rig);
    rig_press(rig, pad, ControlA);
    rig_press(rig, pad, 0);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_heard(rig, ONE), "1t 1.1.1 08000000 3t 1.1.1 08000000");
    assert_string_equal(rig_heard(rig, ONE), "2t 1.1.1 08000000 3t 1.1.1 00000000");
    assert_string_equal(rig_heard(rig, ONE), "1t 1.1.1 08000000 3t 1.1.1 08000000");
    assert_string_equal(rig_heard(rig, ONE), "none");
}

static void what_takes_nothing_back_goes_into_one_field(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    listen_to_all(rig);
    rig_press(rig, pad, ControlA);
    rig_press(rig, pad, ControlA | ControlB);
    assert_string_equal(rig_heard(rig, ONE), "1t 1.1.1 0c000000 3t 1.1.1 0c000000");
    rig_press(rig, pad, ControlB);
    rig_press(rig, pad, ControlB | ControlC);
    rig_press(rig, pad, ControlC); /* B was held before: that is no change back */
    assert_string_equal(rig_heard(rig, ONE),
                        "1t 1.1.1 02000000 2t 1.1.1 0c000000 3t 1.1.1 02000000");
}

static void a_move_between_press_and_release_is_told_with_either(void **state)
{
    struct rig *rig = *state;
    const int32_t mouse = rig_attach(rig, PODID_3DO_MOUSE, 0, "");
    rig_listen(rig, ONE, LC_Observer, EVENTBIT0_MouseUpdate, 0, 0, 0);
    rig_say(rig, mouse, GENERIC_Mouse, (const uint32_t[]){0, 1, 1}, 3);
    rig_say(rig, mouse, GENERIC_Mouse, (const uint32_t[]){MouseLeft, 1, 1}, 3);
    rig_say(rig, mouse, GENERIC_Mouse, (const uint32_t[]){MouseLeft, 2, 2}, 3);
    rig_say(rig, mouse, GENERIC_Mouse, (const uint32_t[]){0, 2, 2}, 3);
    rig_say(rig, mouse, GENERIC_Mouse, (const uint32_t[]){0, 3, 3}, 3);
    assert_string_equal(rig_heard(rig, ONE), "7t 1.1.1 80000000 00000002 00000002");
    assert_string_equal(rig_heard(rig, ONE), "7t 1.1.1 00000000 00000003 00000003");
}

static void a_key_of_any_word_waits_for_a_field_of_its_own(void **state)
{
    struct rig *rig = *state;
    const int32_t board = rig_attach(rig, PODID_3DO_KEYBOARD, 0, "");
    rig_listen(rig, ONE, LC_Observer, EVENTBIT0_KeyboardKeyReleased, 0, 0, 0);
    rig_say(rig, board, GENERIC_Keyboard, (const uint32_t[]){0, 0, 0, 0, 0, 0, 0, 1}, 8);
    rig_say(rig, board, GENERIC_Keyboard, (const uint32_t[]){0, 0, 0, 0, 0, 0, 0, 0}, 8);
    assert_string_equal(rig_heard(rig, ONE), "none");
    assert_string_equal(rig_heard(rig, ONE), "15t 1.1.1 00000000 00000000 00000000 00000000 "
                                             "00000000 00000000 00000000 00000001");
}

static void too_many_presses_lose_some_and_never_the_last_state(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    unsigned n_fields = 0;
    for (unsigned i = 0; i < 1000; i++)
        rig_press(rig, pad, i % 2 == 0 ? ControlA : 0);
    rig_press(rig, pad, ControlStart);
    listen_to_all(rig);
    const char *words = "none";
    char last[128] = "";
    while (strcmp(words = rig_heard(rig, ONE), "none") != 0) {
        (void)snprintf(last, sizeof last, "%s", words);
        n_fields++;
    }
    assert_int_equal(n_fields, POD_WAITING_MAX);
    assert_non_null(strstr(last, "3t 1.1.1 01000000"));
}

static void presses_that_are_given_up_are_told_to_be_lost(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig), other = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, EVENTBIT0_ControlButtonReleased, 0, 0, 0);
    rig_listen(rig, ONE + 1, LC_Observer, EVENTBIT0_MouseUpdate, 0, 0, 0);
    rig_listen(rig, ONE + 2, LC_FocusListener, EVENTBIT0_ControlButtonUpdate, 0, 0, 0);
    rig_listen(rig, ONE + 3, LC_FocusListener, EVENTBIT0_MouseUpdate, 0, 0, 0);
    rig_press(rig, other, ControlB);
    for (unsigned i = 0; i < POD_WAITING_MAX; i++)
        rig_press(rig, pad, i % 2 == 0 ? ControlA : 0);
    assert_string_equal(rig_heard(rig, ONE), "none"); /* there has been room: it is pressed */
    for (unsigned i = 0; i < 3; i++)
        rig_press(rig, pad, i % 2 == 0 ? ControlA : 0);
    /* as after any loss, with the state of the pod that it is about */
    assert_string_equal(rig_heard(rig, ONE), "72c 2t 1.1.1 08000000 3c 1.1.1 00000000");
    assert_string_equal(rig_heard(rig, ONE), "none"); /* and once */
    assert_string_equal(rig_heard(rig, ONE), "2t 1.1.1 08000000");
    for (uint32_t i = 1; i <= 3; i++) /* nobody who would not have been told of it */
        assert_false(rig_take(rig, RIG_RECORD, ONE + i));
}

static void presses_that_a_return_displaces_are_told_to_be_lost(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    rig_listen(rig, ONE, LC_Observer, EVENTBIT0_ControlButtonUpdate, 0, 0, 0);
    rig_press(rig, pad, ControlA);
    assert_string_equal(rig_heard(rig, ONE), "3t 1.1.1 08000000");
    for (unsigned i = 0; i < POD_WAITING_MAX; i++)
        rig_press(rig, pad, i % 2 == 0 ? 0 : ControlA);
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER, pad), 0);
    assert_int_equal(rig_pad(rig), pad);
    assert_string_equal(rig_heard(rig, ONE), "72c 3t 1.1.1 00000000");
}

static void fields_are_needed_until_all_is_told(void **state)
{
    struct rig *rig = *state;
    const int32_t pad = rig_pad(rig);
    assert_false(broker_needs_field(&rig->broker, true));
    rig_press(rig, pad, ControlA);
    rig_press(rig, pad, 0);
    assert_true(broker_needs_field(&rig->broker, false));
    broker_field(&rig->broker);
    assert_true(broker_needs_field(&rig->broker, false));
    broker_field(&rig->broker);
    assert_false(broker_needs_field(&rig->broker, true));
    rig_press(rig, pad, 0); /* which it is */
    assert_false(broker_needs_field(&rig->broker, true));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(presses_and_releases_have_only_what_changed),
        TEST(a_mouse_that_moves_has_no_update),
        TEST(a_stick_that_trembles_does_not_move),
        TEST(a_stick_says_what_it_can_in_every_frame),
        TEST(a_light_gun_is_tracked_while_its_trigger_is_held_and_once_more),
        TEST(a_gun_has_its_own_events),
        TEST(a_keyboard_says_which_keys_changed),
        TEST(an_infrared_receiver_has_keys_and_no_more),
        TEST(a_pod_of_two_classes_counts_in_both),
        TEST(glasses_say_nothing),
        TEST(press_and_release_go_into_successive_fields),
        TEST(what_takes_nothing_back_goes_into_one_field),
        TEST(a_move_between_press_and_release_is_told_with_either),
        TEST(a_key_of_any_word_waits_for_a_field_of_its_own),
        TEST(too_many_presses_lose_some_and_never_the_last_state),
        TEST(presses_that_are_given_up_are_told_to_be_lost),
        TEST(presses_that_a_return_displaces_are_told_to_be_lost),
        TEST(fields_are_needed_until_all_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
