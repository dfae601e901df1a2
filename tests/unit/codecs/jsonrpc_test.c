/*
 * Requests: every method with its parameters, and every way to be wrong with its code.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/jsonrpc.h"
#include "codecs/utf8.h"

/* A text that is read; its end is where the memory ends. */
static char *text_in;
static struct jsonrpc_reader reader;
static struct jsonrpc_request request;
static struct jsonrpc_fault fault;

static int close_text(void **state)
{
    (void)state;
    free(text_in);
    text_in = NULL;
    return 0;
}

static enum via_status open_sized(const char *text, size_t size)
{
    free(text_in);
    text_in = malloc(size > 0 ? size : 1);
    assert_non_null(text_in);
    memcpy(text_in, text, size);
    memset(&fault, 0, sizeof fault);
    return jsonrpc_open(&reader, text_in, size, 4, &fault);
}

static enum via_status open_text(const char *text)
{
    return open_sized(text, strlen(text));
}

/* The only request of @text. */
static enum via_status read_one(const char *text)
{
    enum via_status status = open_text(text);
    assert_int_equal(status, VIA_OK);
    assert_false(reader.batch);
    status = jsonrpc_next(&reader, &request, &fault);
    struct jsonrpc_request other;
    struct jsonrpc_fault other_fault;
    assert_int_equal(jsonrpc_next(&reader, &other, &other_fault), VIA_END);
    return status;
}

static void expect_span(struct json_span span, const char *text)
{
    assert_non_null(span.text);
    if (span.size != strlen(text) || memcmp(span.text, text, span.size) != 0)
        fail_msg("%.*s, not %s", (int)span.size, span.text, text);
}

static void refuse(const char *text, enum via_status status, int code, const char *words)
{
    enum via_status given = read_one(text);
    if (given != status || fault.code != code || strstr(fault.text, words) == NULL)
        fail_msg("%s gave %d, %d: %s", text, (int)given, fault.code, fault.text);
    assert_true(utf8_check(fault.text, strlen(fault.text)));
}

static void reads_the_call_of_the_protocol_page(void **state)
{
    (void)state;
    assert_int_equal(
        read_one("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"call\",\"params\":{\"service\":"
                 "\"sample_driver\",\"code\":1,\"data\":[\"hello\"],\"timeout\":500}}"),
        VIA_OK);
    assert_int_equal(request.method, JSONRPC_CALL);
    expect_span(request.id, "1");
    expect_span(request.name, "call");
    expect_span(request.service, "sample_driver");
    expect_span(request.data, "[\"hello\"]");
    assert_int_equal(request.code, 1);
    assert_int_equal(request.timeout_ms, 500);
    assert_int_equal(request.has, JSONRPC_HAS_SERVICE | JSONRPC_HAS_CODE | JSONRPC_HAS_DATA |
                                      JSONRPC_HAS_TIMEOUT);
}

static void order_and_space_do_not_matter(void **state)
{
    (void)state;
    assert_int_equal(
        read_one(" { \"params\" : { \"data\" : [ 1 , 2 ] , \"ref\" : 17 , \"code\" : 0 } ,"
                 "\n\"method\":\"send\", \"jsonrpc\" : \"2.0\" } \n"),
        VIA_OK);
    assert_int_equal(request.method, JSONRPC_SEND);
    assert_null(request.id.text);
    expect_span(request.data, "[ 1 , 2 ]");
    assert_int_equal(request.ref, 17);
    assert_int_equal(request.has, JSONRPC_HAS_REF | JSONRPC_HAS_CODE | JSONRPC_HAS_DATA);
}

static void an_id_is_given_back_as_it_came(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "1", "-7", "1.50", "18446744073709551616", "\"a\\u0041\\n\"", "\"\"", "null"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}",
                       ids[i]);
        assert_int_equal(read_one(text), VIA_OK);
        expect_span(request.id, ids[i]);
    }
}

