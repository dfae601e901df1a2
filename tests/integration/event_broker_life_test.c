/*
 * viaduct-event-broker as a program: its options and rights, its clock, what is no message, and
 * gateways that go.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_message.h"
#include "include/portfolio/event.h"
#include "tests/integration/event_broker_world.h"

#define UPDATE EVENTBIT0_ControlButtonUpdate
#define FOCUS (EVENTBIT0_GivingFocus | EVENTBIT0_LosingFocus)
#define BAD_ITEM ((int32_t)0xf14cd001)
#define NOT_OWNER ((int32_t)0xf14cd012)
#define NOT_PRIVILEGED ((int32_t)0xf14cd004)
#define NOT_SUPPORTED ((int32_t)0xf14cd010)
#define NO_MEM ((int32_t)0xf14cd006)

static void who_is_far_may_not_inject_nor_read_keys(void **state)
{
    (void)state;
    struct world_broker broker;
    struct client far, near;
    uint8_t send[4 + 36] = {EB_SendEvent};
    world_step(&broker);
    world_open(&far, true);
    world_open(&near, false);
    assert_int_equal(client_attach(&far, PODID_3DO_MOUSE, 0, NULL), NOT_PRIVILEGED);
    assert_true(world_audit_has(&broker, "\"refused\":\"pod\""));
    assert_true(world_audit_has(&broker, "\"identity\":\"client\""));
    assert_int_equal(client_step(&far, 1), NOT_PRIVILEGED);
    octets_put_u32(send + 4, 36);
    send[4 + 16] = EVENTNUM_CharacterEntered;
    assert_int_equal(client_ask(&far, send, sizeof send), NOT_PRIVILEGED);
    assert_true(world_audit_has(&broker, "EB_SendEvent"));
    assert_false(world_audit_has(&broker, "\"refused\":\"keys\""));
    assert_int_equal(client_listen(&far, LC_Observer, EVENTBIT0_CharacterEntered | UPDATE, 0, 0),
                     0);
    assert_true(world_audit_has(&broker, "\"refused\":\"keys\""));
    assert_int_equal(client_listen(&near, LC_Observer, EVENTBIT0_CharacterEntered | UPDATE, 0, 0),
                     0);
    assert_int_equal(client_ask(&near, send, sizeof send), 0);
    assert_string_equal(world_heard(&near), "18:0");
    send[4 + 16] = EVENTNUM_ControlButtonUpdate;
    assert_int_equal(client_ask(&near, send, sizeof send), 0);
    assert_string_equal(world_heard(&far), "3:0"); /* the first that it hears */
    assert_string_equal(world_heard(&near), "3:0");
    assert_int_equal(client_attach(&near, PODID_3DO_KEYBOARD, 0, NULL), 1);
    assert_int_equal(client_pod(&far, EB_ReadPodData, 1, 0, NULL, 0), NOT_PRIVILEGED);
    assert_int_equal(client_pod(&near, EB_ReadPodData, 1, 0, NULL, 0), 0);
    client_close(&far);
    client_close(&near);
    world_stop(&broker);
}

static void rules_say_what_who_is_far_may(void **state)
{
    (void)state;
    static const char *const more[] = {"--step",  "--allow",         "other=focus",
                                       "--allow", "cl*=inject,keys", NULL};
    struct world_broker broker;
    struct client far;
    uint8_t send[4 + 36] = {EB_SendEvent};
    world_start(&broker, more);
    world_open(&far, true);
    assert_int_equal(client_listen(&far, LC_FocusUI, 0, 0, 0), NOT_PRIVILEGED);
    assert_int_equal(client_listen(&far, LC_Observer, EVENTBIT0_CharacterEntered, 0, 0), 0);
    octets_put_u32(send + 4, 36);
    send[4 + 16] = EVENTNUM_CharacterEntered;
    assert_int_equal(client_ask(&far, send, sizeof send), 0);
    assert_string_equal(world_heard(&far), "18:0");
    const uint8_t *frame = far.octets + 4;
    assert_int_equal(octets_get_u32(frame + 4), 1); /* its host */
    assert_int_equal(octets_get_u32(frame + 12), far.number);
    assert_int_equal(client_attach(&far, PODID_3DO_MOUSE, 0, NULL), 1);
    client_close(&far);
    world_stop(&broker);
}

