/*
 * Rights with an event broker: for each thing that needs one, who has it may and who has not may
 * not, on this host everybody may; and what is taken from messages is taken from nothing else.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_frames.h"
#include "codecs/portfolio_message.h"
#include "codecs/portfolio_pod.h"
#include "gateway/broker_rights.h"
#include "gateway/router.h"
#include "include/portfolio/event.h"
#include "tests/unit/gateway/fake_world.h"

#define KEYS                                                                                       \
    ((uint32_t)(EVENTBIT0_KeyboardKeyPressed | EVENTBIT0_KeyboardKeyReleased |                     \
                EVENTBIT0_KeyboardUpdate | EVENTBIT0_KeyboardDataArrived |                         \
                EVENTBIT0_CharacterEntered | EVENTBIT0_IRKeyPressed | EVENTBIT0_IRKeyReleased))
#define DATA_MAX 1100u

static struct gateway gateway;
static struct fake_session *far, *near, *server;
static struct gateway_object *broker, *port, *listener;

static int init(void **state)
{
    static const struct directory_spec spec = {.family = "portfolio",
                                               .name = "eventbroker",
                                               .class_name = "event-broker",
                                               .protocol = "",
                                               .info = "",
                                               .mode = 0666};
    static const struct directory_spec port_spec = {.family = "portfolio",
                                                    .name = "someone",
                                                    .class_name = "portfolio-port",
                                                    .protocol = "",
                                                    .info = "",
                                                    .mode = 0666};
    (void)state;
    fake_world_init(&gateway);
    far = fake_session_create(&gateway);
    principal_set_remote(&far->session.principal, "tablet", "192.0.2.1:1");
    near = fake_session_create(&gateway);
    server = fake_session_create(&gateway);
    broker = fake_object(server, 1);
    port = fake_object(server, 2);
    listener = fake_object(far, 3);
    assert_int_equal(
        directory_publish(&gateway.directory, &spec, broker, &server->session.principal), VIA_OK);
    assert_int_equal(
        directory_publish(&gateway.directory, &port_spec, port, &server->session.principal),
        VIA_OK);
    return 0;
}

static void forget_rules(void)
{
    for (unsigned i = 0; i < gateway.config.n_broker_rules; i++)
        broker_rule_deinit(&gateway.config.broker_rules[i]);
    gateway.config.n_broker_rules = 0;
}

static int deinit(void **state)
{
    struct gateway_object **const objects[] = {&broker, &port, &listener};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        objects_died(*objects[i], VIA_EXITED);
        objects_unref(*objects[i]);
    }
    fake_session_end(far, VIA_EXITED, NULL, 0);
    fake_session_end(near, VIA_EXITED, NULL, 0);
    fake_session_end(server, VIA_EXITED, NULL, 0);
    forget_rules();
    free(gateway.config.broker_rules);
    gateway.config.broker_rules = NULL;
    fake_world_deinit(&gateway);
    return 0;
}

/* The only rule there is; NULL: none. */
static void rule(const char *text)
{
    static char words[256];
    forget_rules();
    if (text == NULL)
        return;
    if (gateway.config.broker_rules == NULL)
        gateway.config.broker_rules = calloc(1, sizeof(struct broker_rule));
    assert_non_null(gateway.config.broker_rules);
    assert_int_equal(broker_rule_read(text, gateway.config.broker_rules, words, sizeof words),
                     VIA_OK);
    gateway.config.n_broker_rules = 1;
}

/* ---- messages ---- */

/* What the server's last message had for data; forgotten at the next. */
static struct portfolio_message got;
static char got_octets[sizeof((struct fake_note *)0)->body];

static enum via_status pass(struct fake_session *from, struct gateway_object *to, uint32_t code,
                            const uint8_t *octets, size_t size)
{
    const struct frame frame = {.kind = FRAME_CALL,
                                .layout = VIA_LAYOUT_EVENT_BROKER,
                                .code = code,
                                .body = octets,
                                .body_size = (uint32_t)size};
    const struct message message = {.frame = &frame, .from = &from->session};
    struct fake_session *owner = to == listener ? far : server;
    uint64_t context;
    enum via_status status = router_call(&message, to, 1, &context);
    assert_int_equal(owner->n_notes, status == VIA_OK ? 1 : 0);
    if (status == VIA_OK) {
        assert_int_equal(owner->notes[0].body_size, size);
        memcpy(got_octets, owner->notes[0].body, sizeof got_octets);
    }
    owner->n_notes = 0;
    return status;
}

