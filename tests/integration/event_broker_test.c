/*
 * viaduct-event-broker with clients that speak the wire, on this host and on another one.
 */
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codecs/octets.h"
#include "include/portfolio/event.h"
#include "tests/integration/event_broker_client.h"

#define UPDATE EVENTBIT0_ControlButtonUpdate
#define FOCUS (EVENTBIT0_GivingFocus | EVENTBIT0_LosingFocus)
#define NOT_PRIVILEGED ((int32_t)0xf14cd004)
#define NOT_SUPPORTED ((int32_t)0xf14cd010)
#define BAD_UNIT ((int32_t)0xf14cd00b)

static struct daemon gateway;

static int prepare(void **state)
{
    (void)state;
    daemon_prepare(&gateway);
    (void)snprintf(gateway.more, sizeof gateway.more, "\"limits\": {\"grace_ms\": 300}");
    daemon_start(&gateway);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    daemon_stop(&gateway);
    daemon_clean(&gateway);
    return 0;
}

/* ---- the broker ---- */

struct broker {
    struct process process;
    char audit[256];
};

/* With @more behind its own arguments, NULL behind the last. */
static void start(struct broker *broker, const char *const *more)
{
    char path[256], line[256];
    struct settings settings;
    const char *argv[16] = {process_program(path, "viaduct-event-broker"), "--audit",
                            broker->audit};
    (void)snprintf(broker->audit, sizeof broker->audit, "%s/broker-audit", gateway.folder);
    size_t n = 3;
    for (size_t i = 0; more != NULL && more[i] != NULL; i++)
        argv[n++] = more[i];
    daemon_settings(&gateway, false, &settings);
    process_start(&broker->process, argv, settings.list);
    process_line(&broker->process, line, sizeof line);
    assert_non_null(strstr(line, "viaduct-event-broker: ready name="));
}

static void start_stepping(struct broker *broker)
{
    static const char *const more[] = {"--step", NULL};
    start(broker, more);
}

/* It ends well: a leak that it reports is a failure too. */
static void stop(struct broker *broker)
{
    process_kill(&broker->process, SIGTERM);
    const int status = process_wait(&broker->process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)unlink(broker->audit);
}

static bool audit_has(const struct broker *broker, const char *words)
{
    char text[8192];
    FILE *file = fopen(broker->audit, "re");
    assert_non_null(file);
    const size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    return strstr(text, words) != NULL;
}

/* ---- what is told ---- */

/* The events of the last record, and the first word of data of each: "3:8000000". */
static const char *events(const struct client *client)
{
    static char words[1024];
    size_t length = 0;
    words[0] = '\0';
    for (size_t at = 4; octets_get_u32(client->octets + at) != 0;
         at += octets_get_u32(client->octets + at)) {
        const uint8_t *frame = client->octets + at;
        length += (size_t)snprintf(words + length, sizeof words - length, "%s%u",
                                   length == 0 ? "" : " ", frame[16]);
        if (octets_get_u32(frame) > 28)
            length += (size_t)snprintf(words + length, sizeof words - length, ":%x",
                                       (unsigned)octets_get_u32(frame + 28));
    }
    return words;
}

/* Those of the next record, which is answered. */
static const char *heard(struct client *client)
{
    client_take(client, EB_EventRecord);
    const char *words = events(client);
    client_reply(client);
    return words;
}

/* ---- tests ---- */

static const bool places[][2] = {{false, false}, {false, true}, {true, false}, {true, true}};

