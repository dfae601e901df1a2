/*
 * viaduct-event-broker with listeners and pods that speak the wire, on this host and on another
 * one.
 */
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "codecs/octets.h"
#include "include/portfolio/event.h"
#include "tests/integration/event_broker_world.h"

#define UPDATE EVENTBIT0_ControlButtonUpdate
#define FOCUS (EVENTBIT0_GivingFocus | EVENTBIT0_LosingFocus)
#define BAD_UNIT ((int32_t)0xf14cd00b)

static const bool places[][2] = {{false, false}, {false, true}, {true, false}, {true, true}};

static void a_listener_hears_of_a_virtual_pod_wherever_both_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        static const char *const more[] = {"--step", "--allow", "client=inject,focus", NULL};
        struct world_broker broker;
        struct client listener, provider;
        world_start(&broker, more);
        world_open(&listener, places[i][0]);
        client_open(&provider, &world_gateway, places[i][1], "EventBroker", NULL);
        assert_int_equal(
            client_listen(&listener, LC_Observer, UPDATE, EVENTBIT2_ControlPortChange, 10), 0);
        assert_int_equal(listener.size, 4);
        assert_int_equal(octets_get_u32(listener.octets), EB_ConfigureReply);
        assert_int_equal(client_attach(&provider, PODID_3DO_BASIC_CONTROL_PAD, 0, "pad"), 1);
        assert_int_equal(client_press(&provider, 1, ControlA), 0);
        assert_int_equal(client_press(&provider, 1, 0), 0);
        assert_int_equal(client_step(&provider, 2), 0);
        assert_string_equal(world_heard(&listener), "69 3:8000000");
        assert_int_equal(octets_get_u32(listener.octets + 4 + 28 + 4) != 0, places[i][1]);
        assert_string_equal(world_heard(&listener), "3:0");
        assert_int_equal(client_ask_header(&listener, EB_DescribePods), 0);
        assert_int_equal(listener.size, 8 + 40);
        assert_int_equal(client_detach(&provider, 1), 0);
        assert_int_equal(client_step(&provider, 1), 0);
        assert_string_equal(world_heard(&listener), "69");
        client_close(&provider);
        client_close(&listener);
        world_stop(&broker);
    }
}

static void the_focus_goes_with_its_port(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        struct world_broker broker;
        struct client one, two, three;
        world_step(&broker);
        world_open(&one, far != 0);
        world_open(&two, far != 0);
        world_open(&three, false);
        assert_int_equal(client_listen(&one, LC_FocusListener, FOCUS, 0, 0), 0);
        assert_int_equal(client_listen(&two, LC_FocusUI, FOCUS, 0, 0), 0);
        assert_int_equal((uint32_t)client_ask_header(&one, EB_GetFocus), two.number);
        /* the result is an object, too */
        assert_non_null(via_parcel_ref_at(one.answer, PORTFOLIO_ANSWER_RESULT_AT, NULL));
        assert_int_equal(client_step(&three, 1), 0);
        assert_string_equal(world_heard(&two), "19");
        uint8_t set[8] = {EB_SetFocus};
        octets_put_u32(set + 4, one.number);
        assert_int_equal((uint32_t)client_ask(&three, set, sizeof set), one.number);
        assert_int_equal(client_step(&three, 1), 0);
        assert_string_equal(world_heard(&one), "19");
        assert_string_equal(world_heard(&two), "20");
        if (far != 0)
            client_close(&one);
        else
            client_delete_port(&one);
        while ((uint32_t)client_ask_header(&three, EB_GetFocus) != two.number)
            ; /* it is told of the death */
        assert_int_equal(client_step(&three, 1), 0);
        assert_string_equal(world_heard(&two), "19");
        if (far == 0)
            client_close(&one);
        client_close(&two);
        client_close(&three);
        world_stop(&broker);
    }
}

static void a_killed_listener_leaves_focus_lock_and_records(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        struct world_broker broker;
        struct process process;
        struct settings settings;
        struct client client;
        char path[256], line[128];
        world_step(&broker);
        world_open(&client, false);
        assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        assert_int_equal(client_listen(&client, LC_FocusUI, FOCUS | UPDATE, 0, 0), 0);
        (void)snprintf(path, sizeof path, "%s/../tests/integration/event_broker_listener",
                       getenv("VIADUCT_TEST_BIN"));
        daemon_settings(&world_gateway, far != 0, &settings);
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
        assert_string_equal(world_heard(&client), "19 3:8000000");
        client_close(&client);
        world_stop(&broker);
    }
}

