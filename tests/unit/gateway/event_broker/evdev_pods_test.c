/*
 * What devices say comes out as what pods say: buttons, axes, moves, keys.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/event_broker/evdev_output.h"
#include "include/portfolio/event.h"
#include "tests/unit/gateway/event_broker/evdev_models.h"

#define KEY(code, value) EV_KEY, code, value
#define ABS(code, value) EV_ABS, code, value
#define REL(code, value) EV_REL, code, value

static struct pod_map *map;

static int make_map(void **state)
{
    (void)state;
    return pod_map_create(&map) == VIA_OK ? 0 : -1;
}

static int destroy_map(void **state)
{
    (void)state;
    map = pod_map_destroy(map);
    return 0;
}

static void lay(const char *text)
{
    struct pod_map_fault fault;
    if (pod_map_read(map, text, strlen(text), &fault) != VIA_OK)
        fail_msg("line %u: %s", fault.line, fault.text);
}

static void report(struct evdev_pods *pods)
{
    assert_true(evdev_pods_feed(pods, EV_SYN, SYN_REPORT, 0));
}

static struct evdev_pods begin(const struct evdev_traits *traits)
{
    struct evdev_pods pods;
    assert_int_equal(evdev_pods_init(&pods, traits, map), VIA_OK);
    report(&pods);
    for (size_t i = 0; i < pods.n; i++) {
        assert_true(pods.pods[i].is_changed);
        pods.pods[i].is_changed = false;
    }
    return pods;
}

static struct evdev_pod *pod_of(struct evdev_pods *pods, enum pod_kind kind)
{
    for (size_t i = 0; i < pods->n; i++)
        if (pods->pods[i].kind == kind)
            return &pods->pods[i];
    fail_msg("no pod of kind %d", kind);
    return NULL;
}

static void feed(struct evdev_pods *pods, uint16_t type, uint16_t code, int32_t value)
{
    assert_false(evdev_pods_feed(pods, type, code, value));
}

/* One event and its report. */
static void say(struct evdev_pods *pods, uint16_t type, uint16_t code, int32_t value)
{
    feed(pods, type, code, value);
    report(pods);
}

static void pads_have_their_buttons(void **state)
{
    (void)state;
    static const struct {
        uint16_t code;
        uint32_t bits, stick;
    } buttons[] = {
        {BTN_SOUTH, ControlA, StickFire},
        {BTN_EAST, ControlB, StickA},
        {BTN_WEST, ControlC, StickB},
        {BTN_NORTH, ControlX, StickC},
        {BTN_TL, ControlLeftShift, StickLeftShift},
        {BTN_TR, ControlRightShift, StickRightShift},
        {BTN_START, ControlStart, StickPlay},
        {BTN_SELECT, 0, StickStop},
    };
    struct evdev_pods pods = begin(&pad_model.traits);
    const struct evdev_pod *pad = pod_of(&pods, POD_KIND_PAD);
    const struct evdev_pod *stick = pod_of(&pods, POD_KIND_STICK);
    assert_int_equal(pad->type, PODID_3DO_BASIC_CONTROL_PAD);
    assert_int_equal(pad->flags, 0x88000000);
    assert_int_equal(stick->type, PODID_3DO_ANALOG_JOYSTICK);
    assert_int_equal(stick->flags, POD_IsStick);
    for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++) {
        say(&pods, KEY(buttons[i].code, 1));
        assert_int_equal(pad->words[0], buttons[i].bits);
        assert_int_equal(stick->words[0], Stick4Way | buttons[i].stick);
        say(&pods, KEY(buttons[i].code, 0));
        assert_int_equal(pad->words[0], 0);
        assert_int_equal(stick->words[0], Stick4Way);
    }
    evdev_pods_deinit(&pods);
}

static void a_hat_is_directions_of_both(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&pad_model.traits);
    const struct evdev_pod *pad = pod_of(&pods, POD_KIND_PAD);
    const struct evdev_pod *stick = pod_of(&pods, POD_KIND_STICK);
    feed(&pods, ABS(ABS_HAT0X, -1));
    say(&pods, ABS(ABS_HAT0Y, 1));
    assert_int_equal(pad->words[0], ControlLeft | ControlDown);
    assert_int_equal(stick->words[0], StickLeft | StickDown | Stick4Way);
    feed(&pods, ABS(ABS_HAT0X, 1));
    say(&pods, ABS(ABS_HAT0Y, -1));
    assert_int_equal(pad->words[0], ControlRight | ControlUp);
    feed(&pods, ABS(ABS_HAT0X, 0));
    say(&pods, ABS(ABS_HAT0Y, 0));
    assert_int_equal(pad->words[0], 0);
    /* its stick is no direction of the pad's: it has the hat for that */
    say(&pods, ABS(ABS_X, -32768));
    assert_int_equal(pad->words[0], 0);
    evdev_pods_deinit(&pods);
}

