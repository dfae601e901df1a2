/*
 * A JSON session that listens, with a broker that says what it likes: what of that the client gets,
 * when the broker has its answer, and what is left when one of them goes.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_frames.h"
#include "codecs/portfolio_message.h"
#include "codecs/portfolio_pod.h"
#include "gateway/events.h"
#include "gateway/json_ports.h"
#include "gateway/router.h"
#include "include/portfolio/event.h"
#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct fake_session *broker, *other;
static struct gateway_object *object;
static struct json_session page;

/* ---- the client's end ---- */

static char answers[4096], records[16384], deaths[256];
static unsigned n_records;
static uint64_t n_put;
static bool is_full;

static void add(char *to, size_t room, const struct buffer *text)
{
    size_t size = strlen(to);
    assert_true(size + text->size < room);
    memcpy(to + size, text->data, text->size);
    to[size + text->size] = '\0';
}

static void answer(struct json_session *session, const struct buffer *text)
{
    (void)session;
    add(answers, sizeof answers, text);
}

static void answered(struct json_session *session)
{
    (void)session;
}

static enum via_status event(struct json_session *session, const struct jsonrpc_event *what,
                             const struct json_numbers *numbers)
{
    (void)session, (void)what, (void)numbers;
    return VIA_BUSY;
}

static enum via_status record(struct json_session *session, const struct jsonrpc_event *what,
                              uint64_t *endp)
{
    struct buffer *out = json_session_begin(session);
    if (is_full)
        return VIA_NO_MEMORY;
    assert_int_equal(jsonrpc_write_event(out, what, NULL), VIA_OK);
    add(records, sizeof records, out);
    n_put += out->size;
    n_records++;
    *endp = n_put;
    return VIA_OK;
}

static void death(struct json_session *session, const struct jsonrpc_source *source,
                  enum via_cause cause)
{
    struct buffer *out = json_session_begin(session);
    jsonrpc_write_death(out, source, cause);
    add(deaths, sizeof deaths, out);
}

static void close_it(struct json_session *session, enum frame_bye code, const char *why)
{
    (void)session, (void)code, (void)why;
}

static const struct json_outlet socket_outlet = {.answer = answer,
                                                 .answered = answered,
                                                 .event = event,
                                                 .record = record,
                                                 .death = death,
                                                 .close = close_it};
static const struct json_outlet stream_outlet = {
    .answer = answer, .answered = answered, .event = event, .death = death, .close = close_it};

/* ---- */

static void begin(const struct json_outlet *outlet)
{
    struct principal who;
    principal_set_remote(&who, "page", "192.0.2.1:1");
    gateway.config.limits.max_json_calls = 16;
    gateway.config.limits.max_json_refs = 16;
    gateway.config.limits.max_batch = 16;
    answers[0] = records[0] = deaths[0] = '\0';
    n_records = 0;
    n_put = 0;
    is_full = false;
    assert_int_equal(json_session_init(&page, &gateway, &who, outlet), VIA_OK);
}

static int init(void **state)
{
    static const struct directory_spec spec = {.family = "portfolio",
                                               .name = "eventbroker",
                                               .class_name = "event-broker",
                                               .protocol = "",
                                               .info = "",
                                               .mode = 0666};
    (void)state;
    fake_world_init(&gateway);
    buffer_init(&gateway.json_out, SIZE_MAX);
    buffer_init(&gateway.json_scratch, SIZE_MAX);
    buffer_init(&gateway.json_data, SIZE_MAX);
    broker = fake_session_create(&gateway);
    other = fake_session_create(&gateway);
    object = fake_object(broker, 1);
    assert_int_equal(
        directory_publish(&gateway.directory, &spec, object, &broker->session.principal), VIA_OK);
    begin(&socket_outlet);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    json_session_end(&page, VIA_LINK_LOST);
    objects_died(object, VIA_EXITED);
    objects_unref(object);
    fake_session_end(broker, VIA_EXITED, NULL, 0);
    fake_session_end(other, VIA_EXITED, NULL, 0);
    buffer_deinit(&gateway.json_out);
    buffer_deinit(&gateway.json_scratch);
    buffer_deinit(&gateway.json_data);
    fake_world_deinit(&gateway);
    return 0;
}

