/*
 * viaduct-event-broker among those who are slow, many or gone: it costs them alone, and the others
 * hear everything, in order.
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
#define EDGES (EVENTBIT0_ControlButtonPressed | EVENTBIT0_ControlButtonReleased)
#define FOCUS (EVENTBIT0_GivingFocus | EVENTBIT0_LosingFocus)
#define FRAME_SIZE 28u
#define SILENT_MORE_KIB 4096ul /* of 25,000 KIB that it would be told */

/* ---- listeners that never answer ---- */

static void press_and_step(struct client *provider, uint32_t i)
{
    assert_int_equal(client_press(provider, 1, i % 2 == 0 ? ControlA : ControlB), 0);
    assert_int_equal(client_step(provider, 1), 0);
}

static void who_never_answers_loses_records_and_nobody_else_does(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        enum { N = 2000, QUEUE = EVENT_QUEUE_MAX_PERMITTED };
        struct world_broker broker;
        struct client silent, lively;
        unsigned long before = 0;
        world_step(&broker);
        world_open(&silent, far != 0);
        world_open(&lively, far == 0);
        struct client *provider = far != 0 ? &lively : &silent; /* the one who is near */
        assert_int_equal(client_attach(provider, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        assert_int_equal(client_listen(&silent, LC_Observer, UPDATE, 0, QUEUE), 0);
        assert_int_equal(client_listen(&lively, LC_Observer, UPDATE, 0, 1), 0);
        for (uint32_t i = 0; i < N; i++) {
            press_and_step(provider, i);
            assert_string_equal(world_heard(&lively), i % 2 == 0 ? "3:8000000" : "3:4000000");
            if (i == N / 10)
                before = process_kib(&broker.process);
        }
        if (!process_is_sanitized())
            assert_in_range(process_kib(&broker.process), 0, before + SILENT_MORE_KIB);
        for (uint32_t i = 0; i < QUEUE; i++)
            assert_string_equal(world_heard(&silent), i % 2 == 0 ? "3:8000000" : "3:4000000");
        assert_true(client_has_none(&silent));
        assert_int_equal(client_ask_header(&silent, EB_NoOp), 0); /* its answers have come */
        assert_int_equal(client_step(provider, 1), 0);
        assert_string_equal(world_heard(&silent), "72 3:4000000");
        assert_true(client_has_none(&lively));
        client_close(&silent);
        client_close(&lively);
        world_stop(&broker);
    }
}

static void a_table_that_is_never_answered_is_told_once(void **state)
{
    (void)state;
    struct world_broker broker;
    struct client silent;
    world_step(&broker);
    world_open(&silent, false);
    assert_int_equal(client_attach(&silent, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    assert_int_equal(client_ask_header(&silent, EB_MakeTable), 0);
    for (uint32_t i = 0; i < 100; i++)
        press_and_step(&silent, i);
    client_take(&silent, EB_MakeTableReply);
    assert_int_equal(octets_get_u32(silent.octets + 4 + 12), ControlA); /* the first */
    client_reply(&silent);
    assert_true(client_has_none(&silent));
    assert_int_equal(client_ask_header(&silent, EB_NoOp), 0);
    assert_int_equal(client_step(&silent, 1), 0);
    client_take(&silent, EB_MakeTableReply);
    assert_int_equal(octets_get_u32(silent.octets + 4 + 12), ControlB); /* the newest */
    client_reply(&silent);
    client_close(&silent);
    world_stop(&broker);
}

/* ---- listeners that die ---- */

enum end { BY_KILL, BY_EXIT, BY_PORT, BY_LINK, ENDS };

/* Who has the focus and the lock of pod 1: a process, or a client, perhaps behind a relay. */
struct doomed {
    enum end by;
    uint32_t number;
    struct process process, relay;
    struct client client;
};

static void tell(struct process *process, const char *words, const char *expected)
{
    char line[256];
    assert_true(dprintf(process->in, "%s\n", words) > 0);
    process_line(process, line, sizeof line);
    assert_non_null(strstr(line, expected));
}

static void start_relay(struct process *relay, struct daemon *seen_through)
{
    char path[256], target[16], line[64];
    (void)snprintf(path, sizeof path, "%s/../tests/faults/relay", getenv("VIADUCT_TEST_BIN"));
    (void)snprintf(target, sizeof target, "%u", world_gateway.port);
    const char *argv[] = {path, target, NULL};
    process_start(relay, argv, NULL);
    process_line(relay, line, sizeof line);
    assert_int_equal(strncmp(line, "ready ", 6), 0);
    *seen_through = world_gateway;
    (void)snprintf(seen_through->wss_address, sizeof seen_through->wss_address,
                   "wss://localhost:%s", line + 6);
}

static void start_process(struct doomed *doomed, const struct daemon *gateway, bool far)
{
    char path[256], line[128];
    struct settings settings;
    (void)snprintf(path, sizeof path, "%s/../tests/integration/event_broker_listener",
                   getenv("VIADUCT_TEST_BIN"));
    daemon_settings(gateway, far, &settings);
    const char *argv[] = {path, "eventbroker", NULL};
    process_start(&doomed->process, argv, settings.list);
    process_line(&doomed->process, line, sizeof line);
    assert_non_null(strchr(line, ' '));
    doomed->number = (uint32_t)strtoul(strchr(line, ' '), NULL, 10);
}

static void start_doomed(struct doomed *doomed, enum end by, bool far)
{
    struct daemon through = world_gateway;
    doomed->by = by;
    if (by == BY_LINK)
        start_relay(&doomed->relay, &through);
    if (by != BY_PORT) {
        start_process(doomed, &through, far);
        return;
    }
    world_open(&doomed->client, far);
    doomed->number = doomed->client.number;
    assert_int_equal(client_listen(&doomed->client, LC_FocusListener, FOCUS | UPDATE, 0, 0), 0);
    assert_int_equal(client_pod(&doomed->client, EB_LockPod, 1, 0, NULL, 0), 0);
}

static void end_doomed(struct doomed *doomed)
{
    switch (doomed->by) {
    case BY_KILL:
        process_kill(&doomed->process, SIGKILL);
        break;
    case BY_EXIT:
        process_release(&doomed->process);
        break;
    case BY_PORT:
        client_delete_port(&doomed->client);
        break;
    case BY_LINK:
        tell(&doomed->relay, "away on", "live");
        tell(&doomed->relay, "cut", "live 0");
        break;
    case ENDS:
        break;
    }
}

static void clean_doomed(struct doomed *doomed)
{
    if (doomed->by == BY_PORT) {
        client_close(&doomed->client);
        return;
    }
    if (doomed->by == BY_LINK) {
        process_kill(&doomed->relay, SIGTERM);
        (void)process_wait(&doomed->relay);
        process_kill(&doomed->process, SIGKILL);
    }
    const int status = process_wait(&doomed->process);
    assert_true(doomed->by == BY_EXIT ? status == 0 : WIFSIGNALED(status));
}

static void whoever_goes_leaves_all_to_the_next_at_once(enum end by, bool far)
{
    struct world_broker broker;
    struct doomed doomed;
    struct client waits[3];
    world_step(&broker);
    for (size_t i = 0; i < 3; i++)
        world_open(&waits[i], i == 1);
    assert_int_equal(client_attach(&waits[0], PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    for (size_t i = 3; i-- > 0;)
        assert_int_equal(client_listen(&waits[i], LC_FocusUI, FOCUS | UPDATE, 0, 0), 0);
    start_doomed(&doomed, by, far);
    assert_int_equal((uint32_t)client_ask_header(&waits[2], EB_GetFocus), doomed.number);
    assert_int_equal(client_step(&waits[0], 1), 0); /* it is told, and never answers */
    for (size_t i = 0; i < 3; i++)
        client_wait_for_lock(&waits[i]);
    end_doomed(&doomed);
    assert_int_equal(client_later(&waits[0]), 0);
    assert_int_equal((uint32_t)client_ask_header(&waits[2], EB_GetFocus), waits[0].number);
    assert_int_equal(client_ask_header(&waits[2], EB_GetListeners), 0);
    assert_int_equal(waits[2].size, 8 + 3 * 8);
    client_delete_port(&waits[0]); /* and on, in their order */
    assert_int_equal(client_later(&waits[1]), 0);
    assert_true(client_has_none(&waits[2]));
    assert_int_equal(client_pod(&waits[1], EB_UnlockPod, 1, 0, NULL, 0), 0);
    assert_int_equal(client_later(&waits[2]), 0);
    assert_int_equal((uint32_t)client_ask_header(&waits[2], EB_GetFocus), waits[1].number);
    assert_int_equal(client_step(&waits[0], 1), 0);
    assert_string_equal(world_heard(&waits[1]), "19");
    clean_doomed(&doomed);
    for (size_t i = 0; i < 3; i++)
        client_close(&waits[i]);
    world_stop(&broker);
}

static void whoever_goes_leaves_focus_and_lock_to_the_next_at_once(void **state)
{
    (void)state;
    for (enum end by = 0; by < ENDS; by++)
        for (int far = by == BY_LINK; far < 2; far++)
            whoever_goes_leaves_all_to_the_next_at_once(by, far != 0);
}

/* ---- many ---- */

enum { PORTS = 250 };

/* One record to each of @ports, which is answered, and none to any other. */
static void all_hear(struct client *client, const struct client *ports, size_t n, uint32_t buttons)
{
    static bool has[PORTS];
    memset(has, 0, sizeof has);
    for (size_t i = 0; i < n; i++) {
        client_take(client, EB_EventRecord);
        const struct via_stub *stub = via_call_stub(client->record);
        size_t k = 0;
        while (k < n && ports[k].stub != stub)
            k++;
        assert_true(k < n && !has[k]);
        has[k] = true;
        assert_int_equal(client->octets[4 + 16], EVENTNUM_ControlButtonUpdate);
        assert_int_equal(octets_get_u32(client->octets + 4 + FRAME_SIZE), buttons);
        client_reply(client);
    }
    assert_true(client_has_none(client));
}

static void five_hundred_listeners_join_hear_and_leave(void **state)
{
    (void)state;
    static struct client ports[2][PORTS];
    struct world_broker broker;
    struct client clients[2];
    world_step(&broker);
    for (size_t far = 0; far < 2; far++) {
        world_open(&clients[far], far != 0);
        for (size_t i = 0; i < PORTS; i++) {
            client_open_port(&ports[far][i], &clients[far]);
            assert_int_equal(client_listen(&ports[far][i], LC_Observer, UPDATE, 0, 1), 0);
        }
    }
    assert_int_equal(client_attach(&clients[0], PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    for (uint32_t i = 1; i <= 20; i++) {
        assert_int_equal(client_press(&clients[0], 1, i << 21), 0);
        assert_int_equal(client_step(&clients[0], 1), 0);
        for (size_t far = 0; far < 2; far++)
            all_hear(&clients[far], ports[far], PORTS, i << 21);
        assert_int_equal(client_ask_header(&clients[1], EB_NoOp), 0);
    }
    for (size_t i = PORTS / 2; i < PORTS; i++) /* half of those who are near */
        client_close_port(&ports[0][i]);
    while (client_ask_header(&clients[0], EB_GetListeners) == 0 &&
           clients[0].size != 8 + 8 * (PORTS + PORTS / 2))
        ; /* it is told of their deaths */
    assert_int_equal(client_press(&clients[0], 1, ControlX), 0);
    assert_int_equal(client_step(&clients[0], 1), 0);
    all_hear(&clients[0], ports[0], PORTS / 2, ControlX);
    all_hear(&clients[1], ports[1], PORTS, ControlX);
    for (size_t i = 0; i < PORTS; i++)
        client_close_port(&ports[1][i]);
    client_close(&clients[1]); /* and all who are far */
    while (client_ask_header(&clients[0], EB_GetListeners) == 0 &&
           clients[0].size != 8 + 8 * (PORTS / 2))
        ;
    for (size_t i = 0; i < PORTS / 2; i++)
        client_close_port(&ports[0][i]);
    client_close(&clients[0]);
    world_stop(&broker);
}

/* ---- a pod that says a lot ---- */

enum { CROWD = 25, REPORTS = 2000 };

/* What a listener knows of the pad. */
struct knowledge {
    uint32_t buttons;
    unsigned n_presses;
    bool was_lost; /* and it was told so */
};

/* Takes a record in: whatever it says has to follow from what was said before, or it says that
 * something was lost. */
static void learn(struct knowledge *knowledge, const struct client *client)
{
    uint32_t pressed = 0, released = 0;
    bool is_lost = false;
    for (size_t at = 4; octets_get_u32(client->octets + at) != 0;
         at += octets_get_u32(client->octets + at)) {
        const uint8_t *frame = client->octets + at;
        const uint32_t word = octets_get_u32(frame + FRAME_SIZE);
        switch (frame[16]) {
        case EVENTNUM_EventQueueOverflow:
            is_lost = knowledge->was_lost = true;
            break;
        case EVENTNUM_ControlButtonPressed:
            pressed = word;
            break;
        case EVENTNUM_ControlButtonReleased:
            released = word;
            break;
        case EVENTNUM_ControlButtonUpdate:
            if (!is_lost)
                assert_int_equal(word, (knowledge->buttons & ~released) | pressed);
            assert_int_equal(pressed & ~word, 0);
            assert_int_equal(released & word, 0);
            knowledge->buttons = word;
            break;
        default:
            fail();
        }
    }
    knowledge->n_presses += pressed != 0;
}

/* As fast as it can, and nobody answers: presses of A and releases, and B in the end. */
static void report_much(struct client *provider)
{
    for (uint32_t i = 0; i <= REPORTS; i++) {
        uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX], data[4];
        octets_put_u32(data, i == REPORTS ? ControlB : i % 2 == 0 ? ControlA : 0);
        const struct portfolio_pod_states states = {
            .number = 1, .n = 1, .states = {{.class = GENERIC_ControlPad, .data = data}}};
        const size_t size = portfolio_pod_put_states(&states, octets);
        struct via_parcel *parcel;
        assert_int_equal(via_parcel_create(&parcel), VIA_OK);
        via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
        assert_int_equal(via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL), VIA_OK);
        enum via_status status;
        do
            status = via_proxy_send(provider->broker, PORTFOLIO_POD_STATE, parcel);
        while (status == VIA_BUSY);
        assert_int_equal(status, VIA_OK);
        (void)via_parcel_unref(parcel);
    }
}

static void hear_all(struct client *client, const struct client *ports)
{
    struct knowledge all[CROWD];
    size_t n_done = 0;
    memset(all, 0, sizeof all);
    while (n_done < CROWD) {
        client_take(client, EB_EventRecord);
        size_t k = 0;
        while (k < CROWD && ports[k].stub != via_call_stub(client->record))
            k++;
        assert_true(k < CROWD);
        learn(&all[k], client);
        n_done += all[k].buttons == ControlB;
        client_reply(client);
    }
    for (size_t k = 0; k < CROWD; k++)
        if (!all[k].was_lost)
            assert_int_equal(all[k].n_presses, REPORTS / 2 + 1);
}

static void of_a_pod_that_says_much_whoever_loses_something_is_told(void **state)
{
    (void)state;
    static const char *const fields[] = {"60", "0"};
    static struct client ports[2][CROWD];
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *const more[] = {"--field-hz", fields[i], NULL};
        struct world_broker broker;
        struct client provider, clients[2];
        world_start(&broker, more);
        world_open(&provider, false);
        assert_int_equal(client_attach(&provider, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        for (size_t far = 0; far < 2; far++) {
            world_open(&clients[far], far != 0);
            for (size_t k = 0; k < CROWD; k++) {
                client_open_port(&ports[far][k], &clients[far]);
                assert_int_equal(client_listen(&ports[far][k], LC_Observer, UPDATE | EDGES, 0,
                                               (int32_t)(k % EVENT_QUEUE_MAX_PERMITTED) + 1),
                                 0);
            }
        }
        report_much(&provider);
        for (size_t far = 0; far < 2; far++) {
            hear_all(&clients[far], ports[far]);
            for (size_t k = 0; k < CROWD; k++)
                client_close_port(&ports[far][k]);
            client_close(&clients[far]);
        }
        client_close(&provider);
        world_stop(&broker);
    }
}

/* ---- the broker goes ---- */

static void what_a_killed_broker_was_asked_fails_and_the_next_one_is_found(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        struct world_broker broker;
        struct client client, provider;
        world_step(&broker);
        world_open(&client, far != 0);
        world_open(&provider, false);
        assert_int_equal(client_attach(&provider, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        assert_int_equal(client_listen(&client, LC_FocusUI, FOCUS | UPDATE, 0, 0), 0);
        assert_int_equal(client_pod(&provider, EB_LockPod, 1, 0, NULL, 0), 0);
        client_pod_later(&client, EB_LockPod, 1, 1, NULL, 0);
        assert_int_equal(client_step(&provider, 1), 0);
        client_take(&client, EB_EventRecord);
        process_kill(&broker.process, SIGKILL);
        assert_true(WIFSIGNALED(process_wait(&broker.process)));
        struct via_arrival arrival;
        assert_int_equal(via_queue_take(client.queue, 20000, &arrival), VIA_OK);
        assert_int_equal(arrival.status, VIA_DEAD);
        client_reply(&client); /* for nobody */
        world_step(&broker);
        client_find(&client, "eventbroker");
        client_find(&provider, "eventbroker");
        assert_int_equal(client_attach(&provider, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        assert_int_equal(client_listen(&client, LC_FocusUI, FOCUS | UPDATE, 0, 0), 0);
        assert_int_equal(client_pod(&client, EB_LockPod, 1, 0, NULL, 0), 0);
        assert_int_equal(client_press(&provider, 1, ControlA), 0);
        assert_int_equal(client_step(&provider, 1), 0);
        assert_string_equal(world_heard(&client), "19 3:8000000");
        client_close(&client);
        client_close(&provider);
        world_stop(&broker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_never_answers_loses_records_and_nobody_else_does),
        cmocka_unit_test(a_table_that_is_never_answered_is_told_once),
        cmocka_unit_test(whoever_goes_leaves_focus_and_lock_to_the_next_at_once),
        cmocka_unit_test(five_hundred_listeners_join_hear_and_leave),
        cmocka_unit_test(of_a_pod_that_says_much_whoever_loses_something_is_told),
        cmocka_unit_test(what_a_killed_broker_was_asked_fails_and_the_next_one_is_found),
    };
    return cmocka_run_group_tests(tests, world_prepare, world_clean);
}
