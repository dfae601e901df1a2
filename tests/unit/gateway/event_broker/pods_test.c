/*
 * The chain: numbers, positions, ordinals, flags, as DescribePods has them.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codecs/octets.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define ONE 0x40000001u
#define BAD_UNIT ((int32_t)0xf14cd00b)
#define PARAM_ERROR ((int32_t)0xf14cd017)
#define NO_MEM ((int32_t)0xf14cd006)

/* "number:position" of all pods. */
static const char *chain(struct rig *rig)
{
    static char words[4096];
    size_t length = 0;
    words[0] = '\0';
    assert_int_equal(rig_ask_header(rig, ONE, EB_DescribePods), 0);
    for (size_t i = 0; i < octets_get_u32(rig->last.octets + 4); i++) {
        const uint8_t *pod = rig->last.octets + 8 + 40 * i;
        length += (size_t)snprintf(words + length, sizeof words - length, "%s%u:%u",
                                   i == 0 ? "" : " ", pod[0], pod[1]);
    }
    return words;
}

static void detach(struct rig *rig, int32_t pod)
{
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER, pod), 0);
}

static void a_description_has_the_octets_of_the_structure(void **state)
{
    struct rig *rig = *state;
    static const uint8_t expected[] = {
        28, 0, 0, 0, 2,    0, 0, 0, /* flavor, two of them */
        1,  1, 0, 0, 0x49, 0, 0, 0, 32, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0x40, /* mouse */
        0,  1, 0, 0, 0,    0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        2,  2, 0, 0, 0x80, 0, 0, 0, 16, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0x88, /* pad, and audio */
        1,  0, 0, 0, 1,    0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0x40, /* locked by ONE */
    };
    rig_attach(rig, PODID_3DO_MOUSE, 0, "");
    rig_pad(rig);
    assert_int_equal(rig_pod(rig, ONE, EB_LockPod, 2, 0, NULL, 0), 0);
    assert_int_equal(rig_ask_header(rig, ONE, EB_DescribePods), 0);
    assert_int_equal(rig->last.size, sizeof expected);
    assert_memory_equal(rig->last.octets, expected, sizeof expected);
}

static void flags_are_of_classes_alone(void **state)
{
    struct rig *rig = *state;
    rig_attach(rig, 0x1234, POD_IsStick | POD_OutputActive | POD_FilteringOK | 0x1234, "");
    assert_int_equal(rig_ask_header(rig, ONE, EB_DescribePods), 0);
    assert_int_equal(octets_get_u32(rig->last.octets + 8 + 4), 0x1234);
    assert_int_equal(octets_get_u32(rig->last.octets + 8 + 16), POD_IsStick);
    assert_int_equal(rig_attach(rig, 0x1234, 0, ""), PARAM_ERROR); /* of which class? */
    assert_int_equal(rig_attach(rig, 0x1234, 0xff, ""), PARAM_ERROR);
}

static void types_have_the_classes_and_bits_of_the_system(void **state)
{
    struct rig *rig = *state;
    static const uint32_t types[][4] = {
        {0x80, 0x88000000, 16, 2},  {0xa0, 0x88000000, 16, 4},  {0xc0, 0x88000000, 24, 8},
        {0x49, 0x40000000, 32, 2},  {0x41, 0x18000000, 8, 4},   {0x4d, 0x02000000, 40, 8},
        {0x01, 0x01000000, 72, 24}, {0x02, 0x04000000, 24, 16}, {0x03, 0x00800000, 0, 0},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        rig_attach(rig, types[i][0], 0, "");
        assert_int_equal(rig_ask_header(rig, ONE, EB_DescribePods), 0);
        const uint8_t *pod = rig->last.octets + 8 + 40 * i;
        assert_int_equal(octets_get_u32(pod + 4), types[i][0]);
        assert_int_equal(octets_get_u32(pod + 8), types[i][2]);
        assert_int_equal(octets_get_u32(pod + 12), types[i][3]);
        assert_int_equal(octets_get_u32(pod + 16), types[i][1]);
    }
}

static void positions_close_up_and_numbers_stay(void **state)
{
    struct rig *rig = *state;
    for (unsigned i = 0; i < 4; i++)
        rig_pad(rig);
    assert_string_equal(chain(rig), "1:1 2:2 3:3 4:4");
    detach(rig, 2);
    assert_string_equal(chain(rig), "1:1 3:2 4:3");
    assert_int_equal(rig->last.octets[8 + 40 + 20], 2); /* the second pad now */
    detach(rig, 4);
    detach(rig, 1);
    assert_string_equal(chain(rig), "3:1");
    assert_int_equal(rig->last.octets[8 + 20], 1);
}

static void what_comes_back_has_its_old_number(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "left"), 1);
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "right"), 2);
    detach(rig, 1);
    detach(rig, 2);
    assert_int_equal(rig_attach(rig, PODID_3DO_BASIC_CONTROL_PAD, 0, "right"), 3);
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "right"), 2);
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "right"), 4); /* another of that name */
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "left"), 1);
    assert_string_equal(chain(rig), "3:1 2:2 4:3 1:4");
}