static void axes_of_a_pad_without_directions_are_these(void **state)
{
    (void)state;
    static const struct {
        int32_t value;
        uint32_t bits;
    } cases[] = {{0, ControlLeft},
                 {63, ControlLeft},
                 {64, 0},
                 {127, 0},
                 {191, 0},
                 {192, ControlRight},
                 {255, ControlRight},
                 {-1000, ControlLeft},
                 {1000, ControlRight}};
    struct evdev_pods pods = begin(&old_pad_model.traits);
    const struct evdev_pod *pad = pod_of(&pods, POD_KIND_PAD);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        say(&pods, ABS(ABS_X, cases[i].value));
        assert_int_equal(pad->words[0], cases[i].bits);
    }
    say(&pods, KEY(BTN_TRIGGER, 1));
    assert_int_equal(pad->words[0], ControlRight | ControlA);
    assert_int_equal(pod_of(&pods, POD_KIND_STICK)->words[0], StickFire); /* and no Stick4Way */
    evdev_pods_deinit(&pods);
}

static void a_button_is_held_until_both_that_are_it_are_let_go(void **state)
{
    (void)state;
    lay("pad BTN_EAST A");
    struct evdev_pods pods = begin(&pad_model.traits);
    struct evdev_pod *pad = pod_of(&pods, POD_KIND_PAD);
    say(&pods, KEY(BTN_SOUTH, 1));
    pad->is_changed = false;
    say(&pods, KEY(BTN_EAST, 1));
    say(&pods, KEY(BTN_SOUTH, 0));
    assert_int_equal(pad->words[0], ControlA);
    assert_false(pad->is_changed);
    say(&pods, KEY(BTN_EAST, 0));
    assert_int_equal(pad->words[0], 0);
    assert_true(pad->is_changed);
    evdev_pods_deinit(&pods);
}

static void nothing_changes_before_the_report(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&pad_model.traits);
    const struct evdev_pod *pad = pod_of(&pods, POD_KIND_PAD);
    feed(&pods, KEY(BTN_SOUTH, 1));
    assert_int_equal(pad->words[0], 0);
    report(&pods);
    assert_int_equal(pad->words[0], ControlA);
    evdev_pods_deinit(&pods);
}

static void sticks_go_from_0_to_1023_and_rest_at_512(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&joystick_model.traits);
    const struct evdev_pod *stick = pod_of(&pods, POD_KIND_STICK);
    assert_int_equal(stick->n_words, 4);
    assert_in_range(stick->words[3], 509, 513); /* 127 of 255 */
    say(&pods, ABS(ABS_THROTTLE, 255));
    assert_int_equal(stick->words[3], 1023);
    for (int32_t value = 0; value <= 1023; value++) {
        say(&pods, ABS(ABS_X, value));
        assert_int_equal(stick->words[1], value);
    }
    evdev_pods_deinit(&pods);

    pods = begin(&pad_model.traits);
    stick = pod_of(&pods, POD_KIND_STICK);
    static const struct {
        int32_t value;
        uint32_t position;
    } cases[] = {{-32768, 0}, {32767, 1023}, {0, 512},       {127, 512},
                 {-128, 512}, {-130, 509},   {INT32_MIN, 0}, {INT32_MAX, 1023}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        say(&pods, ABS(ABS_Y, cases[i].value));
        assert_in_range(stick->words[2], cases[i].position, cases[i].position);
    }
    evdev_pods_deinit(&pods);
}

