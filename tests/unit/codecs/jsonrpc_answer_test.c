/*
 * Answers and notifications, letter by letter as docs/PROTOCOL.md shows them.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/json_pull.h"
#include "codecs/jsonrpc_answer.h"
#include "codecs/parcel.h"

static struct buffer out;
static struct via_parcel *parcel;
static struct payload payload;
static const struct json_span one = {"1", 1};
static const struct json_span none = {NULL, 0};

static int open_all(void **state)
{
    (void)state;
    buffer_init(&out, SIZE_MAX);
    return via_parcel_create(&parcel) != VIA_OK;
}

static int close_all(void **state)
{
    (void)state;
    buffer_deinit(&out);
    parcel = via_parcel_unref(parcel);
    parcel_pool_drain();
    return 0;
}

static void expect(const char *text)
{
    assert_int_equal(out.status, VIA_OK);
    if (out.size != strlen(text) || memcmp(out.data, text, out.size) != 0)
        fail_msg("%.*s, not %s", (int)out.size, (char *)out.data, text);

    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, (char *)out.data, out.size, JSON_DEPTH_MAX);
    (void)json_pull_next(&pull, &token);
    assert_true(json_pull_skip(&pull, &token, NULL));
    assert_int_equal(json_pull_next(&pull, &token), JSON_END);
    buffer_cut(&out, 0);
}

static void replies_look_as_on_the_protocol_page(void **state)
{
    (void)state;
    assert_int_equal(via_parcel_write_str(parcel, "hello back"), VIA_OK);
    parcel_payload(parcel, &payload);
    assert_int_equal(jsonrpc_write_reply(&out, &one, 0, &payload, NULL), VIA_OK);
    expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"status\":0,\"result\":0,\"data\":[\"hello "
           "back\"]}}");
    const struct json_span id = {"\"a\\u0041\"", 9};
    via_parcel_clear(parcel);
    parcel_payload(parcel, &payload);
    assert_int_equal(jsonrpc_write_reply(&out, &id, -5, &payload, NULL), VIA_OK);
    expect(
        "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0041\",\"result\":{\"status\":0,\"result\":-5,\"data\":"
        "[]}}");
}

static void other_results_are_the_callers(void **state)
{
    (void)state;
    jsonrpc_result_begin(&out, &one);
    buffer_add(&out, "{}", 2);
    jsonrpc_result_end(&out);
    expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
}

static void faults_carry_status_and_cause(void **state)
{
    (void)state;
    struct jsonrpc_fault fault;
    jsonrpc_fault_set(&fault, VIA_DEAD, VIA_CRASHED, "\"x\" crashed");
    jsonrpc_write_fault(&out, &one, &fault);
    expect("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32006,\"message\":\"\\\"x\\\" "
           "crashed\",\"data\":{\"status\":\"dead\",\"cause\":\"crashed\"}}}");
    jsonrpc_fault_standard(&fault, JSONRPC_PARSE_ERROR, VIA_BAD_JSON, "no");
    jsonrpc_write_fault(&out, &none, &fault);
    expect(
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"no\",\"data\":{"
        "\"status\":\"bad_json\"}}}");
}

static void every_standard_code_is_written(void **state)
{
    (void)state;
    static const struct {
        enum jsonrpc_code code;
        const char *text;
    } codes[] = {{JSONRPC_PARSE_ERROR, "-32700"},
                 {JSONRPC_INVALID_REQUEST, "-32600"},
                 {JSONRPC_METHOD_NOT_FOUND, "-32601"},
                 {JSONRPC_INVALID_PARAMS, "-32602"},
                 {JSONRPC_INTERNAL_ERROR, "-32603"}};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct jsonrpc_fault fault;
        jsonrpc_fault_standard(&fault, codes[i].code, VIA_INVALID, "x");
        jsonrpc_write_fault(&out, &one, &fault);
        buffer_add_octet(&out, '\0');
        assert_non_null(strstr((char *)out.data, codes[i].text));
        buffer_cut(&out, 0);
    }
}

static void events_look_as_on_the_protocol_page(void **state)
{
    (void)state;
    assert_int_equal(via_parcel_write_str(parcel, "temperature"), VIA_OK);
    assert_int_equal(via_parcel_write_i32(parcel, 21), VIA_OK);
    parcel_payload(parcel, &payload);
    struct jsonrpc_event event = {.source = {.service = {"sample_driver", 13}},
                                  .epoch = 0x5f3a,
                                  .number = 41,
                                  .event = 7,
                                  .payload = &payload};
    assert_int_equal(jsonrpc_write_event(&out, &event, NULL), VIA_OK);
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"service\":\"sample_driver\","
           "\"since\":\"5f3a:41\",\"event\":7,\"data\":[\"temperature\",21]}}");

    event.source = (struct jsonrpc_source){.ref = 17, .subscription = 3};
    event.lost = 12;
    assert_int_equal(jsonrpc_write_event_params(&out, &event, NULL), VIA_OK);
    expect("{\"ref\":17,\"subscription\":3,\"since\":\"5f3a:41\",\"lost\":12,\"event\":7,\"data\":["
           "\"temperature\",21]}");

    event.number = 0; /* for this client alone */
    event.lost = 0;
    assert_int_equal(jsonrpc_write_event_params(&out, &event, NULL), VIA_OK);
    expect("{\"ref\":17,\"subscription\":3,\"event\":7,\"data\":[\"temperature\",21]}");
}

