/*
 * Commands to pods, their state, and raw octets for them.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/octets.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define ONE 0x40000001u
#define TWO 0x40000002u
#define NOT_PRIVILEGED ((int32_t)0xf14cd004)
#define NO_MEM ((int32_t)0xf14cd006)
#define BAD_UNIT ((int32_t)0xf14cd00b)
#define NOT_SUPPORTED ((int32_t)0xf14cd010)
#define NOT_OWNER ((int32_t)0xf14cd012)
#define PARAM_ERROR ((int32_t)0xf14cd017)

static int32_t issue(struct rig *rig, int32_t pod, int32_t wait, const void *octets, size_t size)
{
    return rig_pod(rig, ONE, EB_IssuePodCmd, pod, wait, octets, size);
}

static void expect_output(struct rig *rig, uint32_t pod, bool is_raw, const void *octets,
                          size_t size)
{
    assert_true(rig_take(rig, RIG_OUTPUT, pod));
    assert_int_equal(rig->last.is_raw, is_raw);
    assert_int_equal(rig->last.size, size);
    assert_memory_equal(rig->last.octets, octets, size);
}

static void each_command_goes_to_its_pod(void **state)
{
    struct rig *rig = *state;
    static const struct {
        uint32_t type;
        uint8_t given[6];
        size_t n_given;
        uint8_t put[4];
        size_t n_put;
    } cases[] = {
        {PODID_3DO_BASIC_CONTROL_PAD, {4, 0, 3}, 3, {4, 0, 3}, 3},
        {PODID_3DO_BASIC_CONTROL_PAD, {4, 0, 3, 9, 9}, 5, {4, 0, 3}, 3},
        {PODID_3DO_3D_GLASSES, {3, 0, 1, 2}, 4, {3, 0, 1, 2}, 4},
        {PODID_3DO_3D_GLASSES, {4, 0, 1}, 3, {4, 0, 1}, 3},
        {PODID_3DO_KEYBOARD, {5, 0, 0, 7}, 4, {5, 0, 0, 7}, 4},
        {PODID_3DO_KEYBOARD, {5, 0, 7}, 3, {5, 0, 0, 7}, 4}, /* as programs do it */
        {PODID_3DO_LIGHTGUN, {6, 0, 0x80}, 3, {6, 0, 0x80}, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int32_t pod = rig_attach(rig, cases[i].type, 0, "");
        assert_int_equal(issue(rig, pod, 0, cases[i].given, cases[i].n_given), 0);
        assert_int_equal(rig->last.size, 0);
        expect_output(rig, (uint32_t)pod, false, cases[i].put, cases[i].n_put);
        assert_int_equal(rig->last.id, 0);
    }
}

static void a_command_is_refused_by_what_is_wrong_with_it(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    assert_int_equal(issue(rig, 2, 0, "\4\0\1", 3), BAD_UNIT);
    assert_int_equal(issue(rig, 0, 0, "\4\0\1", 3), BAD_UNIT);
    assert_int_equal(issue(rig, -1, 0, "\4\0\1", 3), BAD_UNIT);
    assert_int_equal(issue(rig, 257, 0, "\4\0\1", 3), BAD_UNIT);
    assert_int_equal(issue(rig, 1, 0, "\4\1\1", 3), NOT_SUPPORTED);
    assert_int_equal(issue(rig, 1, 0, "\0\0\1", 3), NOT_SUPPORTED);
    assert_int_equal(issue(rig, 1, 0, "\377\0\1", 3), NOT_SUPPORTED);
    assert_int_equal(issue(rig, 1, 0, "\6\0\1", 3), NOT_SUPPORTED); /* it is no light gun */
    assert_int_equal(issue(rig, 1, 0, "\4\0", 2), PARAM_ERROR);
    assert_int_equal(issue(rig, 1, 0, "\4", 1), PARAM_ERROR);
    assert_int_equal(issue(rig, 9, 0, "", 0), PARAM_ERROR);
    rig_pod(rig, TWO, EB_LockPod, 1, 0, NULL, 0);
    assert_int_equal(issue(rig, 1, 0, "\4\0\1", 3), NOT_OWNER);
    assert_int_equal(rig_pod(rig, TWO, EB_IssuePodCmd, 1, 0, "\4\0\1", 3), 0);
}

static void a_count_that_the_data_do_not_have_is_refused(void **state)
{
    struct rig *rig = *state;
    static const uint32_t counts[] = {4, 5, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0};
    uint8_t octets[16 + 3] = {EB_IssuePodCmd, 0, 0, 0, 1};
    rig_pad(rig);
    octets[16] = GENERIC_AudioCtlr;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        octets_put_u32(octets + 12, counts[i]);
        octets_put_u32(octets, EB_IssuePodCmd);
        assert_int_equal(rig_ask(rig, ONE, 0, octets, sizeof octets), PARAM_ERROR);
        octets_put_u32(octets, EB_WritePodData);
        assert_int_equal(rig_ask(rig, ONE, 0, octets, sizeof octets), PARAM_ERROR);
    }
    assert_false(rig_take(rig, RIG_OUTPUT, 1));
}