static void every_method_is_known_with_its_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *params;
        enum jsonrpc_method method;
        unsigned has;
    } methods[] = {
        {"list", "{}", JSONRPC_LIST, 0},
        {"list", "{\"family\":\"hdf\",\"pattern\":\"*\",\"after\":\"x\",\"limit\":10}",
         JSONRPC_LIST,
         JSONRPC_HAS_FAMILY | JSONRPC_HAS_PATTERN | JSONRPC_HAS_AFTER | JSONRPC_HAS_LIMIT},
        {"call", "{\"ref\":1,\"code\":4294967295}", JSONRPC_CALL,
         JSONRPC_HAS_REF | JSONRPC_HAS_CODE},
        {"send", "{\"service\":\"a\",\"family\":\"hdf\",\"code\":1}", JSONRPC_SEND,
         JSONRPC_HAS_SERVICE | JSONRPC_HAS_FAMILY | JSONRPC_HAS_CODE},
        {"cancel", "{\"id\":\"x\"}", JSONRPC_CANCEL, JSONRPC_HAS_CALL},
        {"release", "{\"ref\":3,\"count\":2}", JSONRPC_RELEASE,
         JSONRPC_HAS_REF | JSONRPC_HAS_COUNT},
        {"subscribe", "{\"service\":\"a\",\"from\":\"latest\"}", JSONRPC_SUBSCRIBE,
         JSONRPC_HAS_SERVICE | JSONRPC_HAS_FROM},
        {"unsubscribe", "{\"subscription\":5}", JSONRPC_UNSUBSCRIBE, JSONRPC_HAS_SUBSCRIPTION},
        {"unsubscribe", "{\"service\":\"a\"}", JSONRPC_UNSUBSCRIBE, JSONRPC_HAS_SERVICE},
        {"watch", "{\"service\":\"a\"}", JSONRPC_WATCH, JSONRPC_HAS_SERVICE},
        {"unwatch", "{\"ref\":5}", JSONRPC_UNWATCH, JSONRPC_HAS_REF},
        {"ping", "[]", JSONRPC_PING, 0},
        {"ping", "{\"data\":[1]}", JSONRPC_PING, JSONRPC_HAS_DATA},
        {"find", "{\"interface\":\"a\"}", JSONRPC_FIND, JSONRPC_HAS_INTERFACE},
        {"find", "{\"family\":\"f\",\"interface\":\"a\",\"protocol\":\"p\",\"timeout\":5}",
         JSONRPC_FIND,
         JSONRPC_HAS_FAMILY | JSONRPC_HAS_INTERFACE | JSONRPC_HAS_PROTOCOL | JSONRPC_HAS_TIMEOUT},
        {"find", "{\"number\":1073741824}", JSONRPC_FIND, JSONRPC_HAS_NUMBER},
        {"bind", "{\"client\":\"a.b\",\"server\":\"c.d\"}", JSONRPC_BIND,
         JSONRPC_HAS_CLIENT | JSONRPC_HAS_SERVER},
        {"unbind", "{\"client\":\"a.b\",\"family\":\"f\"}", JSONRPC_UNBIND,
         JSONRPC_HAS_CLIENT | JSONRPC_HAS_FAMILY},
        {"bindings", "{\"after\":\"x\",\"limit\":1}", JSONRPC_BINDINGS,
         JSONRPC_HAS_AFTER | JSONRPC_HAS_LIMIT},
        {"waiting", "{\"after\":\"1\"}", JSONRPC_WAITING, JSONRPC_HAS_AFTER},
        {"unanswered", "{\"family\":\"f\",\"pattern\":\"*\",\"after\":\"1\",\"limit\":2}",
         JSONRPC_UNANSWERED,
         JSONRPC_HAS_FAMILY | JSONRPC_HAS_PATTERN | JSONRPC_HAS_AFTER | JSONRPC_HAS_LIMIT},
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
                       methods[i].name, methods[i].params);
        if (read_one(text) != VIA_OK)
            fail_msg("%s: %s", text, fault.text);
        assert_int_equal(request.method, methods[i].method);
        assert_int_equal(request.has, methods[i].has);
        assert_string_equal(jsonrpc_method_name(request.method), methods[i].name);
    }
    assert_null(jsonrpc_method_name(JSONRPC_OTHER));
}

