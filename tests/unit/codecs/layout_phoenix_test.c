/*
 * The layout of Phoenix's messages: JSON of a call into a parcel and of its answer back, by what
 * the directory says of the service.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_payload.h"
#include "codecs/jsonrpc_answer.h"
#include "codecs/layout.h"
#include "codecs/parcel.h"
#include "codecs/phoenix_message.h"

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
    via_parcel_set_layout(world->parcel, VIA_LAYOUT_PHOENIX);
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

static enum via_status read_call(struct world *world, const char *text,
                                 const struct layout_target *target)
{
    via_parcel_clear(world->parcel);
    return layout_phoenix.messages->read(text, text == NULL ? 0 : strlen(text), target,
                                         world->parcel, &world->question, &world->scratch,
                                         &world->fault);
}

static void a_service_tells_its_oid(void **state)
{
    struct world *world = *state;
    const struct layout_target target = {.code = PHOENIX_OPEN,
                                         .info = "port=1073741829 id=18446744073709551615"};
    struct phoenix_request request;
    assert_int_equal(read_call(world, NULL, &target), VIA_OK);
    assert_int_equal(phoenix_request_decode(via_parcel_data(world->parcel),
                                            via_parcel_size(world->parcel), PHOENIX_OPEN, &request),
                     VIA_OK);
    assert_int_equal(request.oid.port, 1073741829);
    assert_true(request.oid.id == UINT64_MAX);
    assert_false(request.is_pulse);
    assert_false(via_parcel_has_tape(world->parcel));

    const struct layout_target pulse = {
        .code = PHOENIX_OPEN, .info = "port=1 id=0", .is_oneway = true};
    assert_int_equal(read_call(world, "{}", &pulse), VIA_OK);
    assert_int_equal(phoenix_request_decode(via_parcel_data(world->parcel),
                                            via_parcel_size(world->parcel), PHOENIX_OPEN, &request),
                     VIA_OK);
    assert_true(request.is_pulse);
}

static void other_words_of_a_service_are_no_oid(void **state)
{
    struct world *world = *state;
    static const char *const infos[] = {
        NULL,           "",
        "port=1",       "port=1 id=",
        "port= id=1",   "port=4294967296 id=1",
        "port=1 id=-1", "port=1 id=18446744073709551616",
        "port=1  id=1", "port=1 id=1 ",
        "id=1 port=1",  "port=01 id=1",
    };
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
        const struct layout_target target = {.code = PHOENIX_OPEN, .info = infos[i]};
        assert_int_equal(read_call(world, "{}", &target), VIA_BAD_JSON);
        assert_int_equal(read_call(world, "{\"oid\":{\"port\":1,\"id\":2}}", &target), VIA_OK);
    }
}

static void without_words_the_number_is_the_port(void **state)
{
    struct world *world = *state;
    static const char *const infos[] = {NULL, "", "port=x"};
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
        const struct layout_target target = {
            .code = PHOENIX_OPEN, .info = infos[i], .number = 0x40000007};
        struct phoenix_request request;
        assert_int_equal(read_call(world, "{\"oid\":{\"id\":5}}", &target), VIA_OK);
        assert_int_equal(phoenix_request_decode(via_parcel_data(world->parcel),
                                                via_parcel_size(world->parcel), PHOENIX_OPEN,
                                                &request),
                         VIA_OK);
        assert_int_equal(request.oid.port, 0x40000007);
        assert_int_equal(request.oid.id, 5);
    }
}

/* The answer @octets to the last call, as a JSON frame. */
static enum via_status write_answer(struct world *world, const uint8_t *octets, size_t size)
{
    const struct json_span id = {.text = "7", .size = 1};
    const struct payload payload = {.layout = VIA_LAYOUT_PHOENIX, .octets = octets, .size = size};
    buffer_cut(&world->out, 0);
    return jsonrpc_write_message(&world->out, &id, 0, &payload, layout_phoenix.messages,
                                 &world->question, &world->scratch);
}

static void an_answer_is_read_by_its_question(void **state)
{
    struct world *world = *state;
    const struct layout_target target = {.code = PHOENIX_READDIR, .info = "port=1 id=0"};
    const uint8_t raw[PHOENIX_RAW_SIZE] = {0};
    uint8_t octets[PHOENIX_REPLY_SIZE + 20] = {0};
    memcpy(octets + PHOENIX_REPLY_SIZE, "\5\0\0\0\0\0\0\0\4\0\0\0\x18\0\1\0d\0\0", 20);
    size_t size = phoenix_reply_encode(0, PHOENIX_ABI_LP64, raw, 20, octets);
    assert_int_equal(read_call(world, "{\"offs\":8}", &target), VIA_OK);
    assert_int_equal(write_answer(world, octets, size), VIA_OK);
    buffer_add_octet(&world->out, '\0');
    assert_string_equal((const char *)world->out.data,
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"status\":0,\"result\":0,"
                        "\"data\":{\"err\":0,\"entry\":{\"ino\":5,\"type\":\"DT_DIR\","
                        "\"reclen\":24,\"name\":\"d\"},\"next\":32}}}");
    assert_int_equal(read_call(world, "{\"size\":null}", &target), VIA_OK);
    assert_int_equal(write_answer(world, octets, size), VIA_BAD_PAYLOAD); /* nobody asked for it */
    assert_int_equal(world->out.size, 0);
}

static void it_has_no_values(void **state)
{
    struct world *world = *state;
    const struct value value = {.tag = VIA_TAG_I32, .i = 1};
    const uint8_t tape[] = {VIA_TAG_I32, 0, 0, 0, 0, 0, 0, 0}, octets[4] = {1};
    const struct payload payload = {
        .layout = VIA_LAYOUT_PHOENIX, .octets = octets, .size = 4, .tape = tape, .tape_size = 8};
    assert_int_equal(layout_phoenix.put(world->parcel, &value), VIA_BAD_TYPE);
    assert_int_equal(layout_phoenix.put_ref(world->parcel, NULL), VIA_BAD_TYPE);
    assert_int_equal(layout_phoenix.put_fd(world->parcel, 0), VIA_BAD_TYPE);
    assert_int_equal(payload_check(&payload), VIA_BAD_TAPE);
    assert_int_equal(json_payload_write(&world->out, &payload, NULL), VIA_OK);
    buffer_add_octet(&world->out, '\0');
    assert_string_equal((const char *)world->out.data, "{\"raw\":\"AQAAAA==\"}");
}

static void it_is_found_by_number_and_family(void **state)
{
    (void)state;
    uint32_t code = 0;
    assert_ptr_equal(layout_find(VIA_LAYOUT_PHOENIX), &layout_phoenix);
    assert_ptr_equal(layout_of_family("phoenix"), &layout_phoenix);
    assert_true(layout_phoenix.messages->code("mtStat", 6, &code));
    assert_int_equal(code, 0xf53);
    assert_null(layout_raw.messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_service_tells_its_oid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_words_of_a_service_are_no_oid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_words_the_number_is_the_port, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_read_by_its_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_has_no_values, set_up, tear_down),
        cmocka_unit_test(it_is_found_by_number_and_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