static void who_waits_is_answered_when_the_provider_confirms(void **state)
{
    struct rig *rig = *state;
    static const uint8_t returned[] = {26, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0xca, 0xfe};
    rig_pad(rig);
    assert_int_equal(issue(rig, 1, 1, "\4\0\1", 3), RIG_WAITS);
    assert_true(rig_take(rig, RIG_OUTPUT, 1));
    const uint32_t id = rig->last.id;
    assert_int_not_equal(id, 0);
    broker_output_done(&rig->broker, RIG_PROVIDER + 1, 1, id, 0, NULL, 0); /* not who was asked */
    broker_output_done(&rig->broker, RIG_PROVIDER, 1, id + 1, 0, NULL, 0);
    assert_int_equal(rig_answer_of(rig, 1), RIG_WAITS);
    broker_output_done(&rig->broker, RIG_PROVIDER, 1, id, 0, returned + 16, 2);
    assert_int_equal(rig_answer_of(rig, 1), 0);
    assert_int_equal(rig->last.size, sizeof returned);
    assert_memory_equal(rig->last.octets, returned, sizeof returned);
    broker_output_done(&rig->broker, RIG_PROVIDER, 1, id, 0, NULL, 0); /* again: for nobody */
}

static void what_is_returned_has_to_fit(void **state)
{
    struct rig *rig = *state;
    static const uint8_t command[] = {25, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 4, 0, 1};
    static const struct {
        uint32_t capacity;
        size_t returned, told;
    } cases[] = {{20, 4, 20},     {19, 4, 0},        {0, 1, 0},
                 {RIG_BIG, 0, 0}, {RIG_BIG, 64, 80}, {RIG_BIG, 65, 0}};
    static const uint8_t octets[65] = {1};
    rig_pad(rig);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(rig_ask(rig, ONE, cases[i].capacity, command, sizeof command), RIG_WAITS);
        assert_true(rig_take(rig, RIG_OUTPUT, 1));
        broker_output_done(&rig->broker, RIG_PROVIDER, 1, rig->last.id, 0, octets,
                           cases[i].returned);
        assert_int_equal(rig_answer_of(rig, (uint32_t)i + 1), 0);
        assert_int_equal(rig->last.size, cases[i].told);
    }
}

static void a_provider_that_refuses_is_not_supported(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    rig->is_deaf = true;
    assert_int_equal(issue(rig, 1, 0, "\4\0\1", 3), NOT_SUPPORTED);
    assert_int_equal(issue(rig, 1, 1, "\4\0\1", 3), NOT_SUPPORTED);
    rig->is_deaf = false;
    assert_int_equal(issue(rig, 1, 1, "\4\0\1", 3), RIG_WAITS);
    assert_true(rig_take(rig, RIG_OUTPUT, 1));
    broker_output_done(&rig->broker, RIG_PROVIDER, 1, rig->last.id, NOT_SUPPORTED,
                       (const uint8_t *)"x", 1);
    assert_int_equal(rig_answer_of(rig, 3), NOT_SUPPORTED);
    assert_int_equal(rig->last.size, 0);
}

static void who_waits_for_a_pod_that_goes_is_told(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    rig_pad(rig);
    assert_int_equal(issue(rig, 1, 1, "\4\0\1", 3), RIG_WAITS);
    assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, 1, 1, NULL, 0), RIG_WAITS);
    assert_int_equal(issue(rig, 2, 1, "\4\0\1", 3), RIG_WAITS);
    broker_detach(&rig->broker, RIG_PROVIDER, 1);
    assert_int_equal(rig_answer_of(rig, 1), BAD_UNIT);
    assert_int_equal(rig_answer_of(rig, 2), BAD_UNIT);
    assert_int_equal(rig_answer_of(rig, 3), RIG_WAITS);
    broker_provider_gone(&rig->broker, RIG_PROVIDER);
    assert_int_equal(rig_answer_of(rig, 3), BAD_UNIT);
}

/* ---- reading ---- */

static void reading_has_the_state_of_the_first_class(void **state)
{
    struct rig *rig = *state;
    static const struct {
        uint32_t type;
        size_t size;
    } cases[] = {{PODID_3DO_BASIC_CONTROL_PAD, 4}, {PODID_3DO_MOUSE, 12},
                 {PODID_3DO_ANALOG_JOYSTICK, 16},  {PODID_3DO_LIGHTGUN, 12},
                 {PODID_3DO_KEYBOARD, 32},         {PODID_3DO_IR_RECEIVER, 44}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int32_t pod = rig_attach(rig, cases[i].type, 0, "");
        assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, pod, 0, NULL, 0), 0);
        assert_int_equal(rig->last.size, 16 + cases[i].size);
        assert_int_equal(octets_get_u32(rig->last.octets), EB_ReadPodDataReply);
        assert_int_equal(octets_get_u32(rig->last.octets + 4), pod);
        assert_int_equal(octets_get_u32(rig->last.octets + 12), cases[i].size);
    }
    const int32_t glasses = rig_attach(rig, PODID_3DO_3D_GLASSES, 0, "");
    assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, glasses, 0, NULL, 0), NOT_SUPPORTED);
    assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, 99, 0, NULL, 0), BAD_UNIT);
}

