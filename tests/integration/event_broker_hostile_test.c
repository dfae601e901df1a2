/*
 * viaduct-event-broker asked for more than there is room for, and by those who mean harm: they are
 * refused, and nobody else notices.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/octets.h"
#include "include/portfolio/event.h"
#include "tests/integration/event_broker_world.h"

#define UPDATE EVENTBIT0_ControlButtonUpdate
#define ERROR(n) ((int32_t)(0xf14cd000u + (unsigned)(n)))

/* ---- answers that are longer than the buffer ---- */

static int32_t ask_with(struct client *client, uint32_t flavor, size_t capacity)
{
    client->capacity = (uint32_t)capacity;
    const int32_t result = flavor == EB_ReadPodData ? client_pod(client, flavor, 2, 0, NULL, 0)
                                                    : client_ask_header(client, flavor);
    client->capacity = CLIENT_BUFFER;
    return result;
}

static void an_answer_fits_exactly_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        uint32_t flavor;
        size_t size;
    } lists[] = {
        {EB_GetListeners, 8 + 2 * 8}, {EB_DescribePods, 8 + 2 * 40}, {EB_ReadPodData, 16 + 12}};
    for (int far = 0; far < 2; far++) {
        struct world_broker broker;
        struct client client, provider;
        world_step(&broker);
        world_open(&client, far != 0);
        world_open(&provider, false);
        client_watch_outputs(&provider);
        assert_int_equal(client_attach(&provider, PODID_3DO_BASIC_CONTROL_PAD,
                                       POD_OutputActive | POD_IsControlPad | POD_IsAudioCtlr, NULL),
                         1);
        assert_int_equal(client_attach(&provider, PODID_3DO_MOUSE, 0, NULL), 2);
        assert_int_equal(client_listen(&client, LC_Observer, UPDATE, 0, 0), 0);
        assert_int_equal(client_listen(&provider, LC_Observer, UPDATE, 0, 0), 0);
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
            assert_int_equal(ask_with(&client, lists[i].flavor, lists[i].size), 0);
            assert_int_equal(client.size, lists[i].size);
            assert_int_equal(octets_get_u32(client.octets), lists[i].flavor + 1);
            assert_int_equal(ask_with(&client, lists[i].flavor, lists[i].size - 1),
                             ERROR(ER_NoMem));
            assert_int_equal(client.size, 0);
        }
        /* what a pod returns is left out where it does not fit */
        for (uint32_t less = 0; less < 2; less++) {
            client.capacity = 16 + 64 - less;
            client_pod_later(&client, EB_WritePodData, 1, 1, "raw", 3);
            assert_true(bell_wait(&provider.outputs, less + 1));
            uint8_t returned[64] = {1};
            assert_int_equal(client_done(&provider, 1, provider.output.id, 0, returned, 64), 0);
            assert_int_equal(client_later(&client), 0);
            assert_int_equal(client.size, less == 0 ? 16 + 64 : 0);
        }
        client_close(&client);
        client_close(&provider);
        world_stop(&broker);
    }
}

/* ---- those who mean harm ---- */

/* A whole message with @data, as @client says it. */
static size_t put_message(const struct client *client, const void *data, size_t size,
                          uint8_t *octets)
{
    const struct portfolio_message message = {.kind = PORTFOLIO_BUFFERED,
                                              .capacity = 4096,
                                              .reply_port = client->number,
                                              .data = data,
                                              .size = size};
    size_t whole;
    assert_int_equal(portfolio_message_size(&message, &whole), VIA_OK);
    portfolio_message_encode(&message, octets);
    return whole;
}