/* As EB_GetListeners gives it to everybody. */
static void ask_by_port_of(struct client *thief, const struct client *victim)
{
    assert_int_equal(client_ask_header(thief, EB_GetListeners), 0);
    for (size_t at = 8; at < thief->size; at += 8)
        if (octets_get_u32(thief->octets + at) == victim->number) {
            struct via_proxy *port =
                via_parcel_ref_at(thief->answer, PORTFOLIO_ANSWER_HEAD_SIZE + at, NULL);
            assert_non_null(port);
            (void)via_proxy_unref(thief->port);
            thief->port = via_proxy_ref(port);
            thief->number = victim->number;
            return;
        }
    fail();
}

static void who_is_far_asks_by_its_own_port_alone(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        struct world_broker broker;
        struct client victim, thief;
        world_step(&broker);
        world_open(&victim, far != 0);
        world_open(&thief, true);
        struct client pad;
        world_open(&pad, false);
        assert_int_equal(client_attach(&pad, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        assert_int_equal(client_listen(&victim, LC_FocusListener, UPDATE, 0, 0), 0);
        assert_int_equal(client_pod(&victim, EB_LockPod, 1, 0, NULL, 0), 0);
        ask_by_port_of(&thief, &victim);
        assert_int_equal(client_listen(&thief, LC_NoSeeUm, 0, 0, 0), BAD_ITEM);
        assert_true(world_audit_has(&broker, "\"refused\":\"reply port\""));
        assert_int_equal(client_pod(&thief, EB_UnlockPod, 1, 0, NULL, 0), BAD_ITEM);
        assert_int_equal(client_pod(&thief, EB_IssuePodCmd, 1, 0, "\4\0\3", 3), NOT_OWNER);
        assert_int_equal(client_press(&pad, 1, ControlA), 0);
        assert_int_equal(client_step(&pad, 1), 0);
        assert_string_equal(world_heard(&victim), "3:8000000");
        assert_int_equal(client_pod(&victim, EB_UnlockPod, 1, 0, NULL, 0), 0);
        client_close(&thief);
        client_close(&victim);
        client_close(&pad);
        world_stop(&broker);
    }
}

static void fields_go_by_the_clock_while_somebody_wants_them(void **state)
{
    (void)state;
    static const char *const more[] = {"--field-hz", "50", NULL};
    struct world_broker broker;
    struct client client;
    world_start(&broker, more);
    world_open(&client, false);
    assert_int_equal(client_step(&client, 1), NOT_SUPPORTED);
    assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    assert_int_equal(client_listen(&client, LC_Observer, EVENTBIT0_ControlButtonArrived, 0, 20), 0);
    uint32_t last = 0;
    for (unsigned i = 0; i < 10; i++) {
        assert_string_equal(world_heard(&client), "4:0");
        const uint32_t time = octets_get_u32(client.octets + 4 + 8);
        assert_true(time > last);
        last = time;
    }
    assert_int_equal(client_listen(&client, LC_Observer, UPDATE, 0, 20), 0);
    while (!client_has_none(&client))
        ;
    assert_int_equal(client_press(&client, 1, ControlA), 0);
    assert_int_equal(client_press(&client, 1, 0), 0);
    assert_string_equal(world_heard(&client), "3:8000000");
    const uint32_t pressed = octets_get_u32(client.octets + 4 + 8);
    assert_string_equal(world_heard(&client), "3:0");
    assert_true(octets_get_u32(client.octets + 4 + 8) > pressed);
    client_close(&client);
    world_stop(&broker);
}

static void without_a_clock_each_change_is_a_field(void **state)
{
    (void)state;
    static const char *const more[] = {"--field-hz", "0", NULL};
    struct world_broker broker;
    struct client client;
    world_start(&broker, more);
    world_open(&client, false);
    assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    assert_int_equal(client_listen(&client, LC_Observer, UPDATE, 0, 20), 0);
    for (uint32_t i = 0; i < 50; i++) {
        assert_int_equal(client_press(&client, 1, i % 2 == 0 ? ControlA : 0), 0);
        assert_string_equal(world_heard(&client), i % 2 == 0 ? "3:8000000" : "3:0");
        assert_int_equal(octets_get_u32(client.octets + 4 + 8), i + 2);
    }
    client_close(&client);
    world_stop(&broker);
}

static void what_is_no_message_is_refused_and_the_broker_goes_on(void **state)
{
    (void)state;
    struct world_broker broker;
    struct client client;
    struct via_parcel *parcel;
    static const enum via_layout layouts[] = {VIA_LAYOUT_RAW, VIA_LAYOUT_EVENT_BROKER};
    world_step(&broker);
    world_open(&client, false);
    for (size_t i = 0; i < 2; i++) {
        for (uint32_t code = 0; code < 0x110; code++) {
            uint8_t octets[40];
            memset(octets, (int)(code & 0xff), sizeof octets);
            octets[0] = (uint8_t)(code % 5);
            memset(octets + 1, 0, 3);
            assert_int_equal(via_parcel_create(&parcel), VIA_OK);
            via_parcel_set_layout(parcel, layouts[i]);
            assert_int_equal(
                via_parcel_append(parcel, octets, code % sizeof octets, VIA_TAG_PAD, NULL), VIA_OK);
            assert_int_not_equal(via_proxy_call(client.broker, code, parcel, 20000, NULL, NULL),
                                 VIA_OK);
            (void)via_parcel_unref(parcel);
        }
    }
    /* a message whose code is not its flavor; who sends 0 knows of no code */
    uint8_t octets[64];
    static const uint8_t header[] = {EB_DescribePods, 0, 0, 0};
    const struct portfolio_message message = {
        .kind = PORTFOLIO_STANDARD, .data = header, .size = sizeof header};
    size_t size;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_OK);
    portfolio_message_encode(&message, octets);
    for (uint32_t code = 0; code < 40; code++) {
        assert_int_equal(via_parcel_create(&parcel), VIA_OK);
        via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
        assert_int_equal(via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL), VIA_OK);
        const bool is_served = code == 0 || code == EB_DescribePods;
        struct via_parcel *reply = NULL;
        assert_int_equal(via_proxy_call(client.broker, code, parcel, 20000, NULL, &reply),
                         is_served ? VIA_OK : VIA_BAD_PAYLOAD);
        if (is_served) /* a standard message has no room for the answer */
            assert_int_equal(octets_get_u32(via_parcel_data(reply) + PORTFOLIO_ANSWER_RESULT_AT),
                             0xf14cd006);
        (void)via_parcel_unref(reply);
        (void)via_parcel_unref(parcel);
    }
    assert_int_equal(client_ask_header(&client, EB_NoOp), 0);
    client_close(&client);
    world_stop(&broker);
}