static void names_lose_their_escapes_and_ids_do_not(void **state)
{
    (void)state;
    assert_int_equal(
        read_one("{\"params\":{\"service\":\"caf\\u00e9\\/\\\"x\\\"\",\"id\":\"a\\n\"},"
                 "\"method\":\"w\\u0061tch\",\"jsonrpc\":\"2.0\",\"id\":\"\\u0041\"}"),
        VIA_OK); /* an escaped name is none of ours */
    assert_int_equal(request.method, JSONRPC_OTHER);
    expect_span(request.name, "watch");
    expect_span(request.id, "\"\\u0041\"");
    expect_span(request.params, "{\"service\":\"caf\\u00e9\\/\\\"x\\\"\",\"id\":\"a\\n\"}");

    assert_int_equal(read_one("{\"params\":{\"service\":\"caf\\u00e9\\/\\\"x\\\"\"},"
                              "\"method\":\"watch\",\"jsonrpc\":\"2.0\",\"id\":\"\\u0041\"}"),
                     VIA_OK);
    expect_span(request.service, "caf\xc3\xa9/\"x\"");
    expect_span(request.id, "\"\\u0041\"");
}

static void another_method_keeps_its_params_as_they_came(void **state)
{
    (void)state;
    assert_int_equal(
        read_one("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sample_driver.set_brightness\","
                 "\"params\":{\"level\":5,\"code\":\"not a number\",\"service\":\"\\n\"}}"),
        VIA_OK);
    assert_int_equal(request.method, JSONRPC_OTHER);
    expect_span(request.name, "sample_driver.set_brightness");
    expect_span(request.params, "{\"level\":5,\"code\":\"not a number\",\"service\":\"\\n\"}");
    assert_int_equal(request.has, 0);
    assert_int_equal(read_one("{\"jsonrpc\":\"2.0\",\"method\":\"x.y\",\"params\":[1,[2]]}"),
                     VIA_OK);
    expect_span(request.params, "[1,[2]]");

    jsonrpc_fault_method(&fault, &request);
    assert_int_equal(fault.code, -32601);
    assert_string_equal(fault.text,
                        "there is no method \"x.y\"; there are list, call, send, cancel, release, "
                        "subscribe, unsubscribe, watch, unwatch, ping, find, bind, unbind, "
                        "bindings, waiting, unanswered, read, write, stat");
}

static void what_is_no_json_is_a_parse_error(void **state)
{
    (void)state;
    refuse("", VIA_BAD_JSON, -32700, "line 1, column 1");
    refuse("{\"jsonrpc\":\"2.0\",\n\"id\":1,}", VIA_BAD_JSON, -32700, "line 2, column 8");
    refuse("{} {}", VIA_BAD_JSON, -32700, "behind the value");
    refuse("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}x", VIA_BAD_JSON, -32700, "behind");
    refuse("1 2", VIA_BAD_JSON, -32700, "behind");
    refuse("{\"id\":1,\"x\":\"\xff\"}", VIA_BAD_JSON, -32700, "not UTF-8");
    assert_null(request.id.text); /* no id is known then */

    char deep[4096] = "{\"params\":";
    memset(deep + 10, '[', sizeof deep - 10);
    assert_int_equal(open_sized(deep, sizeof deep), VIA_OK);
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_BAD_JSON);
    assert_non_null(strstr(fault.text, "too deep"));
}

static void any_cut_is_a_parse_error(void **state)
{
    (void)state;
    static const char text[] =
        "{\"jsonrpc\":\"2.0\",\"id\":\"\\n\",\"method\":\"call\",\"params\":{"
        "\"service\":\"\\u00e9\",\"code\":1,\"data\":[{\"u8\":1}]}}";
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        assert_int_equal(open_sized(text, cut), VIA_OK);
        assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_BAD_JSON);
        assert_int_equal(fault.code, -32700);
    }
    assert_int_equal(read_one(text), VIA_OK);
}