static enum via_status send_to(struct fake_session *from, struct gateway_object *to, uint32_t code,
                               const void *data, size_t size)
{
    uint8_t octets[PORTFOLIO_MESSAGE_HEAD_MAX + DATA_MAX];
    const struct portfolio_message message = {
        .kind = PORTFOLIO_BUFFERED, .capacity = DATA_MAX, .data = data, .size = size};
    size_t whole;
    assert_int_equal(portfolio_message_size(&message, &whole), VIA_OK);
    portfolio_message_encode(&message, octets);
    enum via_status status = pass(from, to, code, octets, whole);
    if (status == VIA_OK && whole < sizeof got_octets)
        assert_int_equal(portfolio_message_decode((const uint8_t *)got_octets, whole, &got, NULL),
                         VIA_OK);
    return status;
}

static enum via_status ask(struct fake_session *from, uint32_t flavor)
{
    uint8_t data[108] = {0};
    octets_put_u32(data, flavor);
    return send_to(from, broker, flavor, data, sizeof data);
}

static enum via_status configure(struct fake_session *from, uint32_t category, uint32_t trigger,
                                 uint32_t capture)
{
    uint8_t data[sizeof(ConfigurationRequest)] = {0};
    octets_put_u32(data, EB_Configure);
    octets_put_u32(data + 4, category);
    octets_put_u32(data + 8, trigger);
    octets_put_u32(data + 12, 0x12345678);
    octets_put_u32(data + 40, capture);
    return send_to(from, broker, EB_Configure, data, sizeof data);
}

static enum via_status send_event(struct fake_session *from, uint8_t event)
{
    uint8_t data[64] = {0};
    const struct portfolio_frame frame = {.number = event, .data = data, .size = 4};
    octets_put_u32(data, EB_SendEvent);
    uint8_t *end = portfolio_frame_put(data + PORTFOLIO_FRAMES_AT, &frame);
    return send_to(from, broker, EB_SendEvent, data, (size_t)(end - data) + 4);
}

/* ---- tests ---- */

static void what_only_looks_needs_no_right(void **state)
{
    static const uint32_t flavors[] = {EB_NoOp,     EB_DescribePods,  EB_GetListeners,
                                       EB_GetFocus, EB_RegisterEvent, EB_MakeTable,
                                       EB_UnlockPod};
    (void)state;
    rule(NULL);
    for (size_t i = 0; i < sizeof flavors / sizeof *flavors; i++)
        assert_int_equal(ask(far, flavors[i]), VIA_OK);
    assert_int_equal(configure(far, LC_Observer, EVENTBIT0_ControlButtonUpdate, 0), VIA_OK);
    assert_int_equal(configure(far, LC_NoSeeUm, 0, 0), VIA_OK);
}

static void what_changes_something_needs_its_own(void **state)
{
    static const struct {
        uint32_t flavor;
        const char *right;
    } needs[] = {
        {EB_SetFocus, "EB_SetFocus"},       {EB_SendEvent, "EB_SendEvent"},
        {EB_IssuePodCmd, "EB_IssuePodCmd"}, {EB_WritePodData, "EB_WritePodData"},
        {EB_LockPod, "EB_LockPod"},         {EB_ReadPodData, "keys"},
        {PORTFOLIO_POD_ATTACH, "inject"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        for (size_t j = 0; j < sizeof needs / sizeof *needs; j++) {
            char text[64];
            (void)snprintf(text, sizeof text, "tab*: %s", needs[j].right);
            rule(text);
            if (needs[i].flavor == PORTFOLIO_POD_ATTACH)
                continue;
            assert_int_equal(ask(far, needs[i].flavor), i == j ? VIA_OK : VIA_DENIED);
        }
        rule("tablet: all");
        assert_int_equal(ask(far, needs[i].flavor), VIA_OK);
        rule("phone: all");
        assert_int_equal(ask(far, needs[i].flavor),
                         needs[i].flavor == PORTFOLIO_POD_ATTACH ? VIA_OK : VIA_DENIED);
        rule(NULL);
        assert_int_equal(ask(near, needs[i].flavor), VIA_OK);
    }
}

/* The code is the sender's word alone. */
static void another_code_gives_no_right(void **state)
{
    uint8_t data[8] = {EB_SetFocus};
    (void)state;
    rule(NULL);
    assert_int_equal(send_to(far, broker, 0, data, sizeof data), VIA_DENIED);
    assert_int_equal(send_to(far, broker, EB_GetFocus, data, sizeof data), VIA_DENIED);
    assert_int_equal(send_to(far, broker, PORTFOLIO_POD_STATE, data, sizeof data), VIA_DENIED);
}

static void a_port_that_is_no_broker_is_sent_anything(void **state)
{
    uint8_t data[8] = {EB_SetFocus};
    (void)state;
    rule(NULL);
    assert_int_equal(send_to(far, port, EB_SetFocus, data, sizeof data), VIA_OK);
}

static void a_pod_needs_inject(void **state)
{
    static const struct portfolio_pod_attach attach = {.type = 0x80, .name = "pad"};
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    size_t size = portfolio_pod_put_attach(&attach, octets);
    (void)state;
    assert_true(size > 0);
    rule("tablet: focus keys EB_SendEvent");
    assert_int_equal(pass(far, broker, PORTFOLIO_POD_ATTACH, octets, size), VIA_DENIED);
    rule("tablet: inject");
    assert_int_equal(pass(far, broker, PORTFOLIO_POD_ATTACH, octets, size), VIA_OK);
    rule(NULL);
    assert_int_equal(pass(near, broker, PORTFOLIO_POD_ATTACH, octets, size), VIA_OK);
}

static void to_listen_with_the_focus_needs_focus(void **state)
{
    static const uint32_t categories[] = {LC_FocusListener, LC_FocusUI, 4, 0xffffffff};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        rule("tablet: keys EB_SetFocus");
        assert_int_equal(configure(far, categories[i], 0, 0), VIA_DENIED);
        rule("tablet: focus");
        assert_int_equal(configure(far, categories[i], 0, 0), VIA_OK);
        assert_int_equal(configure(near, categories[i], 0, 0), VIA_OK);
    }
}

