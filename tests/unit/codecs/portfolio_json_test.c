/*
 * JSON of people and programs into messages, octet by octet, and what the writer makes of them: it
 * reads as the same again. Then answers, and words for what is wrong.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "codecs/octets.h"
#include "codecs/portfolio_json.h"
#include "codecs/portfolio_pod.h"
#include "include/portfolio/event.h"
#include "tests/unit/codecs/phoenix_octets.h"

#define ROOM 2048u
#define ZEROS12 "000000000000000000000000"
/* Before data of @size octets, as eight digits, of a message with a buffer of 64 KiB. */
#define HEAD(size) "01000000 00000100 00000000 00000000" size ZEROS12
#define ZEROS24 "00000000 00000000 00000000 00000000 00000000 00000000"
#define ZEROS28 ZEROS24 "00000000"
#define ZEROS32 "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"

struct world {
    struct via_parcel *parcel;
    struct buffer scratch, out;
    struct json_parcel_fault fault;
    struct portfolio_question question;
};

static const char *name_of(void *user, uint8_t number)
{
    (void)user;
    return number == 130 ? "door" : NULL;
}

static uint8_t number_of(void *user, const char *text, size_t size)
{
    (void)user;
    return size == 4 && memcmp(text, "door", 4) == 0 ? 130 : 0;
}

static const struct portfolio_json_names registered = {.name = name_of, .number = number_of};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    buffer_init(&world->scratch, SIZE_MAX);
    buffer_init(&world->out, SIZE_MAX);
    assert_int_equal(via_parcel_create(&world->parcel), VIA_OK);
    via_parcel_set_layout(world->parcel, VIA_LAYOUT_EVENT_BROKER);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    (void)via_parcel_unref(world->parcel);
    buffer_deinit(&world->scratch);
    buffer_deinit(&world->out);
    free(world);
    return 0;
}

/* A copy without a NUL behind it, so that looking further is seen. */
static enum via_status read_text(struct world *world, uint32_t code, const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    char *copy = text != NULL ? malloc(size != 0 ? size : 1) : NULL;
    if (text != NULL) {
        assert_non_null(copy);
        memcpy(copy, text, size);
    }
    via_parcel_clear(world->parcel);
    world->fault.text[0] = '\0';
    enum via_status status = portfolio_json_read(copy, size, code, &registered, world->parcel,
                                                 &world->question, &world->scratch, &world->fault);
    free(copy);
    return status;
}

static const char *write_text(struct world *world, const uint8_t *octets, size_t size,
                              uint32_t code)
{
    buffer_cut(&world->out, 0);
    assert_int_equal(portfolio_json_write_message(&world->out, octets, size, code, &registered),
                     VIA_OK);
    buffer_add_octet(&world->out, '\0');
    return (const char *)world->out.data;
}

/* @text is these octets, and they are @shown, which is the same octets again. */
static void expect(struct world *world, uint32_t code, const char *text, const char *hex,
                   const char *shown)
{
    uint8_t expected[ROOM];
    size_t size = octets_of(hex, expected, sizeof expected);
    enum via_status status = read_text(world, code, text);
    if (status != VIA_OK)
        fail_msg("%s", world->fault.text);
    assert_int_equal(via_parcel_size(world->parcel), size);
    assert_memory_equal(via_parcel_data(world->parcel), expected, size);
    assert_false(via_parcel_has_tape(world->parcel));
    assert_int_equal(world->question.code, code);
    assert_string_equal(write_text(world, expected, size, code), shown);
    assert_int_equal(read_text(world, code, (const char *)world->out.data), VIA_OK);
    assert_int_equal(via_parcel_size(world->parcel), size);
    assert_memory_equal(via_parcel_data(world->parcel), expected, size);
}

/* ---- requests ---- */

static void requests_without_data_are_a_header(void **state)
{
    struct world *world = *state;
    expect(world, EB_NoOp, NULL, HEAD("04000000") "00000000", "{\"flavor\":\"EB_NoOp\"}");
    expect(world, EB_DescribePods, NULL, HEAD("04000000") "1b000000",
           "{\"flavor\":\"EB_DescribePods\"}");
    expect(world, EB_GetListeners, "{}", HEAD("04000000") "0b000000",
           "{\"flavor\":\"EB_GetListeners\"}");
    expect(world, EB_GetFocus, "{\"priority\":7}",
           "01070000 00000100 00000000 00000000 04000000" ZEROS12 "0f000000",
           "{\"flavor\":\"EB_GetFocus\",\"priority\":7}");
    assert_int_equal(world->question.kind, PORTFOLIO_BUFFERED);
    assert_int_equal(world->question.capacity, PORTFOLIO_JSON_BUFFER);
}

static void a_message_has_a_name_and_a_buffer(void **state)
{
    struct world *world = *state;
    expect(world, EB_GetFocus, "{\"name\":\"page\"}",
           "01000500 00000100 00000000 00000000 04000000 7061676500 00000000000000 0f000000",
           "{\"flavor\":\"EB_GetFocus\",\"name\":\"page\"}");
    assert_int_equal(read_text(world, EB_GetFocus, "{\"buffer\":4}"), VIA_OK);
    assert_int_equal(world->question.capacity, 4);
    assert_int_equal(read_text(world, EB_GetFocus, "{\"buffer\":0}"), VIA_OK);
    assert_int_equal(world->question.kind, PORTFOLIO_STANDARD);
}