static void an_axis_may_be_reversed(void **state)
{
    (void)state;
    lay("stick ABS_X horizontal reversed\n[Mouse]\nmouse REL_X horizontal reversed\n"
        "[Touch*]\ntouch ABS_X horizontal reversed\nmouse ABS_X horizontal reversed");
    struct evdev_pods pods = begin(&pad_model.traits);
    say(&pods, ABS(ABS_X, -32768));
    assert_int_equal(pod_of(&pods, POD_KIND_STICK)->words[1], 1023);
    evdev_pods_deinit(&pods);
    pods = begin(&mouse_model.traits);
    say(&pods, REL(REL_X, 5));
    assert_int_equal(pod_of(&pods, POD_KIND_MOUSE)->words[1], (uint32_t)-5);
    evdev_pods_deinit(&pods);
    pods = begin(&touch_screen_model.traits);
    assert_int_equal(pod_of(&pods, POD_KIND_TOUCH)->words[1], 319);
    evdev_pods_deinit(&pods);
}

static void ends_that_make_no_sense_do_no_harm(void **state)
{
    (void)state;
    static const int32_t odd[][2] = {
        {0, 0}, {1, -1}, {INT32_MIN, INT32_MAX}, {INT32_MAX, INT32_MIN}, {INT32_MIN, INT32_MIN}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct evdev_traits traits = pad_model.traits;
        traits.axis[ABS_X] = (struct input_absinfo){
            .minimum = odd[i][0], .maximum = odd[i][1], .flat = i % 2 == 0 ? 0 : INT32_MIN};
        lay("pods pad stick");
        struct evdev_pods pods = begin(&traits);
        for (int32_t value = -2; value < 3; value++) {
            say(&pods, ABS(ABS_X, value * (INT32_MAX / 2)));
            assert_in_range(pod_of(&pods, POD_KIND_STICK)->words[1], 0, 1023);
        }
        evdev_pods_deinit(&pods);
    }
}

static void mice_add_up_their_moves(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&mouse_model.traits);
    struct evdev_pod *mouse = pod_of(&pods, POD_KIND_MOUSE);
    assert_int_equal(mouse->type, PODID_3DO_MOUSE);
    assert_int_equal(mouse->flags, POD_IsMouse);
    feed(&pods, REL(REL_X, 3));
    feed(&pods, REL(REL_X, 4));
    say(&pods, REL(REL_Y, -2));
    assert_int_equal(mouse->words[1], 7);
    assert_int_equal(mouse->words[2], (uint32_t)-2);
    assert_true(mouse->is_changed);
    mouse->is_changed = false;
    say(&pods, REL(REL_WHEEL, 1));
    assert_false(mouse->is_changed);
    say(&pods, REL(REL_X, INT32_MIN));
    say(&pods, REL(REL_X, INT32_MIN));
    assert_int_equal(mouse->words[1], 7);
    feed(&pods, KEY(BTN_LEFT, 1));
    feed(&pods, KEY(BTN_SIDE, 1));
    say(&pods, KEY(BTN_RIGHT, 1));
    assert_int_equal(mouse->words[0], MouseLeft | MouseRight | MouseShift);
    evdev_pods_deinit(&pods);
}

static void keys_are_bits_of_set_2(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&keyboard_model.traits);
    struct evdev_pod *keyboard = pod_of(&pods, POD_KIND_KEYBOARD);
    assert_int_equal(keyboard->n_words, 8);
    feed(&pods, KEY(KEY_A, 1));
    say(&pods, KEY(KEY_UP, 1));
    assert_int_equal(keyboard->words[0x1c / 32], 1u << 0x1c % 32);
    assert_int_equal(keyboard->words[0xf5 / 32], 1u << 0xf5 % 32);
    keyboard->is_changed = false;
    say(&pods, KEY(KEY_A, 2)); /* it repeats */
    assert_false(keyboard->is_changed);
    feed(&pods, KEY(KEY_A, 0));
    say(&pods, KEY(KEY_UP, 0));
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(keyboard->words[i], 0);
    evdev_pods_deinit(&pods);
}

static void a_receiver_is_two_pods(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&receiver_model.traits);
    assert_int_equal(pods.n, 2);
    say(&pods, KEY(KEY_SPACE, 1));
    assert_true(pod_of(&pods, POD_KIND_KEYBOARD)->is_changed);
    assert_false(pod_of(&pods, POD_KIND_MOUSE)->is_changed);
    evdev_pods_deinit(&pods);
}