static void bits_of_keys_go_from_both_masks_and_no_others(void **state)
{
    (void)state;
    rule("tablet: focus");
    uint64_t before = gateway.audit.n_refused;
    assert_int_equal(configure(far, LC_Observer, 0xffffffff, KEYS | 0x20000000), VIA_OK);
    const uint8_t *data = got.data;
    assert_int_equal(octets_get_u32(data), EB_Configure);
    assert_int_equal(octets_get_u32(data + 4), LC_Observer);
    assert_int_equal(octets_get_u32(data + 8), (uint32_t)~KEYS);
    assert_int_equal(octets_get_u32(data + 12), 0x12345678);
    assert_int_equal(octets_get_u32(data + 40), 0x20000000);
    assert_int_equal(gateway.audit.n_refused, before + 1);

    assert_int_equal(configure(far, LC_Observer, (uint32_t)~KEYS, 0), VIA_OK);
    assert_int_equal(gateway.audit.n_refused, before + 1);
    rule("tablet: keys");
    assert_int_equal(configure(far, LC_Observer, KEYS, 0), VIA_OK);
    assert_int_equal(octets_get_u32((const uint8_t *)got.data + 8), KEYS);
    assert_int_equal(configure(near, LC_Observer, KEYS, 0), VIA_OK);
    assert_int_equal(octets_get_u32((const uint8_t *)got.data + 8), KEYS);
}

static void the_systems_events_need_inject_too(void **state)
{
    (void)state;
    rule("tablet: EB_SendEvent");
    assert_int_equal(send_event(far, EVENTNUM_ControlButtonPressed), VIA_DENIED);
    assert_int_equal(send_event(far, 130), VIA_OK);
    rule("tablet: inject");
    assert_int_equal(send_event(far, 130), VIA_DENIED);
    rule("tablet: inject, EB_SendEvent");
    assert_int_equal(send_event(far, EVENTNUM_ControlButtonPressed), VIA_OK);
}