static void several_brokers_are_there_by_their_names(void **state)
{
    (void)state;
    static const char *const more[] = {"--step", "--name", "second", NULL};
    struct world_broker first, second;
    struct client one, two;
    world_step(&first);
    world_start(&second, more);
    world_open(&one, false);
    client_open(&two, &world_gateway, false, "second", NULL);
    assert_int_equal(client_attach(&two, PODID_3DO_MOUSE, 0, NULL), 1);
    assert_int_equal(client_ask_header(&one, EB_DescribePods), 0);
    assert_int_equal(one.size, 8);
    client_close(&one);
    client_close(&two);
    world_stop(&second);
    world_stop(&first);
}

static void it_is_there_again_when_the_gateway_is(void **state)
{
    (void)state;
    struct world_broker broker;
    struct client client;
    world_step(&broker);
    world_open(&client, false);
    assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, "pad"), 1);
    assert_int_equal(client_listen(&client, LC_FocusUI, UPDATE, 0, 0), 0);
    client_close(&client);
    daemon_kill(&world_gateway);
    daemon_start(&world_gateway);
    world_open(&client, true);
    while (client_ask_header(&client, EB_DescribePods) == 0 && client.size != 8)
        ; /* its provider has gone */
    assert_int_equal(client_listen(&client, LC_FocusUI, FOCUS, 0, 0), 0);
    assert_int_equal(client_ask_header(&client, EB_GetListeners), 0);
    assert_int_equal(client.size, 8 + 8);
    client_close(&client);
    world_stop(&broker);
}

static int run(const char *const *arguments, bool with_gateway)
{
    static struct spoken spoken;
    char path[256];
    struct settings settings;
    static const char *const nowhere[] = {"VIADUCT_GATEWAY=unix:/nowhere", NULL};
    const char *argv[8] = {process_program(path, "viaduct-event-broker")};
    for (size_t i = 0; arguments[i] != NULL; i++)
        argv[i + 1] = arguments[i];
    daemon_settings(&world_gateway, false, &settings);
    process_run(&spoken, argv, with_gateway ? settings.list : nowhere);
    return spoken.exit;
}