static void messages_cut_at_every_length_are_refused(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        struct world_broker broker;
        struct client client, bystander;
        world_step(&broker);
        world_open(&client, far != 0);
        world_open(&bystander, false);
        assert_int_equal(client_attach(&bystander, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
        assert_int_equal(client_listen(&bystander, LC_FocusUI, UPDATE, 0, 0), 0);
        for (uint32_t flavor = 0; flavor <= EB_MakeTableReply + 1; flavor++) {
            uint8_t data[sizeof(RegisterEvent)], octets[512];
            memset(data, 0, sizeof data);
            octets_put_u32(data, flavor);
            const size_t whole = put_message(&client, data, sizeof data, octets);
            for (size_t size = 1; size < whole; size++)
                assert_int_equal(client_say(&client, flavor, octets, size), VIA_BAD_PAYLOAD);
            assert_int_equal(client_say(&client, flavor, octets, whole), VIA_OK);
            /* a message that is whole, and what it asks is not */
            for (size_t size = 1; size < sizeof data; size++)
                (void)client_ask(&client, data, size);
        }
        assert_int_equal(client_press(&bystander, 1, ControlA), 0);
        assert_int_equal(client_step(&bystander, 1), 0);
        assert_string_equal(world_heard(&bystander), "3:8000000");
        client_close(&client);
        client_close(&bystander);
        world_stop(&broker);
    }
}

static void counts_that_lie_and_chains_that_do_not_end_do_nothing(void **state)
{
    (void)state;
    static const uint32_t lies[] = {1,      27,         29,         0x3fc,      0x400,     0x401,
                                    0xffff, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff};
    struct world_broker broker;
    struct client client;
    world_step(&broker);
    world_open(&client, false);
    assert_int_equal(client_attach(&client, PODID_3DO_BASIC_CONTROL_PAD,
                                   POD_OutputActive | POD_IsControlPad | POD_IsAudioCtlr, NULL),
                     1);
    assert_int_equal(client_listen(&client, LC_Observer, 0xffffffff, 0xffffffff, 20), 0);
    client_step(&client, 1);
    (void)world_heard(&client);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        uint8_t send[4 + 28 + 28] = {EB_SendEvent}, pod[16 + 4] = {EB_WritePodData};
        for (size_t at = 0; at < 2; at++) { /* the first frame's, or the second's */
            octets_put_u32(send + 4, 28);
            send[4 + 16] = send[4 + 28 + 16] = 130;
            octets_put_u32(send + 4 + 28, 28);
            octets_put_u32(send + 4 + 28 * at, lies[i]);
            const int32_t result = client_ask(&client, send, sizeof send);
            if (lies[i] != 29 || at == 1) /* else there is a frame of 32 octets and a zero */
                assert_int_equal(result, ERROR(ER_ParamError));
        }
        pod[4] = 1;
        octets_put_u32(pod + 12, lies[i]);
        if (lies[i] > 4)
            for (unsigned k = 0; k < 2; k++, pod[0] = EB_IssuePodCmd)
                assert_int_equal(client_ask(&client, pod, sizeof pod), ERROR(ER_ParamError));
        octets_put_u32(pod + 4, lies[i] == 1 ? 0 : lies[i]); /* nor are there such pods */
        octets_put_u32(pod + 12, 4);
        for (uint32_t flavor = EB_ReadPodData; flavor <= EB_IssuePodCmd; flavor += 2) {
            pod[0] = (uint8_t)flavor;
            assert_int_equal(client_ask(&client, pod, sizeof pod), ERROR(ER_BadUnit));
        }
    }
    /* as many frames as there is room for, and more, and no end */
    static uint8_t chain[4 + 28 * 500] = {EB_SendEvent};
    for (size_t n = 1; n <= 500; n++) {
        octets_put_u32(chain + 4 + 28 * (n - 1), 28);
        chain[4 + 28 * (n - 1) + 16] = 130;
        if (n >= 36)
            assert_int_equal(client_ask(&client, chain, 4 + 28 * n),
                             n == 36 ? 0 : ERROR(ER_ParamError));
    }
    assert_int_equal(client_ask_header(&client, EB_NoOp), 0);
    client_close(&client);
    world_stop(&broker);
}