static void a_configuration_is_names_numbers_or_words(void **state)
{
    struct world *world = *state;
#define TRIGGER "00000020 02000000 00000004 00000000 00000020 00000000 00000000 00000000"
#define SHOWN(events)                                                                              \
    "{\"flavor\":\"EB_Configure\",\"category\":\"LC_FocusUI\",\"trigger\":{\"names\":[" events     \
    "],\"bits\":[536870912,2,67108864,0,536870912,0,0,0]},\"capture\":{\"names\":[],"              \
    "\"bits\":[0,0,0,0,0,0,0,0]},\"queueMax\":10}"
#define NAMES "\"ControlButtonUpdate\",63,\"ControlPortChange\",\"door\""
#define CONFIGURATION HEAD("6c000000") "01000000 03000000" TRIGGER ZEROS32 "0a000000" ZEROS32
    expect(world, EB_Configure,
           "{\"category\":\"LC_FocusUI\",\"trigger\":[" NAMES "],\"queueMax\":10}", CONFIGURATION,
           SHOWN(NAMES));
    expect(world, EB_Configure,
           "{\"category\":3,\"queueMax\":10,\"trigger\":[3,63,69,130],\"capture\":[]}",
           CONFIGURATION, SHOWN(NAMES));
    expect(world, EB_Configure,
           "{\"category\":3,\"queueMax\":10,"
           "\"trigger\":[536870912,2,67108864,0,536870912,0,0,0]}",
           CONFIGURATION, SHOWN(NAMES));
    expect(world, EB_Configure,
           "{\"category\":3,\"queueMax\":10,\"trigger\":{\"names\":[\"door\",3],"
           "\"bits\":[0,2,67108864,0,0,0,0,0]}}",
           CONFIGURATION, SHOWN(NAMES));
}

static void the_bit_of_no_event_survives(void **state)
{
    struct world *world = *state;
    expect(world, EB_Configure, "{\"trigger\":[0,1,0,0,0,0,0,0],\"capture\":[1,2,3,4,5,6,7,8]}",
           HEAD("6c000000") "01000000 02000000"
                            "00000000 01000000 00000000 00000000"
                            "00000000 00000000 00000000 00000000"
                            "000000ff 00000000 00000000 00000000"
                            "00000000 00000000 00000000 00000000 00000000" ZEROS32,
           "{\"flavor\":\"EB_Configure\",\"category\":\"LC_Observer\","
           "\"trigger\":{\"names\":[],\"bits\":[0,1,0,0,0,0,0,0]},"
           "\"capture\":{\"names\":[\"ControlButtonPressed\",\"ControlButtonReleased\","
           "\"ControlButtonUpdate\",\"ControlButtonArrived\",\"MouseButtonPressed\","
           "\"MouseButtonReleased\",\"MouseUpdate\",\"MouseMoved\"],"
           "\"bits\":[4278190080,0,0,0,0,0,0,0]},\"queueMax\":0}");
}

static void requests_with_data_have_names(void **state)
{
    struct world *world = *state;
    expect(world, EB_SetFocus, "{\"listener\":1073741829}", HEAD("08000000") "0d000000 05000040",
           "{\"flavor\":\"EB_SetFocus\",\"listener\":1073741829}");
    expect(world, EB_LockPod, "{\"pod\":2,\"wait\":true}",
           HEAD("10000000") "15000000 02000000 01000000 00000000",
           "{\"flavor\":\"EB_LockPod\",\"pod\":2,\"wait\":1}");
    expect(world, EB_IssuePodCmd, "{\"pod\":1,\"octets\":[4,0,3]}",
           HEAD("13000000") "19000000 01000000 00000000 03000000 040003",
           "{\"flavor\":\"EB_IssuePodCmd\",\"pod\":1,\"wait\":0,\"octets\":[4,0,3]}");
    assert_int_equal(read_text(world, EB_RegisterEvent,
                               "{\"eventName\":\"door\",\"isUserInterfaceEvent\":true}"),
                     VIA_OK);
    const uint8_t *octets = via_parcel_data(world->parcel);
    assert_int_equal(via_parcel_size(world->parcel), 32 + sizeof(RegisterEvent));
    assert_int_equal(octets_get_u32(octets + 36), 1);
    assert_string_equal((const char *)octets + 40, "door");
    assert_string_equal(write_text(world, octets, via_parcel_size(world->parcel), EB_RegisterEvent),
                        "{\"flavor\":\"EB_RegisterEvent\",\"isUserInterfaceEvent\":1,"
                        "\"eventName\":\"door\"}");
}