static void listeners_are_listed_with_objects_and_names(void **state)
{
    (void)state;
    struct world_broker broker;
    struct client one, two;
    world_step(&broker);
    client_open(&one, &world_gateway, false, "eventbroker", "Monitor");
    world_open(&two, false);
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
    world_stop(&broker);
}

static void commands_go_to_the_provider_and_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        static const char *const more[] = {"--allow", "client=inject", NULL};
        struct world_broker broker;
        struct client client, provider;
        world_start(&broker, more);
        world_open(&client, places[i][0]);
        world_open(&provider, places[i][1]);
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
        world_stop(&broker);
    }
}

static void answers_of_any_kind_free_a_slot(void **state)
{
    (void)state;
    struct world_broker broker;
    struct client client;
    world_step(&broker);
    world_open(&client, false);
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
    assert_string_equal(world_heard(&client), "72 3:4000000");
    client_close(&client);
    world_stop(&broker);
}

static void tables_are_kept_by_calls(void **state)
{
    (void)state;
    struct world_broker broker;
    struct client client;
    world_step(&broker);
    world_open(&client, false);
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
    world_stop(&broker);
}

static void the_same_steps_give_the_same_records(void **state)
{
    (void)state;
    static uint8_t first[16384];
    size_t n_first = 0;
    for (unsigned round = 0; round < 2; round++) {
        struct world_broker broker;
        struct client client;
        uint32_t seed = 7;
        size_t n = 0;
        world_step(&broker);
        world_open(&client, false);
        assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        assert_int_equal(client_listen(&client, LC_Observer, 0xffffffff, 0xffffffff, 20), 0);
        for (unsigned i = 0; i < 60; i++) {
            seed = seed * 1664525u + 1013904223u;
            assert_int_equal(client_press(&client, 1, seed & 0xff000000), 0);
            assert_int_equal(client_step(&client, 1), 0);
            (void)world_heard(&client);
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
        world_stop(&broker);
    }
}

static void five_hundred_ports_of_one_client_are_told(void **state)
{
    (void)state;
    enum { PORTS = 500 };
    static struct via_stub *stubs[PORTS];
    static const struct via_stub_ops ops = {.size = sizeof ops};
    struct world_broker broker;
    struct client client;
    world_step(&broker);
    world_open(&client, false);
    struct via_proxy *own = client.port;
    const uint32_t number = client.number;
    assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    for (size_t i = 0; i < PORTS; i++) {
        assert_int_equal(via_stub_create(client.node, &ops, NULL, &stubs[i]), VIA_OK);
        via_stub_set_queue(stubs[i], client.queue);
        assert_int_equal(via_stub_number(stubs[i], 0, &client.number), VIA_OK);
        client.port = via_stub_proxy(stubs[i]);
        assert_int_equal(client_listen(&client, LC_FocusUI, UPDATE | FOCUS, 0, 0), 0);
        (void)via_proxy_unref(client.port);
    }
    client.port = own;
    client.number = number;
    assert_int_equal(client_step(&client, 1), 0);
    assert_string_equal(world_heard(&client), "19"); /* the last one alone has the focus */
    for (size_t i = PORTS; i-- > 0;) {               /* each passes it on to the one before it */
        assert_int_equal(client_press(&client, 1, i % 2 == 0 ? ControlA : ControlB), 0);
        assert_int_equal(client_step(&client, 1), 0);
        assert_string_equal(world_heard(&client),
                            i % 2 == 0 ? (i == PORTS - 1 ? "3:8000000" : "19 3:8000000")
                                       : (i == PORTS - 1 ? "3:4000000" : "19 3:4000000"));
        via_stub_withdraw(stubs[i]);
        stubs[i] = via_stub_unref(stubs[i]);
        while (client_ask_header(&client, EB_GetListeners) == 0 && client.size != 8 + 8 * i)
            ;
    }
    client_close(&client);
    world_stop(&broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_hears_of_a_virtual_pod_wherever_both_are),
        cmocka_unit_test(the_focus_goes_with_its_port),
        cmocka_unit_test(a_killed_listener_leaves_focus_lock_and_records),
        cmocka_unit_test(listeners_are_listed_with_objects_and_names),
        cmocka_unit_test(commands_go_to_the_provider_and_come_back),
        cmocka_unit_test(answers_of_any_kind_free_a_slot),
        cmocka_unit_test(tables_are_kept_by_calls),
        cmocka_unit_test(the_same_steps_give_the_same_records),
        cmocka_unit_test(five_hundred_ports_of_one_client_are_told),
    };
    return cmocka_run_group_tests(tests, world_prepare, world_clean);
}
