/*
 * Recordings: what a line says, what stays as it was, what is wrong with one, and that what is
 * written is read as the same.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "gateway/event_broker/pod_recording.h"
#include "include/portfolio/event.h"

struct world {
    struct pod_recording *recording;
    struct pod_entry entry;
    struct pod_recording_fault fault;
};

static void begin(struct world *world, const struct pod_recorded *assumed)
{
    world->recording = pod_recording_destroy(world->recording);
    assert_int_equal(pod_recording_create(&world->recording, assumed), VIA_OK);
}

static enum via_status read(struct world *world, const char *line)
{
    return pod_recording_read(world->recording, line, strlen(line), &world->entry, &world->fault);
}

static void take(struct world *world, const char *line)
{
    if (read(world, line) != VIA_OK)
        fail_msg("%s: %u: %s", line, world->fault.column, world->fault.text);
}

static uint32_t word(const struct world *world, uint32_t class, size_t index)
{
    return octets_get_u32(world->entry.recorded->data[class] + 4 * index);
}

static int start(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    begin(world, NULL);
    *state = world;
    return 0;
}

static int stop(void **state)
{
    struct world *world = *state;
    (void)pod_recording_destroy(world->recording);
    free(world);
    return 0;
}

static void a_pod_comes_says_something_and_goes(void **state)
{
    struct world *world = *state;
    take(world, "{\"t\":5,\"pod\":3,\"event\":\"attach\",\"type\":\"BASIC_CONTROL_PAD\","
                "\"name\":\"a\\u0062\"}");
    assert_int_equal(world->entry.kind, POD_ENTRY_ATTACH);
    assert_int_equal(world->entry.pod, 3);
    assert_int_equal(world->entry.time_us, 5);
    assert_int_equal(world->entry.recorded->type, PODID_3DO_BASIC_CONTROL_PAD);
    assert_int_equal(world->entry.recorded->flags, POD_IsControlPad | POD_IsAudioCtlr);
    assert_string_equal(world->entry.recorded->name, "ab");
    take(world,
         " {\"states\":{\"ControlPad\":{\"buttons\":[\"A\",\"Up\"]}},\"pod\":3,\"t\":16667}\r");
    assert_int_equal(world->entry.kind, POD_ENTRY_STATE);
    assert_int_equal(world->entry.classes, 1u << GENERIC_ControlPad);
    assert_int_equal(word(world, GENERIC_ControlPad, 0), ControlA | ControlUp);
    take(world, "{\"pod\":3,\"event\":\"detach\"}");
    assert_int_equal(world->entry.kind, POD_ENTRY_DETACH);
    assert_false(world->entry.has_time);
    assert_int_equal(world->entry.time_us, 16667);
    assert_int_equal(read(world, "{\"pod\":3,\"event\":\"detach\"}"), VIA_INVALID);
    assert_int_equal(read(world, ""), VIA_END);
    assert_int_equal(read(world, " \t\r"), VIA_END);
}

static void what_is_not_said_is_as_it_was(void **state)
{
    struct world *world = *state;
    take(world, "{\"event\":\"attach\",\"type\":1}"); /* a stick */
    for (size_t axis = 1; axis <= 3; axis++)
        assert_int_equal(word(world, GENERIC_Stick, axis), 512);
    take(world, "{\"bits\":524288,\"horizPosition\":511,\"vertPosition\":-1}");
    take(world, "{\"buttons\":[\"Fire\"]}");
    assert_int_equal(word(world, GENERIC_Stick, 0), StickFire | Stick4Way);
    assert_int_equal(word(world, GENERIC_Stick, 1), 511);
    assert_int_equal(word(world, GENERIC_Stick, 2), UINT32_MAX);
    take(world, "{\"states\":{\"Stick\":{\"depthPosition\":7,\"buttons\":[]}}}");
    assert_int_equal(word(world, GENERIC_Stick, 0), Stick4Way);
    assert_int_equal(word(world, GENERIC_Stick, 1), 511);
    assert_int_equal(word(world, GENERIC_Stick, 3), 7);
}