static void a_listener_hears_of_a_virtual_pod_wherever_both_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        static const char *const more[] = {"--step", "--allow", "client=inject,focus", NULL};
        struct broker broker;
        struct client listener, provider;
        start(&broker, more);
        client_open(&listener, &gateway, places[i][0], "eventbroker", NULL);
        client_open(&provider, &gateway, places[i][1], "EventBroker", NULL);
        assert_int_equal(
            client_listen(&listener, LC_Observer, UPDATE, EVENTBIT2_ControlPortChange, 10), 0);
        assert_int_equal(listener.size, 4);
        assert_int_equal(octets_get_u32(listener.octets), EB_ConfigureReply);
        assert_int_equal(client_attach(&provider, PODID_3DO_BASIC_CONTROL_PAD, 0, "pad"), 1);
        assert_int_equal(client_press(&provider, 1, ControlA), 0);
        assert_int_equal(client_press(&provider, 1, 0), 0);
        assert_int_equal(client_step(&provider, 2), 0);
        assert_string_equal(heard(&listener), "69 3:8000000");
        assert_int_equal(octets_get_u32(listener.octets + 4 + 28 + 4) != 0, places[i][1]);
        assert_string_equal(heard(&listener), "3:0");
        assert_int_equal(client_ask_header(&listener, EB_DescribePods), 0);
        assert_int_equal(listener.size, 8 + 40);
        assert_int_equal(client_detach(&provider, 1), 0);
        assert_int_equal(client_step(&provider, 1), 0);
        assert_string_equal(heard(&listener), "69");
        client_close(&provider);
        client_close(&listener);
        stop(&broker);
    }
}

static void the_focus_goes_with_its_port(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        struct broker broker;
        struct client one, two, three;
        start_stepping(&broker);
        client_open(&one, &gateway, far != 0, "eventbroker", NULL);
        client_open(&two, &gateway, far != 0, "eventbroker", NULL);
        client_open(&three, &gateway, false, "eventbroker", NULL);
        assert_int_equal(client_listen(&one, LC_FocusListener, FOCUS, 0, 0), 0);
        assert_int_equal(client_listen(&two, LC_FocusUI, FOCUS, 0, 0), 0);
        assert_int_equal((uint32_t)client_ask_header(&one, EB_GetFocus), two.number);
        /* the result is an object, too */
        assert_non_null(via_parcel_ref_at(one.answer, PORTFOLIO_ANSWER_RESULT_AT, NULL));
        assert_int_equal(client_step(&three, 1), 0);
        assert_string_equal(heard(&two), "19");
        uint8_t set[8] = {EB_SetFocus};
        octets_put_u32(set + 4, one.number);
        assert_int_equal((uint32_t)client_ask(&three, set, sizeof set), one.number);
        assert_int_equal(client_step(&three, 1), 0);
        assert_string_equal(heard(&one), "19");
        assert_string_equal(heard(&two), "20");
        if (far != 0)
            client_close(&one);
        else
            client_delete_port(&one);
        while ((uint32_t)client_ask_header(&three, EB_GetFocus) != two.number)
            ; /* it is told of the death */
        assert_int_equal(client_step(&three, 1), 0);
        assert_string_equal(heard(&two), "19");
        if (far == 0)
            client_close(&one);
        client_close(&two);
        client_close(&three);
        stop(&broker);
    }
}

static void a_killed_listener_leaves_focus_lock_and_records(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        struct broker broker;
        struct process process;
        struct settings settings;
        struct client client;
        char path[256], line[128];
        start_stepping(&broker);
        client_open(&client, &gateway, false, "eventbroker", NULL);
        assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        assert_int_equal(client_listen(&client, LC_FocusUI, FOCUS | UPDATE, 0, 0), 0);
        (void)snprintf(path, sizeof path, "%s/../tests/integration/event_broker_listener",
                       getenv("VIADUCT_TEST_BIN"));
        daemon_settings(&gateway, far != 0, &settings);
        const char *argv[] = {path, "eventbroker", NULL};
        process_start(&process, argv, settings.list);
        process_line(&process, line, sizeof line);
        const uint32_t number = (uint32_t)strtoul(strchr(line, ' '), NULL, 10);
        assert_int_equal((uint32_t)client_ask_header(&client, EB_GetFocus), number);
        assert_int_equal(client_step(&client, 1), 0); /* a record that it never answers */
        client_pod_later(&client, EB_LockPod, 1, 1, NULL, 0);
        process_kill(&process, SIGKILL);
        assert_true(WIFSIGNALED(process_wait(&process)));
        assert_int_equal(client_later(&client), 0); /* the lock is ours now */
        assert_int_equal((uint32_t)client_ask_header(&client, EB_GetFocus), client.number);
        assert_int_equal(client_ask_header(&client, EB_GetListeners), 0);
        assert_int_equal(client.size, 8 + 8);
        assert_int_equal(client_press(&client, 1, ControlA), 0);
        assert_int_equal(client_step(&client, 1), 0);
        assert_string_equal(heard(&client), "19 3:8000000");
        client_close(&client);
        stop(&broker);
    }
}

