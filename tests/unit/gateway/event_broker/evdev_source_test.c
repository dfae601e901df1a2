/*
 * Devices come, say something, are told something, and go: through libevdev, on a directory of the
 * test's own.
 */
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <libevdev/libevdev.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/event_broker/evdev_device.h"
#include "gateway/event_broker/evdev_source.h"
#include "include/portfolio/event.h"
#include "tests/unit/bridge/descriptors.h"
#include "tests/unit/gateway/event_broker/evdev_models.h"
#include "tests/unit/gateway/event_broker/fake_input.h"

#define LIMIT_MS 20000
#define NOTES_MAX 2048

/* What the sink was told: a number and one of + = -, then the first word. */
struct note {
    uint32_t number;
    char what;
    uint32_t word, type;
    size_t size;
    char name[64];
};

struct world {
    char root[64], directory[80];
    struct pod_map *map;
    struct evdev_source *source;
    uint32_t last_number;
    bool refuses;
    struct note notes[NOTES_MAX];
    size_t n, read;
    size_t n_descriptors;
};

static struct note *add_note(struct world *world, char what, uint32_t number)
{
    assert_true(world->n < NOTES_MAX);
    struct note *note = &world->notes[world->n++];
    *note = (struct note){.what = what, .number = number};
    return note;
}

static enum via_status take_attach(void *user, uint32_t type, uint32_t flags, const char *name,
                                   uint32_t *numberp)
{
    struct world *world = user;
    if (world->refuses)
        return VIA_TOO_LARGE;
    *numberp = ++world->last_number;
    struct note *note = add_note(world, '+', *numberp);
    note->type = type;
    note->word = flags;
    (void)snprintf(note->name, sizeof note->name, "%s", name);
    return VIA_OK;
}

static void take_state(void *user, uint32_t number, const uint8_t *octets, size_t size)
{
    struct note *note = add_note(user, '=', number);
    note->size = size;
    for (unsigned i = 0; i < 4; i++)
        note->word |= (uint32_t)octets[i] << 8 * i;
}

static void take_detach(void *user, uint32_t number)
{
    (void)add_note(user, '-', number);
}

static int start(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->n_descriptors = count_descriptors();
    (void)snprintf(world->root, sizeof world->root, "/tmp/viaduct-evdev-XXXXXX");
    assert_non_null(mkdtemp(world->root));
    (void)snprintf(world->directory, sizeof world->directory, "%s/input", world->root);
    assert_int_equal(mkdir(world->directory, 0700), 0);
    assert_int_equal(pod_map_create(&world->map), VIA_OK);
    const struct evdev_sink sink = {world, take_attach, take_state, take_detach};
    assert_int_equal(evdev_source_create(&world->source, world->map, &sink), VIA_OK);
    *state = world;
    return 0;
}

static int stop(void **state)
{
    struct world *world = *state;
    world->source = evdev_source_destroy(world->source);
    world->map = pod_map_destroy(world->map);
    (void)rmdir(world->directory);
    assert_int_equal(rmdir(world->root), 0);
    assert_int_equal(count_descriptors(), world->n_descriptors);
    free(world);
    return 0;
}