static void what_is_no_request_is_an_invalid_request(void **state)
{
    (void)state;
    refuse("1", VIA_INVALID, -32600, "object");
    refuse("\"ping\"", VIA_INVALID, -32600, "object");
    refuse("{}", VIA_INVALID, -32600, "\"jsonrpc\":\"2.0\" is missing");
    refuse("{\"jsonrpc\":\"2.0\",\"id\":1}", VIA_INVALID, -32600, "\"method\" is missing");
    expect_span(request.id, "1");
    refuse("{\"jsonrpc\":\"1.0\",\"id\":2,\"method\":\"ping\"}", VIA_INVALID, -32600, "2.0");
    expect_span(request.id, "2");
    refuse("{\"jsonrpc\":2.0,\"id\":2,\"method\":\"ping\"}", VIA_INVALID, -32600, "2.0");
    refuse("{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"ping\"}", VIA_INVALID, -32600, "\"id\"");
    assert_null(request.id.text);
    refuse("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":1}", VIA_INVALID, -32600, "\"method\"");
    refuse("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\\u0000ng\"}", VIA_INVALID, -32600, "NUL");
    refuse("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":5}", VIA_INVALID, -32600,
           "\"params\"");
    refuse("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"id\":2}", VIA_INVALID, -32600,
           "twice");
    refuse("{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"method\":\"ping\"}", VIA_INVALID, -32600,
           "twice");
    refuse("{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"meth\\u006fd\":\"list\"}", VIA_INVALID,
           -32600, "escape");
    refuse("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", VIA_INVALID, -32600, "method");
}

static void other_members_are_let_be(void **state)
{
    (void)state;
    assert_int_equal(
        read_one("{\"jsonrpc\":\"2.0\",\"x\":{\"id\":[]},\"id\":1,\"method\":\"ping\"}"), VIA_OK);
    expect_span(request.id, "1");
}

static void a_code_may_have_a_name(void **state)
{
    (void)state;
    assert_int_equal(read_one("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"call\","
                              "\"params\":{\"service\":\"x\",\"code\":\"mtRead\"}}"),
                     VIA_OK);
    assert_int_equal(request.has, JSONRPC_HAS_SERVICE | JSONRPC_HAS_CODE);
    expect_span(request.code_name, "mtRead");
    assert_int_equal(request.code, 0);
    assert_int_equal(read_one("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"send\","
                              "\"params\":{\"service\":\"x\",\"code\":7}}"),
                     VIA_OK);
    assert_null(request.code_name.text);
    assert_int_equal(request.code, 7);
}