static void a_pod_of_several_classes_says_each_by_name(void **state)
{
    struct world *world = *state;
    take(world, "{\"event\":\"attach\",\"type\":256,\"flags\":1140850688}"); /* mouse, keyboard */
    take(world, "{\"states\":{\"Mouse\":{\"bits\":1},"
                "\"Keyboard\":{\"keyMatrix\":[1,2,3,4,5,6,7,4294967295]}}}");
    assert_int_equal(world->entry.classes, 1u << GENERIC_Mouse | 1u << GENERIC_Keyboard);
    assert_int_equal(word(world, GENERIC_Mouse, 0), 1);
    assert_int_equal(word(world, GENERIC_Keyboard, 7), UINT32_MAX);
    take(world, "{\"horizPosition\":9}");
    assert_int_equal(world->entry.classes, 1u << GENERIC_Mouse);
}

static void a_pod_that_no_line_attached_is_what_is_assumed(void **state)
{
    struct world *world = *state;
    const struct pod_recorded mouse = {
        .type = PODID_3DO_MOUSE, .flags = POD_IsMouse, .name = "given"};
    begin(world, &mouse);
    take(world, "{\"buttons\":[\"Left\"]}");
    assert_int_equal(word(world, GENERIC_Mouse, 0), MouseLeft);
    assert_string_equal(world->entry.recorded->name, "given");
}

static void what_is_wrong_has_a_column_and_words(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *line;
        unsigned column;
        const char *words;
    } cases[] = {
        {"x", 1, ""},
        {"[]", 2, "is no JSON object"},
        {"{} {}", 4, ""},
        {"{\"a\"", 5, ""},
        {"{\"t\":-1}", 6, "t is to be a whole number from 0"},
        {"{\"t\":1.5}", 6, "t is to be a whole number"},
        {"{\"t\":4503599627370497}", 6, "t is to be a whole number"},
        {"{\"t\":3}", 0, "t goes back, from 9"},
        {"{\"t\":9,\"t\":9}", 9, "'t' stands there twice"},
        {"{\"pod\":0}", 8, "pod is to be a whole number from 1 to 255"},
        {"{\"pod\":256}", 8, "pod is to be"},
        {"{\"pod\":2}", 0, "pod 2 is not there: attach it first"},
        {"{\"event\":\"go\"}", 11, "event is to be attach, state or detach"},
        {"{\"event\":1}", 10, "event is to be"},
        {"{\"event\":\"attach\",\"pod\":2}", 0, "what type is the pod?"},
        {"{\"event\":\"attach\",\"type\":128}", 0, "pod 1 is there already"},
        {"{\"event\":\"attach\",\"type\":\"PAD\",\"pod\":2}", 27, "type is to be a number, or"},
        {"{\"event\":\"attach\",\"type\":4294967296,\"pod\":2}", 26, "type is to be"},
        {"{\"event\":\"attach\",\"type\":5,\"pod\":2}", 0, "of no class by itself: say its flags"},
        {"{\"event\":\"attach\",\"type\":256,\"pod\":2}", 0, "of no class by itself"},
        {"{\"event\":\"attach\",\"type\":128,\"pod\":2,\"bits\":1}", 0, "only a state says"},
        {"{\"event\":\"attach\",\"type\":128,\"pod\":2,\"name\":7}", 45, "name is to be a text"},
        {"{\"event\":\"attach\",\"type\":128,\"pod\":2,\"name\":\"\\u0000\"}", 46, "name is to be"},
        {"{\"type\":128}", 0, "type, flags and name are an attach's"},
        {"{}", 0, "what does the pod say?"},
        {"{\"buttons\":[\"Q\"]}", 14, "a ControlPad has no button 'Q'"},
        {"{\"buttons\":[1]}", 13, "has no button '1'"},
        {"{\"buttons\":\"A\"}", 13, "buttons is to be an array of names"},
        {"{\"bits\":4294967296}", 9, "bits is to be a whole number"},
        {"{\"bits\":\"1\"}", 10, "bits is to be"},
        {"{\"horizPosition\":1}", 3, "a ControlPad says no 'horizPosition'"},
        {"{\"states\":{\"Mouse\":{\"bits\":1}}}", 13, "the pod is no Mouse"},
        {"{\"states\":{\"AudioCtlr\":{}}}", 13, "the pod is no AudioCtlr"},
        {"{\"states\":{\"Pad\":{}}}", 13, "the pod is no Pad"},
        {"{\"states\":[]}", 11, "states is to be an object"},
        {"{\"states\":{}}", 0, "what does the pod say?"},
        {"{\"states\":{\"ControlPad\":1}}", 25, "ControlPad is to be an object"},
        {"{\"states\":{\"ControlPad\":{},\"ControlPad\":{}}}", 29, "ControlPad is said already"},
        {"{\"event\":\"detach\",\"bits\":1}", 0, "only a state says anything"},
        {"{\"pod\":7,\"keyMatrix\":[1]}", 24, "keyMatrix has more numbers"},
        {"{\"pod\":7,\"keyMatrix\":[1,2,3,4,5,6,7,8,9]}", 39, "keyMatrix has 8 numbers"},
        {"{\"pod\":7,\"keyMatrix\":1}", 22, "keyMatrix is to be an array"},
        {"{\"pod\":8,\"bits\":1}", 11, "of no class that says anything"},
        {"{\"a\":[[[[1]]]]}", 9, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(world, NULL);
        take(world, "{\"event\":\"attach\",\"type\":128,\"t\":9}");
        take(world, "{\"event\":\"attach\",\"type\":2,\"pod\":7}");
        take(world, "{\"event\":\"attach\",\"type\":65,\"pod\":8}"); /* glasses */
        if (read(world, cases[i].line) != VIA_INVALID)
            fail_msg("%s", cases[i].line);
        if (world->fault.column != cases[i].column || world->fault.text[0] == '\0' ||
            strstr(world->fault.text, cases[i].words) == NULL)
            fail_msg("%s: %u: %s", cases[i].line, world->fault.column, world->fault.text);
    }
}