static void what_is_no_brokers_is_octets_text_or_words(void **state)
{
    struct world *world = *state;
    expect(world, 0, "{\"text\":\"hello\"}", HEAD("05000000") "68656c6c6f",
           "{\"data\":\"aGVsbG8=\"}");
    expect(world, 0, "{\"data\":\"\"}", HEAD("00000000"), "{\"data\":\"\"}");
    expect(world, 0, "{\"words\":[1,4294967295]}",
           "02000000 00000000 00000000 00000000 08000000" ZEROS12 "01000000 ffffffff",
           "{\"words\":[1,4294967295]}");
    expect(world, EB_SetFocus, "{\"data\":\"DQAAAA==\"}", HEAD("04000000") "0d000000",
           "{\"data\":\"DQAAAA==\"}");
    expect(world, 31, NULL, HEAD("04000000") "1f000000", "{\"data\":\"HwAAAA==\"}");
}

/* ---- events ---- */

static void frames_are_events_with_data(void **state)
{
    struct world *world = *state;
    expect(world, EB_EventRecord,
           "{\"frames\":[{\"event\":\"ControlButtonUpdate\",\"time\":7120,\"pod\":1,"
           "\"position\":1,\"generic\":1,\"trigger\":true,"
           "\"data\":{\"buttons\":[\"A\",\"Start\"]}}]}",
           HEAD("28000000") "03000000"
                            "20000000 00000000 d01b0000 00000000 03010101 01000000 00000000"
                            "00000009 00000000",
           "{\"flavor\":\"EB_EventRecord\",\"frames\":[{\"event\":\"ControlButtonUpdate\","
           "\"number\":3,\"system\":0,\"time\":7120,\"submitter\":0,\"pod\":1,\"position\":1,"
           "\"generic\":1,\"trigger\":true,\"data\":{\"buttons\":[\"A\",\"Start\"],"
           "\"bits\":150994944}}]}");
    expect(world, EB_SendEvent,
           "{\"frames\":[{\"event\":\"door\",\"data\":{\"words\":[1,2]}},"
           "{\"event\":\"GivingFocus\",\"system\":5},{\"number\":200,\"submitter\":1073741829}]}",
           HEAD("64000000") "05000000"
                            "24000000 00000000 00000000 00000000 82000000 00000000 00000000"
                            "01000000 02000000"
                            "1c000000 05000000 00000000 00000000 13000000 00000000 00000000"
                            "1c000000 00000000 00000000 05000040 c8000000 00000000 00000000"
                            "00000000",
           "{\"flavor\":\"EB_SendEvent\",\"frames\":["
           "{\"event\":\"door\",\"number\":130,\"system\":0,\"time\":0,\"submitter\":0,\"pod\":0,"
           "\"position\":0,\"generic\":0,\"trigger\":false,\"data\":{\"words\":[1,2]}},"
           "{\"event\":\"GivingFocus\",\"number\":19,\"system\":5,\"time\":0,\"submitter\":0,"
           "\"pod\":0,\"position\":0,\"generic\":0,\"trigger\":false},"
           "{\"event\":200,\"number\":200,\"system\":0,\"time\":0,\"submitter\":1073741829,"
           "\"pod\":0,\"position\":0,\"generic\":0,\"trigger\":false}]}");
}

/* @data of event @number, which are shown as they are given. */
static void expect_data(struct world *world, unsigned number, const char *data, const char *hex)
{
    char text[512];
    const char *shown;
    uint8_t expected[ROOM];
    size_t size = octets_of(hex, expected, sizeof expected);
    (void)snprintf(text, sizeof text, "{\"frames\":[{\"number\":%u,\"data\":%s}]}", number, data);
    if (read_text(world, EB_SendEvent, text) != VIA_OK)
        fail_msg("%s", world->fault.text);
    const uint8_t *octets = via_parcel_data(world->parcel);
    assert_int_equal(via_parcel_size(world->parcel), 32 + 4 + 28 + size + 4);
    assert_memory_equal(octets + 64, expected, size);
    shown = write_text(world, octets, via_parcel_size(world->parcel), EB_SendEvent);
    (void)snprintf(text, sizeof text, "\"data\":%s}]}", data);
    assert_non_null(strstr(shown, text));
}

static void data_of_events_have_the_names_of_their_fields(void **state)
{
    struct world *world = *state;
    expect_data(world, EVENTNUM_MouseMoved,
                "{\"buttons\":[\"Left\"],\"bits\":2147483649,\"horizPosition\":-5,"
                "\"vertPosition\":7}",
                "01000080 fbffffff 07000000");
    expect_data(world, EVENTNUM_GunUpdate, "{\"bits\":1,\"horizPosition\":2,\"vertPosition\":3}",
                "01000000 02000000 03000000");
    expect_data(world, EVENTNUM_LightGunUpdate,
                "{\"buttons\":[\"Trigger\"],\"bits\":2147483648,\"counter\":9,"
                "\"linePulseCount\":4294967295}",
                "00000080 09000000 ffffffff");
    expect_data(world, EVENTNUM_CharacterEntered, "{\"characterTyped\":97,\"modifierKeys\":1}",
                "61000000 01000000");
    expect_data(world, EVENTNUM_KeyboardUpdate, "{\"keyMatrix\":[1,2,3,4,5,6,7,4294967295]}",
                "01000000 02000000 03000000 04000000 05000000 06000000 07000000 ffffffff");
    expect_data(world, EVENTNUM_StickMoved,
                "{\"buttons\":[\"Fire\",\"RightShift\"],\"bits\":2149318656,"
                "\"horizPosition\":512,\"vertPosition\":1023,\"depthPosition\":0}",
                "00001c80 00020000 ff030000 00000000");
    expect_data(world, EVENTNUM_IRKeyPressed,
                "{\"keyMatrix\":[0,0,0,0,0,0,0,1],\"keyCode\":1,\"genericCode\":-1,"
                "\"model\":860114720}",
                "00000000 00000000 00000000 00000000 00000000 00000000 00000000 01000000"
                "01000000 ffffffff 204f4433");
    expect_data(world, EVENTNUM_DeviceOnline, "{\"deviceItem\":7,\"deviceUnit\":1}",
                "07000000 01000000");
    expect_data(world, EVENTNUM_FilesystemMounted, "{\"filesystemItem\":7,\"name\":\"cd\"}",
                "07000000 63640000" ZEROS28);
}