static void listeners_are_listed_with_objects_and_names(void **state)
{
    (void)state;
    struct broker broker;
    struct client one, two;
    start_stepping(&broker);
    client_open(&one, &gateway, false, "eventbroker", "Monitor");
    client_open(&two, &gateway, false, "eventbroker", NULL);
    assert_int_equal(client_listen(&one, LC_Observer, 0, 0, 0), 0);
    assert_int_equal(client_listen(&two, LC_FocusUI, 0, 0, 0), 0);
    assert_int_equal(client_ask_header(&two, EB_GetListeners), 0);
    assert_int_equal(two.size, 8 + 16);
    assert_int_equal(octets_get_u32(two.octets + 8), two.number);
    assert_int_equal(octets_get_u32(two.octets + 16), one.number);
    assert_int_equal(two.more_size, sizeof "Monitor" + 1);
    assert_memory_equal(two.more, "\0Monitor", sizeof "Monitor" + 1);
    assert_ptr_equal(via_parcel_ref_at(two.answer, PORTFOLIO_ANSWER_HEAD_SIZE + 8, NULL), two.port);
    assert_non_null(via_parcel_ref_at(two.answer, PORTFOLIO_ANSWER_HEAD_SIZE + 16, NULL));
    client_close(&one);
    client_close(&two);
    stop(&broker);
}

static void commands_go_to_the_provider_and_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        static const char *const more[] = {"--allow", "client=inject", NULL};
        struct broker broker;
        struct client client, provider;
        start(&broker, more);
        client_open(&client, &gateway, places[i][0], "eventbroker", NULL);
        client_open(&provider, &gateway, places[i][1], "eventbroker", NULL);
        client_watch_outputs(&provider);
        assert_int_equal(client_attach(&provider, PODID_3DO_BASIC_CONTROL_PAD,
                                       POD_OutputActive | POD_IsControlPad | POD_IsAudioCtlr, NULL),
                         1);
        assert_int_equal(client_pod(&client, EB_IssuePodCmd, 1, 0, "\4\0\3", 3), 0);
        assert_true(bell_wait(&provider.outputs, 1));
        assert_int_equal(provider.output.pod, 1);
        assert_int_equal(provider.output.id, 0);
        assert_int_equal(provider.output.kind, PORTFOLIO_POD_COMMAND);
        assert_int_equal(provider.output.size, 3);
        client_pod_later(&client, EB_WritePodData, 1, 1, "raw", 3);
        assert_true(bell_wait(&provider.outputs, 2));
        assert_int_equal(provider.output.kind, PORTFOLIO_POD_RAW);
        assert_memory_equal(provider.output.octets, "raw", 3);
        assert_int_equal(client_done(&provider, 1, provider.output.id, 0, "ok", 2), 0);
        assert_int_equal(client_later(&client), 0);
        assert_int_equal(client.size, 16 + 2);
        assert_memory_equal(client.octets + 16, "ok", 2);
        client_pod_later(&client, EB_IssuePodCmd, 1, 1, "\4\0\3", 3);
        assert_true(bell_wait(&provider.outputs, 3));
        client_close(&provider); /* without an answer */
        assert_int_equal(client_later(&client), BAD_UNIT);
        assert_int_equal(client_ask_header(&client, EB_DescribePods), 0);
        assert_int_equal(client.size, 8);
        client_close(&client);
        stop(&broker);
    }
}