static void say(const char *text)
{
    char copy[512];
    answers[0] = '\0';
    (void)snprintf(copy, sizeof copy, "%s", text);
    json_session_receive(&page, copy, strlen(copy));
}

static void subscribe(void)
{
    say("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"subscribe\",\"params\":{\"service\":"
        "\"eventbroker\",\"configure\":{\"category\":\"LC_Observer\",\"trigger\":"
        "[\"ControlButtonUpdate\"],\"queueMax\":5}}}");
}

/* What the broker was asked last. */
static struct fake_note asked(void)
{
    assert_int_equal(broker->n_notes, 1);
    struct fake_note note = broker->notes[0];
    assert_int_equal(note.kind, 'C');
    broker->n_notes = 0;
    return note;
}

static void reply(const struct fake_note *note, int32_t result)
{
    uint8_t octets[64];
    struct portfolio_message request;
    assert_int_equal(
        portfolio_message_decode((const uint8_t *)note->body, note->body_size, &request, NULL),
        VIA_OK);
    const struct portfolio_answer said = {.kind = request.kind, .result = result};
    size_t size;
    assert_int_equal(portfolio_answer_size(&said, &size), VIA_OK);
    portfolio_answer_encode(&said, octets);
    const struct frame frame = {.kind = FRAME_REPLY,
                                .layout = VIA_LAYOUT_EVENT_BROKER,
                                .body = octets,
                                .body_size = (uint32_t)size};
    const struct message message = {.frame = &frame, .from = &broker->session};
    router_reply(&message, note->context);
}

/* Subscribes and is told so; returns the port. */
static struct gateway_object *listen_now(void)
{
    subscribe();
    struct fake_note note = asked();
    struct portfolio_message request;
    assert_int_equal(note.code, EB_Configure);
    assert_int_equal(note.n_refs, 1);
    assert_int_equal(
        portfolio_message_decode((const uint8_t *)note.body, note.body_size, &request, NULL),
        VIA_OK);
    assert_int_equal(request.size, sizeof(ConfigurationRequest));
    assert_string_equal(answers, "");
    reply(&note, 0);
    assert_non_null(page.ports);
    assert_int_equal(page.ports->object->number, request.reply_port);
    assert_non_null(strstr(answers, "\"subscription\":"));
    assert_non_null(strstr(answers, "\"listener\":"));
    return page.ports->object;
}

static enum via_status send_record(struct fake_session *from, struct gateway_object *port,
                                   uint32_t layout, uint32_t code)
{
    uint8_t data[64] = {EB_EventRecord}, octets[PORTFOLIO_MESSAGE_HEAD_MAX + 64];
    static const uint8_t a[] = {0, 0, 0, 8};
    const struct portfolio_frame pressed = {
        .number = EVENTNUM_ControlButtonUpdate, .pod = 1, .data = a, .size = 4, .is_trigger = 1};
    uint8_t *end = portfolio_frame_put(data + PORTFOLIO_FRAMES_AT, &pressed);
    const struct portfolio_message said = {.kind = PORTFOLIO_BUFFERED,
                                           .capacity = 64,
                                           .data = data,
                                           .size = (size_t)(end - data) + PORTFOLIO_FRAMES_END};
    size_t size;
    uint64_t context;
    assert_int_equal(portfolio_message_size(&said, &size), VIA_OK);
    portfolio_message_encode(&said, octets);
    const struct frame frame = {.kind = FRAME_CALL,
                                .layout = (uint16_t)layout,
                                .code = code,
                                .body = octets,
                                .body_size = (uint32_t)size};
    const struct message message = {.frame = &frame, .from = &from->session};
    return router_call(&message, port, 9, &context);
}

static enum via_status tell(struct gateway_object *port)
{
    return send_record(broker, port, VIA_LAYOUT_EVENT_BROKER, EB_EventRecord);
}

/* ---- tests ---- */

static void a_subscription_that_configures_makes_a_listener(void **state)
{
    (void)state;
    struct gateway_object *port = listen_now();
    assert_int_equal(tell(port), VIA_OK);
    assert_int_equal(n_records, 1);
    assert_non_null(strstr(records, "\"service\":\"eventbroker\""));
    assert_non_null(strstr(records, "\"seq\":1,\"event\":3,"));
    assert_non_null(strstr(records, "\"event\":\"ControlButtonUpdate\""));
    assert_non_null(strstr(records, "\"buttons\":[\"A\"]"));
    const struct directory_entry *name = directory_name_of(port);
    assert_non_null(name);
    assert_string_equal(name->spec.family, JSON_PORTS_FAMILY);
    assert_string_equal(name->spec.name, "page");
}