static void pods_of_others_are_not_ones_own(void **state)
{
    (void)state;
    struct world_broker broker;
    struct client owner, thief;
    world_step(&broker);
    world_open(&owner, false);
    world_open(&thief, false);
    client_watch_outputs(&owner);
    assert_int_equal(client_attach(&owner, PODID_3DO_BASIC_CONTROL_PAD,
                                   POD_OutputActive | POD_IsControlPad | POD_IsAudioCtlr, NULL),
                     1);
    assert_int_equal(client_listen(&owner, LC_Observer, UPDATE, 0, 0), 0);
    client_pod_later(&owner, EB_IssuePodCmd, 1, 1, "\4\0\3", 3);
    assert_true(bell_wait(&owner.outputs, 1));
    for (int32_t pod = 1; pod <= 255; pod++)
        assert_int_equal(client_press(&thief, pod, ControlA), ERROR(ER_BadUnit));
    assert_int_equal(client_detach(&thief, 1), ERROR(ER_BadUnit));
    for (uint32_t id = 0; id < 100; id++)
        assert_int_equal(client_done(&thief, 1, id, 0, "no", 2), 0);
    assert_int_equal(client_step(&owner, 1), 0);
    assert_int_equal(client_ask_header(&owner, EB_NoOp), 0);
    assert_true(client_has_none(&owner)); /* no answer, and no record */
    assert_int_equal(client_done(&owner, 1, owner.output.id, 0, NULL, 0), 0);
    assert_int_equal(client_later(&owner), 0);
    client_close(&owner);
    client_close(&thief);
    world_stop(&broker);
}

/* Waits for what @client has asked and not been answered: how many of it came to @result. */
static size_t n_later(struct client *client, size_t n, int32_t result)
{
    size_t n_such = 0;
    for (size_t i = 0; i < n; i++)
        n_such += client_later(client) == result;
    return n_such;
}

static void ten_thousand_requests_that_wait_are_too_many(void **state)
{
    (void)state;
    enum { N = 10000, HELD = 64 };
    struct world_broker broker;
    struct client owner, greedy, modest;
    world_step(&broker);
    world_open(&owner, false);
    world_open(&greedy, false);
    world_open(&modest, true);
    assert_int_equal(client_attach(&owner, PODID_3DO_BASIC_CONTROL_PAD, 0, NULL), 1);
    assert_int_equal(client_pod(&owner, EB_LockPod, 1, 0, NULL, 0), 0);
    for (size_t i = 0; i < N; i++)
        client_pod_later(&greedy, EB_LockPod, 1, 1, NULL, 0);
    assert_int_equal(n_later(&greedy, N - HELD, ERROR(ER_NoMem)), N - HELD);
    client_wait_for_lock(&modest);
    assert_int_equal(client_detach(&owner, 1), 0);
    assert_int_equal(n_later(&greedy, HELD, ERROR(ER_BadUnit)), HELD);
    assert_int_equal(client_later(&modest), ERROR(ER_BadUnit));
    client_close(&owner);
    client_close(&greedy);
    client_close(&modest);
    world_stop(&broker);
}

static void who_has_no_port_and_goes_leaves_room_for_others(void **state)
{
    (void)state;
    enum { HELD = 64 };
    struct world_broker broker;
    struct client owner, other;
    world_step(&broker);
    world_open(&owner, false);
    client_watch_outputs(&owner);
    assert_int_equal(client_attach(&owner, PODID_3DO_BASIC_CONTROL_PAD,
                                   POD_OutputActive | POD_IsControlPad | POD_IsAudioCtlr, NULL),
                     1);
    for (unsigned i = 1; i <= 3; i++) {
        world_open(&other, false);
        client_delete_port(&other);
        for (size_t k = 0; k < HELD; k++) /* what the provider never confirms */
            client_pod_later(&other, EB_IssuePodCmd, 1, 1, "\4\0\3", 3);
        assert_true(bell_wait(&owner.outputs, i * HELD));
        client_close(&other);
    }
    client_close(&owner);
    world_stop(&broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_fits_exactly_or_not_at_all),
        cmocka_unit_test(messages_cut_at_every_length_are_refused),
        cmocka_unit_test(counts_that_lie_and_chains_that_do_not_end_do_nothing),
        cmocka_unit_test(pods_of_others_are_not_ones_own),
        cmocka_unit_test(ten_thousand_requests_that_wait_are_too_many),
        cmocka_unit_test(who_has_no_port_and_goes_leaves_room_for_others),
    };
    return cmocka_run_group_tests(tests, world_prepare, world_clean);
}