static void data_that_names_do_not_tell_are_words(void **state)
{
    struct world *world = *state;
    expect_data(world, EVENTNUM_ControlButtonUpdate, "{\"words\":[1,2]}", "01000000 02000000");
    expect_data(world, EVENTNUM_ControlPortChange, "{\"words\":[1]}", "01000000");
    expect_data(world, 33, "{\"words\":[3]}", "03000000");
    expect_data(world, EVENTNUM_FilesystemMounted, "{\"words\":[7,25699,1,0,0,0,0,0,0]}",
                "07000000 63640000 01000000 " ZEROS24); /* something is behind the name */
    expect_data(world, EVENTNUM_FilesystemMounted, "{\"words\":[7,255,0,0,0,0,0,0,0]}",
                "07000000 ff000000 00000000 " ZEROS24); /* it is not UTF-8 */
    assert_int_equal(
        read_text(world, EB_SendEvent, "{\"frames\":[{\"event\":33,\"data\":{\"words\":[]}}]}"),
        VIA_OK);
    assert_int_equal(via_parcel_size(world->parcel), 32 + 4 + 28 + 4);
}

static void buttons_and_bits_are_one(void **state)
{
    struct world *world = *state;
    assert_int_equal(read_text(world, EB_SendEvent,
                               "{\"frames\":[{\"event\":\"ControlButtonUpdate\","
                               "\"data\":{\"bits\":1,\"buttons\":[\"LeftShift\",\"Down\"]}}]}"),
                     VIA_OK);
    const uint8_t *octets = via_parcel_data(world->parcel);
    assert_int_equal(octets_get_u32(octets + 64), ControlDown | ControlLeftShift | 1);
}

/* ---- pods ---- */

static void providers_have_messages_of_their_own(void **state)
{
    struct world *world = *state;
    expect(world, PORTFOLIO_POD_ATTACH, "{\"type\":\"BASIC_CONTROL_PAD\",\"name\":\"desk\"}",
           "03000000 80000000 00000088 6465736b00",
           "{\"type\":\"BASIC_CONTROL_PAD\",\"flags\":2281701376,\"name\":\"desk\"}");
    expect(world, PORTFOLIO_POD_ATTACH, "{\"type\":256,\"flags\":[\"Stick\",\"Mouse\"]}",
           "03000000 00010000 00000041", "{\"type\":256,\"flags\":1090519040}");
    assert_int_equal(world->question.kind, PORTFOLIO_PROVIDER);
    expect(world, PORTFOLIO_POD_STATE,
           "{\"pod\":1,\"states\":{\"Stick\":{\"horizPosition\":512},"
           "\"ControlPad\":{\"buttons\":[\"A\"]}}}",
           "03000000 01000000 00000000 00000008 07000000 00000000 00020000 00000000 00000000",
           "{\"pod\":1,\"states\":{\"ControlPad\":{\"buttons\":[\"A\"],\"bits\":134217728},"
           "\"Stick\":{\"buttons\":[],\"bits\":0,\"horizPosition\":512,\"vertPosition\":0,"
           "\"depthPosition\":0}}}");
    expect(world, PORTFOLIO_POD_DETACH, "{\"pod\":255}", "03000000 ff000000", "{\"pod\":255}");
    expect(world, PORTFOLIO_POD_DONE, "{\"pod\":1,\"id\":7,\"result\":-1,\"octets\":[1,255]}",
           "03000000 01000000 07000000 ffffffff 01ff",
           "{\"pod\":1,\"id\":7,\"result\":-1,\"octets\":[1,255]}");
    expect(world, PORTFOLIO_STEP, "{\"fields\":60}", "03000000 3c000000", "{\"fields\":60}");
    expect(world, PORTFOLIO_SETTLE, "{\"unanswered\":0}", "03000000 00000000",
           "{\"unanswered\":0}");
    expect(world, PORTFOLIO_ITEM_NAME, "{\"item\":1073741830}", "03000000 06000040",
           "{\"item\":1073741830}");
}

