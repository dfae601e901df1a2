/*
 * Locks of pods: who has one, who waits, and what becomes of both.
 */
#include <cmocka.h>

#include "codecs/octets.h"
#include "gateway/event_broker/held.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define ONE 0x40000001u
#define TWO 0x40000002u
#define THREE 0x40000003u
#define BAD_ITEM ((int32_t)0xf14cd001)
#define NO_MEM ((int32_t)0xf14cd006)
#define BAD_UNIT ((int32_t)0xf14cd00b)
#define NOT_OWNER ((int32_t)0xf14cd012)

static int32_t lock(struct rig *rig, uint32_t port, int32_t wait)
{
    return rig_pod(rig, port, EB_LockPod, 1, wait, NULL, 0);
}

static int32_t unlock(struct rig *rig, uint32_t port)
{
    return rig_pod(rig, port, EB_UnlockPod, 1, 0, NULL, 0);
}

static uint32_t holder(struct rig *rig)
{
    assert_int_equal(rig_ask_header(rig, ONE, EB_DescribePods), 0);
    return octets_get_u32(rig->last.octets + 8 + 36);
}

static void a_lock_is_one_ports_and_not_counted(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    assert_int_equal(lock(rig, ONE, 0), 0);
    assert_int_equal(rig->last.size, 0);
    assert_int_equal(lock(rig, ONE, 0), 0);
    assert_int_equal(lock(rig, ONE, 1), 0);
    assert_int_equal(lock(rig, TWO, 0), NOT_OWNER);
    assert_int_equal(holder(rig), ONE);
    assert_int_equal(unlock(rig, TWO), NOT_OWNER);
    assert_int_equal(unlock(rig, ONE), 0);
    assert_int_equal(unlock(rig, ONE), NOT_OWNER);
    assert_int_equal(holder(rig), 0);
    assert_int_equal(rig_pod(rig, ONE, EB_LockPod, 2, 0, NULL, 0), BAD_UNIT);
    assert_int_equal(rig_pod(rig, ONE, EB_UnlockPod, 2, 0, NULL, 0), BAD_UNIT);
}

static void who_waits_longest_is_next(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    assert_int_equal(lock(rig, ONE, 0), 0);
    assert_int_equal(lock(rig, TWO, 1), RIG_WAITS);   /* request 2 */
    assert_int_equal(lock(rig, THREE, 1), RIG_WAITS); /* 3 */
    assert_int_equal(unlock(rig, ONE), 0);
    assert_int_equal(rig_answer_of(rig, 2), 0);
    assert_int_equal(rig_answer_of(rig, 3), RIG_WAITS);
    assert_int_equal(holder(rig), TWO);
    assert_int_equal(unlock(rig, TWO), 0);
    assert_int_equal(rig_answer_of(rig, 3), 0);
    assert_int_equal(holder(rig), THREE);
}

static void all_requests_of_the_port_that_gets_it_are_granted(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    lock(rig, ONE, 0);
    lock(rig, TWO, 1);
    lock(rig, THREE, 1);
    lock(rig, TWO, 1);
    unlock(rig, ONE);
    assert_int_equal(rig_answer_of(rig, 2), 0);
    assert_int_equal(rig_answer_of(rig, 3), RIG_WAITS);
    assert_int_equal(rig_answer_of(rig, 4), 0);
}

static void a_holder_that_dies_leaves_it_to_the_next(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    lock(rig, ONE, 0);
    lock(rig, TWO, 1);
    lock(rig, THREE, 1);
    broker_port_died(&rig->broker, TWO); /* while it waits */
    assert_int_equal(rig_answer_of(rig, 2), BAD_ITEM);
    broker_port_died(&rig->broker, ONE);
    assert_int_equal(rig_answer_of(rig, 3), 0);
    assert_int_equal(holder(rig), THREE);
    broker_port_died(&rig->broker, THREE);
    assert_int_equal(holder(rig), 0);
}

static void who_waits_twice_and_dies_gets_nothing(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    rig_attach(rig, PODID_3DO_MOUSE, 0, "");
    lock(rig, ONE, 0);
    rig_pod(rig, ONE, EB_LockPod, 2, 0, NULL, 0);
    lock(rig, ONE, 0);
    lock(rig, TWO, 1);
    rig_pod(rig, TWO, EB_LockPod, 2, 1, NULL, 0);
    broker_port_died(&rig->broker, TWO);
    broker_port_died(&rig->broker, ONE);
    assert_int_equal(holder(rig), 0);
    assert_int_equal(octets_get_u32(rig->last.octets + 8 + 40 + 36), 0);
}

static void a_pod_that_goes_takes_its_lock_along(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    lock(rig, ONE, 0);
    lock(rig, TWO, 1);
    broker_detach(&rig->broker, RIG_PROVIDER, 1);
    assert_int_equal(rig_answer_of(rig, 2), BAD_UNIT);
    assert_int_equal(rig_pad(rig), 1); /* back again, and free */
    assert_int_equal(holder(rig), 0);
}

static void only_so_many_requests_of_a_port_wait(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    lock(rig, ONE, 0);
    for (unsigned i = 0; i < HELD_OF_PORT_MAX; i++)
        assert_int_equal(lock(rig, TWO, 1), RIG_WAITS);
    assert_int_equal(lock(rig, TWO, 1), NO_MEM);
    assert_int_equal(rig_pod(rig, TWO, EB_ReadPodData, 1, 1, NULL, 0), NO_MEM);
    assert_int_equal(lock(rig, THREE, 1), RIG_WAITS);
    unlock(rig, ONE); /* all of TWO's have it */
    for (uint32_t i = 0; i < HELD_OF_PORT_MAX; i++)
        assert_int_equal(rig_answer_of(rig, 2 + i), 0);
}

static void who_has_given_up_gets_no_lock(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    lock(rig, ONE, 0);
    assert_int_equal(lock(rig, TWO, 1), RIG_WAITS);
    rig->given_up = rig->n_requests;
    assert_int_equal(lock(rig, THREE, 1), RIG_WAITS);
    unlock(rig, ONE);
    assert_int_equal(holder(rig), THREE);
}

static void who_has_no_port_is_counted_by_client(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    for (rig->client = 1; rig->client <= 2; rig->client++) {
        for (unsigned i = 0; i < HELD_OF_PORT_MAX; i++)
            assert_int_equal(rig_pod(rig, 0, EB_ReadPodData, 1, 1, NULL, 0), RIG_WAITS);
        assert_int_equal(rig_pod(rig, 0, EB_ReadPodData, 1, 1, NULL, 0), NO_MEM);
    }
    rig->client = 1;
    rig->given_up = 1;
    assert_int_equal(rig_pod(rig, 0, EB_ReadPodData, 1, 1, NULL, 0), RIG_WAITS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_lock_is_one_ports_and_not_counted),
        TEST(who_waits_longest_is_next),
        TEST(all_requests_of_the_port_that_gets_it_are_granted),
        TEST(a_holder_that_dies_leaves_it_to_the_next),
        TEST(who_waits_twice_and_dies_gets_nothing),
        TEST(a_pod_that_goes_takes_its_lock_along),
        TEST(only_so_many_requests_of_a_port_wait),
        TEST(who_has_given_up_gets_no_lock),
        TEST(who_has_no_port_is_counted_by_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