static void a_record_is_answered_once_it_is_written(void **state)
{
    (void)state;
    struct gateway_object *port = listen_now();
    assert_int_equal(tell(port), VIA_OK);
    uint64_t first = n_put;
    assert_int_equal(tell(port), VIA_OK);
    assert_int_equal(tell(port), VIA_OK);
    json_ports_written(&page, first - 1);
    assert_int_equal(broker->n_notes, 0);
    json_ports_written(&page, n_put - 1);
    assert_string_equal(fake_kinds(broker), "RR");
    json_ports_written(&page, n_put);
    assert_int_equal(broker->n_notes, 1);
    assert_int_equal(broker->notes[0].code, VIA_OK);
    assert_int_equal(broker->notes[0].id, 9);
    assert_string_equal(fake_kinds(broker), "R");
    json_ports_written(&page, n_put);
    assert_int_equal(broker->n_notes, 0);
}

static void one_that_asks_for_more_than_a_broker_may_is_told_so(void **state)
{
    (void)state;
    struct gateway_object *port = listen_now();
    for (unsigned i = 0; i < JSON_PORT_RECORDS_MAX; i++)
        assert_int_equal(tell(port), VIA_OK);
    assert_int_equal(tell(port), VIA_BUSY);
    json_ports_written(&page, n_put);
    assert_int_equal(strlen(fake_kinds(broker)), JSON_PORT_RECORDS_MAX);
    assert_int_equal(tell(port), VIA_OK);
    assert_int_equal(n_records, JSON_PORT_RECORDS_MAX + 1);
    json_ports_written(&page, n_put);
    (void)fake_kinds(broker);
}

static void nobody_but_its_broker_tells_it_anything(void **state)
{
    (void)state;
    struct gateway_object *port = listen_now();
    assert_int_equal(send_record(other, port, VIA_LAYOUT_EVENT_BROKER, EB_EventRecord),
                     VIA_UNSUPPORTED);
    assert_int_equal(send_record(broker, port, VIA_LAYOUT_RAW, EB_EventRecord), VIA_UNSUPPORTED);
    assert_int_equal(send_record(broker, port, VIA_LAYOUT_EVENT_BROKER, EB_SendEvent),
                     VIA_UNSUPPORTED);
    assert_int_equal(n_records, 0);
}

static void a_record_that_does_not_go_is_the_brokers_again(void **state)
{
    (void)state;
    struct gateway_object *port = listen_now();
    is_full = true;
    assert_int_equal(tell(port), VIA_NO_MEMORY);
    is_full = false;
    assert_int_equal(tell(port), VIA_OK);
    assert_non_null(strstr(records, "\"seq\":1,"));
    json_ports_written(&page, n_put);
    (void)fake_kinds(broker);
}

static void to_subscribe_again_is_to_configure_again(void **state)
{
    (void)state;
    struct gateway_object *port = listen_now();
    uint32_t number = port->number;
    assert_ptr_equal(listen_now(), port);
    assert_int_equal(port->number, number);
    assert_null(page.ports->next);
}

static void one_that_the_broker_refuses_is_none(void **state)
{
    (void)state;
    subscribe();
    struct fake_note note = asked();
    reply(&note, (int32_t)0xf14cd008);
    assert_null(strstr(answers, "\"subscription\""));
    assert_non_null(strstr(answers, "\"result\":-"));
    assert_non_null(strstr(answers, "\"error\":\"TEB-"));
    say("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"unsubscribe\",\"params\":{\"service\":"
        "\"eventbroker\"}}");
    assert_non_null(strstr(answers, "not_found"));
}

static void its_port_dies_when_it_listens_no_more(void **state)
{
    (void)state;
    struct gateway_object *port = listen_now();
    assert_int_equal(objects_reserve_hold(port), VIA_OK);
    objects_hold(port, &broker->session);
    assert_int_equal(tell(port), VIA_OK);
    say("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"unsubscribe\",\"params\":{\"service\":"
        "\"eventbroker\"}}");
    assert_non_null(strstr(answers, "{\"status\":0}"));
    assert_int_equal(broker->notes[0].code, VIA_DEAD);
    assert_string_equal(fake_kinds(broker), "RD");
    assert_int_equal(tell(port), VIA_DEAD);
    objects_let_go(port, &broker->session);
    assert_null(page.ports);
}