static void a_line_and_a_name_have_a_limit(void **state)
{
    struct world *world = *state;
    char line[POD_RECORDING_LINE_MAX + 2];
    memset(line, ' ', sizeof line);
    memcpy(line, "{\"event\":\"attach\",\"type\":128}", 29);
    assert_int_equal(pod_recording_read(world->recording, line, POD_RECORDING_LINE_MAX + 1,
                                        &world->entry, &world->fault),
                     VIA_INVALID);
    assert_int_equal(pod_recording_read(world->recording, line, POD_RECORDING_LINE_MAX,
                                        &world->entry, &world->fault),
                     VIA_OK);
    for (int size = POD_RECORDING_NAME_MAX; size <= (int)POD_RECORDING_NAME_MAX + 1; size++) {
        (void)snprintf(line, sizeof line,
                       "{\"pod\":2,\"event\":\"attach\",\"type\":128,\"name\":\"%0*d\"}", size, 7);
        assert_int_equal(read(world, line),
                         size <= (int)POD_RECORDING_NAME_MAX ? VIA_OK : VIA_INVALID);
    }
}

static void what_is_written_is_read_as_the_same(void **state)
{
    struct world *world = *state;
    static const char *const lines[] = {
        "{\"t\":0,\"pod\":1,\"event\":\"attach\",\"type\":\"MOUSE\",\"flags\":1073741824,"
        "\"name\":\"q\\\"\"}\n",
        "{\"t\":1,\"pod\":1,\"event\":\"state\",\"states\":{\"Mouse\":{\"buttons\":[\"Left\","
        "\"Shift\"],"
        "\"bits\":2415919104,\"horizPosition\":-5,\"vertPosition\":2147483647}}}\n",
        "{\"pod\":255,\"event\":\"attach\",\"type\":300,\"flags\":67108864}\n",
        "{\"t\":4503599627370496,\"pod\":255,\"event\":\"state\",\"states\":{\"Keyboard\":"
        "{\"keyMatrix\":[0,1,2,3,4,5,6,4294967295]}}}\n",
        "{\"pod\":1,\"event\":\"detach\"}\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct buffer out;
        buffer_init(&out, SIZE_MAX);
        assert_int_equal(pod_recording_read(world->recording, lines[i], strlen(lines[i]) - 1,
                                            &world->entry, &world->fault),
                         VIA_OK);
        pod_entry_write(&out, &world->entry);
        buffer_add_octet(&out, '\0');
        assert_int_equal(out.status, VIA_OK);
        assert_string_equal(out.data, lines[i]);
        buffer_deinit(&out);
    }
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_pod_comes_says_something_and_goes),
        IN_A_WORLD(what_is_not_said_is_as_it_was),
        IN_A_WORLD(a_pod_of_several_classes_says_each_by_name),
        IN_A_WORLD(a_pod_that_no_line_attached_is_what_is_assumed),
        IN_A_WORLD(what_is_wrong_has_a_column_and_words),
        IN_A_WORLD(a_line_and_a_name_have_a_limit),
        IN_A_WORLD(what_is_written_is_read_as_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