static void since_comes_back_as_from(void **state)
{
    (void)state;
    struct jsonrpc_from from;
    jsonrpc_write_since(&out, UINT64_MAX, UINT64_MAX);
    assert_true(jsonrpc_from_read((char *)out.data, out.size, &from));
    assert_true(from.epoch == UINT64_MAX && from.number == UINT64_MAX);
}

static void deaths_look_as_on_the_protocol_page(void **state)
{
    (void)state;
    const struct jsonrpc_source source = {.service = {"sample_driver", 13}};
    jsonrpc_write_death(&out, &source, VIA_EXITED);
    expect("{\"jsonrpc\":\"2.0\",\"method\":\"death\",\"params\":{\"service\":\"sample_driver\","
           "\"cause\":\"exited\"}}");
    const struct jsonrpc_source other = {.ref = 17};
    jsonrpc_write_death(&out, &other, VIA_LINK_LOST);
    expect(
        "{\"jsonrpc\":\"2.0\",\"method\":\"death\",\"params\":{\"ref\":17,\"cause\":\"link_lost\"}"
        "}");
}

static enum via_status refuse_to_show(void *user, uint32_t index, uint32_t *numberp)
{
    (void)user;
    (void)index;
    (void)numberp;
    return VIA_BUSY;
}

/* A reference nobody can number, or a buffer that is full: what stood before still stands. */
static void an_error_takes_back_what_was_written(void **state)
{
    (void)state;
    const struct json_numbers numbers = {.ref = refuse_to_show};
    assert_int_equal(via_parcel_write_ref(parcel, NULL), VIA_OK);
    assert_int_equal(via_parcel_append(parcel, "", 1, VIA_TAG_PAD, NULL), VIA_OK);
    parcel_payload(parcel, &payload);
    const uint8_t ref[FRAME_REF_SIZE] = {0};
    payload.refs = ref;
    payload.n_refs = 1;
    struct jsonrpc_event event = {.source = {.ref = 1}, .number = 1, .payload = &payload};

    buffer_add(&out, "kept", 4);
    assert_int_equal(jsonrpc_write_reply(&out, &one, 0, &payload, &numbers), VIA_BUSY);
    assert_int_equal(jsonrpc_write_event(&out, &event, &numbers), VIA_BUSY);
    assert_int_equal(out.size, 4);

    for (size_t limit = 4; limit < 200; limit++) {
        out.limit = limit;
        enum via_status status = jsonrpc_write_reply(&out, &one, 0, &payload, NULL);
        if (status == VIA_OK)
            break;
        assert_int_equal(status, VIA_TOO_LARGE);
        assert_int_equal(out.size, 4);
        assert_int_equal(out.status, VIA_OK);
        assert_int_not_equal(limit, 199);
    }
    out.limit = SIZE_MAX;
    buffer_cut(&out, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(replies_look_as_on_the_protocol_page), TEST(other_results_are_the_callers),
        TEST(faults_carry_status_and_cause),        TEST(every_standard_code_is_written),
        TEST(events_look_as_on_the_protocol_page),  TEST(since_comes_back_as_from),
        TEST(deaths_look_as_on_the_protocol_page),  TEST(an_error_takes_back_what_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