static void a_touch_screen_is_a_place_on_the_screen(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&touch_screen_model.traits);
    const struct evdev_pod *touch = pod_of(&pods, POD_KIND_TOUCH);
    assert_int_equal(touch->type, PODID_3DO_TOUCHSCREEN);
    assert_int_equal(touch->flags, POD_IsGun);
    feed(&pods, ABS(ABS_X, 4095));
    feed(&pods, ABS(ABS_Y, 0));
    say(&pods, KEY(BTN_TOUCH, 1));
    assert_int_equal(touch->words[0], LightGunTrigger);
    assert_int_equal(touch->words[1], 319);
    assert_int_equal(touch->words[2], 0);
    feed(&pods, ABS(ABS_MT_POSITION_X, 7)); /* it has ABS_X */
    feed(&pods, ABS(ABS_Y, 9999));
    say(&pods, KEY(BTN_TOUCH, 0));
    assert_int_equal(touch->words[0], 0);
    assert_int_equal(touch->words[1], 319);
    assert_int_equal(touch->words[2], 239);
    evdev_pods_deinit(&pods);
}

static void of_fingers_without_a_place_of_their_own_the_first_counts(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&touch_only_model.traits);
    const struct evdev_pod *touch = pod_of(&pods, POD_KIND_TOUCH);
    feed(&pods, ABS(ABS_MT_SLOT, 1));
    feed(&pods, ABS(ABS_MT_POSITION_X, 300));
    feed(&pods, ABS(ABS_MT_SLOT, 0));
    say(&pods, ABS(ABS_MT_POSITION_X, 10));
    assert_int_equal(touch->words[1], 10);
    feed(&pods, ABS(ABS_MT_SLOT, 1));
    say(&pods, ABS(ABS_MT_POSITION_X, 301));
    assert_int_equal(touch->words[1], 10);
    evdev_pods_deinit(&pods);
}

static void a_touch_screen_can_be_a_mouse(void **state)
{
    (void)state;
    lay("touch-class mouse");
    struct evdev_pods pods = begin(&touch_screen_model.traits);
    const struct evdev_pod *touch = pod_of(&pods, POD_KIND_TOUCH);
    assert_int_equal(touch->type, PODID_3DO_TOUCHSCREEN);
    assert_int_equal(touch->flags, POD_IsMouse);
    feed(&pods, ABS(ABS_X, 2048));
    say(&pods, KEY(BTN_TOUCH, 1));
    assert_int_equal(touch->words[0], MouseLeft);
    assert_int_equal(touch->words[1], 0);
    say(&pods, ABS(ABS_X, 4095));
    assert_in_range(touch->words[1], 159, 160);
    evdev_pods_deinit(&pods);
}

static void a_touch_pad_moves_only_while_one_finger_is_there(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&touch_pad_model.traits);
    const struct evdev_pod *mouse = pod_of(&pods, POD_KIND_MOUSE);
    feed(&pods, KEY(BTN_TOOL_FINGER, 1));
    feed(&pods, ABS(ABS_X, 1000));
    say(&pods, ABS(ABS_Y, 1000));
    assert_int_equal(mouse->words[1], 0);
    say(&pods, ABS(ABS_X, 1100));
    assert_int_equal(mouse->words[1], 10);
    feed(&pods, KEY(BTN_TOOL_FINGER, 0)); /* a second one */
    feed(&pods, KEY(BTN_TOOL_DOUBLETAP, 1));
    say(&pods, ABS(ABS_X, 3000));
    say(&pods, ABS(ABS_X, 2000));
    const uint32_t at_two = mouse->words[1];
    feed(&pods, KEY(BTN_TOOL_FINGER, 1));
    say(&pods, ABS(ABS_X, 500));
    assert_int_equal(mouse->words[1], at_two);
    say(&pods, ABS(ABS_X, 600));
    assert_int_equal(mouse->words[1], at_two + 10);
    assert_int_equal(at_two, 10);
    evdev_pods_deinit(&pods);
}

static void a_tablet_moves_by_as_much_as_it_says(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&tablet_model.traits);
    const struct evdev_pod *mouse = pod_of(&pods, POD_KIND_MOUSE);
    say(&pods, ABS(ABS_X, 100));
    assert_int_equal(mouse->words[1], 100);
    say(&pods, ABS(ABS_X, 40));
    assert_int_equal(mouse->words[1], 40);
    evdev_pods_deinit(&pods);
}