static void bad_parameters_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *params;
        const char *words;
    } bad[] = {
        {"call", "{}", "call needs \"code\""},
        {"call", "{\"code\":1}", "needs one of \"service\" and \"ref\""},
        {"find", "{\"family\":\"f\"}", "find needs one of \"interface\" and \"number\""},
        {"find", "{\"interface\":\"a\",\"number\":1}", "needs one of"},
        {"find", "{\"number\":1,\"family\":\"f\"}", "\"family\" does not go with \"number\""},
        {"find", "{\"number\":1,\"timeout\":1}", "\"timeout\" does not go with"},
        {"find", "{\"number\":-1}", "\"number\" is to be an integer from 0"},
        {"call", "{\"code\":1,\"service\":\"a\",\"ref\":1}", "needs one of"},
        {"call", "{\"code\":1,\"service\":\"a\",\"timout\":5}", "\"timout\" is no parameter"},
        {"call", "{\"code\":1,\"service\":\"a\",\"from\":\"now\"}",
         "\"from\" is no parameter of call"},
        {"send", "{\"code\":1,\"service\":\"a\",\"timeout\":1}",
         "\"timeout\" is no parameter of send"},
        {"call", "{\"code\":-1,\"ref\":1}", "\"code\" is to be an integer from 0"},
        {"call", "{\"code\":4294967296,\"ref\":1}", "\"code\" is to be an integer"},
        {"call", "{\"code\":1.0,\"ref\":1}", "\"code\" is to be an integer"},
        {"call", "{\"code\":\"1\",\"ref\":1}", "\"code\" is to be an integer"},
        {"call", "{\"code\":\"\",\"ref\":1}", "\"code\" is to be an integer"},
        {"call", "{\"code\":\"mt\\u0052ead\",\"ref\":1}", "\"code\" is to be an integer"},
        {"call", "{\"code\":true,\"ref\":1}", "\"code\" is to be an integer"},
        {"call", "{\"code\":1,\"ref\":null}", "\"ref\" is to be an integer"},
        {"call", "{\"code\":1,\"service\":5}", "\"service\" is to be a string"},
        {"call", "{\"code\":1,\"service\":\"a\\u0000b\"}", "without a NUL"},
        {"call", "{\"code\":1,\"ref\":1,\"data\":5}", "\"data\" is to be an array"},
        {"call", "{\"code\":1,\"ref\":1,\"data\":\"eA==\"}", "\"data\" is to be an array"},
        {"write", "{\"path\":\"/x\",\"data\":[1]}", "\"data\" is to be a string of base64"},
        {"write", "{\"path\":\"/x\"}", "write needs one of \"data\" and \"text\""},
        {"write", "{\"path\":\"/x\",\"text\":\"\",\"create\":1}", "true or false"},
        {"read", "{\"offs\":1}", "read needs \"path\""},
        {"read", "{\"path\":\"/x\",\"offs\":-1}", "\"offs\" is to be an integer"},
        {"read", "{\"path\":\"/x\",\"offs\":1.5}", "\"offs\" is to be an integer"},
        {"read", "{\"path\":\"/x\",\"offs\":\"\"}", "\"offs\" is to be an integer"},
        {"call", "{\"code\":1,\"ref\":1,\"code\":1}", "\"code\" stands there twice"},
        {"call", "{\"c\\u006fde\":1,\"ref\":1,\"code\":1}", "is no parameter"},
        {"call", "{\"code\":1,\"ref\":1,\"family\":\"hdf\"}", "goes with \"service\" alone"},
        {"call", "[\"a\",1]", "by name"},
        {"cancel", "{}", "cancel needs \"id\""},
        {"cancel", "{\"id\":null}", "the id of a call"},
        {"cancel", "{\"id\":[1]}", "the id of a call"},
        {"release", "{\"count\":1}", "release needs \"ref\""},
        {"release", "{\"service\":\"a\",\"ref\":1}", "\"service\" is no parameter of release"},
        {"subscribe", "{\"from\":\"now\"}", "needs one of"},
        {"subscribe", "{\"service\":\"a\",\"from\":\"never\"}", "\"latest\", \"now\""},
        {"subscribe", "{\"service\":\"a\",\"from\":5}", "\"from\""},
        {"unsubscribe", "{}", "and \"subscription\""},
        {"unsubscribe", "{\"service\":\"a\",\"subscription\":1}", "needs one of"},
        {"watch", "{}", "needs one of"},
        {"unwatch", "{\"service\":\"a\",\"code\":1}", "\"code\" is no parameter of unwatch"},
        {"ping", "{\"x\":1}", "\"x\" is no parameter"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "{\"jsonrpc\":\"2.0\",\"id\":7,\"params\":%s,\"method\":\"%s\"}",
                       bad[i].params, bad[i].method);
        refuse(text, VIA_INVALID, -32602, bad[i].words);
        expect_span(request.id, "7");
        (void)snprintf(text, sizeof text,
                       "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":%s}",
                       bad[i].method, bad[i].params);
        refuse(text, VIA_INVALID, -32602, bad[i].words);
    }
}

static void a_long_name_is_shown_in_part(void **state)
{
    (void)state;
    char text[512];
    size_t size = (size_t)snprintf(text, sizeof text,
                                   "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"params\":{\"x");
    while (size < 300)
        size += (size_t)snprintf(text + size, sizeof text - size, "\xc3\xa9");
    (void)snprintf(text + size, sizeof text - size, "\":1}}");
    refuse(text, VIA_INVALID, -32602, "\xc3\xa9\" is no parameter");
}