static bool is_due(const struct world *world)
{
    struct pollfd poll_fd = {.fd = evdev_source_fd(world->source), .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

/* Until it has nothing to do. */
static void settle(struct world *world)
{
    while (is_due(world))
        evdev_source_dispatch(world->source);
}

static const struct note *next(struct world *world, char what)
{
    settle(world);
    if (world->read == world->n)
        fail_msg("no %c", what);
    const struct note *note = &world->notes[world->read++];
    assert_int_equal(note->what, what);
    return note;
}

static void no_more(struct world *world)
{
    settle(world);
    if (world->read != world->n)
        fail_msg("%c of %u", world->notes[world->read].what, world->notes[world->read].number);
}

static struct fake_input *plug(struct world *world, const char *name, const struct model *model)
{
    return fake_input_plug(world->directory, name, &model->traits);
}

static void press(struct fake_input *input, uint16_t key, int32_t value)
{
    fake_input_say(input, EV_KEY, key, value);
    fake_input_say(input, EV_SYN, SYN_REPORT, 0);
}

static void devices_that_are_there_are_attached_in_order(void **state)
{
    struct world *world = *state;
    struct fake_input *ten = plug(world, "event10", &mouse_model);
    struct fake_input *two = plug(world, "event2", &pad_model);
    struct fake_input *power = plug(world, "event3", &power_button_model);
    struct fake_input *other = plug(world, "mice", &mouse_model);
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    assert_int_equal(evdev_source_n(world->source), 2);
    assert_false(fake_input_is_open(power));
    assert_false(fake_input_is_open(other));
    const struct note *note = next(world, '+');
    assert_int_equal(note->type, PODID_3DO_BASIC_CONTROL_PAD);
    assert_int_equal(note->word, 0x88000000);
    assert_string_equal(note->name, "X-Box 360 pad");
    assert_int_equal(next(world, '+')->type, PODID_3DO_ANALOG_JOYSTICK);
    assert_int_equal(next(world, '=')->size, 4);
    assert_int_equal(next(world, '=')->size, 16);
    assert_int_equal(next(world, '+')->type, PODID_3DO_MOUSE);
    assert_int_equal(next(world, '=')->size, 12);
    no_more(world);
    fake_input_unplug(ten);
    assert_int_equal(next(world, '-')->number, 3);
    fake_input_unplug(two);
    assert_int_equal(next(world, '-')->number, 2);
    assert_int_equal(next(world, '-')->number, 1);
    fake_input_unplug(power);
    fake_input_unplug(other);
    no_more(world);
    assert_int_equal(evdev_source_n(world->source), 0);
}

static void each_report_is_told_once_to_the_pod_that_changed(void **state)
{
    struct world *world = *state;
    struct fake_input *pad = plug(world, "event0", &old_pad_model);
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    for (int i = 0; i < 2; i++)
        (void)next(world, '+');
    for (int i = 0; i < 2; i++)
        (void)next(world, '=');
    press(pad, BTN_TRIGGER, 1);
    press(pad, BTN_TRIGGER, 0);
    for (unsigned held = 2; held-- > 0;) {
        const struct note *note = next(world, '=');
        assert_int_equal(note->number, 1);
        assert_int_equal(note->word, held ? ControlA : 0);
        assert_int_equal(next(world, '=')->word, held ? StickFire : 0);
    }
    fake_input_say(pad, EV_MSC, MSC_SCAN, 1);
    fake_input_say(pad, EV_SYN, SYN_REPORT, 0);
    no_more(world);
    fake_input_unplug(pad);
    settle(world);
}

static void what_is_held_when_it_is_opened_is_told(void **state)
{
    struct world *world = *state;
    struct fake_input *pad = plug(world, "event0", &pad_model);
    fake_input_change(pad, EV_KEY, BTN_START, 1);
    fake_input_change(pad, EV_ABS, ABS_HAT0X, -1);
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    (void)next(world, '+');
    (void)next(world, '+');
    assert_int_equal(next(world, '=')->word, ControlStart | ControlLeft);
    fake_input_unplug(pad);
    settle(world);
}

static void what_was_lost_is_made_up_for(void **state)
{
    struct world *world = *state;
    struct fake_input *pad = plug(world, "event0", &old_pad_model);
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    settle(world);
    world->read = world->n;
    press(pad, BTN_TRIGGER, 1);
    assert_int_equal(next(world, '=')->word, ControlA);
    (void)next(world, '=');
    fake_input_change(pad, EV_KEY, BTN_TRIGGER, 0);
    fake_input_change(pad, EV_KEY, BTN_THUMB, 1);
    fake_input_change(pad, EV_ABS, ABS_X, 0);
    fake_input_dropped(pad);
    assert_int_equal(next(world, '=')->word, ControlB | ControlLeft);
    (void)next(world, '=');
    press(pad, BTN_TOP, 1);
    assert_int_equal(next(world, '=')->word, ControlB | ControlLeft | ControlX);
    (void)next(world, '=');
    no_more(world);
    fake_input_unplug(pad);
    settle(world);
}

static void devices_come_and_go(void **state)
{
    struct world *world = *state;
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    no_more(world);
    for (uint32_t i = 1; i <= 3; i++) {
        struct fake_input *mouse = plug(world, "event5", &mouse_model);
        assert_int_equal(next(world, '+')->number, i);
        (void)next(world, '=');
        fake_input_unplug(mouse);
        assert_int_equal(next(world, '-')->number, i);
        no_more(world);
    }
}

static void a_device_that_may_not_be_opened_yet_is_opened_when_it_may(void **state)
{
    struct world *world = *state;
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    struct fake_input *mouse = plug(world, "event5", &mouse_model);
    mouse->refusal = EACCES;
    no_more(world);
    mouse->refusal = 0;
    assert_int_equal(chmod(mouse->path, 0644), 0);
    (void)next(world, '+');
    (void)next(world, '=');
    assert_int_equal(chmod(mouse->path, 0600), 0);
    no_more(world);
    assert_int_equal(evdev_source_n(world->source), 1);
    fake_input_unplug(mouse);
    settle(world);
}

static void a_directory_that_is_not_there_is_waited_for(void **state)
{
    struct world *world = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/", world->directory);
    assert_int_equal(rmdir(world->directory), 0);
    assert_int_equal(evdev_source_add(world->source, path), VIA_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mkdir(world->directory, 0700), 0);
        struct fake_input *early = plug(world, "event0", &mouse_model);
        (void)next(world, '+');
        (void)next(world, '=');
        struct fake_input *late = plug(world, "event1", &mouse_model);
        (void)next(world, '+');
        (void)next(world, '=');
        fake_input_unplug(late);
        fake_input_unplug(early);
        (void)next(world, '-');
        (void)next(world, '-');
        assert_int_equal(rmdir(world->directory), 0);
        no_more(world);
    }
    assert_int_equal(evdev_source_add(world->source, "/nowhere/at/all/"), VIA_NOT_FOUND);
    assert_int_equal(evdev_source_add(world->source, ""), VIA_INVALID);
}

static void one_device_by_its_path_and_by_a_link(void **state)
{
    struct world *world = *state;
    char node[128], link[128];
    struct fake_input *other = plug(world, "event0", &mouse_model);
    (void)snprintf(node, sizeof node, "%s/event7", world->directory);
    (void)snprintf(link, sizeof link, "%s/by-id", world->root);
    assert_int_equal(evdev_source_add(world->source, node), VIA_OK);
    assert_int_equal(evdev_source_add(world->source, link), VIA_OK);
    no_more(world);
    struct fake_input *mouse = plug(world, "event7", &mouse_model);
    (void)next(world, '+');
    (void)next(world, '=');
    assert_int_equal(symlink(node, link), 0);
    no_more(world); /* it is open already */
    assert_false(fake_input_is_open(other));
    fake_input_unplug(mouse);
    (void)next(world, '-');
    assert_int_equal(unlink(link), 0);
    fake_input_unplug(other);
    no_more(world);
}

static void so_many_places_and_no_more(void **state)
{
    struct world *world = *state;
    for (unsigned i = 0; i < EVDEV_PLACES_MAX; i++)
        assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_TOO_LARGE);
}