static void it_dies_with_the_session(void **state)
{
    (void)state;
    struct gateway_object *port = listen_now();
    assert_int_equal(objects_reserve_hold(port), VIA_OK);
    objects_hold(port, &broker->session);
    assert_int_equal(tell(port), VIA_OK);
    json_session_end(&page, VIA_LINK_LOST);
    assert_string_equal(fake_kinds(broker), "RD");
    objects_let_go(port, &broker->session);
}

static void its_brokers_death_is_told_once(void **state)
{
    (void)state;
    struct gateway_object *port = listen_now();
    (void)port;
    say("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"watch\",\"params\":{\"service\":"
        "\"eventbroker\"}}");
    objects_died(object, VIA_CRASHED);
    const char *told = strstr(deaths, "\"service\":\"eventbroker\"");
    assert_non_null(told);
    assert_null(strstr(told + 1, "\"service\""));
    subscribe(); /* there is none any more, and the port of the dead one goes */
    assert_non_null(strstr(answers, "not_found"));
}

static void a_death_without_a_watch_is_told_too(void **state)
{
    (void)state;
    (void)listen_now();
    objects_died(object, VIA_CRASHED);
    assert_non_null(strstr(deaths, "\"cause\":\"crashed\""));
}

static void messages_have_a_reply_port_and_do_not_listen(void **state)
{
    (void)state;
    say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"call\",\"params\":{\"service\":\"eventbroker\","
        "\"code\":\"EB_GetFocus\"}}");
    struct fake_note note = asked();
    assert_int_equal(note.code, EB_GetFocus);
    assert_int_equal(note.n_refs, 1);
    reply(&note, 0);
    assert_non_null(strstr(answers, "\"result\":0"));
    say("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"unsubscribe\",\"params\":{\"service\":"
        "\"eventbroker\"}}");
    assert_non_null(strstr(answers, "not_found"));
}

static void what_is_wrong_with_it_is_said(void **state)
{
    static const struct {
        const char *params, *words;
    } bad[] = {
        {"\"configure\":1", "object"},
        {"\"configure\":{\"category\":\"LC_Other\"}", "configure: "},
        {"\"configure\":{\"trigger\":[\"NoSuchEvent\"]}", "configure: "},
        {"\"configure\":{\"trigger\":true}", "configure: "},
        {"\"configure\":{\"colour\":1}", "configure: "},
        {"\"configure\":{},\"filter\":{}", "filter, policy and from do not go with it"},
        {"\"configure\":{},\"from\":\"latest\"", "filter, policy and from do not go with it"},
    };
    char text[512];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(text, sizeof text,
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{"
                       "\"service\":\"eventbroker\",%s}}",
                       bad[i].params);
        say(text);
        assert_non_null(strstr(answers, "-32602"));
        assert_non_null(strstr(answers, bad[i].words));
        assert_int_equal(broker->n_notes, 0);
    }
}

/* What the broker says of its own to all. */
static void emit(uint32_t layout, uint32_t code, const void *octets, size_t size)
{
    const struct frame frame = {.kind = FRAME_EVENT,
                                .layout = (uint16_t)layout,
                                .code = code,
                                .body = octets,
                                .body_size = (uint32_t)size};
    const struct message message = {.frame = &frame, .from = &broker->session};
    events_publish(object, &message);
}

static void expect_door(bool is_known)
{
    say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"service\":"
        "\"eventbroker\",\"configure\":{\"trigger\":[\"DOOR\"]}}}");
    if (is_known) {
        const struct fake_note note = asked();
        struct portfolio_message request;
        assert_int_equal(
            portfolio_message_decode((const uint8_t *)note.body, note.body_size, &request, NULL),
            VIA_OK);
        const uint8_t *mask =
            (const uint8_t *)request.data + offsetof(ConfigurationRequest, cr_TriggerMask);
        assert_int_equal(octets_get_u32(mask + 6 * sizeof(uint32_t)), 0x80000000); /* of 192 */
        reply(&note, 0);
    } else {
        assert_non_null(strstr(answers, "is the name of no event"));
    }
}