static void the_map_decides_what_a_device_is(void **state)
{
    (void)state;
    lay("[X-Box*]\npods none\n[Power*]\npods keyboard\nkeyboard KEY_POWER 01");
    struct evdev_pods pods;
    assert_int_equal(evdev_pods_init(&pods, &pad_model.traits, map), VIA_OK);
    assert_int_equal(pods.n, 0);
    evdev_pods_deinit(&pods);
    pods = begin(&power_button_model.traits);
    say(&pods, KEY(KEY_POWER, 1));
    assert_int_equal(pod_of(&pods, POD_KIND_KEYBOARD)->words[0], 1u << 1);
    evdev_pods_deinit(&pods);
}

static void codes_beyond_all_are_nothing(void **state)
{
    (void)state;
    struct evdev_pods pods = begin(&pad_model.traits);
    static const uint16_t types[] = {EV_KEY, EV_REL, EV_ABS, EV_MSC, EV_FF, 0xffff};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        say(&pods, types[i], 0xffff, 1);
    assert_false(pod_of(&pods, POD_KIND_PAD)->is_changed);
    evdev_pods_deinit(&pods);
}

static void octets_are_little_endian(void **state)
{
    (void)state;
    const struct evdev_pod pod = {.n_words = 3, .words = {0x01020304, 0xffffffff, 0x80000000}};
    static const uint8_t wanted[] = {4, 3, 2, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x80};
    uint8_t octets[EVDEV_STATE_SIZE_MAX];
    assert_int_equal(evdev_pod_octets(&pod, octets), sizeof wanted);
    assert_memory_equal(octets, wanted, sizeof wanted);
}

static void commands_are_for_keyboards_and_pads(void **state)
{
    (void)state;
    static const uint8_t two[] = {GENERIC_Keyboard, 0, 0, KEYBOARD_LED_CAPSLOCK};
    static const uint8_t one[] = {GENERIC_Keyboard, 0, KEYBOARD_LED_SCROLLLOCK};
    static const uint8_t audio[] = {GENERIC_AudioCtlr, 0, AUDIO_Channels_Mute};
    const struct evdev_pod keyboard = {.kind = POD_KIND_KEYBOARD}, pad = {.kind = POD_KIND_PAD};
    struct evdev_leds leds;
    assert_true(evdev_output_leds(&keyboard, two, sizeof two, &leds));
    assert_true(leds.caps_lock && !leds.scroll_lock && !leds.num_lock);
    assert_true(evdev_output_leds(&keyboard, one, sizeof one, &leds));
    assert_true(leds.scroll_lock && !leds.caps_lock);
    for (size_t size = 0; size < 3; size++)
        assert_false(evdev_output_leds(&keyboard, one, size, &leds));
    assert_false(evdev_output_leds(&pad, one, sizeof one, &leds));
    assert_false(evdev_output_leds(&keyboard, audio, sizeof audio, &leds));
    assert_true(evdev_output_is_idle(&pad, audio, sizeof audio));
    assert_false(evdev_output_is_idle(&pad, audio, 2));
    assert_false(evdev_output_is_idle(&keyboard, audio, sizeof audio));
}

#define WITH_MAP(test) cmocka_unit_test_setup_teardown(test, make_map, destroy_map)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MAP(pads_have_their_buttons),
        WITH_MAP(a_hat_is_directions_of_both),
        WITH_MAP(axes_of_a_pad_without_directions_are_these),
        WITH_MAP(a_button_is_held_until_both_that_are_it_are_let_go),
        WITH_MAP(nothing_changes_before_the_report),
        WITH_MAP(sticks_go_from_0_to_1023_and_rest_at_512),
        WITH_MAP(an_axis_may_be_reversed),
        WITH_MAP(ends_that_make_no_sense_do_no_harm),
        WITH_MAP(mice_add_up_their_moves),
        WITH_MAP(keys_are_bits_of_set_2),
        WITH_MAP(a_receiver_is_two_pods),
        WITH_MAP(a_touch_screen_is_a_place_on_the_screen),
        WITH_MAP(of_fingers_without_a_place_of_their_own_the_first_counts),
        WITH_MAP(a_touch_screen_can_be_a_mouse),
        WITH_MAP(a_touch_pad_moves_only_while_one_finger_is_there),
        WITH_MAP(a_tablet_moves_by_as_much_as_it_says),
        WITH_MAP(the_map_decides_what_a_device_is),
        WITH_MAP(codes_beyond_all_are_nothing),
        cmocka_unit_test(octets_are_little_endian),
        cmocka_unit_test(commands_are_for_keyboards_and_pads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