static void a_pod_that_is_refused_is_left_out(void **state)
{
    struct world *world = *state;
    world->refuses = true;
    struct fake_input *pad = plug(world, "event0", &pad_model);
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    press(pad, BTN_SOUTH, 1);
    no_more(world);
    fake_input_unplug(pad);
    no_more(world);
}

static void a_device_that_says_much_lets_others_have_their_turn(void **state)
{
    struct world *world = *state;
    struct fake_input *mouse = plug(world, "event0", &mouse_model);
    struct fake_input *other = plug(world, "event1", &mouse_model);
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    settle(world);
    world->read = world->n;
    enum { N = 2 * EVDEV_REPORTS_MAX + 7 };
    static struct input_event events[2 * N];
    for (size_t i = 0; i < N; i++)
        events[2 * i] = (struct input_event){.type = EV_KEY, .code = BTN_LEFT, .value = i % 2 == 0};
    fake_input_say_all(mouse, events, (size_t)2 * N);
    press(other, BTN_LEFT, 1);
    evdev_source_dispatch(world->source);
    assert_int_equal(world->n - world->read, EVDEV_REPORTS_MAX + 1);
    settle(world);
    assert_int_equal(world->n - world->read, N + 1);
    assert_int_equal(world->notes[world->n - 1].word, MouseLeft);
    fake_input_unplug(mouse);
    fake_input_unplug(other);
    settle(world);
}

static void a_keyboard_has_its_lights_set(void **state)
{
    struct world *world = *state;
    static const uint8_t lights[] = {GENERIC_Keyboard, GENERIC_KEYBOARD_SetLEDs, 0,
                                     KEYBOARD_LED_CAPSLOCK | KEYBOARD_LED_NUMLOCK};
    static const uint8_t mute[] = {GENERIC_AudioCtlr, GENERIC_AUDIO_SetChannels, 0};
    struct fake_input *keyboard = plug(world, "event0", &keyboard_model);
    struct fake_input *dark = plug(world, "event1", &keyboard_model);
    struct fake_input *pad = plug(world, "event2", &pad_model);
    keyboard->has_leds = true;
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    assert_int_equal(evdev_source_command(world->source, 1, lights, sizeof lights), VIA_OK);
    unsigned leds[LED_CNT] = {9, 9, 9};
    for (struct input_event event; fake_input_told(keyboard, &event);)
        if (event.type == EV_LED && event.code < LED_CNT)
            leds[event.code] = (unsigned)event.value;
    assert_int_equal(leds[LED_CAPSL], 1);
    assert_int_equal(leds[LED_NUML], 1);
    assert_int_equal(leds[LED_SCROLLL], 0);
    assert_int_equal(evdev_source_command(world->source, 2, lights, sizeof lights),
                     VIA_UNSUPPORTED);
    assert_int_equal(evdev_source_command(world->source, 1, mute, sizeof mute), VIA_UNSUPPORTED);
    assert_int_equal(evdev_source_command(world->source, 3, mute, sizeof mute), VIA_OK);
    assert_int_equal(evdev_source_command(world->source, 77, mute, sizeof mute), VIA_NOT_FOUND);
    fake_input_unplug(keyboard);
    fake_input_unplug(dark);
    fake_input_unplug(pad);
    settle(world);
}