static void who_is_far_may_not_inject_nor_read_keys(void **state)
{
    (void)state;
    struct broker broker;
    struct client far, near;
    uint8_t send[4 + 28] = {EB_SendEvent};
    start_stepping(&broker);
    client_open(&far, &gateway, true, "eventbroker", NULL);
    client_open(&near, &gateway, false, "eventbroker", NULL);
    assert_int_equal(client_attach(&far, PODID_3DO_MOUSE, 0, NULL), NOT_PRIVILEGED);
    assert_true(audit_has(&broker, "\"refused\":\"pod\""));
    assert_true(audit_has(&broker, "\"identity\":\"client\""));
    assert_int_equal(client_step(&far, 1), NOT_PRIVILEGED);
    octets_put_u32(send + 4, 28);
    send[4 + 16] = EVENTNUM_CharacterEntered;
    assert_int_equal(client_ask(&far, send, sizeof send), NOT_PRIVILEGED);
    assert_true(audit_has(&broker, "EB_SendEvent"));
    assert_false(audit_has(&broker, "\"refused\":\"keys\""));
    assert_int_equal(client_listen(&far, LC_Observer, EVENTBIT0_CharacterEntered | UPDATE, 0, 0),
                     0);
    assert_true(audit_has(&broker, "\"refused\":\"keys\""));
    assert_int_equal(client_listen(&near, LC_Observer, EVENTBIT0_CharacterEntered | UPDATE, 0, 0),
                     0);
    assert_int_equal(client_ask(&near, send, sizeof send), 0);
    assert_string_equal(heard(&near), "18");
    send[4 + 16] = EVENTNUM_ControlButtonUpdate;
    assert_int_equal(client_ask(&near, send, sizeof send), 0);
    assert_string_equal(heard(&far), "3"); /* the first that it hears */
    assert_string_equal(heard(&near), "3");
    assert_int_equal(client_attach(&near, PODID_3DO_KEYBOARD, 0, NULL), 1);
    assert_int_equal(client_pod(&far, EB_ReadPodData, 1, 0, NULL, 0), NOT_PRIVILEGED);
    assert_int_equal(client_pod(&near, EB_ReadPodData, 1, 0, NULL, 0), 0);
    client_close(&far);
    client_close(&near);
    stop(&broker);
}

static void rules_say_what_who_is_far_may(void **state)
{
    (void)state;
    static const char *const more[] = {"--step",  "--allow",         "other=focus",
                                       "--allow", "cl*=inject,keys", NULL};
    struct broker broker;
    struct client far;
    uint8_t send[4 + 28] = {EB_SendEvent};
    start(&broker, more);
    client_open(&far, &gateway, true, "eventbroker", NULL);
    assert_int_equal(client_listen(&far, LC_FocusUI, 0, 0, 0), NOT_PRIVILEGED);
    assert_int_equal(client_listen(&far, LC_Observer, EVENTBIT0_CharacterEntered, 0, 0), 0);
    octets_put_u32(send + 4, 28);
    send[4 + 16] = EVENTNUM_CharacterEntered;
    assert_int_equal(client_ask(&far, send, sizeof send), 0);
    assert_string_equal(heard(&far), "18");
    const uint8_t *frame = far.octets + 4;
    assert_int_equal(octets_get_u32(frame + 4), 1); /* its host */
    assert_int_equal(octets_get_u32(frame + 12), far.number);
    assert_int_equal(client_attach(&far, PODID_3DO_MOUSE, 0, NULL), 1);
    client_close(&far);
    stop(&broker);
}

static void answers_of_any_kind_free_a_slot(void **state)
{
    (void)state;
    struct broker broker;
    struct client client;
    start_stepping(&broker);
    client_open(&client, &gateway, false, "eventbroker", NULL);
    assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    assert_int_equal(client_listen(&client, LC_Observer, UPDATE, 0, 1), 0);
    assert_int_equal(client_press(&client, 1, ControlA), 0);
    assert_int_equal(client_step(&client, 1), 0);
    client_take(&client, EB_EventRecord);
    assert_int_equal(client_press(&client, 1, ControlB), 0);
    assert_int_equal(client_step(&client, 1), 0);
    assert_true(client_has_none(&client));
    client.record = via_call_unref(client.record); /* not as a message is answered */
    assert_int_equal(client_step(&client, 1), 0);
    assert_string_equal(heard(&client), "72 3:4000000");
    client_close(&client);
    stop(&broker);
}