static void what_a_pod_is_to_do_is_shown(void **state)
{
    struct world *world = *state;
    static const uint8_t octets[] = {4, 0, 3};
    uint8_t payload[PORTFOLIO_POD_PAYLOAD_MAX];
    struct portfolio_pod_output output = {.number = 1, .id = 7, .octets = octets, .size = 3};
    size_t size = portfolio_pod_put_output(&output, payload);
    assert_string_equal(write_text(world, payload, size, PORTFOLIO_POD_OUTPUT),
                        "{\"pod\":1,\"kind\":\"command\",\"id\":7,\"octets\":[4,0,3]}");
    output.kind = PORTFOLIO_POD_RAW;
    output.size = 0;
    size = portfolio_pod_put_output(&output, payload);
    assert_string_equal(write_text(world, payload, size, PORTFOLIO_POD_OUTPUT),
                        "{\"pod\":1,\"kind\":\"raw\",\"id\":7,\"octets\":[]}");
}

static void names_of_events_are_shown(void **state)
{
    struct world *world = *state;
    static const uint8_t none[] = {3, 0, 0, 0};
    static const uint8_t two[] = "\3\0\0\0\x80"
                                 "a \"door\"\0\xff"
                                 "b";
    assert_string_equal(write_text(world, none, sizeof none, PORTFOLIO_EVENT_NAMES),
                        "{\"events\":[]}");
    assert_string_equal(write_text(world, two, sizeof two, PORTFOLIO_EVENT_NAMES),
                        "{\"events\":[{\"number\":128,\"name\":\"a \\\"door\\\"\"},"
                        "{\"number\":255,\"name\":\"b\"}]}");
}

/* ---- what is refused ---- */

static void refuse(struct world *world, uint32_t code, const char *text, const char *words)
{
    assert_int_equal(read_text(world, code, text), VIA_BAD_JSON);
    assert_string_equal(world->fault.text, words);
    assert_true(world->fault.offset <= strlen(text));
    assert_int_equal(via_parcel_size(world->parcel), 0);
}

static void what_is_wrong_has_words(void **state)
{
    struct world *world = *state;
    refuse(world, EB_GetFocus, "[]", "an object was expected here");
    refuse(world, EB_GetFocus, "{\"pod\":1}", "pod: EB_GetFocus has no such name");
    refuse(world, 99, "{\"pod\":1}", "pod: a message of no known flavor has no such name");
    refuse(world, EB_GetFocus, "{\"focus\":1}", "focus: nothing here has this name");
    refuse(world, EB_GetFocus, "{\"priority\":256}", "priority: is to be an integer from 0 to 255");
    refuse(world, EB_GetFocus, "{\"name\":\"\"}",
           "name: is to be 1 to 255 octets without control characters");
    refuse(world, EB_GetFocus, "{\"flavor\":\"EB_SetFocus\"}",
           "flavor: is to be the name of the code");
    refuse(world, EB_SetFocus, "{}", "listener: is missing");
    refuse(world, EB_SetFocus, "{\"listener\":2147483648}",
           "listener: is to be an integer of 32 bits, signed");
    refuse(world, EB_LockPod, "{\"wait\":true}", "pod: is missing");
    refuse(world, EB_LockPod, "{\"pod\":1,\"wait\":\"yes\"}",
           "wait: is to be true, false or an integer");
    refuse(world, EB_LockPod, "{\"pod\":1,\"octets\":[]}", "octets: EB_LockPod has no such name");
    refuse(world, EB_IssuePodCmd, "{\"pod\":1,\"octets\":[256]}",
           "octets: is to be an array of integers from 0 to 255");
    refuse(world, EB_IssuePodCmd, "{\"pod\":1,\"octets\":\"\"}",
           "octets: is to be an array of integers from 0 to 255");
    refuse(world, EB_RegisterEvent, "{}", "eventName: is missing");
    refuse(world, EB_RegisterEvent, "{\"eventName\":\"a\\u0000\"}",
           "eventName: is to be a string without NUL");
    refuse(world, 0, "{\"text\":\"a\",\"words\":[1,2]}",
           "text: stands beside words, and only one may");
    refuse(world, EB_SetFocus, "{\"listener\":1,\"data\":\"\"}",
           "listener: stands beside data, and only one may");
    refuse(world, 0, "{\"words\":[1]}", "words: is to be an array of 2 integers");
    refuse(world, 0, "{\"words\":[1,2,3]}", "words: is to be an array of 2 integers");
    refuse(world, 0, "{\"data\":\"*\"}", "data: is to be base64 (RFC 4648, padded)");
    refuse(world, 0, "{\"words\":[1,2],\"buffer\":8}",
           "buffer: is to be absent: a small message has none");
}