static void a_device_is_grabbed_only_when_told(void **state)
{
    struct world *world = *state;
    static const char text[] = "[Mouse]\ngrab yes";
    struct pod_map_fault fault;
    assert_int_equal(pod_map_read(world->map, text, strlen(text), &fault), VIA_OK);
    struct fake_input *mouse = plug(world, "event0", &mouse_model);
    struct fake_input *pad = plug(world, "event1", &pad_model);
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    assert_true(mouse->is_grabbed);
    assert_false(pad->is_grabbed);
    fake_input_unplug(mouse);
    fake_input_unplug(pad);
    settle(world);
}

static void the_end_of_the_source_detaches_all(void **state)
{
    struct world *world = *state;
    struct fake_input *pad = plug(world, "event0", &pad_model);
    assert_int_equal(evdev_source_add(world->source, world->directory), VIA_OK);
    settle(world);
    world->read = world->n;
    world->source = evdev_source_destroy(world->source);
    assert_int_equal(world->n - world->read, 2);
    assert_int_equal(world->notes[world->read].what, '-');
    assert_int_equal(world->notes[world->read].number, 2);
    fake_input_unplug(pad);
}

/* A device without a descriptor, as libevdev makes it. */
static void libevdev_says_what_a_device_is(void **state)
{
    (void)state;
    struct evdev_traits traits;
    struct libevdev *evdev = libevdev_new();
    assert_non_null(evdev);
    libevdev_set_name(evdev, "Pad\n\xff of a name");
    libevdev_set_id_vendor(evdev, 0x1234);
    libevdev_set_id_product(evdev, 0x5678);
    libevdev_enable_property(evdev, INPUT_PROP_BUTTONPAD);
    libevdev_enable_event_code(evdev, EV_KEY, BTN_SOUTH, NULL);
    libevdev_enable_event_code(evdev, EV_REL, REL_WHEEL, NULL);
    const struct input_absinfo axis = {.value = 7, .minimum = -9, .maximum = 99, .flat = 3};
    libevdev_enable_event_code(evdev, EV_ABS, ABS_RY, &axis);
    evdev_device_traits(evdev, &traits);
    assert_string_equal(traits.name, "Pad?? of a name");
    assert_int_equal(traits.vendor, 0x1234);
    assert_int_equal(traits.product, 0x5678);
    assert_true(evdev_bit(traits.props, INPUT_PROP_BUTTONPAD));
    assert_true(evdev_bit(traits.keys, BTN_SOUTH));
    assert_false(evdev_bit(traits.keys, BTN_EAST));
    assert_true(evdev_bit(traits.rels, REL_WHEEL));
    assert_true(evdev_bit(traits.axes, ABS_RY));
    assert_memory_equal(&traits.axis[ABS_RY], &axis, sizeof axis);
    libevdev_free(evdev);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(devices_that_are_there_are_attached_in_order),
        IN_A_WORLD(each_report_is_told_once_to_the_pod_that_changed),
        IN_A_WORLD(what_is_held_when_it_is_opened_is_told),
        IN_A_WORLD(what_was_lost_is_made_up_for),
        IN_A_WORLD(devices_come_and_go),
        IN_A_WORLD(a_device_that_may_not_be_opened_yet_is_opened_when_it_may),
        IN_A_WORLD(a_directory_that_is_not_there_is_waited_for),
        IN_A_WORLD(one_device_by_its_path_and_by_a_link),
        IN_A_WORLD(so_many_places_and_no_more),
        IN_A_WORLD(a_pod_that_is_refused_is_left_out),
        IN_A_WORLD(a_device_that_says_much_lets_others_have_their_turn),
        IN_A_WORLD(a_keyboard_has_its_lights_set),
        IN_A_WORLD(a_device_is_grabbed_only_when_told),
        IN_A_WORLD(the_end_of_the_source_detaches_all),
        cmocka_unit_test(libevdev_says_what_a_device_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