static void reading_is_of_this_field_or_of_the_next(void **state)
{
    struct rig *rig = *state;
    static const uint8_t now[] = {18, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t next[] = {18, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 8};
    rig_pad(rig);
    rig_press(rig, 1, ControlA);
    assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, 1, 0, NULL, 0), 0);
    assert_int_equal(rig->last.size, sizeof now);
    assert_memory_equal(rig->last.octets, now, sizeof now);
    assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, 1, 1, NULL, 0), RIG_WAITS);
    assert_true(broker_needs_field(&rig->broker, false));
    broker_field(&rig->broker);
    assert_int_equal(rig_answer_of(rig, 2), 0);
    assert_int_equal(rig->last.size, sizeof next);
    assert_memory_equal(rig->last.octets, next, sizeof next);
}

static void reading_needs_a_buffer(void **state)
{
    struct rig *rig = *state;
    static const uint8_t read[16] = {EB_ReadPodData, 0, 0, 0, 1};
    rig_pad(rig);
    assert_int_equal(rig_ask(rig, ONE, 0, read, sizeof read), NO_MEM);
    assert_int_equal(rig_ask(rig, ONE, 19, read, sizeof read), NO_MEM);
    assert_int_equal(rig_ask(rig, ONE, 20, read, sizeof read), 0);
}

static void a_lock_is_nothing_to_who_reads(void **state)
{
    struct rig *rig = *state;
    rig_pad(rig);
    rig_pod(rig, TWO, EB_LockPod, 1, 0, NULL, 0);
    assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, 1, 0, NULL, 0), 0);
}

static void keys_are_not_read_by_who_may_not_be_told(void **state)
{
    struct rig *rig = *state;
    rig_attach(rig, PODID_3DO_KEYBOARD, 0, "");
    rig_attach(rig, PODID_3DO_IR_RECEIVER, 0, "");
    rig_pad(rig);
    rig->may_not_keys = true;
    assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, 1, 0, NULL, 0), NOT_PRIVILEGED);
    assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, 2, 1, NULL, 0), NOT_PRIVILEGED);
    assert_int_equal(rig_pod(rig, ONE, EB_ReadPodData, 3, 0, NULL, 0), 0);
}

/* ---- writing ---- */

static void writing_is_for_providers_that_take_it(void **state)
{
    struct rig *rig = *state;
    static const struct pod_offer offer = {
        .type = 0x100, .flags = POD_IsGun, .name = "", .provider = RIG_PROVIDER, .has_raw = true};
    rig_pad(rig);
    assert_int_equal(rig_pod(rig, ONE, EB_WritePodData, 1, 0, "raw", 3), NOT_SUPPORTED);
    assert_int_equal(rig_pod(rig, ONE, EB_WritePodData, 2, 0, "raw", 3), BAD_UNIT);
    assert_int_equal(broker_attach(&rig->broker, &offer), 2);
    assert_int_equal(rig_pod(rig, ONE, EB_WritePodData, 2, 0, "raw", 3), 0);
    expect_output(rig, 2, true, "raw", 3);
    assert_int_equal(rig_pod(rig, ONE, EB_WritePodData, 2, 0, NULL, 0), 0);
    expect_output(rig, 2, true, "", 0);
    assert_int_equal(rig_pod(rig, ONE, EB_WritePodData, 2, 1, "raw", 3), RIG_WAITS);
    assert_true(rig_take(rig, RIG_OUTPUT, 2));
    broker_output_done(&rig->broker, RIG_PROVIDER, 2, rig->last.id, 0, (const uint8_t *)"ok", 2);
    assert_int_equal(rig_answer_of(rig, 5), 0);
    assert_int_equal(octets_get_u32(rig->last.octets), EB_WritePodDataReply);
    assert_memory_equal(rig->last.octets + 16, "ok", 2);
    rig_pod(rig, TWO, EB_LockPod, 2, 0, NULL, 0);
    assert_int_equal(rig_pod(rig, ONE, EB_WritePodData, 2, 0, "raw", 3), NOT_OWNER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_command_goes_to_its_pod),
        TEST(a_command_is_refused_by_what_is_wrong_with_it),
        TEST(a_count_that_the_data_do_not_have_is_refused),
        TEST(who_waits_is_answered_when_the_provider_confirms),
        TEST(what_is_returned_has_to_fit),
        TEST(a_provider_that_refuses_is_not_supported),
        TEST(who_waits_for_a_pod_that_goes_is_told),
        TEST(reading_has_the_state_of_the_first_class),
        TEST(reading_is_of_this_field_or_of_the_next),
        TEST(reading_needs_a_buffer),
        TEST(a_lock_is_nothing_to_who_reads),
        TEST(keys_are_not_read_by_who_may_not_be_told),
        TEST(writing_is_for_providers_that_take_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