static void what_is_wrong_in_masks_has_words(void **state)
{
    struct world *world = *state;
    static const char mask[] =
        "trigger: is to be an array of names of events, of their numbers, or of eight words";
    refuse(world, EB_Configure, "{\"trigger\":1}", mask);
    refuse(world, EB_Configure, "{\"trigger\":[0]}", mask);
    refuse(world, EB_Configure, "{\"trigger\":[256]}", mask);
    refuse(world, EB_Configure, "{\"trigger\":[[]]}", mask);
    refuse(world, EB_Configure, "{\"trigger\":[0,0,0,0,0,0,0,4294967296]}", mask);
    refuse(world, EB_Configure, "{\"trigger\":[\"window\"]}",
           "trigger: \"window\" is the name of no event");
    refuse(world, EB_Configure, "{\"trigger\":{\"names\":[\"window\"]}}",
           "trigger.names: \"window\" is the name of no event");
    refuse(world, EB_Configure, "{\"trigger\":{\"bits\":[1]}}",
           "trigger.bits: is to be an array of eight integers of 32 bits");
    refuse(world, EB_Configure, "{\"trigger\":{\"words\":[1]}}",
           "trigger.words: nothing here has this name");
    refuse(world, EB_Configure, "{\"category\":\"Observer\"}",
           "category: is to be a category such as \"LC_Observer\"");
    refuse(world, EB_Configure, "{\"category\":-1}",
           "category: is to be a category such as \"LC_Observer\"");
}

static void what_is_wrong_in_frames_has_words(void **state)
{
    struct world *world = *state;
#define FRAME(text) "{\"frames\":[{\"event\":1},{" text "}]}"
    refuse(world, EB_SendEvent, "{}", "frames: is missing");
    refuse(world, EB_SendEvent, "{\"frames\":{}}", "frames: is to be an array of frames");
    refuse(world, EB_SendEvent, "{\"frames\":[1]}", "frames[0]: is to be an object");
    refuse(world, EB_SendEvent, FRAME(""), "frames[1].event: is missing");
    refuse(world, EB_SendEvent, FRAME("\"event\":\"window\""),
           "frames[1].event: is to be the name or number of an event");
    refuse(world, EB_SendEvent, FRAME("\"event\":0"),
           "frames[1].event: is to be the name or number of an event");
    refuse(world, EB_SendEvent, FRAME("\"event\":256"),
           "frames[1].event: is to be an integer from 0 to 255");
    refuse(world, EB_SendEvent, FRAME("\"event\":\"MouseMoved\",\"number\":7"),
           "frames[1].number: is to be that of the event named");
    refuse(world, EB_SendEvent, FRAME("\"event\":1,\"pod\":256"),
           "frames[1].pod: is to be an integer from 0 to 255");
    refuse(world, EB_SendEvent, FRAME("\"event\":1,\"data\":[]"),
           "frames[1].data: is to be an object");
    refuse(world, EB_SendEvent, FRAME("\"event\":1,\"data\":{\"counter\":1}"),
           "frames[1].data.counter: nothing here has this name");
    refuse(world, EB_SendEvent, FRAME("\"event\":1,\"data\":{\"buttons\":[\"Z\"]}"),
           "frames[1].data.buttons: are to be names such as \"Down\"");
    refuse(world, EB_SendEvent, FRAME("\"event\":1,\"data\":{\"buttons\":[],\"words\":[1]}"),
           "frames[1].data.words: is to be there alone");
    refuse(world, EB_SendEvent, FRAME("\"event\":200,\"data\":{}"),
           "frames[1].data.words: is to be there: the event has no names for its data");
    refuse(world, EB_SendEvent, FRAME("\"event\":200,\"data\":{\"words\":[-1]}"),
           "frames[1].data.words: is to be an array of integers of 32 bits, not signed");
    refuse(world, EB_SendEvent, FRAME("\"event\":16,\"data\":{\"keyMatrix\":[1]}"),
           "frames[1].data.keyMatrix: is to be an array of 8 integers");
    refuse(world, EB_SendEvent,
           FRAME("\"event\":66,\"data\":{\"name\":\"0123456789abcdef0123456789abcdef\"}"),
           "frames[1].data.name: is to be at most 31 octets long");
}

static void what_is_wrong_with_pods_has_words(void **state)
{
    struct world *world = *state;
    refuse(world, PORTFOLIO_POD_ATTACH, "{}", "type: is missing: a type of pods");
    refuse(world, PORTFOLIO_POD_ATTACH, "{\"type\":\"PAD\"}",
           "type: is to be a type such as \"BASIC_CONTROL_PAD\"");
    refuse(world, PORTFOLIO_POD_ATTACH, "{\"type\":1,\"flags\":[\"Pad\"]}",
           "flags: is to be names of classes such as \"ControlPad\"");
    refuse(world, PORTFOLIO_POD_ATTACH, "{\"type\":1,\"name\":\"\\n\"}",
           "name: is to be 1 to 255 octets without control characters");
    refuse(world, PORTFOLIO_POD_STATE, "{\"states\":{}}", "pod: is missing: a number");
    refuse(world, PORTFOLIO_POD_STATE, "{\"pod\":1}",
           "states: is missing: an object of states by names of classes");
    refuse(world, PORTFOLIO_POD_STATE, "{\"pod\":1,\"states\":{}}",
           "states: is to be an object of states by names of classes");
    refuse(world, PORTFOLIO_POD_STATE, "{\"pod\":1,\"states\":{\"AudioCtlr\":{}}}",
           "states.AudioCtlr: nothing here has this name");
    refuse(world, PORTFOLIO_POD_STATE, "{\"pod\":1,\"states\":{\"Mouse\":{\"words\":[1]}}}",
           "states.Mouse: is to be as many words as the class has");
    refuse(world, PORTFOLIO_POD_DETACH, "{\"pod\":256}", "pod: is to be a number from 1 to 255");
    refuse(world, PORTFOLIO_STEP, "{}", "fields: is missing: a number");
    refuse(world, PORTFOLIO_POD_OUTPUT, "{\"pod\":1}", "nobody says this to the broker");
    refuse(world, PORTFOLIO_EVENT_NAMES, "{}", "nobody says this to the broker");
    refuse(
        world, PORTFOLIO_POD_DONE,
        "{\"pod\":1,\"id\":1,\"octets\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}",
        "octets: is to be an array of at most 64 octets");
}

