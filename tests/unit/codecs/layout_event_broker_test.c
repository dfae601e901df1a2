/*
 * The layout of Portfolio's messages: JSON of a call into a parcel and of its answer back.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_payload.h"
#include "codecs/jsonrpc_answer.h"
#include "codecs/layout.h"
#include "codecs/parcel.h"
#include "codecs/portfolio_message.h"
#include "include/portfolio/event.h"

struct world {
    struct via_parcel *parcel;
    struct buffer scratch, out;
    struct json_parcel_fault fault;
    struct layout_question question;
};

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

static void an_answer_is_read_by_its_question(void **state)
{
    struct world *world = *state;
    static const char text[] = "{\"listener\":1073741829}";
    static const uint8_t octets[] = {1, 0, 0, 0, 5, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0};
    const struct layout_target target = {.code = EB_SetFocus};
    const struct payload payload = {
        .layout = VIA_LAYOUT_EVENT_BROKER, .octets = octets, .size = sizeof octets};
    const struct json_span id = {"1", 1};
    assert_int_equal(layout_event_broker.messages->read(text, sizeof text - 1, &target,
                                                        world->parcel, &world->question,
                                                        &world->scratch, &world->fault),
                     VIA_OK);
    assert_int_equal(jsonrpc_write_message(&world->out, &id, 0, &payload,
                                           layout_event_broker.messages, &world->question,
                                           &world->scratch),
                     VIA_OK);
    buffer_add_octet(&world->out, '\0');
    assert_non_null(strstr((const char *)world->out.data, "\"data\":{\"result\":1073741829}"));

    via_parcel_clear(world->parcel);
    const struct layout_target other = {.code = 0};
    assert_int_equal(layout_event_broker.messages->read("{\"words\":[1,2]}", 15, &other,
                                                        world->parcel, &world->question,
                                                        &world->scratch, &world->fault),
                     VIA_OK);
    assert_int_equal(layout_event_broker.messages->write_reply(&world->out, &payload,
                                                               &world->question, &world->scratch),
                     VIA_BAD_PAYLOAD); /* it is one to a message with a buffer */
}

static void a_fault_has_words(void **state)
{
    struct world *world = *state;
    const struct layout_target target = {.code = EB_SetFocus};
    assert_int_equal(layout_event_broker.messages->read(NULL, 0, &target, world->parcel,
                                                        &world->question, &world->scratch,
                                                        &world->fault),
                     VIA_BAD_JSON);
    assert_string_equal(world->fault.text, "listener: is missing");
}

static void it_has_no_values(void **state)
{
    struct world *world = *state;
    static const uint8_t octets[4] = {1}, tape[8] = {VIA_TAG_U32, 1};
    const struct payload payload = {.layout = VIA_LAYOUT_EVENT_BROKER,
                                    .octets = octets,
                                    .size = 4,
                                    .tape = tape,
                                    .tape_size = 8};
    const struct value value = {.tag = VIA_TAG_U32};
    assert_int_equal(layout_event_broker.put(world->parcel, &value), VIA_BAD_TYPE);
    assert_int_equal(layout_event_broker.put_ref(world->parcel, NULL), VIA_BAD_TYPE);
    assert_int_equal(layout_event_broker.put_fd(world->parcel, 0), VIA_BAD_TYPE);
    assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
    assert_int_equal(json_payload_write(&world->out, &payload, NULL), VIA_OK);
    buffer_add_octet(&world->out, '\0');
    assert_string_equal((const char *)world->out.data, "{\"raw\":\"AQAAAA==\"}");
}

static void it_is_found_by_number_and_family(void **state)
{
    (void)state;
    uint32_t code = 0;
    assert_ptr_equal(layout_find(VIA_LAYOUT_EVENT_BROKER), &layout_event_broker);
    assert_ptr_equal(layout_of_family("portfolio"), &layout_event_broker);
    assert_ptr_equal(layout_of_family("event-broker"), &layout_raw);
    assert_true(layout_code("EB_DescribePods", 15, &code));
    assert_int_equal(code, EB_DescribePods);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_is_read_by_its_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fault_has_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_has_no_values, set_up, tear_down),
        cmocka_unit_test(it_is_found_by_number_and_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