static void pods_that_are_alike_come_back_in_their_order(void **state)
{
    struct rig *rig = *state;
    for (int round = 0; round < 3; round++) {
        for (int32_t number = 1; number <= 3; number++)
            assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "twin"), number);
        assert_string_equal(chain(rig), "1:1 2:2 3:3");
        broker_provider_gone(&rig->broker, RIG_PROVIDER);
    }
}

/* Whether they have gone, or have still to tell what they said. */
static void pods_that_are_alike_come_back_in_their_order_while_they_leave(void **state)
{
    struct rig *rig = *state;
    for (int32_t number = 1; number <= 3; number++)
        assert_int_equal(rig_attach(rig, PODID_3DO_BASIC_CONTROL_PAD, 0, "twin"), number);
    rig_press(rig, 2, ControlA);
    rig_press(rig, 3, ControlA);
    broker_provider_gone(&rig->broker, RIG_PROVIDER);
    assert_string_equal(chain(rig), "2:1 3:2");
    for (int32_t number = 1; number <= 3; number++)
        assert_int_equal(rig_attach(rig, PODID_3DO_BASIC_CONTROL_PAD, 0, "twin"), number);
    assert_string_equal(chain(rig), "2:1 3:2 1:3");
    rig_press(rig, 1, ControlA);
    rig_press(rig, 2, ControlB);
    broker_provider_gone(&rig->broker, RIG_PROVIDER);
    for (int32_t number = 1; number <= 3; number++) /* whatever their places are */
        assert_int_equal(rig_attach(rig, PODID_3DO_BASIC_CONTROL_PAD, 0, "twin"), number);
}

static void numbers_that_nobody_has_had_are_given_first(void **state)
{
    struct rig *rig = *state;
    char name[8];
    for (int32_t i = 1; i <= 255; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, name), i);
        if (i != 200)
            detach(rig, i);
    }
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "new"), 1); /* gone longest */
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "newer"), 2);
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "77"), 77);
}

static void there_are_never_more_than_numbers(void **state)
{
    struct rig *rig = *state;
    for (int32_t i = 1; i <= 255; i++)
        assert_int_equal(rig_pad(rig), i);
    assert_int_equal(rig_pad(rig), NO_MEM);
    detach(rig, 99);
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, "last"), 99);
}

static void a_pod_is_its_providers_own(void **state)
{
    struct rig *rig = *state;
    static const uint8_t octets[32];
    rig_pad(rig);
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER + 1, 1), BAD_UNIT);
    assert_int_equal(broker_detach(&rig->broker, RIG_PROVIDER, 2), BAD_UNIT);
    assert_int_equal(
        broker_pod_says(&rig->broker, RIG_PROVIDER + 1, 1, GENERIC_ControlPad, octets, 4),
        BAD_UNIT);
    broker_provider_gone(&rig->broker, RIG_PROVIDER + 1);
    assert_string_equal(chain(rig), "1:1");
    rig_attach(rig, PODID_3DO_MOUSE, 0, "");
    broker_provider_gone(&rig->broker, RIG_PROVIDER);
    assert_string_equal(chain(rig), "");
}

static void a_pod_says_what_its_classes_have(void **state)
{
    struct rig *rig = *state;
    static const uint8_t octets[32];
    rig_pad(rig);
    assert_int_equal(broker_pod_says(&rig->broker, RIG_PROVIDER, 1, GENERIC_Mouse, octets, 12),
                     PARAM_ERROR);
    assert_int_equal(broker_pod_says(&rig->broker, RIG_PROVIDER, 1, GENERIC_AudioCtlr, octets, 0),
                     PARAM_ERROR);
    assert_int_equal(broker_pod_says(&rig->broker, RIG_PROVIDER, 1, 16, octets, 4), PARAM_ERROR);
    assert_int_equal(broker_pod_says(&rig->broker, RIG_PROVIDER, 1, 0xffffffff, octets, 4),
                     PARAM_ERROR);
    for (size_t size = 0; size < sizeof octets; size++)
        assert_int_equal(
            broker_pod_says(&rig->broker, RIG_PROVIDER, 1, GENERIC_ControlPad, octets, size),
            size == 4 ? 0 : PARAM_ERROR);
}

static void a_name_too_long_is_refused(void **state)
{
    struct rig *rig = *state;
    char name[POD_NAME_SIZE + 1];
    memset(name, 'n', sizeof name);
    name[POD_NAME_SIZE] = '\0';
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, name), PARAM_ERROR);
    name[POD_NAME_SIZE - 1] = '\0';
    assert_int_equal(rig_attach(rig, PODID_3DO_MOUSE, 0, name), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_description_has_the_octets_of_the_structure),
        TEST(flags_are_of_classes_alone),
        TEST(types_have_the_classes_and_bits_of_the_system),
        TEST(positions_close_up_and_numbers_stay),
        TEST(what_comes_back_has_its_old_number),
        TEST(pods_that_are_alike_come_back_in_their_order),
        TEST(pods_that_are_alike_come_back_in_their_order_while_they_leave),
        TEST(numbers_that_nobody_has_had_are_given_first),
        TEST(there_are_never_more_than_numbers),
        TEST(a_pod_is_its_providers_own),
        TEST(a_pod_says_what_its_classes_have),
        TEST(a_name_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