static void names_are_what_the_broker_has_said_last(void **state)
{
    static const uint8_t said[] = "\3\0\0\0\x80knock\0\xc0"
                                  "door";
    (void)state;
    expect_door(false);
    emit(VIA_LAYOUT_EVENT_BROKER, PORTFOLIO_EVENT_NAMES, said, sizeof said);
    expect_door(true);
    emit(VIA_LAYOUT_EVENT_BROKER, PORTFOLIO_POD_OUTPUT, "x", 1);
    expect_door(true);
    emit(VIA_LAYOUT_EVENT_BROKER, PORTFOLIO_EVENT_NAMES, said, 4);
    expect_door(false);
    for (size_t cut = 0; cut < sizeof said; cut++) { /* what is none tells nothing */
        emit(VIA_LAYOUT_EVENT_BROKER, PORTFOLIO_EVENT_NAMES, said, cut);
        expect_door(false);
    }
    emit(VIA_LAYOUT_RAW, PORTFOLIO_EVENT_NAMES, said, sizeof said);
    expect_door(false);
}

static void streams_and_other_services_have_no_listeners(void **state)
{
    static const struct directory_spec spec = {.family = "core",
                                               .name = "stage",
                                               .class_name = "",
                                               .protocol = "",
                                               .info = "",
                                               .mode = 0666};
    (void)state;
    struct gateway_object *stage = fake_object(other, 2);
    assert_int_equal(directory_publish(&gateway.directory, &spec, stage, &other->session.principal),
                     VIA_OK);
    say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"service\":\"stage\","
        "\"configure\":{}}}");
    assert_non_null(strstr(answers, "is for event brokers"));
    json_session_end(&page, VIA_EXITED);
    begin(&stream_outlet);
    subscribe();
    assert_non_null(strstr(answers, "needs a WebSocket"));
    objects_died(stage, VIA_EXITED);
    objects_unref(stage);
}

static void there_is_an_end_to_ports_and_numbers(void **state)
{
    struct json_port *port;
    struct gateway_object *peers[JSON_PORTS_MAX + 1];
    const struct jsonrpc_source source = {.ref = 1};
    (void)state;
    for (unsigned i = 0; i <= JSON_PORTS_MAX; i++) {
        peers[i] = fake_object(other, 10 + i);
        assert_int_equal(json_ports_get(&page, peers[i], &source, &port),
                         i < JSON_PORTS_MAX ? VIA_OK : VIA_BUSY);
    }
    objects_died(peers[0], VIA_EXITED);
    assert_int_equal(json_ports_get(&page, peers[0], &source, &port), VIA_DEAD);
    gateway.numbers.max = JSON_PORTS_MAX - 1;
    assert_int_equal(json_ports_get(&page, peers[JSON_PORTS_MAX], &source, &port), VIA_BUSY);
    gateway.numbers.max = JSON_PORTS_MAX;
    assert_int_equal(json_ports_get(&page, peers[JSON_PORTS_MAX], &source, &port), VIA_OK);
    for (unsigned i = 0; i <= JSON_PORTS_MAX; i++) {
        objects_died(peers[i], VIA_EXITED);
        objects_unref(peers[i]);
    }
    (void)fake_kinds(other);
    json_session_end(&page, VIA_EXITED);
    (void)fake_kinds(other);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, init, deinit)
        TEST(a_subscription_that_configures_makes_a_listener),
        TEST(a_record_is_answered_once_it_is_written),
        TEST(one_that_asks_for_more_than_a_broker_may_is_told_so),
        TEST(nobody_but_its_broker_tells_it_anything),
        TEST(a_record_that_does_not_go_is_the_brokers_again),
        TEST(to_subscribe_again_is_to_configure_again),
        TEST(one_that_the_broker_refuses_is_none),
        TEST(its_port_dies_when_it_listens_no_more),
        TEST(it_dies_with_the_session),
        TEST(its_brokers_death_is_told_once),
        TEST(a_death_without_a_watch_is_told_too),
        TEST(messages_have_a_reply_port_and_do_not_listen),
        TEST(what_is_wrong_with_it_is_said),
        TEST(names_are_what_the_broker_has_said_last),
        TEST(streams_and_other_services_have_no_listeners),
        TEST(there_is_an_end_to_ports_and_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