/* A record that makes up for lost ones has the state of every pod, whatever its masks. */
static void a_record_has_no_keys_for_whom_they_are_not(void **state)
{
    static const uint8_t pressed[32] = {0xff, 0x80, [31] = 1};
    uint8_t data[DATA_MAX] = {EB_EventRecord};
    const struct portfolio_frame overflow = {.number = EVENTNUM_EventQueueOverflow,
                                             .data = pressed};
    const struct portfolio_frame keyboard = {
        .number = EVENTNUM_KeyboardUpdate, .pod = 2, .data = pressed, .size = 32};
    const struct portfolio_frame pad = {
        .number = EVENTNUM_ControlButtonUpdate, .pod = 1, .data = pressed, .size = 4};
    uint8_t *end = portfolio_frame_put(data + PORTFOLIO_FRAMES_AT, &overflow);
    uint8_t *place = end + PORTFOLIO_FRAME_HEAD;
    (void)state;
    end = portfolio_frame_put(end, &keyboard);
    uint8_t *pads = end + PORTFOLIO_FRAME_HEAD;
    end = portfolio_frame_put(end, &pad) + PORTFOLIO_FRAMES_END;
    size_t size = (size_t)(end - data);

    rule("tablet: keys");
    assert_int_equal(send_to(server, listener, EB_EventRecord, data, size), VIA_OK);
    assert_memory_equal(got.data, data, size);
    rule("tablet: focus inject EB_SetFocus");
    assert_int_equal(send_to(server, listener, EB_EventRecord, data, size), VIA_OK);
    assert_memory_equal((const uint8_t *)got.data + (pads - data), pressed, 4);
    assert_memory_not_equal(got.data, data, size);
    memset(place, 0, 32);
    assert_memory_equal(got.data, data, size);
    data[PORTFOLIO_FRAMES_AT] = 3; /* no frame is so short */
    assert_int_equal(send_to(server, listener, EB_EventRecord, data, size), VIA_BAD_PAYLOAD);
}

static void what_is_no_message_goes_no_further(void **state)
{
    uint8_t octets[PORTFOLIO_MESSAGE_HEAD_MAX + 16];
    const struct portfolio_message message = {.data = "\1\0\0", .size = 4};
    size_t whole;
    (void)state;
    rule("tablet: all");
    assert_int_equal(portfolio_message_size(&message, &whole), VIA_OK);
    portfolio_message_encode(&message, octets);
    for (size_t size = 0; size < whole; size++)
        assert_int_not_equal(pass(far, broker, EB_Configure, octets, size), VIA_OK);
    assert_int_equal(pass(far, broker, EB_Configure, octets, whole), VIA_OK);
}

static void a_rule_says_who_and_what(void **state)
{
    static const char *const bad[] = {
        "", "tablet", ": all", "tablet: everything", "tablet: FOCUS", "tablet: focus;keys"};
    struct broker_rule read;
    char words[256];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        words[0] = '\0';
        assert_int_equal(broker_rule_read(bad[i], &read, words, sizeof words), VIA_INVALID);
        assert_string_not_equal(words, "");
    }
    assert_int_equal(broker_rule_read("urn:a:b: focus,keys", &read, words, sizeof words), VIA_OK);
    assert_string_equal(read.identity, "urn:a:b");
    assert_int_equal(read.rights, BROKER_FOCUS | BROKER_KEYS);
    broker_rule_deinit(&read);
    assert_int_equal(broker_rule_read("*:", &read, words, sizeof words), VIA_OK);
    assert_int_equal(read.rights, 0);
    broker_rule_deinit(&read);
}

static void what_is_looked_into_is_put_together_first(void **state)
{
    struct frame head = {.kind = FRAME_CALL, .layout = VIA_LAYOUT_EVENT_BROKER};
    (void)state;
    assert_true(broker_rights_concern(&far->session, &server->session, &head));
    assert_false(broker_rights_concern(&near->session, &server->session, &head));
    assert_false(broker_rights_concern(&near->session, &far->session, &head));
    head.code = EB_EventRecord;
    assert_true(broker_rights_concern(&near->session, &far->session, &head));
    assert_true(broker_rights_concern(&far->session, NULL, &head));
    head.layout = VIA_LAYOUT_RAW;
    assert_false(broker_rights_concern(&far->session, &server->session, &head));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_only_looks_needs_no_right, init, deinit),
        cmocka_unit_test_setup_teardown(what_changes_something_needs_its_own, init, deinit),
        cmocka_unit_test_setup_teardown(another_code_gives_no_right, init, deinit),
        cmocka_unit_test_setup_teardown(a_port_that_is_no_broker_is_sent_anything, init, deinit),
        cmocka_unit_test_setup_teardown(a_pod_needs_inject, init, deinit),
        cmocka_unit_test_setup_teardown(to_listen_with_the_focus_needs_focus, init, deinit),
        cmocka_unit_test_setup_teardown(bits_of_keys_go_from_both_masks_and_no_others, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(the_systems_events_need_inject_too, init, deinit),
        cmocka_unit_test_setup_teardown(a_record_has_no_keys_for_whom_they_are_not, init, deinit),
        cmocka_unit_test_setup_teardown(what_is_no_message_goes_no_further, init, deinit),
        cmocka_unit_test(a_rule_says_who_and_what),
        cmocka_unit_test_setup_teardown(what_is_looked_into_is_put_together_first, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
