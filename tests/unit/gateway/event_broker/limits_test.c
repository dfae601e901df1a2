/*
 * What one client may have, and that others may have theirs.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define ONE 0x40000001u
#define SOFT_ERR ((int32_t)0xf14cd008)
#define NO_MEM ((int32_t)0xf14cd006)

static void a_limit_is_from_1_to_what_there_is(void **state)
{
    (void)state;
    static const struct {
        enum limit limit;
        const char *name, *most, *more;
        uint32_t at_first;
    } known[] = {
        {LIMIT_PORTS, "ports", "8192", "8193", 1024},
        {LIMIT_LISTENERS, "listeners", "4096", "4097", 1024},
        {LIMIT_PODS, "pods", "255", "256", 64},
        {LIMIT_EVENTS, "events", "128", "129", 32},
    };
    static const char *const bad[] = {"",   "0",  "-1",   "+1",
                                      " 1", "1x", "many", "18446744073709551617"};
    struct limits limits;
    limits_init(&limits);
    for (size_t i = 0; i < LIMITS; i++) {
        const enum limit limit = known[i].limit;
        assert_string_equal(limit_name(limit), known[i].name);
        assert_int_equal(limits.most[limit], known[i].at_first);
        assert_false(limits_read(&limits, limit, known[i].more));
        for (size_t j = 0; j < sizeof bad / sizeof *bad; j++)
            assert_false(limits_read(&limits, limit, bad[j]));
        assert_int_equal(limits.most[limit], known[i].at_first);
        assert_true(limits_read(&limits, limit, known[i].most));
        assert_int_equal(limits.most[limit], strtoul(known[i].most, NULL, 10));
        assert_true(limits_read(&limits, limit, "1"));
        assert_int_equal(limits.most[limit], 1);
    }
}

static int32_t listen(struct rig *rig, uint32_t port)
{
    return rig_listen(rig, port, LC_Observer, 0, 0, 0, 0);
}

static void a_client_has_so_many_listeners(void **state)
{
    struct rig *rig = *state;
    rig->broker.limits.most[LIMIT_LISTENERS] = 2;
    rig->client = 1;
    assert_int_equal(listen(rig, ONE), 0);
    assert_int_equal(rig_ask_header(rig, ONE + 1, EB_MakeTable), 0);
    assert_int_equal(listen(rig, ONE + 2), SOFT_ERR);
    assert_true(rig_take(rig, RIG_LIMIT, LIMIT_LISTENERS));
    assert_int_equal(rig_ask_header(rig, ONE + 3, EB_MakeTable), NO_MEM);
    assert_true(rig_take(rig, RIG_LIMIT, LIMIT_LISTENERS));
    assert_int_equal(listen(rig, ONE), 0); /* is one already */
    rig->client = 2;
    assert_int_equal(listen(rig, ONE + 2), 0);
    rig->client = 1;
    broker_port_died(&rig->broker, ONE + 1);
    assert_int_equal(listen(rig, ONE + 3), 0);
    assert_false(rig_take(rig, RIG_LIMIT, LIMIT_LISTENERS));
}

static int32_t attach(struct rig *rig, uint64_t provider, bool is_input)
{
    return broker_attach(&rig->broker, &(struct pod_offer){.type = PODID_3DO_MOUSE,
                                                           .name = "",
                                                           .provider = provider,
                                                           .is_input = is_input});
}

static void a_client_has_so_many_pods_and_this_hosts_devices_have_no_end(void **state)
{
    struct rig *rig = *state;
    rig->broker.limits.most[LIMIT_PODS] = 2;
    assert_int_equal(attach(rig, 5, false), 1);
    assert_int_equal(attach(rig, 5, false), 2);
    assert_int_equal(attach(rig, 5, false), NO_MEM);
    assert_true(rig_take(rig, RIG_LIMIT, LIMIT_PODS));
    assert_int_equal(attach(rig, 6, false), 3);
    for (int32_t pod = 4; pod < 10; pod++)
        assert_int_equal(attach(rig, 7, true), pod);
    assert_int_equal(broker_detach(&rig->broker, 5, 1), 0);
    assert_int_equal(attach(rig, 5, false), 1);
    assert_false(rig_take(rig, RIG_LIMIT, LIMIT_PODS));
}

static int32_t register_event(struct rig *rig, unsigned i)
{
    uint8_t octets[264];
    memset(octets, 0, sizeof octets);
    octets_put_u32(octets, EB_RegisterEvent);
    (void)snprintf((char *)octets + 8, 16, "event %u", i);
    return rig_ask(rig, ONE, 0, octets, sizeof octets);
}

static void a_client_has_so_many_events_and_leaves_them_to_nobody(void **state)
{
    struct rig *rig = *state;
    rig->broker.limits.most[LIMIT_EVENTS] = 2;
    rig->client = 1;
    assert_int_equal(register_event(rig, 0), 192);
    assert_int_equal(register_event(rig, 1), 193);
    assert_int_equal(register_event(rig, 2), NO_MEM);
    assert_true(rig_take(rig, RIG_LIMIT, LIMIT_EVENTS));
    assert_int_equal(register_event(rig, 1), 193); /* which there is */
    rig->client = 2;
    assert_int_equal(register_event(rig, 0), 192);
    assert_int_equal(register_event(rig, 2), 194);
    assert_int_equal(register_event(rig, 3), 195);
    broker_provider_gone(&rig->broker, 1); /* who comes next may have its number */
    rig->client = 1;
    assert_int_equal(register_event(rig, 4), 196);
    assert_false(rig_take(rig, RIG_LIMIT, LIMIT_EVENTS));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_is_from_1_to_what_there_is),
        TEST(a_client_has_so_many_listeners),
        TEST(a_client_has_so_many_pods_and_this_hosts_devices_have_no_end),
        TEST(a_client_has_so_many_events_and_leaves_them_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