static void tables_are_kept_by_calls(void **state)
{
    (void)state;
    struct broker broker;
    struct client client;
    start_stepping(&broker);
    client_open(&client, &gateway, false, "eventbroker", NULL);
    assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    assert_int_equal(client_ask_header(&client, EB_MakeTable), 0);
    assert_int_equal(client.size, 4);
    assert_int_equal(client.more_size, 16);
    assert_int_equal(client_press(&client, 1, ControlA), 0);
    assert_int_equal(client_step(&client, 1), 0);
    client_take(&client, EB_MakeTableReply);
    assert_int_equal(client.size, 4 + 16);
    assert_int_equal(octets_get_u32(client.octets + 16), ControlA);
    client_reply(&client);
    client_close(&client);
    stop(&broker);
}

static void the_same_steps_give_the_same_records(void **state)
{
    (void)state;
    static uint8_t first[16384];
    size_t n_first = 0;
    for (unsigned round = 0; round < 2; round++) {
        struct broker broker;
        struct client client;
        uint32_t seed = 7;
        size_t n = 0;
        start_stepping(&broker);
        client_open(&client, &gateway, false, "eventbroker", NULL);
        assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        assert_int_equal(client_listen(&client, LC_Observer, 0xffffffff, 0xffffffff, 20), 0);
        for (unsigned i = 0; i < 60; i++) {
            seed = seed * 1664525u + 1013904223u;
            assert_int_equal(client_press(&client, 1, seed & 0xff000000), 0);
            assert_int_equal(client_step(&client, 1), 0);
            (void)heard(&client);
            assert_true(n + client.size <= sizeof first);
            if (round == 0)
                memcpy(first + n, client.octets, client.size);
            else
                assert_memory_equal(first + n, client.octets, client.size);
            n += client.size;
        }
        n_first = round == 0 ? n : n_first;
        assert_int_equal(n, n_first);
        client_close(&client);
        stop(&broker);
    }
}

static void fields_go_by_the_clock_while_somebody_wants_them(void **state)
{
    (void)state;
    static const char *const more[] = {"--field-hz", "50", NULL};
    struct broker broker;
    struct client client;
    start(&broker, more);
    client_open(&client, &gateway, false, "eventbroker", NULL);
    assert_int_equal(client_step(&client, 1), NOT_SUPPORTED);
    assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    assert_int_equal(client_listen(&client, LC_Observer, EVENTBIT0_ControlButtonArrived, 0, 20), 0);
    uint32_t last = 0;
    for (unsigned i = 0; i < 10; i++) {
        assert_string_equal(heard(&client), "4:0");
        const uint32_t time = octets_get_u32(client.octets + 4 + 8);
        assert_true(time > last);
        last = time;
    }
    assert_int_equal(client_listen(&client, LC_Observer, UPDATE, 0, 20), 0);
    while (!client_has_none(&client))
        ;
    assert_int_equal(client_press(&client, 1, ControlA), 0);
    assert_int_equal(client_press(&client, 1, 0), 0);
    assert_string_equal(heard(&client), "3:8000000");
    const uint32_t pressed = octets_get_u32(client.octets + 4 + 8);
    assert_string_equal(heard(&client), "3:0");
    assert_true(octets_get_u32(client.octets + 4 + 8) > pressed);
    client_close(&client);
    stop(&broker);
}

static void without_a_clock_each_change_is_a_field(void **state)
{
    (void)state;
    static const char *const more[] = {"--field-hz", "0", NULL};
    struct broker broker;
    struct client client;
    start(&broker, more);
    client_open(&client, &gateway, false, "eventbroker", NULL);
    assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    assert_int_equal(client_listen(&client, LC_Observer, UPDATE, 0, 20), 0);
    for (uint32_t i = 0; i < 50; i++) {
        assert_int_equal(client_press(&client, 1, i % 2 == 0 ? ControlA : 0), 0);
        assert_string_equal(heard(&client), i % 2 == 0 ? "3:8000000" : "3:0");
        assert_int_equal(octets_get_u32(client.octets + 4 + 8), i + 2);
    }
    client_close(&client);
    stop(&broker);
}