static void where_a_subscription_starts(void **state)
{
    (void)state;
    struct jsonrpc_from from;
    assert_true(jsonrpc_from_read("now", 3, &from));
    assert_int_equal(from.start, JSONRPC_NOW);
    assert_true(jsonrpc_from_read("latest", 6, &from));
    assert_int_equal(from.start, JSONRPC_LATEST);
    assert_true(jsonrpc_from_read("5f3a:41", 7, &from));
    assert_int_equal(from.start, JSONRPC_SINCE);
    assert_int_equal(from.epoch, 0x5f3a);
    assert_int_equal(from.number, 41);
    assert_true(jsonrpc_from_read("ffffffffffffffff:18446744073709551615", 37, &from));
    assert_true(from.epoch == UINT64_MAX && from.number == UINT64_MAX);
    static const char *const bad[] = {"",
                                      "5f3a",
                                      ":41",
                                      "5f3a:",
                                      "5F3A:41",
                                      "g:1",
                                      "1:-1",
                                      "1:01",
                                      "1:1:1",
                                      " 1:1",
                                      "Now",
                                      "1:1 ",
                                      "10000000000000000:1",
                                      "1:18446744073709551616",
                                      "0x1:1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(jsonrpc_from_read(bad[i], strlen(bad[i]), &from));

    assert_int_equal(read_one("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{"
                              "\"service\":\"a\",\"from\":\"5f3a:41\"}}"),
                     VIA_OK);
    assert_int_equal(request.from.start, JSONRPC_SINCE);
    assert_int_equal(request.from.number, 41);
}

static void a_batch_is_read_one_by_one(void **state)
{
    (void)state;
    assert_int_equal(open_text("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}, 5,\n"
                               "{\"jsonrpc\":\"2.0\",\"method\":\"watch\",\"params\":{\"service\":"
                               "\"\\u0041\"}},{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"call\"}]"),
                     VIA_OK);
    assert_true(reader.batch);
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_OK);
    expect_span(request.id, "1");
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_INVALID);
    assert_int_equal(fault.code, -32600);
    assert_null(request.id.text);
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_OK);
    assert_null(request.id.text);
    expect_span(request.service, "A");
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_INVALID);
    assert_int_equal(fault.code, -32602);
    expect_span(request.id, "4");
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_END);
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_END);
}

static void a_bad_batch_has_one_answer_and_runs_nothing(void **state)
{
    (void)state;
    assert_int_equal(open_text("[]"), VIA_BAD_JSON);
    assert_int_equal(fault.code, -32600);
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_END);

    assert_int_equal(open_text("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"),
                     VIA_BAD_JSON);
    assert_int_equal(fault.code, -32700);
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_END);

    assert_int_equal(open_text("[1,2,3,4]"), VIA_OK);
    assert_int_equal(open_text("[1,2,3,4,5]"), VIA_BAD_JSON);
    assert_int_equal(fault.code, -32600);
    assert_int_equal(fault.status, VIA_TOO_LARGE);
    assert_string_equal(fault.text, "a batch of 5 requests: max_batch is 4");

    assert_int_equal(open_text("[1] x"), VIA_BAD_JSON);
    assert_int_equal(fault.code, -32700);
}

static void a_nested_batch_is_no_request(void **state)
{
    (void)state;
    assert_int_equal(open_text("[[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]]"), VIA_OK);
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_INVALID);
    assert_int_equal(jsonrpc_next(&reader, &request, &fault), VIA_END);
}

static void statuses_become_codes(void **state)
{
    (void)state;
    jsonrpc_fault_set(&fault, VIA_DEAD, VIA_CRASHED, "the service %s crashed", "a");
    assert_int_equal(fault.code, -32006);
    assert_int_equal(fault.status, VIA_DEAD);
    assert_int_equal(fault.cause, VIA_CRASHED);
    assert_string_equal(fault.text, "the service a crashed");
    jsonrpc_fault_set(&fault, VIA_BAD_CERTIFICATE, VIA_ALIVE, "no");
    assert_int_equal(fault.code, -32043);
    jsonrpc_fault_standard(&fault, JSONRPC_INTERNAL_ERROR, VIA_NO_MEMORY, "out of memory");
    assert_int_equal(fault.code, -32603);
}

#define TEST(name) cmocka_unit_test_teardown(name, close_text)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_the_call_of_the_protocol_page),
        TEST(order_and_space_do_not_matter),
        TEST(an_id_is_given_back_as_it_came),
        TEST(every_method_is_known_with_its_parameters),
        TEST(names_lose_their_escapes_and_ids_do_not),
        TEST(another_method_keeps_its_params_as_they_came),
        TEST(what_is_no_json_is_a_parse_error),
        TEST(any_cut_is_a_parse_error),
        TEST(what_is_no_request_is_an_invalid_request),
        TEST(other_members_are_let_be),
        TEST(a_code_may_have_a_name),
        TEST(bad_parameters_are_named),
        TEST(a_long_name_is_shown_in_part),
        TEST(where_a_subscription_starts),
        TEST(a_batch_is_read_one_by_one),
        TEST(a_bad_batch_has_one_answer_and_runs_nothing),
        TEST(a_nested_batch_is_no_request),
        TEST(statuses_become_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