static void a_buffer_is_as_large_as_there_may_be(void **state)
{
    struct world *world = *state;
    assert_int_equal(read_text(world, EB_SetFocus, "{\"listener\":1,\"buffer\":7}"), VIA_TOO_LARGE);
    assert_string_equal(world->fault.text, "buffer: is to be 0, for none, or 8 to 16777216 octets");
    assert_int_equal(read_text(world, EB_SetFocus, "{\"listener\":1,\"buffer\":16777217}"),
                     VIA_TOO_LARGE);
    assert_int_equal(read_text(world, EB_SetFocus, "{\"listener\":1,\"buffer\":16777216}"), VIA_OK);
}

/* ---- answers ---- */

/* What an answer to @code is shown as. */
static void expect_answer(struct world *world, uint32_t code, const char *hex, const char *shown)
{
    uint8_t octets[ROOM];
    size_t size = octets_of(hex, octets, sizeof octets);
    const struct portfolio_question question = {.code = code,
                                                .kind = (enum portfolio_kind)octets[0],
                                                .capacity =
                                                    octets[0] == PORTFOLIO_BUFFERED ? 2048 : 0};
    buffer_cut(&world->out, 0);
    assert_int_equal(portfolio_json_write_answer(&world->out, octets, size, &question), VIA_OK);
    buffer_add_octet(&world->out, '\0');
    assert_string_equal((const char *)world->out.data, shown);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(portfolio_json_write_answer(&world->out, octets, cut, &question),
                         VIA_BAD_PAYLOAD);
}

#define ANSWER(result, size) "01000000" result size "000000 00000000"

static void results_are_numbers_and_errors_have_words(void **state)
{
    struct world *world = *state;
    expect_answer(world, EB_SetFocus, ANSWER("05000040", "00"), "{\"result\":1073741829}");
    expect_answer(world, EB_SetFocus, ANSWER("01d04cf1", "00"),
                  "{\"result\":-246624255,"
                  "\"error\":\"TEB-Severe-System-Standard-no such Item, or of another kind\"}");
    expect_answer(world, EB_NoOp, "00000000 00000000 00000000 00000000", "{\"result\":0}");
    expect_answer(world, PORTFOLIO_ITEM_NAME, "03000000 00000000 05000000 00000000 7364613100",
                  "{\"result\":0,\"name\":\"sda1\"}");
    expect_answer(world, PORTFOLIO_ITEM_NAME, "03000000 00000000 05000000 00000000 73640a3100",
                  "{\"result\":0,\"data\":\"c2QKMQA=\",\"text\":\"sd\\n1\\u0000\"}");
    expect_answer(world, PORTFOLIO_POD_ATTACH, "03000000 02000000 00000000 00000000",
                  "{\"result\":2}");
}

static void listeners_have_categories_and_names(void **state)
{
    struct world *world = *state;
    expect_answer(world, EB_GetListeners,
                  "01000000 00000000 18000000 09000000 0c000000 02000000"
                  "05000040 02000000 06000040 09000000 6d6f6e69746f7200 00",
                  "{\"flavor\":\"EB_GetListenersReply\",\"result\":0,\"listeners\":["
                  "{\"port\":1073741829,\"category\":\"LC_Observer\",\"name\":\"monitor\"},"
                  "{\"port\":1073741830,\"category\":9,\"name\":\"\"}]}");
    expect_answer(world, EB_GetListeners,
                  ANSWER("00000000", "10") "0c000000 01000000 05000040 02000000",
                  "{\"flavor\":\"EB_GetListenersReply\",\"result\":0,\"listeners\":["
                  "{\"port\":1073741829,\"category\":\"LC_Observer\"}]}");
}

static void pods_have_types_and_classes(void **state)
{
    struct world *world = *state;
    expect_answer(world, EB_DescribePods,
                  ANSWER("00000000", "58") "1c000000 02000000"
                                           "01010000 80000000 10000000 02000000 00000088"
                                           "01000000 01000000 00000000 00000000 00000000"
                                           "02020000 00010000 00000000 00000000 00010000"
                                           "00000000 00000000 00000000 00000001 05000040",
                  "{\"flavor\":\"EB_DescribePodsReply\",\"result\":0,\"pods\":["
                  "{\"number\":1,\"position\":1,\"type\":128,\"typeName\":\"BASIC_CONTROL_PAD\","
                  "\"flags\":2281701376,\"generic\":{\"ControlPad\":1,\"AudioCtlr\":1},"
                  "\"bitsIn\":16,\"bitsOut\":2,\"lockHolder\":0},"
                  "{\"number\":2,\"position\":2,\"type\":256,\"flags\":256,"
                  "\"generic\":{\"15\":1},\"bitsIn\":0,\"bitsOut\":0,"
                  "\"lockHolder\":1073741829}]}");
    expect_answer(world, EB_DescribePods, ANSWER("00000000", "08") "1c000000 00000000",
                  "{\"flavor\":\"EB_DescribePodsReply\",\"result\":0,\"pods\":[]}");
}