/* Asks something as if it were another port of @client's. */
static enum via_status ask_from_another_port(struct client *client)
{
    static const struct via_stub_ops none = {.size = sizeof none};
    static const uint8_t header[] = {EB_GetFocus, 0, 0, 0};
    struct portfolio_message message = {
        .kind = PORTFOLIO_STANDARD, .data = header, .size = sizeof header};
    struct via_stub *stub;
    struct via_parcel *parcel;
    uint8_t octets[64];
    size_t size;
    assert_int_equal(via_stub_create(client->node, &none, NULL, &stub), VIA_OK);
    assert_int_equal(via_stub_number(stub, 0, &message.reply_port), VIA_OK);
    struct via_proxy *proxy = via_stub_proxy(stub);
    assert_int_equal(portfolio_message_size(&message, &size), VIA_OK);
    portfolio_message_encode(&message, octets);
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    assert_int_equal(via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL), VIA_OK);
    assert_int_equal(via_parcel_add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, proxy, 0), VIA_OK);
    const enum via_status status =
        via_proxy_call(client->broker, EB_GetFocus, parcel, 20000, NULL, NULL);
    (void)via_parcel_unref(parcel);
    (void)via_proxy_unref(proxy);
    (void)via_stub_unref(stub);
    return status;
}

static int32_t register_event(struct client *client, char letter)
{
    uint8_t octets[264] = {EB_RegisterEvent};
    octets[8] = (uint8_t)letter;
    return client_ask(client, octets, sizeof octets);
}

static void one_client_has_its_limits_and_others_have_theirs(void **state)
{
    (void)state;
    static const char *const more[] = {"--step", "--client-ports",  "1", "--client-pods",
                                       "1",      "--client-events", "1", NULL};
    struct world_broker broker;
    struct client one, two;
    world_start(&broker, more);
    world_open(&one, false);
    world_open(&two, false);
    assert_int_equal(client_attach(&one, PODID_3DO_MOUSE, 0, NULL), 1);
    assert_int_equal(client_attach(&one, PODID_3DO_MOUSE, 0, NULL), NO_MEM);
    assert_true(world_audit_has(&broker, "it has as many pods as a client may, 1: --client-pods"));
    assert_int_equal(register_event(&one, 'a'), 192);
    assert_int_equal(register_event(&one, 'b'), NO_MEM);
    assert_true(world_audit_has(&broker, "--client-events"));
    assert_int_equal(ask_from_another_port(&one), VIA_BUSY);
    assert_true(world_audit_has(&broker, "--client-ports"));
    assert_int_equal(client_attach(&two, PODID_3DO_MOUSE, 0, NULL), 2);
    assert_int_equal(register_event(&two, 'b'), 193);
    client_close(&one);
    client_close(&two);
    world_stop(&broker);
}

static void it_says_why_it_is_not_there(void **state)
{
    (void)state;
    static const char *const bad[][4] = {
        {"--field-hz", "61"},  {"--allow", "x=fly"},   {"--allow", "focus"},
        {"--allow", "=focus"}, {"--name", ""},         {"--colour"},
        {"something"},         {"--client-pods", "0"}, {"--client-events", "129"},
    };
    static const char *const none[] = {NULL};
    static const char *const help[] = {"--help", NULL};
    struct world_broker broker;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(run(bad[i], true), 2);
    assert_int_equal(run(none, false), 7);
    assert_int_equal(run(help, false), 0);
    world_step(&broker);
    assert_int_equal(run(none, true), 1); /* the name is taken */
    world_stop(&broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_far_may_not_inject_nor_read_keys),
        cmocka_unit_test(who_is_far_asks_by_its_own_port_alone),
        cmocka_unit_test(rules_say_what_who_is_far_may),
        cmocka_unit_test(fields_go_by_the_clock_while_somebody_wants_them),
        cmocka_unit_test(without_a_clock_each_change_is_a_field),
        cmocka_unit_test(what_is_no_message_is_refused_and_the_broker_goes_on),
        cmocka_unit_test(several_brokers_are_there_by_their_names),
        cmocka_unit_test(it_is_there_again_when_the_gateway_is),
        cmocka_unit_test(one_client_has_its_limits_and_others_have_theirs),
        cmocka_unit_test(it_says_why_it_is_not_there),
    };
    return cmocka_run_group_tests(tests, world_prepare, world_clean);
}
