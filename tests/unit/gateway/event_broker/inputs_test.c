/*
 * Devices as pods of a broker: what they say wakes its thread and is in the next field, and what
 * pods are told comes to them.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/octets.h"
#include "gateway/event_broker/inputs.h"
#include "include/portfolio/event.h"
#include "tests/unit/gateway/event_broker/evdev_models.h"
#include "tests/unit/gateway/event_broker/fake_input.h"

#define LIMIT_MS 20000
#define PORT 0x40000001u

struct world {
    char directory[64];
    struct broker broker;
    struct inputs inputs;
    struct via_node *node;
    struct via_queue *queue;
    struct via_stub *bell;
    struct via_proxy *bell_proxy;
    unsigned n_replies;
    int32_t result; /* of the last reply */
};

static void take_reply(void *user, void *handle, const struct broker_answer *answer)
{
    struct world *world = user;
    assert_ptr_equal(handle, world);
    world->n_replies++;
    world->result = answer->result;
}

static bool take_output(void *user, uint64_t provider, uint8_t pod, bool is_raw, uint32_t id,
                        const uint8_t *octets, size_t size)
{
    struct world *world = user;
    assert_int_equal(provider, INPUTS_PROVIDER);
    assert_false(is_raw);
    return inputs_output(&world->inputs, pod, id, octets, size);
}

static bool is_given_up(void *user, void *handle)
{
    assert_ptr_equal(handle, user);
    return false;
}