static void what_is_no_message_is_refused_and_the_broker_goes_on(void **state)
{
    (void)state;
    struct broker broker;
    struct client client;
    struct via_parcel *parcel;
    static const enum via_layout layouts[] = {VIA_LAYOUT_RAW, VIA_LAYOUT_EVENT_BROKER};
    start_stepping(&broker);
    client_open(&client, &gateway, false, "eventbroker", NULL);
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
    /* a message whose code is not its flavor */
    uint8_t octets[64];
    static const uint8_t header[] = {EB_GetFocus, 0, 0, 0};
    const struct portfolio_message message = {
        .kind = PORTFOLIO_STANDARD, .data = header, .size = sizeof header};
    size_t size;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_OK);
    portfolio_message_encode(&message, octets);
    for (uint32_t code = 0; code < 40; code++) {
        assert_int_equal(via_parcel_create(&parcel), VIA_OK);
        via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
        assert_int_equal(via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL), VIA_OK);
        assert_int_equal(via_proxy_call(client.broker, code, parcel, 20000, NULL, NULL),
                         code == EB_GetFocus ? VIA_OK : VIA_BAD_PAYLOAD);
        (void)via_parcel_unref(parcel);
    }
    assert_int_equal(client_ask_header(&client, EB_NoOp), 0);
    client_close(&client);
    stop(&broker);
}

static void several_brokers_are_there_by_their_names(void **state)
{
    (void)state;
    static const char *const more[] = {"--step", "--name", "second", NULL};
    struct broker first, second;
    struct client one, two;
    start_stepping(&first);
    start(&second, more);
    client_open(&one, &gateway, false, "eventbroker", NULL);
    client_open(&two, &gateway, false, "second", NULL);
    assert_int_equal(client_attach(&two, PODID_3DO_MOUSE, 0, NULL), 1);
    assert_int_equal(client_ask_header(&one, EB_DescribePods), 0);
    assert_int_equal(one.size, 8);
    client_close(&one);
    client_close(&two);
    stop(&second);
    stop(&first);
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
    daemon_settings(&gateway, false, &settings);
    process_run(&spoken, argv, with_gateway ? settings.list : nowhere);
    return spoken.exit;
}

static void it_says_why_it_is_not_there(void **state)
{
    (void)state;
    static const char *const bad[][4] = {
        {"--field-hz", "61"}, {"--allow", "x=fly"}, {"--allow", "focus"}, {"--allow", "=focus"},
        {"--name", ""},       {"--colour"},         {"something"},
    };
    static const char *const none[] = {NULL};
    static const char *const help[] = {"--help", NULL};
    struct broker broker;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(run(bad[i], true), 2);
    assert_int_equal(run(none, false), 7);
    assert_int_equal(run(help, false), 0);
    start_stepping(&broker);
    assert_int_equal(run(none, true), 1); /* the name is taken */
    stop(&broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_hears_of_a_virtual_pod_wherever_both_are),
        cmocka_unit_test(the_focus_goes_with_its_port),
        cmocka_unit_test(a_killed_listener_leaves_focus_lock_and_records),
        cmocka_unit_test(listeners_are_listed_with_objects_and_names),
        cmocka_unit_test(commands_go_to_the_provider_and_come_back),
        cmocka_unit_test(who_is_far_may_not_inject_nor_read_keys),
        cmocka_unit_test(rules_say_what_who_is_far_may),
        cmocka_unit_test(answers_of_any_kind_free_a_slot),
        cmocka_unit_test(tables_are_kept_by_calls),
        cmocka_unit_test(the_same_steps_give_the_same_records),
        cmocka_unit_test(fields_go_by_the_clock_while_somebody_wants_them),
        cmocka_unit_test(without_a_clock_each_change_is_a_field),
        cmocka_unit_test(what_is_no_message_is_refused_and_the_broker_goes_on),
        cmocka_unit_test(several_brokers_are_there_by_their_names),
        cmocka_unit_test(it_says_why_it_is_not_there),
    };
    return cmocka_run_group_tests(tests, prepare, clean);
}