static void other_answers_with_data(void **state)
{
    struct world *world = *state;
    expect_answer(world, EB_Configure, ANSWER("00000000", "04") "02000000",
                  "{\"flavor\":\"EB_ConfigureReply\",\"result\":0}");
    expect_answer(world, EB_ReadPodData,
                  ANSWER("00000000", "14") "12000000 01000000 00000000 04000000 00000009",
                  "{\"flavor\":\"EB_ReadPodDataReply\",\"result\":0,\"pod\":1,\"wait\":0,"
                  "\"octets\":[0,0,0,9]}");
    expect_answer(world, 0, ANSWER("07000000", "05") "68656c6c6f",
                  "{\"result\":7,\"data\":\"aGVsbG8=\",\"text\":\"hello\"}");
    expect_answer(world, 0, ANSWER("07000000", "01") "ff", "{\"result\":7,\"data\":\"/w==\"}");
    expect_answer(world, 0, "02000000 00000000 08000000 00000000 01000000 ffffffff",
                  "{\"result\":0,\"words\":[1,4294967295]}");
}

static void data_that_lie_are_shown_as_they_are(void **state)
{
    struct world *world = *state;
    expect_answer(world, EB_GetListeners, ANSWER("00000000", "08") "0c000000 ffffffff",
                  "{\"result\":0,\"data\":\"DAAAAP////8=\"}");
    expect_answer(world, EB_GetListeners, ANSWER("00000000", "08") "1c000000 00000000",
                  "{\"result\":0,\"data\":\"HAAAAAAAAAA=\",\"text\":"
                  "\"\\u001c\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\"}");
    expect_answer(world, EB_ReadPodData,
                  ANSWER("00000000", "10") "12000000 01000000 00000000 ffffffff",
                  "{\"result\":0,\"data\":\"EgAAAAEAAAAAAAAA/////w==\"}");
}

static void messages_that_lie_are_shown_as_they_are(void **state)
{
    struct world *world = *state;
    uint8_t octets[ROOM];
    size_t size =
        octets_of(HEAD("10000000") "19000000 01000000 00000000 ffffffff", octets, sizeof octets);
    assert_string_equal(write_text(world, octets, size, EB_IssuePodCmd),
                        "{\"data\":\"GQAAAAEAAAAAAAAA/////w==\"}");
    size = octets_of(HEAD("08000000") "03000000 1c000000", octets, sizeof octets);
    assert_string_equal(write_text(world, octets, size, EB_EventRecord),
                        "{\"data\":\"AwAAABwAAAA=\"}");
    size = octets_of(HEAD("08000000") "0d000000 1c000000", octets, sizeof octets);
    assert_string_equal(write_text(world, octets, size, EB_EventRecord), /* of another flavor */
                        "{\"data\":\"DQAAABwAAAA=\"}");
    size = octets_of(HEAD("04000000") "00010000", octets, sizeof octets);
    assert_string_equal(write_text(world, octets, size, PORTFOLIO_POD_ATTACH), /* a message's */
                        "{\"data\":\"AAEAAA==\"}");
    assert_int_equal(portfolio_json_write_message(&world->out, octets, 3, EB_NoOp, NULL),
                     VIA_BAD_PAYLOAD);
}

static void codes_have_names(void **state)
{
    (void)state;
    uint32_t code = 99;
    assert_true(portfolio_json_code("EB_SetFocus", 11, &code));
    assert_int_equal(code, EB_SetFocus);
    assert_true(portfolio_json_code("EB_NoOp", 7, &code));
    assert_int_equal(code, 0);
    assert_true(portfolio_json_code("PodState", 8, &code));
    assert_int_equal(code, PORTFOLIO_POD_STATE);
    assert_false(portfolio_json_code("EB_SetFocu", 10, &code));
    assert_false(portfolio_json_code("", 0, &code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_without_data_are_a_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_has_a_name_and_a_buffer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_configuration_is_names_numbers_or_words, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_bit_of_no_event_survives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_with_data_have_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_brokers_is_octets_text_or_words, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(frames_are_events_with_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_of_events_have_the_names_of_their_fields, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(data_that_names_do_not_tell_are_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(buttons_and_bits_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(providers_have_messages_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_pod_is_to_do_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_of_events_are_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_has_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_in_masks_has_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_in_frames_has_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_pods_has_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_buffer_is_as_large_as_there_may_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(results_are_numbers_and_errors_have_words, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(listeners_have_categories_and_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pods_have_types_and_classes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_answers_with_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_that_lie_are_shown_as_they_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(messages_that_lie_are_shown_as_they_are, set_up, tear_down),
        cmocka_unit_test(codes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