static int start(void **state)
{
    static const struct broker_ops ops = {
        .reply = take_reply, .output = take_output, .is_given_up = is_given_up};
    static const struct via_stub_ops none = {.size = sizeof none};
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    (void)snprintf(world->directory, sizeof world->directory, "/tmp/viaduct-inputs-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    broker_init(&world->broker, &ops, world);
    assert_int_equal(via_node_create(NULL, &world->node), VIA_OK);
    assert_int_equal(via_queue_create(world->node, NULL, NULL, &world->queue), VIA_OK);
    assert_int_equal(via_stub_create(world->node, &none, world, &world->bell), VIA_OK);
    via_stub_set_queue(world->bell, world->queue);
    world->bell_proxy = via_stub_proxy(world->bell);
    inputs_init(&world->inputs);
    assert_int_equal(inputs_read_map(&world->inputs, NULL), VIA_OK);
    assert_int_equal(inputs_open(&world->inputs, &world->broker, world->bell_proxy), VIA_OK);
    assert_int_equal(inputs_add(&world->inputs, world->directory), VIA_OK);
    assert_int_equal(inputs_start(&world->inputs), VIA_OK);
    *state = world;
    return 0;
}

static int stop(void **state)
{
    struct world *world = *state;
    inputs_close(&world->inputs);
    assert_int_equal(world->broker.pods.n, 0);
    broker_deinit(&world->broker);
    (void)via_node_destroy(world->node);
    (void)via_proxy_unref(world->bell_proxy);
    (void)via_stub_unref(world->bell);
    (void)via_queue_destroy(world->queue);
    assert_int_equal(rmdir(world->directory), 0);
    free(world);
    return 0;
}

/* What the broker's thread does when it is woken. */
static void serve(struct world *world)
{
    struct via_arrival arrival;
    assert_int_equal(via_queue_take(world->queue, LIMIT_MS, &arrival), VIA_OK);
    (void)via_call_unref(arrival.call);
    inputs_run(&world->inputs);
    broker_field(&world->broker);
}

static struct fake_input *plug(struct world *world, const struct model *model)
{
    struct fake_input *input = fake_input_plug(world->directory, "event0", &model->traits);
    while (world->broker.pods.n == 0)
        serve(world);
    return input;
}

static void unplug(struct world *world, struct fake_input *input)
{
    fake_input_unplug(input);
    while (world->broker.pods.n > 0)
        serve(world);
}

static uint32_t said(const struct world *world, int32_t number)
{
    uint8_t octets[POD_DATA_MAX];
    const struct pod *pod = pods_find(&world->broker.pods, number);
    assert_non_null(pod);
    assert_in_range(pod_data(pod, pod_first_class(pod), POD_UPDATE, octets), 4, POD_DATA_MAX);
    return octets_get_u32(octets);
}

static void what_a_device_says_its_pod_says(void **state)
{
    struct world *world = *state;
    struct fake_input *pad = plug(world, &pad_model);
    assert_int_equal(world->broker.pods.n, 2);
    const struct pod *pod = pods_find(&world->broker.pods, 1);
    assert_int_equal(pod->type, PODID_3DO_BASIC_CONTROL_PAD);
    assert_int_equal(pod->flags, POD_IsControlPad | POD_IsAudioCtlr);
    assert_string_equal(pod->name, "X-Box 360 pad");
    for (unsigned i = 0; i < 3; i++) {
        fake_input_say(pad, EV_KEY, BTN_SOUTH, 1);
        fake_input_say(pad, EV_SYN, SYN_REPORT, 0);
        while (said(world, 1) != ControlA)
            serve(world);
        assert_int_equal(said(world, 2), StickCapability | StickFire);
        fake_input_say(pad, EV_KEY, BTN_SOUTH, 0);
        fake_input_say(pad, EV_SYN, SYN_REPORT, 0);
        while (said(world, 1) != 0)
            serve(world);
    }
    unplug(world, pad);
}

static void ask(struct world *world, int32_t wait_flag, uint8_t class)
{
    const uint8_t command[] = {class, 0, 0, KEYBOARD_LED_CAPSLOCK};
    uint8_t data[sizeof(PodDataHeader) + sizeof command];
    octets_put_u32(data, EB_IssuePodCmd);
    octets_put_u32(data + 4, 1);
    octets_put_u32(data + 8, (uint32_t)wait_flag);
    octets_put_u32(data + 12, sizeof command);
    memcpy(data + 16, command, sizeof command);
    broker_request(&world->broker, &(struct broker_request){.handle = world,
                                                            .sender = {.port = PORT},
                                                            .capacity = 64,
                                                            .data = data,
                                                            .size = sizeof data});
}

static bool is_lit(const struct fake_input *input)
{
    struct input_event event;
    while (fake_input_told(input, &event))
        if (event.type == EV_LED && event.code == LED_CAPSL && event.value == 1)
            return true;
    return false;
}

static void what_a_pod_is_told_its_device_does(void **state)
{
    struct world *world = *state;
    struct fake_input *keyboard =
        fake_input_make(world->directory, "event0", &keyboard_model.traits);
    keyboard->has_leds = true;
    fake_input_show(keyboard);
    while (world->broker.pods.n == 0)
        serve(world);
    ask(world, 0, GENERIC_Keyboard);
    assert_int_equal(world->n_replies, 1);
    assert_int_equal(world->result, 0);
    assert_true(is_lit(keyboard));
    ask(world, 1, GENERIC_Keyboard);
    assert_int_equal(world->n_replies, 1); /* not before it is done */
    inputs_run(&world->inputs);
    assert_int_equal(world->n_replies, 2);
    assert_int_equal(world->result, 0);
    assert_true(is_lit(keyboard));
    unplug(world, keyboard);
}

static void a_device_without_lights_says_so(void **state)
{
    struct world *world = *state;
    struct fake_input *keyboard = plug(world, &keyboard_model);
    for (int32_t wait_flag = 0; wait_flag <= 1; wait_flag++) {
        ask(world, wait_flag, GENERIC_Keyboard);
        assert_int_equal(world->n_replies, wait_flag + 1);
        assert_int_equal((uint32_t)world->result, 0xf14cd010); /* not supported */
    }
    unplug(world, keyboard);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_a_device_says_its_pod_says),
        IN_A_WORLD(what_a_pod_is_told_its_device_does),
        IN_A_WORLD(a_device_without_lights_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
